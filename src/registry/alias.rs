//! The alias `current`: which version is in use, and which were before.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Version;
use crate::error::{Error, Result};
use crate::files::{self, Written};

/// Name of the alias and of its file.
pub(super) const CURRENT: &str = "current";

const MAX_BYTES: u64 = 1 << 20;

/// The contents of the alias file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alias {
    /// The version in use.
    pub(super) version: Version,
    /// Whether it came past the gate by force.
    pub(super) forced: bool,
    /// The versions in use before, the latest last.
    pub(super) previous: Vec<Version>,
}

impl Alias {
    /// Reads the alias; `None` if nothing was promoted yet.
    pub(super) fn read(dir: &Path) -> Result<Option<Self>> {
        let listed = files::list(dir)?;
        let Some(entry) = listed.iter().find(|entry| entry.name == CURRENT) else {
            return Ok(None);
        };
        let path = dir.join(CURRENT);
        let corrupt = |found: &str| Error::Corrupt {
            path: path.clone(),
            message: format!("{found}; remove this file and promote a version again"),
        };
        if entry.kind != files::Kind::File {
            return Err(corrupt("it is no plain file"));
        }
        let bytes = files::read_capped(&path, MAX_BYTES)?;
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|cause| corrupt(&cause.to_string()))
    }

    pub(super) fn write(&self, dir: &Path) -> Result<Written> {
        let mut json = serde_json::to_vec(self)
            .map_err(|cause| Error::Internal(format!("an alias is not JSON: {cause}")))?;
        json.push(b'\n');
        files::write_atomic(&dir.join(CURRENT), &json)
    }
}
