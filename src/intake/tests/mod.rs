//! Faults by their ids in the catalogue, through [`read`] on files of the test's own.

mod files;
mod formats;
mod sniff;
mod values;

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{Intake, Reject, read};
use crate::config::Config;
use crate::error::{Error, Result};

/// A folder with files in it, and what `[events]` says about them.
struct Case {
    folder: TempDir,
    config: String,
}

/// Columns by name, as most cases have them.
const NAMED: &str = "columns = { customer = \"user\", at = \"ts\", event = \"what\" }";

impl Case {
    /// One file of events.
    fn new(name: &str, content: impl AsRef<[u8]>, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = format!("[events]\npaths = [\"{name}\"]\n{settings}\n");
        Self { folder, config }.with(name, content)
    }

    /// One CSV file of `user,ts,what`.
    fn csv(content: impl AsRef<[u8]>) -> Self {
        Self::new("events.csv", content, NAMED)
    }

    /// One NDJSON file of `user`, `ts` and `what`.
    fn ndjson(content: impl AsRef<[u8]>) -> Self {
        Self::new("events.ndjson", content, NAMED)
    }

    /// The same with another file.
    #[expect(clippy::disallowed_methods, reason = "tests make their own inputs")]
    fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(name), content).unwrap();
        self
    }

    /// The same with more configuration.
    fn and(mut self, config: &str) -> Self {
        self.config.push_str(config);
        self.config.push('\n');
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> Config {
        toml::from_str(&self.config).unwrap()
    }

    fn read(&self) -> Result<Intake> {
        read(&self.config(), self.folder.path(), &|_, _| {})
    }

    fn ok(&self) -> Intake {
        let intake = self.read().unwrap();
        check_account(&intake);
        intake
    }

    fn refused(&self) -> Error {
        self.read().unwrap_err()
    }

    /// Usable rows and rejects.
    fn rows(&self) -> (Vec<Row>, Vec<(u64, &'static str)>) {
        let intake = self.ok();
        let rejects = intake
            .rejects
            .iter()
            .map(|reject| (reject.line, reject.reason))
            .collect();
        (rows(&intake), rejects)
    }
}

/// Customer, seconds since 2024-06-01 UTC, event.
type Row = (String, i64, String);

fn rows(intake: &Intake) -> Vec<Row> {
    let events = &intake.events;
    (0..events.at.len())
        .map(|i| {
            let customer = &events.customers[usize::try_from(events.customer[i]).unwrap()];
            let name = &events.names[usize::from(events.name[i])];
            let second = events.at[i].div_euclid(1_000_000) - 1_717_200_000;
            (customer.clone(), second, name.clone())
        })
        .collect()
}

fn row(customer: &str, second: i64, event: &str) -> Row {
    (customer.into(), second, event.into())
}

/// Every row is used or rejected, columns have one length, rejects are in order.
fn check_account(intake: &Intake) {
    let sum = |pick: fn(&super::InputFile) -> u64, kind: &str| -> u64 {
        intake
            .files
            .iter()
            .filter(|file| file.kind == kind)
            .map(pick)
            .sum()
    };
    let events = &intake.events;
    let n = events.at.len();
    let used = sum(|f| f.n_rows, "events") - sum(|f| f.n_rejected, "events");
    assert_eq!(u64::try_from(n).unwrap(), used);
    assert_eq!([events.customer.len(), events.name.len()], [n, n]);
    for length in [
        events.value.len(),
        events.seconds.len(),
        events.fingerprint.len(),
    ] {
        assert!(length == 0 || length == n);
    }
    let n_rejected: u64 = intake.files.iter().map(|file| file.n_rejected).sum();
    assert_eq!(u64::try_from(intake.rejects.len()).unwrap(), n_rejected);
    let order = |reject: &Reject| (reject.file, reject.line);
    assert!(intake.rejects.is_sorted_by_key(order));
}

fn help(error: &Error) -> &str {
    error.help().unwrap_or_default()
}
