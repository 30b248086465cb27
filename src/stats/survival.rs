//! Kaplan–Meier curves and the log-rank test.

use serde::{Deserialize, Serialize};

/// A Kaplan–Meier curve: one entry per distinct time at which an event or a censoring happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KaplanMeier {
    /// Times, ascending.
    pub times: Vec<f64>,
    /// Number at risk just before each time.
    pub at_risk: Vec<u64>,
    /// Events at each time.
    pub events: Vec<u64>,
    /// Survival just after each time.
    pub survival: Vec<f64>,
    /// Greenwood standard error of the survival.
    pub std_err: Vec<f64>,
    /// Lower end of the 95 % log-log interval.
    pub low: Vec<f64>,
    /// Upper end of the 95 % log-log interval.
    pub high: Vec<f64>,
}
