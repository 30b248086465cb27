//! Kaplan–Meier curves and the log-rank test.
//!
//! A customer is observed for `duration` whole days from time zero and then either churned or was lost from
//! sight (censored), which by convention happens just after the churn of the same day.

mod log_rank;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::log_rank::log_rank;
use super::Z_95;
use super::proportion::wilson_interval;

/// A Kaplan–Meier curve: one entry per distinct time at which an event or a censoring happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KaplanMeier {
    /// Times, ascending.
    pub times: Vec<f64>,
    /// Number at risk just before each time.
    pub at_risk: Vec<u64>,
    /// Events at each time.
    pub events: Vec<u64>,
    /// Survival just after each time.
    pub survival: Vec<f64>,
    /// Greenwood standard error of the survival.
    pub std_err: Vec<f64>,
    /// Lower end of the 95 % log-log interval.
    pub low: Vec<f64>,
    /// Upper end of the 95 % log-log interval.
    pub high: Vec<f64>,
}

/// Kaplan–Meier estimate of the share of customers who have not churned by each day.
///
/// # Shape
///
/// One entry of `durations` (days) and of `churned` per customer, in any order.
///
/// # Formula
///
/// ```text
/// S = Π (1 - dᵢ/nᵢ),   V = Σ dᵢ / (nᵢ (nᵢ - dᵢ)),   standard error = S √V
/// interval = exp(-exp(ln(-ln S) ± 1.96 √V / |ln S|))
/// ```
///
/// over the days i so far, with nᵢ customers at risk of whom dᵢ churn.
///
/// # Source
///
/// Kaplan & Meier (1958); Greenwood (1926); Kalbfleisch & Prentice (2002), section 1.4, for the interval.
///
/// # Edge cases
///
/// No customers give a curve without entries. Where the log-log interval is not defined, the standard error
/// is 0 and the interval comes from Wilson's score interval, so that it still has a width:
/// - survival 1, before the first churn: `[Wilson lower bound of n out of n, 1]` for the n at risk;
/// - survival 0, all n at risk churned: `[0, Wilson upper bound of 0 out of n]`, or up to the upper end of
///   the time before where that is less, as survival cannot have risen since.
#[must_use]
pub fn kaplan_meier(durations: &[i32], churned: &[bool]) -> KaplanMeier {
    let mut curve = KaplanMeier::default();
    let mut at_risk = durations.len() as u64;
    let (mut survival, mut hazard_variance, mut high) = (1.0, 0.0, 1.0);
    for (time, day) in by_day(durations, churned) {
        let (n, left) = (at_risk as f64, (at_risk - day.events) as f64);
        survival *= left / n;
        if day.events < at_risk {
            hazard_variance += day.events as f64 / (n * left);
        }
        let low;
        (low, high) = interval(survival, hazard_variance, n, high);
        curve.times.push(f64::from(time));
        curve.at_risk.push(at_risk);
        curve.events.push(day.events);
        curve.survival.push(survival);
        curve.std_err.push(survival * hazard_variance.sqrt());
        curve.low.push(low);
        curve.high.push(high);
        at_risk -= day.leaving;
    }
    curve
}

/// Survival at `time`: 1 before the first time of the curve, and the last known value after the last.
#[must_use]
pub fn survival_at(curve: &KaplanMeier, time: f64) -> f64 {
    let passed = curve.times.partition_point(|&t| t <= time);
    curve.survival[..passed].last().copied().unwrap_or(1.0)
}

/// Interval of the survival with `n` at risk; `high_before` is the upper end at the time before.
fn interval(survival: f64, hazard_variance: f64, n: f64, high_before: f64) -> (f64, f64) {
    if survival <= 0.0 {
        (0.0, wilson_interval(0.0, n).1.min(high_before))
    } else if hazard_variance <= 0.0 {
        (wilson_interval(1.0, n).0, 1.0)
    } else {
        // exp(-exp(ln(-ln S) ± w)) is S to the power exp(±w).
        let w = Z_95 * hazard_variance.sqrt() / survival.ln().abs();
        (survival.powf(w.exp()), survival.powf((-w).exp()))
    }
}

/// The customers whose observation ends on one day.
#[derive(Clone, Copy, Default)]
struct Day {
    /// Those who churn.
    events: u64,
    /// All of them.
    leaving: u64,
}

impl Day {
    fn count(&mut self, churned: bool) {
        self.events += u64::from(churned);
        self.leaving += 1;
    }
}

