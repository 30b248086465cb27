//! Days, windows and cutoffs: the one place that divides the past from the future.
//!
//! Everything after activity counts in local days ([`Day`]). A [`Cutoff`] owns its observation and outcome
//! [`Window`]s; nothing in habitus filters by time without one of them. All windows are half-open.

use std::fmt;
use std::ops::{Add, Sub};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// Microseconds of a second; instants are integer microseconds since 1970-01-01T00:00:00Z.
pub const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// A local calendar day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day of a civil date.
    #[must_use]
    pub fn from_date(date: Date) -> Self {
        let epoch = Date::constant(1970, 1, 1);
        let days = date.since(epoch).map_or(0, |span| span.get_days());
        Self(days)
    }

    /// The civil date; days beyond jiff's range (years -9999 to 9999) saturate.
    #[must_use]
    pub fn date(self) -> Date {
        Date::constant(1970, 1, 1).saturating_add(self.0.days())
    }

    /// Parses `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<Date>().ok().map(Self::from_date)
    }

    /// Day of the week, 0 = Monday to 6 = Sunday.
    #[must_use]
    pub fn weekday(self) -> usize {
        // 1970-01-01 was a Thursday; rem_euclid keeps days before it right.
        usize::try_from((self.0 + 3).rem_euclid(7)).unwrap_or(0)
    }

    /// Whether the day is a Saturday or Sunday.
    #[must_use]
    pub fn is_weekend(self) -> bool {
        self.weekday() >= 5
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date())
    }
}

impl Add<i32> for Day {
    type Output = Self;
    fn add(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }
}

impl Sub<i32> for Day {
    type Output = Self;
    fn sub(self, days: i32) -> Self {
        Self(self.0.saturating_sub(days))
    }
}

impl Sub for Day {
    type Output = i32;
    fn sub(self, earlier: Self) -> i32 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("expected a date such as 2024-06-30"))
    }
}

/// The half-open range of days `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First day inside.
    pub start: Day,
    /// First day after.
    pub end: Day,
}

impl Window {
    /// Whether `day` lies inside.
    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        self.start <= day && day < self.end
    }

    /// Length in days, never negative.
    #[must_use]
    pub fn days(self) -> i32 {
        (self.end - self.start).max(0)
    }
}

/// Lengths of the three windows around a cutoff, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// Features read `[cutoff - observation_days, cutoff)`.
    pub observation_days: i32,
    /// Lead time between the cutoff and the outcome window.
    pub gap_days: i32,
    /// Length of the outcome window.
    pub horizon_days: i32,
}

impl Windows {
    /// The windows around one cutoff.
    #[must_use]
    pub fn at(self, cutoff: Day) -> Cutoff {
        Cutoff {
            day: cutoff,
            windows: self,
        }
    }

    /// Cutoffs a model may learn from before it is tested at `test`: the newest first, `gap + horizon` days
    /// apart, so that every training label is complete before the test cutoff (purging, Lopez de Prado 2018,
    /// chapter 7) and no two outcome windows overlap. Their observation windows lie within the data; if that
    /// leaves none, the newest one that is at least half covered is taken.
    #[must_use]
    pub fn training_cutoffs(self, test: Day, data_start: Day, at_most: usize) -> Vec<Cutoff> {
        let step = (self.gap_days + self.horizon_days).max(1);
        let within = |covered_days: i32, at_most: usize| -> Vec<Cutoff> {
            (1..)
                .map(|i| test - step.saturating_mul(i))
                .take_while(|&day| day - data_start >= covered_days)
                .take(at_most)
                .map(|day| self.at(day))
                .collect()
        };
        let full = within(self.observation_days, at_most);
        if full.is_empty() {
            within((self.observation_days + 1) / 2, at_most.min(1))
        } else {
            full
        }
    }
}

/// An instant that divides features from outcomes, with its windows. Day granular: the instant is the local
/// midnight at which `day` begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cutoff {
    /// The first day that features may not see.
    pub day: Day,
    /// The lengths of the windows.
    pub windows: Windows,
}

impl Cutoff {
    /// What features read: `[day - observation_days, day)`.
    #[must_use]
    pub fn observation(self) -> Window {
        Window {
            start: self.day - self.windows.observation_days,
            end: self.day,
        }
    }

    /// Where outcomes fall: `[day + gap, day + gap + horizon)`.
    #[must_use]
    pub fn outcome(self) -> Window {
        let start = self.day + self.windows.gap_days;
        Window {
            start,
            end: start + self.windows.horizon_days,
        }
    }

    /// Whether every label is known when the data end (exclusively) at `data_end`.
    #[must_use]
    pub fn is_labelled(self, data_end: Day) -> bool {
        self.outcome().end <= data_end
    }
}

/// Turns instants into local days and hours of one zone; remembers the current UTC offset, so that a log in
/// time order costs two comparisons per event instead of a search in the zone's transitions.
#[derive(Clone, Debug)]
pub struct LocalClock {
    zone: TimeZone,
    /// Seconds `[from, until)` in which `offset` (seconds east of UTC) holds.
    from: i64,
    until: i64,
    offset: i64,
}

