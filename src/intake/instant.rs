//! Instants: text in one configured format, and wall clocks of a zone, to microseconds since 1970 UTC.
//!
//! Nothing is guessed. A time without an offset is read in the configured zone: one that the zone skipped
//! when clocks went forward is a fault, one that came twice is the earlier instant, and both are counted. The leap
//! second `:60` is read as `:59`.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use super::cells::{Cell, Decimal, Fault, Nulls, Rounding};
use crate::config::TimeFormat;
use crate::error::{self, Error};
use crate::time::MICROS_PER_SECOND;

const SECONDS_PER_DAY: i64 = 86_400;
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
        let (read, shown) = match cell {
            Cell::Instant(micros) => (Ok(micros), String::new()),
            Cell::Civil(micros) => (self.on_wall_clock(micros), String::new()),
            _ => {
                let mut scratch = std::mem::take(&mut self.scratch);
                let (read, shown) = match nulls.text(cell, &mut scratch)? {
                    None => return Ok(None),
                    Some(text) => {
                        let read = self.parse(text.as_bytes()).and_then(in_range);
                        (
                            read,
                            if read.is_err() {
                                text.to_owned()
                            } else {
                                String::new()
                            },
                        )
                    }
                };
                self.scratch = scratch;
                (read, shown)
            }
        };
        match read.and_then(in_range) {
            Ok(micros) => Ok(Some(micros)),
            Err(wrong) => {
                let shown = match cell {
                    Cell::Instant(micros) | Cell::Civil(micros) => format!("{micros} microseconds"),
                    _ => shown,
                };
                Err(Fault::showing(
                    match wrong {
                        Wrong::Malformed => "bad-timestamp",
                        Wrong::OutOfRange => "timestamp-out-of-range",
                        Wrong::Skipped => "nonexistent-local-time",
                    },
                    &shown,
                ))
            }
        }
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

/// A time in the extended form of ISO 8601.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct IsoTime {
    /// Microseconds since 1970 on its own wall clock.
    civil: i64,
    /// Seconds east of UTC.
    offset: Option<i64>,
    leap: bool,
}

impl IsoTime {
    /// Parses `YYYY-MM-DD`, then optionally `T` or a blank and `HH:MM[:SS[.fraction]]`, then optionally `Z`, `UTC`
    /// or `±HH[[:]MM]`, with or without a blank before it. Digits beyond the microsecond are cut off.
    fn parse(text: &[u8]) -> Option<Self> {
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, rest @ ..] = text else {
            return None;
        };
        let year = two(*y1, *y2)? * 100 + two(*y3, *y4)?;
        let days = days_from_civil(year, two(*m1, *m2)?, two(*d1, *d2)?)?;
        let day = days * SECONDS_PER_DAY;
        match rest {
            [] => Some(Self {
                civil: day * MICROS_PER_SECOND,
                offset: None,
                leap: false,
            }),
            [b'T' | b't' | b' ', h1, h2, b':', n1, n2, rest @ ..] => {
                let (hour, minute) = (two(*h1, *h2)?, two(*n1, *n2)?);
                let (second, micros, rest) = seconds(rest)?;
                let leap = second == 60 && minute == 59;
                if hour > 23 || minute > 59 || (second > 59 && !leap) {
                    return None;
                }
                let second = day + hour * 3600 + minute * 60 + second.min(59);
                let civil = second * MICROS_PER_SECOND + micros;
                Some(Self {
                    civil,
                    offset: offset(rest)?,
                    leap,
                })
            }
            _ => None,
        }
    }
}

/// `[:SS[.fraction]]` as seconds and microseconds, and what follows.
fn seconds(text: &[u8]) -> Option<(i64, i64, &[u8])> {
    let [b':', s1, s2, rest @ ..] = text else {
        return Some((0, 0, text));
    };
    let second = two(*s1, *s2)?;
    let [b'.' | b',', digits @ ..] = rest else {
        return Some((second, 0, rest));
    };
    let length = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (digits, rest) = digits.split_at(length);
    if digits.is_empty() {
        return None;
    }
    let micros = (0..6).fold(0, |micros, place| {
        micros * 10 + digits.get(place).map_or(0, |digit| i64::from(digit - b'0'))
    });
    Some((second, micros, rest))
}

