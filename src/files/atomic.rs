//! Files and folders that exist whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::step::{counted, step};
use super::temporary::{PREFIX, Private};
use super::{create_dir_all, here_if_empty, read, remove};
use crate::error::{Error, Result};

/// What was written, for receipts and manifests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Written {
    /// The file; relative to its folder if it was written into an [`AtomicDir`].
    #[serde(serialize_with = "super::path_as_text")]
    pub path: PathBuf,
    /// Size.
    pub bytes: u64,
    /// `b3:` and the BLAKE3 hash in hex.
    pub blake3: String,
}

/// A buffered writer of one file that hashes and counts what passes.
///
/// It is not on the disk for certain before [`FileWriter::finish`].
#[derive(Debug)]
pub struct FileWriter {
    out: BufWriter<Hashed>,
    /// Path in errors.
    shown: PathBuf,
    /// Path in the receipt.
    name: PathBuf,
}

#[derive(Debug)]
struct Hashed {
    file: File,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = counted(|| self.file.write(buf))?;
        self.hasher.update(&buf[..n]);
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl FileWriter {
    /// Makes the file at `path`, which must not exist.
    fn create_new(path: &Path, shown: PathBuf, name: PathBuf) -> Result<Self> {
        let file = step("create", &shown, || {
            OpenOptions::new().write(true).create_new(true).open(path)
        })?;
        let hashed = Hashed {
            file,
            hasher: blake3::Hasher::new(),
            bytes: 0,
        };
        Ok(Self {
            out: BufWriter::with_capacity(1 << 16, hashed),
            shown,
            name,
        })
    }

    /// Writes out the buffer and syncs the file.
    ///
    /// # Errors
    /// [`Error::Io`] if the file system refuses.
    pub fn finish(self) -> Result<Written> {
        let Self { out, shown, name } = self;
        let hashed = out
            .into_inner()
            .map_err(|failed| Error::io("write", &shown, failed.into_error()))?;
        step("sync", &shown, || hashed.file.sync_all())?;
        Ok(Written {
            path: name,
            bytes: hashed.bytes,
            blake3: read::hex(&hashed.hasher),
        })
    }

    /// The error for a write to this file that failed.
    #[must_use]
    pub fn cannot_write(&self, source: io::Error) -> Error {
        Error::io("write", &self.shown, source)
    }
}

impl Write for FileWriter {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.out.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A file that takes the place of its target on [`AtomicFile::commit`], and leaves no trace otherwise.
#[derive(Debug)]
pub struct AtomicFile {
    writer: FileWriter,
    private: Private,
}

/// Name of the one file or folder in a private folder.
const CONTENTS: &str = "new";

impl AtomicFile {
    /// Starts a file that will stand at `path`; a missing parent folder is made.
    ///
    /// # Errors
    /// [`Error::Io`] if the file system refuses.
    pub fn create(path: &Path) -> Result<Self> {
        let parent = parent_of(path);
        create_dir_all(parent)?;
        let private = Private::create(parent)?;
        let unfinished = private.path().join(CONTENTS);
        let writer = FileWriter::create_new(&unfinished, path.to_owned(), path.to_owned())?;
        Ok(Self { writer, private })
    }

    /// Syncs the file, renames it over its target and syncs the folder.
    ///
    /// # Errors
    /// [`Error::Io`] if the file system refuses; the target is then whole, the old or (if only the last sync
    /// failed) the new.
    pub fn commit(self) -> Result<Written> {
        let Self { writer, private } = self;
        let written = writer.finish()?;
        rename(&private.path().join(CONTENTS), &written.path)?;
        sync_dir(parent_of(&written.path))?;
        Ok(written)
    }

    /// The error for a write to this file that failed.
    #[must_use]
    pub fn cannot_write(&self, source: io::Error) -> Error {
        self.writer.cannot_write(source)
    }
}

impl Write for AtomicFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.writer.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// A folder of plain files that appears under its name whole, and leaves no trace otherwise.
///
/// Every [`FileWriter`] must be finished before the folder is committed.
#[derive(Debug)]
pub struct AtomicDir {
    parent: PathBuf,
    private: Private,
}

impl AtomicDir {
    /// Starts a folder that will stand inside `parent`, which is made if missing.
    ///
    /// # Errors
    /// [`Error::Io`] if the file system refuses.
    pub fn create(parent: &Path) -> Result<Self> {
        let parent = here_if_empty(parent).to_owned();
        create_dir_all(&parent)?;
        let private = Private::create(&parent)?;
        let dir = Self { parent, private };
        let contents = dir.contents();
        step("create", &contents, || fs::create_dir(&contents))?;
        Ok(dir)
    }

