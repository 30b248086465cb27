//! ROC curve and the area under it.
//!
//! Scores rank, and nothing else of them counts: higher means more likely positive, equal scores are tied.
//! Neither the curve nor the area is defined if all are of one class or a score is NaN.

use super::proportion::wilson_interval;
use super::{Estimate, Z_95};

/// Area under the ROC curve: the probability that a positive scores higher than a negative, ties counting
/// half.
///
/// # Shape
///
/// One entry of `scores` and of `positive` per customer, in any order.
///
/// # Formula
///
/// ```text
/// A = Σᵢ Vᵢ / m = Σⱼ Wⱼ / n,   Var A = Var(V) / m + Var(W) / n
/// interval = logistic(logit A ± 1.96 √(Var A) / (A (1 - A)))
/// ```
///
/// with Vᵢ the share of the n negatives that positive i beats, Wⱼ the share of the m positives that beat
/// negative j, and sample variances (divisors m - 1, n - 1). Computed from one sort.
///
/// # Source
///
/// DeLong, DeLong & Clarke-Pearson (1988); Sun & Xu (2014) for mid-ranks; Pepe (2003), section 5.2, for the
/// logit.
///
/// # Edge cases
///
/// `None` without a positive, without a negative, or with a NaN score. Where DeLong's variance is zero or not
/// defined (an area of exactly 0 or 1, all scores tied, one single positive or negative), the interval is
/// Wilson's for min(m, n) trials: the variance of A is at most A (1 - A) / min(m, n) (Birnbaum & Klose 1957).
#[must_use]
pub fn auc(scores: &[f64], positive: &[bool]) -> Option<Estimate> {
    let ranking = Ranking::new(scores, positive)?;
    let (m, n) = (ranking.positives as f64, ranking.negatives as f64);
    let value = ranking.area();
    let variance = ranking.delong_variance(value);
    let (low, high) = if variance > 0.0 && 0.0 < value && value < 1.0 {
        let centre = (value / (1.0 - value)).ln();
        let half = Z_95 * variance.sqrt() / (value * (1.0 - value));
        (logistic(centre - half), logistic(centre + half))
    } else {
        wilson_interval(value, m.min(n))
    };
    Some(Estimate {
        value,
        low,
        high,
        n: scores.len() as u64,
    })
}

/// ROC curve as (false positive rate, true positive rate), one point per distinct score, from (0, 0) to
/// (1, 1).
///
/// # Shape
///
/// At most `max_points` points, and always both ends. Points are left out only if there are more, and then
/// none is further than `2 / (max_points - 1)` from one that is kept, measured along the curve (which is 2
/// long: 1 to the right and 1 up).
///
/// # Edge cases
///
/// Empty without a positive, without a negative, or with a NaN score.
#[must_use]
pub fn curve(scores: &[f64], positive: &[bool], max_points: usize) -> Vec<(f64, f64)> {
    let Some(ranking) = Ranking::new(scores, positive) else {
        return Vec::new();
    };
    let mut passed = Ties::default();
    let mut points = vec![(0.0, 0.0)];
    for ties in ranking.ties.iter().rev() {
        passed.positives += ties.positives;
        passed.negatives += ties.negatives;
        points.push((
            passed.negatives as f64 / ranking.negatives as f64,
            passed.positives as f64 / ranking.positives as f64,
        ));
    }
    if points.len() > max_points {
        thin(&mut points, max_points);
    }
    points
}

/// Cuts the curve into `max_points - 1` stretches of one length and keeps the first point of each, and the
/// last point of all.
fn thin(points: &mut Vec<(f64, f64)>, max_points: usize) {
    let stretches = max_points.max(2) as f64 - 1.0;
    let mut last_kept = -1.0;
    points.retain(|(fpr, tpr)| {
        let stretch = ((fpr + tpr) / 2.0 * stretches).floor();
        let keep = stretch > last_kept;
        if keep {
            last_kept = stretch;
        }
        keep
    });
}

