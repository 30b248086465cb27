//! One table over as many files as the receiver's limits ask for.

use std::io::Write;

use serde::Serialize;

use crate::error::Result;
use crate::files::{AtomicDir, FileWriter, Written};

/// The most that one file may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Rows, not counting the header.
    pub(super) rows: u64,
    /// Bytes, header and all.
    pub(super) bytes: u64,
}

impl Limits {
    pub(super) const NONE: Self = Self {
        rows: u64::MAX,
        bytes: u64::MAX,
    };

    /// 1,048,576 rows and 512 MB, what HubSpot's paid plans take (in 2025), less 5 %.
    pub(super) const HUBSPOT: Self = Self {
        rows: 1_048_576 / 100 * 95,
        bytes: 512_000_000 / 100 * 95,
    };
}

/// A file of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedFile {
    /// Name, size and hash.
    #[serde(flatten)]
    pub written: Written,
    /// Rows, not counting the header.
    pub n_rows: u64,
}

/// Writes rows to `crm.csv`, then `crm-2.csv` and so on, each with the header.
pub(super) struct Parts<'a> {
    dir: &'a AtomicDir,
    stem: &'static str,
    extension: &'static str,
    header: Vec<u8>,
    limits: Limits,
    open: Part,
    done: Vec<ExportedFile>,
}

struct Part {
    writer: FileWriter,
    n_rows: u64,
    bytes: u64,
}

impl<'a> Parts<'a> {
    pub(super) fn create(
        dir: &'a AtomicDir,
        (stem, extension): (&'static str, &'static str),
        header: Vec<u8>,
        limits: Limits,
    ) -> Result<Self> {
        let open = Part::create(dir, &format!("{stem}.{extension}"), &header)?;
        Ok(Self {
            dir,
            stem,
            extension,
            header,
            limits,
            open,
            done: Vec::new(),
        })
    }

    /// Appends an encoded row. A row that alone passes the limit of bytes has a file to itself.
    pub(super) fn write(&mut self, row: &[u8]) -> Result<()> {
        let full = self.open.n_rows >= self.limits.rows
            || self.open.bytes.saturating_add(row.len() as u64) > self.limits.bytes;
        if full && self.open.n_rows > 0 {
            let name = format!("{}-{}.{}", self.stem, self.done.len() + 2, self.extension);
            let next = Part::create(self.dir, &name, &self.header)?;
            let full = std::mem::replace(&mut self.open, next);
            self.done.push(full.finish()?);
        }
        self.open.n_rows += 1;
        self.open.write(row)
    }

    pub(super) fn finish(mut self) -> Result<Vec<ExportedFile>> {
        self.done.push(self.open.finish()?);
        Ok(self.done)
    }
}

impl Part {
    fn create(dir: &AtomicDir, name: &str, header: &[u8]) -> Result<Self> {
        let mut part = Self {
            writer: dir.file(name)?,
            n_rows: 0,
            bytes: 0,
        };
        part.write(header)?;
        Ok(part)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        self.writer
            .write_all(bytes)
            .map_err(|source| self.writer.cannot_write(source))
    }

    fn finish(self) -> Result<ExportedFile> {
        Ok(ExportedFile {
            written: self.writer.finish()?,
            n_rows: self.n_rows,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows `1\n`, `2\n`, ... under the header `n\n`; name and contents of the files.
    fn split(n: u64, limits: Limits) -> Vec<(String, String)> {
        let around = tempfile::tempdir().unwrap();
        let dir = AtomicDir::create(around.path()).unwrap();
        let header = b"n\n".to_vec();
        let mut parts = Parts::create(&dir, ("t", "csv"), header, limits).unwrap();
        for i in 1..=n {
            parts.write(format!("{i}\n").as_bytes()).unwrap();
        }
        let files = parts.finish().unwrap();
        dir.replace("out").unwrap();
        let total: u64 = files.iter().map(|file| file.n_rows).sum();
        assert_eq!(total, n);
        let contents = |file: ExportedFile| {
            let path = around.path().join("out").join(&file.written.path);
            let text = std::fs::read_to_string(path).unwrap();
            assert_eq!(text.lines().count() as u64, file.n_rows + 1);
            (file.written.path.to_string_lossy().into_owned(), text)
        };
        files.into_iter().map(contents).collect()
    }

    fn texts(parts: &[(String, String)]) -> Vec<(&str, &str)> {
        parts
            .iter()
            .map(|(n, t)| (n.as_str(), t.as_str()))
            .collect()
    }

    #[test]
    fn rows_over_the_limit_go_to_numbered_files_with_the_header_again() {
        let limits = Limits {
            rows: 2,
            ..Limits::NONE
        };
        assert_eq!(
            texts(&split(5, limits)),
            [
                ("t.csv", "n\n1\n2\n"),
                ("t-2.csv", "n\n3\n4\n"),
                ("t-3.csv", "n\n5\n"),
            ]
        );
        assert_eq!(split(2, limits).len(), 1);
    }

    #[test]
    fn bytes_are_limited_with_the_header_and_an_oversized_row_stands_alone() {
        let bytes = |bytes| Limits {
            bytes,
            ..Limits::NONE
        };
        assert_eq!(
            texts(&split(3, bytes(6))),
            [("t.csv", "n\n1\n2\n"), ("t-2.csv", "n\n3\n")]
        );
        assert_eq!(
            texts(&split(2, bytes(1))),
            [("t.csv", "n\n1\n"), ("t-2.csv", "n\n2\n")]
        );
    }

    #[test]
    fn a_table_without_rows_is_one_file_with_the_header() {
        assert_eq!(texts(&split(0, Limits::HUBSPOT)), [("t.csv", "n\n")]);
    }
}
