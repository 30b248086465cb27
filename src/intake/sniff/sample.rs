//! The first rows of a file as text, whatever its form.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::config::{Column, Delimiter, FileFormat, IntakeSection};
use crate::error::{Error, Result};
use crate::intake::blanks::Blanks;
use crate::intake::cells::{Cell, Decimal, Nulls};
use crate::intake::decompress::Bytes;
use crate::intake::delimited::Split;
use crate::intake::file::form;
use crate::intake::instant::formats_of;
use crate::intake::lines::{Found, Lines};
use crate::intake::parquet::Parquet;
use crate::intake::quoted::Quoted;
use crate::intake::sources::{Opened, Progress};
use crate::intake::table::Kind;

/// Rows looked at.
const ROWS: usize = 1000;
/// Share of records that must have as many fields as the first one.
const REGULAR_SHARE: f64 = 0.9;

/// The first rows of a file.
pub(super) struct Sample {
    pub(super) format: FileFormat,
    pub(super) delimiter: Delimiter,
    pub(super) header: bool,
    pub(super) columns: Vec<Cells>,
}

/// The cells of one column that are not null.
pub(super) struct Cells {
    pub(super) column: Column,
    pub(super) texts: Vec<String>,
    /// Whether the file itself says that these are instants.
    pub(super) is_instant: bool,
}

impl Cells {
    fn new(column: Column) -> Self {
        Self {
            column,
            texts: Vec::new(),
            is_instant: false,
        }
    }
}

/// Looks at the first rows of `path`.
///
/// # Errors
/// Files that cannot be read, empty files, text without a delimiter.
pub(super) fn of(path: &Path) -> Result<Sample> {
    let silent = Progress::new(&|_, _| {}, 0);
    let mut opened = Opened::open(path, &silent)?;
    let format = form(FileFormat::Auto, &Bytes::open(&mut opened, path, None)?)?;
    let mut sample = match format {
        FileFormat::Parquet => parquet(path)?,
        FileFormat::Ndjson => ndjson(path)?,
        _ => delimited(path)?,
    };
    let limits = IntakeSection::default();
    for column in &mut sample.columns {
        column
            .texts
            .retain(|text| !limits.null_values.contains(text));
    }
    if sample.columns.iter().all(|column| column.texts.is_empty()) {
        return Err(Error::input(
            "input/empty",
            path,
            "there are no rows to look at",
        ));
    }
    Ok(sample)
}

