//! Instants: text in one configured format, and wall clocks of a zone, to microseconds since 1970 UTC.
//!
//! Nothing is guessed. A time without an offset is read in the configured zone: one that the zone skipped
//! when clocks went forward is a fault, one that came twice is the earlier instant, and both are counted. The leap
//! second `:60` is read as `:59`.

mod formats;
mod iso;
mod wall;

use jiff::Zoned;
use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::{Offset, TimeZone};

use super::cells::{Cell, Decimal, Fault, Nulls, Rounding};
use crate::config::TimeFormat;
use crate::error::{self, Error};
use crate::time::MICROS_PER_SECOND;
use iso::IsoTime;
use wall::{Local, WallClock};

pub(crate) use formats::formats_of;

/// 1990-01-01 UTC; anything earlier is taken for a wrong unit or a placeholder.
const EARLIEST: i64 = 631_152_000 * MICROS_PER_SECOND;
/// 2100-01-01 UTC.
const LATEST: i64 = 4_102_444_800 * MICROS_PER_SECOND;

/// How often a reading needed a decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TimeCounts {
    /// Wall-clock times that never were.
    pub(crate) gaps: u64,
    /// Wall-clock times that came twice.
    pub(crate) folds: u64,
    /// Leap seconds.
    pub(crate) leaps: u64,
}

/// Why text is no usable instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Malformed,
    OutOfRange,
    Skipped,
}

/// Reads instants of one column.
#[derive(Clone, Debug)]
pub(crate) struct Instants {
    format: TimeFormat,
    clock: WallClock,
    counts: TimeCounts,
    scratch: String,
}

impl Instants {
    /// A reader of `format`; times without an offset are of `zone`. `key` names the format in complaints.
    ///
    /// # Errors
    /// [`Error::Config`] if a pattern is malformed or does not give a date.
    pub(crate) fn new(format: &TimeFormat, zone: TimeZone, key: &str) -> error::Result<Self> {
        if let TimeFormat::Pattern(pattern) = format {
            check_pattern(pattern, key)?;
        }
        Ok(Self {
            format: format.clone(),
            clock: WallClock::new(zone),
            counts: TimeCounts::default(),
            scratch: String::new(),
        })
    }

    /// What needed a decision so far.
    pub(crate) fn counts(&self) -> TimeCounts {
        self.counts
    }

    /// The instant of a cell in microseconds, or `None` for no value.
    ///
    /// # Errors
    /// Malformed or impossible times, times outside 1990 to 2099, times that the zone skipped.
    pub(crate) fn read(&mut self, cell: Cell<'_>, nulls: &Nulls) -> Result<Option<i64>, Fault> {
        let read = match cell {
            Cell::Instant(micros) => Ok(micros),
            Cell::Civil(micros) => self.on_wall_clock(micros),
            _ => {
                let mut scratch = std::mem::take(&mut self.scratch);
                let read = nulls
                    .text(cell, &mut scratch)?
                    .map(|text| self.parse(text.as_bytes()));
                self.scratch = scratch;
                match read {
                    None => return Ok(None),
                    Some(read) => read,
                }
            }
        };
        read.and_then(in_range).map(Some).map_err(|wrong| {
            let reason = match wrong {
                Wrong::Malformed => "bad-timestamp",
                Wrong::OutOfRange => "timestamp-out-of-range",
                Wrong::Skipped => "nonexistent-local-time",
            };
            let mut scratch = String::new();
            let text = nulls.text(cell, &mut scratch).ok().flatten();
            Fault::showing(reason, text.unwrap_or_default())
        })
    }

