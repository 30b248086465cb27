//! Do the intervals cover and do the tests hold their level? Asked of simulated data whose truth is known.
//!
//! Of 2,000 samples a 95 % interval covers 95 % give or take 1 point, and a test at 5 % rejects 5 % give or
//! take 1; both are held to 2.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::association::chi_squared;
use super::proportion::wilson;
use super::roc::auc;
use super::survival::{kaplan_meier, log_rank};
use super::{Estimate, Test};

/// Share of 2,000 seeded samples of which `holds` is true.
fn share_of_samples(holds: impl Fn(&mut Xoshiro256PlusPlus) -> bool) -> f64 {
    let hits = (0..2_000)
        .filter(|&seed| holds(&mut Xoshiro256PlusPlus::seed_from_u64(seed)))
        .count();
    hits as f64 / 2_000.0
}

#[track_caller]
fn assert_covers(truth: f64, estimate: impl Fn(&mut Xoshiro256PlusPlus) -> Estimate) {
    let share = share_of_samples(|rng| {
        let e = estimate(rng);
        e.low <= truth && truth <= e.high
    });
    assert!((0.93..=0.97).contains(&share), "covers {share}");
}

#[track_caller]
fn assert_rejects_one_in_twenty(test: impl Fn(&mut Xoshiro256PlusPlus) -> Test) {
    let share = share_of_samples(|rng| test(rng).p_value < 0.05);
    assert!((0.03..=0.07).contains(&share), "rejects {share}");
}

/// Days to churn at a hazard of 3 % a day, observed for 10 to 49 days.
fn life(rng: &mut Xoshiro256PlusPlus) -> (i32, bool) {
    let observed = rng.gen_range(10..50);
    let churn_day = (1..=observed).find(|_| rng.gen_bool(0.03));
    (churn_day.unwrap_or(observed), churn_day.is_some())
}

#[test]
fn wilson_intervals_cover_the_true_share() {
    for (share, n) in [(0.5, 30), (0.2, 100), (0.03, 400)] {
        assert_covers(share, |rng| {
            wilson((0..n).filter(|_| rng.gen_bool(share)).count() as u64, n).unwrap()
        });
    }
}

#[test]
fn kaplan_meier_intervals_cover_the_true_survival() {
    assert_covers(0.97_f64.powi(20), |rng| {
        let (durations, churned): (Vec<_>, Vec<_>) = (0..100).map(|_| life(rng)).unzip();
        let curve = kaplan_meier(&durations, &churned);
        let i = curve.times.partition_point(|t| *t <= 20.0) - 1;
        Estimate {
            value: curve.survival[i],
            low: curve.low[i],
            high: curve.high[i],
            n: 100,
        }
    });
}

#[test]
fn auc_intervals_cover_the_true_area() {
    // The best of three uniform scores beats one with probability 3/4.
    assert_covers(0.75, |rng| {
        let positive: Vec<bool> = (0..150).map(|i| i % 3 == 0).collect();
        let scores: Vec<f64> = positive
            .iter()
            .map(|positive| {
                let draws = if *positive { 3 } else { 1 };
                (0..draws).map(|_| rng.r#gen::<f64>()).fold(0.0, f64::max)
            })
            .collect();
        auc(&scores, &positive).unwrap()
    });
}

#[test]
fn the_log_rank_test_rejects_one_in_twenty_groups_that_do_not_differ() {
    assert_rejects_one_in_twenty(|rng| {
        let (durations, churned): (Vec<_>, Vec<_>) = (0..120).map(|_| life(rng)).unzip();
        let group: Vec<usize> = (0..120).map(|_| rng.gen_range(0..3)).collect();
        log_rank(&group, 3, &durations, &churned).unwrap()
    });
}

#[test]
fn the_chi_squared_test_rejects_one_in_twenty_tables_without_association() {
    assert_rejects_one_in_twenty(|rng| {
        let mut table = vec![vec![0; 2]; 4];
        for _ in 0..200 {
            table[rng.gen_range(0..4)][usize::from(rng.gen_bool(0.3))] += 1;
        }
        chi_squared(&table).unwrap()
    });
}
