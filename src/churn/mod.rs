//! Churn propensity: labels, the logistic model, its test on a later cutoff, and the proof that it saw no
//! future.

pub mod labels;
pub mod leakage;
pub mod logistic;
pub mod train;

use serde::{Deserialize, Serialize};

use crate::config::ChurnKind;
use crate::stats::Estimate;
use crate::stats::calibration::CalibrationBin;
use crate::time::Day;

/// How good the churn model was on a cutoff later than all it learnt from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// What "churned" means.
    pub kind: ChurnKind,
    /// Cutoffs it learnt from, newest first.
    pub training_cutoffs: Vec<Day>,
    /// Rows it learnt from (a customer counts once per cutoff).
    pub n_train: usize,
    /// How many of them churned.
    pub n_train_churned: usize,
    /// The cutoff it was tested at.
    pub test_cutoff: Day,
    /// Customers it was tested on.
    pub n_test: usize,
    /// How many of them churned.
    pub n_test_churned: usize,
    /// Area under the ROC curve with DeLong's interval; `None` if all test customers have one outcome.
    pub auc: Option<Estimate>,
    /// The same for days since last use alone: what the model must beat.
    pub auc_recency: Option<Estimate>,
    /// Mean squared error of the probabilities.
    pub brier: f64,
    /// The same when everyone gets the training base rate.
    pub brier_base: f64,
    /// Observed against predicted, in bins of equal count.
    pub calibration: Vec<CalibrationBin>,
    /// Points of the ROC curve: false and true positive rates.
    pub roc: Vec<(f64, f64)>,
    /// Coefficients per standard deviation, largest first: feature title and log odds.
    pub coefficients: Vec<(String, f64)>,
}

/// Result of the leakage proof of one training run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeakageProof {
    /// Customers whose future was deleted and invented.
    pub n_customers: usize,
    /// Cutoffs at which it was done.
    pub cutoffs: Vec<Day>,
    /// Feature values compared bit by bit.
    pub n_values: usize,
    /// Events that were deleted, over all cutoffs.
    pub n_deleted: usize,
    /// Events that were invented, over all cutoffs.
    pub n_invented: usize,
}
