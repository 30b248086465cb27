//! The small files beside the log: roster, cancellations, truth.

use std::io;
use std::path::Path;

use super::settings::Settings;
use super::taxonomy::EVENTS;
use super::truth::Truth;
use crate::error::Result;
use crate::files::{AtomicFile, Written};
use crate::time::Day;

pub(super) const CUSTOMERS: &str = "customers.csv";
pub(super) const OUTCOMES: &str = "outcomes.csv";
pub(super) const TRUTH: &str = "truth.csv";

/// Writes the roster, as it is known at the end of the log.
pub(super) fn customers(dir: &Path, population: &[Truth]) -> Result<Written> {
    let header = [
        "customer_id",
        "account_id",
        "signed_up_at",
        "plan",
        "mrr",
        "email",
        "timezone",
    ];
    let rows = population.iter().map(|customer| {
        let (id, account) = (customer.customer_id(), customer.account_id());
        let email = format!("{id}@{account}.example");
        [
            id,
            account,
            customer.signed_up.to_string(),
            customer.plan.name().into(),
            customer.plan.price().to_string(),
            email,
            customer.timezone().into(),
        ]
    });
    write(&dir.join(CUSTOMERS), header, rows)
}

/// Writes the cancellations dated within the log.
pub(super) fn outcomes(dir: &Path, population: &[Truth], settings: &Settings) -> Result<Written> {
    let end = settings.period().end;
    let rows = population.iter().filter_map(|customer| {
        let cancelled = customer.cancelled.filter(|&day| day < end)?;
        Some([customer.customer_id(), cancelled.to_string()])
    });
    write(&dir.join(OUTCOMES), ["customer_id", "churned_at"], rows)
}

/// Writes what is planted.
pub(super) fn truth(dir: &Path, population: &[Truth]) -> Result<Written> {
    let header = [
        "customer_id",
        "archetype",
        "rhythm",
        "daily_rate",
        "sessions_per_active_day",
        "actions_per_session",
        "favourite",
        "hazard_per_day",
        "signed_up_at",
        "turns_at",
        "churned_at_day",
        "cancelled_at",
        "activated_at",
        "invited_at",
        "exported_at",
    ];
    let rows = population.iter().map(|customer| {
        let [activated, invited, exported] = customer.milestones.map(date);
        [
            customer.customer_id(),
            customer.archetype.name().into(),
            customer.rhythm.name().into(),
            customer.daily_rate.to_string(),
            customer.sessions.to_string(),
            customer.actions.to_string(),
            customer
                .favourite
                .map_or_else(String::new, |code| EVENTS[usize::from(code)].into()),
            customer.hazard.to_string(),
            customer.signed_up.to_string(),
            date(customer.turns),
            date(customer.churned),
            date(customer.cancelled),
            activated,
            invited,
            exported,
        ]
    });
    write(&dir.join(TRUTH), header, rows)
}

fn date(day: Option<Day>) -> String {
    day.map_or_else(String::new, |day| day.to_string())
}

fn write<const N: usize>(
    path: &Path,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<Written> {
    let mut file = AtomicFile::create(path)?;
    write_csv(&mut file, header, rows).map_err(|cause| file.cannot_write(cause))?;
    file.commit()
}

fn write_csv<const N: usize>(
    file: &mut AtomicFile,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(file);
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(&row)?;
    }
    writer.flush()
}
