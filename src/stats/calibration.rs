//! Calibration of predicted probabilities.
//!
//! Predictions `p` are probabilities in 0..=1, outcomes `y` are true where the predicted thing happened;
//! both have one entry per customer, in the same order.

use serde::{Deserialize, Serialize};

use super::Estimate;
use super::proportion::wilson;
use super::summary::{mean, sum};

/// One bin of a calibration table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Mean predicted probability.
    pub predicted: f64,
    /// Observed share of positives, with its Wilson interval.
    pub observed: Estimate,
}

/// Brier score: mean squared difference of prediction and outcome, 0 at best; `None` without predictions.
///
/// # Source
///
/// Brier (1950).
#[must_use]
pub fn brier(p: &[f64], y: &[bool]) -> Option<f64> {
    mean_loss(p, y, |p, y| (p - f64::from(u8::from(y))).powi(2))
}

/// Mean negative log-likelihood of the outcomes, in nats, 0 at best; `None` without predictions.
///
/// # Edge cases
///
/// Predictions are kept a rounding error (2.2e-16) away from 0 and 1, as scikit-learn does, so that a
/// certainty that was wrong costs 36 and not infinity.
#[must_use]
pub fn log_loss(p: &[f64], y: &[bool]) -> Option<f64> {
    mean_loss(p, y, |p, y| {
        let p = p.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        -if y { p } else { 1.0 - p }.ln()
    })
}

/// Predicted against observed in at most `n_bins` bins of ascending predictions and, but for ties, of equal
/// counts.
///
/// # Edge cases
///
/// Equal predictions always share a bin, so heavy ties give fewer bins; none is empty. No predictions or no
/// bins give an empty table.
#[must_use]
pub fn calibration_table(p: &[f64], y: &[bool], n_bins: usize) -> Vec<CalibrationBin> {
    debug_assert_eq!(p.len(), y.len(), "one of each per customer");
    let mut sorted: Vec<(f64, bool)> = p.iter().copied().zip(y.iter().copied()).collect();
    sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (predicted, outcomes): (Vec<f64>, Vec<bool>) = sorted.into_iter().unzip();

    let mut table = Vec::with_capacity(n_bins);
    let mut start = 0;
    for bin in 1..=n_bins {
        let mut end = bin * predicted.len() / n_bins;
        // The bin before took these with its ties.
        if end <= start {
            continue;
        }
        end += predicted[end..].partition_point(|&p| p <= predicted[end - 1]);
        table.extend(calibration_bin(
            &predicted[start..end],
            &outcomes[start..end],
        ));
        start = end;
    }
    table
}

/// `None` if the bin is empty.
fn calibration_bin(predicted: &[f64], outcomes: &[bool]) -> Option<CalibrationBin> {
    let positives = outcomes.iter().filter(|y| **y).count();
    Some(CalibrationBin {
        predicted: mean(predicted)?,
        observed: wilson(positives as u64, outcomes.len() as u64)?,
    })
}

