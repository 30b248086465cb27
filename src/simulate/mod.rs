//! A synthetic product with planted truth: a log to try habitus on, and to prove it on.
//!
//! [`run`] writes event files, a roster, cancellations and `truth.csv`; [`population`] gives the same truth
//! without writing. Nothing depends on the number of threads: every customer and day draws from a stream of
//! its own, keyed by the seed.
//!
//! # The process
//!
//! All days are UTC days. Customer *c* of archetype *a* ([`Parameters`] has the figures of each):
//!
//! ```text
//! sign-up      up to 540 days before the log, for a quarter of power, habitual, casual, single_feature and
//!              non_user in its first third instead, for new in its last 28 days
//! turn         of declining 65 to 95 days before the end of the log, of dormant on any of its days but the last 60
//! daily_rate   p_c: its odds are lognormal around those of a (sigma 0.3)
//! active       on day d with probability p_c * weight_c(weekday of d) * trend_c(d), each day for itself
//! trend        1, or from the planted turn on: halving every 16 days down to 1/20 (declining), 1/200 (dormant)
//! churn        at the constant hazard h_a on every day of the log from sign-up on; no event on that day or later
//! milestones   on an active day before milestone m, m is reached with probability q_am; before the log
//!              likewise, with the mean daily rate and no events
//! sessions     1 + geometric per active day, the mean per archetype; each begins with `login`
//! actions      1 + geometric per session, the mean lognormal around that of a (sigma 0.2); by the mix of a,
//!              or, for single_feature, the personal favourite with 92 %
//! page views   before an action with probability 1/5
//! instants     a session begins at the personal local hour plus a triangular error of at most 6 hours, taken
//!              modulo the UTC day; an action takes 5 s and 55 s on average more
//! ```
//!
//! So every active day has at least one meaningful event ([`NOT_MEANINGFUL`] names the others), and
//! [`Truth::activity_probability`] with [`Truth::hazard`] is all there is to know about a customer's usage:
//! the best possible prediction at a cutoff follows from them and the day of the last event. (It knows the
//! planted turns, which says nothing of the future at cutoffs in the last 60 days: all are behind.) Milestone
//! events happen on the milestone's day first; drawn earlier, they become `view_doc`.
//!
//! An account has geometrically many seats, one plan and one time zone. A churned seat of a paying plan is
//! cancelled 1 to 30 days later. `outcomes.csv` has the cancellations that fall within the log.
//!
//! # Testing
//!
//! Determinism, the planted rates, hazards, milestones and faults are tested on small populations at fixed
//! seeds, and so is that the stated process predicts its own silence. That archetypes differ as real
//! customers do is assumed.

mod archetype;
mod days;
mod log;
#[cfg(test)]
pub(crate) mod oracle;
mod population;
mod random;
mod settings;
mod tables;
mod taxonomy;
#[cfg(test)]
mod tests;
mod trouble;
mod truth;

use std::path::Path;

use serde::Serialize;

pub use archetype::{Archetype, Parameters};
pub use population::population;
pub use settings::{Format, Settings, Trouble};
pub use taxonomy::{EVENTS, NOT_MEANINGFUL, UNKNOWN_EVENTS};
pub use trouble::ExtraRows;
pub use truth::{Milestone, Plan, Rhythm, Truth};

use crate::error::{Error, Result};
use crate::files::{AtomicDir, FileWriter, Written};
use crate::time::{Day, Window};
use days::Days;

const EVENTS_DIR: &str = "events";

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Simulated {
    /// Event files in the order of time, then roster, cancellations and truth.
    pub files: Vec<Written>,
    /// Rows of all event files, extra rows included.
    pub n_events: u64,
    /// Those of them that are not of the clean log.
    pub extra_rows: ExtraRows,
    /// Customers on the roster.
    pub n_customers: usize,
    /// Customers that churned within the log.
    pub n_churned: usize,
}

