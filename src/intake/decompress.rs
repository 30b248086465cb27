//! The bytes of a text file, unpacked if they are packed, up to a limit.
//!
//! Compression is seen from the first bytes, whatever the name says. All members of a gzip file and all frames of a zstd
//! file are read; one that ends too early is refused.

use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::sources::Opened;
use crate::error::{Error, Result};

/// Bytes looked at to tell what a file is.
const HEAD: u64 = 4096;
/// Unpacked size that is allowed however small the file is.
const ALLOWED: u64 = 1 << 30;
/// Unpacked size that is allowed as a multiple of the packed one.
const ALLOWED_RATIO: u64 = 200;

/// Unpacked bytes.
pub(crate) struct Bytes<'a> {
    reader: Box<dyn Read + 'a>,
    path: PathBuf,
    /// What the file was packed with.
    packed: Option<&'static str>,
    n_read: u64,
    limit: u64,
    head: Vec<u8>,
}

impl<'a> Bytes<'a> {
    /// The bytes of `file`, of which at most `limit` (by default 200 times its size, and at least 1 GiB) may come out
    /// of a packed one.
    ///
    /// # Errors
    /// Packed files that are corrupt or of a kind that is not read, [`Error::Io`].
    pub(crate) fn open(file: &'a mut Opened<'_>, path: &Path, limit: Option<u64>) -> Result<Self> {
        let default_limit = ALLOWED.max(file.size().saturating_mul(ALLOWED_RATIO));
        let failed = |e| Error::io("read", path, e);
        let mut magic = Vec::new();
        file.take(6).read_to_end(&mut magic).map_err(failed)?;
        if let Some((kind, advice)) = unreadable(&magic) {
            let message = format!("this is {kind}");
            return Err(Error::input("input/unknown-compression", path, message).with_help(advice));
        }
        let packed = match magic[..] {
            [0x1f, 0x8b, ..] => Some("gzip"),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstd"),
            _ => None,
        };
        let raw = Cursor::new(magic).chain(file);
        let reader: Box<dyn Read + 'a> = match packed {
            Some("gzip") => Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, raw))),
            Some(_) => Box::new(zstd::Decoder::new(raw).map_err(failed)?),
            None => Box::new(raw),
        };
        let mut bytes = Self {
            reader,
            path: path.to_path_buf(),
            packed,
            n_read: 0,
            limit: packed.map_or(u64::MAX, |_| limit.unwrap_or(default_limit)),
            head: Vec::new(),
        };
        bytes.peek()?;
        Ok(bytes)
    }

    /// Reads the head and puts it back.
    fn peek(&mut self) -> Result<()> {
        let mut head = Vec::new();
        let read = (&mut self.reader).take(HEAD).read_to_end(&mut head);
        read.map_err(|error| self.refused(error))?;
        self.head.clone_from(&head);
        // A byte order mark is no part of the text.
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).to_vec();
        let rest = std::mem::replace(&mut self.reader, Box::new(io::empty()));
        self.reader = Box::new(Cursor::new(text).chain(rest));
        Ok(())
    }

    /// The first bytes, as unpacked.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// What the file was packed with.
    pub(crate) fn packed(&self) -> Option<&'static str> {
        self.packed
    }

    /// The file, for complaints.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Fills some of `buffer`; 0 is the end.
    ///
    /// # Errors
    /// [`Error::Limit`] past the limit, `input/corrupt-compression`, [`Error::Io`].
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let n = loop {
            match self.reader.read(buffer) {
                Ok(n) => break n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.refused(error)),
            }
        };
        self.n_read = self
            .n_read
            .saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
        if self.n_read > self.limit {
            return Err(Error::Limit {
                what: format!("unpacked bytes of {}", self.path.display()),
                got: self.n_read,
                max: self.limit,
                help: Some(
                    "if the file is meant to be that large, raise intake.max_uncompressed_bytes"
                        .into(),
                ),
            });
        }
        Ok(n)
    }

    fn refused(&self, error: io::Error) -> Error {
        match self.packed {
            // The system reports its failures by number, decoders theirs by words.
            Some(packed) if error.raw_os_error().is_none() => {
                let message = format!("the {packed} data are corrupt or end too early: {error}");
                Error::input("input/corrupt-compression", &self.path, message)
                    .with_help("the copy may be incomplete: fetch or write the file again")
            }
            _ => Error::io("read", &self.path, error),
        }
    }
}

/// Kinds of files that are known but not read, and what to do about them.
fn unreadable(magic: &[u8]) -> Option<(&'static str, &'static str)> {
    match magic {
        [b'P', b'K', 3, 4, ..] => Some((
            "a zip archive or an Excel workbook",
            "unpack it, or save the sheet as CSV",
        )),
        [b'B', b'Z', b'h', ..] => Some((
            "packed with bzip2",
            "unpack it, or pack it with gzip or zstd",
        )),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => {
            Some(("packed with xz", "unpack it, or pack it with gzip or zstd"))
        }
        _ => None,
    }
}

/// Refuses text that is not UTF-8 by its first bytes.
///
/// # Errors
/// `input/encoding`.
pub(crate) fn check_encoding(head: &[u8], path: &Path) -> Result<()> {
    let nul_in_every = |n: usize, at: usize| {
        head.len() >= 2 * n
            && head
                .chunks_exact(n)
                .take(16)
                .all(|unit| unit[at] == 0 && unit != &[0, 0, 0, 0][..n])
    };
    let encoding = match head {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => "UTF-32",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16",
        _ if nul_in_every(4, 1) && nul_in_every(4, 2) => "UTF-32",
        _ if nul_in_every(2, 0) || nul_in_every(2, 1) => "UTF-16",
        _ => return Ok(()),
    };
    Err(Error::input(
        "input/encoding",
        path,
        format!("this looks like {encoding}"),
    )
    .with_help(format!(
        "convert it, for instance with `iconv -f {encoding} -t UTF-8`"
    )))
}
