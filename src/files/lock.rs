//! An advisory lock that the kernel drops with its holder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::create_dir_all;
use super::step::step;
use crate::error::{Error, Result};

const PAUSE: Duration = Duration::from_millis(50);

/// Holds a lock file until dropped.
///
/// It only keeps two runs from doing the same work; nothing relies on it for correctness. The file stays,
/// with the process id of its last holder; a dead holder's lock is free.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock at `path`, trying for as long as `wait` says, or once.
    ///
    /// # Errors
    /// [`Error::Locked`] with the holder's process id if it stays taken, [`Error::Io`] if the file system
    /// refuses.
    pub fn acquire(path: &Path, wait: Option<Duration>) -> Result<Self> {
        if let Some(parent) = path.parent() {
            create_dir_all(parent)?;
        }
        let mut file = step("open", path, || {
            OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
        })?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(cause)) => return Err(Error::io("lock", path, cause)),
                Err(TryLockError::WouldBlock) => {}
            }
            if wait.is_none_or(|wait| start.elapsed() >= wait) {
                return Err(Error::Locked {
                    path: path.to_owned(),
                    holder: holder(path.to_owned()),
                });
            }
            thread::sleep(PAUSE);
        }
        step("write", path, || {
            file.set_len(0)?;
            file.write_all(std::process::id().to_string().as_bytes())
        })?;
        Ok(Self { _file: file })
    }
}

fn holder(path: PathBuf) -> String {
    fs::read_to_string(path)
        .ok()
        .and_then(|text| text.trim().parse::<u32>().ok())
        .map_or_else(
            || "another process".to_owned(),
            |pid| format!("process {pid}"),
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::write_atomic;

    #[test]
    fn f_e66_a_held_lock_names_its_holder_and_waiting_for_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".lock");
        let held = Lock::acquire(&path, None).unwrap();
        let me = format!("process {}", std::process::id());
        for wait in [None, Some(Duration::from_millis(60))] {
            match Lock::acquire(&path, wait).unwrap_err() {
                Error::Locked { holder, .. } => assert_eq!(holder, me),
                other => panic!("{other}"),
            }
        }
        drop(held);
        Lock::acquire(&path, None).unwrap();
    }

    #[test]
    fn f_e66_a_lock_whose_holder_is_gone_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".lock");
        write_atomic(&path, b"4194304000").unwrap();
        Lock::acquire(&path, None).unwrap();
    }

    #[test]
    fn a_waiting_run_gets_the_lock_when_it_becomes_free() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".lock");
        let held = Lock::acquire(&path, None).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| Lock::acquire(&path, Some(Duration::from_secs(30))));
            drop(held);
            waiting.join().unwrap().unwrap();
        });
    }
}
