use super::*;
use crate::activity::rollup::roll_up;
use crate::activity::rollup::tests::{events, rules};
use crate::config::FeaturesSection;
use crate::time::{Cutoff, Day, Windows};

const DAY: i64 = 86_400;

fn cutoff() -> Cutoff {
    Windows {
        observation_days: 90,
        gap_days: 0,
        horizon_days: 30,
    }
    .at(Day(200))
}

fn table(rows: &[(&str, i64, &str)], values: &[Option<i64>]) -> FeatureTable {
    let mut log = events(rows);
    log.value = values.to_vec();
    let activity = roll_up(&log, &["roster".to_string()], &rules()).unwrap();
    let plan = FeaturePlan::new(
        &FeaturesSection::default(),
        &activity,
        cutoff().observation(),
    );
    let first_days = activity.ids.iter().enumerate();
    let signed_up: Vec<Option<Day>> = first_days
        .map(|(c, _)| Some(activity.of(c).first().map_or(Day(150), |row| row.day)))
        .collect();
    build(&activity, &signed_up, &plan, cutoff())
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() < 1e-12 || (found.is_nan() && expected.is_nan())
}

#[test]
fn features_agree_with_a_customer_counted_by_hand() {
    // Known since day 140 (60 days before the cutoff); active on days 140, 150 and 196 (a Thursday), and
    // again on the cutoff day, which must not count.
    let rows = [
        ("a", 140 * DAY + 8 * 3600, "edit"),
        ("a", 140 * DAY + 8 * 3600 + 60, "edit"),
        ("a", 150 * DAY + 19 * 3600, "share"),
        ("a", 196 * DAY + 13 * 3600, "edit"),
        ("a", 196 * DAY + 14 * 3600, "login"),
        ("a", 200 * DAY, "edit"),
    ];
    let values = [None, Some(2_500_000), Some(7_500_000), None, None, Some(1)];
    let table = table(&rows, &values);
    let expect = [
        ("days_since_last", 4.0),
        ("tenure_days", 60.0),
        ("active_days", 3.0),
        ("events", 4.0),
        ("sessions", 3.0),
        ("seconds", 60.0),
        ("breadth", 2.0),
        ("events_per_active_day", 4.0 / 3.0),
        ("active_days_per_week", 3.0 / (60.0 / 7.0)),
        ("top_event_share", 0.75),
        // Recent: days 172..200, one active day in 4 weeks; base: days 140..172, two in 32 days.
        ("trend", f64::ln((1.5 / 4.0) / (2.5 / (32.0 / 7.0)))),
        ("expected_days_missed", 3.0 * 3.0 / 60.0),
        ("recent_active_days", 1.0),
        // Days 151..196.
        ("longest_silence_days", 45.0),
        ("morning_share", 0.5),
        ("afternoon_share", 0.25),
        ("evening_share", 0.25),
        ("night_share", 0.0),
        (
            "weekend_share",
            f64::from(u8::from(Day(140).is_weekend())) * 0.5
                + f64::from(u8::from(Day(150).is_weekend())) * 0.25,
        ),
        ("value", 10.0),
        ("purchases", 2.0),
        ("value_per_purchase", 5.0),
        ("count:edit", 3.0),
        ("count:share", 1.0),
    ];
    assert_eq!(table.specs.len(), expect.len());
    for (name, expected) in expect {
        let found = table.column(name).unwrap()[0];
        assert!(close(found, expected), "{name}: {found} is not {expected}");
    }
}

#[test]
fn what_is_not_defined_is_nan_and_never_zero() {
    let table = table(&[("a", 199 * DAY, "edit")], &[]);
    let of_roster = |name: &str| table.column(name).unwrap()[1];
    assert!(of_roster("days_since_last").is_nan());
    assert!(of_roster("events_per_active_day").is_nan());
    assert!(of_roster("top_event_share").is_nan());
    assert!(close(of_roster("active_days"), 0.0));
    assert!(close(of_roster("tenure_days"), 50.0));
    assert!(close(of_roster("longest_silence_days"), 50.0));
    assert!(close(of_roster("recent_active_days"), 0.0));
    assert!(
        table.column("trend").unwrap()[0].is_nan(),
        "known for a day: no trend"
    );
    assert!(table.column("value").is_none(), "no value column");
}

#[test]
fn silence_is_longest_before_between_or_after_the_active_days() {
    let longest = |days: &[i64]| {
        let rows: Vec<_> = days.iter().map(|day| ("a", day * DAY, "edit")).collect();
        table(&rows, &[]).column("longest_silence_days").unwrap()[0]
    };
    let cases: [(&[i64], f64); 5] = [
        (&[50, 180, 190], 70.0), // known since day 50; the window begins on day 110
        (&[130, 140, 189], 48.0),
        (&[130, 140, 150], 49.0),
        (&[199], 0.0),
        (&[110, 199, 200], 88.0), // the cutoff day does not count
    ];
    for (days, expected) in cases {
        assert!(close(longest(days), expected), "{days:?}");
    }
}

#[test]
fn b_27_an_event_at_the_cutoff_changes_no_feature() {
    let before = [("a", 190 * DAY, "edit"), ("b", 150 * DAY, "edit")];
    let mut after = before.to_vec();
    after.extend([
        ("a", 200 * DAY, "edit"),
        ("b", 200 * DAY, "export"),
        ("a", 250 * DAY, "edit"),
    ]);
    let (before, after) = (table(&before, &[]), table(&after, &[]));
    assert_eq!(before.specs, after.specs);
    for (left, right) in before.columns.iter().zip(&after.columns) {
        assert!(
            left.iter()
                .zip(right)
                .all(|(l, r)| l.to_bits() == r.to_bits())
        );
    }
}
