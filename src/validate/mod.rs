//! Labels against outcomes that came later: evidence, and the gate.

mod evidence;
mod gate;

pub use evidence::evidence;
pub use gate::judge;

use serde::{Deserialize, Serialize};

use crate::stats::survival::KaplanMeier;
use crate::stats::{Estimate, Test};
use crate::time::{Day, Window};

/// What became of the customers of one segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentEvidence {
    /// Slug of the segment.
    pub slug: String,
    /// Name of the segment.
    pub name: String,
    /// Customers at the cutoff.
    pub n: usize,
    /// Share retained through the outcome window, with its Wilson interval; `None` without customers.
    pub retention: Option<Estimate>,
    /// Mean churn probability given at the cutoff; `None` if no model could be fitted.
    pub mean_churn_probability: Option<f64>,
    /// Days from the cutoff to churn, censored at the end of the data.
    pub survival: KaplanMeier,
}

/// Evidence that the segments differ in what came later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The cutoff at which customers were labelled.
    pub cutoff: Day,
    /// Where outcomes were read.
    pub outcome: Window,
    /// One entry per segment, in the order of the model.
    pub segments: Vec<SegmentEvidence>,
    /// Retention of everyone.
    pub retention: Option<Estimate>,
    /// Log-rank test between the segments; `None` with fewer than two segments or no churn.
    pub log_rank: Option<Test>,
    /// Bias-corrected Cramér's V of segment and outcome; `None` if not defined.
    pub cramers_v: Option<f64>,
}

/// One condition of the gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What is demanded, in words.
    pub name: String,
    /// Whether it is met.
    pub passed: bool,
    /// The figure that decided, in words.
    pub found: String,
}

/// Verdict on a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Whether every check passed.
    pub passed: bool,
    /// The checks.
    pub checks: Vec<Check>,
}
