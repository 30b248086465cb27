//! `habitus run`: the monthly job.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use super::answer::Answer;
use super::context::{Context, Stored};
use super::train::{Learnt, Saved, learn};
use super::words;
use crate::error::Result;
use crate::export::Receipt;
use crate::files;
use crate::model::Label;
use crate::pipeline::outputs::{RunFolder, folder_name, rejects_csv, report_input};
use crate::pipeline::read::{Inputs, read, rollup_rules};
use crate::pipeline::record::{RunRecord, Stopwatch, peak_memory_bytes};
use crate::pipeline::summary::{CandidateSummary, LabelSummary, counts};
use crate::pipeline::train::Candidate;
use crate::pipeline::{Watch, record};
use crate::registry::Promotion;
use crate::report;

#[derive(Serialize)]
struct RunAnswer {
    record: RunRecord,
    candidate: CandidateSummary,
    version: String,
    promoted: bool,
    labels: Option<LabelSummary>,
    n_left_out: usize,
    export: Option<Receipt>,
    #[serde(serialize_with = "files::path_as_text")]
    folder: PathBuf,
}

/// Check, train, validate, gate, promote, score, report, export.
pub(super) fn run(context: &Context) -> Result<Answer> {
    let config = context.config();
    let watch = Stopwatch::new(&context.talk);
    context.probe_outputs()?;
    let _lock = context.lock()?;
    let Learnt {
        inputs,
        candidate,
        saved,
    } = learn(context, &watch)?;
    let promoted = if candidate.gate.passed {
        Some(context.registry.promote(saved.version, false)?)
    } else {
        None
    };

    watch.stage("score");
    let labelled = label(context, &candidate, &saved, &inputs)?;
    let (labels, by) = labelled
        .as_ref()
        .map_or((&[][..], None), |l| (&l.labels[..], Some(&l.by)));
    let name = folder_name(inputs.data_end, &saved.version.to_string());
    let mut folder = RunFolder::begin(&context.reports, &name)?;
    watch.stage("report");
    // The report is about the candidate; labels of another version do not belong into it.
    let own_labels = promoted.as_ref().map(|_| labels);
    let page = report::page(&report_input(&candidate, &inputs, own_labels)?)?;
    folder.write("report.html", page.as_bytes())?;
    folder.write("rejects.csv", &rejects_csv(&inputs.intake)?)?;
    watch.stage("export");
    let (n_left_out, receipt) = match &labelled {
        None => (0, None),
        Some(labelled) => (
            folder.labels(&labelled.labels)?,
            Some(folder.crm(&labelled.labels, &config.export.targets)?),
        ),
    };
    let path = folder.path();
    let record = folder.finish(RunRecord {
        model: by.cloned(),
        ..new_record("run", context, &inputs, labels.len(), watch.stages())
    })?;
    context.talk.end();
    let answer = RunAnswer {
        record,
        candidate: CandidateSummary::new(&candidate)?,
        version: saved.version.to_string(),
        promoted: promoted.is_some(),
        labels: labelled
            .as_ref()
            .map(|l| LabelSummary::new(inputs.data_end, &l.labels)),
        n_left_out,
        export: receipt,
        folder: path,
    };
    let text = text(context, &answer, &saved, promoted.as_ref());
    let next = match (answer.promoted, &answer.labels) {
        (true, _) => format!("open {}", words::path(&answer.folder.join("report.html"))),
        (false, _) => format!(
            "read {}; if you accept it all the same: habitus models promote {} --force",
            words::path(&answer.folder.join("report.html")),
            saved.version
        ),
    };
    Ok(Answer::new(text, &answer)?
        .no_if(!candidate.gate.passed)
        .next(next))
}

