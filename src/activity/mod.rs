//! Activity: one row per customer and local day, integers only. The waist of the house.
//!
//! Everything later (features at any cutoff, labels, survival, heat maps) is computed from it. A row for a day
//! depends only on events of that day and before, so cutting rows at a day cuts knowledge at that midnight.

use crate::intake::Events;
use crate::time::Day;

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
    /// Raw events of a fixed sample of customers, kept for the leakage proof.
    pub witnesses: Events,
}

/// What a customer did on one local day.
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
    /// Sum of values, in millionths.
    pub value: i64,
    /// Events that had a value.
    pub n_valued: u32,
    /// First instant, in microseconds.
    pub first_at: i64,
    /// Last instant, in microseconds.
    pub last_at: i64,
}

impl Activity {
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
