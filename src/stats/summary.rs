//! Mean, standard deviation and quantiles of a sample.
//!
//! Values are expected to be finite. The mean and the standard deviation are within 1e-12 of the exact ones
//! even where the values are large and nearly equal, which is where the textbook formulas lose every digit.

/// Arithmetic mean; `None` for an empty sample.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    Some(sum(values.iter().copied()) / values.len() as f64)
}

/// Standard deviation with divisor n; `None` for an empty sample, exactly 0 for a constant one.
///
/// # Formula
///
/// ```text
/// sd² = Σ dᵢ² / n - (Σ dᵢ / n)²,   dᵢ = xᵢ - mean
/// ```
///
/// The second term is what the rounding of the mean adds to the first.
///
/// # Source
///
/// Chan, Golub & LeVeque (1983), the corrected two-pass algorithm.
#[must_use]
pub fn population_sd(values: &[f64]) -> Option<f64> {
    let centre = mean(values)?;
    let n = values.len() as f64;
    let offset = sum(values.iter().map(|x| x - centre)) / n;
    let spread = sum(values.iter().map(|x| (x - centre) * (x - centre))) / n;
    Some((spread - offset * offset).max(0.0).sqrt())
}

/// The `p` quantile of an ascending sample, interpolated linearly between its two neighbours (type 7, the
/// default of R, numpy and spreadsheets).
///
/// # Edge cases
///
/// `None` for an empty sample and for `p` outside 0..=1.
///
/// # Source
///
/// Hyndman & Fan (1996), definition 7.
#[must_use]
pub fn quantile_sorted(sorted: &[f64], p: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    let last = sorted.len().checked_sub(1)?;
    let position = last as f64 * p;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 <= position <= last, and its whole part is wanted"
    )]
    let below = position as usize;
    let (low, high) = (sorted[below], sorted[last.min(below + 1)]);
    Some(low + (high - low) * (position - below as f64))
}

/// The median of a sample in any order; `None` for an empty sample.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    quantile_sorted(&sorted, 0.5)
}

/// Sum that keeps the digits a plain sum would round away at each step (Neumaier 1974).
pub(super) fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for x in values {
        let next = sum + x;
        lost += if sum.abs() >= x.abs() {
            (sum - next) + x
        } else {
            (x - next) + sum
        };
        sum = next;
    }
    sum + lost
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::super::golden::{assert_close, cases};
    use super::*;

    #[derive(Deserialize)]
    struct Series {
        start: f64,
        pair: [f64; 2],
        pairs: usize,
    }

    #[derive(Deserialize)]
    struct Moments {
        mean: f64,
        population_sd: f64,
    }

    #[test]
    fn b32_mean_and_sd_are_exact_to_1e_12_where_values_are_large_and_nearly_equal() {
        for case in cases::<Series, Moments>("mean_and_sd") {
            let Series { start, pair, pairs } = case.input;
            let mut values = vec![start];
            (0..pairs).for_each(|_| values.extend(pair));
            let (name, tol) = (&case.name, case.rel_tol);
            assert_close(mean(&values).unwrap(), case.expected.mean, tol, name);
            let sd = population_sd(&values).unwrap();
            assert_close(sd, case.expected.population_sd, tol, name);
        }
    }

    #[test]
    fn b32_a_million_equal_large_values_have_no_spread() {
        let values = vec![86_400_000_000.1; 1_000_000];
        assert_close(mean(&values).unwrap(), values[0], 1e-15, "mean");
        assert_close(population_sd(&values).unwrap(), 0.0, 0.0, "sd");
    }

    #[derive(Deserialize)]
    struct Quantile {
        values: Vec<f64>,
        p: f64,
    }

    #[test]
    fn quantiles_agree_with_numpy() {
        for case in cases::<Quantile, f64>("quantile_sorted") {
            let quantile = quantile_sorted(&case.input.values, case.input.p).unwrap();
            assert_close(quantile, case.expected, case.rel_tol, &case.name);
        }
    }

    #[test]
    fn an_empty_sample_has_no_summary() {
        assert_eq!(mean(&[]), None);
        assert_eq!(population_sd(&[]), None);
        assert_eq!(quantile_sorted(&[], 0.5), None);
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn there_is_no_quantile_outside_0_to_1() {
        for p in [-0.1, 1.1, f64::NAN] {
            assert_eq!(quantile_sorted(&[1.0, 2.0], p), None);
        }
    }

    #[test]
    fn the_median_needs_no_order_and_halves_the_middle_pair() {
        assert_eq!(median(&[5.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[7.0]), Some(7.0));
    }

    proptest! {
        #[test]
        fn a_constant_sample_has_sd_exactly_zero(x in -1e12..1e12, n in 1..200_usize) {
            prop_assert_eq!(population_sd(&vec![x; n]), Some(0.0));
        }

        #[test]
        fn quantiles_rise_with_p_and_stay_within_the_sample(
            mut values in prop::collection::vec(-1e9..1e9, 1..50),
            p in 0.0..=1.0,
            q in 0.0..=1.0,
        ) {
            values.sort_unstable_by(f64::total_cmp);
            let at = |p| quantile_sorted(&values, p).unwrap();
            prop_assert!(at(f64::min(p, q)) <= at(f64::max(p, q)));
            prop_assert!(values[0] <= at(p) && at(p) <= values[values.len() - 1]);
        }
    }
}