/// Customers of one score.
#[derive(Clone, Copy, Default)]
struct Ties {
    positives: u64,
    negatives: u64,
}

/// Customers of both classes in the order of their scores.
struct Ranking {
    /// One entry per distinct score, ascending.
    ties: Vec<Ties>,
    positives: u64,
    negatives: u64,
}

impl Ranking {
    /// `None` without a positive, without a negative, or with a NaN score.
    fn new(scores: &[f64], positive: &[bool]) -> Option<Self> {
        debug_assert_eq!(scores.len(), positive.len(), "one of each per customer");
        if scores.iter().any(|s| s.is_nan()) {
            return None;
        }
        let mut sorted: Vec<(f64, bool)> = scores
            .iter()
            .copied()
            .zip(positive.iter().copied())
            .collect();
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let ties: Vec<Ties> = sorted
            // In ascending order, at least as large is equal (and so is 0 after -0).
            .chunk_by(|a, b| a.0 >= b.0)
            .map(|tied| {
                let positives = tied.iter().filter(|(_, positive)| *positive).count() as u64;
                Ties {
                    positives,
                    negatives: tied.len() as u64 - positives,
                }
            })
            .collect();
        let positives = ties.iter().map(|t| t.positives).sum();
        let negatives = ties.iter().map(|t| t.negatives).sum();
        (positives > 0 && negatives > 0).then_some(Self {
            ties,
            positives,
            negatives,
        })
    }

    /// Each tie with the share of negatives that its positives beat, and the share of positives that beat
    /// its negatives.
    fn placements(&self) -> impl Iterator<Item = (Ties, f64, f64)> {
        let (m, n) = (self.positives as f64, self.negatives as f64);
        let mut below = Ties::default();
        self.ties.iter().map(move |&ties| {
            let beaten = below.negatives as f64 + 0.5 * ties.negatives as f64;
            let beating = m - below.positives as f64 - 0.5 * ties.positives as f64;
            below.positives += ties.positives;
            below.negatives += ties.negatives;
            (ties, beaten / n, beating / m)
        })
    }

    /// Exactly 0 or 1 if the classes are separated: half-counts are added before any division.
    fn area(&self) -> f64 {
        let mut negatives_below = 0;
        let mut half_wins = 0;
        for ties in &self.ties {
            half_wins +=
                u128::from(ties.positives) * u128::from(2 * negatives_below + ties.negatives);
            negatives_below += ties.negatives;
        }
        half_wins as f64 / (2.0 * self.positives as f64 * self.negatives as f64)
    }