    fn parse(&mut self, text: &[u8]) -> Result<i64, Wrong> {
        match &self.format {
            TimeFormat::Iso8601 => {
                let time = IsoTime::parse(text).ok_or(Wrong::Malformed)?;
                self.counts.leaps += u64::from(time.leap);
                match time.offset {
                    Some(offset) => Ok(time.civil - offset * MICROS_PER_SECOND),
                    None => self.on_wall_clock(time.civil),
                }
            }
            TimeFormat::EpochSeconds => epoch(text, 6),
            TimeFormat::EpochMillis => epoch(text, 3),
            TimeFormat::EpochMicros => epoch(text, 0),
            TimeFormat::EpochNanos => epoch(text, -3),
            TimeFormat::Pattern(pattern) => {
                let time = strtime::parse(pattern, text).map_err(|_| Wrong::Malformed)?;
                match by_pattern(&time).ok_or(Wrong::Malformed)? {
                    Read::Instant(micros) => Ok(micros),
                    Read::Civil(micros) => self.on_wall_clock(micros),
                }
            }
        }
    }

    fn on_wall_clock(&mut self, civil: i64) -> Result<i64, Wrong> {
        match self.clock.resolve(civil).ok_or(Wrong::OutOfRange)? {
            Local::Once(micros) => Ok(micros),
            Local::Twice(earlier) => {
                self.counts.folds += 1;
                Ok(earlier)
            }
            Local::Never => {
                self.counts.gaps += 1;
                Err(Wrong::Skipped)
            }
        }
    }
}

fn in_range(micros: i64) -> Result<i64, Wrong> {
    if (EARLIEST..LATEST).contains(&micros) {
        Ok(micros)
    } else {
        Err(Wrong::OutOfRange)
    }
}

fn epoch(text: &[u8], places: i32) -> Result<i64, Wrong> {
    let decimal = Decimal::parse(text).ok_or(Wrong::Malformed)?;
    // Truncated, so that no event moves into the next second or day.
    decimal
        .scaled(places, Rounding::Truncate)
        .ok_or(Wrong::OutOfRange)
}

/// What a pattern gave.
enum Read {
    Instant(i64),
    Civil(i64),
}

fn by_pattern(time: &BrokenDownTime) -> Option<Read> {
    if time.timestamp().is_some() || time.offset().is_some() {
        return Some(Read::Instant(time.to_timestamp().ok()?.as_microsecond()));
    }
    let civil = time.to_datetime().ok()?;
    Offset::UTC
        .to_timestamp(civil)
        .ok()
        .map(|t| Read::Civil(t.as_microsecond()))
}

