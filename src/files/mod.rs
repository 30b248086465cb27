//! The only writer: whole files and folders or none, checksums, locks, capped reads.
//!
//! What is written stands first under a private `.tmp-<pid>-<random>` folder next to its target (mode 0700,
//! random name, made new), is synced, and is then renamed into place; the folder around it is synced last.
//! A reader sees the old or the new, never a part. What an error, a signal or a crash leaves behind is named
//! `.tmp-*` and nothing else. Inside the private folder files have the modes that the umask gives, so results
//! can be shared as usual.
//!
//! Every write, sync, rename, creation and removal goes through one counted step, so that tests can fail the
//! N-th for N = 1, 2, ... until a run is untouched. Every error names the path and the operation.

mod atomic;
mod lock;
mod read;
mod step;
mod temporary;

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::Serializer;

use crate::error::{Error, Result};

pub use atomic::{AtomicDir, AtomicFile, FileWriter, Written};
pub use lock::Lock;
pub use read::{Kind, Listed, checksum, hash, list, read_capped};
#[cfg(test)]
pub(crate) use step::fault;
pub use temporary::{PREFIX, remove_temporaries};

use step::step;
use temporary::Private;

/// Writes `bytes` to `path`, whole or not at all; a missing parent folder is made.
///
/// # Errors
/// [`Error::Io`] if the file system refuses; the old file is then untouched.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<Written> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)
        .map_err(|source| file.cannot_write(source))?;
    file.commit()
}

/// Serialises a path as text: JSON has no other form, and a name that is not UTF-8 is no reason to fail.
///
/// # Errors
/// Those of `serializer`.
pub fn path_as_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// Makes `dir` and its missing parents.
///
/// # Errors
/// [`Error::Io`] if the file system refuses.
pub fn create_dir_all(dir: &Path) -> Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    step("create", dir, || fs::create_dir_all(dir))
}

/// Removes a file, a link or a whole folder; never what a link points to.
///
/// # Errors
/// [`Error::Io`] if the file system refuses.
pub fn remove(path: &Path) -> Result<()> {
    step("remove", path, || {
        if fs::symlink_metadata(path)?.is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        }
    })
}

/// Tries whether files can be made in `dir`, or in its nearest existing parent, before long work starts.
/// Leaves nothing behind.
///
/// # Errors
/// [`Error::Io`] if `dir` or a parent is not a folder, or nothing can be made in it.
pub fn probe_writable(dir: &Path) -> Result<()> {
    for place in dir.ancestors() {
        let place = here_if_empty(place);
        match fs::metadata(place) {
            Ok(found) if found.is_dir() => return Private::create(place).map(drop),
            Ok(_) => {
                let cause = io::Error::from(io::ErrorKind::NotADirectory);
                return Err(Error::io("write into", place, cause));
            }
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(Error::io("write into", place, cause)),
        }
    }
    let cause = io::Error::from(io::ErrorKind::NotFound);
    Err(Error::io("write into", dir, cause))
}

/// The current folder for an empty path: `"report.html"` has the parent `""`.
fn here_if_empty(path: &Path) -> &Path {
    if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writable_folder_and_a_missing_one_below_it_pass_the_probe_and_stay_untouched() {
        let dir = tempfile::tempdir().unwrap();
        probe_writable(dir.path()).unwrap();
        probe_writable(&dir.path().join("not/yet")).unwrap();
        assert!(list(dir.path()).unwrap().is_empty());
    }

    #[test]
    fn f_e63_a_file_where_a_folder_is_needed_fails_the_probe() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("models");
        write_atomic(&file, b"x").unwrap();
        for place in [file.clone(), file.join("below")] {
            let message = probe_writable(&place).unwrap_err().to_string();
            assert!(message.starts_with("cannot write into "), "{message}");
            assert!(message.contains("models"), "{message}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn removing_a_link_leaves_its_target() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        write_atomic(&target.join("keep"), b"x").unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        remove(&link).unwrap();
        assert!(!link.exists());
        assert!(target.join("keep").exists());
    }
}
