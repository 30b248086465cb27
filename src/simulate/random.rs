//! Random streams that do not depend on who asks first.
//!
//! Each purpose, customer and day has a stream of its own, so that days can be made in any order and by any
//! number of threads, and so that switching one kind of trouble on leaves every other draw as it was.

use rand::distributions::Standard;
use rand::{Rng, RngCore, SeedableRng};
use rand_xoshiro::{SplitMix64, Xoshiro256PlusPlus};

use crate::time::Day;

/// What a stream is drawn for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    /// Size, plan and zone of an account.
    Account,
    /// The planted parameters of a customer.
    Customer,
    /// Whether a customer is active on a day, and which milestones that day brings.
    Activity,
    /// What an active customer does on a day.
    Events,
    /// Which events of a day move to the new feature.
    Release,
    /// Which events of a day are written twice.
    Duplicates,
    /// Which events of a day are followed by one with an unknown name.
    UnknownEvents,
    /// Which events of a day are followed by a bad row.
    BadRows,
}

/// The stream of one purpose, subject (customer or account) and day.
pub(super) fn stream(seed: u64, purpose: Purpose, subject: u32, day: Day) -> Xoshiro256PlusPlus {
    let parts = [
        purpose as u64,
        u64::from(subject),
        u64::from(day.0.cast_unsigned()),
    ];
    let key = parts.into_iter().fold(seed, |key, part| {
        SplitMix64::seed_from_u64(key ^ part).next_u64()
    });
    Xoshiro256PlusPlus::seed_from_u64(key)
}

/// Uniform on `[0, 1)`.
pub(super) fn uniform(rng: &mut Xoshiro256PlusPlus) -> f64 {
    rng.sample(Standard)
}

/// Standard normal (Box and Muller 1958).
pub(super) fn normal(rng: &mut Xoshiro256PlusPlus) -> f64 {
    let radius = (-2.0 * (1.0 - uniform(rng)).ln()).sqrt();
    radius * (std::f64::consts::TAU * uniform(rng)).cos()
}

/// Trials up to and including the first success: geometric on 1, 2, ... with the given mean; always 1 for a
/// mean of at most 1, and the largest number there is for an infinite one.
pub(super) fn trials(rng: &mut Xoshiro256PlusPlus, mean: f64) -> u32 {
    if mean <= 1.0 {
        return 1;
    }
    if mean.is_infinite() {
        return u32::MAX;
    }
    let failures = (1.0 - uniform(rng)).ln() / (-1.0 / mean).ln_1p();
    whole(failures).saturating_add(1)
}

/// The whole part of a number that is not negative; NaN is 0, and what is too large is the largest `u32`.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates, which is what is wanted"
)]
fn whole(x: f64) -> u32 {
    x as u32
}

/// An index drawn in proportion to `weights`, which must not be empty.
pub(super) fn weighted(rng: &mut Xoshiro256PlusPlus, weights: &[f64]) -> usize {
    let mut left = uniform(rng) * weights.iter().sum::<f64>();
    let last = weights.len() - 1;
    weights[..last]
        .iter()
        .position(|weight| {
            left -= weight;
            left < 0.0
        })
        .unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(n: u32, draw: impl FnMut(u32) -> f64) -> f64 {
        (0..n).map(draw).sum::<f64>() / f64::from(n)
    }

    #[test]
    fn streams_differ_in_every_part_of_their_key() {
        let first =
            |seed, purpose, subject, day| stream(seed, purpose, subject, Day(day)).next_u64();
        let mut draws = vec![
            first(1, Purpose::Activity, 1, 1),
            first(2, Purpose::Activity, 1, 1),
            first(1, Purpose::Events, 1, 1),
            first(1, Purpose::Activity, 2, 1),
            first(1, Purpose::Activity, 1, 2),
            first(1, Purpose::Activity, 1, -1),
        ];
        draws.sort_unstable();
        draws.dedup();
        assert_eq!(draws.len(), 6);
    }

    #[test]
    fn first_draws_of_neighbouring_streams_look_independent() {
        let draw = |i: u32| uniform(&mut stream(7, Purpose::Activity, i, Day(20_000)));
        let n = 20_000;
        // Standard errors: 0.29 / sqrt(n) = 0.002 for the mean, 1 / sqrt(n) = 0.007 for the correlation.
        assert!((mean(n, draw) - 0.5).abs() < 0.01);
        let product = mean(n, |i| (draw(i) - 0.5) * (draw(i + 1) - 0.5));
        assert!((product * 12.0).abs() < 0.03);
    }

    #[test]
    fn trials_have_the_mean_asked_for() {
        let mut rng = stream(1, Purpose::Events, 0, Day(0));
        for expected in [1.0, 1.5, 4.0, 55.0] {
            let got = mean(40_000, |_| f64::from(trials(&mut rng, expected)));
            assert!((got / expected - 1.0).abs() < 0.03, "{got} {expected}");
        }
        assert_eq!(trials(&mut rng, f64::INFINITY), u32::MAX);
    }

    #[test]
    fn normals_have_mean_zero_and_variance_one() {
        let mut rng = stream(1, Purpose::Customer, 0, Day(0));
        let draws: Vec<f64> = (0..40_000).map(|_| normal(&mut rng)).collect();
        let n = 40_000.0;
        let centre = draws.iter().sum::<f64>() / n;
        let variance = draws.iter().map(|z| (z - centre).powi(2)).sum::<f64>() / n;
        assert!(centre.abs() < 0.02 && (variance - 1.0).abs() < 0.03);
    }

    #[test]
    fn weights_are_chances_and_zero_is_never_drawn() {
        let mut rng = stream(1, Purpose::Customer, 1, Day(0));
        let mut counts = [0.0; 4];
        for _ in 0..10_000 {
            counts[weighted(&mut rng, &[1.0, 0.0, 3.0, 0.0])] += 1.0;
        }
        assert!((counts[0] / 10_000.0_f64 - 0.25).abs() < 0.02);
        assert!(counts[1] + counts[3] < 0.5);
    }
}