/// A pattern must print a sample time and read a date back from what it printed.
fn check_pattern(pattern: &str, key: &str) -> error::Result<()> {
    let sample: Zoned =
        DateTime::from_parts(Date::constant(2024, 11, 23), Time::constant(13, 45, 56, 0))
            .to_zoned(TimeZone::UTC)
            .map_err(|error| Error::Internal(error.to_string()))?;
    let gives_date = pattern.contains('%')
        && BrokenDownTime::from(&sample)
            .to_string(pattern)
            .and_then(|text| strtime::parse(pattern, text))
            .is_ok_and(|time| by_pattern(&time).is_some());
    if gives_date {
        return Ok(());
    }
    Err(Error::config(format!("`{}` in {key} gives no date", pattern.escape_debug())).with_help(
        "use iso8601, epoch_s, epoch_ms, epoch_us, epoch_ns or a strptime pattern such as %d/%m/%Y %H:%M",
    ))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn reader(format: &str, zone: &str) -> Instants {
        let zone = TimeZone::get(zone).unwrap();
        Instants::new(
            &TimeFormat::from(format.to_owned()),
            zone,
            "events.time_format",
        )
        .unwrap()
    }

    fn read_with(instants: &mut Instants, text: &str) -> Result<i64, &'static str> {
        instants
            .read(Cell::Text(text.as_bytes()), &Nulls::new(&[]))
            .map(|micros| micros.unwrap())
            .map_err(|fault| fault.reason)
    }

    fn read(format: &str, zone: &str, text: &str) -> Result<i64, &'static str> {
        read_with(&mut reader(format, zone), text)
    }

    fn utc(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn iso_8601_is_read_with_and_without_offset() {
        for (text, expected) in [
            ("2024-06-01", "2024-05-31T22:00:00Z"),
            ("2024-06-01 10:00", "2024-06-01T08:00:00Z"),
            ("2024-06-01T10:00:00", "2024-06-01T08:00:00Z"),
            ("2024-01-01 10:00:00", "2024-01-01T09:00:00Z"),
            ("2024-06-01 10:00:00.5", "2024-06-01T08:00:00.5Z"),
            (
                "2024-06-01 10:00:00,123456789",
                "2024-06-01T08:00:00.123456Z",
            ),
            ("2024-06-01T10:00:00Z", "2024-06-01T10:00:00Z"),
            ("2024-06-01t10:00:00z", "2024-06-01T10:00:00Z"),
            ("2024-06-01 10:00:00 UTC", "2024-06-01T10:00:00Z"),
            ("2024-06-01T10:00:00+02:00", "2024-06-01T08:00:00Z"),
            ("2024-06-01T10:00:00.25-0700", "2024-06-01T17:00:00.25Z"),
            ("2024-06-01T10:00+05", "2024-06-01T05:00:00Z"),
            ("2024-06-01 10:00:00 +0530", "2024-06-01T04:30:00Z"),
        ] {
            assert_eq!(
                read("iso8601", "Europe/Berlin", text),
                Ok(utc(expected)),
                "{text}"
            );
        }
    }

    #[test]
    fn b_21_impossible_and_malformed_times_are_faults() {
        for text in [
            "2024-02-30",
            "2023-02-29",
            "1900-02-29",
            "0000-01-01",
            "2024-13-01",
            "2024-00-10",
            "2024-01-00",
            "12/31/24",
            "2024-06-01T24:00:00",
            "2024-06-01T10:60",
            "2024-06-01T10:00:61",
            "2024-06-01T10:30:60",
            "2024-06-01T10",
            "2024-06-01T10:00:00.",
            "2024-06-01T10:00:00+24:00",
            "2024-06-01T10:00:00+2",
            "2024-06-01T10:00:00 ",
            "2024-06-01T10:00:00[Europe/Berlin]",
            " 2024-06-01",
            "2024-6-1",
            "20240601",
            "now",
            "2024-06-01X10:00",
        ] {
            assert_eq!(read("iso8601", "UTC", text), Err("bad-timestamp"), "{text}");
        }
    }

    #[test]
    fn b_22_epochs_are_read_in_the_unit_configured() {
        let at = utc("2024-06-01T00:00:00.25Z");
        assert_eq!(read("epoch_s", "UTC", "1717200000.25"), Ok(at));
        assert_eq!(read("epoch_ms", "UTC", "1717200000250"), Ok(at));
        assert_eq!(read("epoch_us", "UTC", "1717200000250000"), Ok(at));
        assert_eq!(read("epoch_ns", "UTC", "1717200000250000999"), Ok(at));
        assert_eq!(
            read("epoch_s", "UTC", "1717200000250"),
            Err("timestamp-out-of-range")
        );
        assert_eq!(read("epoch_s", "UTC", "soon"), Err("bad-timestamp"));
    }

    #[test]
    fn b_23_times_out_of_range_are_faults_and_never_wrap() {
        for (format, text) in [
            ("iso8601", "9999-12-31"),
            ("iso8601", "1677-09-21"),
            ("iso8601", "1989-12-31T23:59:59Z"),
            ("iso8601", "2100-01-01T00:00:00Z"),
            ("epoch_s", "9223372036854775807"),
            ("epoch_ns", "-9223372036854775808"),
            ("epoch_s", "1e400"),
            ("epoch_ms", "99999999999999999999999999999999"),
            ("epoch_s", "0"),
        ] {
            assert_eq!(
                read(format, "UTC", text),
                Err("timestamp-out-of-range"),
                "{text}"
            );
        }
        assert!(read("iso8601", "UTC", "1990-01-01").is_ok());
        assert!(read("iso8601", "UTC", "2099-12-31T23:59:59.999999").is_ok());
        let far = reader("iso8601", "Europe/Berlin").read(Cell::Civil(i64::MIN), &Nulls::new(&[]));
        assert_eq!(far.unwrap_err().reason, "timestamp-out-of-range");
    }

    #[test]
    fn b_24_a_leap_second_is_the_second_before_and_counted() {
        let mut instants = reader("iso8601", "UTC");
        assert_eq!(
            read_with(&mut instants, "1990-12-31T23:59:60Z"),
            Ok(utc("1990-12-31T23:59:59Z"))
        );
        assert_eq!(instants.counts().leaps, 1);
    }

    #[test]
    fn b_25_a_skipped_hour_is_a_fault_and_a_repeated_one_the_earlier_instant() {
        let mut instants = reader("iso8601", "Europe/Berlin");
        assert_eq!(
            read_with(&mut instants, "2024-03-31 02:30:00"),
            Err("nonexistent-local-time")
        );
        assert_eq!(
            read_with(&mut instants, "2024-03-31 03:00:00"),
            Ok(utc("2024-03-31T01:00:00Z"))
        );
        assert_eq!(
            read_with(&mut instants, "2024-10-27 02:30:00"),
            Ok(utc("2024-10-27T00:30:00Z"))
        );
        assert_eq!(
            read_with(&mut instants, "2024-10-27 03:00:00"),
            Ok(utc("2024-10-27T02:00:00Z"))
        );
        assert_eq!(
            instants.counts(),
            TimeCounts {
                gaps: 1,
                folds: 1,
                leaps: 0
            }
        );
    }

    #[test]
    fn b_26_equal_instants_are_equal_whatever_their_offset() {
        let expected = Ok(utc("2024-06-01T00:00:00Z"));
        for text in [
            "2024-06-01T00:00:00Z",
            "2024-06-01T02:00:00+02:00",
            "2024-05-31T17:00:00-07:00",
        ] {
            assert_eq!(read("iso8601", "Asia/Tokyo", text), expected);
        }
    }

    #[test]
    fn patterns_read_dates_times_and_offsets() {
        for (pattern, text, expected) in [
            ("%Y%m%d", "19970118", "1997-01-17T23:00:00Z"),
            ("%d/%m/%Y %H:%M", "31/12/2024 08:05", "2024-12-31T07:05:00Z"),
            (
                "%Y%m%dT%H%M%S%z",
                "20240601T100000+0200",
                "2024-06-01T08:00:00Z",
            ),
            ("%s", "1717200000", "2024-06-01T00:00:00Z"),
        ] {
            assert_eq!(
                read(pattern, "Europe/Berlin", text),
                Ok(utc(expected)),
                "{pattern}"
            );
        }
        assert_eq!(read("%Y%m%d", "UTC", "20240230"), Err("bad-timestamp"));
        assert_eq!(read("%Y%m%d", "UTC", "2024060110"), Err("bad-timestamp"));
    }

    #[test]
    fn patterns_without_a_date_are_refused_at_once() {
        for pattern in ["epoch", "%H:%M", "%Y-%m", "%J", "%", ""] {
            let format = TimeFormat::Pattern(pattern.into());
            let error = Instants::new(&format, TimeZone::UTC, "events.time_format").unwrap_err();
            assert!(
                error
                    .to_string()
                    .contains("events.time_format gives no date"),
                "{pattern}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,32}", digits in "[0-9TZ:+ .-]{0,32}") {
            for format in ["iso8601", "epoch_s", "epoch_ns", "%Y%m%d"] {
                let _ = read(format, "Europe/Berlin", &text);
                let _ = read(format, "Europe/Berlin", &digits);
            }
        }
    }
}
