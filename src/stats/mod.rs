//! Pure formulas: summaries, proportions, survival, association, ROC, calibration.
//!
//! Nothing here knows of customers or segments; every function takes numbers and returns an estimate with
//! its interval, or `None` where the estimate is not defined. No function returns NaN for finite input.
//!
//! # Testing
//!
//! Every formula is held against an independent implementation (`tests/golden/stats.json`), the fast ones
//! also against the naive definition, and the intervals and tests against simulated data: do 95 % intervals
//! cover, do tests at 5 % reject 5 % under the null. Not tested: samples beyond a few thousand rows.

pub mod association;
pub mod calibration;
pub mod proportion;
pub mod roc;
pub mod summary;
pub mod survival;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod simulation;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// The 97.5 % quantile of the standard normal distribution: half the width of a 95 % interval, in standard
/// errors.
pub const Z_95: f64 = 1.959963984540054;

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

impl Test {
    /// The test whose `statistic` is chi-squared distributed with `df` degrees of freedom if there is no
    /// effect; `None` with none, where there is nothing to test.
    pub(crate) fn chi_squared(statistic: f64, df: u64) -> Option<Self> {
        let p_value = ChiSquared::new(df as f64).ok()?.sf(statistic);
        Some(Self {
            statistic,
            df,
            p_value,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::golden::{assert_close, cases};
    use super::*;

    #[derive(Deserialize)]
    struct Tail {
        x: f64,
        df: u64,
    }

    #[test]
    fn chi_squared_tails_agree_with_scipy_down_to_1e_300() {
        for case in cases::<Tail, f64>("chi_squared_tail") {
            let test = Test::chi_squared(case.input.x, case.input.df).unwrap();
            assert_close(test.p_value, case.expected, case.rel_tol, &case.name);
        }
    }

    #[test]
    fn a_test_without_degrees_of_freedom_is_none() {
        assert_eq!(Test::chi_squared(1.0, 0), None);
    }

    #[test]
    fn no_effect_at_all_has_p_value_one() {
        assert_close(Test::chi_squared(0.0, 3).unwrap().p_value, 1.0, 0.0, "p");
    }
}
