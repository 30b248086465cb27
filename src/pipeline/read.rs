//! Files to activity, with the account of every row.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::tz::TimeZone;

use super::{Clock, Watch};
use crate::activity::people::People;
use crate::activity::rollup::{Rules, roll_up};
use crate::activity::{Activity, witness};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::files;
use crate::intake::{self, Events, Intake};
use crate::report::DataQuality;
use crate::time::{Day, MICROS_PER_SECOND};

/// Everything later stages need of the input files.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// What was read; its events are gone into `activity`.
    pub intake: Intake,
    /// Usage by customer and day.
    pub activity: Activity,
    /// Attributes of customers.
    pub people: People,
    /// Raw events of a sample of customers, for the leakage proof.
    pub witnesses: Events,
    /// How events were rolled up.
    pub rules: Rules,
    /// First day after the last complete one.
    pub data_end: Day,
    /// First day with events.
    pub data_start: Day,
}

/// Rules of the rollup as a configuration states them.
///
/// # Errors
/// [`Error::Config`] for an unknown time zone.
pub fn rollup_rules(config: &Config, clock: &Clock) -> Result<Rules> {
    let zone = TimeZone::get(&config.product.timezone).map_err(|e| {
        Error::config(format!("product.timezone: {e}"))
            .with_help("use an IANA name such as Europe/Berlin")
    })?;
    Ok(Rules {
        zone,
        session_gap: i64::from(config.events.session_gap_minutes) * 60 * MICROS_PER_SECOND,
        bands: config.features.hour_bands,
        dedup: config.events.dedup,
        not_meaningful: config
            .events
            .not_meaningful
            .iter()
            .cloned()
            .collect::<BTreeSet<_>>(),
        now: clock.now,
    })
}

/// Reads the files that `config` names and rolls their events up as `definitions` (the configuration itself,
/// or that of the model that will score) say.
///
/// # Errors
/// Those of intake; [`Error::Limit`] if more rows are bad than `intake.max_reject_share` allows;
/// [`Error::Input`] if no event can be used.
pub fn read(
    config: &Config,
    definitions: &Config,
    base: &Path,
    clock: &Clock,
    watch: &dyn Watch,
) -> Result<Inputs> {
    watch.stage("read");
    let mut intake = intake::read(config, base, &|done, total| watch.read(done, total))?;
    refuse_too_many_rejects(&intake, config, base)?;
    watch.stage("activity");
    let rules = rollup_rules(definitions, clock)?;
    let roster = intake
        .customers
        .as_ref()
        .map_or(&[][..], |customers| &customers.ids);
    let activity = roll_up(&intake.events, roster, &rules)?;
    let witnesses = witness::sample(&intake.events);
    intake.events = Events::default();
    let people = People::new(
        &activity,
        intake.customers.as_ref(),
        intake.outcomes.as_ref(),
    );
    let (Some(data_end), Some(&(data_start, ..))) =
        (activity.data_end(), activity.volume().first())
    else {
        let path = intake
            .files
            .first()
            .map(|file| file.path.clone())
            .unwrap_or_default();
        let message = format!("no usable event in the input{}", why(&intake, &activity));
        return Err(Error::input("input/no-events", path, message)
            .with_help("mend the mapping in habitus.toml or the files"));
    };
    Ok(Inputs {
        intake,
        activity,
        people,
        witnesses,
        rules,
        data_end,
        data_start,
    })
}

fn refuse_too_many_rejects(intake: &Intake, config: &Config, base: &Path) -> Result<()> {
    let share = intake.reject_share();
    if share <= config.intake.max_reject_share {
        return Ok(());
    }
    let rejects = base.join(&config.output.reports).join("rejects.csv");
    files::write_atomic(&rejects, &super::outputs::rejects_csv(intake)?)?;
    Err(Error::TooManyRejects {
        share,
        max: config.intake.max_reject_share,
        reasons: reasons(intake).join(", "),
        rejects,
    })
}

/// Rejects by reason, in words.
fn reasons(intake: &Intake) -> Vec<String> {
    by_reason(intake)
        .into_iter()
        .map(|(_, reason, n)| format!("{n} {reason}"))
        .collect()
}

/// Why no event is left, if any was read.
fn why(intake: &Intake, activity: &Activity) -> String {
    let mut why = reasons(intake);
    if activity.n_future > 0 {
        why.push(format!("{} in the future", activity.n_future));
    }
    match why.len() {
        0 => String::new(),
        _ => format!(": {}", why.join(", ")),
    }
}

/// Rejects by kind of file and reason, the commonest first.
#[must_use]
pub fn by_reason(intake: &Intake) -> Vec<(String, String, u64)> {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for reject in &intake.rejects {
        let kind = intake.files.get(reject.file).map_or("", |file| file.kind);
        *counts.entry((kind, reject.reason)).or_default() += 1;
    }
    let mut rows: Vec<_> = counts
        .into_iter()
        .map(|((kind, reason), n)| (kind.into(), reason.into(), n))
        .collect();
    rows.sort_by_key(|&(_, _, n)| std::cmp::Reverse(n));
    rows
}

impl Inputs {
    /// Events that were used: all but duplicates and those of the future.
    #[must_use]
    pub fn n_used(&self) -> u64 {
        self.activity
            .rows
            .iter()
            .map(|row| u64::from(row.n_events))
            .sum()
    }

    /// The account of the rows.
    #[must_use]
    pub fn data_quality(&self) -> DataQuality {
        let event_files = || {
            self.intake
                .files
                .iter()
                .filter(|file| file.kind == "events")
        };
        let n_customers = self.activity.n_customers();
        let mut notes = self.intake.notes.clone();
        if self.activity.n_future > 0 {
            notes.push(format!(
                "{} events lie in the future and were left out",
                self.activity.n_future
            ));
        }
        let last_day = self.activity.volume().last().map(|&(day, ..)| day);
        if last_day.is_some_and(|last| last >= self.data_end) {
            notes.push(format!(
                "the last day, {}, looks incomplete (less than half the usual events of its weekday): \
                 outcomes are read up to the day before",
                self.data_end
            ));
        }
        DataQuality {
            files: self.intake.files.clone(),
            n_event_rows: event_files().map(|file| file.n_rows).sum(),
            n_rejected: event_files().map(|file| file.n_rejected).sum(),
            n_duplicates: self.activity.n_duplicates,
            n_future: self.activity.n_future,
            n_used: self.n_used(),
            rejects_by_reason: by_reason(&self.intake),
            n_customers,
            n_without_events: (0..n_customers)
                .filter(|&c| self.activity.of(c).is_empty())
                .count(),
            first_day: Some(self.data_start),
            last_day,
            data_end: Some(self.data_end),
            notes,
        }
    }
}