    fn contents(&self) -> PathBuf {
        self.private.path().join(CONTENTS)
    }

    /// Starts a file of the folder.
    ///
    /// # Errors
    /// [`Error::BadName`] for anything but a plain file name, [`Error::Io`] if the file system refuses.
    pub fn file(&self, name: &str) -> Result<FileWriter> {
        check_plain(name)?;
        let path = self.contents().join(name);
        FileWriter::create_new(&path, path.clone(), name.into())
    }

    /// Writes a file of the folder.
    ///
    /// # Errors
    /// As [`AtomicDir::file`].
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<Written> {
        let mut file = self.file(name)?;
        file.write_all(bytes)
            .map_err(|source| file.cannot_write(source))?;
        file.finish()
    }

    /// Gives the folder its name if that is free; `false` if it is taken, and another may be tried.
    ///
    /// # Edge cases
    /// Must not be called again after it returned `true`: there is nothing left to rename.
    ///
    /// # Errors
    /// [`Error::BadName`] for anything but a plain name, [`Error::Io`] if the file system refuses.
    pub fn commit_new(&mut self, name: &str) -> Result<bool> {
        check_plain(name)?;
        let contents = self.contents();
        sync_dir(&contents)?;
        match rename(&contents, &self.parent.join(name)) {
            Ok(()) => sync_dir(&self.parent).map(|()| true),
            Err(Error::Io { source, .. }) if means_taken(source.kind()) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Gives the folder its name in place of whatever had it.
    ///
    /// The old folder steps aside to `.tmp-old-<name>` until the new one is in place. If the process dies
    /// between the two renames the old one is still there, whole, and goes when this is run again.
    ///
    /// # Errors
    /// [`Error::BadName`] for anything but a plain name; [`Error::Io`] if the file system refuses, after the
    /// old folder has been put back.
    pub fn replace(self, name: &str) -> Result<()> {
        check_plain(name)?;
        let contents = self.contents();
        let target = self.parent.join(name);
        let aside = self.parent.join(format!("{PREFIX}old-{name}"));
        sync_dir(&contents)?;
        if exists(&target) {
            remove_if_there(&aside)?;
            rename(&target, &aside)?;
        }
        if let Err(cause) = rename(&contents, &target) {
            // The first cause is the one to tell; if this fails too the old folder is kept aside.
            let _ = rename(&aside, &target);
            return Err(cause);
        }
        sync_dir(&self.parent)?;
        remove_if_there(&aside)
    }
}

fn means_taken(kind: io::ErrorKind) -> bool {
    // A folder, a file or a link of that name, in this order.
    matches!(
        kind,
        io::ErrorKind::DirectoryNotEmpty
            | io::ErrorKind::AlreadyExists
            | io::ErrorKind::NotADirectory
    )
}

fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn remove_if_there(path: &Path) -> Result<()> {
    if exists(path) { remove(path) } else { Ok(()) }
}

fn parent_of(path: &Path) -> &Path {
    here_if_empty(path.parent().unwrap_or(Path::new("")))
}

#[allow(
    clippy::disallowed_methods,
    reason = "this is the rename that everyone else uses"
)]
fn rename(from: &Path, to: &Path) -> Result<()> {
    step("rename a finished file to", to, || fs::rename(from, to))
}

/// Syncs the entries of a folder; only Unix can, and only there a rename needs it.
fn sync_dir(dir: &Path) -> Result<()> {
    step("sync", dir, || {
        #[cfg(unix)]
        File::open(dir)?.sync_all()?;
        Ok(())
    })
}

/// Refuses every name that could lead out of its folder, or be taken for something unfinished.
fn check_plain(name: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !name.is_empty() && name.len() <= 128 && !name.starts_with('.') && name.chars().all(allowed)
    {
        return Ok(());
    }
    Err(Error::BadName {
        what: "file name",
        name: name.escape_debug().to_string(),
        help: "up to 128 letters, digits, `.`, `_` and `-`, not starting with `.`".to_owned(),
    })
}

#[cfg(test)]
#[path = "atomic_tests.rs"]
mod tests;
