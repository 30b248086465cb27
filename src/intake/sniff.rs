//! A first `habitus.toml` from an event log: looks at the first thousand rows, guesses what each column is, then
//! reads the instants of the whole file once to propose windows.
//!
//! This is the one place that guesses; [`read`](super::read()) never does.

mod guess;
mod proposal;
mod sample;

use std::path::Path;

use jiff::tz::TimeZone;
use rustc_hash::FxHashSet;

use super::InputFile;
use super::cells::{Fault, Nulls, Record};
use super::file::read_file;
use super::instant::Instants;
use super::ndjson::Keys;
use super::sources::Progress;
use super::table::{Kind, Layout, Rows, Sink, Want, list};
use crate::config::{IntakeSection, TimeFormat};
use crate::error::{Error, Result};
use crate::time::{Day, LocalClock};

pub use proposal::Proposal;

/// Proposes a project file for the event log at `path`.
///
/// # Errors
/// A file without a column of times or of customers (`input/no-time-column`, `input/no-customer-column`), and those of
/// reading it.
pub fn sniff(path: &Path) -> Result<Proposal> {
    let sample = sample::of(path)?;
    let names = || {
        list(
            &sample
                .columns
                .iter()
                .map(|c| c.column.to_string())
                .collect::<Vec<_>>(),
        )
    };
    let Some(roles) = guess::roles(&sample) else {
        let message = "no column holds times, so this is no event log";
        return Err(
            Error::input("input/no-time-column", path, message).with_help(format!(
                "an event log has one row per event, with who and when; the columns are: {}",
                names()
            )),
        );
    };
    let Some(customer) = roles.customer else {
        let message = "no column could be the customer";
        return Err(
            Error::input("input/no-customer-column", path, message).with_help(format!(
                "write habitus.toml by hand; the columns are: {}",
                names()
            )),
        );
    };
    let limits = IntakeSection::default();
    let want = |key, index: usize, kind| Want {
        key,
        column: sample.columns[index].column.clone(),
        kind,
    };
    let layout = Layout {
        section: "events",
        format: sample.format,
        delimiter: sample.delimiter,
        header: sample.header,
        wants: vec![
            want("customer", customer, Kind::Text),
            want("at", roles.at, Kind::Instant),
        ],
        max_line_bytes: limits.max_line_bytes,
    };
    let format = TimeFormat::from(roles.time_format.to_owned());
    let mut span = Span {
        nulls: Nulls::new(&limits.null_values),
        instants: Instants::new(&format, TimeZone::UTC, "events.time_format")?,
        customers: FxHashSet::default(),
        scratch: String::new(),
        n_events: 0,
        range: None,
    };
    let (mut file, mut rejects) = (InputFile::unread(path, "events"), Vec::new());
    let mut rows = Rows::new(&mut span, 0, &mut file, &mut rejects, &layout);
    read_file(
        path,
        &layout,
        None,
        &Progress::new(&|_, _| {}, 0),
        &mut Keys::new(&layout),
        &mut rows,
    )?;
    Ok(Proposal::new(path, &sample, &roles, customer, &span))
}

/// What the whole file says that its head does not.
struct Span {
    nulls: Nulls,
    instants: Instants,
    customers: FxHashSet<String>,
    scratch: String,
    n_events: u64,
    /// First and last instant, in microseconds.
    range: Option<(i64, i64)>,
}

impl Span {
    /// First and last day, in UTC.
    fn days(&self) -> Option<(Day, Day)> {
        let mut clock = LocalClock::new(TimeZone::UTC);
        self.range
            .map(|(first, last)| (clock.day_and_hour(first).0, clock.day_and_hour(last).0))
    }
}

impl Sink for Span {
    fn row(&mut self, record: &impl Record) -> Result<Option<Fault>> {
        let at = match self.instants.read(record.cell(1), &self.nulls) {
            Ok(Some(at)) => at,
            Ok(None) => return Ok(None),
            Err(fault) => return Ok(Some(fault)),
        };
        if let Ok(Some(customer)) = self.nulls.text(record.cell(0), &mut self.scratch)
            && !self.customers.contains(customer)
        {
            self.customers.insert(customer.to_owned());
        }
        self.n_events += 1;
        let (first, last) = self.range.unwrap_or((at, at));
        self.range = Some((first.min(at), last.max(at)));
        Ok(None)
    }
}
