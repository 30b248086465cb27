//! How far two labellings of the same rows agree.

use std::collections::BTreeMap;

/// Adjusted Rand index of two labellings of the same rows.
///
/// 1 for the same partition whatever its numbers, about 0 for unrelated ones, below 0 for less agreement than
/// chance. Rows beyond the shorter labelling are ignored.
///
/// # Formula
///
/// ```text
/// ARI = 2 (tp tn - fn fp) / ((tp + fn)(fn + tn) + (tp + fp)(fp + tn))
/// ```
///
/// over pairs of rows: `tp` together in both, `tn` in neither, `fn` only in `a`, `fp` only in `b`.
///
/// # Source
///
/// Hubert and Arabie (1985), *Journal of Classification* 2:193-218, in the form of scikit-learn 1.9
/// `adjusted_rand_score`.
///
/// # Edge cases
///
/// 1 if the partitions are equal, so also for no row, one row, or one cluster in both.
#[must_use]
pub fn adjusted_rand_index(a: &[usize], b: &[usize]) -> f64 {
    let rows = || a.iter().copied().zip(b.iter().copied());
    let all = pairs(rows().map(|_| ()));
    let in_a = pairs(rows().map(|(a, _)| a));
    let in_b = pairs(rows().map(|(_, b)| b));
    let both = pairs(rows());
    let (only_a, only_b) = (in_a - both, in_b - both);
    let neither = all - both - only_a - only_b;
    if only_a + only_b < 0.5 {
        return 1.0;
    }
    2.0 * (both * neither - only_a * only_b)
        / ((both + only_a) * (only_a + neither) + (both + only_b) * (only_b + neither))
}

/// Pairs of rows with equal keys; a whole number, exact up to 2^53.
fn pairs<K: Ord>(keys: impl Iterator<Item = K>) -> f64 {
    let mut counts = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_insert(0.0) += 1.0;
    }
    counts.values().map(|n: &f64| n * (n - 1.0) / 2.0).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn agrees_with_scikit_learn() {
        let golden: Value =
            serde_json::from_str(include_str!("../../tests/golden/learning.json")).unwrap();
        let expected = &golden["expected"]["adjusted_rand"];
        let labels = |key| -> Vec<usize> { serde_json::from_value(expected[key].clone()).unwrap() };
        let ours = adjusted_rand_index(&labels("a"), &labels("b"));
        assert!((ours - expected["value"].as_f64().unwrap()).abs() < 1e-14);
    }

    #[test]
    fn numbers_do_not_matter_and_partitions_do() {
        let near = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-15);
        near(adjusted_rand_index(&[0, 0, 1, 1], &[7, 7, 3, 3]), 1.0);
        near(adjusted_rand_index(&[0, 0, 1, 1], &[0, 1, 0, 1]), -0.5);
        near(adjusted_rand_index(&[0, 0, 1, 2], &[0, 0, 1, 1]), 4.0 / 7.0);
        near(adjusted_rand_index(&[], &[]), 1.0);
        near(adjusted_rand_index(&[3], &[0]), 1.0);
        near(adjusted_rand_index(&[0, 0], &[0, 1]), 0.0);
    }
}
