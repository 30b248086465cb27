//! One sentence about a cluster, in natural units.

use super::words::{
    ACTIVE_DAYS, BREADTH, Direction, EVENTS_PER_ACTIVE_DAY, TOP_EVENT_SHARE, TREND, capitalised,
    direction,
};
use super::{ProfileEntry, z};

/// Features that are described, besides the trend.
const N_FEATURES: usize = 3;

/// Describes the active days and the most notable other features, then the trend: "Active on 34 of the last 90
/// days, 12 events per active day, 9 different features; use is falling."
pub(super) fn describe(entries: &[ProfileEntry], weeks: f64) -> String {
    let mut told: Vec<&ProfileEntry> = entries
        .iter()
        .filter(|entry| entry.feature != TREND && entry.median.is_finite())
        .collect();
    let is_rhythm = |entry: &ProfileEntry| entry.feature == ACTIVE_DAYS;
    told.sort_by(|a, b| {
        let by_rhythm = is_rhythm(b).cmp(&is_rhythm(a));
        by_rhythm.then(z(b).abs().total_cmp(&z(a).abs()))
    });
    let features: Vec<String> = told
        .into_iter()
        .take(N_FEATURES)
        .map(|entry| in_natural_units(entry, weeks))
        .collect();
    let trend = direction(entries).map(|direction| match direction {
        Direction::Rising => "use is rising",
        Direction::Steady => "use is steady",
        Direction::Falling => "use is falling",
    });
    let clauses: Vec<String> = [features.join(", ")]
        .into_iter()
        .chain(trend.map(String::from))
        .filter(|clause| !clause.is_empty())
        .collect();
    if clauses.is_empty() {
        return "Customers alike in use.".into();
    }
    format!("{}.", capitalised(&clauses.join("; ")))
}

fn in_natural_units(entry: &ProfileEntry, weeks: f64) -> String {
    let (median, title, unit) = (entry.median, entry.title.as_str(), entry.unit.as_str());
    let value = number(median);
    let plural = if value == "1" { "" } else { "s" };
    match entry.feature.as_str() {
        ACTIVE_DAYS => format!("active on {value} of the last {} days", number(weeks * 7.0)),
        EVENTS_PER_ACTIVE_DAY => format!("{value} event{plural} per active day"),
        BREADTH => format!("{value} different feature{plural}"),
        TOP_EVENT_SHARE => format!(
            "{}% of use in the most used feature",
            number(median * 100.0)
        ),
        _ if unit == "share" => format!("{title} {}%", number(median * 100.0)),
        _ if title.contains(unit) => format!("{value} {title}"),
        _ => format!("{title} {value} {unit}"),
    }
}

/// At most one decimal, none from 10 up.
fn number(x: f64) -> String {
    let text = if x.abs() < 9.95 {
        format!("{x:.1}")
    } else {
        format!("{x:.0}")
    };
    match text.strip_suffix(".0").unwrap_or(&text) {
        "-0" => "0".into(),
        short => short.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (-0.01, "0"),
            (0.25, "0.2"),
            (3.0, "3"),
            (9.94, "9.9"),
            (9.96, "10"),
            (1234.5, "1234"),
        ];
        for (x, expected) in cases {
            assert_eq!(number(x), expected);
        }
    }
}
