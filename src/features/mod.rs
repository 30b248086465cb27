//! Activity and a cutoff in, one number per customer and feature out.
//!
//! [`FeaturePlan`] says which features there are; [`build`] computes them. Ratios, shares and slopes are
//! derived here from the integers of activity, and nowhere else.

mod build;
mod plan;
#[cfg(test)]
mod tests;

pub use build::build;
pub use plan::FeaturePlan;

use serde::{Deserialize, Serialize};

/// How a feature is spread, which decides its transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Skewed, and non-negative but for refunds: a count, a duration, an amount; gets log1p.
    Count,
    /// A share in 0..1.
    Share,
    /// Anything else on a roughly even scale (a log ratio).
    Level,
}

/// What a feature is, for people and for the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureSpec {
    /// Name in config, model and JSON (`active_days`, `count:export`).
    pub name: String,
    /// Name for people ("active days").
    pub title: String,
    /// Definition in words.
    pub definition: String,
    /// Unit for people ("days", "per active day", "share").
    pub unit: String,
    /// How it is spread.
    pub kind: Kind,
}

/// Features at one cutoff: shape `(n_customers, n_features)`, stored by column. `NaN` means "not defined for
/// this customer" (no event in the window), never zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureTable {
    /// What each column is.
    pub specs: Vec<FeatureSpec>,
    /// The columns, all of the same length, rows in the order of `Activity::ids`.
    pub columns: Vec<Vec<f64>>,
}

impl FeatureTable {
    /// The column called `name`.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        let index = self.specs.iter().position(|spec| spec.name == name)?;
        Some(&self.columns[index])
    }
}