/// The offset at the end of a time: outer `None` if malformed, inner `None` if there is none.
#[expect(clippy::option_option, reason = "absent and malformed differ")]
fn offset(text: &[u8]) -> Option<Option<i64>> {
    let text = match text {
        [] => return Some(None),
        [b' ', rest @ ..] => rest,
        _ => text,
    };
    let (sign, hours, minutes) = match text {
        b"Z" | b"z" | b"UTC" => return Some(Some(0)),
        [sign, h1, h2] => (sign, two(*h1, *h2)?, 0),
        [sign, h1, h2, m1, m2] | [sign, h1, h2, b':', m1, m2] => {
            (sign, two(*h1, *h2)?, two(*m1, *m2)?)
        }
        _ => return None,
    };
    let seconds = hours * 3600 + minutes * 60;
    match sign {
        _ if hours > 23 || minutes > 59 => None,
        b'+' => Some(Some(seconds)),
        b'-' => Some(Some(-seconds)),
        _ => None,
    }
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar; `None` if there is no such date.
///
/// # Source
/// Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`, for years 0 to 9999.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if year == 0 || !(1..=length).contains(&day) {
        return None;
    }
    // Years begin in March, so that the leap day is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// What a wall-clock time is in its zone, in microseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Local {
    Once(i64),
    /// The earlier of two instants.
    Twice(i64),
    Never,
}

/// Resolves wall-clock times of a zone; remembers the range in which the current offset is beyond doubt.
#[derive(Clone, Debug)]
struct WallClock {
    zone: TimeZone,
    /// Wall-clock seconds `[from, until)` in which `offset` (seconds east of UTC) holds and no time comes twice.
    from: i64,
    until: i64,
    offset: i64,
}

impl WallClock {
    fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            from: 0,
            until: 0,
            offset: 0,
        }
    }

    /// `None` if the time is outside the range of jiff.
    fn resolve(&mut self, civil: i64) -> Option<Local> {
        let second = civil.div_euclid(MICROS_PER_SECOND);
        if (self.from..self.until).contains(&second) {
            return Some(Local::Once(civil - self.offset * MICROS_PER_SECOND));
        }
        let wall = Offset::UTC.to_datetime(Timestamp::from_second(second).ok()?);
        let at = |offset: Offset| civil - i64::from(offset.seconds()) * MICROS_PER_SECOND;
        match self.zone.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Gap { .. } => Some(Local::Never),
            AmbiguousOffset::Fold { before, .. } => Some(Local::Twice(at(before))),
            AmbiguousOffset::Unambiguous { offset } => {
                self.remember(second, i64::from(offset.seconds()));
                Some(Local::Once(at(offset)))
            }
        }
    }

    /// Finds how far around `second` its offset holds without doubt.
    fn remember(&mut self, second: i64, offset: i64) {
        (self.from, self.until, self.offset) = (second, second + 1, offset);
        let (Ok(instant), Ok(next)) = (
            Timestamp::from_second(second - offset),
            Timestamp::from_second(second - offset + 1),
        ) else {
            return;
        };
        // A transition at `t` moves the wall clock from `t + old` to `t + new`: the times between are skipped or come
        // twice, so the doubt lies between the smaller and the larger of the two.
        self.from = self.zone.preceding(next).next().map_or(i64::MIN, |t| {
            let at = t.timestamp().as_second();
            let old = Timestamp::from_second(at - 1).map_or(offset, |t| self.offset_at(t));
            at + offset.max(old)
        });
        self.until = self.zone.following(instant).next().map_or(i64::MAX, |t| {
            t.timestamp().as_second() + offset.min(i64::from(t.offset().seconds()))
        });
    }

    fn offset_at(&self, instant: Timestamp) -> i64 {
        i64::from(self.zone.to_offset(instant).seconds())
    }
}

/// Formats worth proposing, with the words for them.
const CANDIDATES: [(&str, &str); 13] = [
    ("iso8601", "ISO 8601"),
    ("epoch_s", "seconds since 1970"),
    ("epoch_ms", "milliseconds"),
    ("epoch_us", "microseconds"),
    ("epoch_ns", "nanoseconds"),
    ("%Y%m%d", "dates"),
    ("%Y%m%d%H%M%S", "dates and times"),
    ("%Y/%m/%d", "dates"),
    ("%Y/%m/%d %H:%M:%S", "dates and times"),
    ("%d.%m.%Y", "dates"),
    ("%d.%m.%Y %H:%M", "dates and times"),
    ("%d/%m/%Y", "dates"),
    ("%m/%d/%Y", "dates"),
];