/// Counts customers by the day on which their observation ends.
fn by_day(durations: &[i32], churned: &[bool]) -> BTreeMap<i32, Day> {
    debug_assert_eq!(durations.len(), churned.len(), "one of each per customer");
    let mut days = BTreeMap::<i32, Day>::new();
    for (&duration, &churned) in durations.iter().zip(churned) {
        days.entry(duration).or_default().count(churned);
    }
    days
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::golden::{assert_all_close, assert_close, cases};
    use super::super::proportion::wilson;
    use super::*;

    #[derive(Deserialize)]
    struct Lives {
        durations: Vec<i32>,
        churned: Vec<bool>,
    }

    #[test]
    fn kaplan_meier_agrees_with_lifelines() {
        for case in cases::<Lives, KaplanMeier>("kaplan_meier") {
            let (name, tol, expected) = (&case.name, case.rel_tol, case.expected);
            let curve = kaplan_meier(&case.input.durations, &case.input.churned);
            assert_all_close(&curve.times, &expected.times, 0.0, name);
            assert_eq!(curve.at_risk, expected.at_risk, "{name}");
            assert_eq!(curve.events, expected.events, "{name}");
            assert_all_close(&curve.survival, &expected.survival, tol, name);
            assert_all_close(&curve.std_err, &expected.std_err, tol, name);
            let between = |bounds: &[f64]| -> Vec<f64> {
                let inside = expected.survival.iter().map(|s| 0.0 < *s && *s < 1.0);
                let pairs = bounds.iter().zip(inside).filter(|(_, inside)| *inside);
                pairs.map(|(bound, _)| *bound).collect()
            };
            assert_all_close(&between(&curve.low), &between(&expected.low), tol, name);
            assert_all_close(&between(&curve.high), &between(&expected.high), tol, name);
        }
    }

    #[test]
    fn c43_nobody_churned_leaves_room_below_one() {
        let curve = kaplan_meier(&[30; 20], &[false; 20]);
        assert_close(curve.survival[0], 1.0, 0.0, "survival");
        assert_close(curve.std_err[0], 0.0, 0.0, "standard error");
        assert_close(curve.low[0], wilson(20, 20).unwrap().low, 1e-15, "low");
        assert_close(curve.high[0], 1.0, 0.0, "high");
    }

    #[test]
    fn c43_everyone_churned_at_once_leaves_room_above_zero() {
        let curve = kaplan_meier(&[30; 20], &[true; 20]);
        assert_close(curve.survival[0], 0.0, 0.0, "survival");
        assert_close(curve.std_err[0], 0.0, 0.0, "standard error");
        assert_close(curve.low[0], 0.0, 0.0, "low");
        assert_close(curve.high[0], wilson(0, 20).unwrap().high, 1e-15, "high");
    }

    #[test]
    fn the_upper_end_does_not_rise_when_the_last_customer_churns() {
        let mut durations = vec![1; 99];
        durations.push(2);
        let curve = kaplan_meier(&durations, &[true; 100]);
        assert_close(curve.high[1], curve.high[0], 0.0, "high");
    }

    #[test]
    fn no_customers_give_a_curve_without_entries() {
        let curve = kaplan_meier(&[], &[]);
        assert_eq!(curve, KaplanMeier::default());
        assert_close(survival_at(&curve, 5.0), 1.0, 0.0, "survival");
    }

    #[test]
    fn survival_is_a_step_down_on_the_day_itself_and_flat_after_the_last() {
        let curve = kaplan_meier(&[2, 4, 6, 6], &[true, true, false, false]);
        for (time, expected) in [
            (0.0, 1.0),
            (1.9, 1.0),
            (2.0, 0.75),
            (3.9, 0.75),
            (4.0, 0.5),
            (99.0, 0.5),
        ] {
            assert_close(survival_at(&curve, time), expected, 1e-15, "survival");
        }
    }

    /// Survival by the definition: for every day of churn, count who was there and who churned.
    fn naive_survival(durations: &[i32], churned: &[bool], time: i32) -> f64 {
        let lives = || durations.iter().zip(churned);
        (0..=time)
            .map(|day| {
                let at_risk = lives().filter(|(d, _)| **d >= day).count();
                let events = lives().filter(|(d, c)| **d == day && **c).count();
                if at_risk == 0 {
                    1.0
                } else {
                    1.0 - events as f64 / at_risk as f64
                }
            })
            .product()
    }

    fn lives() -> impl Strategy<Value = Vec<(i32, bool)>> {
        prop::collection::vec((0..40, any::<bool>()), 1..80)
    }

    proptest! {
        #[test]
        fn survival_is_the_naive_product(lives in lives()) {
            let (durations, churned): (Vec<_>, Vec<_>) = lives.into_iter().unzip();
            let curve = kaplan_meier(&durations, &churned);
            for time in 0..45 {
                let naive = naive_survival(&durations, &churned, time);
                prop_assert!((survival_at(&curve, f64::from(time)) - naive).abs() < 1e-12);
            }
        }

        #[test]
        fn survival_never_rises_and_lies_within_an_interval_of_some_width(lives in lives()) {
            let (durations, churned): (Vec<_>, Vec<_>) = lives.into_iter().unzip();
            let curve = kaplan_meier(&durations, &churned);
            prop_assert!(curve.survival.windows(2).all(|s| s[1] <= s[0]));
            for i in 0..curve.times.len() {
                let (low, s, high) = (curve.low[i], curve.survival[i], curve.high[i]);
                prop_assert!(0.0 <= low && low <= s && s <= high && high <= 1.0 && low < high);
                prop_assert!(curve.std_err[i].is_finite());
            }
        }

        #[test]
        fn without_censoring_survival_is_the_share_still_there(durations in prop::collection::vec(0..40, 1..80)) {
            let curve = kaplan_meier(&durations, &vec![true; durations.len()]);
            for (time, s) in curve.times.iter().zip(&curve.survival) {
                let there = durations.iter().filter(|d| f64::from(**d) > *time).count();
                prop_assert!((s - there as f64 / durations.len() as f64).abs() < 1e-12);
            }
        }

        #[test]
        fn the_order_of_customers_changes_no_bit(lives in lives()) {
            let (durations, churned): (Vec<_>, Vec<_>) = lives.iter().copied().unzip();
            let (reversed, also): (Vec<_>, Vec<_>) = lives.into_iter().rev().unzip();
            prop_assert_eq!(kaplan_meier(&durations, &churned), kaplan_meier(&reversed, &also));
        }
    }
}
