//! Features of every customer at one cutoff.

use super::{FeaturePlan, FeatureTable};
use crate::activity::{Activity, DayRow};
use crate::time::{Cutoff, Day, Window};

/// Days each customer is known for must reach this before the recent weeks, or its trend is not defined.
const MIN_BASE_DAYS: i32 = 7;
const MILLIONTHS: f64 = 1e-6;

/// Features at `cutoff`, shape `(n_customers, n_features)`, rows in the order of `activity.ids`.
///
/// Reads only rows before the cutoff, and only sign-ups before it: for a customer who signed up at the cutoff
/// or later every feature is what it would be for someone never heard of.
#[must_use]
pub fn build(
    activity: &Activity,
    signed_up: &[Option<Day>],
    plan: &FeaturePlan,
    cutoff: Cutoff,
) -> FeatureTable {
    let specs = plan.specs();
    let mut columns: Vec<Vec<f64>> = specs
        .iter()
        .map(|_| Vec::with_capacity(activity.n_customers()))
        .collect();
    let counted: Vec<Option<usize>> = activity
        .names
        .iter()
        .map(|name| plan.counted_events.binary_search(name).ok())
        .collect();
    for (c, &signed_up) in signed_up.iter().enumerate().take(activity.n_customers()) {
        let known_since = signed_up.filter(|&day| day < cutoff.day);
        let usage = Usage::of(activity, c, known_since, plan, &counted, cutoff);
        for (column, value) in columns.iter_mut().zip(usage.values(plan)) {
            column.push(value);
        }
    }
    FeatureTable { specs, columns }
}

/// The integers of one customer's observation window.
struct Usage {
    /// Days since the last active day, and since sign-up.
    silence: Option<i32>,
    tenure: Option<i32>,
    /// Days of the observation window since sign-up.
    known_days: i32,
    active_days: u32,
    /// Longest run of those days without use.
    longest_silence: i32,
    n_events: u64,
    n_sessions: u64,
    seconds: u64,
    bands: [u64; 4],
    n_weekend: u64,
    value: i128,
    n_valued: u64,
    /// Meaningful events by code.
    by_event: Vec<u64>,
    counted: Vec<u64>,
    /// Active days of the recent weeks and of the weeks before, and how many days of those are known.
    recent_active: u32,
    base_active: u32,
    base_days: i32,
}

impl Usage {
    fn of(
        activity: &Activity,
        c: usize,
        known_since: Option<Day>,
        plan: &FeaturePlan,
        counted: &[Option<usize>],
        cutoff: Cutoff,
    ) -> Self {
        let observation = cutoff.observation();
        let recent = Window {
            start: cutoff.day - 7 * plan.trend_recent_weeks,
            end: cutoff.day,
        };
        let base = Window {
            start: (recent.start - 7 * plan.trend_base_weeks)
                .max(known_since.unwrap_or(cutoff.day)),
            end: recent.start,
        };
        let active_days = |window: Window| {
            let active = activity.rows[activity.rows_in(c, window)]
                .iter()
                .filter(|row| row.is_active());
            u32::try_from(active.count()).unwrap_or(u32::MAX)
        };
        let known = Window {
            start: known_since.unwrap_or(cutoff.day).max(observation.start),
            ..observation
        };
        let last_active = activity
            .of(c)
            .iter()
            .rev()
            .find(|row| row.day < cutoff.day && row.is_active())
            .map(|row| row.day);
        let mut usage = Self {
            silence: last_active.map(|day| cutoff.day - day),
            tenure: known_since.map(|day| cutoff.day - day),
            known_days: known.days(),
            active_days: active_days(observation),
            longest_silence: longest_silence(&activity.rows[activity.rows_in(c, known)], known),
            n_events: 0,
            n_sessions: 0,
            seconds: 0,
            bands: [0; 4],
            n_weekend: 0,
            value: 0,
            n_valued: 0,
            by_event: vec![0; activity.names.len()],
            counted: vec![0; plan.counted_events.len()],
            recent_active: active_days(recent),
            base_active: active_days(base),
            base_days: base.days(),
        };
        for r in activity.rows_in(c, observation) {
            usage.add(activity, r, counted);
        }
        usage
    }

