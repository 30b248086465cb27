//! Everything that scoring needs, and what scoring gives.

use serde::{Deserialize, Serialize};

use crate::segment::Stage;
use crate::time::Day;

/// How a churn probability came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChurnBasis {
    /// The logistic model: the customer is of the kind it learnt from.
    Model,
    /// The observed rate of the customer's lifecycle stage at the training cutoffs (dormant, non-user).
    StageRate,
}

/// Risk in three bands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskBand {
    /// Below `churn.medium_risk`.
    Low,
    /// Between the two limits.
    Medium,
    /// From `churn.high_risk`.
    High,
}

/// What habitus says of one customer at a cutoff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// Customer id.
    pub customer_id: String,
    /// The first day the features did not see.
    pub cutoff: Day,
    /// Content id of the model.
    pub model_id: String,
    /// Segment slug.
    pub segment: String,
    /// Segment name.
    pub segment_name: String,
    /// How clearly the customer lies in its segment rather than the next, 0 to 1: `(d2 - d1) / d2` with the
    /// distances to the nearest two centres; 1 for segments by rule.
    pub confidence: f64,
    /// Lifecycle stage.
    pub lifecycle: Stage,
    /// Churn probability; `None` if no model could be fitted.
    pub churn_probability: Option<f64>,
    /// How the probability came about.
    pub churn_basis: Option<ChurnBasis>,
    /// Risk band.
    pub risk: Option<RiskBand>,
    /// Next best action.
    pub action: String,
    /// E-mail address, if the roster has one: the match id of some CRMs.
    pub email: Option<String>,
}
