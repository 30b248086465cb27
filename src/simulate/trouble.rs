//! Faults planted in the clean log.

use rand::Rng;
use serde::Serialize;

use super::days::{Event, Flaw};
use super::random::{Purpose, stream, uniform};
use super::settings::Settings;
use super::taxonomy::{COMMENT, SEARCH, SMART_SEARCH, UNKNOWN};
use crate::time::Day;

/// Share of `search` events that move to `smart_search` with the release.
const RELEASE_SHARE: f64 = 0.8;
const FLAWS: [Flaw; 4] = [
    Flaw::Timestamp,
    Flaw::NoCustomer,
    Flaw::FieldCount,
    Flaw::Encoding,
];

/// Rows that are not of the clean log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExtraRows {
    /// Exact copies.
    pub n_duplicates: u64,
    /// Rows whose event is not of the taxonomy.
    pub n_unknown_events: u64,
    /// Rows that cannot be read.
    pub n_bad_rows: u64,
}

/// A day of the clean log with the faults of the settings; order and instants stay. Counts into `extra`.
pub(super) fn plant(
    settings: &Settings,
    day: Day,
    mut events: Vec<Event>,
    extra: &mut ExtraRows,
) -> Vec<Event> {
    let trouble = &settings.trouble;
    if trouble.tracking_gap && settings.tracking_gap().contains(day) {
        events.retain(|event| event.name != COMMENT);
    }
    if trouble.release && settings.release_day() <= day {
        release(settings, day, &mut events);
    }
    let shares = [trouble.duplicates, trouble.unknown_events, trouble.bad_rows];
    if shares.iter().all(|&share| share <= 0.0) {
        return events;
    }
    with_extra_rows(settings, day, &events, extra)
}

fn release(settings: &Settings, day: Day, events: &mut [Event]) {
    let mut rng = stream(settings.seed, Purpose::Release, 0, day);
    for event in events.iter_mut().filter(|event| event.name == SEARCH) {
        if uniform(&mut rng) < RELEASE_SHARE {
            event.name = SMART_SEARCH;
        }
    }
}

