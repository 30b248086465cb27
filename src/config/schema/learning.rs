//! Windows, features, stages, segments, churn and the gate.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Windows;

/// `[windows]`: observation, gap and horizon, in days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WindowsSection {
    /// Features read so many days before the cutoff.
    pub observation_days: i32,
    /// Lead time between the cutoff and the outcome window.
    pub gap_days: i32,
    /// Length of the outcome window.
    pub horizon_days: i32,
    /// The cutoff at which segments are learnt and proved (`YYYY-MM-DD`); by default the latest one whose
    /// outcomes are complete.
    pub cutoff: Option<String>,
}

impl Default for WindowsSection {
    fn default() -> Self {
        Self {
            observation_days: 90,
            gap_days: 0,
            horizon_days: 30,
            cutoff: None,
        }
    }
}

impl WindowsSection {
    /// The lengths, as the one type that owns windows.
    #[must_use]
    pub fn windows(&self) -> Windows {
        Windows {
            observation_days: self.observation_days,
            gap_days: self.gap_days,
            horizon_days: self.horizon_days,
        }
    }
}

/// `[features]`: how features are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeaturesSection {
    /// How many of the most used meaningful events get a count of their own.
    pub n_event_counts: usize,
    /// Weeks of the recent side of the trend.
    pub trend_recent_weeks: i32,
    /// Weeks before them that it is compared with.
    pub trend_base_weeks: i32,
    /// First hours of morning, afternoon, evening and night.
    pub hour_bands: Bands,
}

impl Default for FeaturesSection {
    fn default() -> Self {
        Self {
            n_event_counts: 12,
            trend_recent_weeks: 4,
            trend_base_weeks: 8,
            hour_bands: Bands::default(),
        }
    }
}

/// First hours of the four bands of the day; night runs from `night` over midnight to `morning`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Bands {
    /// First hour of the morning.
    pub morning: u32,
    /// First hour of the afternoon.
    pub afternoon: u32,
    /// First hour of the evening.
    pub evening: u32,
    /// First hour of the night.
    pub night: u32,
}

impl Default for Bands {
    fn default() -> Self {
        Self {
            morning: 6,
            afternoon: 12,
            evening: 18,
            night: 23,
        }
    }
}

/// `[lifecycle]`: rules of the stages, on active days and sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LifecycleSection {
    /// A customer is `new` for at least so many days after sign-up.
    pub new_days: i32,
    /// After `new_days` a customer stays `new` until this many sessions, ...
    pub new_sessions: u32,
    /// ... but never longer than this many days after sign-up.
    pub new_max_days: i32,
    /// Days without meaningful use after which a customer is `dormant`; by default `windows.horizon_days`.
    pub dormant_days: Option<i32>,
    /// Meaningful events in the window below which a customer is `not_activated`.
    pub activated_events: u32,
    /// Active days per week from which a customer is `habitual`.
    pub habitual_days_per_week: f64,
    /// Active days per week from which a customer is `power`.
    pub power_days_per_week: f64,
    /// Sessions per week below which a week counts as weak (`declining`: both of the last two weeks weak,
    /// the median week before not).
    pub declining_sessions: u32,
}

impl Default for LifecycleSection {
    fn default() -> Self {
        Self {
            new_days: 14,
            new_sessions: 3,
            new_max_days: 28,
            dormant_days: None,
            activated_events: 3,
            habitual_days_per_week: 1.5,
            power_days_per_week: 4.0,
            declining_sessions: 2,
        }
    }
}

/// How customers are clustered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// k-means (linfa), finished to exact means.
    #[default]
    Kmeans,
    /// Ward's hierarchical clustering (kodama).
    Ward,
}

/// `[segments]`: clustering and the segments made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SegmentsSection {
    /// Clustering method.
    pub method: Method,
    /// Number of clusters; without it the best silhouette of `k_min..=k_max`.
    pub k: Option<usize>,
    /// Smallest number tried.
    pub k_min: usize,
    /// Largest number tried.
    pub k_max: usize,
    /// Features that are clustered; see `habitus features` for the names.
    pub features: Vec<String>,
    /// Starts of k-means per k.
    pub n_starts: usize,
    /// Seed of every random number of the run.
    pub seed: u64,
    /// Most customers that Ward takes (its matrix grows with the square).
    pub ward_limit: usize,
    /// Customers sampled for the silhouette.
    pub silhouette_sample: usize,
    /// Smallest share of the clustered customers that may be a segment.
    pub min_share: f64,
    /// Next best action and owner by segment slug or lifecycle stage.
    pub actions: BTreeMap<String, Action>,
}

impl Default for SegmentsSection {
    fn default() -> Self {
        Self {
            method: Method::Kmeans,
            k: None,
            k_min: 3,
            k_max: 8,
            features: [
                "active_days",
                "events_per_active_day",
                "breadth",
                "top_event_share",
                "trend",
            ]
            .map(String::from)
            .to_vec(),
            n_starts: 10,
            seed: 42,
            ward_limit: 10_000,
            silhouette_sample: 5_000,
            min_share: 0.02,
            actions: BTreeMap::new(),
        }
    }
}

/// What to do with a segment, and who does it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The next best action, one sentence.
    pub action: String,
    /// Who owns the segment.
    #[serde(default)]
    pub owner: Option<String>,
    /// A name to show instead of the one derived from the profile.
    #[serde(default)]
    pub name: Option<String>,
}

/// What "churned" means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChurnKind {
    /// No meaningful event in the outcome window.
    #[default]
    Usage,
    /// A cancellation dated inside the outcome window.
    Contract,
}

/// `[churn]`: the churn-propensity model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChurnSection {
    /// What "churned" means.
    pub kind: ChurnKind,
    /// L2 penalty on the sum of losses (scikit-learn's `1 / C`).
    pub alpha: f64,
    /// Most training cutoffs before the test cutoff.
    pub n_cutoffs: usize,
    /// Features of the model; empty means the catalogue's default set.
    pub features: Vec<String>,
    /// Probability from which a customer's risk is `medium`.
    pub medium_risk: f64,
    /// Probability from which a customer's risk is `high`.
    pub high_risk: f64,
}

impl Default for ChurnSection {
    fn default() -> Self {
        Self {
            kind: ChurnKind::Usage,
            alpha: 1.0,
            n_cutoffs: 3,
            features: Vec::new(),
            medium_risk: 0.3,
            high_risk: 0.6,
        }
    }
}

/// `[gate]`: what a candidate must show before it may become `current`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GateSection {
    /// Least mean silhouette of the clusters.
    pub min_silhouette: f64,
    /// Largest share of all customers in one learnt segment.
    pub max_share: f64,
    /// Largest p-value of the log-rank test between segments.
    pub max_p_value: f64,
    /// Least lower bound of the churn model's AUC.
    pub min_auc: f64,
}

impl Default for GateSection {
    fn default() -> Self {
        Self {
            min_silhouette: 0.25,
            max_share: 0.7,
            max_p_value: 0.05,
            min_auc: 0.6,
        }
    }
}
