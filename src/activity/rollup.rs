//! Raw events to activity: sort each customer's events by instant, then one pass over them.
//!
//! The answer does not depend on the order of rows or files: customers are numbered by id, event names by
//! name, and the events of a customer are sorted by all their fields before anything is counted.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use rayon::prelude::*;

use super::{Activity, DayRow};
use crate::config::Bands;
use crate::error::{Error, Result};
use crate::intake::Events;
use crate::time::{Day, LocalClock, MICROS_PER_SECOND};

/// What the rollup needs to know of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Zone in which local days begin.
    pub zone: TimeZone,
    /// Silence that ends a session, in microseconds.
    pub session_gap: i64,
    /// First hours of the bands of the day.
    pub bands: Bands,
    /// Whether events equal in every field count once.
    pub dedup: bool,
    /// Names of events that are no usage.
    pub not_meaningful: BTreeSet<String>,
    /// Events at or after this instant are left out as lying in the future.
    pub now: i64,
}

/// Activity of all customers who have events or stand on the roster.
///
/// # Errors
/// [`Error::Limit`] if a customer's values of one day do not fit 64 bits.
pub fn roll_up(events: &Events, roster: &[String], rules: &Rules) -> Result<Activity> {
    let ids: BTreeSet<&String> = events.customers.iter().chain(roster).collect();
    let ids: Vec<String> = ids.into_iter().cloned().collect();
    let (names, name_codes) = sorted_codes(&events.names);
    let meaningful: Vec<bool> = names
        .iter()
        .map(|name| !rules.not_meaningful.contains(name))
        .collect();
    let by_customer = group_rows(events, &ids);

    let log = Log {
        events,
        rules,
        name_codes: &name_codes,
        meaningful: &meaningful,
    };
    let parts: Vec<CustomerDays> = by_customer
        .par_chunk_by(|a, b| a.0 == b.0)
        .map_init(
            || Scratch::new(rules, names.len()),
            |scratch, rows| log.customer(rows, scratch),
        )
        .collect::<Result<_>>()?;

    let mut activity = Activity {
        offsets: Vec::with_capacity(ids.len() + 1),
        event_offsets: vec![0],
        ids,
        names,
        meaningful,
        ..Activity::default()
    };
    let mut parts = parts.into_iter().peekable();
    for c in 0..activity.ids.len() {
        activity.offsets.push(activity.rows.len());
        if let Some(part) = parts.next_if(|part| part.customer == c) {
            activity.n_duplicates += part.n_duplicates;
            activity.n_future += part.n_future;
            for n_counts in part.n_counts {
                let end = activity.event_offsets.last().copied().unwrap_or(0) + n_counts;
                activity.event_offsets.push(end);
            }
            activity.rows.extend(part.rows);
            activity.event_counts.extend(part.counts);
        }
    }
    activity.offsets.push(activity.rows.len());
    Ok(activity)
}

/// Names in order, and the new code of each old one.
fn sorted_codes(names: &[String]) -> (Vec<String>, Vec<u16>) {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_unstable_by(|&a, &b| names[a].cmp(&names[b]));
    let mut codes = vec![0_u16; names.len()];
    for (new, &old) in order.iter().enumerate() {
        codes[old] = u16::try_from(new).unwrap_or(u16::MAX); // intake refuses more names than u16 holds
    }
    (
        order.into_iter().map(|old| names[old].clone()).collect(),
        codes,
    )
}

/// Row numbers with the sorted customer index in front, grouped by customer.
fn group_rows(events: &Events, ids: &[String]) -> Vec<(usize, usize)> {
    let index_of: Vec<usize> = events
        .customers
        .iter()
        .map(|id| ids.binary_search(id).unwrap_or(usize::MAX))
        .collect();
    let customer = |row: usize| index_of[events.customer[row] as usize];
    let mut starts = vec![0_usize; ids.len() + 1];
    for row in 0..events.at.len() {
        starts[customer(row) + 1] += 1;
    }
    for c in 0..ids.len() {
        starts[c + 1] += starts[c];
    }
    let mut grouped = vec![(0, 0); events.at.len()];
    for row in 0..events.at.len() {
        let c = customer(row);
        grouped[starts[c]] = (c, row);
        starts[c] += 1;
    }
    grouped
}

/// The rows of one customer.
struct CustomerDays {
    customer: usize,
    rows: Vec<DayRow>,
    /// Number of distinct events of each row.
    n_counts: Vec<usize>,
    counts: Vec<(u16, u32)>,
    n_duplicates: u64,
    n_future: u64,
}

