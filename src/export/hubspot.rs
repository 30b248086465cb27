//! HubSpot's contact import: customers are matched by e-mail.

use std::collections::HashSet;

use super::parts::Limits;
use super::row::{CrmRow, HUBSPOT_COLUMNS};
use super::{Exported, Table};
use crate::config::schema::ExportTarget;
use crate::error::Result;
use crate::files::AtomicDir;
use crate::model::Label;

/// Writes `hubspot.csv` with a row for every customer that has an e-mail address of its own.
///
/// Of customers who share an address none is written: the contact would get whichever label comes last.
pub(super) fn csv(labels: &[Label], dir: &AtomicDir, limits: Limits) -> Result<Exported> {
    let mut table = Table::create(
        ExportTarget::Hubspot,
        "hubspot",
        &HUBSPOT_COLUMNS,
        limits,
        dir,
    )?;
    let shared = shared_addresses(labels);
    let mut n_without_email = 0;
    for label in labels {
        let Some(email) = email_of(label) else {
            n_without_email += 1;
            continue;
        };
        if shared.contains(&key(email)) {
            table.reject(label, "email", "duplicate-email");
        } else if !is_address(email) {
            table.reject(label, "email", "not-an-email");
        } else {
            table.write(label, &CrmRow::new(label)?.hubspot_cells(email)?)?;
        }
    }
    table.finish(n_without_email)
}

fn email_of(label: &Label) -> Option<&str> {
    label.email.as_deref().filter(|e| !e.trim().is_empty())
}

/// What HubSpot takes to be the same address.
fn key(email: &str) -> String {
    email.trim().to_lowercase()
}

fn shared_addresses(labels: &[Label]) -> HashSet<String> {
    let mut seen = HashSet::new();
    let mut shared = HashSet::new();
    for email in labels.iter().filter_map(email_of).map(key) {
        if seen.contains(&email) {
            shared.insert(email);
        } else {
            seen.insert(email);
        }
    }
    shared
}

/// Whether `email` has the outer form of an address; the rest is the receiver's to judge.
fn is_address(email: &str) -> bool {
    let parts = email.split_once('@');
    parts.is_some_and(|(who, host)| !who.is_empty() && !host.is_empty() && !host.contains('@'))
        && !email.contains(char::is_whitespace)
}
