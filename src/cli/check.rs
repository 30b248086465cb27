//! `habitus check`: what is wrong with configuration and data, before anything runs.

use std::fmt::Write as _;

use serde::Serialize;

use super::answer::Answer;
use super::context::Context;
use super::words;
use crate::error::Result;
use crate::pipeline::read::{by_reason, read};
use crate::pipeline::record::Counts;
use crate::pipeline::summary::counts;
use crate::pipeline::train::cutoff;

/// Rejects shown.
const SHOWN: usize = 20;

#[derive(Serialize)]
struct CheckAnswer {
    counts: Counts,
    rejects_by_reason: Vec<(String, String, u64)>,
    notes: Vec<String>,
    /// What would stop or spoil a run.
    problems: Vec<String>,
}

/// Reads everything and learns nothing.
pub(super) fn check(context: &Context) -> Result<Answer> {
    let config = context.config();
    context.probe_outputs()?;
    let inputs = read(
        config,
        config,
        &context.project.base,
        &context.clock,
        &context.talk,
    )?;
    context.talk.end();
    let data = inputs.data_quality();
    let mut problems = Vec::new();
    match cutoff(config, &inputs) {
        Err(error) => problems.push(error.to_string()),
        Ok(cutoff) => {
            let earlier = cutoff.windows.training_cutoffs(
                cutoff.day,
                inputs.data_start,
                config.churn.n_cutoffs,
            );
            if earlier.is_empty() {
                problems.push(format!(
                    "no churn model: there is no cutoff before {} whose outcomes are finished by then",
                    cutoff.day
                ));
            }
        }
    }
    for entry in context.registry.list()? {
        problems.extend(
            entry
                .problem
                .map(|problem| format!("{}: {problem}", entry.version)),
        );
    }
    let answer = CheckAnswer {
        counts: counts(&inputs, 0),
        rejects_by_reason: by_reason(&inputs.intake),
        notes: data.notes.clone(),
        problems,
    };
    let mut text = format!(
        "{} is sound.\n{}\n",
        context.project.path.display(),
        words::account(&answer.counts)
    );
    if let (Some(first), Some(last)) = (data.first_day, data.last_day) {
        let _ = writeln!(text, "Events run from {first} to {last}.");
    }
    if !answer.rejects_by_reason.is_empty() {
        let rows: Vec<Vec<String>> = answer
            .rejects_by_reason
            .iter()
            .map(|(kind, reason, n)| vec![reason.clone(), kind.clone(), words::count(*n)])
            .collect();
        let _ = write!(
            text,
            "\nRejected rows\n\n{}",
            words::table(&["reason", "in", "#rows"], &rows)
        );
        for reject in inputs.intake.rejects.iter().take(SHOWN) {
            let file = inputs
                .intake
                .files
                .get(reject.file)
                .map(|file| file.path.display().to_string());
            let _ = writeln!(
                text,
                "  {}:{} {} {}: {}",
                file.unwrap_or_default(),
                reject.line,
                reject.column,
                reject.reason,
                reject.detail
            );
        }
        if inputs.intake.rejects.len() > SHOWN {
            let _ = writeln!(text, "  … and {} more", inputs.intake.rejects.len() - SHOWN);
        }
    }
    for note in &answer.notes {
        let _ = writeln!(text, "note: {note}");
    }
    for problem in &answer.problems {
        let _ = writeln!(text, "problem: {problem}");
    }
    let no = !answer.problems.is_empty();
    let answer = Answer::new(text, &answer)?.no_if(no);
    Ok(if no {
        answer
    } else {
        answer.next("habitus run")
    })
}
