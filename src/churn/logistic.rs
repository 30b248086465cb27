//! Logistic regression with an L2 penalty, fitted until the gradient is gone.
//!
//! linfa's L-BFGS gives the start, but does not say whether it converged, and its positive class is whichever is
//! more frequent. Here the positive class is always "churned", a few Newton steps on the same objective finish
//! the fit, and the gradient at the answer is computed anew, kept with the model, and must be next to nothing.
//!
//! # Testing
//!
//! Against scikit-learn 1.9.1 with `C = 1 / alpha` (`tests/golden/learning.json`), against a closed condition
//! by hand, and by properties (stationarity, more churn gives a larger intercept, threads).

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use self::newton::{Objective, sigmoid};
use crate::{Error, Result};

mod newton;

/// Rows that L-BFGS sees at most; one of its iterations over a million rows costs as much as a Newton step.
const LINFA_ROWS: usize = 20_000;
/// Gradient at which L-BFGS may stop.
const LINFA_TOLERANCE: f64 = 1e-10;
/// Largest relative gradient that counts as converged.
const LARGEST_GRADIENT: f64 = 1e-8;

/// A fitted model of the churn probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    /// Log odds of churning where all features are 0 (the mean, if standardised).
    pub intercept: f64,
    /// Log odds per unit of each feature, shape `(n_features,)`; positive means more churn.
    pub weights: Vec<f64>,
    /// L2 penalty it was fitted with.
    pub alpha: f64,
    /// Largest component of the gradient at the answer, each relative to the sum of `|x|` of its feature
    /// (1 per row for the intercept).
    pub gradient_norm: f64,
    /// Newton steps after L-BFGS.
    pub iterations: u32,
}

impl Logistic {
    /// Fits the model.
    ///
    /// # Shape
    ///
    /// `x` is `(n_rows, n_features)`, best standardised; `churned` is `(n_rows,)`.
    ///
    /// # Formula
    ///
    /// Minimises, over the intercept `b` and the weights `w`,
    ///
    /// ```text
    /// sum_i ln(1 + exp(-y_i (b + w . x_i))) + alpha / 2 |w|^2,   y = 1 if churned, else -1
    /// ```
    ///
    /// The intercept is not penalised. The same as scikit-learn's `LogisticRegression(C=1 / alpha)`.
    ///
    /// # Edge cases
    ///
    /// Separable classes give finite weights, because `alpha > 0`; see [`Logistic::separation`].
    ///
    /// # Errors
    ///
    /// [`Error::Config`] unless `alpha` is positive and finite, [`Error::TooFew`] without rows or features,
    /// [`Error::NotFinite`], [`Error::OneClass`], and [`Error::NotConverged`] if the gradient stays above
    /// 1e-8.
    pub fn fit(x: ArrayView2<f64>, churned: &[bool], alpha: f64) -> Result<Self> {
        check(x, churned, alpha)?;
        let x = x.as_standard_layout();
        let objective = Objective::new(x.as_slice().unwrap_or_default(), x.ncols(), churned, alpha);
        let mut fitted = objective.minimise(linfa_start(x.view(), churned, alpha));
        if !fitted.has_converged() {
            fitted = objective.minimise(vec![0.0; x.ncols() + 1]);
        }
        if !fitted.has_converged() {
            return Err(Error::NotConverged {
                what: "the churn model",
                gradient: fitted.gradient_norm,
                iterations: fitted.iterations.into(),
            });
        }
        Ok(fitted)
    }

    /// Churn probability of every row, between 0 and 1.
    ///
    /// # Shape
    ///
    /// `x` is `(n_rows, n_features)` with the features of the fit; the answer has `n_rows` entries.
    #[must_use]
    pub fn predict(&self, x: ArrayView2<f64>) -> Vec<f64> {
        x.rows()
            .into_iter()
            .map(|row| {
                let terms = row.iter().zip(&self.weights);
                sigmoid(terms.fold(self.intercept, |sum, (x, w)| sum + x * w))
            })
            .collect()
    }

    /// Whether the features (nearly) determine the outcome on the rows of `x`: some weight beyond 10, or every
    /// probability within 1e-6 of 0 or 1. Weights then say more about `alpha` than about customers.
    #[must_use]
    pub fn separation(&self, x: ArrayView2<f64>) -> bool {
        let extreme = |p: f64| !(1e-6..=1.0 - 1e-6).contains(&p);
        self.weights.iter().any(|w| w.abs() > 10.0) || self.predict(x).into_iter().all(extreme)
    }

    /// False also if the gradient is not a number.
    fn has_converged(&self) -> bool {
        self.gradient_norm <= LARGEST_GRADIENT
    }

    fn from_parameters(parameters: &[f64], gradient_norm: f64, alpha: f64, steps: u32) -> Self {
        let (intercept, weights) = parameters.split_first().unwrap_or((&0.0, &[]));
        Self {
            intercept: *intercept,
            weights: weights.to_vec(),
            alpha,
            gradient_norm,
            iterations: steps,
        }
    }
}

fn check(x: ArrayView2<f64>, churned: &[bool], alpha: f64) -> Result<()> {
    if !(alpha.is_finite() && alpha > 0.0) {
        return Err(
            Error::config("churn.alpha must be greater than 0").with_help(
                "without a penalty a model that separates the outcomes has no finite answer",
            ),
        );
    }
    if x.nrows() != churned.len() {
        return Err(Error::Internal(format!(
            "{} rows of features for {} outcomes",
            x.nrows(),
            churned.len()
        )));
    }
    for (what, got) in [
        ("customers to learn churn from", x.nrows()),
        ("features to learn churn from", x.ncols()),
    ] {
        if got == 0 {
            return Err(Error::TooFew {
                what: what.into(),
                got,
                need: 1,
                help: None,
            });
        }
    }
    for (j, column) in x.columns().into_iter().enumerate() {
        let n = column.iter().filter(|v| !v.is_finite()).count();
        if n > 0 {
            return Err(Error::NotFinite {
                feature: format!("column {}", j + 1),
                n,
            });
        }
    }
    let n_churned = churned.iter().filter(|&&churned| churned).count();
    if n_churned == 0 || n_churned == churned.len() {
        return Err(Error::OneClass {
            n: churned.len(),
            churned: n_churned > 0,
        });
    }
    Ok(())
}

/// Intercept and weights where linfa's L-BFGS stopped, of many rows on a regular sample; zeros if its line search
/// gave up or the sample has one class.
fn linfa_start(x: ArrayView2<f64>, churned: &[bool], alpha: f64) -> Vec<f64> {
    let zeros = vec![0.0; x.ncols() + 1];
    let stride = churned.len().div_ceil(LINFA_ROWS).max(1);
    let rows: Vec<usize> = (0..churned.len()).step_by(stride).collect();
    let outcomes: Array1<bool> = rows.iter().map(|&row| churned[row]).collect();
    let fitted = LogisticRegression::default()
        .alpha(alpha)
        .gradient_tolerance(LINFA_TOLERANCE)
        .fit(&DatasetBase::new(x.select(Axis(0), &rows), outcomes));
    let Ok(model) = fitted else { return zeros };
    // The positive class is whichever linfa found more often.
    let sign = if model.labels().pos.class { 1.0 } else { -1.0 };
    let start: Vec<f64> = [model.intercept()]
        .iter()
        .chain(model.params())
        .map(|parameter| sign * parameter)
        .collect();
    if start.iter().all(|parameter| parameter.is_finite()) {
        start
    } else {
        zeros
    }
}

#[cfg(test)]
mod tests;
