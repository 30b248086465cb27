//! What every verb needs: the project, the clock, the registry, someone to talk to.

use std::path::PathBuf;
use std::time::Duration;

use super::args::Global;
use super::talk::Talk;
use crate::config::Config;
use crate::config::load::{Override, Project, find, from_environment, load};
use crate::error::{Error, Result};
use crate::files::{self, Lock};
use crate::model::Model;
use crate::pipeline::Clock;
use crate::registry::{Manifest, Registry, Version};
use crate::time::Day;

/// How long a run waits for another one to finish.
const LOCK_WAIT: Duration = Duration::from_secs(600);

/// The project and the world around it.
pub(super) struct Context {
    pub(super) project: Project,
    pub(super) clock: Clock,
    pub(super) registry: Registry,
    pub(super) reports: PathBuf,
    pub(super) talk: Talk,
}

/// A version as loaded from the registry, checked.
pub(super) struct Stored {
    pub(super) version: Version,
    pub(super) manifest: Manifest,
    pub(super) model: Model,
}

impl Context {
    /// Reads the project file, lays environment and flags over it, and looks at the clock, once.
    pub(super) fn new(global: Global, flags: Vec<Override>) -> Result<Self> {
        let path = match &global.config {
            Some(path) => path.clone(),
            None => {
                let here = std::env::current_dir().map_err(|e| Error::io("read", ".", e))?;
                shortened(find(&here)?, &here)
            }
        };
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let mut overrides = from_environment(variables)?;
        overrides.extend(flags);
        let project = load(&path, &overrides)?;
        let registry = Registry::open(&project.base.join(&project.config.output.models))?;
        let reports = project.base.join(&project.config.output.reports);
        let now = jiff::Timestamp::now().as_microsecond();
        Ok(Self {
            project,
            clock: Clock::at(now),
            registry,
            reports,
            talk: Talk::new(&global),
        })
    }

    pub(super) fn config(&self) -> &Config {
        &self.project.config
    }

    /// Fails now rather than after the long work if results could not be written.
    pub(super) fn probe_outputs(&self) -> Result<()> {
        files::probe_writable(&self.project.base.join(&self.config().output.models))?;
        files::probe_writable(&self.reports)
    }

    /// Takes the registry's lock; while another run holds it, waits and says so.
    pub(super) fn lock(&self) -> Result<Lock> {
        match self.registry.lock(None) {
            Err(Error::Locked { path, holder }) => {
                let path = path.display();
                self.talk
                    .say(&format!("waiting for {holder}, which holds {path}"));
                self.registry.lock(Some(LOCK_WAIT))
            }
            result => result,
        }
    }

    /// Loads a version by name (`current`, `latest`, `v0007`), every byte checked.
    pub(super) fn stored(&self, name: &str) -> Result<Stored> {
        let version = self.registry.resolve(name)?;
        let mut loaded = self.registry.load(version)?;
        let path = self.registry.path(version).join(MODEL);
        let bytes = loaded.files.remove(MODEL).ok_or_else(|| Error::Corrupt {
            path: path.clone(),
            message: "is missing in its version".into(),
        })?;
        Ok(Stored {
            version,
            manifest: loaded.manifest,
            model: Model::from_json(&path, &bytes)?,
        })
    }
}

/// Name of the model within its version.
pub(super) const MODEL: &str = "model.json";

/// A path below the current folder as seen from there.
fn shortened(path: PathBuf, here: &std::path::Path) -> PathBuf {
    path.strip_prefix(here).map(PathBuf::from).unwrap_or(path)
}

/// A date flag.
pub(super) fn date(flag: &str, text: Option<&str>) -> Result<Option<Day>> {
    let parse = |text: &str| {
        Day::parse(text).ok_or_else(|| {
            Error::config(format!("{flag} = `{}` is no date", text.escape_debug()))
                .with_help("write it as 2024-06-30")
        })
    };
    text.map(parse).transpose()
}
