//! The churn model: learnt at earlier cutoffs, tested at a later one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Quality;
use super::labels::Outcomes;
use super::logistic::Logistic;
use crate::config::{ChurnKind, ChurnSection};
use crate::error::{Error, Result};
use crate::features::FeatureTable;
use crate::segment::Stage;
use crate::segment::snapshot::Snapshot;
use crate::standardise::Standardiser;
use crate::stats::{calibration, roc};

/// Fewest churned, and fewest retained, customers per feature (events per variable, Peduzzi et al. 1996).
const EVENTS_PER_FEATURE: usize = 10;
/// Bins of the calibration table.
const CALIBRATION_BINS: usize = 10;
/// Points kept of the ROC curve.
const ROC_POINTS: usize = 200;

/// The model with everything that scoring needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChurnModel {
    /// What "churned" means.
    pub kind: ChurnKind,
    /// The logistic model and the transform of its features.
    pub propensity: Propensity,
    /// Churned and all customers of the stages the model does not speak of, over the training cutoffs.
    pub stage_rates: BTreeMap<String, StageRate>,
    /// How good it was at the later cutoff.
    pub quality: Quality,
    /// What the reader should know, as sentences.
    pub notes: Vec<String>,
}

/// A logistic model with the transform of its features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Propensity {
    /// Transform of the features.
    pub standardiser: Standardiser,
    /// The coefficients, per standard deviation.
    pub logistic: Logistic,
}

/// Observed churn of a lifecycle stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageRate {
    /// Customers who churned.
    pub n_churned: u64,
    /// Customers.
    pub n: u64,
}

impl StageRate {
    /// The rate with half a customer added to either side (Jeffreys), so that neither 0 nor 1 is certain.
    #[must_use]
    pub fn probability(self) -> f64 {
        (self.n_churned as f64 + 0.5) / (self.n as f64 + 1.0)
    }
}

impl ChurnModel {
    /// Learns at the `training` snapshots (newest first) and tests at `test`.
    ///
    /// # Errors
    /// [`Error::TooFew`] without a training cutoff or with too few outcomes for the number of features,
    /// [`Error::OneClass`], [`Error::NotConverged`].
    pub fn train(
        training: &[Snapshot],
        test: &Snapshot,
        outcomes: &Outcomes,
        features: &[String],
        section: &ChurnSection,
    ) -> Result<Self> {
        if training.is_empty() {
            return Err(Error::TooFew {
                what: "cutoffs with finished labels before the test cutoff".into(),
                got: 0,
                need: 1,
                help: Some("give a longer log, or a shorter windows.observation_days or windows.horizon_days".into()),
            });
        }
        let (table, churned) = stack(training, outcomes, features)?;
        let rows: Vec<usize> = (0..churned.len()).collect();
        let n_train_churned = churned.iter().filter(|&&c| c).count();
        if rows.is_empty() {
            return Err(too_few(
                "customers in use at the training cutoffs",
                0,
                2 * EVENTS_PER_FEATURE,
            ));
        }
        if n_train_churned == 0 || n_train_churned == churned.len() {
            return Err(Error::OneClass {
                n: churned.len(),
                churned: n_train_churned > 0,
            });
        }
        let (standardiser, x) = Standardiser::fit(&table, features, &rows)?;
        let n_rarer = n_train_churned.min(churned.len() - n_train_churned);
        let need = EVENTS_PER_FEATURE * standardiser.columns.len();
        if n_rarer < need {
            return Err(too_few(
                "customers of the rarer outcome at the training cutoffs",
                n_rarer,
                need,
            ));
        }
        let logistic = Logistic::fit(x.view(), &churned, section.alpha)?;
        let separated = logistic.separation(x.view());
        let propensity = Propensity {
            standardiser,
            logistic,
        };
        let quality =
            propensity.test(training, test, outcomes, (churned.len(), n_train_churned))?;
        Ok(Self {
            kind: outcomes.kind,
            stage_rates: stage_rates(training, outcomes),
            notes: notes(separated, &quality),
            propensity,
            quality,
        })
    }

    /// Observed rate of a stage that the model does not speak of.
    #[must_use]
    pub fn stage_rate(&self, stage: Stage) -> Option<f64> {
        self.stage_rates
            .get(stage.slug())
            .map(|rate| rate.probability())
    }
}

fn notes(separated: bool, quality: &Quality) -> Vec<String> {
    let mut notes = Vec::new();
    if separated {
        notes.push(
            "some coefficients are very large: a feature nearly determines churn (separation); check that it does \
             not contain the outcome"
                .into(),
        );
    }
    if quality.auc.is_some_and(|auc| auc.value > 0.98) {
        let strongest = quality
            .coefficients
            .first()
            .map_or("", |(title, _)| title.as_str());
        notes.push(format!(
            "the AUC is too good to be true: check `{strongest}`"
        ));
    }
    notes
}