/// Buffers reused from customer to customer.
struct Scratch {
    clock: LocalClock,
    sorted: Vec<usize>,
    /// Count of each event on the day at hand.
    day_counts: Vec<u32>,
    touched: Vec<u16>,
}

impl Scratch {
    fn new(rules: &Rules, n_names: usize) -> Self {
        Self {
            clock: LocalClock::new(rules.zone.clone()),
            sorted: Vec::new(),
            day_counts: vec![0; n_names],
            touched: Vec::new(),
        }
    }

    /// Empties the counts of the day into `out`, sorted by code; returns how many there were.
    fn flush(&mut self, out: &mut Vec<(u16, u32)>) -> usize {
        self.touched.sort_unstable();
        for &code in &self.touched {
            let count = std::mem::take(&mut self.day_counts[usize::from(code)]);
            out.push((code, count));
        }
        let n = self.touched.len();
        self.touched.clear();
        n
    }
}

/// An event as the rollup sees it; ordered by all its fields, instant first.
type Record = (i64, u16, Option<i64>, u32, u64);

struct Log<'a> {
    events: &'a Events,
    rules: &'a Rules,
    name_codes: &'a [u16],
    meaningful: &'a [bool],
}

impl Log<'_> {
    fn record(&self, row: usize) -> Record {
        let events = self.events;
        (
            events.at[row],
            self.name_codes[usize::from(events.name[row])],
            events.value.get(row).copied().flatten(),
            events.seconds.get(row).copied().unwrap_or(0),
            events.fingerprint.get(row).copied().unwrap_or(0),
        )
    }

    fn customer(&self, rows: &[(usize, usize)], scratch: &mut Scratch) -> Result<CustomerDays> {
        let mut sorted = std::mem::take(&mut scratch.sorted);
        sorted.clear();
        sorted.extend(rows.iter().map(|&(_, row)| row));
        sorted.sort_unstable_by(|&a, &b| match self.events.at[a].cmp(&self.events.at[b]) {
            Ordering::Equal => self.record(a).cmp(&self.record(b)),
            order => order,
        });
        let mut days = CustomerDays {
            customer: rows.first().map_or(0, |&(customer, _)| customer),
            rows: Vec::new(),
            n_counts: Vec::new(),
            counts: Vec::new(),
            n_duplicates: 0,
            n_future: 0,
        };
        let mut previous: Option<Record> = None;
        let mut sessions = Sessions {
            gap: self.rules.session_gap,
            last_at: None,
            rest: 0,
        };
        for &row in &sorted {
            let record = self.record(row);
            if record.0 >= self.rules.now {
                days.n_future += 1;
            } else if self.rules.dedup && previous == Some(record) {
                days.n_duplicates += 1;
            } else {
                self.count(record, &mut days, &mut sessions, scratch)?;
            }
            previous = Some(record);
        }
        if !days.rows.is_empty() {
            days.n_counts.push(scratch.flush(&mut days.counts));
        }
        scratch.sorted = sorted;
        Ok(days)
    }

    fn count(
        &self,
        (at, code, value, seconds, _): Record,
        days: &mut CustomerDays,
        sessions: &mut Sessions,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let (day, hour) = scratch.clock.day_and_hour(at);
        if days.rows.last().is_none_or(|row| row.day != day) {
            if !days.rows.is_empty() {
                days.n_counts.push(scratch.flush(&mut days.counts));
            }
            days.rows.push(DayRow::empty(day, at));
            sessions.rest = 0;
        }
        let Some(row) = days.rows.last_mut() else {
            return Err(Error::Internal("a day without a row".into()));
        };
        let slot = &mut scratch.day_counts[usize::from(code)];
        if *slot == 0 {
            scratch.touched.push(code);
        }
        *slot = slot.saturating_add(1);
        row.n_events = row.n_events.saturating_add(1);
        row.last_at = at;
        if let Some(value) = value {
            row.n_valued = row.n_valued.saturating_add(1);
            row.value = row
                .value
                .checked_add(value)
                .ok_or_else(|| too_much_value(day))?;
        }
        if self.meaningful[usize::from(code)] {
            row.n_meaningful = row.n_meaningful.saturating_add(1);
            row.hours |= 1 << hour;
            let band = &mut row.bands[band_of(hour, self.rules.bands)];
            *band = band.saturating_add(1);
            let spent = sessions.meet(at, row);
            let seconds = if self.events.seconds.is_empty() {
                spent
            } else {
                seconds
            };
            row.seconds = row.seconds.saturating_add(seconds);
        }
        Ok(())
    }
}

