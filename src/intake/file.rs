//! One file: unpacked, told apart by its first bytes, handed to the reader of its form, fingerprinted.

use std::path::Path;

use super::decompress::{Bytes, check_encoding};
use super::ndjson::{self, Keys};
use super::sources::{Opened, Progress};
use super::table::{Layout, Rows, Sink};
use super::{delimited, parquet};
use crate::config::FileFormat;
use crate::error::{Error, Result};

/// Hands the rows of one file to `rows`; gives its size and checksum. At most `limit` bytes may come out of a packed
/// file.
///
/// # Errors
/// A file that cannot be read as a whole, or that changed meanwhile.
pub(crate) fn read_file<S: Sink>(
    path: &Path,
    layout: &Layout,
    limit: Option<u64>,
    progress: &Progress<'_>,
    keys: &mut Keys,
    rows: &mut Rows<'_, S>,
) -> Result<(u64, String)> {
    let mut opened = Opened::open(path, progress)?;
    let size = opened.size();
    if size == 0 {
        return Err(Error::input(
            "input/empty",
            path,
            "the file is empty (0 bytes)",
        ));
    }
    let bytes = Bytes::open(&mut opened, path, limit)?;
    match form(layout.format, &bytes)? {
        FileFormat::Parquet => {
            drop(bytes);
            keys.excuse();
            let mut told = opened.mute();
            opened.drain()?;
            parquet::read(path, layout, rows, |n_read, n_rows| {
                let now = share_of(size, n_read, n_rows);
                progress.add(now.saturating_sub(told));
                told = told.max(now);
            })?;
        }
        FileFormat::Ndjson => ndjson::read(bytes, layout, keys, rows)?,
        _ => {
            keys.excuse();
            delimited::read_bytes(bytes, layout, rows)?;
        }
    }
    opened.finish()
}

/// The form of a file: as configured, or by its first bytes.
///
/// # Errors
/// Text that is not UTF-8, Parquet that is packed once more.
pub(crate) fn form(configured: FileFormat, bytes: &Bytes<'_>) -> Result<FileFormat> {
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
