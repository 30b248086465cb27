//! Progress on stderr: a bar on a terminal, a line per stage elsewhere, nothing with `--quiet`.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::args::Global;
use crate::pipeline::Watch;

/// Talks about the stages of a run.
pub(super) enum Talk {
    Quiet,
    Lines,
    Bar(ProgressBar),
}

impl Talk {
    pub(super) fn new(global: &Global) -> Self {
        if global.quiet {
            Self::Quiet
        } else if io::stderr().is_terminal() && !global.no_progress {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            Self::Bar(bar)
        } else {
            Self::Lines
        }
    }

    /// Says something besides the stages.
    pub(super) fn say(&self, text: &str) {
        match self {
            Self::Quiet => {}
            // Talk may get lost where there is no stderr.
            Self::Lines => drop(writeln!(io::stderr(), "habitus: {text}")),
            Self::Bar(bar) => bar.set_message(text.to_string()),
        }
    }

    /// Takes the bar off the terminal.
    pub(super) fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// What a stage does, for people.
fn doing(stage: &str) -> &str {
    match stage {
        "read" => "reading events, customers and outcomes",
        "activity" => "rolling events up to activity",
        "features" => "computing features at the cutoffs",
        "proof" => "proving that no feature sees the future",
        "cluster" => "clustering",
        "churn" => "fitting the churn model",
        "validate" => "setting segments against later outcomes",
        "save" => "saving the version",
        "score" => "labelling customers",
        "report" => "drawing the report",
        "export" => "writing CRM files",
        other => other,
    }
}

impl Watch for Talk {
    fn stage(&self, name: &'static str) {
        match self {
            Self::Bar(bar) => {
                bar.set_style(ProgressStyle::default_spinner());
                bar.set_message(doing(name).to_string());
            }
            Self::Quiet | Self::Lines => self.say(doing(name)),
        }
    }

    fn read(&self, done: u64, total: u64) {
        if let Self::Bar(bar) = self {
            if bar.length() != Some(total) {
                bar.set_length(total);
                if let Ok(style) =
                    ProgressStyle::with_template("{spinner} {msg} [{bar:30}] {bytes}/{total_bytes}")
                {
                    bar.set_style(style);
                }
            }
            bar.set_position(done);
        }
    }
}
