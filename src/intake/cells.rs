//! Single cells: what readers hand over, and the typing of everything but instants.
//!
//! Numbers are read as exact decimals, never through binary floating point, so that the same text gives the
//! same millionths in every format.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::config::DurationUnit;

/// Decimal places of a value: amounts are integers in millionths.
const VALUE_PLACES: i32 = 6;
/// Characters of a cell that are shown in a reject.
const SHOWN_CHARS: usize = 80;

/// One mapped cell of a row, as its file holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'a> {
    /// No value (JSON or Parquet null).
    Null,
    /// Text that has not been checked yet.
    Text(&'a [u8]),
    /// An integer column of a Parquet file.
    Integer(i128),
    /// A floating-point column of a Parquet file.
    Float(f64),
    /// Microseconds since 1970 UTC.
    Instant(i64),
    /// Microseconds since 1970 on a wall clock whose zone the configuration names.
    Civil(i64),
    /// A nested JSON value.
    Nested,
}

/// A row of mapped cells, by index into the wanted columns.
pub(crate) trait Record {
    /// The cell of wanted column `index`.
    fn cell(&self, index: usize) -> Cell<'_>;
}

/// Why a cell, and with it its row, cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Index into the wanted columns; `None` if the whole row is at fault.
    pub(crate) column: Option<usize>,
    /// Stable slug.
    pub(crate) reason: &'static str,
    /// What was found, shortened and escaped.
    pub(crate) detail: String,
}

impl Fault {
    /// A fault that says in words what is wrong.
    pub(crate) fn new(reason: &'static str, detail: impl Into<String>) -> Self {
        Self {
            column: None,
            reason,
            detail: detail.into(),
        }
    }

    /// A fault that shows the cell.
    pub(crate) fn showing(reason: &'static str, cell: &str) -> Self {
        Self::new(reason, shown(cell))
    }

    /// The same fault, of a wanted column.
    pub(crate) fn of(mut self, column: usize) -> Self {
        self.column = Some(column);
        self
    }
}

/// `text` with control characters escaped, cut to about 80 characters.
pub(crate) fn shown(text: &str) -> String {
    let mut escaped = text.chars().flat_map(char::escape_debug);
    let mut short: String = escaped.by_ref().take(SHOWN_CHARS).collect();
    if escaped.next().is_some() {
        short.push_str("...");
    }
    short
}

/// Cells that mean "no value".
#[derive(Clone, Debug)]
pub(crate) struct Nulls(Vec<Vec<u8>>);

impl Nulls {
    /// The tokens of `intake.null_values`.
    pub(crate) fn new(tokens: &[String]) -> Self {
        Self(tokens.iter().map(|t| t.clone().into_bytes()).collect())
    }

    fn contain(&self, cell: &[u8]) -> bool {
        self.0.iter().any(|token| token == cell)
    }

    /// A cell as text, byte for byte; numbers are written into `scratch` in decimal. `None` is no value.
    ///
    /// # Errors
    /// Invalid UTF-8, NUL bytes, nested values.
    pub(crate) fn text<'a>(
        &self,
        cell: Cell<'a>,
        scratch: &'a mut String,
    ) -> Result<Option<&'a str>, Fault> {
        scratch.clear();
        // Writing to a String cannot fail.
        let _ = match cell {
            Cell::Null => return Ok(None),
            Cell::Nested => return Err(Fault::new("not-a-scalar", "an object or array")),
            Cell::Text(bytes) => {
                return if self.contain(bytes) {
                    Ok(None)
                } else {
                    checked(bytes).map(Some)
                };
            }
            Cell::Integer(number) => match i64::try_from(number) {
                Ok(short) => write!(scratch, "{short}"),
                Err(_) => write!(scratch, "{number}"),
            },
            Cell::Float(number) => write!(scratch, "{number}"),
            Cell::Instant(micros) | Cell::Civil(micros) => write!(scratch, "{micros}"),
        };
        Ok(Some(scratch))
    }

    /// An amount in millionths, rounded half away from zero.
    ///
    /// # Errors
    /// Text that is not a finite decimal number, or one beyond about ±9.2e12.
    pub(crate) fn value(&self, cell: Cell<'_>) -> Result<Option<i64>, Fault> {
        const REASON: &str = "bad-value";
        match cell {
            Cell::Integer(number) => number
                .checked_mul(1_000_000)
                .and_then(|millionths| i64::try_from(millionths).ok())
                .map(Some)
                .ok_or_else(|| Fault::new(REASON, number.to_string())),
            Cell::Float(number) => {
                // The shortest text that reads back as this number is what a text file would hold.
                let mut buffer = [0; 32];
                let mut unused = &mut buffer[..];
                let written = write!(unused, "{number:e}").map(|()| 32 - unused.len());
                written
                    .ok()
                    .and_then(|length| millionths(&buffer[..length]))
                    .map(Some)
                    .ok_or_else(|| Fault::new(REASON, number.to_string()))
            }
            _ => {
                let mut scratch = String::new();
                let Some(text) = self.text(cell, &mut scratch)? else {
                    return Ok(None);
                };
                millionths(text.as_bytes())
                    .map(Some)
                    .ok_or_else(|| Fault::showing(REASON, text))
            }
        }
    }

    /// A duration in whole seconds, rounded half up; no value is 0.
    ///
    /// # Errors
    /// Text that is not a decimal number, negative durations, more than `u32::MAX` seconds.
    pub(crate) fn seconds(&self, cell: Cell<'_>, unit: DurationUnit) -> Result<u32, Fault> {
        const REASON: &str = "bad-duration";
        let millionths = self.value(cell).map_err(|fault| Fault {
            reason: if fault.reason == "bad-value" {
                REASON
            } else {
                fault.reason
            },
            ..fault
        })?;
        let Some(millionths) = millionths else {
            return Ok(0);
        };
        let (times, per) = match unit {
            DurationUnit::Millis => (1, 1_000_000_000),
            DurationUnit::Seconds => (1, 1_000_000),
            DurationUnit::Minutes => (60, 1_000_000),
            DurationUnit::Hours => (3600, 1_000_000),
        };
        let seconds = (i128::from(millionths) * times + per / 2).div_euclid(per);
        if millionths < 0 {
            return Err(Fault::new(REASON, "a negative duration"));
        }
        u32::try_from(seconds).map_err(|_| Fault::new(REASON, format!("{seconds} seconds")))
    }
}

