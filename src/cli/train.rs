//! `habitus train`: a candidate version.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::answer::Answer;
use super::context::{Context, MODEL};
use super::words;
use crate::error::{Error, Result};
use crate::files;
use crate::pipeline::Watch;
use crate::pipeline::read::{Inputs, read};
use crate::pipeline::record::{Counts, Stage, Stopwatch};
use crate::pipeline::summary::{CandidateSummary, counts};
use crate::pipeline::train::{self, Candidate};
use crate::registry::{Meta, Version};

/// A candidate in the registry.
pub(super) struct Saved {
    pub(super) version: Version,
    pub(super) model_id: String,
}

#[derive(Serialize)]
struct TrainAnswer {
    version: String,
    candidate: CandidateSummary,
    counts: Counts,
    stages: Vec<Stage>,
}

/// Learns, proves, judges and saves a candidate; `current` does not move.
pub(super) fn train(context: &Context) -> Result<Answer> {
    let watch = Stopwatch::new(&context.talk);
    context.probe_outputs()?;
    let _lock = context.lock()?;
    let Learnt {
        inputs,
        candidate,
        saved,
    } = learn(context, &watch)?;
    context.talk.end();
    let answer = TrainAnswer {
        version: saved.version.to_string(),
        candidate: CandidateSummary::new(&candidate)?,
        counts: counts(&inputs, 0),
        stages: watch.stages(),
    };
    let mut text = format!(
        "{}\n\n{}\n",
        words::account(&answer.counts),
        words::candidate(&answer.candidate)
    );
    let _ = writeln!(text, "Saved as {} ({}).", saved.version, saved.model_id);
    let force = if candidate.gate.passed {
        ""
    } else {
        " --force"
    };
    Ok(Answer::new(text, &answer)?
        .no_if(!candidate.gate.passed)
        .next(format!("habitus models promote {}{force}", saved.version)))
}

/// What was read, what was learnt from it, and where it is kept.
pub(super) struct Learnt {
    pub(super) inputs: Inputs,
    pub(super) candidate: Candidate,
    pub(super) saved: Saved,
}

/// Reads, learns and saves a candidate; the caller holds the lock of the registry.
pub(super) fn learn(context: &Context, watch: &Stopwatch) -> Result<Learnt> {
    let config = context.config();
    let inputs = read(config, config, &context.project.base, &context.clock, watch)?;
    let candidate = train::train(config, &inputs, watch)?;
    watch.stage("save");
    let saved = save(context, &candidate, &inputs)?;
    Ok(Learnt {
        inputs,
        candidate,
        saved,
    })
}

/// Puts a candidate into the registry: the model, its evidence, and the project file it came from.
fn save(context: &Context, candidate: &Candidate, inputs: &Inputs) -> Result<Saved> {
    #[derive(Serialize)]
    struct EvidenceFile<'a> {
        evidence: &'a crate::validate::Evidence,
        gate: &'a crate::validate::Gate,
    }
    let evidence = EvidenceFile {
        evidence: &candidate.evidence,
        gate: &candidate.gate,
    };
    let mut evidence = serde_json::to_vec_pretty(&evidence)
        .map_err(|e| Error::Internal(format!("the evidence cannot be written as JSON: {e}")))?;
    evidence.push(b'\n');
    let model = candidate.model.to_json()?;
    let model_id = candidate.model.id()?;
    let config = context.project.text.as_bytes();
    let mut hashes = BTreeMap::from([("habitus.toml".to_string(), files::hash(config))]);
    hashes.extend(
        inputs
            .intake
            .files
            .iter()
            .map(|f| (f.path.display().to_string(), f.blake3.clone())),
    );
    let meta = Meta {
        model_id: model_id.clone(),
        created_at: context.clock.text.clone(),
        hashes,
        gate_passed: candidate.gate.passed,
    };
    let files = [
        (MODEL, &model[..]),
        ("evidence.json", &evidence),
        ("habitus.toml", config),
    ];
    Ok(Saved {
        version: context.registry.add(&files, &meta)?,
        model_id,
    })
}
