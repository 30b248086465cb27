//! Pure formulas: proportions, survival, association, ROC, calibration.
//!
//! Nothing here knows of customers or segments; every function takes numbers and returns an estimate with
//! its interval, or `None` where the estimate is not defined.

pub mod association;
pub mod calibration;
pub mod proportion;
pub mod roc;
pub mod survival;

use serde::{Deserialize, Serialize};

/// An estimate with its 95 % interval and the number of observations behind it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
    /// Observations.
    pub n: u64,
}

/// A test statistic with its p-value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: u64,
    /// Probability of a statistic at least as large if there is no effect.
    pub p_value: f64,
}
