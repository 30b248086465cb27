//! What is planted in one customer.

use rand_xoshiro::Xoshiro256PlusPlus;

use super::archetype::Archetype;
use super::random::{Purpose, stream, uniform};
use super::taxonomy::{CREATE_DOC, EXPORT, INVITE_TEAMMATE};
use crate::time::Day;

/// Days in which the activity of a declining customer halves, and the factor below which it does not fall.
const DECLINE_HALF_LIFE: f64 = 16.0;
const DECLINE_FLOOR: f64 = 0.05;
/// What remains of the daily rate of a dormant customer.
const DORMANT_FACTOR: f64 = 0.005;

/// Where customers live.
pub(super) const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "Europe/London",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "Asia/Tokyo",
    "Australia/Sydney",
];

/// What an account pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing, so there is no contract to cancel.
    Free,
    /// 12 a month and seat.
    Team,
    /// 24 a month and seat.
    Business,
}

impl Plan {
    /// Name in `customers.csv`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Team => "team",
            Self::Business => "business",
        }
    }

    /// Monthly price of a seat.
    #[must_use]
    pub fn price(self) -> u32 {
        match self {
            Self::Free => 0,
            Self::Team => 12,
            Self::Business => 24,
        }
    }
}

/// How the days of a week weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// Working days.
    Office,
    /// Evenings and weekends.
    Leisure,
}

impl Rhythm {
    /// Name in `truth.csv`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Office => "office",
            Self::Leisure => "leisure",
        }
    }

    /// Factor on the daily rate, Monday to Sunday.
    #[must_use]
    pub fn weights(self) -> [f64; 7] {
        match self {
            Self::Office => [1.0, 1.0, 1.0, 1.0, 0.9, 0.15, 0.15],
            Self::Leisure => [0.7, 0.7, 0.7, 0.7, 0.8, 1.0, 1.0],
        }
    }
}

/// A first time that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Milestone {
    /// First `create_doc`.
    Activated,
    /// First `invite_teammate`.
    Invited,
    /// First `export`.
    Exported,
}

impl Milestone {
    /// All of them, in the order of [`Parameters::milestones`](super::Parameters::milestones).
    pub const ALL: [Self; 3] = [Self::Activated, Self::Invited, Self::Exported];

    /// Code of the event whose first time it is.
    pub(super) fn event(self) -> u8 {
        match self {
            Self::Activated => CREATE_DOC,
            Self::Invited => INVITE_TEAMMATE,
            Self::Exported => EXPORT,
        }
    }
}

/// What is planted in one customer: the row of `truth.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// Position in the population.
    pub index: u32,
    /// Account, counted from 0; neighbours share one.
    pub account: u32,
    /// Kind of customer.
    pub archetype: Archetype,
    /// Plan of the account.
    pub plan: Plan,
    /// Days of the week.
    pub rhythm: Rhythm,
    /// Probability to be active on a day of weight 1 before any turn.
    pub daily_rate: f64,
    /// Mean sessions of an active day.
    pub sessions: f64,
    /// Mean actions of a session.
    pub actions: f64,
    /// Probability to churn on any day of the log after sign-up.
    pub hazard: f64,
    /// Day of sign-up; events only on or after it.
    pub signed_up: Day,
    /// First day of decline (`Declining`) or silence (`Dormant`).
    pub turns: Option<Day>,
    /// Day of churn within the log: no event on or after it.
    pub churned: Option<Day>,
    /// Day of cancellation, later than churn and possibly later than the log; paying plans only.
    pub cancelled: Option<Day>,
    /// Day of each [`Milestone`] in the order of [`Milestone::ALL`], possibly before the log; `None` if not
    /// reached by its end.
    pub milestones: [Option<Day>; 3],
    /// The one feature of `SingleFeature`, an index into [`EVENTS`](super::EVENTS).
    pub favourite: Option<u8>,
    /// Platform of most sessions, an index into `PLATFORMS`.
    pub(super) platform: u8,
    /// Index into `ZONES`.
    pub(super) zone: u8,
    /// Local hour around which sessions begin.
    pub(super) peak_hour: u8,
}

impl Truth {
    /// Id in every file, such as `c000123`.
    #[must_use]
    pub fn customer_id(&self) -> String {
        format!("c{:06}", self.index)
    }

    /// Id of the account, such as `a00012`.
    #[must_use]
    pub fn account_id(&self) -> String {
        format!("a{:05}", self.account)
    }

