//! What every reader needs to know of a table, and where it hands the rows.

use std::path::Path;

use super::cells::{Fault, Record};
use super::{InputFile, Reject};
use crate::config::{Column, Delimiter, FileFormat};
use crate::error::{Error, Result};

/// What a column holds, which decides what a typed file may store in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An id, a name.
    Text,
    /// An instant.
    Instant,
    /// A decimal number.
    Number,
}

/// A column to read.
#[derive(Clone, Debug)]
pub(crate) struct Want {
    /// Its key below `columns`, such as `customer`.
    pub(crate) key: &'static str,
    /// Where it is in the file.
    pub(crate) column: Column,
    /// What it holds.
    pub(crate) kind: Kind,
}

/// How the files of one section are written.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Section of the configuration: `events`, `customers` or `outcomes`.
    pub(crate) section: &'static str,
    /// Form of the files.
    pub(crate) format: FileFormat,
    /// Field separator of text files.
    pub(crate) delimiter: Delimiter,
    /// Whether text files begin with a header.
    pub(crate) header: bool,
    /// Columns to read, in the order in which rows hand them over.
    pub(crate) wants: Vec<Want>,
    /// Longest line of a text file, in bytes.
    pub(crate) max_line_bytes: usize,
}

impl Layout {
    /// The configuration key of a wanted column.
    pub(crate) fn key(&self, want: &Want) -> String {
        format!("{}.columns.{}", self.section, want.key)
    }

    /// Where the wanted columns are among the columns `found` in a file with names.
    ///
    /// # Errors
    /// `input/missing-column` and `input/duplicate-column`, with what was found and the key to set.
    pub(crate) fn locate(&self, found: &[String], path: &Path) -> Result<Vec<usize>> {
        self.wants
            .iter()
            .map(|want| self.locate_one(want, found, path))
            .collect()
    }

    fn locate_one(&self, want: &Want, found: &[String], path: &Path) -> Result<usize> {
        let refused = |code, message: String| {
            let help = format!("the columns are: {}; set {}", list(found), self.key(want));
            Err(Error::input(code, path, message).with_help(help))
        };
        match &want.column {
            Column::Position(position) => match position.checked_sub(1) {
                Some(index) if index < found.len() => Ok(index),
                _ => refused(
                    "input/missing-column",
                    format!(
                        "there is no column {position}, the file has {}",
                        found.len()
                    ),
                ),
            },
            Column::Name(name) => {
                let mut places = (0..found.len()).filter(|&index| found[index] == *name);
                match (places.next(), places.next()) {
                    (Some(index), None) => Ok(index),
                    (Some(_), Some(_)) => refused(
                        "input/duplicate-column",
                        format!("more than one column is called `{}`", name.escape_debug()),
                    ),
                    (None, _) => refused(
                        "input/missing-column",
                        format!("there is no column `{}`", name.escape_debug()),
                    ),
                }
            }
        }
    }
}

/// Names in backticks, the first 30 of them.
pub(crate) fn list(names: &[String]) -> String {
    const MOST: usize = 30;
    let mut text: Vec<String> = names
        .iter()
        .take(MOST)
        .map(|name| format!("`{}`", super::cells::shown(name)))
        .collect();
    if names.len() > MOST {
        text.push(format!("and {} more", names.len() - MOST));
    }
    text.join(", ")
}

/// Makes something of rows.
pub(crate) trait Sink {
    /// Takes a row: `Ok(Some(fault))` if it cannot be used.
    ///
    /// # Errors
    /// What no further row can mend.
    fn row(&mut self, record: &impl Record) -> Result<Option<Fault>>;
}

impl InputFile {
    /// The account of a file before it is read.
    pub(crate) fn unread(path: &Path, kind: &'static str) -> Self {
        Self {
            path: path.to_path_buf(),
            kind,
            bytes: 0,
            blake3: String::new(),
            n_rows: 0,
            n_rejected: 0,
        }
    }
}

/// Where a reader hands the rows of one file.
pub(crate) struct Rows<'a, S> {
    sink: &'a mut S,
    /// Index of the file.
    index: usize,
    file: &'a mut InputFile,
    rejects: &'a mut Vec<Reject>,
    /// Names of the wanted columns, as in the file.
    names: Vec<String>,
}

impl<'a, S: Sink> Rows<'a, S> {
    /// Rows of file `index`, whose account is kept in `file` and `rejects`.
    pub(crate) fn new(
        sink: &'a mut S,
        index: usize,
        file: &'a mut InputFile,
        rejects: &'a mut Vec<Reject>,
        layout: &Layout,
    ) -> Self {
        let names = layout
            .wants
            .iter()
            .map(|want| want.column.to_string())
            .collect();
        Self {
            sink,
            index,
            file,
            rejects,
            names,
        }
    }

    /// Takes over the names that the file gives its wanted columns.
    pub(crate) fn rename(&mut self, names: Vec<String>) {
        self.names = names;
    }

    /// Counts and uses a row.
    ///
    /// # Errors
    /// Those of the sink.
    pub(crate) fn row(&mut self, line: u64, record: &impl Record) -> Result<()> {
        match self.sink.row(record)? {
            None => self.file.n_rows += 1,
            Some(fault) => self.reject(line, fault),
        }
        Ok(())
    }

    /// Counts and keeps a row that cannot be used.
    pub(crate) fn reject(&mut self, line: u64, fault: Fault) {
        self.file.n_rows += 1;
        self.file.n_rejected += 1;
        let column = fault.column.and_then(|column| self.names.get(column));
        self.rejects.push(Reject {
            file: self.index,
            line,
            column: column.cloned().unwrap_or_default(),
            reason: fault.reason,
            detail: fault.detail,
        });
    }
}
