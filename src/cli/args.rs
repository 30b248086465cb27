//! What can be typed.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::styling::Styles;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::ExportTarget;
use crate::config::load::Override;
use crate::simulate;

/// Product-usage segmentation that proves itself: events in; segments, evidence, report and CRM file out.
#[derive(Debug, Parser)]
#[command(name = "habitus", version, max_term_width = 100, styles = Styles::plain())]
#[command(
    after_help = "Examples:\n  habitus run                       the monthly job, on the project in this folder\n  habitus init --from events.csv    look at a file and propose a project\n  habitus score && habitus export   the nightly job"
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) verb: Verb,
}

/// Options of every verb.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(super) struct Global {
    /// Project file [default: habitus.toml here or in a folder above]
    #[arg(long, global = true, value_name = "PATH", env = "HABITUS_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// Form of the answer on stdout
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// Say nothing on stderr but problems
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// No progress bars
    #[arg(long, global = true)]
    pub(super) no_progress: bool,
    /// Threads to use [default: one per core]; answers do not depend on it
    #[arg(long, global = true, value_name = "N")]
    pub(super) threads: Option<NonZeroUsize>,
}

/// Form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Write a commented habitus.toml, from what a file looks like if one is named
    #[command(
        after_help = "Examples:\n  habitus init --from events.csv.gz\n  habitus init acme --example && cd acme && habitus run"
    )]
    Init(Init),
    /// Make up a product: events, customers and outcomes with planted truth
    #[command(
        after_help = "Examples:\n  habitus simulate --out demo\n  habitus simulate --out big --customers 670000 --days 180\n  habitus simulate --out bad --events csv --bad-rows 0.005 --duplicates 0.01"
    )]
    Simulate(Simulate),
    /// Say what is wrong with configuration and data before anything runs
    Check(Learning),
    /// Learn a candidate version, prove and judge it; `current` does not move
    #[command(
        after_help = "Examples:\n  habitus train\n  habitus train --method ward --k 5\n  habitus models promote latest"
    )]
    Train(Learning),
    /// Label every customer with a version
    Score(Score),
    /// Set a version's segments against the latest finished outcomes
    Validate(Validate),
    /// Draw the report of a version
    Report(WithModel),
    /// Write CRM files from labels
    Export(Export),
    /// The monthly job: check, train, validate, gate, promote, score, report, export
    #[command(
        after_help = "Examples:\n  habitus run\n  habitus run --cutoff 2024-06-01\n  habitus run --format json --quiet"
    )]
    Run(Learning),
    /// List, show, promote and verify versions
    #[command(subcommand)]
    Models(Models),
    /// Print the JSON Schema of habitus.toml
    Schema,
    /// Print a completion script
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

/// Options of `init`.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// Folder of the project
    #[arg(default_value = ".")]
    pub(super) dir: PathBuf,
    /// Look at this event log and propose the mapping
    #[arg(long, value_name = "FILE", conflicts_with = "example")]
    pub(super) from: Option<PathBuf>,
    /// Add a made-up log, so that `habitus run` works at once
    #[arg(long)]
    pub(super) example: bool,
}

/// Options of `simulate`.
#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// Folder to write into
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Customers
    #[arg(long, default_value_t = 2_000)]
    pub(super) customers: usize,
    /// Days
    #[arg(long, default_value_t = 180)]
    pub(super) days: i32,
    /// First day
    #[arg(long, default_value = "2025-01-01")]
    pub(super) start: String,
    /// Seed; the same seed gives the same bytes
    #[arg(long, default_value_t = 42)]
    pub(super) seed: u64,
    /// Form of the event files
    #[arg(long, value_enum, default_value = "parquet")]
    pub(super) events: simulate::Format,
    /// Multiply the actions of every session
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub(super) events_scale: f64,
    /// Plant this share of duplicate rows
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.0,
        help_heading = "Trouble"
    )]
    pub(super) duplicates: f64,
    /// Let one event vanish for three days
    #[arg(long, help_heading = "Trouble")]
    pub(super) tracking_gap: bool,
    /// Ship a release that moves usage from one feature to a new one
    #[arg(long, help_heading = "Trouble")]
    pub(super) release: bool,
    /// Plant this share of rows with unknown events
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.0,
        help_heading = "Trouble"
    )]
    pub(super) unknown_events: f64,
    /// Plant this share of rows that cannot be read (CSV only)
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.0,
        help_heading = "Trouble"
    )]
    pub(super) bad_rows: f64,
}