    fn add(&mut self, activity: &Activity, r: usize, counted: &[Option<usize>]) {
        let row = &activity.rows[r];
        self.n_events += u64::from(row.n_meaningful);
        self.n_sessions += u64::from(row.n_sessions);
        self.seconds += u64::from(row.seconds);
        self.value += i128::from(row.value);
        self.n_valued += u64::from(row.n_valued);
        for (sum, &n) in self.bands.iter_mut().zip(&row.bands) {
            *sum += u64::from(n);
        }
        if row.day.is_weekend() {
            self.n_weekend += u64::from(row.n_meaningful);
        }
        for &(code, n) in activity.events_of(r) {
            let code = usize::from(code);
            if activity.meaningful[code] {
                self.by_event[code] += u64::from(n);
            }
            if let Some(slot) = counted[code] {
                self.counted[slot] += u64::from(n);
            }
        }
    }

    /// The features in the order of [`FeaturePlan::specs`].
    fn values(&self, plan: &FeaturePlan) -> Vec<f64> {
        let active_days = f64::from(self.active_days);
        let n_events = self.n_events as f64;
        let weekly_rate = ratio(7.0 * active_days, f64::from(self.known_days));
        let silence = self.silence.map_or(f64::NAN, f64::from);
        let top = self.by_event.iter().copied().max().unwrap_or(0) as f64;
        let breadth = self.by_event.iter().filter(|&&n| n > 0).count();
        let mut values = vec![
            silence,
            self.tenure.map_or(f64::NAN, f64::from),
            active_days,
            n_events,
            self.n_sessions as f64,
            self.seconds as f64,
            breadth as f64,
            ratio(n_events, active_days),
            weekly_rate,
            ratio(top, n_events),
            self.trend(plan),
            // The last active day itself is no silence.
            weekly_rate / 7.0 * (silence - 1.0),
            f64::from(self.recent_active),
            f64::from(self.longest_silence),
        ];
        values.extend(self.bands.iter().map(|&n| ratio(n as f64, n_events)));
        values.push(ratio(self.n_weekend as f64, n_events));
        if plan.has_value {
            let value = self.value as f64 * MILLIONTHS;
            let purchases = self.n_valued as f64;
            values.extend([value, purchases, ratio(value, purchases)]);
        }
        values.extend(self.counted.iter().map(|&n| n as f64));
        values
    }

    /// `ln(((recent + 0.5) / recent weeks) / ((base + 0.5) / base weeks))` on active days; the base weeks
    /// are those in which the customer was known. Not defined for too short a base, or without any use.
    fn trend(&self, plan: &FeaturePlan) -> f64 {
        if self.base_days < MIN_BASE_DAYS || self.recent_active + self.base_active == 0 {
            return f64::NAN;
        }
        let recent = (f64::from(self.recent_active) + 0.5) / f64::from(plan.trend_recent_weeks);
        let base = (f64::from(self.base_active) + 0.5) / (f64::from(self.base_days) / 7.0);
        (recent / base).ln()
    }
}

/// Longest run of days of `known` without use; `rows` are those of its days.
fn longest_silence(rows: &[DayRow], known: Window) -> i32 {
    let active = rows.iter().filter(|row| row.is_active()).map(|row| row.day);
    let (mut longest, mut silent_from) = (0, known.start);
    for day in active.chain([known.end]) {
        longest = longest.max(day - silent_from);
        silent_from = day + 1;
    }
    longest
}

/// `a / b`, not defined where `b` is zero.
fn ratio(a: f64, b: f64) -> f64 {
    if b > 0.0 { a / b } else { f64::NAN }
}
