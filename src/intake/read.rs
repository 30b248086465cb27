//! From the configuration to everything that was read.

use std::path::Path;

use jiff::tz::TimeZone;

use super::build::{self, EventBuilder};
use super::cells::shown;
use super::customers::{CustomerBuilder, OutcomeBuilder, customer_layout, outcome_layout};
use super::file::read_file;
use super::instant::formats_of;
use super::ndjson::Keys;
use super::sources::{self, Progress, Source};
use super::table::{Layout, Rows, Sink};
use super::{InputFile, Intake, Reject, notes};
use crate::config::{Config, TimeFormat};
use crate::error::{Error, Result};

/// Share of unusable times from which a file is refused if another format would read them.
const WRONG_FORMAT_SHARE: f64 = 0.9;
/// Unusable times that are tried in other formats.
const SAMPLES: usize = 100;

/// Reads all files that the configuration names, relative to `base`; `progress` is told the bytes read so far and in
/// all.
///
/// A bad row is a [`Reject`], however many there are: the limit is for the caller to apply (see
/// [`Intake::reject_share`]).
///
/// # Errors
/// Files that cannot be read as a whole ([`Error::Input`], [`Error::Limit`], [`Error::Io`]), and keys that contradict
/// each other or the files ([`Error::Config`]).
pub fn read(config: &Config, base: &Path, progress: &dyn Fn(u64, u64)) -> Result<Intake> {
    let files = |paths: &[String], key| sources::find(paths, base, key);
    let roster = config
        .customers
        .as_ref()
        .map(|s| files(&s.paths, "customers.paths"))
        .transpose()?;
    let events = files(&config.events.paths, "events.paths")?;
    let outcomes = config
        .outcomes
        .as_ref()
        .map(|s| files(&s.paths, "outcomes.paths"))
        .transpose()?;
    let all = roster
        .iter()
        .flatten()
        .chain(&events)
        .chain(outcomes.iter().flatten());
    let progress = Progress::new(progress, all.map(|source| source.bytes).sum());

    let local = zone(&config.product.timezone, "product.timezone")?;
    let zone_of = |own: &Option<String>, key| match own {
        Some(name) => zone(name, key),
        None => Ok(local.clone()),
    };
    let limits = &config.intake;
    let mut reading = Reading {
        limit: limits.max_uncompressed_bytes,
        progress: &progress,
        intake: Intake::default(),
    };
    if let (Some(section), Some(files)) = (&config.customers, &roster) {
        let layout = customer_layout(section, limits);
        let zone = zone_of(&section.timezone, "customers.timezone")?;
        let mut builder = CustomerBuilder::new(section, &layout, limits, zone, local.clone())?;
        reading.section(&layout, &section.time_format, files, &mut builder)?;
        notes::of_times(
            "customers",
            builder.instants().counts(),
            &mut reading.intake.notes,
        );
        let customers = builder.finish(&layout, &mut reading.intake.notes, first(files, base))?;
        reading.intake.customers = Some(customers);
    }
    let layout = build::layout(&config.events, limits);
    let zone = zone_of(&config.events.timezone, "events.timezone")?;
    let mut builder = EventBuilder::new(&config.events, &layout, limits, zone)?;
    reading.section(&layout, &config.events.time_format, &events, &mut builder)?;
    reading.refuse_no_events(first(&events, base))?;
    notes::of_times(
        "events",
        builder.instants().counts(),
        &mut reading.intake.notes,
    );
    reading.intake.events = builder.finish();
    notes::of_ids(&reading.intake.events.customers, &mut reading.intake.notes);
    if let (Some(section), Some(files)) = (&config.outcomes, &outcomes) {
        let layout = outcome_layout(section, limits);
        let zone = zone_of(&section.timezone, "outcomes.timezone")?;
        let mut builder = OutcomeBuilder::new(section, limits, zone, local.clone())?;
        reading.section(&layout, &section.time_format, files, &mut builder)?;
        notes::of_times(
            "outcomes",
            builder.instants().counts(),
            &mut reading.intake.notes,
        );
        let outcomes = builder.finish(&layout, &mut reading.intake.notes, first(files, base))?;
        reading.intake.outcomes = Some(outcomes);
    }
    Ok(reading.intake)
}

fn zone(name: &str, key: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|_| {
        Error::config(format!("{key} = `{}` is no time zone", shown(name)))
            .with_help("use a name of the IANA database such as Europe/Berlin or UTC")
    })
}

fn first<'a>(files: &'a [Source], base: &'a Path) -> &'a Path {
    files.first().map_or(base, |source| &source.path)
}

/// What has been read so far, and how.
struct Reading<'a> {
    limit: Option<u64>,
    progress: &'a Progress<'a>,
    intake: Intake,
}

impl Reading<'_> {
    /// Reads the files of one section.
    fn section<S: Sink>(
        &mut self,
        layout: &Layout,
        format: &TimeFormat,
        files: &[Source],
        sink: &mut S,
    ) -> Result<()> {
        let mut keys = Keys::new(layout);
        for source in files {
            let first_reject = self.intake.rejects.len();
            let index = self.intake.files.len();
            let mut file = InputFile::unread(&source.path, layout.section);
            let mut rows = Rows::new(sink, index, &mut file, &mut self.intake.rejects, layout);
            let read = read_file(
                &source.path,
                layout,
                self.limit,
                self.progress,
                &mut keys,
                &mut rows,
            )?;
            (file.bytes, file.blake3) = read;
            check_time_format(layout, format, &file, &self.intake.rejects[first_reject..])?;
            self.intake.files.push(file);
        }
        keys.check(
            layout,
            files.first().map_or(Path::new(""), |source| &source.path),
        )
    }

    /// A log without rows cannot be meant.
    fn refuse_no_events(&self, file: &Path) -> Result<()> {
        if self
            .intake
            .files
            .iter()
            .any(|file| file.kind == "events" && file.n_rows > 0)
        {
            return Ok(());
        }
        let message = "there are no events, only a header";
        Err(Error::input("input/no-events", file, message)
            .with_help("check that the export ran and that events.paths names its result"))
    }
}

/// Refuses a file of which nearly no time could be read, if another format reads them.
fn check_time_format(
    layout: &Layout,
    format: &TimeFormat,
    file: &InputFile,
    rejects: &[Reject],
) -> Result<()> {
    let unusable =
        |reject: &&Reject| matches!(reject.reason, "bad-timestamp" | "timestamp-out-of-range");
    let n_unusable = rejects.iter().filter(unusable).count();
    if n_unusable == 0 || (n_unusable as f64) < WRONG_FORMAT_SHARE * file.n_rows as f64 {
        return Ok(());
    }
    let samples = rejects
        .iter()
        .filter(unusable)
        .take(SAMPLES)
        .map(|reject| reject.detail.as_str());
    let formats = formats_of(samples);
    let Some((_, words)) = formats.first() else {
        return Ok(());
    };
    let example = rejects.iter().find(unusable);
    let message = format!(
        "{n_unusable} of {} times are unusable as {}, such as `{}`: these look like {words}",
        file.n_rows,
        String::from(format.clone()),
        example.map_or("", |reject| reject.detail.as_str())
    );
    let settings: Vec<String> = formats
        .iter()
        .map(|(name, _)| format!("{}.time_format = \"{name}\"", layout.section))
        .collect();
    Err(Error::input("input/time-format", &file.path, message)
        .with_help(format!("set {}", settings.join(" or "))))
}
