//! What the roster and the outcomes say of each customer, in the order of the activity table.

use super::Activity;
use crate::intake::{Customers, Outcomes};
use crate::time::Day;

/// Attributes of customers; every column has one entry per entry of `Activity::ids`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct People {
    /// Day of sign-up: the roster's, or the first event's if that is earlier or the roster does not tell.
    pub signed_up: Vec<Option<Day>>,
    /// Day on which the contract ended.
    pub churned: Vec<Option<Day>>,
    /// Monthly recurring revenue in millionths.
    pub mrr: Vec<Option<i64>>,
    /// E-mail address.
    pub email: Vec<Option<String>>,
}

impl People {
    /// Looks every customer of `activity` up.
    #[must_use]
    pub fn new(
        activity: &Activity,
        customers: Option<&Customers>,
        outcomes: Option<&Outcomes>,
    ) -> Self {
        let mut people = Self::default();
        for (c, id) in activity.ids.iter().enumerate() {
            let listed = customers.and_then(|list| Some((list, list.ids.binary_search(id).ok()?)));
            let told = listed.and_then(|(list, i)| list.signed_up[i]);
            let seen = activity.of(c).first().map(|row| row.day);
            people.signed_up.push(match (told, seen) {
                (Some(told), Some(seen)) => Some(told.min(seen)),
                (told, seen) => told.or(seen),
            });
            people
                .churned
                .push(outcomes.and_then(|outcomes| outcomes.get(id).copied()));
            people.mrr.push(listed.and_then(|(list, i)| list.mrr[i]));
            people
                .email
                .push(listed.and_then(|(list, i)| list.email[i].clone()));
        }
        people
    }
}

#[cfg(test)]
mod tests {
    use super::super::rollup::roll_up;
    use super::super::rollup::tests::{events, rules};
    use super::*;

    #[test]
    fn sign_up_is_the_earlier_of_roster_and_first_event() {
        let day = |n: i64| n * 86_400;
        let log = events(&[
            ("a", day(10), "edit"),
            ("b", day(10), "edit"),
            ("c", day(10), "edit"),
        ]);
        let customers = Customers {
            ids: vec!["b".into(), "c".into(), "d".into()],
            signed_up: vec![Some(Day(7)), Some(Day(12)), None],
            account: vec![None; 3],
            plan: vec![None; 3],
            mrr: vec![Some(5), None, None],
            email: vec![None; 3],
        };
        let activity = roll_up(&log, &customers.ids, &rules()).unwrap();
        let outcomes = Outcomes::from([("c".to_string(), Day(40))]);
        let people = People::new(&activity, Some(&customers), Some(&outcomes));
        assert_eq!(
            people.signed_up,
            [Some(Day(10)), Some(Day(7)), Some(Day(10)), None]
        );
        assert_eq!(people.churned, [None, None, Some(Day(40)), None]);
        assert_eq!(people.mrr, [None, Some(5), None, None]);
    }
}
