//! The log-rank test.

use std::collections::BTreeMap;

use super::Day;
use crate::stats::Test;

/// Log-rank test of whether the survival curves of `n_groups` groups are one and the same.
///
/// # Shape
///
/// One entry of `group`, `durations` (days) and `churned` per customer, in any order. Customers whose
/// `group` is not below `n_groups` belong to none and are left out.
///
/// # Formula
///
/// ```text
/// statistic = (O - E)' V⁻¹ (O - E),   E_j = Σ d n_j/n
/// V_jl = Σ d (n - d)/(n - 1) · n_j/n · (δ_jl - n_l/n)
/// ```
///
/// over the days with churn, with n at risk, n_j of them in group j, and d churning. One group is left out
/// of the vector and the matrix, as it follows from the others; which one does not change the statistic.
///
/// # Source
///
/// Mantel (1966); Kalbfleisch & Prentice (2002), section 1.5.
///
/// # Edge cases
///
/// Groups that say nothing (empty, or all censored before the first churn) do not count towards the degrees
/// of freedom. `None` if fewer than two are left, or if on the first day of churn everyone churned.
#[must_use]
pub fn log_rank(
    group: &[usize],
    n_groups: usize,
    durations: &[i32],
    churned: &[bool],
) -> Option<Test> {
    let comparison = Comparison::new(
        &by_day_and_group(group, n_groups, durations, churned),
        n_groups,
    );

    // A group that says something has variance. Leaving out the one with the most expected events keeps
    // the matrix far from singular.
    let informative: Vec<usize> = (0..n_groups)
        .filter(|&j| comparison.covariance[j][j] > 0.0)
        .collect();
    let reference = informative
        .iter()
        .copied()
        .max_by(|&a, &b| comparison.expected[a].total_cmp(&comparison.expected[b]))?;
    let kept: Vec<usize> = informative
        .into_iter()
        .filter(|&j| j != reference)
        .collect();

    let excess: Vec<f64> = kept
        .iter()
        .map(|&j| comparison.observed[j] - comparison.expected[j])
        .collect();
    let covariance: Vec<Vec<f64>> = kept
        .iter()
        .map(|&j| kept.iter().map(|&l| comparison.covariance[j][l]).collect())
        .collect();
    Test::chi_squared(quadratic_form(&covariance, &excess)?, kept.len() as u64)
}

/// Events per group: as they were, as they would be expected of one common curve, and the covariance of the
/// difference.
struct Comparison {
    observed: Vec<f64>,
    expected: Vec<f64>,
    covariance: Vec<Vec<f64>>,
}

impl Comparison {
    fn new(days: &BTreeMap<i32, Vec<Day>>, n_groups: usize) -> Self {
        let mut comparison = Self {
            observed: vec![0.0; n_groups],
            expected: vec![0.0; n_groups],
            covariance: vec![vec![0.0; n_groups]; n_groups],
        };
        // Backwards, as those at risk on a day are those whose observation ends then or later.
        let mut at_risk = vec![0; n_groups];
        for groups in days.values().rev() {
            for (n, day) in at_risk.iter_mut().zip(groups) {
                *n += day.leaving;
            }
            if groups.iter().any(|day| day.events > 0) {
                comparison.add_day(groups, &at_risk);
            }
        }
        comparison
    }

    /// Adds the hypergeometric expectation and covariance of one day with churn.
    fn add_day(&mut self, groups: &[Day], at_risk: &[u64]) {
        let n = at_risk.iter().sum::<u64>() as f64;
        let d = groups.iter().map(|day| day.events).sum::<u64>() as f64;
        let scale = if n > 1.0 {
            d * (n - d) / (n - 1.0)
        } else {
            0.0
        };
        let share: Vec<f64> = at_risk.iter().map(|&n_j| n_j as f64 / n).collect();
        for (j, day) in groups.iter().enumerate() {
            self.observed[j] += day.events as f64;
            self.expected[j] += d * share[j];
            for (l, covariance) in self.covariance[j].iter_mut().enumerate() {
                let same = if j == l { 1.0 } else { 0.0 };
                *covariance += scale * share[j] * (same - share[l]);
            }
        }
    }
}

/// Counts customers by the day on which their observation ends, and by group.
fn by_day_and_group(
    group: &[usize],
    n_groups: usize,
    durations: &[i32],
    churned: &[bool],
) -> BTreeMap<i32, Vec<Day>> {
    debug_assert!(
        group.len() == durations.len() && durations.len() == churned.len(),
        "one of each per customer"
    );
    let mut days = BTreeMap::new();
    for ((&group, &duration), &churned) in group.iter().zip(durations).zip(churned) {
        if group < n_groups {
            let day = days
                .entry(duration)
                .or_insert_with(|| vec![Day::default(); n_groups]);
            day[group].count(churned);
        }
    }
    days
}