fn millionths(text: &[u8]) -> Option<i64> {
    Decimal::parse(text)?.scaled(VALUE_PLACES, Rounding::HalfAway)
}

/// UTF-8 without NUL, or the offset of the byte at fault.
fn checked(bytes: &[u8]) -> Result<&str, Fault> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.as_bytes().contains(&0) => Ok(text),
        Ok(_) => Err(Fault::new("nul-byte", "a NUL byte")),
        Err(error) => Err(Fault::new(
            "invalid-utf8",
            format!("byte {} of the field is not UTF-8", error.valid_up_to()),
        )),
    }
}

/// What becomes of digits beyond the scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// To the nearest, ties away from zero.
    HalfAway,
    /// Cut off.
    Truncate,
}

/// A decimal number, `digits * 10^exponent` with a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    digits: u64,
    exponent: i32,
}

impl Decimal {
    /// Parses `[+-]digits[.digits][e[+-]digits]`; at least one digit before the exponent. Digits beyond the 19th
    /// significant one only keep their place.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let mut decimal = Self {
            negative,
            digits: 0,
            exponent: 0,
        };
        let (mut any, mut fraction) = (false, false);
        let mut rest = text;
        while let [byte, tail @ ..] = rest {
            match byte {
                b'0'..=b'9' => {
                    any = true;
                    decimal.push(*byte - b'0', fraction);
                }
                b'.' if !fraction => fraction = true,
                b'e' | b'E' if any => {
                    let shift = small_integer(tail)?;
                    decimal.exponent = decimal.exponent.saturating_add(shift);
                    return Some(decimal);
                }
                _ => return None,
            }
            rest = tail;
        }
        any.then_some(decimal)
    }

    fn push(&mut self, digit: u8, fraction: bool) {
        const FULL: u64 = 1_000_000_000_000_000_000; // ten times this and nine still fit
        let kept = self.digits < FULL;
        if kept {
            self.digits = self.digits * 10 + u64::from(digit);
        }
        match (kept, fraction) {
            (true, true) => self.exponent = self.exponent.saturating_sub(1),
            (false, false) => self.exponent = self.exponent.saturating_add(1),
            _ => {}
        }
    }

    /// The number times `10^places` as an integer; `None` if it does not fit.
    pub(crate) fn scaled(self, places: i32, rounding: Rounding) -> Option<i64> {
        let shift = self.exponent.saturating_add(places);
        let power = 10_i128.checked_pow(shift.unsigned_abs());
        let digits = i128::from(self.digits);
        let magnitude = match power {
            _ if digits == 0 => 0,
            Some(power) if shift >= 0 => digits.checked_mul(power)?,
            None if shift >= 0 => return None,
            Some(power) if rounding == Rounding::HalfAway => (digits + power / 2) / power,
            Some(power) => digits / power,
            None => 0,
        };
        i64::try_from(if self.negative { -magnitude } else { magnitude }).ok()
    }
}