impl Propensity {
    /// Probabilities of the given customers, who must be of stages in use.
    ///
    /// # Errors
    /// [`Error::Config`] if the snapshot lacks a feature of the model.
    pub fn predict(&self, features: &FeatureTable, customers: &[usize]) -> Result<Vec<f64>> {
        Ok(self
            .logistic
            .predict(self.standardiser.transform(features, customers)?.view()))
    }

    fn test(
        &self,
        training: &[Snapshot],
        test: &Snapshot,
        outcomes: &Outcomes,
        (n_train, n_train_churned): (usize, usize),
    ) -> Result<Quality> {
        let customers = outcomes.eligible(test);
        let churned: Vec<bool> = customers
            .iter()
            .map(|&c| outcomes.churned(c, test.cutoff))
            .collect();
        let probabilities = self.predict(&test.features, &customers)?;
        let base = vec![n_train_churned as f64 / n_train as f64; churned.len()];
        let silence: Option<Vec<f64>> = test.features.column("days_since_last").map(|column| {
            customers
                .iter()
                .map(|&c| {
                    if column[c].is_nan() {
                        f64::MAX
                    } else {
                        column[c]
                    }
                })
                .collect()
        });
        let titles = self
            .standardiser
            .columns
            .iter()
            .map(|column| column.title.clone());
        let mut coefficients: Vec<_> = titles.zip(self.logistic.weights.iter().copied()).collect();
        coefficients.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then_with(|| a.0.cmp(&b.0)));
        let no_one = || too_few("customers in use at the test cutoff", 0, 1);
        Ok(Quality {
            kind: outcomes.kind,
            training_cutoffs: training
                .iter()
                .map(|snapshot| snapshot.cutoff.day)
                .collect(),
            n_train,
            n_train_churned,
            test_cutoff: test.cutoff.day,
            n_test: customers.len(),
            n_test_churned: churned.iter().filter(|&&c| c).count(),
            auc: roc::auc(&probabilities, &churned),
            auc_recency: silence.and_then(|silence| roc::auc(&silence, &churned)),
            brier: calibration::brier(&probabilities, &churned).ok_or_else(no_one)?,
            brier_base: calibration::brier(&base, &churned).ok_or_else(no_one)?,
            calibration: calibration::calibration_table(&probabilities, &churned, CALIBRATION_BINS),
            roc: roc::curve(&probabilities, &churned, ROC_POINTS),
            coefficients,
        })
    }
}

fn too_few(what: &str, got: usize, need: usize) -> Error {
    Error::TooFew {
        what: what.into(),
        got,
        need,
        help: Some("give a longer log or more customers, or name fewer churn.features".into()),
    }
}

/// Rows of the eligible customers of all snapshots, one above the other, with their labels.
fn stack(
    snapshots: &[Snapshot],
    outcomes: &Outcomes,
    features: &[String],
) -> Result<(FeatureTable, Vec<bool>)> {
    let Some(first) = snapshots.first() else {
        return Ok((FeatureTable::default(), Vec::new()));
    };
    let wanted = |name: &String| features.contains(name);
    let kept: Vec<usize> = (0..first.features.specs.len())
        .filter(|&j| wanted(&first.features.specs[j].name))
        .collect();
    let mut table = FeatureTable {
        specs: kept
            .iter()
            .map(|&j| first.features.specs[j].clone())
            .collect(),
        columns: vec![Vec::new(); kept.len()],
    };
    let mut churned = Vec::new();
    for snapshot in snapshots {
        let customers = outcomes.eligible(snapshot);
        for (column, &j) in table.columns.iter_mut().zip(&kept) {
            column.extend(customers.iter().map(|&c| snapshot.features.columns[j][c]));
        }
        churned.extend(
            customers
                .iter()
                .map(|&c| outcomes.churned(c, snapshot.cutoff)),
        );
    }
    Ok((table, churned))
}

fn stage_rates(snapshots: &[Snapshot], outcomes: &Outcomes) -> BTreeMap<String, StageRate> {
    let mut rates: BTreeMap<String, StageRate> = BTreeMap::new();
    for snapshot in snapshots {
        for c in snapshot.customers(|stage| !stage.is_in_use()) {
            if let (Some(stage), true) =
                (snapshot.stages[c], outcomes.can_churn(c, snapshot.cutoff))
            {
                let rate = rates.entry(stage.slug().into()).or_default();
                rate.n += 1;
                rate.n_churned += u64::from(outcomes.churned(c, snapshot.cutoff));
            }
        }
    }
    rates
}