/// The formats, among the common ones, in which every sample is a date between 1990 and 2099, as
/// `(name in the configuration, words for it)`.
pub(crate) fn formats_of<'a>(
    samples: impl Iterator<Item = &'a str> + Clone,
) -> Vec<(&'static str, &'static str)> {
    let nulls = Nulls::new(&[]);
    let fits = |name: &str| {
        let format = TimeFormat::from(name.to_owned());
        Instants::new(&format, TimeZone::UTC, "").is_ok_and(|mut instants| {
            samples.clone().all(|text| {
                matches!(
                    instants.read(Cell::Text(text.as_bytes()), &nulls),
                    Ok(Some(_))
                )
            })
        })
    };
    CANDIDATES
        .into_iter()
        .filter(|(name, _)| fits(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    #[test]
    fn formats_are_recognised_by_their_samples() {
        let names = |samples: &[&str]| -> Vec<&str> {
            formats_of(samples.iter().copied())
                .into_iter()
                .map(|(name, _)| name)
                .collect()
        };
        assert_eq!(names(&["1717200000", "1717200001"]), ["epoch_s"]);
        assert_eq!(names(&["1717200000250"]), ["epoch_ms"]);
        assert_eq!(names(&["1717200000250000"]), ["epoch_us"]);
        assert_eq!(names(&["1717200000250000000"]), ["epoch_ns"]);
        assert_eq!(names(&["19970118"]), ["%Y%m%d"]);
        assert_eq!(names(&["20240601100000"]), ["%Y%m%d%H%M%S"]);
        assert_eq!(names(&["01/02/2024"]), ["%d/%m/%Y", "%m/%d/%Y"]);
        assert_eq!(names(&["01/02/2024", "01/31/2024"]), ["%m/%d/%Y"]);
        assert_eq!(names(&["2024-06-01 10:00:00"]), ["iso8601"]);
        assert_eq!(names(&["7", "Female"]), [""; 0]);
    }

    #[test]
    fn days_agree_with_jiff_for_every_date_there_is() {
        let mut date = Date::constant(1, 1, 1);
        let mut days = days_from_civil(1, 1, 1).unwrap();
        assert_eq!(days_from_civil(1970, 1, 1), Some(0));
        while date < Date::constant(9999, 12, 31) {
            date = date.tomorrow().unwrap();
            days += 1;
            let found = days_from_civil(date.year().into(), date.month().into(), date.day().into());
            assert_eq!(found, Some(days), "{date}");
        }
    }

    proptest! {
        #[test]
        fn wall_clocks_agree_with_jiff(
            zone in prop::sample::select(vec![
                "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Gaza",
            ]),
            start in 631_152_000_i64..4_000_000_000,
            steps in prop::collection::vec(-40_000_i64..40_000, 1..200),
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let mut clock = WallClock::new(zone.clone());
            // Walk around the next transition, where the doubt is.
            let near = zone.following(Timestamp::from_second(start).unwrap()).next().map_or(start, |t| {
                t.timestamp().as_second() + i64::from(t.offset().seconds())
            });
            for step in steps {
                let second = near + step / 4;
                let wall = Offset::UTC.to_datetime(Timestamp::from_second(second).unwrap());
                let ambiguous = zone.to_ambiguous_timestamp(wall);
                let expected = match ambiguous.offset() {
                    AmbiguousOffset::Gap { .. } => Local::Never,
                    AmbiguousOffset::Fold { .. } => Local::Twice(ambiguous.earlier().unwrap().as_microsecond()),
                    AmbiguousOffset::Unambiguous { .. } => Local::Once(ambiguous.unambiguous().unwrap().as_microsecond()),
                };
                prop_assert_eq!(clock.resolve(second * MICROS_PER_SECOND), Some(expected));
            }
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,32}", digits in "[0-9TZ:+ .-]{0,32}") {
            for format in ["iso8601", "epoch_s", "epoch_ns", "%Y%m%d"] {
                let _ = read(format, "Europe/Berlin", &text);
                let _ = read(format, "Europe/Berlin", &digits);
            }
        }
    }
}
