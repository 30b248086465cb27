//! The proof that no feature sees the cutoff or later: for a sample of customers the raw events of the future
//! are deleted, and then invented, and not one bit of a feature or stage may change.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;

use super::LeakageProof;
use crate::activity::people::People;
use crate::activity::rollup::{Rules, roll_up};
use crate::activity::witness::copy_row;
use crate::error::{Error, Result};
use crate::features::FeaturePlan;
use crate::intake::{Customers, Events};
use crate::segment::lifecycle;
use crate::segment::snapshot::Snapshot;
use crate::time::{Cutoff, Day, LocalClock, MICROS_PER_SECOND};

/// Events invented per customer and cutoff.
const INVENTED: usize = 25;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// What it takes to compute features from raw events once more.
#[derive(Clone, Copy, Debug)]
pub struct Recipe<'a> {
    /// Rules of the rollup.
    pub rollup: &'a Rules,
    /// The roster.
    pub customers: Option<&'a Customers>,
    /// Which features there are.
    pub plan: &'a FeaturePlan,
    /// Rules of the stages.
    pub lifecycle: &'a lifecycle::Rules,
}

/// Proves the snapshots (whose rows are in the order of `ids`) with the raw events of `witnesses`.
///
/// # Errors
/// [`Error::Leak`] names the first feature that changed.
pub fn prove(
    recipe: Recipe,
    ids: &[String],
    witnesses: &Events,
    snapshots: &[&Snapshot],
    seed: u64,
) -> Result<LeakageProof> {
    let mut proof = LeakageProof {
        n_customers: witnesses.customers.len(),
        cutoffs: snapshots
            .iter()
            .map(|snapshot| snapshot.cutoff.day)
            .collect(),
        n_values: 0,
        n_deleted: 0,
        n_invented: 0,
    };
    for snapshot in snapshots {
        let cutoff = snapshot.cutoff;
        let past = before(witnesses, recipe.rollup, cutoff.day);
        proof.n_deleted += witnesses.at.len() - past.at.len();
        proof.n_values += compare(recipe, ids, &past, snapshot, "deleted")?;
        let invented = with_invented_future(&past, recipe.rollup, cutoff, seed);
        proof.n_invented += invented.at.len() - past.at.len();
        proof.n_values += compare(recipe, ids, &invented, snapshot, "invented")?;
    }
    Ok(proof)
}

/// The events on local days before `cutoff`.
fn before(events: &Events, rules: &Rules, cutoff: Day) -> Events {
    let mut clock = LocalClock::new(rules.zone.clone());
    let mut past = Events {
        customers: events.customers.clone(),
        names: events.names.clone(),
        ..Events::default()
    };
    for row in 0..events.at.len() {
        if clock.day_and_hour(events.at[row]).0 < cutoff {
            copy_row(events, row, events.customer[row], &mut past);
        }
    }
    past
}

