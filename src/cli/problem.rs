//! Errors for people and programs.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource};
use serde_json::{Value, json};

use super::answer::{inert, print};
use super::args::Format;
use crate::error::Error;

/// Prints an error: what is wrong, where, what to do. Exit code 2, or 1 if the run went through
/// and its answer is "too many rejects".
pub(super) fn tell(error: &Error, format: Format) -> ExitCode {
    let text = inert(&text(error));
    // Where neither stdout nor stderr can be written, the exit code still tells.
    let _ = match format {
        Format::Json => print(&format!("{:#}\n", document(error))),
        Format::Text => io::stderr().write_all(text.as_bytes()),
    };
    match error {
        Error::TooManyRejects { .. } => ExitCode::from(1),
        _ => ExitCode::from(2),
    }
}

fn document(error: &Error) -> Value {
    let problems: Vec<Value> = match error {
        Error::ConfigMany(all) => all.iter().map(problem).collect(),
        one => vec![problem(one)],
    };
    let mut error = problem(error);
    error["problems"] = problems.into();
    json!({ "schema_version": 1, "error": error })
}

fn problem(error: &Error) -> Value {
    json!({
        "code": error.code(),
        "message": error.to_string(),
        "help": error.help(),
        "cause": error.source().map(ToString::to_string),
    })
}

fn text(error: &Error) -> String {
    if let Error::ConfigMany(all) = error {
        let told: String = all.iter().map(text).collect();
        return format!("{told}error[{}]: {error}\n", error.code());
    }
    if let Some(drawn) = draw(error) {
        return drawn;
    }
    let place = match error {
        Error::Config {
            path: Some(path), ..
        } => format!("{}: ", path.display()),
        _ => String::new(),
    };
    let mut text = format!("error[{}]: {place}{error}\n", error.code());
    if let Error::TooManyRejects { rejects, .. } = error {
        let _ = writeln!(text, "  every one of them: {}", rejects.display());
    }
    if let Some(help) = error.help() {
        let _ = writeln!(text, "  help: {help}");
    }
    text
}

/// A configuration error with the line it stands in.
fn draw(error: &Error) -> Option<String> {
    let Error::Config {
        path: Some(path),
        span: Some(span),
        message,
        help,
    } = error
    else {
        return None;
    };
    let source = crate::files::read_capped(path, 1 << 20).ok()?;
    let source = String::from_utf8(source).ok()?;
    let span = span.start.min(source.len())..span.end.min(source.len());
    let mut diagnostic = miette::MietteDiagnostic::new(message.clone())
        .with_code(error.code())
        .with_label(LabeledSpan::at(span, "here"));
    if let Some(help) = help {
        diagnostic = diagnostic.with_help(help.clone());
    }
    let report = miette::Report::new(diagnostic)
        .with_source_code(NamedSource::new(path.display().to_string(), source));
    let theme = if io::stderr().is_terminal() {
        GraphicalTheme::unicode_nocolor()
    } else {
        GraphicalTheme::none()
    };
    let mut drawn = String::new();
    GraphicalReportHandler::new_themed(theme)
        .render_report(&mut drawn, report.as_ref())
        .ok()?;
    Some(drawn)
}
