//! Lifecycle stages by rule.

use serde::{Deserialize, Serialize};

use super::Stage;
use crate::activity::{Activity, DayRow};
use crate::config::{LifecycleSection, WindowsSection};
use crate::time::{Cutoff, Day, Window};

/// The rules with every number resolved, as kept in the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// Days after sign-up during which everyone is new.
    pub new_days: i32,
    /// Sessions until which a customer stays new after that, ...
    pub new_sessions: u32,
    /// ... but not longer than this many days after sign-up.
    pub new_max_days: i32,
    /// Days without meaningful use after which a customer is dormant.
    pub dormant_days: i32,
    /// Meaningful events in the window below which a customer is not activated.
    pub activated_events: u32,
    /// Active days per week from which a customer is habitual.
    pub habitual_days_per_week: f64,
    /// Active days per week from which a customer is a power user.
    pub power_days_per_week: f64,
    /// Sessions below which a week is weak.
    pub declining_sessions: u32,
}

impl Rules {
    /// Resolves the configuration: a customer silent for as long as the horizon is dormant.
    #[must_use]
    pub fn new(section: &LifecycleSection, windows: &WindowsSection) -> Self {
        Self {
            new_days: section.new_days,
            new_sessions: section.new_sessions,
            new_max_days: section.new_max_days,
            dormant_days: section.dormant_days.unwrap_or(windows.horizon_days),
            activated_events: section.activated_events,
            habitual_days_per_week: section.habitual_days_per_week,
            power_days_per_week: section.power_days_per_week,
            declining_sessions: section.declining_sessions,
        }
    }

    /// Stage of customer `c` at `cutoff`, from rows before it; `None` for one who signed up at the cutoff or
    /// later and so is not known yet.
    #[must_use]
    pub fn stage(
        &self,
        activity: &Activity,
        c: usize,
        signed_up: Option<Day>,
        cutoff: Cutoff,
    ) -> Option<Stage> {
        if signed_up.is_some_and(|day| day >= cutoff.day) {
            return None;
        }
        let rows = activity.of(c);
        let past = &rows[..rows.partition_point(|row| row.day < cutoff.day)];
        let tenure = signed_up.map_or(i32::MAX, |day| cutoff.day - day);
        let Some(last) = past
            .iter()
            .rev()
            .find(|row| row.is_active())
            .map(|row| row.day)
        else {
            return Some(if tenure < self.new_days {
                Stage::New
            } else {
                Stage::NonUser
            });
        };
        let n_sessions: u32 = past.iter().map(|row| row.n_sessions).sum();
        if tenure < self.new_days || (n_sessions < self.new_sessions && tenure < self.new_max_days)
        {
            return Some(Stage::New);
        }
        if cutoff.day - last >= self.dormant_days {
            return Some(Stage::Dormant);
        }
        let observation = cutoff.observation();
        let known = Window {
            start: observation.start.max(cutoff.day - tenure.min(30_000)),
            ..observation
        };
        let in_window = &past[past.partition_point(|row| row.day < observation.start)..];
        let n_events: u64 = in_window
            .iter()
            .map(|row| u64::from(row.n_meaningful))
            .sum();
        if n_events < u64::from(self.activated_events) {
            return Some(Stage::NotActivated);
        }
        if self.is_declining(in_window, known) {
            return Some(Stage::Declining);
        }
        let active_days = in_window.iter().filter(|row| row.is_active()).count() as f64;
        let per_week = 7.0 * active_days / f64::from(known.days().max(1));
        Some(if per_week >= self.power_days_per_week {
            Stage::Power
        } else if per_week >= self.habitual_days_per_week {
            Stage::Habitual
        } else {
            Stage::Activated
        })
    }

    /// Both of the last two weeks weak, and the median of the complete weeks before not.
    fn is_declining(&self, rows: &[DayRow], known: Window) -> bool {
        let sessions_between = |start: Day, end: Day| -> u32 {
            rows.iter()
                .filter(|row| start <= row.day && row.day < end)
                .map(|row| row.n_sessions)
                .sum()
        };
        let week = |i: i32| sessions_between(known.end - 7 * (i + 1), known.end - 7 * i);
        let n_weeks = known.days() / 7;
        let mut before: Vec<u32> = (2..n_weeks).map(week).collect();
        before.sort_unstable();
        let Some(&median) = before.get(before.len() / 2) else {
            return false;
        };
        median >= self.declining_sessions
            && week(0) < self.declining_sessions
            && week(1) < self.declining_sessions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::rollup::roll_up;
    use crate::activity::rollup::tests::{events, rules};
    use crate::time::Windows;

    const CUTOFF: i32 = 200;

    fn stage(signed_up: i32, active_days: &[i32]) -> Option<Stage> {
        let at = |day: i32| i64::from(day) * 86_400 + 3600;
        let log: Vec<_> = active_days
            .iter()
            .map(|&day| ("a", at(day), "edit"))
            .collect();
        let activity = roll_up(&events(&log), &["a".to_string()], &rules()).unwrap();
        let resolved = Rules::new(&LifecycleSection::default(), &WindowsSection::default());
        let cutoff = Windows {
            observation_days: 90,
            gap_days: 0,
            horizon_days: 30,
        }
        .at(Day(CUTOFF));
        resolved.stage(&activity, 0, Some(Day(signed_up)), cutoff)
    }

    fn every(step: usize, from: i32, to: i32) -> Vec<i32> {
        (from..to).step_by(step).collect()
    }

    #[test]
    fn each_stage_is_met_by_the_customer_it_is_meant_for() {
        assert_eq!(stage(200, &[]), None, "signs up at the cutoff");
        assert_eq!(stage(100, &[]), Some(Stage::NonUser));
        assert_eq!(
            stage(100, &[201, 202]),
            Some(Stage::NonUser),
            "the future does not count"
        );
        assert_eq!(stage(190, &every(1, 190, 200)), Some(Stage::New));
        assert_eq!(stage(180, &[199]), Some(Stage::New), "too few sessions yet");
        assert_eq!(
            stage(171, &[190, 195]),
            Some(Stage::NotActivated),
            "new no longer"
        );
        assert_eq!(
            stage(50, &every(2, 50, 171)),
            Some(Stage::Dormant),
            "silent since day 170"
        );
        assert_ne!(stage(50, &every(2, 50, 173)), Some(Stage::Dormant));
        assert_eq!(stage(50, &[10, 180, 190]), Some(Stage::NotActivated));
        assert_eq!(stage(50, &every(3, 60, 186)), Some(Stage::Declining));
        assert_eq!(stage(50, &every(1, 60, 200)), Some(Stage::Power));
        assert_eq!(stage(50, &every(3, 60, 200)), Some(Stage::Habitual));
        assert_eq!(stage(50, &every(10, 60, 200)), Some(Stage::Activated));
    }

    #[test]
    fn rates_count_from_sign_up_and_not_from_the_start_of_the_window() {
        assert_eq!(stage(180, &every(1, 180, 200)), Some(Stage::Power));
    }
}
