//! `run.json`: what a run read, did and wrote. The only output, beside a version's manifest, that knows a clock.

use std::cell::RefCell;
use std::time::Instant;

use serde::Serialize;

use super::{Clock, Watch};
use crate::files::Written;
use crate::intake::InputFile;

/// The record of a run.
#[derive(Clone, Debug, Serialize)]
pub struct RunRecord {
    /// Version of this layout.
    pub schema_version: u32,
    /// The verb.
    pub command: &'static str,
    /// Version of the program.
    pub habitus_version: &'static str,
    /// When the run began, RFC 3339.
    pub created_at: String,
    /// Checksum of the project file.
    pub config_blake3: String,
    /// Seed of every random number.
    pub seed: u64,
    /// Input files with size, checksum and rows.
    pub inputs: Vec<InputFile>,
    /// Rows and customers by stage.
    pub counts: Counts,
    /// Stages in order, with their seconds.
    pub stages: Vec<Stage>,
    /// Largest memory the process has used, in bytes; `None` where the system does not tell.
    pub peak_memory_bytes: Option<u64>,
    /// Version number and content id of the model that labelled.
    pub model: Option<(String, String)>,
    /// Output files with size and checksum.
    pub outputs: Vec<Written>,
}

/// Rows and customers by stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Event rows read.
    pub event_rows: u64,
    /// Of them rejected.
    pub rejected: u64,
    /// Of them duplicates.
    pub duplicates: u64,
    /// Of them in the future.
    pub future: u64,
    /// Of them used.
    pub used: u64,
    /// Customers.
    pub customers: u64,
    /// Customers labelled.
    pub labels: u64,
}

/// A stage and how long it took.
#[derive(Clone, Debug, Serialize)]
pub struct Stage {
    /// Its name.
    pub name: &'static str,
    /// Seconds.
    pub seconds: f64,
}

/// Times the stages and passes everything on to another watch.
pub struct Stopwatch<'a> {
    next: &'a dyn Watch,
    stages: RefCell<Vec<(&'static str, Instant)>>,
}

impl std::fmt::Debug for Stopwatch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stopwatch")
            .field("stages", &self.stages)
            .finish_non_exhaustive()
    }
}

impl<'a> Stopwatch<'a> {
    /// A stopwatch in front of `next`.
    #[must_use]
    pub fn new(next: &'a dyn Watch) -> Self {
        Self {
            next,
            stages: RefCell::default(),
        }
    }

    /// Every stage so far with its seconds; the last one ends now.
    #[must_use]
    pub fn stages(&self) -> Vec<Stage> {
        let begun = self.stages.borrow();
        let ends = begun
            .iter()
            .skip(1)
            .map(|&(_, at)| at)
            .chain([Instant::now()]);
        begun
            .iter()
            .zip(ends)
            .map(|(&(name, at), end)| Stage {
                name,
                seconds: (end - at).as_secs_f64(),
            })
            .collect()
    }
}

impl Watch for Stopwatch<'_> {
    fn stage(&self, name: &'static str) {
        self.stages.borrow_mut().push((name, Instant::now()));
        self.next.stage(name);
    }

    fn read(&self, done: u64, total: u64) {
        self.next.read(done, total);
    }
}

/// Largest resident memory of this process so far, in bytes; known on Linux only.
#[must_use]
pub fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

impl Clock {
    /// The clock at an instant of microseconds since 1970.
    #[must_use]
    pub fn at(now: i64) -> Self {
        let text = jiff::Timestamp::from_microsecond(now)
            .map_or_else(|_| String::new(), |t| t.to_string());
        Self { now, text }
    }
}
