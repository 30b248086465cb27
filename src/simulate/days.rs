//! What the customers do on a day.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rand::Rng;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;

use super::population::PLATFORM_WEIGHTS;
use super::random::{Purpose, stream, trials, uniform, weighted};
use super::taxonomy::{EDIT_DOC, LOGIN, PAGE_VIEW, UPGRADE, VIEW_DOC};
use super::truth::{Milestone, Truth, ZONES};
use crate::error::{Error, Result};
use crate::time::Day;

const SECONDS_PER_HOUR: i32 = 3_600;
const SECONDS_PER_DAY: i32 = 86_400;
const LAST_SECOND: u32 = 86_399;
/// Sessions begin up to twice so many seconds before or after the customer's peak hour.
const HOURS_SPREAD: i32 = 3 * SECONDS_PER_HOUR;
/// Share of sessions on the customer's main platform.
const MAIN_PLATFORM_SHARE: f64 = 0.9;
/// Share of actions that follow a page view.
const PAGE_VIEW_SHARE: f64 = 0.2;
/// An action takes so many seconds at least, and so many more on average.
const SHORTEST_ACTION: u32 = 5;
const MEAN_ACTION: f64 = 55.0;
/// Share of actions of a `SingleFeature` customer that are the favourite.
const FAVOURITE_SHARE: f64 = 0.92;
/// Monthly revenue that an `upgrade` adds.
const UPGRADE_VALUES: [u16; 4] = [12, 24, 60, 120];
/// Customers one thread takes at a time.
const CHUNK: usize = 4_096;

/// A row of the log. Ordered by instant, then customer, then what came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Event {
    /// Second of the UTC day.
    pub(super) second: u32,
    /// Index of the customer.
    pub(super) customer: u32,
    /// Number within the customer's day.
    pub(super) number: u32,
    /// Code of the event.
    pub(super) name: u8,
    /// Index into `PLATFORMS`.
    pub(super) platform: u8,
    /// Seconds it took; 0 is unknown.
    pub(super) duration: u16,
    /// Value; 0 is none.
    pub(super) value: u16,
    /// What makes the row unreadable, if anything.
    pub(super) flaw: Option<Flaw>,
}

/// What can be wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flaw {
    /// A timestamp that is none.
    Timestamp,
    /// No customer.
    NoCustomer,
    /// Too few fields.
    FieldCount,
    /// Bytes that are not UTF-8.
    Encoding,
}

/// Makes the clean log, day by day.
pub(super) struct Days<'a> {
    seed: u64,
    population: &'a [Truth],
    zones: Vec<TimeZone>,
}

impl<'a> Days<'a> {
    pub(super) fn new(seed: u64, population: &'a [Truth]) -> Result<Self> {
        let zones = ZONES
            .iter()
            .map(|name| TimeZone::get(name))
            .collect::<std::result::Result<_, _>>()
            .map_err(|cause| Error::Internal(cause.to_string()))?;
        Ok(Self {
            seed,
            population,
            zones,
        })
    }

    /// All events of a day in their order, the same on any number of threads.
    pub(super) fn events(&self, day: Day) -> Vec<Event> {
        let offsets = self.offsets(day);
        let chunks: Vec<Vec<Event>> = self
            .population
            .par_chunks(CHUNK)
            .map(|customers| {
                let mut events = Vec::new();
                for customer in customers {
                    let offset = offsets[usize::from(customer.zone)];
                    customer_day(self.seed, customer, day, offset, &mut events);
                }
                events
            })
            .collect();
        let mut events = chunks.concat();
        // No two events are equal in all of instant, customer and number: every sort gives the same.
        events.par_sort_unstable();
        events
    }

    /// Seconds east of UTC in each zone at noon, UTC.
    fn offsets(&self, day: Day) -> Vec<i32> {
        let noon = i64::from(day.0) * i64::from(SECONDS_PER_DAY) + i64::from(SECONDS_PER_DAY / 2);
        let noon = Timestamp::from_second(noon).unwrap_or_default();
        self.zones
            .iter()
            .map(|zone| zone.to_offset(noon).seconds())
            .collect()
    }
}

/// Appends what one customer does on one day.
fn customer_day(seed: u64, customer: &Truth, day: Day, offset: i32, events: &mut Vec<Event>) {
    if customer.active_on(seed, day).is_none() {
        return;
    }
    let rng = &mut stream(seed, Purpose::Events, customer.index, day);
    let first = events.len();
    let mut due = Milestone::ALL
        .iter()
        .zip(customer.milestones)
        .filter(|(_, reached)| *reached == Some(day))
        .map(|(milestone, _)| milestone.event())
        .collect::<Vec<_>>();
    for _ in 0..trials(rng, customer.sessions) {
        session(customer, day, offset, &due, rng, events);
        due.clear();
    }
    for (number, event) in (0..).zip(&mut events[first..]) {
        event.number = number;
    }
}

