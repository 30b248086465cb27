//! The model registry: immutable numbered versions and one movable alias.
//!
//! ```text
//! models/
//!   v0001/  manifest.json  model.json  ...   whole, never changed
//!   v0002/  ...
//!   current                                  {"version":"v0002","forced":false,"previous":["v0001"]}
//!   .lock                                    advisory
//!   .tmp-*                                   unfinished: ignored, collected by gc
//! ```
//!
//! A version is written into a private folder, its manifest last, and renamed to the next free number; a
//! rename that finds the number taken tries the one after. That alone makes concurrent writers safe; the lock
//! only spares them wasted work. Nothing is read whose size, hash and name the manifest does not vouch for, a
//! manifest vouches for itself by a seal, and no link is ever followed.

mod alias;
mod manifest;
mod stored;
mod version;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::files::{self, AtomicDir, Kind, Lock};

use alias::{Alias, CURRENT};
use manifest::MANIFEST;
use stored::{Stored, check_file};

pub use manifest::{FORMAT_VERSION, Manifest, ManifestFile, Meta};
pub use stored::Loaded;
pub use version::Version;

/// A folder of model versions.
#[derive(Clone, Debug)]
pub struct Registry {
    dir: PathBuf,
}

/// A version as listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its number.
    pub version: Version,
    /// Its manifest, if that can be read.
    pub manifest: Option<Manifest>,
    /// Why it cannot be used; `None` if names and sizes are right (hashes are checked on use).
    pub problem: Option<String>,
    /// Whether the alias `current` points to it.
    pub is_current: bool,
}

/// A move of the alias `current`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Promotion {
    /// The version in use before.
    pub from: Option<Version>,
    /// The version in use now.
    pub to: Version,
}

impl Registry {
    /// The registry in `dir`, which need not exist yet. Writes nothing.
    ///
    /// # Errors
    /// [`Error::Io`] if `dir` is there and is no readable folder.
    pub fn open(dir: &Path) -> Result<Self> {
        files::list(dir)?;
        Ok(Self {
            dir: dir.to_owned(),
        })
    }

    /// The folder of a version, for messages.
    #[must_use]
    pub fn path(&self, version: Version) -> PathBuf {
        self.dir.join(version.to_string())
    }

    /// Takes the registry's advisory lock, for runs that will add or promote.
    ///
    /// # Errors
    /// As [`Lock::acquire`].
    pub fn lock(&self, wait: Option<Duration>) -> Result<Lock> {
        Lock::acquire(&self.dir.join(".lock"), wait)
    }

    /// Adds a version made of `files` (name and contents) under the next free number.
    ///
    /// # Errors
    /// [`Error::BadName`] for a name outside `[a-z0-9][a-z0-9_.-]{0,63}`, [`Error::Limit`] for a file that
    /// could not be read back, [`Error::Io`] if the file system refuses. No version appears then.
    pub fn add(&self, files: &[(&str, &[u8])], meta: &Meta) -> Result<Version> {
        for (name, bytes) in files {
            check_file(name, bytes.len() as u64)?;
        }
        let mut dir = AtomicDir::create(&self.dir)?;
        let mut written = Vec::with_capacity(files.len());
        for (name, bytes) in files {
            written.push(dir.write(name, bytes)?);
        }
        dir.write(MANIFEST, &Manifest::new(meta, written).seal()?)?;
        let mut version = self.next_version()?;
        while !dir.commit_new(&version.to_string())? {
            version = after(version)?;
        }
        Ok(version)
    }

    /// One more than the largest number in use, or ever promoted: an alias must not come to mean a model
    /// that nobody promoted because the one it meant was removed.
    fn next_version(&self) -> Result<Version> {
        let listed = files::list(&self.dir)?;
        let seen = listed.iter().filter_map(|l| Version::parse(&l.name));
        // Adding is safe with an alias that cannot be read; whoever uses the alias will hear of it.
        let alias = Alias::read(&self.dir).ok().flatten();
        let promoted = alias
            .iter()
            .flat_map(|a| a.previous.iter().chain([&a.version]));
        after(seen.chain(promoted.copied()).max().unwrap_or(Version(0)))
    }

    /// All versions by number, those that cannot be used with the reason.
    ///
    /// # Errors
    /// [`Error::Io`] if the folder cannot be read, [`Error::Corrupt`] if the alias cannot.
    pub fn list(&self) -> Result<Vec<Entry>> {
        let current = Alias::read(&self.dir)?.map(|alias| alias.version);
        let entry = |version| {
            let (manifest, problems) = match self.stored(version) {
                Ok(stored) => {
                    let problems = in_words(&stored.misfits());
                    (Some(stored.manifest), problems)
                }
                Err(error) => (None, vec![error.to_string()]),
            };
            Entry {
                version,
                manifest,
                problem: (!problems.is_empty()).then(|| problems.join("; ")),
                is_current: current == Some(version),
            }
        };
        Ok(self.versions()?.into_iter().map(entry).collect())
    }

    fn versions(&self) -> Result<Vec<Version>> {
        let listed = files::list(&self.dir)?;
        let mut versions: Vec<_> = listed
            .iter()
            .filter_map(|l| Version::parse(&l.name))
            .collect();
        versions.sort_unstable();
        Ok(versions)
    }

