//! Kinds of customers, and the parameters planted for each.

use serde::Serialize;

use super::taxonomy::N_ACTIONS;

/// A kind of customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Archetype {
    /// Nearly every working day, long sessions, every feature.
    Power,
    /// A few days of every week.
    Habitual,
    /// Now and then, mostly to read.
    Casual,
    /// As often as habitual, but nearly always the same one feature.
    SingleFeature,
    /// Once habitual, then less from week to week.
    Declining,
    /// Stopped on some earlier day without cancelling; comes back at most rarely.
    Dormant,
    /// Signed up in the last four weeks.
    New,
    /// On the roster, never seen.
    NonUser,
}

/// What is planted for the customers of an archetype.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameters {
    /// Share of all customers.
    pub share: f64,
    /// Median over customers of the probability to be active on a day of weight 1.
    pub daily_rate: f64,
    /// Mean sessions of an active day, at least 1.
    pub sessions: f64,
    /// Median over customers of the mean number of actions of a session, at least 1.
    pub actions: f64,
    /// Probability to churn on any day.
    pub hazard: f64,
    /// Probability to reach each [`Milestone`](super::Milestone) on an active day before it is reached.
    pub milestones: [f64; 3],
    /// Relative frequency of the actions, in the order of [`EVENTS`](super::EVENTS) from `view_doc` to
    /// `upgrade`.
    pub mix: [f64; N_ACTIONS],
}

impl Archetype {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Power,
        Self::Habitual,
        Self::Casual,
        Self::SingleFeature,
        Self::Declining,
        Self::Dormant,
        Self::New,
        Self::NonUser,
    ];

    /// Name in `truth.csv`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::Habitual => "habitual",
            Self::Casual => "casual",
            Self::SingleFeature => "single_feature",
            Self::Declining => "declining",
            Self::Dormant => "dormant",
            Self::New => "new",
            Self::NonUser => "non_user",
        }
    }

    /// What is planted for its customers.
    #[must_use]
    pub fn parameters(self) -> &'static Parameters {
        match self {
            Self::Power => &POWER,
            Self::Habitual => &HABITUAL,
            Self::Casual => &CASUAL,
            Self::SingleFeature => &SINGLE_FEATURE,
            Self::Declining => &DECLINING,
            Self::Dormant => &DORMANT,
            Self::New => &NEW,
            Self::NonUser => &NON_USER,
        }
    }
}

// Mixes in columns: view edit comment search share upload template create export invite api automation upgrade.

const POWER: Parameters = Parameters {
    share: 0.06,
    daily_rate: 0.80,
    sessions: 1.6,
    actions: 3.4,
    hazard: 0.0005,
    milestones: [0.8, 0.15, 0.20],
    mix: [
        15.0, 18.0, 13.0, 10.0, 8.0, 7.0, 5.0, 8.0, 6.0, 2.0, 5.0, 3.0, 0.3,
    ],
};

const HABITUAL: Parameters = Parameters {
    share: 0.20,
    daily_rate: 0.50,
    sessions: 1.2,
    actions: 2.0,
    hazard: 0.0015,
    milestones: [0.6, 0.04, 0.08],
    mix: [
        28.0, 27.0, 15.0, 12.0, 5.0, 3.0, 1.0, 6.0, 2.0, 0.5, 0.0, 0.0, 0.2,
    ],
};

const CASUAL: Parameters = Parameters {
    share: 0.25,
    daily_rate: 0.16,
    sessions: 1.0,
    actions: 1.4,
    hazard: 0.003,
    milestones: [0.4, 0.02, 0.04],
    mix: [
        50.0, 14.0, 10.0, 18.0, 3.0, 1.0, 0.0, 3.0, 1.0, 0.2, 0.0, 0.0, 0.1,
    ],
};

const SINGLE_FEATURE: Parameters = Parameters {
    share: 0.09,
    daily_rate: 0.50,
    sessions: 1.1,
    actions: 1.7,
    hazard: 0.0025,
    milestones: [0.5, 0.0, 0.0],
    // What is left besides the favourite.
    mix: [
        1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
    ],
};

const DECLINING: Parameters = Parameters {
    share: 0.10,
    daily_rate: 0.60,
    hazard: 0.004,
    ..HABITUAL
};

const DORMANT: Parameters = Parameters {
    share: 0.14,
    daily_rate: 0.30,
    hazard: 0.0,
    ..HABITUAL
};

const NEW: Parameters = Parameters {
    share: 0.07,
    daily_rate: 0.40,
    hazard: 0.008,
    milestones: [0.5, 0.10, 0.08],
    mix: [
        30.0, 22.0, 8.0, 8.0, 4.0, 6.0, 10.0, 8.0, 1.0, 2.0, 0.0, 0.0, 0.3,
    ],
    ..HABITUAL
};

const NON_USER: Parameters = Parameters {
    share: 0.09,
    daily_rate: 0.0,
    sessions: 1.0,
    actions: 1.0,
    hazard: 0.0,
    milestones: [0.0; 3],
    mix: [0.0; N_ACTIONS],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_one() {
        let sum: f64 = Archetype::ALL.iter().map(|a| a.parameters().share).sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }

    #[test]
    fn names_are_those_of_json() {
        for archetype in Archetype::ALL {
            let json = serde_json::to_string(&archetype).unwrap();
            assert_eq!(json, format!("\"{}\"", archetype.name()));
        }
    }
}