/// Appends one session: a login, the milestones that are due, then at least one action.
fn session(
    customer: &Truth,
    day: Day,
    offset: i32,
    due: &[u8],
    rng: &mut Xoshiro256PlusPlus,
    events: &mut Vec<Event>,
) {
    let first = events.len();
    let platform = if uniform(rng) < MAIN_PLATFORM_SHARE {
        customer.platform
    } else {
        u8::try_from(weighted(rng, &PLATFORM_WEIGHTS)).unwrap_or(customer.platform)
    };
    let begin = begin(customer, offset, rng);
    let mut push = |second: u32, name: u8, duration: u32, value: u16| {
        events.push(Event {
            second: second.min(LAST_SECOND),
            customer: customer.index,
            number: 0,
            name,
            platform,
            duration: u16::try_from(duration).unwrap_or(u16::MAX),
            value,
            flaw: None,
        });
    };
    push(0, LOGIN, 0, 0);
    let mut second = 2;
    let n_actions = trials(rng, customer.actions);
    let planned = due.iter().copied().map(Some);
    for name in planned.chain((0..n_actions).map(|_| None)) {
        let name = name.unwrap_or_else(|| action(customer, day, rng));
        if uniform(rng) < PAGE_VIEW_SHARE {
            push(second, PAGE_VIEW, 0, 0);
            second += 1;
        }
        let takes = SHORTEST_ACTION + trials(rng, MEAN_ACTION);
        let duration = if name == EDIT_DOC { takes } else { 0 };
        let value = if name == UPGRADE {
            UPGRADE_VALUES[rng.gen_range(0..UPGRADE_VALUES.len())]
        } else {
            0
        };
        push(second, name, duration, value);
        second += takes;
    }
    // A session never passes midnight: it begins early enough.
    let last = events.last().map_or(0, |event| event.second);
    let begin = begin.min(LAST_SECOND - last);
    for event in &mut events[first..] {
        event.second += begin;
    }
}

/// Second of the UTC day at which a session begins: triangular around the customer's peak hour, local time.
fn begin(customer: &Truth, offset: i32, rng: &mut Xoshiro256PlusPlus) -> u32 {
    let mut spread = || rng.gen_range(-HOURS_SPREAD..=HOURS_SPREAD);
    let local = i32::from(customer.peak_hour) * SECONDS_PER_HOUR + spread() + spread();
    u32::try_from((local - offset).rem_euclid(SECONDS_PER_DAY)).unwrap_or(0)
}