    /// DeLong's variance of the area; NaN with one single positive or negative.
    fn delong_variance(&self, area: f64) -> f64 {
        let (m, n) = (self.positives as f64, self.negatives as f64);
        let (mut of_positives, mut of_negatives) = (0.0, 0.0);
        for (ties, beaten, beating) in self.placements() {
            of_positives += ties.positives as f64 * (beaten - area).powi(2);
            of_negatives += ties.negatives as f64 * (beating - area).powi(2);
        }
        of_positives / (m - 1.0) / m + of_negatives / (n - 1.0) / n
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::super::golden::{assert_all_close, assert_close, assert_same_estimate, cases};
    use super::super::proportion::wilson;
    use super::*;

    #[derive(Deserialize)]
    struct Input {
        scores: Vec<f64>,
        positive: Vec<bool>,
    }

    #[test]
    fn auc_agrees_with_scikit_learn_and_its_interval_with_delong() {
        for case in cases::<Input, Estimate>("auc") {
            let estimate = auc(&case.input.scores, &case.input.positive).unwrap();
            assert_same_estimate(estimate, case.expected, case.rel_tol, &case.name);
        }
    }

    #[test]
    fn curve_agrees_with_scikit_learn() {
        for case in cases::<Input, Vec<(f64, f64)>>("roc_curve") {
            let points = curve(&case.input.scores, &case.input.positive, usize::MAX);
            let flat = |points: &[(f64, f64)]| -> Vec<f64> {
                points.iter().flat_map(|(fpr, tpr)| [*fpr, *tpr]).collect()
            };
            assert_all_close(
                &flat(&points),
                &flat(&case.expected),
                case.rel_tol,
                &case.name,
            );
        }
    }

    #[test]
    fn c43_one_class_has_no_auc_and_no_curve() {
        for positive in [[true; 3], [false; 3]] {
            assert_eq!(auc(&[1.0, 2.0, 3.0], &positive), None);
            assert_eq!(curve(&[1.0, 2.0, 3.0], &positive, 10), []);
        }
        assert_eq!(auc(&[], &[]), None);
    }

    #[test]
    fn a_nan_score_has_no_rank() {
        assert_eq!(auc(&[1.0, f64::NAN], &[true, false]), None);
        assert_eq!(curve(&[1.0, f64::NAN], &[true, false], 10), []);
    }

    #[test]
    fn separated_classes_have_auc_exactly_1_or_0_and_still_an_interval() {
        let scores: Vec<f64> = (0..50).map(f64::from).collect();
        let upper: Vec<bool> = (0..50).map(|i| i >= 30).collect();
        let lower: Vec<bool> = (0..50).map(|i| i < 20).collect();
        // 20 positives are the smaller class in both.
        let best = wilson(20, 20).unwrap();
        assert_same_estimate(
            auc(&scores, &upper).unwrap(),
            Estimate { n: 50, ..best },
            0.0,
            "1",
        );
        let worst = wilson(0, 20).unwrap();
        assert_same_estimate(
            auc(&scores, &lower).unwrap(),
            Estimate { n: 50, ..worst },
            0.0,
            "0",
        );
    }

    #[test]
    fn scores_that_do_not_rank_give_one_half_with_an_interval() {
        let estimate = auc(&[0.3; 30], &[[true; 10].as_slice(), &[false; 20]].concat()).unwrap();
        let expected = Estimate {
            n: 30,
            ..wilson(5, 10).unwrap()
        };
        assert_same_estimate(estimate, expected, 1e-15, "all tied");
    }

    #[test]
    fn one_single_positive_gives_an_interval_that_says_little() {
        let estimate = auc(&[1.0, 2.0, 3.0, 4.0], &[false, false, true, false]).unwrap();
        assert_close(estimate.value, 2.0 / 3.0, 1e-15, "value");
        assert!(estimate.low < 0.2 && estimate.high > 0.9);
    }

    #[test]
    fn zero_and_minus_zero_are_tied() {
        assert_close(
            auc(&[0.0, -0.0], &[true, false]).unwrap().value,
            0.5,
            0.0,
            "auc",
        );
    }

    #[test]
    fn a_thinned_curve_keeps_its_ends_its_size_and_its_area() {
        let scores: Vec<f64> = (0..1000).map(|i| f64::from(i * 7919 % 1000)).collect();
        let positive: Vec<bool> = scores
            .iter()
            .enumerate()
            .map(|(i, s)| s + (i * 31 % 700) as f64 > 800.0)
            .collect();
        let points = curve(&scores, &positive, 50);
        assert!((40..=50).contains(&points.len()));
        assert_eq!(
            (points[0], points[points.len() - 1]),
            ((0.0, 0.0), (1.0, 1.0))
        );
        let area = auc(&scores, &positive).unwrap().value;
        assert_close(trapezoids(&points), area, 0.01, "area");
        assert_eq!(curve(&scores, &positive, 0), [(0.0, 0.0), (1.0, 1.0)]);
    }

    fn trapezoids(points: &[(f64, f64)]) -> f64 {
        points
            .windows(2)
            .map(|p| (p[1].0 - p[0].0) * (p[0].1 + p[1].1) / 2.0)
            .sum()
    }

    /// Area and DeLong's variance from every pair of a positive and a negative.
    fn naive(rows: &[(f64, bool)]) -> (f64, f64) {
        let scores = |class| -> Vec<f64> {
            rows.iter()
                .filter(|(_, positive)| *positive == class)
                .map(|(s, _)| *s)
                .collect()
        };
        let (x, y) = (scores(true), scores(false));
        let beats = |x: f64, y: f64| f64::from(u8::from(x > y) + u8::from(x >= y)) / 2.0;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let v: Vec<f64> = x
            .iter()
            .map(|x| mean(&y.iter().map(|y| beats(*x, *y)).collect::<Vec<_>>()))
            .collect();
        let w: Vec<f64> = y
            .iter()
            .map(|y| mean(&x.iter().map(|x| beats(*x, *y)).collect::<Vec<_>>()))
            .collect();
        let of_mean = |values: &[f64]| {
            let (n, centre) = (values.len() as f64, mean(values));
            values.iter().map(|v| (v - centre).powi(2)).sum::<f64>() / (n - 1.0) / n
        };
        (mean(&v), of_mean(&v) + of_mean(&w))
    }

    fn rows() -> impl Strategy<Value = Vec<(f64, bool)>> {
        prop::collection::vec((0..12, any::<bool>()), 4..60)
            .prop_map(|rows| rows.into_iter().map(|(s, p)| (f64::from(s), p)).collect())
    }

    proptest! {
        #[test]
        fn area_and_variance_are_the_naive_ones(rows in rows()) {
            let (scores, positive): (Vec<_>, Vec<_>) = rows.iter().copied().unzip();
            let n_positive = positive.iter().filter(|p| **p).count();
            prop_assume!(n_positive >= 2 && n_positive + 2 <= rows.len());
            let ranking = Ranking::new(&scores, &positive).unwrap();
            let (area, variance) = naive(&rows);
            prop_assert!((ranking.area() - area).abs() < 1e-12);
            prop_assert!((ranking.delong_variance(ranking.area()) - variance).abs() < 1e-12);
        }

        #[test]
        fn reversed_scores_have_the_mirrored_auc(rows in rows()) {
            let (scores, positive): (Vec<f64>, Vec<bool>) = rows.into_iter().unzip();
            let reversed: Vec<f64> = scores.iter().map(|s| -s).collect();
            if let (Some(a), Some(b)) = (auc(&scores, &positive), auc(&reversed, &positive)) {
                prop_assert!((a.value + b.value - 1.0).abs() < 1e-12);
                prop_assert!((a.low + b.high - 1.0).abs() < 1e-9);
            }
        }

        #[test]
        fn the_interval_lies_in_0_to_1_holds_the_area_and_has_some_width(rows in rows()) {
            let (scores, positive): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            if let Some(e) = auc(&scores, &positive) {
                prop_assert!(0.0 <= e.low && e.low <= e.value && e.value <= e.high && e.high <= 1.0);
                prop_assert!(e.low < e.high);
            }
        }

        #[test]
        fn the_order_of_customers_and_the_scale_of_scores_change_no_bit(rows in rows()) {
            let (scores, positive): (Vec<_>, Vec<_>) = rows.iter().copied().unzip();
            let (scaled, also): (Vec<_>, Vec<_>) =
                rows.into_iter().rev().map(|(s, p)| (f64::exp(s), p)).unzip();
            prop_assert_eq!(auc(&scores, &positive), auc(&scaled, &also));
            prop_assert_eq!(curve(&scores, &positive, 9), curve(&scaled, &also, 9));
        }

        #[test]
        fn the_curve_rises_from_corner_to_corner_over_the_area(rows in rows()) {
            let (scores, positive): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let points = curve(&scores, &positive, usize::MAX);
            prop_assert!(points.windows(2).all(|p| p[0].0 <= p[1].0 && p[0].1 <= p[1].1));
            if let Some(estimate) = auc(&scores, &positive) {
                prop_assert!((trapezoids(&points) - estimate.value).abs() < 1e-12);
            }
        }
    }
}
