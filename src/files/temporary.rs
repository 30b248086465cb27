//! Private temporary folders that are removed on drop, and by a signal handler.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::step::{counted, step};
use crate::error::Result;

/// What the name of everything unfinished starts with.
pub const PREFIX: &str = ".tmp-";

static LIVE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn live() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    // A set of paths is whole whatever thread died while holding it.
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes every temporary folder of this process: the last deed of a signal handler before it exits.
///
/// Whatever is still being written then fails. What cannot be removed stays under its `.tmp-*` name.
pub fn remove_temporaries() {
    let mut paths = live();
    remove_each(&paths);
    paths.clear();
}

fn remove_each(paths: &BTreeSet<PathBuf>) {
    for path in paths {
        // Nothing can be done about a failure: the process is about to end.
        let _ = fs::remove_dir_all(path);
    }
}

/// A folder `.tmp-<pid>-<random>` that only the owner may enter, removed when dropped.
#[derive(Debug)]
pub(super) struct Private {
    path: PathBuf,
}

impl Private {
    /// Makes the folder inside `parent`, which must exist.
    pub(super) fn create(parent: &Path) -> Result<Self> {
        // Held throughout, so that a signal handler cannot slip between making and registering.
        let mut paths = live();
        let path = step("create a temporary folder in", parent, || {
            make_private(parent)
        })?;
        paths.insert(path.clone());
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // A failure leaves a `.tmp-*` behind, which `models gc` collects; there is nobody to tell here.
        let _ = counted(|| fs::remove_dir_all(&self.path));
        live().remove(&self.path);
    }
}

fn make_private(parent: &Path) -> std::io::Result<PathBuf> {
    let prefix = format!("{PREFIX}{}-", std::process::id());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    Ok(builder.tempdir_in(parent)?.keep())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn f_d56_the_folder_is_private_unpredictable_and_inside_its_parent() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let first = Private::create(dir.path()).unwrap();
        let second = Private::create(dir.path()).unwrap();
        assert_ne!(first.path(), second.path());
        assert_eq!(first.path().parent(), Some(dir.path()));
        let mode = fs::metadata(first.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_live_folder_is_known_to_the_signal_handler_and_a_dropped_one_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let private = Private::create(dir.path()).unwrap();
        let path = private.path().to_owned();
        assert!(live().contains(&path));
        drop(private);
        assert!(!live().contains(&path));
        assert!(!path.exists());
    }

    #[test]
    fn f_e73_folders_are_removed_with_their_contents() {
        let dir = tempfile::tempdir().unwrap();
        let path = make_private(dir.path()).unwrap();
        fs::create_dir(path.join("half")).unwrap();
        // Not through the set of all live folders: other tests have theirs in it.
        remove_each(&BTreeSet::from([path.clone(), dir.path().join("gone")]));
        assert!(!path.exists());
    }
}
