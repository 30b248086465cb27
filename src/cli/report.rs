//! `habitus report`: the report of a version, drawn again.

use std::path::PathBuf;

use serde::Serialize;

use super::answer::Answer;
use super::args::WithModel;
use super::context::Context;
use super::run::new_record;
use super::words;
use crate::error::Result;
use crate::pipeline::Watch;
use crate::pipeline::outputs::{RunFolder, folder_name, report_input};
use crate::pipeline::read::read;
use crate::pipeline::record::{RunRecord, Stopwatch};
use crate::pipeline::train::{Candidate, outcomes};
use crate::report;
use crate::validate;

#[derive(Serialize)]
struct ReportAnswer {
    version: String,
    #[serde(serialize_with = "crate::files::path_as_text")]
    file: PathBuf,
    record: RunRecord,
}

/// Draws the report of a version from the data as they are now.
pub(super) fn report(context: &Context, args: &WithModel) -> Result<Answer> {
    context.probe_outputs()?;
    let stored = context.stored(&args.model)?;
    let watch = Stopwatch::new(&context.talk);
    let model = stored.model;
    let inputs = read(
        context.config(),
        &model.config,
        &context.project.base,
        &context.clock,
        &watch,
    )?;
    watch.stage("validate");
    let snapshot = model.snapshot(&inputs.activity, &inputs.people, model.cutoff.day);
    let outcomes = outcomes(model.config.churn.kind, &inputs);
    let evidence = validate::evidence(&model, &snapshot, &outcomes, inputs.data_end)?;
    let gate = validate::judge(&model, &evidence, &model.config.gate);
    watch.stage("score");
    let labels = model.score(&inputs.activity, &inputs.people, inputs.data_end)?;
    watch.stage("report");
    let candidate = Candidate {
        model,
        evidence,
        gate,
    };
    let page = report::page(&report_input(&candidate, &inputs, Some(&labels))?)?;
    let name = format!(
        "{}-report",
        folder_name(inputs.data_end, &stored.version.to_string())
    );
    let mut folder = RunFolder::begin(&context.reports, &name)?;
    folder.write("report.html", page.as_bytes())?;
    let file = folder.path().join("report.html");
    let record = folder.finish(RunRecord {
        model: Some((stored.version.to_string(), stored.manifest.model_id)),
        ..new_record("report", context, &inputs, labels.len(), watch.stages())
    })?;
    context.talk.end();
    let text = words::places(&[("report", &file)]);
    let next = format!("open {}", words::path(&file));
    let answer = ReportAnswer {
        version: stored.version.to_string(),
        file,
        record,
    };
    Ok(Answer::new(text, &answer)?.next(next))
}
