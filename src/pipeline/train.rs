//! Inputs to a candidate: segments learnt at a cutoff, churn learnt before it, both proved after it.

use super::Watch;
use super::read::Inputs;
use crate::churn::labels::Outcomes;
use crate::churn::leakage::{self, Recipe};
use crate::churn::train::ChurnModel;
use crate::config::{ChurnKind, Config};
use crate::error::{Error, Result};
use crate::features::FeaturePlan;
use crate::model::{FORMAT, Model};
use crate::segment::build::Segmentation;
use crate::segment::lifecycle;
use crate::segment::snapshot::Snapshot;
use crate::time::{Cutoff, Day};
use crate::validate::{self, Evidence, Gate};

/// A model with the evidence for it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The model.
    pub model: Model,
    /// Its segments against outcomes that came later.
    pub evidence: Evidence,
    /// The verdict.
    pub gate: Gate,
}

/// The cutoff to learn at: the configured one, or the latest whose outcomes are complete.
///
/// # Errors
/// [`Error::Config`] if the configured cutoff lies outside the data or its outcomes are not complete,
/// [`Error::TooFew`] if the log is shorter than half an observation window and the outcome window.
pub fn cutoff(config: &Config, inputs: &Inputs) -> Result<Cutoff> {
    let windows = config.windows.windows();
    let latest = inputs.data_end - windows.gap_days - windows.horizon_days;
    let earliest = inputs.data_start + (windows.observation_days + 1) / 2;
    if latest < earliest {
        let days = |n: i32| usize::try_from(n).unwrap_or(0);
        return Err(Error::TooFew {
            what: "days of events (half an observation window, the gap and the horizon)".into(),
            got: days(inputs.data_end - inputs.data_start),
            need: days(
                (windows.observation_days + 1) / 2 + windows.gap_days + windows.horizon_days,
            ),
            help: Some(
                "shorten windows.observation_days or windows.horizon_days, or give a longer log"
                    .into(),
            ),
        });
    }
    let Some(day) = config.windows.cutoff.as_deref().and_then(Day::parse) else {
        return Ok(windows.at(latest));
    };
    if day > latest || day < earliest {
        return Err(Error::config(format!(
            "windows.cutoff = {day} must lie from {earliest} to {latest}: events run from {} to {}, and \
             windows.horizon_days = {} after the cutoff must be complete",
            inputs.data_start,
            inputs.data_end - 1,
            windows.horizon_days
        )));
    }
    Ok(windows.at(day))
}

/// Trains a candidate, proves that it saw no future, and judges it.
///
/// # Errors
/// Those of choosing the cutoff and of clustering; [`Error::Leak`] if a feature saw the future. A churn model
/// that cannot be fitted is no error: the candidate says why it has none.
pub fn train(config: &Config, inputs: &Inputs, watch: &dyn Watch) -> Result<Candidate> {
    let cutoff = cutoff(config, inputs)?;
    watch.stage("features");
    let plan = FeaturePlan::new(&config.features, &inputs.activity, cutoff.observation());
    let lifecycle = lifecycle::Rules::new(&config.lifecycle, &config.windows);
    let take = |at: Cutoff| Snapshot::take(&inputs.activity, &inputs.people, &plan, &lifecycle, at);
    let here = take(cutoff);
    let earlier: Vec<Snapshot> = cutoff
        .windows
        .training_cutoffs(cutoff.day, inputs.data_start, config.churn.n_cutoffs)
        .into_iter()
        .map(take)
        .collect();

    watch.stage("proof");
    let recipe = Recipe {
        rollup: &inputs.rules,
        customers: inputs.intake.customers.as_ref(),
        plan: &plan,
        lifecycle: &lifecycle,
    };
    let all: Vec<&Snapshot> = std::iter::once(&here).chain(&earlier).collect();
    let proof = leakage::prove(
        recipe,
        &inputs.activity.ids,
        &inputs.witnesses,
        &all,
        config.segments.seed,
    )?;

    watch.stage("cluster");
    let segmentation = Segmentation::learn(&here, &config.segments)?;

    watch.stage("churn");
    let outcomes = outcomes(config.churn.kind, inputs);
    let features = if config.churn.features.is_empty() {
        plan.churn_features()
    } else {
        config.churn.features.clone()
    };
    let churn = match ChurnModel::train(&earlier, &here, &outcomes, &features, &config.churn) {
        Ok(churn) => Ok(churn),
        Err(
            error @ (Error::TooFew { .. } | Error::OneClass { .. } | Error::NotConverged { .. }),
        ) => Err(error.to_string()),
        Err(error) => return Err(error),
    };

    watch.stage("validate");
    let model = Model {
        format: FORMAT,
        config: in_order(config),
        cutoff,
        plan,
        lifecycle,
        segmentation,
        churn,
        proof,
    };
    let evidence = validate::evidence(&model, &here, &outcomes, inputs.data_end)?;
    let gate = validate::judge(&model, &evidence, &config.gate);
    Ok(Candidate {
        model,
        evidence,
        gate,
    })
}

/// The configuration with the input files in order: the order in which they are named changes nothing that is
/// learnt, so it must not change the model either.
fn in_order(config: &Config) -> Config {
    let mut config = config.clone();
    config.events.paths.sort();
    if let Some(customers) = &mut config.customers {
        customers.paths.sort();
    }
    if let Some(outcomes) = &mut config.outcomes {
        outcomes.paths.sort();
    }
    config
}

/// The outcomes of the inputs.
#[must_use]
pub fn outcomes(kind: ChurnKind, inputs: &Inputs) -> Outcomes<'_> {
    Outcomes {
        kind,
        activity: &inputs.activity,
        people: &inputs.people,
    }
}
