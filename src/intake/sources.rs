//! Input files: patterns resolved to a sorted list, each file read once and fingerprinted while it is read.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

use glob::{MatchOptions, Pattern};

use crate::error::{Error, Result};

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// Its path, below the folder of the project file.
    pub(crate) path: PathBuf,
    /// Its size when it was found.
    pub(crate) bytes: u64,
}

/// The files of one section, each once, sorted by path.
///
/// # Errors
/// `input/no-files` if a pattern matches nothing, `input/not-a-file` for folders, pipes and devices.
pub(crate) fn find(patterns: &[String], base: &Path, key: &str) -> Result<Vec<Source>> {
    let mut found: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for pattern in patterns {
        let paths = expand(pattern, base)?;
        if paths.is_empty() {
            let message = format!("no file matches `{}` of {key}", pattern.escape_debug());
            return Err(Error::input("input/no-files", base, message)
                .with_help("paths are relative to the folder of the project file"));
        }
        for path in paths {
            let canonical = fs::canonicalize(&path).map_err(|e| Error::io("read", &path, e))?;
            // Of several names of one file the first in order counts, whatever the order of the patterns.
            found
                .entry(canonical)
                .and_modify(|kept| {
                    if path < *kept {
                        kept.clone_from(&path);
                    }
                })
                .or_insert(path);
        }
    }
    let mut paths: Vec<PathBuf> = found.into_values().collect();
    paths.sort_unstable();
    paths
        .into_iter()
        .map(|path| {
            let bytes = metadata(&path)?.len();
            Ok(Source { path, bytes })
        })
        .collect()
}

fn metadata(path: &Path) -> Result<Metadata> {
    let metadata = fs::metadata(path).map_err(|e| Error::io("read", path, e))?;
    if metadata.is_file() {
        return Ok(metadata);
    }
    let what = if metadata.is_dir() {
        "a folder"
    } else {
        "not a regular file"
    };
    Err(
        Error::input("input/not-a-file", path, format!("this is {what}"))
            .with_help("name files, for instance with a pattern such as events/*.csv"),
    )
}

/// The paths that `pattern` names. Matching goes component by component over what the folders hold, so that names
/// which are not UTF-8 are found as well; hidden files need a pattern that begins with a dot.
fn expand(pattern: &str, base: &Path) -> Result<Vec<PathBuf>> {
    let plain = base.join(pattern);
    if !pattern.contains(['*', '?', '[']) || plain.exists() {
        return Ok(if plain.exists() {
            vec![plain]
        } else {
            Vec::new()
        });
    }
    let mut paths = vec![base.to_path_buf()];
    for component in Path::new(pattern).components() {
        let name = component.as_os_str().to_string_lossy();
        let mut next = Vec::new();
        for path in paths {
            match component {
                Component::Normal(_) if name == "**" => folders_below(&path, &mut next)?,
                Component::Normal(_) if name.contains(['*', '?', '[']) => {
                    matching(&path, &name, &mut next)?;
                }
                _ => next.push(path.join(component)),
            }
        }
        paths = next;
    }
    paths.retain(|path| path.exists());
    // A wildcard means files; a folder that happens to match is no mistake.
    paths.retain(|path| !path.is_dir());
    Ok(paths)
}

fn matching(folder: &Path, pattern: &str, found: &mut Vec<PathBuf>) -> Result<()> {
    let options = MatchOptions {
        require_literal_leading_dot: true,
        ..MatchOptions::default()
    };
    let pattern = Pattern::new(pattern).map_err(|error| {
        Error::config(format!(
            "`{}` is no file pattern: {error}",
            pattern.escape_debug()
        ))
    })?;
    for entry in entries(folder)? {
        if entry
            .file_name()
            .is_some_and(|n| pattern.matches_with(&n.to_string_lossy(), options))
        {
            found.push(entry);
        }
    }
    Ok(())
}

/// `folder` and every folder below it; links are not followed, so that the search ends.
fn folders_below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in entries(folder)? {
        if entry.is_dir() && !entry.is_symlink() {
            folders_below(&entry, found)?;
        }
    }
    found.push(folder.to_path_buf());
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let failed = |e| Error::io("read", folder, e);
    fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()).map_err(failed))
        .collect()
}

/// Bytes read so far, of all files, told to whoever shows them.
pub(crate) struct Progress<'a> {
    tell: &'a dyn Fn(u64, u64),
    read: Cell<u64>,
    total: u64,
}

impl<'a> Progress<'a> {
    /// Progress from 0 to `total` bytes.
    pub(crate) fn new(tell: &'a dyn Fn(u64, u64), total: u64) -> Self {
        Self {
            tell,
            read: Cell::new(0),
            total,
        }
    }

    /// `bytes` more have been read.
    pub(crate) fn add(&self, bytes: u64) {
        self.read.set(self.read.get().saturating_add(bytes));
        (self.tell)(self.read.get(), self.total);
    }
}

/// A file that is fingerprinted while it is read.
pub(crate) struct Opened<'a> {
    path: &'a Path,
    file: File,
    hasher: blake3::Hasher,
    n_read: u64,
    size: u64,
    modified: Option<SystemTime>,
    progress: Option<&'a Progress<'a>>,
}