/// Options that stand over the project file when learning.
#[derive(Debug, Args)]
#[command(next_help_heading = "Instead of habitus.toml")]
pub(super) struct Learning {
    /// Cutoff to learn at (windows.cutoff)
    #[arg(long, value_name = "DATE")]
    cutoff: Option<String>,
    /// Clustering method: kmeans or ward (segments.method)
    #[arg(long)]
    method: Option<String>,
    /// Number of clusters (segments.k)
    #[arg(long)]
    k: Option<usize>,
    /// Seed (segments.seed)
    #[arg(long)]
    seed: Option<u64>,
}

impl Learning {
    /// The flags given, as overrides of keys.
    pub(super) fn overrides(&self) -> Vec<Override> {
        let flags = [
            ("windows.cutoff", "--cutoff", self.cutoff.clone()),
            ("segments.method", "--method", self.method.clone()),
            ("segments.k", "--k", self.k.map(|k| k.to_string())),
            (
                "segments.seed",
                "--seed",
                self.seed.map(|seed| seed.to_string()),
            ),
        ];
        let given = flags
            .into_iter()
            .filter_map(|(key, flag, value)| Some((key, flag, value?)));
        given
            .map(|(key, flag, value)| Override {
                key: key.into(),
                value,
                origin: flag.into(),
            })
            .collect()
    }
}

/// Options of verbs that use a version.
#[derive(Debug, Args)]
pub(super) struct WithModel {
    /// Version: current, latest or v0007
    #[arg(long, default_value = "current")]
    pub(super) model: String,
}

/// Options of `score`.
#[derive(Debug, Args)]
pub(super) struct Score {
    #[command(flatten)]
    pub(super) with: WithModel,
    /// Label as of this day [default: the end of the data]
    #[arg(long, value_name = "DATE")]
    pub(super) cutoff: Option<String>,
}

/// Options of `validate`.
#[derive(Debug, Args)]
pub(super) struct Validate {
    #[command(flatten)]
    pub(super) with: WithModel,
    /// Cutoff at which customers are labelled [default: the latest with finished outcomes]
    #[arg(long, value_name = "DATE")]
    pub(super) cutoff: Option<String>,
}

/// Options of `export`.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// labels.csv to export [default: the newest under reports/]
    #[arg(long, value_name = "FILE")]
    pub(super) labels: Option<PathBuf>,
    /// Kinds of file [default: export.targets]
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(super) target: Vec<ExportTarget>,
    /// Folder to write [default: beside the labels' folder, ending in -export]
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

/// Verbs of `models`.
#[derive(Debug, Subcommand)]
pub(super) enum Models {
    /// Every version, with what is wrong with it
    List,
    /// One version in full
    Show {
        /// Version: current, latest or v0007
        #[arg(default_value = "current")]
        version: String,
    },
    /// Make a version current
    Promote {
        /// Version: latest or v0007
        version: String,
        /// Even though the gate failed; recorded
        #[arg(long)]
        force: bool,
    },
    /// Make the version before the current one current again
    Rollback,
    /// Check every byte of one version, or of all
    Verify {
        /// Version: current, latest or v0007
        version: Option<String>,
    },
    /// Remove what interrupted runs left over
    Gc {
        /// Only say what would be removed
        #[arg(long)]
        dry_run: bool,
    },
}
