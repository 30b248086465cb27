//! Events, customers and outcomes: files in, typed rows and rejects out.
//!
//! Three readers (delimited text, NDJSON, Parquet) hand rows of mapped cells to one place that types them.
//! A row that cannot be typed becomes a [`Reject`] with file, line and reason; a file that cannot be read as a
//! whole is an error. Nothing is guessed: units, zones and formats come from the configuration.

mod blanks;
mod build;
mod cells;
mod customers;
mod decompress;
mod delimited;
mod file;
mod instant;
mod lines;
mod ndjson;
mod notes;
mod parquet;
mod quoted;
mod read;
mod sniff;
mod sources;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::time::Day;

pub use read::read;
pub use sniff::{Proposal, sniff};

/// A row that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// Index into the list of input files.
    pub file: usize,
    /// 1-based line of a text file or row of a Parquet file.
    pub line: u64,
    /// Column at fault, as named in the file; empty if the whole row is.
    pub column: String,
    /// Stable slug such as `bad-timestamp`.
    pub reason: &'static str,
    /// What was found, shortened and escaped.
    pub detail: String,
}

/// An input file as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputFile {
    /// Path as it resolved.
    #[serde(serialize_with = "crate::files::path_as_text")]
    pub path: PathBuf,
    /// `events`, `customers` or `outcomes`.
    pub kind: &'static str,
    /// Size in bytes.
    pub bytes: u64,
    /// Checksum of the bytes as they lie on disk, `b3:` and hex.
    pub blake3: String,
    /// Data rows read.
    pub n_rows: u64,
    /// Rows rejected.
    pub n_rejected: u64,
}

/// Typed events, one entry per usable row, in file order. Struct of arrays; all columns have the same length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Events {
    /// Customer ids in order of first appearance.
    pub customers: Vec<String>,
    /// Event names in order of first appearance.
    pub names: Vec<String>,
    /// Index into `customers`.
    pub customer: Vec<u32>,
    /// Instant in microseconds since 1970 UTC.
    pub at: Vec<i64>,
    /// Index into `names`.
    pub name: Vec<u16>,
    /// Value in millionths of its unit and whether there is one; empty if the column is not mapped.
    pub value: Vec<Option<i64>>,
    /// Duration in whole seconds (0 if unknown); empty if the column is not mapped.
    pub seconds: Vec<u32>,
    /// 64-bit fingerprint of the mapped platform and id cells, which only tell duplicates apart; empty if
    /// neither is mapped.
    pub fingerprint: Vec<u64>,
}

/// The roster: one entry per customer, sorted by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Customers {
    /// Customer ids.
    pub ids: Vec<String>,
    /// Local day of sign-up.
    pub signed_up: Vec<Option<Day>>,
    /// Account.
    pub account: Vec<Option<String>>,
    /// Plan or tier.
    pub plan: Vec<Option<String>>,
    /// Monthly recurring revenue in millionths.
    pub mrr: Vec<Option<i64>>,
    /// E-mail address.
    pub email: Vec<Option<String>>,
}

/// Dated cancellations by customer id.
pub type Outcomes = BTreeMap<String, Day>;

/// Everything that was read, with the account of what was not.
#[derive(Clone, Debug, Default)]
pub struct Intake {
    /// Usable events.
    pub events: Events,
    /// Roster, if mapped.
    pub customers: Option<Customers>,
    /// Cancellations, if mapped.
    pub outcomes: Option<Outcomes>,
    /// Files, sorted by kind and path.
    pub files: Vec<InputFile>,
    /// Rejected rows, sorted by file and line.
    pub rejects: Vec<Reject>,
    /// Things worth knowing that are no reason to stop, as sentences.
    pub notes: Vec<String>,
}

impl Intake {
    /// Share of the rows of event files that were rejected; 0 if there are none.
    #[must_use]
    pub fn reject_share(&self) -> f64 {
        let events = || self.files.iter().filter(|file| file.kind == "events");
        let n_rows: u64 = events().map(|file| file.n_rows).sum();
        let n_rejected: u64 = events().map(|file| file.n_rejected).sum();
        if n_rows == 0 {
            return 0.0;
        }
        n_rejected as f64 / n_rows as f64
    }
}