/// Opens `path` anew and hands its bytes to `look`.
fn with_bytes<T>(path: &Path, look: impl FnOnce(Bytes<'_>) -> Result<T>) -> Result<T> {
    let silent = Progress::new(&|_, _| {}, 0);
    let mut opened = Opened::open(path, &silent)?;
    look(Bytes::open(&mut opened, path, None)?)
}

fn delimited(path: &Path) -> Result<Sample> {
    let bytes = [b',', b';', b'\t', b'|'].map(Delimiter::Byte);
    let mut best: Option<(Delimiter, Vec<Vec<String>>)> = None;
    // Blanks also stand within fields, so they count only where nothing else separates.
    for delimiter in bytes.into_iter().chain([Delimiter::Blanks]) {
        let records = records(path, delimiter)?;
        let n_fields = records.first().map_or(0, Vec::len);
        let n_regular = records
            .iter()
            .filter(|record| record.len() == n_fields)
            .count();
        let is_regular = n_regular as f64 >= REGULAR_SHARE * records.len() as f64;
        let most = best.as_ref().map_or(1, |(_, records)| records[0].len());
        if is_regular && n_fields > most && (best.is_none() || delimiter != Delimiter::Blanks) {
            best = Some((delimiter, records));
        }
    }
    let Some((delimiter, mut records)) = best else {
        let message = "the rows have one column, whatever the delimiter";
        return Err(Error::input("input/one-column", path, message)
            .with_help("an event log has one row per event, with who and when"));
    };
    let header = !records[0].iter().any(|cell| is_value(cell));
    let names = if header {
        records.remove(0)
    } else {
        Vec::new()
    };
    let n_fields = if header {
        names.len()
    } else {
        records[0].len()
    };
    let column = |i: usize| {
        names
            .get(i)
            .cloned()
            .map_or(Column::Position(i + 1), Column::Name)
    };
    let mut columns: Vec<Cells> = (0..n_fields).map(|i| Cells::new(column(i))).collect();
    for record in records
        .into_iter()
        .filter(|record| record.len() == n_fields)
    {
        for (column, text) in columns.iter_mut().zip(record) {
            column.texts.push(text);
        }
    }
    Ok(Sample {
        format: FileFormat::Auto,
        delimiter,
        header,
        columns,
    })
}

/// Whether text is a number or a time, which names of columns are not.
fn is_value(text: &str) -> bool {
    Decimal::parse(text.as_bytes()).is_some() || !formats_of([text].into_iter()).is_empty()
}

/// The first records; fewer if the text cannot be split further this way.
fn records(path: &Path, delimiter: Delimiter) -> Result<Vec<Vec<String>>> {
    let max = IntakeSection::default().max_line_bytes;
    with_bytes(path, |bytes| {
        Ok(match delimiter {
            Delimiter::Byte(byte) => split(&mut Quoted::new(bytes, byte, max)),
            Delimiter::Blanks => split(&mut Blanks::new(bytes, max)),
        })
    })
}

fn split(text: &mut impl Split) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    while records.len() <= ROWS {
        match text.advance() {
            Ok(Found::Record) => {
                let field = |i| String::from_utf8_lossy(text.field(i)).into_owned();
                records.push((0..text.n_fields()).map(field).collect());
            }
            Ok(Found::TooLong) => {}
            Ok(Found::End) | Err(_) => break,
        }
    }
    records
}

fn ndjson(path: &Path) -> Result<Sample> {
    let max = IntakeSection::default().max_line_bytes;
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    with_bytes(path, |bytes| {
        let mut lines = Lines::new(bytes, max);
        for _ in 0..ROWS {
            match lines.advance()? {
                Found::End => break,
                Found::TooLong => {}
                Found::Record => {
                    let object: BTreeMap<String, Value> =
                        serde_json::from_slice(lines.line()).unwrap_or_default();
                    for (key, value) in object {
                        let texts = columns.entry(key).or_default();
                        match value {
                            Value::String(text) => texts.push(text),
                            Value::Number(_) | Value::Bool(_) => texts.push(value.to_string()),
                            _ => {}
                        }
                    }
                }
            }
        }
        Ok(())
    })?;
    let columns = columns
        .into_iter()
        .map(|(key, texts)| Cells {
            texts,
            ..Cells::new(Column::Name(key))
        })
        .collect();
    Ok(Sample {
        format: FileFormat::Auto,
        delimiter: Delimiter::default(),
        header: true,
        columns,
    })
}

fn parquet(path: &Path) -> Result<Sample> {
    let parquet = Parquet::open(path)?;
    let readable: Vec<usize> = (0..parquet.names().len())
        .filter(|&column| parquet.fits(column, Kind::Instant))
        .collect();
    let mut columns: Vec<Cells> = readable
        .iter()
        .map(|&i| Cells::new(Column::Name(parquet.names()[i].clone())))
        .collect();
    let nulls = Nulls::new(&[]);
    let mut scratch = String::new();
    parquet.first_rows(&readable, ROWS, |record| {
        for (index, column) in columns.iter_mut().enumerate() {
            let cell = record.cell(index);
            column.is_instant |= matches!(cell, Cell::Instant(_) | Cell::Civil(_));
            if let Ok(Some(text)) = nulls.text(cell, &mut scratch) {
                column.texts.push(text.to_owned());
            }
        }
    })?;
    Ok(Sample {
        format: FileFormat::Auto,
        delimiter: Delimiter::default(),
        header: true,
        columns,
    })
}