/// `z' V⁻¹ z` by the Cholesky factor of `V`; `None` unless `V` is positive definite.
fn quadratic_form(v: &[Vec<f64>], z: &[f64]) -> Option<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut factor: Vec<Vec<f64>> = Vec::with_capacity(z.len());
    let mut solved: Vec<f64> = Vec::with_capacity(z.len());
    for i in 0..z.len() {
        let mut row = Vec::with_capacity(i + 1);
        for j in 0..i {
            row.push((v[i][j] - dot(&row, &factor[j])) / factor[j][j]);
        }
        let pivot = v[i][i] - dot(&row, &row);
        if pivot <= 0.0 {
            return None;
        }
        solved.push((z[i] - dot(&row, &solved)) / pivot.sqrt());
        row.push(pivot.sqrt());
        factor.push(row);
    }
    Some(dot(&solved, &solved))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::stats::association::chi_squared;
    use crate::stats::golden::{assert_close, assert_same_test, cases};

    #[derive(Deserialize)]
    struct Lives {
        group: Vec<usize>,
        n_groups: usize,
        durations: Vec<i32>,
        churned: Vec<bool>,
    }

    #[test]
    fn log_rank_agrees_with_lifelines() {
        for case in cases::<Lives, Test>("log_rank") {
            let Lives {
                group,
                n_groups,
                durations,
                churned,
            } = case.input;
            let test = log_rank(&group, n_groups, &durations, &churned).unwrap();
            assert_same_test(test, case.expected, case.rel_tol, &case.name);
        }
    }

    #[test]
    fn two_pairs_by_hand() {
        // Day 1: O - E = 1 - 2/4, V = 1/4. Day 2: group 0 has 1 of 3, O - E = 1 - 1/3, V = 2/9.
        // Days 3 and 4: nobody of group 0 is left.
        let test = log_rank(&[0, 0, 1, 1], 2, &[1, 2, 3, 4], &[true; 4]).unwrap();
        let (excess, variance) = (7.0 / 6.0, 17.0 / 36.0);
        assert_close(
            test.statistic,
            excess * excess / variance,
            1e-14,
            "statistic",
        );
        assert_eq!(test.df, 1);
    }

    #[test]
    fn equal_groups_give_statistic_zero() {
        let days = [1, 2, 3, 5, 1, 2, 3, 5];
        let test = log_rank(&[0, 0, 0, 0, 1, 1, 1, 1], 2, &days, &[true; 8]).unwrap();
        assert!(test.statistic < 1e-24 && test.p_value > 0.999_999);
    }

    #[test]
    fn groups_that_say_nothing_are_left_out_of_the_degrees_of_freedom() {
        let (days, churned) = ([4, 6, 9, 5, 7, 9], [true, false, true, true, true, false]);
        let two = log_rank(&[0, 0, 0, 1, 1, 1], 2, &days, &churned);
        assert_eq!(two.unwrap().df, 1);
        assert_eq!(
            log_rank(&[1, 1, 1, 3, 3, 3], 5, &days, &churned),
            two,
            "empty"
        );

        let (days, churned) = (
            [&days[..], &[2, 3]].concat(),
            [&churned[..], &[false; 2]].concat(),
        );
        assert_eq!(
            log_rank(&[0, 0, 0, 1, 1, 1, 2, 2], 3, &days, &churned),
            two,
            "censored early"
        );
        assert_eq!(
            log_rank(&[0, 0, 0, 1, 1, 1, 9, 9], 2, &days, &churned),
            two,
            "no group"
        );
    }

    #[test]
    fn c43_there_is_no_test_without_churn_or_of_one_group() {
        assert_eq!(log_rank(&[], 0, &[], &[]), None);
        assert_eq!(
            log_rank(&[0, 1], 2, &[3, 4], &[false, false]),
            None,
            "nobody churned"
        );
        assert_eq!(
            log_rank(&[1, 1], 2, &[3, 4], &[true, true]),
            None,
            "one group"
        );
        assert_eq!(
            log_rank(&[0, 1], 2, &[3, 3], &[true, true]),
            None,
            "all at once"
        );
    }

    #[test]
    fn c43_a_segment_that_churned_altogether_is_tested_against_one_that_did_not() {
        let group = [vec![0; 20], vec![1; 20]].concat();
        let churned = [vec![true; 20], vec![false; 20]].concat();
        let test = log_rank(&group, 2, &[30; 40], &churned).unwrap();
        assert_close(
            test.statistic,
            one_day(&group, &churned),
            1e-12,
            "statistic",
        );
        assert_close(test.statistic, 39.0, 1e-12, "statistic");
    }

    #[test]
    fn a_tiny_group_beside_a_huge_one_loses_no_digits() {
        let group = [vec![2; 2_000_000], vec![0; 3], vec![1]].concat();
        let churned: Vec<bool> = (0..2_000_004).map(|i| i % 3 == 0).collect();
        let test = log_rank(&group, 3, &vec![30; 2_000_004], &churned).unwrap();
        assert_close(
            test.statistic,
            one_day(&group, &churned),
            1e-12,
            "statistic",
        );
    }

    /// The statistic if all leave on one day: that of Pearson on the table of group and churn, with n - 1 in
    /// place of n.
    fn one_day(group: &[usize], churned: &[bool]) -> f64 {
        let mut table = vec![vec![0; 2]; 3];
        for (&group, &churned) in group.iter().zip(churned) {
            table[group][usize::from(churned)] += 1;
        }
        let n = group.len() as f64;
        chi_squared(&table).unwrap().statistic * (n - 1.0) / n
    }

    proptest! {
        #[test]
        fn numbering_the_groups_otherwise_changes_nothing(
            lives in prop::collection::vec((0..4_usize, 0..30, any::<bool>()), 2..80),
            shift in 1..4_usize,
        ) {
            let durations: Vec<_> = lives.iter().map(|l| l.1).collect();
            let churned: Vec<_> = lives.iter().map(|l| l.2).collect();
            let test_of = |shift| {
                let group: Vec<_> = lives.iter().map(|l| (l.0 + shift) % 4).collect();
                log_rank(&group, 4, &durations, &churned)
            };
            match (test_of(0), test_of(shift)) {
                (Some(a), Some(b)) => {
                    prop_assert_eq!(a.df, b.df);
                    prop_assert!((a.statistic - b.statistic).abs() <= 1e-9 * a.statistic.max(1.0));
                    prop_assert!(a.statistic >= 0.0 && (0.0..=1.0).contains(&a.p_value));
                }
                (a, b) => prop_assert_eq!(a, b),
            }
        }
    }
}
