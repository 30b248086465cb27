//! Which features there are: fixed at training and kept in the model, so that scoring computes the same ones.

use serde::{Deserialize, Serialize};

use super::{FeatureSpec, Kind};
use crate::activity::Activity;
use crate::config::FeaturesSection;
use crate::time::Window;

/// Name, title, definition, unit and kind of the features that every log has.
const ALWAYS: [(&str, &str, &str, &str, Kind); 19] = [
    (
        "days_since_last",
        "days since last use",
        "days from the last active day to the cutoff; 1 means the day before it",
        "days",
        Kind::Count,
    ),
    (
        "tenure_days",
        "tenure",
        "days from sign-up (or the first event) to the cutoff",
        "days",
        Kind::Count,
    ),
    (
        "active_days",
        "active days",
        "days with a meaningful event in the window",
        "days",
        Kind::Count,
    ),
    (
        "events",
        "events",
        "meaningful events in the window",
        "events",
        Kind::Count,
    ),
    (
        "sessions",
        "sessions",
        "sessions begun in the window",
        "sessions",
        Kind::Count,
    ),
    (
        "seconds",
        "time in use",
        "seconds in sessions in the window",
        "seconds",
        Kind::Count,
    ),
    (
        "breadth",
        "breadth",
        "different meaningful events used in the window",
        "features",
        Kind::Count,
    ),
    (
        "events_per_active_day",
        "events per active day",
        "meaningful events divided by active days",
        "per active day",
        Kind::Count,
    ),
    (
        "active_days_per_week",
        "active days per week",
        "active days divided by the weeks of the window since sign-up",
        "days per week",
        Kind::Count,
    ),
    (
        "top_event_share",
        "share of top event",
        "share of the most used event",
        "share",
        Kind::Share,
    ),
    (
        "trend",
        "trend",
        "log ratio of active days per week, recent weeks against the weeks before (0.5 added to each count)",
        "log ratio",
        Kind::Level,
    ),
    (
        "expected_days_missed",
        "active days missed",
        "active days expected during the silence since the last one, at the customer's own rate",
        "days",
        Kind::Count,
    ),
    (
        "recent_active_days",
        "recent active days",
        "days with a meaningful event in the recent weeks of the trend",
        "days",
        Kind::Count,
    ),
    (
        "longest_silence_days",
        "longest silence",
        "longest run of days without a meaningful event in the window since sign-up, up to the cutoff",
        "days",
        Kind::Count,
    ),
    (
        "morning_share",
        "morning share",
        "share of events in the morning",
        "share",
        Kind::Share,
    ),
    (
        "afternoon_share",
        "afternoon share",
        "share of events in the afternoon",
        "share",
        Kind::Share,
    ),
    (
        "evening_share",
        "evening share",
        "share of events in the evening",
        "share",
        Kind::Share,
    ),
    (
        "night_share",
        "night share",
        "share of events at night",
        "share",
        Kind::Share,
    ),
    (
        "weekend_share",
        "weekend share",
        "share of events on Saturday and Sunday",
        "share",
        Kind::Share,
    ),
];

/// The further ones of a log whose events have a value.
const WITH_VALUE: [(&str, &str, &str, &str, Kind); 3] = [
    (
        "value",
        "value",
        "sum of values in the window",
        "value",
        Kind::Count,
    ),
    (
        "purchases",
        "purchases",
        "events with a value in the window",
        "purchases",
        Kind::Count,
    ),
    (
        "value_per_purchase",
        "value per purchase",
        "value divided by purchases",
        "value",
        Kind::Count,
    ),
];

/// Features of the churn model unless the configuration names others.
const CHURN: [&str; 12] = [
    "days_since_last",
    "expected_days_missed",
    "longest_silence_days",
    "active_days",
    "recent_active_days",
    "active_days_per_week",
    "events_per_active_day",
    "breadth",
    "top_event_share",
    "trend",
    "tenure_days",
    "weekend_share",
];

/// Which features are computed, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeaturePlan {
    /// Weeks of the recent side of the trend.
    pub trend_recent_weeks: i32,
    /// Weeks before them.
    pub trend_base_weeks: i32,
    /// Whether events have values.
    pub has_value: bool,
    /// Events that get a count of their own, by name.
    pub counted_events: Vec<String>,
}

impl FeaturePlan {
    /// The plan for a log: events with a count of their own are the most used ones of the observation
    /// window, ties by name. Nothing at or after the window's end is looked at.
    #[must_use]
    pub fn new(section: &FeaturesSection, activity: &Activity, observation: Window) -> Self {
        let mut totals = vec![0_u64; activity.names.len()];
        let mut n_valued = 0_u64;
        for c in 0..activity.n_customers() {
            for r in activity.rows_in(c, observation) {
                n_valued += u64::from(activity.rows[r].n_valued);
                for &(code, count) in activity.events_of(r) {
                    totals[usize::from(code)] += u64::from(count);
                }
            }
        }
        let mut codes: Vec<usize> = (0..totals.len())
            .filter(|&code| activity.meaningful[code] && totals[code] > 0)
            .collect();
        codes.sort_by_key(|&code| (std::cmp::Reverse(totals[code]), code));
        codes.truncate(section.n_event_counts);
        codes.sort_unstable();
        Self {
            trend_recent_weeks: section.trend_recent_weeks,
            trend_base_weeks: section.trend_base_weeks,
            has_value: n_valued > 0,
            counted_events: codes
                .into_iter()
                .map(|code| activity.names[code].clone())
                .collect(),
        }
    }

    /// What each feature is, in the order of the table's columns.
    #[must_use]
    pub fn specs(&self) -> Vec<FeatureSpec> {
        let spec =
            |&(name, title, definition, unit, kind): &(&str, &str, &str, &str, Kind)| FeatureSpec {
                name: name.into(),
                title: title.into(),
                definition: definition.into(),
                unit: unit.into(),
                kind,
            };
        let mut specs: Vec<FeatureSpec> = ALWAYS.iter().map(spec).collect();
        if self.has_value {
            specs.extend(WITH_VALUE.iter().map(spec));
        }
        specs.extend(self.counted_events.iter().map(|event| FeatureSpec {
            name: format!("count:{event}"),
            title: format!("{event} events"),
            definition: format!("`{event}` events in the window"),
            unit: "events".into(),
            kind: Kind::Count,
        }));
        specs
    }

    /// Features of the churn model unless the configuration names others.
    #[must_use]
    pub fn churn_features(&self) -> Vec<String> {
        let value = self
            .has_value
            .then_some(["purchases", "value_per_purchase"])
            .into_iter()
            .flatten();
        CHURN.into_iter().chain(value).map(String::from).collect()
    }
}
