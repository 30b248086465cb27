//! From the configuration to everything that was read.

use std::path::Path;

use jiff::tz::TimeZone;

use super::build::{self, EventBuilder};
use super::cells::shown;
use super::customers::{CustomerBuilder, OutcomeBuilder, customer_layout, outcome_layout};
use super::decompress::{Bytes, check_encoding};
use super::instant::formats_of;
use super::ndjson::{self, Keys};
use super::sources::{self, Opened, Progress, Source};
use super::table::{Layout, Rows, Sink};
use super::{InputFile, Intake, Reject, delimited, notes, parquet};
use crate::config::{Config, FileFormat, TimeFormat};
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
        let mut all_ndjson = true;
        for source in files {
            let first_reject = self.intake.rejects.len();
            let file = self.file(layout, source, sink, &mut keys, &mut all_ndjson)?;
            let rejects = &mut self.intake.rejects[first_reject..];
            rejects.sort_by_key(|reject| reject.line);
            check_time_format(layout, format, &file, rejects)?;
            self.intake.files.push(file);
        }
        let n_rows: u64 = self
            .intake
            .files
            .iter()
            .filter(|f| f.kind == layout.section)
            .map(|f| f.n_rows)
            .sum();
        if let (true, true, Some(source)) = (all_ndjson, n_rows > 0, files.first()) {
            keys.check(layout, &source.path)?;
        }
        Ok(())
    }

    fn file<S: Sink>(
        &mut self,
        layout: &Layout,
        source: &Source,
        sink: &mut S,
        keys: &mut Keys,
        all_ndjson: &mut bool,
    ) -> Result<InputFile> {
        let path = source.path.as_path();
        let mut file = InputFile {
            path: path.to_path_buf(),
            kind: layout.section,
            bytes: 0,
            blake3: String::new(),
            n_rows: 0,
            n_rejected: 0,
        };
        let index = self.intake.files.len();
        let mut rows = Rows::new(sink, index, &mut file, &mut self.intake.rejects, layout);
        let mut opened = Opened::open(path, self.progress)?;
        if opened.size() == 0 {
            return Err(Error::input(
                "input/empty",
                path,
                "the file is empty (0 bytes)",
            ));
        }
        let bytes = Bytes::open(&mut opened, path, self.limit)?;
        let format = form(layout.format, &bytes)?;
        *all_ndjson &= format == FileFormat::Ndjson;
        match format {
            FileFormat::Parquet => {
                drop(bytes);
                opened.mute();
                opened.drain()?;
                let mut told = 0;
                parquet::read(path, layout, &mut rows, |n_read, n_rows| {
                    let now = share_of(source.bytes, n_read, n_rows);
                    self.progress.add(now.saturating_sub(told));
                    told = now;
                })?;
            }
            FileFormat::Ndjson => ndjson::read(bytes, layout, keys, &mut rows)?,
            _ => {
                delimited::check_positions(layout)?;
                delimited::read_bytes(bytes, layout, &mut rows)?;
            }
        }
        (file.bytes, file.blake3) = opened.finish()?;
        Ok(file)
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

/// The form of a file: as configured, or by its first bytes.
///
/// # Errors
/// Text that is not UTF-8, Parquet that is packed once more.
pub(super) fn form(configured: FileFormat, bytes: &Bytes<'_>) -> Result<FileFormat> {
    let head = bytes.head();
    let parquet = head.starts_with(b"PAR1");
    let format = match configured {
        FileFormat::Auto if parquet => FileFormat::Parquet,
        FileFormat::Auto => {
            let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
            match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
                Some(b'{') => FileFormat::Ndjson,
                _ => FileFormat::Csv,
            }
        }
        given => given,
    };
    if format != FileFormat::Parquet {
        check_encoding(head, bytes.path())?;
    } else if let Some(packed) = bytes.packed() {
        let message = format!("this is a Parquet file inside a {packed} file");
        return Err(
            Error::input("input/unknown-compression", bytes.path(), message)
                .with_help("unpack it: Parquet is compressed already"),
        );
    }
    Ok(format)
}

fn share_of(bytes: u64, part: usize, whole: usize) -> u64 {
    let wide = |n: usize| u128::try_from(n).unwrap_or(0);
    let share = u128::from(bytes) * wide(part) / wide(whole).max(1);
    u64::try_from(share).unwrap_or(bytes)
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
