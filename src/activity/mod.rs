//! Activity: one row per customer and local day, integers only. The waist of the house.
//!
//! Everything later (features at any cutoff, labels, survival, heat maps) is computed from it. A row for a day
//! depends only on events of that day and before, so cutting rows at a day cuts knowledge at that midnight.

pub mod people;
pub mod rollup;
pub mod witness;

use std::ops::Range;

use crate::time::{Day, Window};

/// The activity table, sorted by customer id and day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Activity {
    /// Customer ids, sorted; customers of the roster without any event are here with no rows.
    pub ids: Vec<String>,
    /// Rows of customer `c` are `offsets[c]..offsets[c + 1]`; length `ids.len() + 1`.
    pub offsets: Vec<usize>,
    /// The rows.
    pub rows: Vec<DayRow>,
    /// Event counts of row `r` are `event_offsets[r]..event_offsets[r + 1]`; length `rows.len() + 1`.
    pub event_offsets: Vec<usize>,
    /// Code of an event (index into `names`) and how often it happened that day, sorted by code.
    pub event_counts: Vec<(u16, u32)>,
    /// Event names, sorted.
    pub names: Vec<String>,
    /// Whether each name counts as meaningful usage.
    pub meaningful: Vec<bool>,
    /// Duplicate events that were not counted.
    pub n_duplicates: u64,
    /// Events left out because they lie in the future.
    pub n_future: u64,
}

/// What a customer did on one local day. Sessions, seconds, hours and bands are those of meaningful events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRow {
    /// The day.
    pub day: Day,
    /// Events.
    pub n_events: u32,
    /// Meaningful events.
    pub n_meaningful: u32,
    /// Sessions begun this day.
    pub n_sessions: u32,
    /// Seconds in sessions (or summed durations, where mapped). Time between two events of a session belongs
    /// to the day of the later one, so that no day knows of a later day.
    pub seconds: u32,
    /// Bit `h` is set if anything happened in local hour `h`.
    pub hours: u32,
    /// Events by band: morning, afternoon, evening, night.
    pub bands: [u32; 4],
    /// Sum of values of all events, in millionths.
    pub value: i64,
    /// Events that had a value.
    pub n_valued: u32,
    /// First instant, in microseconds.
    pub first_at: i64,
    /// Last instant, in microseconds.
    pub last_at: i64,
}

impl DayRow {
    /// A day on which nothing has been counted yet.
    pub(crate) fn empty(day: Day, first_at: i64) -> Self {
        Self {
            day,
            n_events: 0,
            n_meaningful: 0,
            n_sessions: 0,
            seconds: 0,
            hours: 0,
            bands: [0; 4],
            value: 0,
            n_valued: 0,
            first_at,
            last_at: first_at,
        }
    }

    /// Whether anything meaningful happened.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.n_meaningful > 0
    }
}

impl Activity {
    /// Number of customers.
    #[must_use]
    pub fn n_customers(&self) -> usize {
        self.ids.len()
    }

    /// Row numbers of customer `c` that fall into `window`.
    #[must_use]
    pub fn rows_in(&self, c: usize, window: Window) -> Range<usize> {
        let rows = self.of(c);
        let first = rows.partition_point(|row| row.day < window.start);
        let last = rows.partition_point(|row| row.day < window.end).max(first);
        self.offsets[c] + first..self.offsets[c] + last
    }

    /// Whether customer `c` used the product within `window`.
    #[must_use]
    pub fn is_active_in(&self, c: usize, window: Window) -> bool {
        self.rows[self.rows_in(c, window)]
            .iter()
            .any(DayRow::is_active)
    }

    /// Events and active customers of every day from the first to the last, empty days included.
    #[must_use]
    pub fn volume(&self) -> Vec<(Day, u64, u64)> {
        let days = || self.rows.iter().map(|row| row.day);
        let (Some(first), Some(last)) = (days().min(), days().max()) else {
            return Vec::new();
        };
        let mut volume: Vec<_> = (first.0..=last.0).map(|day| (Day(day), 0, 0)).collect();
        for row in &self.rows {
            if let Some(entry) = usize::try_from(row.day - first)
                .ok()
                .and_then(|i| volume.get_mut(i))
            {
                entry.1 += u64::from(row.n_events);
                entry.2 += u64::from(row.is_active());
            }
        }
        volume
    }

    /// The first day after the last complete one. The last day counts as incomplete if its volume is less
    /// than half the median of the same weekday in the eight weeks before.
    #[must_use]
    pub fn data_end(&self) -> Option<Day> {
        let volume = self.volume();
        let &(last, events, _) = volume.last()?;
        let mut same_weekday: Vec<u64> = volume
            .iter()
            .rev()
            .skip(7)
            .step_by(7)
            .take(8)
            .map(|v| v.1)
            .collect();
        same_weekday.sort_unstable();
        let median = same_weekday
            .get(same_weekday.len() / 2)
            .copied()
            .unwrap_or(0);
        Some(if events * 2 < median { last } else { last + 1 })
    }

    /// Active customer-hours by weekday (0 = Monday) and local hour within `window`.
    #[must_use]
    pub fn usage_by_hour(&self, window: Window) -> [[u64; 24]; 7] {
        let mut usage = [[0; 24]; 7];
        for row in self.rows.iter().filter(|row| window.contains(row.day)) {
            for (hour, count) in usage[row.day.weekday()].iter_mut().enumerate() {
                *count += u64::from(row.hours >> hour & 1);
            }
        }
        usage
    }

    /// Rows of customer `c`, by day.
    #[must_use]
    pub fn of(&self, c: usize) -> &[DayRow] {
        &self.rows[self.offsets[c]..self.offsets[c + 1]]
    }

    /// Event counts of row `r` (an index into `rows`).
    #[must_use]
    pub fn events_of(&self, r: usize) -> &[(u16, u32)] {
        &self.event_counts[self.event_offsets[r]..self.event_offsets[r + 1]]
    }
}