fn with_extra_rows(
    settings: &Settings,
    day: Day,
    clean: &[Event],
    extra: &mut ExtraRows,
) -> Vec<Event> {
    let trouble = &settings.trouble;
    let rng = |purpose| stream(settings.seed, purpose, 0, day);
    let mut duplicates = rng(Purpose::Duplicates);
    let mut unknown = rng(Purpose::UnknownEvents);
    let mut bad = rng(Purpose::BadRows);
    let mut events = Vec::with_capacity(clean.len() + clean.len() / 8);
    for &event in clean {
        events.push(event);
        if uniform(&mut duplicates) < trouble.duplicates {
            events.push(event);
            extra.n_duplicates += 1;
        }
        if uniform(&mut unknown) < trouble.unknown_events {
            let name = UNKNOWN[unknown.gen_range(0..UNKNOWN.len())];
            events.push(Event { name, ..event });
            extra.n_unknown_events += 1;
        }
        if uniform(&mut bad) < trouble.bad_rows {
            let flaw = Some(FLAWS[bad.gen_range(0..FLAWS.len())]);
            events.push(Event { flaw, ..event });
            extra.n_bad_rows += 1;
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::days::Days;
    use crate::simulate::{Format, Trouble, population};

    /// All days of a log with the given trouble, and its extra rows.
    fn log(trouble: Trouble) -> (Vec<(Day, Event)>, ExtraRows) {
        let settings = Settings {
            customers: 400,
            days: 40,
            seed: 5,
            format: Format::Csv,
            trouble,
            ..Settings::default()
        };
        let population = population(&settings);
        let days = Days::new(settings.seed, &population).unwrap();
        let period = settings.period();
        let mut extra = ExtraRows::default();
        let mut log = Vec::new();
        for day in (period.start.0..period.end.0).map(Day) {
            let events = plant(&settings, day, days.events(day), &mut extra);
            assert!(events.is_sorted_by_key(|event| event.second));
            log.extend(events.into_iter().map(|event| (day, event)));
        }
        (log, extra)
    }

    fn clean() -> Vec<(Day, Event)> {
        let (log, extra) = log(Trouble::default());
        assert_eq!(extra, ExtraRows::default());
        assert!(log.len() > 10_000);
        log
    }

    fn assert_share(n: u64, of: usize, share: f64) {
        let expected = of as f64 * share;
        assert!((n as f64 - expected).abs() < 4.0 * expected.sqrt(), "{n}");
    }

    #[test]
    fn duplicates_are_exact_copies_and_nothing_else_changes() {
        let clean = clean();
        let (mut log, extra) = log(Trouble {
            duplicates: 0.05,
            ..Trouble::default()
        });
        assert_share(extra.n_duplicates, clean.len(), 0.05);
        assert_eq!(log.len() as u64, clean.len() as u64 + extra.n_duplicates);
        log.dedup();
        assert_eq!(log, clean);
    }

    #[test]
    fn unknown_events_are_extra_rows_with_names_of_their_own() {
        let clean = clean();
        let (mut log, extra) = log(Trouble {
            unknown_events: 0.03,
            ..Trouble::default()
        });
        assert_share(extra.n_unknown_events, clean.len(), 0.03);
        for code in UNKNOWN {
            assert!(log.iter().any(|(_, event)| event.name == code));
        }
        log.retain(|(_, event)| !UNKNOWN.contains(&event.name));
        assert_eq!(log, clean);
    }

    #[test]
    fn bad_rows_are_extra_rows_with_every_flaw() {
        let clean = clean();
        let (mut log, extra) = log(Trouble {
            bad_rows: 0.02,
            ..Trouble::default()
        });
        assert_share(extra.n_bad_rows, clean.len(), 0.02);
        for flaw in FLAWS {
            let n = log.iter().filter(|(_, e)| e.flaw == Some(flaw)).count();
            assert_share(n as u64, clean.len(), 0.005);
        }
        log.retain(|(_, event)| event.flaw.is_none());
        assert_eq!(log, clean);
    }

    #[test]
    fn all_extra_rows_together_leave_the_clean_log_behind() {
        let (mut log, _) = log(Trouble {
            duplicates: 0.05,
            unknown_events: 0.03,
            bad_rows: 0.02,
            ..Trouble::default()
        });
        log.retain(|(_, event)| event.flaw.is_none() && !UNKNOWN.contains(&event.name));
        log.dedup();
        assert_eq!(log, clean());
    }

    #[test]
    fn the_tracking_gap_is_three_days_without_comments() {
        let mut clean = clean();
        let (log, _) = log(Trouble {
            tracking_gap: true,
            ..Trouble::default()
        });
        let gap = Settings {
            days: 40,
            ..Settings::default()
        }
        .tracking_gap();
        let n_before = clean.len();
        clean.retain(|(day, event)| !(gap.contains(*day) && event.name == COMMENT));
        assert!(n_before - clean.len() > 20);
        assert_eq!(log, clean);
    }

    #[test]
    fn the_release_moves_most_searches_to_the_new_feature() {
        let clean = clean();
        let (mut log, _) = log(Trouble {
            release: true,
            ..Trouble::default()
        });
        let from = Settings::default().start + 24;
        let n_searches = clean
            .iter()
            .filter(|(day, event)| from <= *day && event.name == SEARCH)
            .count();
        let mut n_moved = 0;
        for (day, event) in &mut log {
            if event.name == SMART_SEARCH {
                assert!(from <= *day);
                event.name = SEARCH;
                n_moved += 1;
            }
        }
        assert_share(n_moved, n_searches, RELEASE_SHARE);
        assert_eq!(log, clean);
    }
}
