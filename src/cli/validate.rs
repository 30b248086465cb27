//! `habitus validate`: a version's segments against the latest finished outcomes.

use serde::Serialize;

use super::answer::Answer;
use super::args::Validate;
use super::context::{Context, date};
use super::words;
use crate::error::{Error, Result};
use crate::pipeline::Watch;
use crate::pipeline::read::read;
use crate::pipeline::summary::CandidateSummary;
use crate::pipeline::train::{Candidate, outcomes};
use crate::time::Cutoff;
use crate::validate::{self, Evidence};

#[derive(Serialize)]
struct ValidateAnswer {
    version: String,
    summary: CandidateSummary,
    evidence: Evidence,
}

/// Labels customers at a cutoff whose outcomes are complete, and judges by what became of them.
pub(super) fn validate(context: &Context, args: &Validate) -> Result<Answer> {
    let asked = date("--cutoff", args.cutoff.as_deref())?;
    let stored = context.stored(&args.with.model)?;
    let mut model = stored.model;
    let inputs = read(
        context.config(),
        &model.config,
        &context.project.base,
        &context.clock,
        &context.talk,
    )?;
    let windows = model.cutoff.windows;
    let latest = inputs.data_end - windows.gap_days - windows.horizon_days;
    let day = asked.unwrap_or(latest);
    if day > latest || day <= inputs.data_start {
        return Err(Error::config(format!(
            "the cutoff {day} must lie after {} and not after {latest}: outcomes take {} days",
            inputs.data_start,
            windows.gap_days + windows.horizon_days
        )));
    }
    context.talk.stage("validate");
    let snapshot = model.snapshot(&inputs.activity, &inputs.people, day);
    let outcomes = outcomes(model.config.churn.kind, &inputs);
    let evidence = validate::evidence(&model, &snapshot, &outcomes, inputs.data_end)?;
    let gate = validate::judge(&model, &evidence, &context.config().gate);
    context.talk.end();
    model.cutoff = Cutoff { day, windows };
    let sizes: Vec<usize> = evidence.segments.iter().map(|segment| segment.n).collect();
    let n_all: usize = sizes.iter().sum();
    for (segment, n) in model.segmentation.segments.iter_mut().zip(sizes) {
        segment.n = n;
        segment.share = n as f64 / n_all.max(1) as f64;
    }
    let candidate = Candidate {
        model,
        evidence,
        gate,
    };
    let mut summary = CandidateSummary::new(&candidate)?;
    summary.model_id = stored.manifest.model_id;
    let passed = candidate.gate.passed;
    let text = format!(
        "{} ({})\n\n{}",
        stored.version,
        summary.model_id,
        words::candidate(&summary)
    );
    let answer = ValidateAnswer {
        version: stored.version.to_string(),
        summary,
        evidence: candidate.evidence,
    };
    Ok(Answer::new(text, &answer)?.no_if(!passed))
}
