//! The manifest of a version: what it holds, under a checksum of its own.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files::{self, Written};

/// The format that this program writes and reads; a change that an older program would misread raises it.
pub const FORMAT_VERSION: u64 = 1;

/// Name of the manifest within its version.
pub(super) const MANIFEST: &str = "manifest.json";

const MAX_MANIFEST_BYTES: u64 = 1 << 20;

/// What the caller knows of a new version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Content id of the model.
    pub model_id: String,
    /// When it was made, as shown to people; never used for ordering.
    pub created_at: String,
    /// Hashes of the config and the inputs by name.
    pub hashes: BTreeMap<String, String>,
    /// Whether the candidate passed the gate.
    pub gate_passed: bool,
}

/// What a version holds and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT_VERSION`] of the program that wrote it.
    pub format_version: u64,
    /// Version of the program that wrote it.
    pub habitus_version: String,
    /// Content id of the model.
    pub model_id: String,
    /// When it was made.
    pub created_at: String,
    /// Hashes of the config and the inputs by name.
    pub hashes: BTreeMap<String, String>,
    /// Whether the candidate passed the gate.
    pub gate_passed: bool,
    /// Every other file of the version, by name.
    pub files: Vec<ManifestFile>,
}

/// A file of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Plain name within the version's folder.
    pub name: String,
    /// Size.
    pub bytes: u64,
    /// `b3:` and the BLAKE3 hash in hex.
    pub blake3: String,
}

impl Manifest {
    pub(super) fn new(meta: &Meta, written: Vec<Written>) -> Self {
        let mut files: Vec<_> = written
            .into_iter()
            .map(|file| ManifestFile {
                name: file.path.to_string_lossy().into_owned(),
                bytes: file.bytes,
                blake3: file.blake3,
            })
            .collect();
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Self {
            format_version: FORMAT_VERSION,
            habitus_version: env!("CARGO_PKG_VERSION").to_owned(),
            model_id: meta.model_id.clone(),
            created_at: meta.created_at.clone(),
            hashes: meta.hashes.clone(),
            gate_passed: meta.gate_passed,
            files,
        }
    }

    /// The bytes of the manifest's file: JSON whose first key is the hash of all that follows it.
    pub(super) fn seal(&self) -> Result<Vec<u8>> {
        let json = serde_json::to_vec_pretty(self)
            .map_err(|cause| Error::Internal(format!("a manifest is not JSON: {cause}")))?;
        // The opening brace and its line end come again with the seal.
        let body = json.get(2..).unwrap_or_default();
        Ok([seal_of(body).as_bytes(), body].concat())
    }

    /// Reads and checks the manifest in the folder of a version.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if a byte of it was changed or it names what is no plain file name,
    /// [`Error::Incompatible`] if its format is another, [`Error::Io`] if it cannot be read.
    pub(super) fn read(dir: &Path) -> Result<Self> {
        let path = dir.join(MANIFEST);
        let corrupt = |message| Error::Corrupt {
            path: path.clone(),
            message,
        };
        let bytes = files::read_capped(&path, MAX_MANIFEST_BYTES)?;
        let body = unseal(&bytes).map_err(corrupt)?;
        let json = [b"{", body].concat();
        let not_json = |cause: serde_json::Error| corrupt(cause.to_string());
        let Format { format_version } = serde_json::from_slice(&json).map_err(not_json)?;
        if format_version != FORMAT_VERSION {
            return Err(Error::Incompatible {
                path,
                found: format_version,
                supported: FORMAT_VERSION,
            });
        }
        let manifest: Self = serde_json::from_slice(&json).map_err(not_json)?;
        manifest.check_names().map_err(corrupt)?;
        Ok(manifest)
    }

    /// Refuses a manifest that could lead a reader to any file but those it lies with.
    fn check_names(&self) -> std::result::Result<(), String> {
        for (i, file) in self.files.iter().enumerate() {
            if !is_file_name(&file.name) {
                return Err(format!("`{}` is no file name", file.name.escape_debug()));
            }
            if self.files[..i].iter().any(|other| other.name == file.name) {
                return Err(format!("`{}` is listed twice", file.name));
            }
        }
        Ok(())
    }
}

/// The one key that every format has.
#[derive(Deserialize)]
struct Format {
    format_version: u64,
}

pub(super) fn seal_of(body: &[u8]) -> String {
    format!("{{\n  \"checksum\": \"{}\",\n", files::hash(body))
}

/// The part of a manifest under its seal, if not one byte of either was changed.
fn unseal(bytes: &[u8]) -> std::result::Result<&[u8], String> {
    let Some((head, body)) = bytes.split_at_checked(seal_of(b"").len()) else {
        return Err(format!("{} bytes are no manifest", bytes.len()));
    };
    let expected = seal_of(body);
    if head == expected.as_bytes() {
        return Ok(body);
    }
    Err(format!(
        "its contents have the seal {:?}, it has {:?}",
        expected,
        String::from_utf8_lossy(head)
    ))
}

/// Whether `name` may be a file of a version: `[a-z0-9][a-z0-9_.-]{0,63}`, and not the manifest's own.
pub(super) fn is_file_name(name: &str) -> bool {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() <= 64
        && name != MANIFEST
        && name.bytes().next().is_some_and(plain)
        && name.bytes().all(|c| plain(c) || b"_.-".contains(&c))
}
