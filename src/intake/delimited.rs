//! Delimited text: header, mapping, and rows of the same number of fields.

use super::cells::{Cell, Fault, Record};
use super::decompress::Bytes;
use super::lines::Found;
use super::table::{Layout, Rows, Sink, list};
use crate::config::{Column, Delimiter};
use crate::error::{Error, Result};

/// Splits a text into records, and those into fields.
pub(crate) trait Split {
    /// Finds the next record.
    ///
    /// # Errors
    /// What makes the rest of the file unreadable.
    fn advance(&mut self) -> Result<Found>;
    /// 1-based line on which the record found last begins.
    fn line(&self) -> u64;
    /// Number of its fields.
    fn n_fields(&self) -> usize;
    /// One of its fields, without quotes.
    fn field(&self, index: usize) -> &[u8];
    /// The bytes of all its fields.
    fn raw(&self) -> &[u8];
    /// The file, for complaints.
    fn bytes(&self) -> &Bytes<'_>;
}

/// The record found last, as far as it is mapped.
struct Mapped<'a, T> {
    text: &'a T,
    columns: &'a [usize],
}

impl<T: Split> Record for Mapped<'_, T> {
    fn cell(&self, index: usize) -> Cell<'_> {
        Cell::Text(self.text.field(self.columns[index]))
    }
}

/// Refuses names of columns where no header could have them.
///
/// # Errors
/// [`Error::Config`].
fn check_positions(layout: &Layout) -> Result<()> {
    for want in &layout.wants {
        if let (false, Column::Name(name)) = (layout.header, &want.column) {
            let message = format!(
                "{} names the column `{}`, but {}.header = false says that there are no names",
                layout.key(want),
                name.escape_debug(),
                layout.section
            );
            return Err(
                Error::config(message).with_help("give its position, 1 for the first column")
            );
        }
    }
    Ok(())
}

/// Hands all records of `text` to `rows`.
///
/// # Errors
/// An unusable header, and those of [`Split::advance`] and of the sink.
fn read<S: Sink>(text: &mut impl Split, layout: &Layout, rows: &mut Rows<'_, S>) -> Result<()> {
    let mut found = text.advance()?;
    if found == Found::End {
        return Err(Error::input(
            "input/empty",
            text.bytes().path(),
            "the file is empty",
        ));
    }
    let names = first_record(text, found, layout)?;
    let columns = layout
        .locate(&names, text.bytes().path())
        .map_err(|error| guess_delimiter(error, text, &names, layout))?;
    if layout.header {
        rows.rename(
            columns
                .iter()
                .map(|&column| names[column].clone())
                .collect(),
        );
        found = text.advance()?;
    }
    loop {
        match found {
            Found::End => return Ok(()),
            Found::TooLong => {
                let detail = format!("more than {} bytes", layout.max_line_bytes);
                rows.reject(text.line(), Fault::new("line-too-long", detail));
            }
            Found::Record if text.n_fields() != names.len() => {
                let detail = format!("expected {} fields, found {}", names.len(), text.n_fields());
                rows.reject(text.line(), Fault::new("wrong-field-count", detail));
            }
            Found::Record if text.raw().contains(&0) => {
                rows.reject(text.line(), Fault::new("nul-byte", "a NUL byte"));
            }
            Found::Record => rows.row(
                text.line(),
                &Mapped {
                    text: &*text,
                    columns: &columns,
                },
            )?,
        }
        found = text.advance()?;
    }
}

/// Names of the columns: the header, or positions.
fn first_record(text: &impl Split, found: Found, layout: &Layout) -> Result<Vec<String>> {
    let refused = |message: &str| {
        let mut error = Error::input("input/bad-header", text.bytes().path(), message);
        if let Error::Input { line, .. } = &mut error {
            *line = Some(text.line());
        }
        Err(error)
    };
    if found == Found::TooLong {
        return refused("the first line is longer than intake.max_line_bytes");
    }
    if !layout.header {
        return Ok((1..=text.n_fields())
            .map(|position| position.to_string())
            .collect());
    }
    let mut names = Vec::with_capacity(text.n_fields());
    for index in 0..text.n_fields() {
        match std::str::from_utf8(text.field(index)) {
            Ok(name) if !name.contains('\0') => names.push(name.to_owned()),
            _ => {
                return refused(&format!(
                    "the name of column {} is not UTF-8 text",
                    index + 1
                ));
            }
        }
    }
    Ok(names)
}

/// Adds what the delimiter seems to be, if the whole first line is one column.
fn guess_delimiter(error: Error, text: &impl Split, names: &[String], layout: &Layout) -> Error {
    if text.n_fields() != 1 {
        return error;
    }
    let line = String::from_utf8_lossy(text.field(0));
    let likely = [
        (";", ";"),
        ("\t", "tab"),
        ("|", "|"),
        (",", ","),
        (" ", "blanks"),
    ]
    .into_iter()
    .find(|(mark, name)| line.contains(mark) && String::from(layout.delimiter) != *name);
    let Some((_, name)) = likely else {
        return error;
    };
    let columns = if layout.header {
        list(names)
    } else {
        format!("`{}`", super::cells::shown(&line))
    };
    error.with_help(format!(
        "the only column is {columns}; the delimiter looks like `{name}`: set {}.delimiter = \"{name}\"",
        layout.section
    ))
}

/// Reads delimited text.
///
/// # Errors
/// Those of [`read`].
pub(crate) fn read_bytes<S: Sink>(
    bytes: Bytes<'_>,
    layout: &Layout,
    rows: &mut Rows<'_, S>,
) -> Result<()> {
    check_positions(layout)?;
    match layout.delimiter {
        Delimiter::Byte(byte) => {
            let mut text = super::quoted::Quoted::new(bytes, byte, layout.max_line_bytes);
            read(&mut text, layout, rows)
        }
        Delimiter::Blanks => {
            let mut text = super::blanks::Blanks::new(bytes, layout.max_line_bytes);
            read(&mut text, layout, rows)
        }
    }
}