/// `past` and random events from the cutoff on, the first of them at its very first instant.
fn with_invented_future(past: &Events, rules: &Rules, cutoff: Cutoff, seed: u64) -> Events {
    let mut rng = Xoshiro256Plus::seed_from_u64(seed);
    let mut events = past.clone();
    let midnight = cutoff
        .day
        .date()
        .to_zoned(rules.zone.clone())
        .map_or(i64::MAX, |z| z.timestamp().as_microsecond());
    let days = i64::from(cutoff.windows.gap_days + cutoff.windows.horizon_days + 7);
    let n_names = events.names.len();
    for customer in 0..events.customers.len() {
        for i in 0..INVENTED {
            let later = if i == 0 {
                0
            } else {
                rng.gen_range(0..days * MICROS_PER_DAY)
            };
            events
                .customer
                .push(u32::try_from(customer).unwrap_or(u32::MAX));
            events.at.push(midnight.saturating_add(later));
            events
                .name
                .push(u16::try_from(rng.gen_range(0..n_names.max(1))).unwrap_or(0));
            if !past.value.is_empty() {
                events.value.push(Some(rng.gen_range(0..1_000_000_000)));
            }
            if !past.seconds.is_empty() {
                events.seconds.push(rng.gen_range(0..3600));
            }
            if !past.fingerprint.is_empty() {
                events.fingerprint.push(rng.r#gen());
            }
        }
    }
    events
}

/// Recomputes the snapshot for the customers of `events` and compares every bit; returns how many values.
fn compare(
    recipe: Recipe,
    ids: &[String],
    events: &Events,
    snapshot: &Snapshot,
    change: &'static str,
) -> Result<usize> {
    let activity = roll_up(events, &[], recipe.rollup)?;
    let people = People::new(&activity, recipe.customers, None);
    let again = Snapshot::take(
        &activity,
        &people,
        recipe.plan,
        recipe.lifecycle,
        snapshot.cutoff,
    );
    let leak = |feature: &str| Error::Leak {
        feature: feature.into(),
        cutoff: snapshot.cutoff.day.to_string(),
        change,
    };
    let mut n_values = 0;
    for (c, id) in activity.ids.iter().enumerate() {
        let Ok(original) = ids.binary_search(id) else {
            continue;
        };
        if snapshot.stages[original].is_none() {
            continue; // not known at the cutoff, so nothing is computed for it
        }
        if snapshot.stages[original] != again.stages[c] {
            return Err(leak("lifecycle stage"));
        }
        for (j, spec) in snapshot.features.specs.iter().enumerate() {
            let (then, now) = (
                snapshot.features.columns[j][original],
                again.features.columns[j][c],
            );
            if then.to_bits() != now.to_bits() {
                return Err(leak(&spec.name));
            }
        }
        n_values += snapshot.features.specs.len() + 1;
    }
    Ok(n_values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::rollup::tests::{events, rules};
    use crate::activity::witness;
    use crate::config::{FeaturesSection, LifecycleSection, WindowsSection};
    use crate::time::Windows;

    const DAY: i64 = 86_400;

    /// A log of 40 customers over 200 days, with a snapshot at day 150 for which `peek` days too many are read.
    fn run(peek: i32) -> Result<LeakageProof> {
        let ids: Vec<String> = (0..40).map(|i| format!("c{i:02}")).collect();
        let log: Vec<_> = (0..200_i64)
            .flat_map(|day| {
                ids.iter()
                    .enumerate()
                    .map(move |(i, id)| (day, i as i64, id))
            })
            .filter(|(day, i, _)| (day * 7 + i * 13) % 11 < 4)
            .map(|(day, i, id)| {
                (
                    id.as_str(),
                    day * DAY + i * 977,
                    ["edit", "share", "login"][usize::try_from(i % 3).unwrap()],
                )
            })
            .collect();
        let log = events(&log);
        let rollup = rules();
        let activity = roll_up(&log, &[], &rollup).unwrap();
        let people = People::new(&activity, None, None);
        let cutoff = Windows {
            observation_days: 90,
            gap_days: 0,
            horizon_days: 30,
        }
        .at(Day(150));
        let plan = FeaturePlan::new(&FeaturesSection::default(), &activity, cutoff.observation());
        let lifecycle =
            lifecycle::Rules::new(&LifecycleSection::default(), &WindowsSection::default());
        let seen = Cutoff {
            day: cutoff.day + peek,
            ..cutoff
        };
        let mut snapshot = Snapshot::take(&activity, &people, &plan, &lifecycle, seen);
        snapshot.cutoff = cutoff;
        let recipe = Recipe {
            rollup: &rollup,
            customers: None,
            plan: &plan,
            lifecycle: &lifecycle,
        };
        prove(
            recipe,
            &activity.ids,
            &witness::sample(&log),
            &[&snapshot],
            1,
        )
    }

    #[test]
    fn honest_features_pass_and_the_proof_says_how_much_it_compared() {
        let proof = run(0).unwrap();
        assert_eq!(proof.n_customers, 40);
        assert_eq!(proof.n_invented, 40 * INVENTED);
        assert!(proof.n_deleted > 500);
        assert!(proof.n_values > 40 * 2 * 17);
    }

    #[test]
    fn features_that_read_one_day_of_the_future_are_caught() {
        assert!(matches!(run(1), Err(Error::Leak { .. })));
    }
}
