//! The customers: drawing what is planted in each.

use rand::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::archetype::Archetype;
use super::random::{Purpose, normal, stream, trials, uniform, weighted};
use super::settings::Settings;
use super::taxonomy::{API_CALL, EDIT_DOC, PLATFORMS, RUN_AUTOMATION, SEARCH, UPLOAD_FILE};
use super::truth::{Plan, Rhythm, Truth, ZONES};
use crate::time::Day;

/// Mean number of seats of an account.
const MEAN_SEATS: f64 = 3.0;
/// Spread of daily rates within an archetype: standard deviation of the log odds.
const RATE_SPREAD: f64 = 0.3;
/// Spread of actions per session within an archetype: standard deviation of the logarithm.
const ACTIONS_SPREAD: f64 = 0.2;
/// Days before the end of the log in which `new` customers sign up.
const NEW_DAYS: i32 = 28;
/// Share of the others that sign up during the first third of the log, and how long before it the rest did
/// at most.
const JOINING_SHARE: f64 = 0.25;
const OLDEST_DAYS: i32 = 540;
/// A cancellation follows churn by 1 to so many days: until the paid month has run out.
const PAID_DAYS: i32 = 30;

const ZONE_WEIGHTS: [f64; ZONES.len()] = [30.0, 25.0, 15.0, 12.0, 8.0, 4.0, 4.0, 2.0];
/// How often each platform is used.
pub(super) const PLATFORM_WEIGHTS: [f64; PLATFORMS.len()] = [60.0, 20.0, 12.0, 8.0];
const FAVOURITES: [u8; 5] = [EDIT_DOC, SEARCH, UPLOAD_FILE, API_CALL, RUN_AUTOMATION];

/// The customers of a synthetic product, by index: what [`run`](super::run) writes.
#[must_use]
pub fn population(settings: &Settings) -> Vec<Truth> {
    let seats = seats(settings);
    seats
        .par_iter()
        .enumerate()
        .map(|(index, account)| customer(settings, index, account))
        .collect()
}

/// What the seats of an account have in common.
#[derive(Clone, Copy)]
struct Account {
    number: u32,
    plan: Plan,
    zone: u8,
}

/// The account of each customer.
fn seats(settings: &Settings) -> Vec<Account> {
    let accounts = (0..u32::MAX).flat_map(|number| {
        let mut rng = stream(settings.seed, Purpose::Account, number, Day(0));
        let n_seats = trials(&mut rng, MEAN_SEATS);
        let plan = [Plan::Free, Plan::Team, Plan::Business][weighted(&mut rng, &[0.4, 0.4, 0.2])];
        let zone = small(weighted(&mut rng, &ZONE_WEIGHTS));
        let account = Account { number, plan, zone };
        (0..n_seats).map(move |_| account)
    });
    accounts.take(settings.customers).collect()
}

fn customer(settings: &Settings, index: usize, account: &Account) -> Truth {
    // `Settings::check` keeps the number of customers far below.
    let index = u32::try_from(index).unwrap_or(u32::MAX);
    let rng = &mut stream(settings.seed, Purpose::Customer, index, Day(0));
    let archetype = Archetype::ALL[weighted(rng, &Archetype::ALL.map(|a| a.parameters().share))];
    let planted = archetype.parameters();
    let (signed_up, turns) = history(settings, archetype, rng);
    let (rhythm, peak_hour) = if uniform(rng) < 0.85 {
        (Rhythm::Office, rng.gen_range(8..18))
    } else {
        (Rhythm::Leisure, rng.gen_range(12..23))
    };
    let churned = churn(settings, signed_up, planted.hazard, rng);
    let lag = rng.gen_range(1..=PAID_DAYS);
    let mut truth = Truth {
        index,
        account: account.number,
        archetype,
        plan: account.plan,
        rhythm,
        daily_rate: scale_odds(planted.daily_rate, (RATE_SPREAD * normal(rng)).exp()),
        sessions: planted.sessions,
        actions: planted.actions * (ACTIONS_SPREAD * normal(rng)).exp() * settings.events_scale,
        hazard: planted.hazard,
        signed_up,
        turns,
        churned,
        cancelled: churned
            .filter(|_| account.plan != Plan::Free)
            .map(|day| day + lag),
        milestones: [None; 3],
        favourite: (archetype == Archetype::SingleFeature)
            .then(|| FAVOURITES[rng.gen_range(0..FAVOURITES.len())]),
        platform: small(weighted(rng, &PLATFORM_WEIGHTS)),
        zone: account.zone,
        peak_hour,
    };
    truth.milestones = milestones(settings, &truth, rng);
    truth
}