fn mean_loss(p: &[f64], y: &[bool], loss: impl Fn(f64, bool) -> f64) -> Option<f64> {
    debug_assert_eq!(p.len(), y.len(), "one of each per customer");
    if p.is_empty() {
        return None;
    }
    Some(sum(p.iter().zip(y).map(|(&p, &y)| loss(p, y))) / p.len() as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::golden::{assert_all_close, assert_close, cases};
    use super::*;

    #[derive(Deserialize)]
    struct Input {
        p: Vec<f64>,
        y: Vec<bool>,
        n_bins: Option<usize>,
    }

    #[derive(Deserialize)]
    struct Bins {
        predicted: Vec<f64>,
        observed: Vec<f64>,
    }

    #[test]
    fn brier_and_log_loss_agree_with_scikit_learn() {
        for case in cases::<Input, f64>("brier") {
            let score = brier(&case.input.p, &case.input.y).unwrap();
            assert_close(score, case.expected, case.rel_tol, &case.name);
        }
        for case in cases::<Input, f64>("log_loss") {
            let loss = log_loss(&case.input.p, &case.input.y).unwrap();
            assert_close(loss, case.expected, case.rel_tol, &case.name);
        }
    }

    #[test]
    fn bins_without_ties_agree_with_scikit_learn() {
        for case in cases::<Input, Bins>("calibration_table") {
            let Input { p, y, n_bins } = case.input;
            let table = calibration_table(&p, &y, n_bins.unwrap());
            let predicted: Vec<f64> = table.iter().map(|bin| bin.predicted).collect();
            let observed: Vec<f64> = table.iter().map(|bin| bin.observed.value).collect();
            assert_all_close(
                &predicted,
                &case.expected.predicted,
                case.rel_tol,
                &case.name,
            );
            assert_all_close(&observed, &case.expected.observed, case.rel_tol, &case.name);
        }
    }

    #[test]
    fn two_predictions_by_hand() {
        let (p, y) = ([0.75, 0.5], [true, false]);
        assert_close(
            brier(&p, &y).unwrap(),
            (0.0625 + 0.25) / 2.0,
            1e-15,
            "brier",
        );
        let expected = (4.0_f64 / 3.0).ln().midpoint(2.0_f64.ln());
        assert_close(log_loss(&p, &y).unwrap(), expected, 1e-15, "log-loss");
    }

    #[test]
    fn a_certainty_that_was_wrong_costs_much_but_not_infinity() {
        let loss = log_loss(&[0.0, 1.0], &[true, false]).unwrap();
        assert_close(loss, -f64::EPSILON.ln(), 1e-12, "log-loss");
    }

    #[test]
    fn no_predictions_have_no_score_and_no_bins() {
        assert_eq!(brier(&[], &[]), None);
        assert_eq!(log_loss(&[], &[]), None);
        assert_eq!(calibration_table(&[], &[], 10), []);
        assert_eq!(calibration_table(&[0.5], &[true], 0), []);
    }

    #[test]
    fn ties_stay_together_and_leave_no_bin_empty() {
        // Four bins of two, were it not for the five that are tied.
        let p = [0.1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.3, 0.4];
        let y = [false, true, false, false, false, true, true, true];
        let table = calibration_table(&p, &y, 4);
        let counts: Vec<u64> = table.iter().map(|bin| bin.observed.n).collect();
        assert_eq!(counts, [6, 2]);
        assert_close(table[0].predicted, 1.1 / 6.0, 1e-15, "predicted");
        assert_close(table[0].observed.value, 2.0 / 6.0, 1e-15, "observed");
        assert_eq!(calibration_table(&[0.3; 9], &[true; 9], 5).len(), 1);
    }

    #[test]
    fn c43_a_bin_in_which_all_or_none_churned_has_a_wilson_interval() {
        let table = calibration_table(&[0.9; 20], &[false; 20], 10);
        assert_eq!(table[0].observed, wilson(0, 20).unwrap());
    }

    proptest! {
        #[test]
        fn every_prediction_is_in_one_bin_and_bins_ascend(
            rows in prop::collection::vec((0..30, any::<bool>()), 1..100),
            n_bins in 1..15_usize,
        ) {
            let (p, y): (Vec<f64>, Vec<bool>) =
                rows.iter().map(|(p, y)| (f64::from(*p) / 30.0, *y)).unzip();
            let table = calibration_table(&p, &y, n_bins);
            prop_assert!(table.len() <= n_bins);
            prop_assert_eq!(table.iter().map(|bin| bin.observed.n).sum::<u64>(), p.len() as u64);
            prop_assert!(table.windows(2).all(|b| b[0].predicted < b[1].predicted));

            let (reversed, also): (Vec<f64>, Vec<bool>) =
                p.iter().copied().zip(y.iter().copied()).rev().unzip();
            prop_assert_eq!(calibration_table(&reversed, &also, n_bins), table);
        }
    }
}