/// Writes a synthetic product into `dir`, which is made if missing:
/// `events/events-YYYY-MM.parquet` (or `.csv`) for each month, `customers.csv`, `outcomes.csv` and `truth.csv`.
///
/// `progress` is told the share done after each day. The same settings give the same bytes.
///
/// # Errors
/// [`Error::Config`] if the settings make no sense or one of the targets exists already: nothing is
/// overwritten. [`Error::Io`] if the file system refuses.
pub fn run(settings: &Settings, dir: &Path, progress: &dyn Fn(f64)) -> Result<Simulated> {
    settings.check()?;
    refuse_overwriting(dir)?;
    let population = population(settings);
    let mut log = Log::new(settings, &population, progress)?;
    let mut folder = AtomicDir::create(dir)?;
    let mut files = months(settings.period())
        .into_iter()
        .map(|month| {
            let mut written = log.write_month(&folder, month)?;
            written.path = dir.join(EVENTS_DIR).join(written.path);
            Ok(written)
        })
        .collect::<Result<Vec<_>>>()?;
    if !folder.commit_new(EVENTS_DIR)? {
        return Err(exists(&dir.join(EVENTS_DIR)));
    }
    files.push(tables::customers(dir, &population)?);
    files.push(tables::outcomes(dir, &population, settings)?);
    files.push(tables::truth(dir, &population)?);
    Ok(Simulated {
        files,
        n_events: log.n_events,
        extra_rows: log.extra_rows,
        n_customers: population.len(),
        n_churned: population.iter().filter(|c| c.churned.is_some()).count(),
    })
}

fn refuse_overwriting(dir: &Path) -> Result<()> {
    let targets = [
        EVENTS_DIR,
        tables::CUSTOMERS,
        tables::OUTCOMES,
        tables::TRUTH,
    ];
    let taken = targets
        .iter()
        .map(|name| dir.join(name))
        .find(|path| path.exists());
    taken.map_or(Ok(()), |path| Err(exists(&path)))
}

fn exists(path: &Path) -> Error {
    Error::config(format!("{} exists already", path.display()))
        .with_help("choose an empty folder, or remove what is there")
}

/// The calendar months of a period, the first and last of them cut to it.
fn months(period: Window) -> Vec<Window> {
    let mut months = Vec::new();
    let mut start = period.start;
    while start < period.end {
        let last = Day::from_date(start.date().last_of_month());
        let end = (last + 1).min(period.end);
        months.push(Window { start, end });
        start = end;
    }
    months
}

/// Writes the log and keeps count.
struct Log<'a> {
    settings: &'a Settings,
    days: Days<'a>,
    ids: Vec<String>,
    progress: &'a dyn Fn(f64),
    n_events: u64,
    extra_rows: ExtraRows,
}

impl<'a> Log<'a> {
    fn new(
        settings: &'a Settings,
        population: &'a [Truth],
        progress: &'a dyn Fn(f64),
    ) -> Result<Self> {
        Ok(Self {
            settings,
            days: Days::new(settings.seed, population)?,
            ids: population.iter().map(Truth::customer_id).collect(),
            progress,
            n_events: 0,
            extra_rows: ExtraRows::default(),
        })
    }

    fn write_month(&mut self, folder: &AtomicDir, month: Window) -> Result<Written> {
        let extension = match self.settings.format {
            Format::Parquet => "parquet",
            Format::Csv => "csv",
        };
        let name = format!(
            "events-{}.{extension}",
            month.start.date().strftime("%Y-%m")
        );
        let mut file = folder.file(&name)?;
        self.write_days(&mut file, month)
            .map_err(|cause| file.cannot_write(cause))?;
        file.finish()
    }

    fn write_days(&mut self, file: &mut FileWriter, month: Window) -> std::io::Result<()> {
        let mut rows = log::rows(self.settings.format, file, &self.ids)?;
        for day in (month.start.0..month.end.0).map(Day) {
            let clean = self.days.events(day);
            let events = trouble::plant(self.settings, day, clean, &mut self.extra_rows);
            rows.push(day, &events)?;
            self.n_events += events.len() as u64;
            let done = day - self.settings.start + 1;
            (self.progress)(f64::from(done) / f64::from(self.settings.days));
        }
        rows.finish()
    }
}
