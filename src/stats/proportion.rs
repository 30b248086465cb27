//! Proportions.

use super::{Estimate, Z_95};

/// Share of successes with its Wilson score interval.
///
/// # Formula
///
/// ```text
/// (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n),   p = successes / n, z = 1.96
/// ```
///
/// # Source
///
/// Wilson (1927).
///
/// # Edge cases
///
/// `None` for `n = 0`, where nothing is known, and for more successes than trials. The interval is never
/// empty: no success among 20 still allows a share of 0.161.
#[must_use]
pub fn wilson(successes: u64, n: u64) -> Option<Estimate> {
    if n == 0 || successes > n {
        return None;
    }
    let value = successes as f64 / n as f64;
    let (low, high) = wilson_interval(value, n as f64);
    Some(Estimate {
        value,
        low,
        high,
        n,
    })
}

/// Wilson score interval of a share seen in `n > 0` trials, of which there need not be a whole number.
pub(super) fn wilson_interval(share: f64, n: f64) -> (f64, f64) {
    let z2 = Z_95 * Z_95;
    let scale = 1.0 + z2 / n;
    let centre = (share + z2 / (2.0 * n)) / scale;
    let half = Z_95 * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt() / scale;
    // Rounding may carry a bound past the share itself, to which it is equal at 0 and 1.
    (
        (centre - half).clamp(0.0, share),
        (centre + half).clamp(share, 1.0),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::super::golden::{assert_close, assert_same_estimate, cases};
    use super::*;

    #[derive(Deserialize)]
    struct Count {
        successes: u64,
        n: u64,
    }

    #[test]
    fn wilson_agrees_with_statsmodels() {
        for case in cases::<Count, Estimate>("wilson") {
            let estimate = wilson(case.input.successes, case.input.n).unwrap();
            assert_same_estimate(estimate, case.expected, case.rel_tol, &case.name);
        }
    }

    #[test]
    fn c43_none_of_twenty_still_allows_a_share_of_0_161() {
        let estimate = wilson(0, 20).unwrap();
        assert_close(estimate.low, 0.0, 0.0, "low");
        // At p = 0 the formula shrinks to z² / (n + z²).
        let z2 = Z_95 * Z_95;
        assert_close(estimate.high, z2 / (20.0 + z2), 1e-14, "high");
        assert_close(estimate.high, 0.161, 1e-3, "high");
    }

    #[test]
    fn no_trials_give_no_estimate() {
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn more_successes_than_trials_give_no_estimate() {
        assert_eq!(wilson(3, 2), None);
    }

    proptest! {
        #[test]
        fn the_interval_lies_in_0_to_1_and_holds_the_estimate(n in 1..u64::MAX, k in any::<u64>()) {
            let e = wilson(k % (n + 1), n).unwrap();
            prop_assert!(0.0 <= e.low && e.low <= e.value && e.value <= e.high && e.high <= 1.0);
        }

        #[test]
        fn the_bound_beyond_none_and_all_is_exactly_0_and_1(n in 1..1_000_000_u64) {
            prop_assert_eq!(wilson(0, n).unwrap().low.to_bits(), 0.0_f64.to_bits());
            prop_assert_eq!(wilson(n, n).unwrap().high.to_bits(), 1.0_f64.to_bits());
        }

        #[test]
        fn failures_mirror_successes(n in 1..10_000_u64, k in 0..10_000_u64) {
            let k = k % (n + 1);
            let (a, b) = (wilson(k, n).unwrap(), wilson(n - k, n).unwrap());
            prop_assert!((a.low - (1.0 - b.high)).abs() < 1e-12);
            prop_assert!((a.high - (1.0 - b.low)).abs() < 1e-12);
        }
    }
}
