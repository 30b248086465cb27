//! A version on the disk, checked against its manifest.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::PathBuf;

use super::manifest::{MANIFEST, Manifest, ManifestFile, is_file_name};
use crate::error::{Error, Result};
use crate::files::{self, Kind, Listed};

/// No file of a version is larger: more would not be a model.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// A version read whole, every byte checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its files by name.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// A version whose manifest was read and can be trusted; its files are yet to be checked.
pub(super) struct Stored {
    dir: PathBuf,
    listed: Vec<Listed>,
    pub(super) manifest: Manifest,
}

impl Stored {
    /// Opens the version in `dir`, a folder.
    pub(super) fn open(dir: PathBuf) -> Result<Self> {
        let listed = files::list(&dir)?;
        let path = dir.join(MANIFEST);
        plain_file(&listed, MANIFEST).map_err(|message| Error::Corrupt { path, message })?;
        let manifest = Manifest::read(&dir)?;
        Ok(Self {
            dir,
            listed,
            manifest,
        })
    }

    pub(super) fn load(self) -> Result<Loaded> {
        if let Some(error) = self.misfits().into_iter().next() {
            return Err(error);
        }
        let mut files = BTreeMap::new();
        for file in &self.manifest.files {
            files.insert(file.name.clone(), self.read(file)?);
        }
        Ok(Loaded {
            manifest: self.manifest,
            files,
        })
    }

    /// What names, kinds and sizes alone show to be wrong.
    pub(super) fn misfits(&self) -> Vec<Error> {
        let files = &self.manifest.files;
        let checked = files.iter().filter_map(|file| self.check_size(file).err());
        checked.chain(self.unknown()).collect()
    }

    /// All that is wrong, every byte read.
    pub(super) fn damage(&self) -> Vec<Error> {
        let files = &self.manifest.files;
        let read = files.iter().filter_map(|file| self.read(file).err());
        read.chain(self.unknown()).collect()
    }

    fn unknown(&self) -> impl Iterator<Item = Error> {
        let known =
            |name: &str| name == MANIFEST || self.manifest.files.iter().any(|f| f.name == name);
        self.listed
            .iter()
            .filter(move |l| !known(&l.name))
            .map(|l| self.corrupt(&l.name, "the manifest does not know it".to_owned()))
    }

    fn check_size(&self, file: &ManifestFile) -> Result<()> {
        let found = plain_file(&self.listed, &file.name)
            .map_err(|message| self.corrupt(&file.name, message))?;
        if found.bytes == file.bytes {
            return Ok(());
        }
        Err(self.corrupt(&file.name, differs("size", file.bytes, found.bytes)))
    }

    fn read(&self, file: &ManifestFile) -> Result<Vec<u8>> {
        self.check_size(file)?;
        let bytes = files::read_capped(&self.dir.join(&file.name), MAX_FILE_BYTES)?;
        let found = files::hash(&bytes);
        if found == file.blake3 {
            return Ok(bytes);
        }
        Err(self.corrupt(&file.name, differs("hash", &file.blake3, &found)))
    }

    fn corrupt(&self, name: &str, message: String) -> Error {
        Error::Corrupt {
            path: self.dir.join(name),
            message,
        }
    }
}

fn plain_file<'a>(listed: &'a [Listed], name: &str) -> std::result::Result<&'a Listed, String> {
    match listed.iter().find(|l| l.name == name) {
        Some(found) if found.kind == Kind::File => Ok(found),
        Some(_) => Err("it is no plain file".to_owned()),
        None => Err("it is missing".to_owned()),
    }
}

fn differs(what: &str, expected: impl Display, found: impl Display) -> String {
    format!("expected {what} {expected}, found {found}")
}

/// Refuses a file that could not be read back as part of a version.
pub(super) fn check_file(name: &str, bytes: u64) -> Result<()> {
    if !is_file_name(name) {
        return Err(Error::BadName {
            what: "file name of a version",
            name: name.escape_debug().take(80).collect(),
            help: format!("`[a-z0-9][a-z0-9_.-]{{0,63}}`, and not `{MANIFEST}`"),
        });
    }
    if bytes > MAX_FILE_BYTES {
        return Err(Error::Limit {
            what: format!("size of {name} in bytes"),
            got: bytes,
            max: MAX_FILE_BYTES,
            help: None,
        });
    }
    Ok(())
}
