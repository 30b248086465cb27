//! One error type, grouped by what its reader can do about it.
//!
//! Every variant has a stable slug ([`Error::code`]) that is shown in brackets and put into JSON, and most
//! carry a help line that says what to do next. Bad *rows* are not errors: intake counts them as rejects
//! until their share passes the configured limit.

use std::io;
use std::ops::Range;
use std::path::PathBuf;

/// Result of everything in habitus that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong, by what the reader can do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A key of the project file or a flag is wrong: edit the place named.
    #[error("{message}")]
    Config {
        /// The project file, if the problem stands in one.
        path: Option<PathBuf>,
        /// Byte range of the offending text within the file.
        span: Option<Range<usize>>,
        /// What is wrong.
        message: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// Several independent problems of the project file, all told at once.
    #[error("{} problems in the configuration", .0.len())]
    ConfigMany(Vec<Error>),
    /// An input file cannot be used as a whole.
    #[error("{}{}: {message}", path.display(), line.map(|l| format!(":{l}")).unwrap_or_default())]
    Input {
        /// Stable slug such as `input/empty`.
        code: &'static str,
        /// The file.
        path: PathBuf,
        /// 1-based line (or Parquet row), where one is known.
        line: Option<u64>,
        /// What is wrong.
        message: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// More event rows are bad than the configuration allows.
    #[error(
        "{:.2}% of the event rows are bad, more than intake.max_reject_share = {:.2}% allows: {reasons}",
        share * 100.0, max * 100.0
    )]
    TooManyRejects {
        /// Share of bad rows.
        share: f64,
        /// Share allowed.
        max: f64,
        /// Rejects by reason, in words.
        reasons: String,
        /// Where every one of them is listed.
        rejects: PathBuf,
    },
    /// The question needs more data than there is.
    #[error("need at least {need} {what}, have {got}")]
    TooFew {
        /// What is counted, in the plural.
        what: String,
        /// How many there are.
        got: usize,
        /// How many it takes.
        need: usize,
        /// What to do about it.
        help: Option<String>,
    },
    /// A number that must be finite is not.
    #[error("feature `{feature}` is not finite for {n} customers")]
    NotFinite {
        /// Name of the feature.
        feature: String,
        /// Number of customers concerned.
        n: usize,
    },
    /// A two-class model was asked to learn from one class.
    #[error("every one of the {n} labelled customers {}", if *churned { "churned" } else { "was retained" })]
    OneClass {
        /// Number of labelled customers.
        n: usize,
        /// Which class all of them have.
        churned: bool,
    },
    /// A solver stopped away from the optimum.
    #[error("{what} did not converge: gradient norm {gradient:e} after {iterations} iterations")]
    NotConverged {
        /// Which solver.
        what: &'static str,
        /// Norm of the gradient at the answer.
        gradient: f64,
        /// Iterations used.
        iterations: u64,
    },
    /// A feature changed when only the future changed: the run must not be trusted.
    #[error(
        "feature `{feature}` of a sampled customer changed when events at or after {cutoff} were {change}"
    )]
    Leak {
        /// Name of the feature.
        feature: String,
        /// The cutoff of the proof.
        cutoff: String,
        /// `deleted` or `invented`.
        change: &'static str,
    },
    /// The file system refused.
    #[error("cannot {op} {}: {source}", path.display())]
    Io {
        /// What was tried: `read`, `write`, `create`, `rename`, ...
        op: &'static str,
        /// On which path.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Someone else holds the registry.
    #[error("{} is locked by {holder}", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// Who holds it, as far as known.
        holder: String,
    },
    /// A stored file is not what its manifest says.
    #[error("{} is corrupt: {message}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Expected and found.
        message: String,
    },
    /// A stored model has a format this program cannot read.
    #[error("{} has model format {found}, this program reads format {supported}", path.display())]
    Incompatible {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// The format this program reads.
        supported: u64,
    },
    /// A stated limit would be passed.
    #[error("{what}: {got} is over the limit of {max}")]
    Limit {
        /// What is limited, with its unit.
        what: String,
        /// What was asked for.
        got: u64,
        /// The limit.
        max: u64,
        /// What to do about it.
        help: Option<String>,
    },
    /// A named thing (version, alias, segment) does not exist.
    #[error("{what} `{name}` does not exist")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// Its name as given.
        name: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// A name that may not become part of a path.
    #[error("`{name}` is not a valid {what}")]
    BadName {
        /// The kind of thing.
        what: &'static str,
        /// The name as given, escaped.
        name: String,
        /// The form it must have.
        help: String,
    },
    /// A bug in habitus.
    #[error("internal error: {0}; please report it")]
    Internal(String),
}