    /// IANA zone the customer lives in.
    #[must_use]
    pub fn timezone(&self) -> &'static str {
        ZONES[usize::from(self.zone)]
    }

    /// Probability that the customer is active on `day`, if signed up by then and not churned.
    ///
    /// This is what is known without knowing the future of the customer: the planted day of churn has no
    /// part in it, the planted turn of `Declining` and `Dormant` has.
    ///
    /// # Formula
    /// ```text
    /// daily_rate * weights[weekday(day)] * trend(day),  0 before sign-up
    /// trend(day) = max(1/20, 2 ^ (-(day - turns) / 16))   Declining, from `turns` on
    ///            = 1/200                                  Dormant, from `turns` on
    ///            = 1                                      otherwise
    /// ```
    #[must_use]
    pub fn activity_probability(&self, day: Day) -> f64 {
        if day < self.signed_up {
            return 0.0;
        }
        self.daily_rate * self.rhythm.weights()[day.weekday()] * self.trend(day)
    }

    /// Whether the customer has signed up by `day` and not churned until then.
    #[must_use]
    pub fn is_alive(&self, day: Day) -> bool {
        self.signed_up <= day && self.churned.is_none_or(|churned| day < churned)
    }

    fn trend(&self, day: Day) -> f64 {
        let Some(turns) = self.turns.filter(|&turns| turns <= day) else {
            return 1.0;
        };
        match self.archetype {
            Archetype::Declining => {
                let half_lives = f64::from(day - turns) / DECLINE_HALF_LIFE;
                (-half_lives).exp2().max(DECLINE_FLOOR)
            }
            _ => DORMANT_FACTOR,
        }
    }

    /// Whether the customer is active on `day`, with the rest of the stream that decided it.
    pub(super) fn active_on(&self, seed: u64, day: Day) -> Option<Xoshiro256PlusPlus> {
        if !self.is_alive(day) {
            return None;
        }
        let probability = self.activity_probability(day);
        let mut rng = stream(seed, Purpose::Activity, self.index, day);
        (uniform(&mut rng) < probability).then_some(rng)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::Settings;
    use crate::simulate::population;

    /// A customer with round numbers.
    fn customer(archetype: Archetype, turns: Option<Day>) -> Truth {
        let settings = Settings {
            customers: 1,
            ..Settings::default()
        };
        Truth {
            archetype,
            turns,
            rhythm: Rhythm::Office,
            daily_rate: 0.6,
            signed_up: Day(20_000),
            churned: None,
            ..population(&settings).remove(0)
        }
    }

    fn assert_close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-12, "{got} {expected}");
    }

    #[test]
    fn probability_is_rate_times_weekday_times_trend() {
        let monday = Day(20_003);
        assert_eq!(monday.weekday(), 0);
        let habitual = customer(Archetype::Habitual, None);
        assert_close(habitual.activity_probability(monday), 0.6);
        assert_close(habitual.activity_probability(monday + 4), 0.54);
        assert_close(habitual.activity_probability(monday + 5), 0.09);
        assert_close(habitual.activity_probability(Day(19_999)), 0.0);

        let declining = customer(Archetype::Declining, Some(monday));
        assert_close(declining.activity_probability(monday), 0.6);
        // Two half-lives later it is a Friday.
        assert_close(declining.activity_probability(monday + 32), 0.54 / 4.0);
        assert_close(declining.activity_probability(monday + 700), 0.6 / 20.0);

        let dormant = customer(Archetype::Dormant, Some(monday + 7));
        assert_close(dormant.activity_probability(monday), 0.6);
        assert_close(dormant.activity_probability(monday + 7), 0.003);
    }

    #[test]
    fn alive_is_from_sign_up_to_the_day_before_churn() {
        let mut customer = customer(Archetype::Casual, None);
        customer.churned = Some(Day(20_010));
        let alive = [19_999, 20_000, 20_009, 20_010].map(|day| customer.is_alive(Day(day)));
        assert_eq!(alive, [false, true, true, false]);
    }

    #[test]
    fn ids_are_padded_and_grow_when_they_must() {
        let mut customer = customer(Archetype::Casual, None);
        (customer.index, customer.account) = (123, 12);
        assert_eq!(customer.customer_id(), "c000123");
        assert_eq!(customer.account_id(), "a00012");
        customer.index = 1_234_567;
        assert_eq!(customer.customer_id(), "c1234567");
    }
}
