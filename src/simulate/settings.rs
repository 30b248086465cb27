//! How large the synthetic product is, and what is wrong with its log.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::time::{Day, Window};

/// Form of the event files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Apache Parquet, zstd.
    #[default]
    Parquet,
    /// Comma-separated text with a header.
    Csv,
}

/// What [`run`](super::run) makes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settings {
    /// Customers on the roster.
    pub customers: usize,
    /// Days of the log.
    pub days: i32,
    /// First day of the log.
    pub start: Day,
    /// Seed of every random number.
    pub seed: u64,
    /// Form of the event files.
    pub format: Format,
    /// Multiplies the mean number of actions per session; which days are active does not change.
    pub events_scale: f64,
    /// What is wrong with the log.
    pub trouble: Trouble,
}

/// Faults planted in the log; by default none.
///
/// Duplicates, unknown events and bad rows are extra rows right behind the row they are made from, at its
/// instant: without them the log is the clean log. Their shares are per clean row.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Trouble {
    /// Share of rows that are written twice.
    pub duplicates: f64,
    /// Whether `comment` is missing on the days of [`Settings::tracking_gap`].
    pub tracking_gap: bool,
    /// Whether, from [`Settings::release_day`] on, four of five `search` events are `smart_search` instead.
    pub release: bool,
    /// Share of rows followed by one whose event is not of the taxonomy
    /// ([`UNKNOWN_EVENTS`](super::UNKNOWN_EVENTS)).
    pub unknown_events: f64,
    /// Share of rows followed by one that cannot be read (CSV only): timestamp that is none, no customer, too
    /// few fields, or bytes that are not UTF-8, each as likely.
    pub bad_rows: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            customers: 2_000,
            days: 180,
            // 2025-01-01
            start: Day(20_089),
            seed: 42,
            format: Format::default(),
            events_scale: 1.0,
            trouble: Trouble::default(),
        }
    }
}

impl Settings {
    /// Days of the log, `[start, start + days)`.
    #[must_use]
    pub fn period(&self) -> Window {
        Window {
            start: self.start,
            end: self.start + self.days,
        }
    }

    /// The three days without `comment` events, half-way through, if [`Trouble::tracking_gap`] is set.
    #[must_use]
    pub fn tracking_gap(&self) -> Window {
        let start = self.start + self.days / 2;
        Window {
            start,
            end: start + 3,
        }
    }

    /// The day from which `smart_search` is used, after 60 % of the days, if [`Trouble::release`] is set.
    #[must_use]
    pub fn release_day(&self) -> Day {
        self.start + self.days * 3 / 5
    }

    /// Checks that every number makes sense.
    ///
    /// # Errors
    /// [`Error::Config`] naming the first number that does not.
    pub fn check(&self) -> Result<()> {
        let trouble = &self.trouble;
        within("customers", self.customers, 1, 100_000_000)?;
        within("days", self.days, 1, 36_500)?;
        within("start (in days since 1970)", self.start.0, 0, 73_050)?;
        within("events_scale", self.events_scale, 0.01, 100.0)?;
        within("trouble.duplicates", trouble.duplicates, 0.0, 1.0)?;
        within("trouble.unknown_events", trouble.unknown_events, 0.0, 1.0)?;
        within("trouble.bad_rows", trouble.bad_rows, 0.0, 1.0)?;
        if trouble.bad_rows > 0.0 && self.format == Format::Parquet {
            return Err(Error::config(
                "bad rows need text: Parquet cannot hold a row that cannot be read",
            )
            .with_help("ask for CSV files, or for no bad rows"));
        }
        Ok(())
    }
}

fn within<T: PartialOrd + std::fmt::Display>(what: &str, got: T, min: T, max: T) -> Result<()> {
    if min <= got && got <= max {
        return Ok(());
    }
    Err(Error::config(format!(
        "{what} must lie between {min} and {max}, not {got}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_pass_and_start_with_2025() {
        let settings = Settings::default();
        settings.check().unwrap();
        assert_eq!(settings.start.to_string(), "2025-01-01");
        assert_eq!(settings.period().days(), 180);
        assert_eq!(settings.release_day() - settings.start, 108);
        assert_eq!(settings.tracking_gap().days(), 3);
    }

    #[test]
    fn senseless_numbers_are_refused_by_name() {
        type Change = fn(&mut Settings);
        let cases: [(&str, Change); 8] = [
            ("customers", |s| s.customers = 0),
            ("days", |s| s.days = 0),
            ("start", |s| s.start = Day(-1)),
            ("events_scale", |s| s.events_scale = f64::NAN),
            ("events_scale", |s| s.events_scale = 0.0),
            ("duplicates", |s| s.trouble.duplicates = -0.1),
            ("unknown_events", |s| s.trouble.unknown_events = 1.5),
            ("bad rows", |s| s.trouble.bad_rows = 0.1),
        ];
        for (name, change) in cases {
            let mut settings = Settings::default();
            change(&mut settings);
            let message = settings.check().unwrap_err().to_string();
            assert!(message.contains(name), "{message}");
        }
    }
}
