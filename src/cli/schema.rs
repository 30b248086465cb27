//! `habitus schema` and `habitus completions`.

use super::answer::Answer;
use crate::config::keys;

/// The JSON Schema of `habitus.toml`.
pub(super) fn schema() -> Answer {
    Answer::verbatim(format!("{:#}\n", keys::json_schema()))
}

/// A completion script.
pub(super) fn completions(shell: clap_complete::Shell, command: &mut clap::Command) -> Answer {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "habitus", &mut script);
    Answer::verbatim(String::from_utf8_lossy(&script).into_owned())
}