impl Error {
    /// Stable slug of the error, for JSON and for looking it up.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config { .. } | Self::ConfigMany(_) => "config/invalid",
            Self::Input { code, .. } => code,
            Self::TooManyRejects { .. } => "input/too-many-rejects",
            Self::TooFew { .. } => "data/too-few",
            Self::NotFinite { .. } => "data/not-finite",
            Self::OneClass { .. } => "data/one-class",
            Self::NotConverged { .. } => "fit/not-converged",
            Self::Leak { .. } => "proof/leak",
            Self::Io { .. } => "io",
            Self::Locked { .. } => "registry/locked",
            Self::Corrupt { .. } => "registry/corrupt",
            Self::Incompatible { .. } => "registry/incompatible",
            Self::Limit { .. } => "limit",
            Self::NotFound { .. } => "registry/not-found",
            Self::BadName { .. } => "name/invalid",
            Self::Internal(_) => "internal",
        }
    }

    /// What the reader can do about it, where more can be said than the message says.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        match self {
            Self::TooManyRejects { .. } => Some(
                "mend the mapping in habitus.toml or the files; if the rows may be lost, raise the limit",
            ),
            Self::Config { help, .. }
            | Self::Input { help, .. }
            | Self::TooFew { help, .. }
            | Self::Limit { help, .. }
            | Self::NotFound { help, .. } => help.as_deref(),
            Self::BadName { help, .. } => Some(help),
            Self::OneClass { .. } => {
                Some("a longer or shorter windows.horizon_days may give both outcomes")
            }
            Self::NotConverged { .. } => {
                Some("raise churn.alpha, or drop features that nearly determine the outcome")
            }
            Self::Leak { .. } => {
                Some("this is a bug or a feature that reads the future; nothing was kept")
            }
            Self::Locked { .. } => {
                Some("another habitus run is writing here; wait for it and run again")
            }
            Self::Corrupt { .. } => Some(
                "do not edit models/ by hand; restore the version from a backup or train again",
            ),
            Self::Incompatible { .. } => {
                Some("train again, or use the habitus version that wrote the model")
            }
            _ => None,
        }
    }

    /// An [`Error::Io`] for `path`; `op` completes "cannot ...".
    pub fn io(op: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io {
            op,
            path: path.into(),
            source,
        }
    }

    /// An [`Error::Input`] about a whole file.
    pub fn input(code: &'static str, path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Self::Input {
            code,
            path: path.into(),
            line: None,
            message: message.into(),
            help: None,
        }
    }

    /// An [`Error::Config`] without a place, for checks that span several keys.
    pub fn config(message: impl Into<String>) -> Self {
        Self::Config {
            path: None,
            span: None,
            message: message.into(),
            help: None,
        }
    }

    /// The same error with advice, where the variant has room for it.
    #[must_use]
    pub fn with_help(mut self, advice: impl Into<String>) -> Self {
        if let Self::Config { help, .. }
        | Self::Input { help, .. }
        | Self::TooFew { help, .. }
        | Self::Limit { help, .. }
        | Self::NotFound { help, .. } = &mut self
        {
            *help = Some(advice.into());
        }
        self
    }
}
