//! Reading with a limit, checksums, and listing a folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, Result};

/// Reads a whole file of at most `max_bytes`.
///
/// # Errors
/// [`Error::Limit`] if it is larger, [`Error::Io`] if it is no plain file or cannot be read.
pub fn read_capped(path: &Path, max_bytes: u64) -> Result<Vec<u8>> {
    let cannot = |source| Error::io("read", path, source);
    let file = File::open(path).map_err(cannot)?;
    let found = file.metadata().map_err(cannot)?;
    if !found.is_file() {
        return Err(cannot(io::Error::other("it is not a plain file")));
    }
    let over = |got| Error::Limit {
        what: format!("size of {} in bytes", path.display()),
        got,
        max: max_bytes,
        help: None,
    };
    if found.len() > max_bytes {
        return Err(over(found.len()));
    }
    let mut bytes = Vec::new();
    // One byte more than allowed: the file may grow while it is read.
    let n = file
        .take(max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(cannot)? as u64;
    if n > max_bytes {
        return Err(over(n));
    }
    Ok(bytes)
}

/// Size and hash (`b3:` and hex) of a file, read in pieces.
///
/// # Errors
/// [`Error::Io`] if it cannot be read.
pub fn checksum(path: &Path) -> Result<(u64, String)> {
    let cannot = |source| Error::io("read", path, source);
    let mut file = File::open(path).map_err(cannot)?;
    let mut hasher = blake3::Hasher::new();
    let bytes = io::copy(&mut file, &mut hasher).map_err(cannot)?;
    Ok((bytes, hex(&hasher)))
}

/// `b3:` and the BLAKE3 hash of `bytes` in hex.
#[must_use]
pub fn hash(bytes: &[u8]) -> String {
    hex(blake3::Hasher::new().update(bytes))
}

pub(super) fn hex(hasher: &blake3::Hasher) -> String {
    format!("b3:{}", hasher.finalize().to_hex())
}

/// What stands under a name; a link is never followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A plain file.
    File,
    /// A folder.
    Dir,
    /// A link, a pipe, a device.
    Other,
}

/// A name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name; what is not UTF-8 is replaced by U+FFFD.
    pub name: String,
    /// What stands under it.
    pub kind: Kind,
    /// Size of a plain file.
    pub bytes: u64,
}

/// The names in a folder, sorted; none if the folder does not exist.
///
/// # Errors
/// [`Error::Io`] if it is no folder or cannot be read.
pub fn list(dir: &Path) -> Result<Vec<Listed>> {
    let cannot = |source| Error::io("list", dir, source);
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(cannot(cause)),
    };
    let mut listed = Vec::new();
    for entry in entries {
        let entry = entry.map_err(cannot)?;
        let found = match entry.metadata() {
            Ok(found) => found,
            // Gone since the folder was opened: other runs come and go.
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
            Err(cause) => return Err(cannot(cause)),
        };
        listed.push(Listed {
            name: entry.file_name().to_string_lossy().into_owned(),
            kind: if found.is_file() {
                Kind::File
            } else if found.is_dir() {
                Kind::Dir
            } else {
                Kind::Other
            },
            bytes: found.len(),
        });
    }
    listed.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::write_atomic;

    #[test]
    fn a_file_at_the_limit_is_read_and_one_byte_more_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("five");
        write_atomic(&path, b"12345").unwrap();
        assert_eq!(read_capped(&path, 5).unwrap(), b"12345");
        let refused = read_capped(&path, 4).unwrap_err();
        assert!(matches!(refused, Error::Limit { got: 5, max: 4, .. }));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_endless_device_is_refused() {
        assert!(read_capped(Path::new("/dev/zero"), 10).is_err());
    }

    #[test]
    fn the_checksum_of_a_file_is_the_hash_of_its_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        write_atomic(&path, b"").unwrap();
        // The empty input of the BLAKE3 reference test vectors.
        let empty = "b3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";
        assert_eq!(checksum(&path).unwrap(), (0, empty.to_owned()));
        assert_eq!(hash(b""), empty);
    }

    #[test]
    fn a_folder_is_listed_by_name_with_kinds_and_a_missing_one_is_empty() {
        let dir = tempfile::tempdir().unwrap();
        write_atomic(&dir.path().join("b/inner"), b"").unwrap();
        write_atomic(&dir.path().join("a"), b"four").unwrap();
        let found = list(dir.path()).unwrap();
        assert_eq!(found[0].bytes, 4);
        let found: Vec<_> = found.iter().map(|l| (l.name.as_str(), l.kind)).collect();
        assert_eq!(found, [("a", Kind::File), ("b", Kind::Dir)]);
        assert!(list(&dir.path().join("missing")).unwrap().is_empty());
    }
}
