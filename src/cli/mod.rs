//! The command line: arguments in, an [`Answer`] out; one file per verb, thin.
//!
//! stdout is the answer, stderr the talk. Exit code 0: done; 1: done, and the answer is "no"; 2: could not do it.

mod answer;
mod args;
mod check;
mod context;
mod export;
mod init;
mod models;
mod problem;
mod report;
mod run;
mod schema;
mod score;
mod simulate;
mod talk;
mod train;
mod validate;
mod words;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use answer::{Answer, cannot_print, emit, print};
use args::{Cli, Format, Verb};
use context::Context;

/// Runs the program with the arguments and the environment of the process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    if let Some(threads) = cli.global.threads {
        // Fails only if the pool exists already, which nothing before this could have made.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.get())
            .build_global();
    }
    // A second handler cannot be set; the first one does the same.
    let _ = ctrlc::set_handler(|| {
        crate::files::remove_temporaries();
        std::process::exit(130);
    });
    let (format, quiet) = (cli.global.format, cli.global.quiet);
    match answer(cli) {
        Ok(answer) => emit(&answer, format, quiet),
        Err(error) => problem::tell(&error, format),
    }
}

fn answer(cli: Cli) -> crate::Result<Answer> {
    let global = cli.global;
    match cli.verb {
        Verb::Init(args) => init::init(&args),
        Verb::Simulate(args) => simulate::simulate(&args, &global),
        Verb::Check(args) => check::check(&Context::new(global, args.overrides())?),
        Verb::Train(args) => train::train(&Context::new(global, args.overrides())?),
        Verb::Score(args) => score::score(&Context::new(global, Vec::new())?, &args),
        Verb::Validate(args) => validate::validate(&Context::new(global, Vec::new())?, &args),
        Verb::Report(args) => report::report(&Context::new(global, Vec::new())?, &args),
        Verb::Export(args) => export::export(&Context::new(global, Vec::new())?, &args),
        Verb::Run(args) => run::run(&Context::new(global, args.overrides())?),
        Verb::Models(verb) => models::models(&Context::new(global, Vec::new())?, &verb),
        Verb::Schema => Ok(schema::schema()),
        Verb::Completions { shell } => Ok(schema::completions(shell, &mut Cli::command())),
    }
}

/// Help and version go to stdout with code 0, misuse to stderr with code 2.
fn usage(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|arg| arg == "json" || arg == "--format=json");
    if error.use_stderr() && wants_json {
        return problem::tell(&crate::Error::config(error.to_string()), Format::Json);
    }
    if error.use_stderr() {
        // Nothing can be told where even this cannot be written.
        let _ = error.print();
        return ExitCode::from(2);
    }
    match print(&error.to_string()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => problem::tell(&cannot_print(cause), Format::Text),
    }
}