/// The digits after an `e`, saturating: 1e99999999999 is as far out of range as 1e400.
fn small_integer(text: &[u8]) -> Option<i32> {
    let (sign, digits) = match text {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        _ => (1, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut number = 0_i32;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number
            .saturating_mul(10)
            .saturating_add(i32::from(byte - b'0'));
    }
    Some(sign * number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nulls() -> Nulls {
        Nulls::new(&crate::config::IntakeSection::default().null_values)
    }

    fn value(text: &str) -> Result<Option<i64>, &'static str> {
        nulls()
            .value(Cell::Text(text.as_bytes()))
            .map_err(|fault| fault.reason)
    }

    #[test]
    fn b_31_amounts_are_exact_millionths() {
        for (text, expected) in [
            ("0", 0),
            ("-0", 0),
            ("-0.0", 0),
            ("29.33", 29_330_000),
            ("+1", 1_000_000),
            (".5", 500_000),
            ("5.", 5_000_000),
            ("-1.25", -1_250_000),
            ("1e3", 1_000_000_000),
            ("25E-1", 2_500_000),
            ("0.0000005", 1),
            ("-0.0000005", -1),
            ("0.00000049999999999999999999999999", 0),
            ("1e-400", 0),
            ("0e400", 0),
            ("9223372036854.775807", i64::MAX),
            ("0000000000000000000000000000001", 1_000_000),
        ] {
            assert_eq!(value(text), Ok(Some(expected)), "{text}");
        }
    }

    #[test]
    fn b_31_missing_tokens_are_no_value_and_nonsense_is_a_fault() {
        for text in ["", "NULL", "null", "N/A", "NA", "None"] {
            assert_eq!(value(text), Ok(None), "{text}");
        }
        for text in [
            "NaN",
            "nan",
            "inf",
            "-Infinity",
            "1e400",
            "1e99999999999",
            "9223372036854.775808",
            "1,5",
            "$3",
            "-",
            ".",
            "e5",
            "1e",
            "1e+",
            "1.2.3",
            " 1",
            "0x10",
            "1_000",
            "١",
        ] {
            assert_eq!(value(text), Err("bad-value"), "{text}");
        }
        assert_eq!(
            nulls().value(Cell::Float(f64::NAN)).unwrap_err().reason,
            "bad-value"
        );
        assert_eq!(nulls().value(Cell::Float(29.33)).unwrap(), Some(29_330_000));
        assert_eq!(nulls().value(Cell::Float(-0.0)).unwrap(), Some(0));
        assert_eq!(
            nulls().value(Cell::Float(f64::MAX)).unwrap_err().reason,
            "bad-value"
        );
        assert_eq!(nulls().value(Cell::Integer(3)).unwrap(), Some(3_000_000));
    }

    #[test]
    fn durations_round_to_whole_seconds_in_every_unit() {
        let seconds = |text: &str, unit| {
            nulls()
                .seconds(Cell::Text(text.as_bytes()), unit)
                .map_err(|fault| fault.reason)
        };
        assert_eq!(seconds("1499", DurationUnit::Millis), Ok(1));
        assert_eq!(seconds("1500", DurationUnit::Millis), Ok(2));
        assert_eq!(seconds("2.4", DurationUnit::Seconds), Ok(2));
        assert_eq!(seconds("1.5", DurationUnit::Minutes), Ok(90));
        assert_eq!(seconds("0.25", DurationUnit::Hours), Ok(900));
        assert_eq!(seconds("", DurationUnit::Hours), Ok(0));
        assert_eq!(seconds("-0", DurationUnit::Hours), Ok(0));
        assert_eq!(seconds("-1", DurationUnit::Seconds), Err("bad-duration"));
        assert_eq!(seconds("-0.1", DurationUnit::Seconds), Err("bad-duration"));
        assert_eq!(
            seconds("4294967296", DurationUnit::Seconds),
            Err("bad-duration")
        );
        assert_eq!(seconds("soon", DurationUnit::Seconds), Err("bad-duration"));
    }

    #[test]
    fn d_52_what_is_shown_is_escaped_and_short() {
        assert_eq!(shown("\u{1b}]0;x\u{7}"), "\\u{1b}]0;x\\u{7}");
        assert_eq!(shown(&"x".repeat(80)).len(), 80);
        assert_eq!(shown(&"x".repeat(10_000)).len(), 83);
    }

    proptest! {
        #[test]
        fn decimals_agree_with_integer_arithmetic(units in -1_000_000_000_i64..1_000_000_000, micros in 0_u32..1_000_000) {
            let text = format!("{units}.{micros:06}");
            let sign = if text.starts_with('-') { -1 } else { 1 };
            let expected = units * 1_000_000 + sign * i64::from(micros);
            prop_assert_eq!(value(&text), Ok(Some(expected)));
        }

        #[test]
        fn any_bytes_are_typed_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..24)) {
            let _ = nulls().value(Cell::Text(&bytes));
            let _ = nulls().seconds(Cell::Text(&bytes), DurationUnit::Hours);
        }
    }
}