/// Code of an action drawn from the customer's mix. What is a milestone and not reached yet becomes
/// `view_doc`.
fn action(customer: &Truth, day: Day, rng: &mut Xoshiro256PlusPlus) -> u8 {
    if let Some(favourite) = customer.favourite
        && uniform(rng) < FAVOURITE_SHARE
    {
        return favourite;
    }
    let drawn = weighted(rng, &customer.archetype.parameters().mix);
    let name = u8::try_from(drawn).map_or(VIEW_DOC, |drawn| VIEW_DOC + drawn);
    let is_ahead = Milestone::ALL
        .iter()
        .zip(customer.milestones)
        .any(|(milestone, reached)| {
            milestone.event() == name && reached.is_none_or(|reached| day < reached)
        });
    if is_ahead { VIEW_DOC } else { name }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::simulate::taxonomy::NOT_MEANINGFUL;
    use crate::simulate::taxonomy::name;
    use crate::simulate::{Archetype, Settings, population};

    fn settings() -> Settings {
        Settings {
            customers: 600,
            days: 120,
            seed: 3,
            ..Settings::default()
        }
    }

    /// The population, and the events of every customer and day on which there are some.
    type CustomerDays = BTreeMap<(u32, Day), Vec<Event>>;

    fn simulate(settings: &Settings) -> (Vec<Truth>, CustomerDays) {
        let population = population(settings);
        let days = Days::new(settings.seed, &population).unwrap();
        let period = settings.period();
        let mut by_day = CustomerDays::new();
        for day in (period.start.0..period.end.0).map(Day) {
            let events = days.events(day);
            assert!(events.is_sorted());
            for event in events {
                by_day.entry((event.customer, day)).or_default().push(event);
            }
        }
        (population, by_day)
    }

    fn is_meaningful(event: &Event) -> bool {
        !NOT_MEANINGFUL.contains(&name(event.name))
    }

    #[test]
    fn nobody_is_seen_before_sign_up_or_after_churn() {
        let (population, by_day) = simulate(&settings());
        assert!(by_day.len() > 5_000);
        for (customer, day) in by_day.keys() {
            assert!(population[*customer as usize].is_alive(*day));
        }
    }

    #[test]
    fn customers_are_active_as_often_as_planted() {
        let settings = settings();
        let (population, by_day) = simulate(&settings);
        let period = settings.period();
        for archetype in Archetype::ALL {
            let (mut mean, mut variance) = (0.0, 0.0);
            for customer in population.iter().filter(|c| c.archetype == archetype) {
                for day in (period.start.0..period.end.0).map(Day) {
                    if customer.is_alive(day) {
                        let p = customer.activity_probability(day);
                        mean += p;
                        variance += p * (1.0 - p);
                    }
                }
            }
            let of_kind = |c: u32| population[c as usize].archetype == archetype;
            let got = by_day.keys().filter(|(c, _)| of_kind(*c)).count() as f64;
            assert!(
                (got - mean).abs() <= 4.0 * variance.sqrt(),
                "{archetype:?} {got} {mean}"
            );
        }
    }

    #[test]
    fn an_active_day_begins_with_a_login_and_has_meaningful_events_in_the_planted_number() {
        let (population, by_day) = simulate(&settings());
        for archetype in [
            Archetype::Power,
            Archetype::Habitual,
            Archetype::SingleFeature,
        ] {
            let (mut got, mut planted, mut n_days) = (0.0, 0.0, 0.0);
            for ((customer, _), events) in &by_day {
                let customer = &population[*customer as usize];
                if customer.archetype == archetype {
                    got += events.iter().filter(|e| is_meaningful(e)).count() as f64;
                    planted += customer.sessions * customer.actions.max(1.0);
                    n_days += 1.0;
                }
            }
            assert!(n_days > 500.0);
            // Milestones come on top of the planted actions; there are at most three per customer.
            assert!(
                (got / planted - 1.0).abs() < 0.08,
                "{archetype:?} {got} {planted}"
            );
        }
        for events in by_day.values() {
            assert_eq!(events[0].name, LOGIN);
            assert!(events.iter().any(is_meaningful));
            assert!(events.iter().all(|event| event.second <= LAST_SECOND));
        }
    }

    #[test]
    fn milestones_are_the_first_events_of_their_name() {
        let settings = settings();
        let (population, by_day) = simulate(&settings);
        let mut n_in_log = 0;
        for customer in &population {
            for (milestone, planted) in Milestone::ALL.into_iter().zip(customer.milestones) {
                let first = by_day
                    .range((customer.index, Day(0))..(customer.index + 1, Day(0)))
                    .find(|(_, events)| events.iter().any(|e| e.name == milestone.event()))
                    .map(|((_, day), _)| *day);
                match planted {
                    Some(day) if day < settings.start => {}
                    planted => {
                        assert_eq!(first, planted);
                        n_in_log += usize::from(planted.is_some());
                    }
                }
            }
        }
        assert!(n_in_log > 100);
    }

    #[test]
    fn single_feature_customers_mostly_use_their_favourite() {
        let (population, by_day) = simulate(&settings());
        let (mut favourite, mut all) = (0.0, 0.0);
        for ((customer, _), events) in &by_day {
            if let Some(code) = population[*customer as usize].favourite {
                all += events.iter().filter(|e| is_meaningful(e)).count() as f64;
                favourite += events.iter().filter(|e| e.name == code).count() as f64;
            }
        }
        let share: f64 = favourite / all;
        assert!((share - FAVOURITE_SHARE).abs() < 0.02, "{share}");
    }

    #[test]
    fn sessions_begin_within_six_hours_of_the_local_peak() {
        let (population, by_day) = simulate(&settings());
        let zones = Days::new(0, &population).unwrap();
        for ((customer, day), events) in &by_day {
            let customer = &population[*customer as usize];
            let offset = zones.offsets(*day)[usize::from(customer.zone)];
            for login in events.iter().filter(|e| e.name == LOGIN) {
                let local = i32::try_from(login.second).unwrap() + offset;
                let peak = i32::from(customer.peak_hour) * SECONDS_PER_HOUR;
                let error = (local - peak).rem_euclid(SECONDS_PER_DAY);
                let error = error.min(SECONDS_PER_DAY - error);
                // Or earlier, so as not to pass midnight, which short sessions do not notice.
                assert!(error <= 2 * HOURS_SPREAD || login.second > 80_000);
            }
        }
    }

    #[test]
    fn durations_are_of_edits_and_values_of_upgrades() {
        let (_, by_day) = simulate(&settings());
        let events: Vec<Event> = by_day.into_values().flatten().collect();
        assert!(
            events
                .iter()
                .all(|e| (e.duration > 0) == (e.name == EDIT_DOC))
        );
        assert!(events.iter().all(|e| (e.value > 0) == (e.name == UPGRADE)));
        assert!(events.iter().any(|e| e.value > 0));
    }

    #[test]
    fn scaling_events_leaves_the_active_days_alone() {
        let (_, once) = simulate(&settings());
        let (_, thrice) = simulate(&Settings {
            events_scale: 3.0,
            ..settings()
        });
        assert!(once.keys().eq(thrice.keys()));
        let n = |by_day: &CustomerDays| by_day.values().flatten().count() as f64;
        assert!(n(&thrice) > 2.0 * n(&once));
    }

    #[test]
    fn offsets_follow_summer_time() {
        let days = Days::new(0, &[]).unwrap();
        let berlin = |date| days.offsets(Day::parse(date).unwrap())[0] / SECONDS_PER_HOUR;
        assert_eq!((berlin("2025-01-15"), berlin("2025-07-15")), (1, 2));
    }
}