/// Day of sign-up and, where the archetype has one, of the turn.
fn history(
    settings: &Settings,
    archetype: Archetype,
    rng: &mut Xoshiro256PlusPlus,
) -> (Day, Option<Day>) {
    let log = settings.period();
    let long_ago =
        |rng: &mut Xoshiro256PlusPlus, first: Day| first - rng.gen_range(1..=OLDEST_DAYS);
    match archetype {
        Archetype::New => {
            let day = log.end - rng.gen_range(1..=NEW_DAYS);
            (day.max(log.start), None)
        }
        Archetype::Declining => {
            let turns = log.end - rng.gen_range(65..=95);
            (long_ago(rng, turns.min(log.start)), Some(turns))
        }
        Archetype::Dormant => {
            let turns = log.start + rng.gen_range(0..(log.days() - 60).max(1));
            (long_ago(rng, log.start), Some(turns))
        }
        _ if uniform(rng) < JOINING_SHARE => {
            let day = log.start + rng.gen_range(0..(log.days() / 3).max(1));
            (day, None)
        }
        _ => (long_ago(rng, log.start), None),
    }
}

/// Day of churn: every day of the log from sign-up on ends the customer with probability `hazard`.
fn churn(
    settings: &Settings,
    signed_up: Day,
    hazard: f64,
    rng: &mut Xoshiro256PlusPlus,
) -> Option<Day> {
    let log = settings.period();
    // The first day is 0 days after the first day: one less than the trials.
    let days = trials(rng, 1.0 / hazard) - 1;
    let day = log.start.max(signed_up) + i32::try_from(days).unwrap_or(i32::MAX);
    log.contains(day).then_some(day)
}

/// Probability whose odds are `factor` times those of `probability`.
fn scale_odds(probability: f64, factor: f64) -> f64 {
    let scaled = probability * factor;
    scaled / (1.0 - probability + scaled)
}

/// Days of the milestones. Before the log only the mean rate is known; in it, active days decide.
fn milestones(
    settings: &Settings,
    truth: &Truth,
    rng: &mut Xoshiro256PlusPlus,
) -> [Option<Day>; 3] {
    let log = settings.period();
    let chances = truth.archetype.parameters().milestones;
    let mean_rate = truth.daily_rate * truth.rhythm.weights().iter().sum::<f64>() / 7.0;
    let mut reached = chances.map(|chance| {
        let days = trials(rng, 1.0 / (chance * mean_rate)) - 1;
        let day = truth.signed_up + i32::try_from(days).unwrap_or(i32::MAX);
        (day < log.start).then_some(day)
    });
    let mut day = truth.signed_up.max(log.start);
    while day < log.end && truth.is_alive(day) && reached.contains(&None) {
        if let Some(mut rng) = truth.active_on(settings.seed, day) {
            for (reached, chance) in reached.iter_mut().zip(chances) {
                // Drawn even where reached, so that one milestone does not shift another.
                let is_reached = uniform(&mut rng) < chance;
                if is_reached && reached.is_none() {
                    *reached = Some(day);
                }
            }
        }
        day = day + 1;
    }
    reached
}

