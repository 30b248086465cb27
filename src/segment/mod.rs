//! Segments: lifecycle by rule, clusters of the established customers, names from profiles, actions.
//!
//! Precedence (non-user, new, dormant, then clusters): a customer without use, too short a history or none of
//! late has no usage pattern to cluster, and is placed by rule.

pub mod build;
pub mod lifecycle;
pub mod naming;
pub mod snapshot;

use serde::{Deserialize, Serialize};

/// Where a segment comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Learnt by clustering.
    Learnt,
    /// By rule, before clustering: `non_user`, `new`, `dormant`.
    Rule,
}

/// Lifecycle stage by rule. Order is precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// On the roster, no meaningful event before the cutoff.
    NonUser,
    /// Signed up recently, or too few sessions yet.
    New,
    /// No meaningful event for a while.
    Dormant,
    /// Used, but hardly.
    NotActivated,
    /// Weak last weeks after stronger ones.
    Declining,
    /// Nearly every day.
    Power,
    /// Every week.
    Habitual,
    /// The rest: activated, not yet a habit.
    Activated,
}

impl Stage {
    /// Every stage, in the order of precedence.
    pub const ALL: [Self; 8] = [
        Self::NonUser,
        Self::New,
        Self::Dormant,
        Self::NotActivated,
        Self::Declining,
        Self::Power,
        Self::Habitual,
        Self::Activated,
    ];

    /// Name in config, CRM and JSON.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::NonUser => "non_user",
            Self::New => "new",
            Self::Dormant => "dormant",
            Self::NotActivated => "not_activated",
            Self::Declining => "declining",
            Self::Power => "power",
            Self::Habitual => "habitual",
            Self::Activated => "activated",
        }
    }

    /// Whether customers of this stage are clustered; the others are segments by rule.
    #[must_use]
    pub fn is_clustered(self) -> bool {
        !matches!(self, Self::NonUser | Self::New | Self::Dormant)
    }

    /// Whether the churn model speaks of customers of this stage; the others have left already, or never came.
    #[must_use]
    pub fn is_in_use(self) -> bool {
        !matches!(self, Self::NonUser | Self::Dormant)
    }
}

/// A feature of a segment in natural units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileEntry {
    /// Feature name.
    pub feature: String,
    /// Feature name for people.
    pub title: String,
    /// Unit for people.
    pub unit: String,
    /// First quartile.
    pub q25: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub q75: f64,
    /// Mean of the segment in standard deviations of all clustered customers, after the transform; `None`
    /// for segments by rule.
    pub z: Option<f64>,
}

/// A named group of customers with an action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Opaque id, `seg_` and eight hex digits.
    pub id: String,
    /// Name in CRM and JSON, `[a-z0-9_]+`.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// One sentence in natural units.
    pub description: String,
    /// Learnt or by rule.
    pub origin: Origin,
    /// Customers at the training cutoff.
    pub n: usize,
    /// Share of all customers at the training cutoff.
    pub share: f64,
    /// Share of all value in the observation window; `None` if no value column is mapped.
    pub value_share: Option<f64>,
    /// Profile in natural units.
    pub profile: Vec<ProfileEntry>,
    /// Next best action.
    pub action: String,
    /// Owner.
    pub owner: Option<String>,
}
