//! The answer of a verb, and how it gets to stdout.

use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::Value;

use super::args::Format;
use super::problem;
use crate::error::{Error, Result};

/// What a verb answers.
pub(super) struct Answer {
    /// For people.
    text: String,
    /// For programs.
    json: Value,
    /// Whether the answer is "no" (exit code 1).
    no: bool,
    /// The next command, told on stderr.
    next: Option<String>,
}

impl Answer {
    /// An answer of `text` and the same in JSON.
    pub(super) fn new(text: String, json: &impl Serialize) -> Result<Self> {
        let json = serde_json::to_value(json)
            .map_err(|e| Error::Internal(format!("an answer cannot be written as JSON: {e}")))?;
        Ok(Self {
            text,
            json,
            no: false,
            next: None,
        })
    }

    /// An answer that is the same text in every format.
    pub(super) fn verbatim(text: String) -> Self {
        Self {
            json: Value::Null,
            text,
            no: false,
            next: None,
        }
    }

    /// The same answer, which is "no" if `no`.
    pub(super) fn no_if(mut self, no: bool) -> Self {
        self.no = no;
        self
    }

    /// The same answer with the next command.
    pub(super) fn next(mut self, command: impl Into<String>) -> Self {
        self.next = Some(command.into());
        self
    }
}

/// Prints an answer and, unless `quiet`, the next command. A reader that has gone (`| head`) is no problem; a
/// full disk is.
pub(super) fn emit(answer: &Answer, format: Format, quiet: bool) -> ExitCode {
    let text = match (format, &answer.json) {
        (Format::Json, Value::Object(object)) => {
            let mut document =
                serde_json::Map::from_iter([("schema_version".to_string(), Value::from(1))]);
            document.extend(object.clone());
            format!("{:#}\n", Value::Object(document))
        }
        (Format::Text, _) | (Format::Json, _) => inert(&answer.text),
    };
    if let Err(error) = print(&text) {
        return problem::tell(&cannot_print(error), Format::Text);
    }
    if let (Format::Text, false, Some(next)) = (format, quiet, &answer.next) {
        // Advice may get lost where there is no stderr.
        let _ = writeln!(io::stderr(), "\nnext: {next}");
    }
    ExitCode::from(u8::from(answer.no))
}

/// The error of a stdout that takes nothing.
pub(super) fn cannot_print(cause: io::Error) -> Error {
    Error::io("write", "standard output", cause)
}

/// Writes to stdout; a broken pipe counts as written.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// The text with control characters shown, so that names cannot steer the terminal.
pub(super) fn inert(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d_52_terminal_escapes_are_shown_and_not_obeyed() {
        assert_eq!(inert("a\u{1b}]0;x\u{7}b\n"), "a\\u{1b}]0;x\\u{7}b\n");
    }
}
