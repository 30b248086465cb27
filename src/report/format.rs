//! Numbers, dates and estimates as people write them.
//!
//! Nothing here can print `NaN` or `inf`: what is not a number is an en dash.

use std::fmt::Display;

use crate::stats::Estimate;
use crate::time::{Day, Window};

/// Fewer customers than this are not described by a rate: it would say something about a person.
pub(super) const FEWEST_SHOWN: u64 = 10;
/// What stands in place of such a rate.
pub(super) const TOO_FEW: &str = "too few to show (n < 10)";
/// What stands in place of a number that is not known or not defined.
pub(super) const NOTHING: &str = "–";

/// An integer with thousands separators: `12,480`.
pub(super) fn count(n: impl Display) -> String {
    group(&n.to_string())
}

/// `1 customer`, `2 customers`.
pub(super) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A number with a fixed number of decimals, thousands separators and a true minus sign.
pub(super) fn decimal(x: f64, places: usize) -> String {
    if !x.is_finite() {
        return NOTHING.into();
    }
    let digits = format!("{:.places$}", x.abs());
    let is_zero = digits.bytes().all(|b| b == b'0' || b == b'.');
    let sign = if x < 0.0 && !is_zero { "−" } else { "" };
    format!("{sign}{}", group(&digits))
}

/// A feature in its natural unit, to about three digits; a share as a percentage.
pub(super) fn natural(x: f64, unit: &str) -> String {
    if unit == "share" {
        return percent(x);
    }
    let places = match x.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let text = decimal(x, places);
    match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        None => text,
    }
}

/// A number where there is little room, from a thousand on with a unit: `950`, `12k`, `2.5M`.
pub(super) fn compact(x: f64) -> String {
    let (scale, unit) = match x.abs() {
        size if size >= 1e9 => (1e9, "bn"),
        size if size >= 1e6 => (1e6, "M"),
        size if size >= 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    };
    format!("{}{unit}", natural(x / scale, ""))
}

/// A share as a percentage: `84.2%`.
pub(super) fn percent(share: f64) -> String {
    if share.is_finite() {
        format!("{}%", decimal(share * 100.0, 1))
    } else {
        NOTHING.into()
    }
}

/// A part of a whole as a percentage; an en dash if there is no whole.
pub(super) fn part(n: usize, of: usize) -> String {
    percent(n as f64 / of as f64)
}

/// The ends of an interval, which never end on two lines: a word joiner follows the dash.
pub(super) fn range(low: &str, high: &str) -> String {
    format!("{low}–\u{2060}{high}")
}

/// The ends of an interval of a share: `83.5–84.9%`.
pub(super) fn percent_range(low: f64, high: f64) -> String {
    range(percent(low).trim_end_matches('%'), &percent(high))
}

/// A share with its interval: `84.2% (83.5–84.9%)`.
pub(super) fn rate(e: &Estimate) -> String {
    format!("{} ({})", percent(e.value), percent_range(e.low, e.high))
}

/// A share with its interval, unless it is not known or rests on too few customers.
pub(super) fn rate_shown(e: Option<&Estimate>) -> String {
    match e {
        None => NOTHING.into(),
        Some(e) if e.n < FEWEST_SHOWN => TOO_FEW.into(),
        Some(e) => rate(e),
    }
}

/// A number with its interval: `0.823 (0.811–0.835)`.
pub(super) fn figure(e: &Estimate) -> String {
    let [value, low, high] = [e.value, e.low, e.high].map(|x| decimal(x, 3));
    format!("{value} ({})", range(&low, &high))
}

/// A p-value: `p < 0.001`, `p = 0.042`.
pub(super) fn p_value(p: f64) -> String {
    if p < 0.001 {
        "p < 0.001".into()
    } else {
        format!("p = {}", decimal(p, 3))
    }
}

/// An amount with its unit: `48,200 EUR`.
pub(super) fn money(x: f64, unit: &str) -> String {
    format!("{}\u{a0}{unit}", decimal(x, 0))
        .trim_end()
        .to_string()
}

/// A size in bytes: `12.4 MB`.
pub(super) fn bytes(n: u64) -> String {
    let n = n as f64;
    let (scale, unit, places) = match n {
        n if n >= 1e9 => (1e9, "GB", 1),
        n if n >= 1e6 => (1e6, "MB", 1),
        n if n >= 1e3 => (1e3, "kB", 1),
        _ => (1.0, "bytes", 0),
    };
    format!("{}\u{a0}{unit}", decimal(n / scale, places))
}

/// A day: `1 Jun 2024`, on one line.
pub(super) fn date(day: Day) -> String {
    day.date().strftime("%-d\u{a0}%b\u{a0}%Y").to_string()
}

/// The first and last day inside a window: `1 Jun 2024 to 30 Jun 2024`.
pub(super) fn span(window: Window) -> String {
    format!("{} to {}", date(window.start), date(window.end - 1))
}

/// Commas between groups of three digits of the whole part.
fn group(digits: &str) -> String {
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_grouped_by_three() {
        assert_eq!(
            [0_u64, 999, 1_000, 12_345_678].map(count),
            ["0", "999", "1,000", "12,345,678"]
        );
        assert_eq!(counted(1, "customer", "customers"), "1 customer");
    }

    #[test]
    fn decimals_have_a_true_minus_and_no_negative_zero() {
        assert_eq!(decimal(-1234.567, 2), "−1,234.57");
        assert_eq!(decimal(-0.0001, 2), "0.00");
        assert_eq!(decimal(f64::NAN, 2), "–");
    }

    #[test]
    fn natural_numbers_keep_about_three_digits() {
        let shown = [1234.6, 45.0, 3.25, 0.5, 100.0].map(|x| natural(x, "days"));
        assert_eq!(shown, ["1,235", "45", "3.25", "0.5", "100"]);
        assert_eq!(natural(0.256, "share"), "25.6%");
    }

    #[test]
    fn where_there_is_little_room_numbers_have_units() {
        let shown = [950.0, 12_000.0, 2_500_000.0, -8e10, f64::NAN].map(compact);
        assert_eq!(shown, ["950", "12k", "2.5M", "−80bn", "–"]);
    }

    #[test]
    fn shares_come_with_their_interval_unless_too_few() {
        let mut e = Estimate {
            value: 0.842,
            low: 0.8351,
            high: 0.849,
            n: 1_000,
        };
        assert_eq!(rate_shown(Some(&e)), "84.2% (83.5–\u{2060}84.9%)");
        assert_eq!(figure(&e), "0.842 (0.835–\u{2060}0.849)");
        e.n = 9;
        assert_eq!(rate_shown(Some(&e)), TOO_FEW);
        assert_eq!(rate_shown(None), "–");
        assert_eq!(part(1, 0), "–");
    }

    #[test]
    fn days_and_windows_read_as_people_write_them() {
        let window = Window {
            start: Day::parse("2024-06-01").unwrap(),
            end: Day::parse("2024-07-01").unwrap(),
        };
        assert_eq!(
            span(window).replace('\u{a0}', " "),
            "1 Jun 2024 to 30 Jun 2024"
        );
    }

    #[test]
    fn p_values_amounts_and_sizes_read_as_people_write_them() {
        assert_eq!(
            [p_value(0.000_2), p_value(0.042)],
            ["p < 0.001", "p = 0.042"]
        );
        assert_eq!(
            [money(48_200.4, "EUR"), money(5.0, "")],
            ["48,200\u{a0}EUR", "5"]
        );
        assert_eq!(
            [bytes(12_400_000), bytes(12)],
            ["12.4\u{a0}MB", "12\u{a0}bytes"]
        );
    }
}