impl<'a> Opened<'a> {
    /// Opens a regular file.
    ///
    /// # Errors
    /// [`Error::Io`], or `input/not-a-file`.
    pub(crate) fn open(path: &'a Path, progress: &'a Progress<'a>) -> Result<Self> {
        metadata(path)?;
        let file = File::open(path).map_err(|e| Error::io("read", path, e))?;
        let metadata = file.metadata().map_err(|e| Error::io("read", path, e))?;
        Ok(Self {
            path,
            file,
            hasher: blake3::Hasher::new(),
            n_read: 0,
            size: metadata.len(),
            modified: metadata.modified().ok(),
            progress: Some(progress),
        })
    }

    /// Size when it was opened.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Stops telling progress, since another reader of the same file does; gives the bytes told so far.
    pub(crate) fn mute(&mut self) -> u64 {
        self.progress = None;
        self.n_read
    }

    /// Reads what is left, so that the fingerprint is of the whole file.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) fn drain(&mut self) -> Result<()> {
        let path = self.path;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match self.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io("read", path, error)),
            }
        }
    }

    /// Size and checksum (`b3:` and hex) of a file that stayed the same from its opening to now.
    ///
    /// # Errors
    /// `input/changed`, [`Error::Io`].
    pub(crate) fn finish(mut self) -> Result<(u64, String)> {
        self.drain()?;
        let now = metadata(self.path)?;
        let same = self.n_read == self.size
            && now.len() == self.size
            && now.modified().ok() == self.modified;
        if !same {
            let message = "the file changed while it was read";
            return Err(Error::input("input/changed", self.path, message)
                .with_help("run again when whatever writes it has finished"));
        }
        Ok((self.size, format!("b3:{}", self.hasher.finalize().to_hex())))
    }
}

impl Read for Opened<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        let bytes = u64::try_from(n).unwrap_or(u64::MAX);
        self.n_read = self.n_read.saturating_add(bytes);
        if let Some(progress) = self.progress {
            progress.add(bytes);
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(patterns: &[&str], base: &Path) -> Vec<String> {
        let patterns: Vec<String> = patterns.iter().map(|&p| p.to_owned()).collect();
        find(&patterns, base, "events.paths")
            .unwrap()
            .into_iter()
            .map(|s| {
                s.path
                    .strip_prefix(base)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect()
    }

    #[expect(clippy::disallowed_methods, reason = "tests make their own inputs")]
    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        folder
    }

    #[test]
    fn f_78_overlapping_patterns_give_each_file_once_in_order_of_path() {
        let folder = folder(&["b.csv", "a.csv", "deep/er/c.csv", ".hidden.csv", "x[1].csv"]);
        let base = folder.path();
        assert_eq!(
            names(&["*.csv", "a.csv", "./a.csv"], base),
            ["a.csv", "b.csv", "x[1].csv"]
        );
        assert_eq!(
            names(&["a.csv", "*.csv"], base),
            names(&["*.csv", "a.csv"], base)
        );
        assert_eq!(
            names(&["**/*.csv"], base),
            ["a.csv", "b.csv", "deep/er/c.csv", "x[1].csv"]
        );
        assert_eq!(names(&["deep/*/?.csv"], base), ["deep/er/c.csv"]);
        assert_eq!(
            names(&["x[1].csv"], base),
            ["x[1].csv"],
            "a name that looks like a pattern"
        );
        let absolute = base.join("[ab].csv").to_string_lossy().into_owned();
        assert_eq!(names(&[&absolute], base), ["a.csv", "b.csv"]);
    }

    #[cfg(unix)]
    #[test]
    fn f_78_names_that_are_not_utf_8_are_found_and_links_are_the_file_they_name() {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = folder(&["a.csv"]);
        let odd = folder
            .path()
            .join(std::ffi::OsStr::from_bytes(b"-\xff folder"));
        fs::create_dir(&odd).unwrap();
        fs::copy(folder.path().join("a.csv"), odd.join("b.csv")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("a.csv"), odd.join("c.csv")).unwrap();
        let sources = find(
            &["*/*.csv".into(), "a.csv".into()],
            folder.path(),
            "events.paths",
        )
        .unwrap();
        let paths: Vec<PathBuf> = sources.into_iter().map(|s| s.path).collect();
        assert_eq!(paths, [odd.join("b.csv"), odd.join("c.csv")]);
        assert_eq!(names(&["*.csv"], &odd), ["b.csv", "c.csv"]);
    }

    #[test]
    fn f_78_a_pattern_that_matches_nothing_is_refused() {
        let folder = folder(&["a.csv"]);
        for pattern in ["*.parquet", "missing.csv", "missing/*.csv"] {
            let error = find(&[pattern.into()], folder.path(), "events.paths").unwrap_err();
            assert_eq!(error.code(), "input/no-files");
            assert!(error.to_string().contains(pattern));
            assert!(
                error
                    .to_string()
                    .contains(&*folder.path().to_string_lossy())
            );
        }
        let error = find(&["[".into()], folder.path(), "events.paths").unwrap_err();
        assert_eq!(error.code(), "config/invalid");
        let error = find(&[".".into()], folder.path(), "events.paths").unwrap_err();
        assert_eq!(error.code(), "input/not-a-file");
    }
}