impl LocalClock {
    /// A clock of `zone`.
    #[must_use]
    pub fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            from: 0,
            until: 0,
            offset: 0,
        }
    }

    /// Local day and hour of day (0 to 23) of an instant in microseconds.
    pub fn day_and_hour(&mut self, at: i64) -> (Day, u32) {
        let second = at.div_euclid(MICROS_PER_SECOND);
        if second < self.from || second >= self.until {
            self.look_up(second);
        }
        let local = second + self.offset;
        let day = i32::try_from(local.div_euclid(SECONDS_PER_DAY)).unwrap_or(i32::MAX);
        let hour = u32::try_from(local.rem_euclid(SECONDS_PER_DAY) / 3600).unwrap_or(0);
        (Day(day), hour)
    }

    fn look_up(&mut self, second: i64) {
        let Ok(instant) = Timestamp::from_second(second) else {
            // Intake rejects instants outside jiff's range; outside it, UTC is as good as any.
            (self.from, self.until, self.offset) = (second, second + 1, 0);
            return;
        };
        self.offset = i64::from(self.zone.to_offset(instant).seconds());
        // `preceding` is exclusive of its argument: step one second on so that a transition at this very
        // second counts as the one behind us.
        let behind = Timestamp::from_second(second + 1).unwrap_or(instant);
        self.from = self
            .zone
            .preceding(behind)
            .next()
            .map_or(i64::MIN, |t| t.timestamp().as_second());
        self.until = self
            .zone
            .following(instant)
            .next()
            .map_or(i64::MAX, |t| t.timestamp().as_second());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows() -> Windows {
        Windows {
            observation_days: 90,
            gap_days: 7,
            horizon_days: 30,
        }
    }

    #[test]
    fn windows_are_half_open_and_meet_at_the_gap() {
        let cutoff = windows().at(Day::parse("2024-06-01").unwrap());
        assert_eq!(cutoff.observation().start.to_string(), "2024-03-03");
        assert!(!cutoff.observation().contains(cutoff.day));
        assert!(cutoff.observation().contains(cutoff.day - 1));
        assert!(!cutoff.outcome().contains(cutoff.day + 6));
        assert!(cutoff.outcome().contains(cutoff.day + 7));
        assert!(cutoff.outcome().contains(cutoff.day + 36));
        assert!(!cutoff.outcome().contains(cutoff.day + 37));
        assert!(cutoff.is_labelled(cutoff.day + 37));
        assert!(!cutoff.is_labelled(cutoff.day + 36));
    }

    #[test]
    fn training_labels_are_finished_before_the_test_cutoff() {
        let test = Day(20_000);
        let cutoffs = windows().training_cutoffs(test, Day(19_000), 5);
        assert_eq!(cutoffs.len(), 5);
        for (newer, older) in cutoffs.iter().zip(cutoffs.iter().skip(1)) {
            assert!(older.outcome().end <= newer.day);
        }
        assert!(cutoffs[0].outcome().end <= test);
        assert_eq!(windows().training_cutoffs(test, test - 37 - 90, 5).len(), 1);
        assert!(windows().training_cutoffs(test, test - 60, 5).is_empty());
        assert_eq!(windows().training_cutoffs(test, test - 37 - 45, 5).len(), 1);
    }

    #[test]
    fn days_of_the_week_and_dates_agree_with_the_calendar() {
        assert_eq!(Day(0).weekday(), 3);
        let saturday = Day::parse("2024-06-01").unwrap();
        assert_eq!((saturday.weekday(), saturday.is_weekend()), (5, true));
        assert_eq!(Day::parse("1969-12-31"), Some(Day(-1)));
        assert_eq!(Day(-1).weekday(), 2);
        assert_eq!(Day::parse("2024-02-30"), None);
    }

    #[test]
    fn local_clock_agrees_with_jiff_around_every_transition_of_two_years() {
        for name in [
            "UTC",
            "Europe/Berlin",
            "America/New_York",
            "Asia/Kolkata",
            "Pacific/Auckland",
        ] {
            let zone = TimeZone::get(name).unwrap();
            let mut clock = LocalClock::new(zone.clone());
            let start = 1_700_000_000_i64;
            // 47 min steps forwards, then backwards, so that cached offsets are crossed both ways.
            let steps = (0..22_000).chain((0..22_000).rev());
            for second in steps.map(|i| start + i * 2820) {
                let local = Timestamp::from_second(second)
                    .unwrap()
                    .to_zoned(zone.clone());
                let expected = (
                    Day::from_date(local.date()),
                    u32::try_from(local.hour()).unwrap(),
                );
                assert_eq!(
                    clock.day_and_hour(second * MICROS_PER_SECOND + 999_999),
                    expected,
                    "{name} {second}"
                );
            }
            for transition in zone
                .following(Timestamp::from_second(start).unwrap())
                .take(4)
            {
                for delta in [-1, 0, 1] {
                    let second = transition.timestamp().as_second() + delta;
                    let local = Timestamp::from_second(second)
                        .unwrap()
                        .to_zoned(zone.clone());
                    let expected = (
                        Day::from_date(local.date()),
                        u32::try_from(local.hour()).unwrap(),
                    );
                    assert_eq!(
                        clock.day_and_hour(second * MICROS_PER_SECOND),
                        expected,
                        "{name} {second}"
                    );
                }
            }
        }
    }
}
