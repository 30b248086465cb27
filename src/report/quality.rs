//! How good the churn model is, in figures.

use super::charts;
use super::format::{count, counted, date, decimal, figure, part};
use super::table::Figure;
use crate::churn::Quality;
use crate::error::Result;

/// The churn model in figures.
pub(super) struct Model {
    pub(super) n_train: String,
    pub(super) n_train_churned: String,
    pub(super) train_share: String,
    pub(super) training_cutoffs: String,
    pub(super) n_test: String,
    pub(super) n_test_churned: String,
    pub(super) test_share: String,
    pub(super) test_cutoff: String,
    pub(super) auc: Option<String>,
    pub(super) recency: Option<String>,
    pub(super) brier: String,
    pub(super) brier_base: String,
    pub(super) is_better_than_base: bool,
    pub(super) roc: Option<Figure>,
    pub(super) calibration: Option<Figure>,
    pub(super) coefficients: Option<Figure>,
}

impl Model {
    /// The figures of a model.
    pub(super) fn new(quality: &Quality) -> Result<Self> {
        Ok(Self {
            n_train: count(quality.n_train),
            n_train_churned: count(quality.n_train_churned),
            train_share: part(quality.n_train_churned, quality.n_train),
            training_cutoffs: counted(
                quality.training_cutoffs.len(),
                "earlier cutoff",
                "earlier cutoffs",
            ),
            n_test: counted(quality.n_test, "customer", "customers"),
            n_test_churned: count(quality.n_test_churned),
            test_share: part(quality.n_test_churned, quality.n_test),
            test_cutoff: date(quality.test_cutoff),
            auc: quality.auc.as_ref().map(figure),
            recency: quality.auc_recency.as_ref().map(figure),
            brier: decimal(quality.brier, 3),
            brier_base: decimal(quality.brier_base, 3),
            is_better_than_base: quality.brier < quality.brier_base,
            roc: charts::roc::figure(quality)?,
            calibration: charts::calibration::figure(quality)?,
            coefficients: charts::coefficients::figure(quality)?,
        })
    }
}