    /// The version that `name` means: `current`, `latest` (the largest number) or a number such as `v0007`.
    ///
    /// # Errors
    /// [`Error::BadName`] for any other name, [`Error::NotFound`] if there is no such version.
    pub fn resolve(&self, name: &str) -> Result<Version> {
        let missing = |help: &str| Error::NotFound {
            what: "version",
            name: name.to_owned(),
            help: Some(help.to_owned()),
        };
        let versions = self.versions()?;
        match name {
            "latest" => versions
                .last()
                .copied()
                .ok_or_else(|| missing("nothing was trained yet: run `habitus train`")),
            CURRENT => {
                let alias = Alias::read(&self.dir)?.ok_or_else(|| {
                    missing("nothing was promoted yet: run `habitus models promote VERSION`")
                })?;
                self.existing(alias.version)
            }
            _ => self.existing(Version::parse(name).ok_or_else(|| bad_name(name))?),
        }
    }

    /// `version`, if there is something under its number.
    fn existing(&self, version: Version) -> Result<Version> {
        let versions = self.versions()?;
        if versions.contains(&version) {
            return Ok(version);
        }
        let help = match (versions.first(), versions.last()) {
            (Some(first), Some(last)) => format!("there are versions from {first} to {last}"),
            _ => "nothing was trained yet: run `habitus train`".to_owned(),
        };
        Err(Error::NotFound {
            what: "version",
            name: version.to_string(),
            help: Some(help),
        })
    }

    /// Reads a version whole and checks every byte of it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Incompatible`] for another format, [`Error::Corrupt`] naming the first
    /// file that is not what the manifest says, [`Error::Io`] if a file cannot be read.
    pub fn load(&self, version: Version) -> Result<Loaded> {
        self.stored(version)?.load()
    }

    /// Everything that is wrong with a version, in words; nothing if it can be used.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is nothing under its number, [`Error::Io`] if the registry cannot be read.
    pub fn verify(&self, version: Version) -> Result<Vec<String>> {
        match self.stored(version) {
            Ok(stored) => Ok(in_words(&stored.damage())),
            Err(error @ Error::NotFound { .. }) => Err(error),
            Err(error) => Ok(vec![error.to_string()]),
        }
    }

    /// Makes `version` the one in use, if it is whole and passed the gate, or is forced past it.
    ///
    /// # Edge cases
    /// Promoting the version in use changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Corrupt`], [`Error::Incompatible`], [`Error::Config`] if it did not pass
    /// the gate and `force` is not given, [`Error::Io`]. The old version stays in use then.
    pub fn promote(&self, version: Version, force: bool) -> Result<Promotion> {
        let gate_passed = self.load(version)?.manifest.gate_passed;
        if !gate_passed && !force {
            return Err(Error::config(format!("{version} did not pass the gate")).with_help(
                "see why in its report; `habitus models promote --force` promotes it all the same, on record",
            ));
        }
        let before = Alias::read(&self.dir)?;
        let from = before.as_ref().map(|alias| alias.version);
        if from != Some(version) {
            let mut previous = before.map(|alias| alias.previous).unwrap_or_default();
            previous.extend(from);
            self.point_to(version, !gate_passed, previous)?;
        }
        Ok(Promotion { from, to: version })
    }

    /// Makes the version before the one in use the one in use again. Done twice it goes back two.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none before, otherwise as [`Registry::promote`].
    pub fn rollback(&self) -> Result<Promotion> {
        let version = self.resolve(CURRENT)?;
        let mut previous = Alias::read(&self.dir)?.map_or_else(Vec::new, |alias| alias.previous);
        let to = previous.pop().ok_or_else(|| Error::NotFound {
            what: "version before",
            name: version.to_string(),
            help: Some("only one version was ever promoted; promote another by its number".into()),
        })?;
        let gate_passed = self.load(to)?.manifest.gate_passed;
        self.point_to(to, !gate_passed, previous)?;
        Ok(Promotion {
            from: Some(version),
            to,
        })
    }

    fn point_to(&self, version: Version, forced: bool, previous: Vec<Version>) -> Result<()> {
        let alias = Alias {
            version,
            forced,
            previous,
        };
        alias.write(&self.dir).map(drop)
    }

    /// Removes what dead runs left unfinished (`.tmp-*`), or only tells with `dry_run`. Takes the lock, so as
    /// not to sweep away what a run that holds it is writing.
    ///
    /// # Errors
    /// [`Error::Locked`] if a run holds the registry, [`Error::Io`] if the file system refuses.
    pub fn gc(&self, dry_run: bool) -> Result<Vec<PathBuf>> {
        let listed = files::list(&self.dir)?;
        let leftovers: Vec<_> = listed
            .iter()
            .filter(|l| l.name.starts_with(files::PREFIX))
            .map(|l| self.dir.join(&l.name))
            .collect();
        if !dry_run && !leftovers.is_empty() {
            let _lock = self.lock(None)?;
            for path in &leftovers {
                files::remove(path)?;
            }
        }
        Ok(leftovers)
    }

    fn stored(&self, version: Version) -> Result<Stored> {
        self.existing(version)?;
        let listed = files::list(&self.dir)?;
        let name = version.to_string();
        if listed.iter().any(|l| l.name == name && l.kind == Kind::Dir) {
            return Stored::open(self.path(version));
        }
        Err(Error::Corrupt {
            path: self.path(version),
            message: "it is no folder".to_owned(),
        })
    }
}

fn after(version: Version) -> Result<Version> {
    version.0.checked_add(1).map(Version).ok_or(Error::Limit {
        what: "number of a version".to_owned(),
        got: u64::from(u32::MAX) + 1,
        max: u64::from(u32::MAX),
        help: None,
    })
}

fn in_words(errors: &[Error]) -> Vec<String> {
    errors.iter().map(Error::to_string).collect()
}

fn bad_name(name: &str) -> Error {
    Error::BadName {
        what: "version",
        name: name.escape_debug().take(80).collect(),
        help: "`current`, `latest`, or a number such as `v0007`".to_owned(),
    }
}

#[cfg(test)]
mod tests;