fn too_much_value(day: Day) -> Error {
    Error::Limit {
        what: format!("sum of a customer's values on {day}, in millionths"),
        got: u64::MAX,
        max: i64::MAX.unsigned_abs(),
        help: Some("check that events.columns.value is an amount".into()),
    }
}

/// Sessions of one customer: meaningful events not further apart than the gap.
struct Sessions {
    gap: i64,
    last_at: Option<i64>,
    /// Microseconds of the day not yet counted as a whole second.
    rest: i64,
}

impl Sessions {
    /// Counts a session that begins at `at`, or returns the whole seconds since the event before.
    fn meet(&mut self, at: i64, row: &mut DayRow) -> u32 {
        let silence = self.last_at.replace(at).map(|last| at - last);
        match silence {
            Some(silence) if silence <= self.gap => {
                self.rest += silence;
                let seconds = self.rest / MICROS_PER_SECOND;
                self.rest %= MICROS_PER_SECOND;
                u32::try_from(seconds).unwrap_or(u32::MAX)
            }
            _ => {
                row.n_sessions = row.n_sessions.saturating_add(1);
                0
            }
        }
    }
}

/// Index of an hour's band: 0 morning, 1 afternoon, 2 evening, 3 night.
fn band_of(hour: u32, bands: Bands) -> usize {
    if hour >= bands.night || hour < bands.morning {
        3
    } else if hour >= bands.evening {
        2
    } else {
        usize::from(hour >= bands.afternoon)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn rules() -> Rules {
        Rules {
            zone: TimeZone::UTC,
            session_gap: 30 * 60 * MICROS_PER_SECOND,
            bands: Bands::default(),
            dedup: true,
            not_meaningful: BTreeSet::from(["login".to_string()]),
            now: i64::MAX,
        }
    }

    /// Events from (customer, seconds since 1970, name) triples.
    pub(crate) fn events(rows: &[(&str, i64, &str)]) -> Events {
        let mut events = Events::default();
        for &(customer, second, name) in rows {
            let customer = intern(&mut events.customers, customer);
            let name = intern(&mut events.names, name);
            events.customer.push(u32::try_from(customer).unwrap());
            events.name.push(u16::try_from(name).unwrap());
            events.at.push(second * MICROS_PER_SECOND);
        }
        events
    }

    fn intern(list: &mut Vec<String>, text: &str) -> usize {
        list.iter()
            .position(|known| known == text)
            .unwrap_or_else(|| {
                list.push(text.to_string());
                list.len() - 1
            })
    }

    const DAY: i64 = 86_400;

    #[test]
    fn a_customer_s_days_are_counted_by_hand() {
        let log = events(&[
            ("b", 10 * DAY + 9 * 3600, "edit"),
            ("b", 10 * DAY + 9 * 3600 + 600, "edit"),
            ("b", 10 * DAY + 9 * 3600 + 600, "edit"), // a duplicate
            ("b", 10 * DAY + 9 * 3600 + 900, "share"),
            ("b", 10 * DAY + 20 * 3600, "edit"), // a second session
            ("b", 10 * DAY + 21 * 3600, "login"), // no usage
            ("b", 12 * DAY + 100, "login"),
            ("a", 3 * DAY, "edit"),
        ]);
        let roster = vec!["c".to_string(), "b".to_string()];
        let activity = roll_up(&log, &roster, &rules()).unwrap();
        assert_eq!(activity.ids, ["a", "b", "c"]);
        assert_eq!(activity.names, ["edit", "login", "share"]);
        assert_eq!(activity.n_duplicates, 1);
        assert_eq!(activity.of(2), []);
        let [first, second] = activity.of(1) else {
            panic!("two days")
        };
        assert_eq!((first.day, second.day), (Day(10), Day(12)));
        assert_eq!(
            (
                first.n_events,
                first.n_meaningful,
                first.n_sessions,
                first.seconds
            ),
            (5, 4, 2, 900)
        );
        assert_eq!(first.hours, 1 << 9 | 1 << 20);
        assert_eq!(first.bands, [3, 0, 1, 0]);
        assert_eq!(
            (second.n_events, second.n_meaningful, second.n_sessions),
            (1, 0, 0)
        );
        assert_eq!(activity.events_of(1), [(0, 3), (1, 1), (2, 1)]);
        assert_eq!(activity.events_of(2), [(1, 1)]);
    }

    #[test]
    fn a_session_over_midnight_begins_once_and_its_time_belongs_to_the_later_event() {
        let log = events(&[("a", DAY - 60, "edit"), ("a", DAY + 240, "edit")]);
        let activity = roll_up(&log, &[], &rules()).unwrap();
        let [before, after] = activity.of(0) else {
            panic!("two days")
        };
        assert_eq!((before.n_sessions, before.seconds), (1, 0));
        assert_eq!((after.n_sessions, after.seconds), (0, 300));
    }

    #[test]
    fn local_days_follow_the_zone() {
        let rules = Rules {
            zone: TimeZone::get("America/New_York").unwrap(),
            ..rules()
        };
        let activity =
            roll_up(&events(&[("a", 20_000 * DAY + 3600, "edit")]), &[], &rules).unwrap();
        assert_eq!(activity.of(0)[0].day, Day(19_999));
        assert_eq!(activity.of(0)[0].hours, 1 << 21); // 01:00 UTC is 21:00 in October
    }

    #[test]
    fn events_of_the_future_are_counted_and_left_out() {
        let rules = Rules {
            now: 5 * DAY * MICROS_PER_SECOND,
            ..rules()
        };
        let activity = roll_up(
            &events(&[("a", DAY, "edit"), ("a", 5 * DAY, "edit")]),
            &[],
            &rules,
        )
        .unwrap();
        assert_eq!((activity.n_future, activity.rows.len()), (1, 1));
    }

    #[test]
    fn values_that_overflow_are_refused_and_not_wrapped() {
        let mut log = events(&[("a", DAY, "buy"), ("a", DAY + 1, "buy")]);
        log.value = vec![Some(i64::MAX), Some(1)];
        assert!(matches!(
            roll_up(&log, &[], &rules()),
            Err(Error::Limit { .. })
        ));
    }

    fn any_log() -> impl Strategy<Value = Vec<(u8, i64, u8)>> {
        prop::collection::vec((0_u8..4, 0_i64..6 * DAY, 0_u8..3), 0..60)
    }

    fn named(rows: &[(u8, i64, u8)]) -> Events {
        let names = ["edit", "login", "share"];
        let ids = ["w", "x", "y", "z"];
        let rows: Vec<_> = rows
            .iter()
            .map(|&(c, at, e)| (ids[usize::from(c)], at, names[usize::from(e)]))
            .collect();
        events(&rows)
    }

    proptest! {
        #[test]
        fn the_order_of_rows_does_not_matter(rows in any_log(), seed in any::<u64>()) {
            let mut shuffled = rows.clone();
            shuffled.sort_by_key(|&(c, at, e)| blake3::hash(&[&seed.to_le_bytes()[..], &at.to_le_bytes(), &[c, e]].concat()).as_bytes()[0]);
            prop_assert_eq!(roll_up(&named(&rows), &[], &rules()).unwrap(), roll_up(&named(&shuffled), &[], &rules()).unwrap());
        }

        #[test]
        fn every_event_is_used_or_a_duplicate(rows in any_log()) {
            let activity = roll_up(&named(&rows), &[], &rules()).unwrap();
            let used: u64 = activity.rows.iter().map(|row| u64::from(row.n_events)).sum();
            let by_event: u64 = activity.event_counts.iter().map(|&(_, n)| u64::from(n)).sum();
            prop_assert_eq!(used + activity.n_duplicates, rows.len() as u64);
            prop_assert_eq!(by_event, used);
        }

        #[test]
        fn a_day_knows_nothing_of_later_days(rows in any_log(), cut in 0_i32..6) {
            let all = roll_up(&named(&rows), &[], &rules()).unwrap();
            let past: Vec<_> = rows.iter().copied().filter(|&(_, at, _)| at < i64::from(cut) * DAY).collect();
            let past = roll_up(&named(&past), &[], &rules()).unwrap();
            for (c, id) in past.ids.iter().enumerate() {
                let in_all = all.ids.iter().position(|known| known == id).unwrap();
                let expected: Vec<_> = all.of(in_all).iter().filter(|row| row.day < Day(cut)).copied().collect();
                prop_assert_eq!(past.of(c), &expected[..]);
            }
        }
    }
}
