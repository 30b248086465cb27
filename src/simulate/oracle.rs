//! The best possible prediction at a cutoff, from what is planted in a customer.

use super::Truth;
use crate::time::{Day, Window};

/// Probability that the customer is silent on all days of `window`, alive or not, and that it is besides
/// alive at its end; given alive at its start.
fn silence(customer: &Truth, window: Window) -> (f64, f64) {
    let (mut dead, mut alive) = (0.0, 1.0);
    for day in (window.start.0..window.end.0).map(Day) {
        dead += alive * customer.hazard;
        alive *= (1.0 - customer.hazard) * (1.0 - customer.activity_probability(day));
    }
    (dead + alive, alive)
}

/// Probability that the customer is silent throughout `outcome`, which begins at the cutoff, given all that is
/// planted but its day of churn, and the last active day before the cutoff. Without one, the silence
/// began at `first`, a day on which it was alive.
pub(crate) fn churn_probability(
    customer: &Truth,
    first: Day,
    last_active: Option<Day>,
    outcome: Window,
) -> f64 {
    let quiet = Window {
        start: last_active.map_or(first, |day| day + 1),
        end: outcome.start,
    };
    let (silent, alive) = silence(customer, quiet);
    1.0 - alive / silent * (1.0 - silence(customer, outcome).0)
}
