//! Calibration of predicted probabilities.

use serde::{Deserialize, Serialize};

use super::Estimate;

/// One bin of a calibration table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Mean predicted probability.
    pub predicted: f64,
    /// Observed share of positives, with its Wilson interval.
    pub observed: Estimate,
}
