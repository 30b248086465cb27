//! Who churned: the outcome of a customer at a cutoff, and the time until it.

use crate::activity::Activity;
use crate::activity::people::People;
use crate::config::ChurnKind;
use crate::segment::Stage;
use crate::segment::snapshot::Snapshot;
use crate::time::{Cutoff, Day, Window};

/// What "churned" means, and where it is read.
#[derive(Clone, Copy, Debug)]
pub struct Outcomes<'a> {
    /// Usage or contract.
    pub kind: ChurnKind,
    /// The activity table.
    pub activity: &'a Activity,
    /// Dated cancellations.
    pub people: &'a People,
}

impl Outcomes<'_> {
    /// Whether customer `c` churned in the outcome window of `cutoff`.
    ///
    /// By usage: no meaningful event in the window. By contract: a cancellation dated inside it.
    #[must_use]
    pub fn churned(&self, c: usize, cutoff: Cutoff) -> bool {
        let window = cutoff.outcome();
        match self.kind {
            ChurnKind::Usage => !self.activity.is_active_in(c, window),
            ChurnKind::Contract => self.people.churned[c].is_some_and(|day| window.contains(day)),
        }
    }

    /// Whether the question makes sense for customer `c`: under contract churn, one who cancelled before the
    /// outcome window opens can no longer do so.
    #[must_use]
    pub fn can_churn(&self, c: usize, cutoff: Cutoff) -> bool {
        match self.kind {
            ChurnKind::Usage => true,
            ChurnKind::Contract => {
                self.people.churned[c].is_none_or(|day| day >= cutoff.outcome().start)
            }
        }
    }

    /// Customers the churn model speaks of: in use at the cutoff, and able to churn.
    #[must_use]
    pub fn eligible(&self, snapshot: &Snapshot) -> Vec<usize> {
        let mut customers = snapshot.customers(Stage::is_in_use);
        customers.retain(|&c| self.can_churn(c, snapshot.cutoff));
        customers
    }

    /// Days from the cutoff to churn, and whether churn was seen before the data end; `None` for a customer
    /// who has churned already.
    ///
    /// By usage, churn is the first day on which the silence since the last active day reaches the horizon:
    /// a silence that began before the cutoff counts from where it began. (Counting from the last active day
    /// itself would know at that day what only the silence shows.) By contract, it is the day of the
    /// cancellation.
    #[must_use]
    pub fn time_to_churn(&self, c: usize, cutoff: Cutoff, data_end: Day) -> Option<(i32, bool)> {
        let censored = (data_end - cutoff.day, false);
        match self.kind {
            ChurnKind::Contract => match self.people.churned[c] {
                Some(day) if day < cutoff.day => None,
                Some(day) if day < data_end => Some((day - cutoff.day, true)),
                _ => Some(censored),
            },
            ChurnKind::Usage => {
                let horizon = cutoff.windows.horizon_days;
                let all = Window {
                    start: Day(i32::MIN),
                    end: data_end,
                };
                let rows = &self.activity.rows[self.activity.rows_in(c, all)];
                let active = || rows.iter().filter(|row| row.is_active()).map(|row| row.day);
                let mut last = active().take_while(|&day| day < cutoff.day).last()?;
                if cutoff.day - last >= horizon {
                    return None;
                }
                for day in active()
                    .skip_while(|&day| day < cutoff.day)
                    .chain([data_end])
                {
                    if day - last >= horizon {
                        return Some((last + horizon - cutoff.day, true));
                    }
                    last = day;
                }
                Some(censored)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::rollup::roll_up;
    use crate::activity::rollup::tests::{events, rules};
    use crate::time::Windows;

    fn of(
        active_days: &[i32],
        churned: Option<Day>,
        kind: ChurnKind,
    ) -> (bool, bool, Option<(i32, bool)>) {
        let at = |day: i32| i64::from(day) * 86_400;
        let log: Vec<_> = active_days
            .iter()
            .map(|&day| ("a", at(day), "edit"))
            .collect();
        let activity = roll_up(&events(&log), &["a".to_string()], &rules()).unwrap();
        let mut people = People::new(&activity, None, None);
        people.churned[0] = churned;
        let outcomes = Outcomes {
            kind,
            activity: &activity,
            people: &people,
        };
        let cutoff = Windows {
            observation_days: 90,
            gap_days: 5,
            horizon_days: 30,
        }
        .at(Day(100));
        (
            outcomes.churned(0, cutoff),
            outcomes.can_churn(0, cutoff),
            outcomes.time_to_churn(0, cutoff, Day(160)),
        )
    }

    #[test]
    fn usage_churn_is_silence_through_the_outcome_window_and_the_gap_does_not_count() {
        let usage = |days: &[i32]| of(days, None, ChurnKind::Usage);
        assert_eq!(
            usage(&[90, 104]),
            (true, true, Some((34, true))),
            "active in the gap only"
        );
        assert_eq!(
            usage(&[90, 105, 130, 155]),
            (false, true, Some((60, false)))
        );
        assert!(!usage(&[90, 134, 150]).0);
        assert_eq!(
            usage(&[90, 134, 150]).2,
            Some((20, true)),
            "silent for 30 days on day 120"
        );
        assert!(usage(&[90, 135]).0, "the window is half-open");
        assert_eq!(usage(&[70]).2, None, "silent for the horizon already");
        assert_eq!(usage(&[71]).2, Some((1, true)));
        assert_eq!(usage(&[99, 128, 157]).2, Some((60, false)));
    }

    #[test]
    fn contract_churn_is_a_cancellation_dated_in_the_window() {
        let contract = |day: i32| of(&[90], Some(Day(day)), ChurnKind::Contract);
        assert_eq!(contract(105), (true, true, Some((5, true))));
        assert_eq!(
            contract(104),
            (false, false, Some((4, true))),
            "in the gap: gone before the window"
        );
        assert!(!contract(135).0);
        assert_eq!(contract(99), (false, false, None));
        assert_eq!(
            contract(160).2,
            Some((60, false)),
            "after the data end nothing is known"
        );
        assert_eq!(
            of(&[90], None, ChurnKind::Contract),
            (false, true, Some((60, false)))
        );
    }
}