/// The record of a run so far; its outputs are filled in when the folder is finished.
pub(super) fn new_record(
    command: &'static str,
    context: &Context,
    inputs: &Inputs,
    n_labels: usize,
    stages: Vec<record::Stage>,
) -> RunRecord {
    RunRecord {
        schema_version: 1,
        command,
        habitus_version: env!("CARGO_PKG_VERSION"),
        created_at: context.clock.text.clone(),
        config_blake3: files::hash(context.project.text.as_bytes()),
        seed: context.config().segments.seed,
        inputs: inputs.intake.files.clone(),
        counts: counts(inputs, n_labels),
        stages,
        peak_memory_bytes: peak_memory_bytes(),
        model: None,
        outputs: Vec::new(),
    }
}

struct Labelled {
    labels: Vec<Label>,
    /// Version and content id of the model that labelled.
    by: (String, String),
}

/// Labels by the candidate if it has become current, else by the version that still is; none if there is none.
fn label(
    context: &Context,
    candidate: &Candidate,
    saved: &Saved,
    inputs: &Inputs,
) -> Result<Option<Labelled>> {
    if candidate.gate.passed {
        let labels = candidate
            .model
            .score(&inputs.activity, &inputs.people, inputs.data_end)?;
        return Ok(Some(Labelled {
            labels,
            by: (saved.version.to_string(), saved.model_id.clone()),
        }));
    }
    match context.stored("current") {
        Err(crate::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
        Ok(Stored { version, model, .. }) => {
            // An older version may define days, sessions or usage otherwise.
            let reread;
            let inputs = if rollup_rules(&model.config, &context.clock)? == inputs.rules {
                inputs
            } else {
                reread = read(
                    context.config(),
                    &model.config,
                    &context.project.base,
                    &context.clock,
                    &context.talk,
                )?;
                &reread
            };
            let labels = model.score(&inputs.activity, &inputs.people, inputs.data_end)?;
            Ok(Some(Labelled {
                labels,
                by: (version.to_string(), model.id()?),
            }))
        }
    }
}

fn text(
    context: &Context,
    answer: &RunAnswer,
    saved: &Saved,
    promotion: Option<&Promotion>,
) -> String {
    let config = context.config();
    let mut text = format!(
        "{} · {}\n\n",
        config.product.name,
        words::account(&answer.record.counts)
    );
    text.push_str(&words::candidate(&answer.candidate));
    text.push('\n');
    let _ = match (promotion, &answer.labels) {
        (
            Some(Promotion {
                from: Some(from), ..
            }),
            _,
        ) if *from != saved.version => {
            writeln!(
                text,
                "{} ({}) is current now, after {from}.",
                saved.version, saved.model_id
            )
        }
        (Some(_), _) => writeln!(
            text,
            "{} ({}) is current now.",
            saved.version, saved.model_id
        ),
        (None, Some(_)) => {
            let by = answer
                .record
                .model
                .as_ref()
                .map_or("", |(version, _)| version.as_str());
            writeln!(
                text,
                "{} is kept as a candidate; {by} stays current and gave the labels.",
                saved.version
            )
        }
        (None, None) => writeln!(
            text,
            "{} is kept as a candidate; no version is current, so nothing was labelled or exported.",
            saved.version
        ),
    };
    if let Some(labels) = &answer.labels {
        let _ = write!(
            text,
            "{}",
            words::labels(labels)
                .split("\n\n")
                .next()
                .unwrap_or_default()
        );
        text.push_str(".\n");
    }
    text.push_str(&words::left_out(answer.n_left_out));
    text.push('\n');
    let file = |name: &str| answer.folder.join(name);
    let mut places = vec![("report", file("report.html"))];
    if answer.labels.is_some() {
        places.push(("labels", file("labels.csv")));
    }
    if let Some(receipt) = &answer.export {
        let written = receipt.targets.iter().flat_map(|target| &target.files);
        places
            .extend(written.map(|written| ("CRM", file(&written.written.path.to_string_lossy()))));
        if !receipt.rejected.is_empty() {
            places.push(("left out", file("export_rejects.csv")));
        }
    }
    places.push(("rejects", file("rejects.csv")));
    places.push(("model", context.registry.path(saved.version)));
    let shown: Vec<(&str, &std::path::Path)> = places
        .iter()
        .map(|(what, path)| (*what, path.as_path()))
        .collect();
    text.push_str(&words::places(&shown));
    text
}
