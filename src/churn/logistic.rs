//! Logistic regression with an L2 penalty, fitted until the gradient is gone.
//!
//! Newton's method with step halving, from the base rate. The positive class is always "churned", however rare.
//! The gradient at the answer is kept with the model and must be next to nothing.
//!
//! Not linfa-logistic: the line search of its L-BFGS has no limit and can go on for ever once rounding hides the
//! descent, it does not tell whether it converged, and a million rows take it fifteen times as long.
//!
//! # Testing
//!
//! Against scikit-learn 1.9.1 with `C = 1 / alpha` (`tests/golden/learning.json`), against linfa-logistic, against
//! a closed condition by hand, and by properties: the gradient vanishes, swapped outcomes swap the signs, and
//! 1, 2 and 8 threads give the same bytes.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use self::newton::{Objective, sigmoid};
use crate::{Error, Result};

mod newton;

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
    /// Newton steps taken.
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
        let fitted = objective.minimise();
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

#[cfg(test)]
mod tests;