/// An index into one of the short tables above.
fn small(index: usize) -> u8 {
    u8::try_from(index).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            customers: 10_000,
            seed: 7,
            ..Settings::default()
        }
    }

    /// Whether a count of independent events lies within four standard deviations of its mean.
    fn is_near(count: usize, chances: impl Iterator<Item = f64>) -> bool {
        let (mean, variance) = chances.fold((0.0, 0.0), |(mean, variance), p| {
            (mean + p, variance + p * (1.0 - p))
        });
        (count as f64 - mean).abs() < 4.0 * variance.sqrt()
    }

    #[test]
    fn archetypes_have_their_shares() {
        let customers = population(&settings());
        for archetype in Archetype::ALL {
            let n = customers
                .iter()
                .filter(|c| c.archetype == archetype)
                .count();
            let share = archetype.parameters().share;
            assert!(
                is_near(n, customers.iter().map(|_| share)),
                "{archetype:?} {n}"
            );
        }
    }

    #[test]
    fn daily_rates_have_the_planted_median() {
        let customers = population(&settings());
        for archetype in Archetype::ALL {
            let planted = archetype.parameters().daily_rate;
            let of_kind = customers.iter().filter(|c| c.archetype == archetype);
            let below = of_kind.clone().filter(|c| c.daily_rate < planted).count();
            if archetype != Archetype::NonUser {
                assert!(
                    is_near(below, of_kind.map(|_| 0.5)),
                    "{archetype:?} {below}"
                );
            }
        }
        assert!(customers.iter().all(|c| (0.0..1.0).contains(&c.daily_rate)));
    }

    #[test]
    fn customers_churn_at_their_hazard() {
        let settings = settings();
        let log = settings.period();
        let customers = population(&settings);
        for archetype in Archetype::ALL {
            let of_kind = || customers.iter().filter(|c| c.archetype == archetype);
            let n = of_kind().filter(|c| c.churned.is_some()).count();
            let chances = of_kind().map(|c| {
                let exposed = log.end - c.signed_up.max(log.start);
                1.0 - (1.0 - c.hazard).powi(exposed)
            });
            let is_right = if archetype.parameters().hazard > 0.0 {
                is_near(n, chances)
            } else {
                n == 0
            };
            assert!(is_right, "{archetype:?} {n}");
        }
        // Memoryless: of those that churn, those exposed all along do so in either half as the hazard says.
        let habitual = Archetype::Habitual.parameters().hazard;
        let (early, late): (Vec<_>, Vec<_>) = customers
            .iter()
            .filter(|c| c.archetype == Archetype::Habitual && c.signed_up < log.start)
            .filter_map(|c| c.churned)
            .partition(|&day| day < log.start + 90);
        let survived = (1.0 - habitual).powi(90);
        let share = 1.0 / (1.0 + survived);
        let n = early.len() + late.len();
        assert!(is_near(early.len(), (0..n).map(|_| share)), "{n}");
    }

    #[test]
    fn dates_of_a_customer_follow_one_another() {
        let settings = settings();
        let log = settings.period();
        for c in population(&settings) {
            assert!(c.signed_up < log.end);
            assert_eq!(
                c.turns.is_some(),
                matches!(c.archetype, Archetype::Declining | Archetype::Dormant)
            );
            assert!(c.turns.is_none_or(|turns| c.signed_up < turns));
            assert!(c.turns.is_none_or(|turns| log.end - turns >= 60));
            assert!(
                c.churned
                    .is_none_or(|day| c.signed_up <= day && log.contains(day))
            );
            let is_cancelled = c.churned.is_some() && c.plan != Plan::Free;
            assert_eq!(c.cancelled.is_some(), is_cancelled);
            if let (Some(churned), Some(cancelled)) = (c.churned, c.cancelled) {
                assert!((1..=30).contains(&(cancelled - churned)));
            }
            for day in c.milestones.into_iter().flatten() {
                assert!(c.is_alive(day) && day < log.end);
            }
            if c.archetype == Archetype::New {
                assert!(log.end - c.signed_up <= 28);
            }
        }
    }

    #[test]
    fn seats_of_an_account_share_plan_and_zone() {
        let customers = population(&settings());
        let accounts: Vec<&[Truth]> = customers.chunk_by(|a, b| a.account == b.account).collect();
        let mean_seats = customers.len() as f64 / accounts.len() as f64;
        assert!((mean_seats - MEAN_SEATS).abs() < 0.2, "{mean_seats}");
        for (number, seats) in (0..).zip(&accounts) {
            assert!(seats.iter().all(|c| c.account == number));
            assert!(
                seats
                    .iter()
                    .all(|c| c.plan == seats[0].plan && c.zone == seats[0].zone)
            );
        }
    }

    #[test]
    fn time_to_activation_during_the_log_is_geometric_in_active_days() {
        let settings = settings();
        let log = settings.period();
        let mut n_active = 0;
        let mut n_reached = 0;
        for c in population(&settings) {
            if c.archetype != Archetype::Habitual || c.signed_up < log.start {
                continue;
            }
            let end = c.milestones[0].map_or(log.end, |day| day + 1);
            let days = (c.signed_up.0..end.0).map(Day);
            n_active += days
                .filter(|&day| c.active_on(settings.seed, day).is_some())
                .count();
            n_reached += usize::from(c.milestones[0].is_some());
        }
        let chance = Archetype::Habitual.parameters().milestones[0];
        assert!(n_active > 500 && is_near(n_reached, (0..n_active).map(|_| chance)));
    }

    #[test]
    fn logs_of_any_length_have_a_population() {
        for days in [1, 2, 30, 61, 400] {
            let settings = Settings {
                days,
                customers: 300,
                ..Settings::default()
            };
            let end = settings.period().end;
            assert!(population(&settings).iter().all(|c| c.signed_up < end));
        }
    }
}
