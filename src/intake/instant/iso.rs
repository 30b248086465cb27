//! ISO 8601 in its extended form, read by hand: it is what nearly every log has.

use crate::time::MICROS_PER_SECOND;

const SECONDS_PER_DAY: i64 = 86_400;

/// A time in the extended form of ISO 8601.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IsoTime {
    /// Microseconds since 1970 on its own wall clock.
    pub(super) civil: i64,
    /// Seconds east of UTC.
    pub(super) offset: Option<i64>,
    /// Whether it is a leap second, read as the second before.
    pub(super) leap: bool,
}

impl IsoTime {
    /// Parses `YYYY-MM-DD`, then optionally `T` or a blank and `HH:MM[:SS[.fraction]]`, then optionally `Z`, `UTC`
    /// or `±HH[[:]MM]`, with or without a blank before it. Digits beyond the microsecond are cut off.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
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

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::*;

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
}
