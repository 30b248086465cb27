//! `habitus score`: the nightly labels.

use std::path::PathBuf;

use serde::Serialize;

use super::answer::Answer;
use super::args::Score;
use super::context::{Context, date};
use super::run::new_record;
use super::words;
use crate::error::{Error, Result};
use crate::pipeline::Watch;
use crate::pipeline::outputs::{RunFolder, folder_name};
use crate::pipeline::read::read;
use crate::pipeline::record::{RunRecord, Stopwatch};
use crate::pipeline::summary::LabelSummary;

#[derive(Serialize)]
struct ScoreAnswer {
    labels: LabelSummary,
    #[serde(serialize_with = "crate::files::path_as_text")]
    file: PathBuf,
    n_left_out: usize,
    record: RunRecord,
}

/// Labels every customer with a version.
pub(super) fn score(context: &Context, args: &Score) -> Result<Answer> {
    let asked = date("--cutoff", args.cutoff.as_deref())?;
    context.probe_outputs()?;
    let stored = context.stored(&args.with.model)?;
    let watch = Stopwatch::new(&context.talk);
    let inputs = read(
        context.config(),
        &stored.model.config,
        &context.project.base,
        &context.clock,
        &watch,
    )?;
    let cutoff = asked.unwrap_or(inputs.data_end);
    if cutoff > inputs.data_end || cutoff <= inputs.data_start {
        return Err(Error::config(format!(
            "--cutoff = {cutoff} must lie after {} and not after {}, the end of the data",
            inputs.data_start, inputs.data_end
        )));
    }
    watch.stage("score");
    let labels = stored
        .model
        .score(&inputs.activity, &inputs.people, cutoff)?;
    let name = format!("{}-score", folder_name(cutoff, &stored.version.to_string()));
    let mut folder = RunFolder::begin(&context.reports, &name)?;
    let n_left_out = folder.labels(&labels)?;
    let file = folder.path().join("labels.csv");
    let record = folder.finish(RunRecord {
        model: Some((stored.version.to_string(), stored.manifest.model_id)),
        ..new_record("score", context, &inputs, labels.len(), watch.stages())
    })?;
    context.talk.end();
    let answer = ScoreAnswer {
        labels: LabelSummary::new(cutoff, &labels),
        file,
        n_left_out,
        record,
    };
    let mut text = format!(
        "{}\n\n{}\n",
        words::account(&answer.record.counts),
        words::labels(&answer.labels)
    );
    text.push_str(&words::left_out(n_left_out));
    text.push_str(&words::places(&[("labels", &answer.file)]));
    Ok(Answer::new(text, &answer)?.next("habitus export"))
}
