//! The pass-or-fail rule on a candidate's evidence.

use super::{Check, Evidence, Gate};
use crate::config::GateSection;
use crate::model::Model;
use crate::segment::Origin;

/// Judges a candidate. A figure that could not be computed fails its check, with the reason.
#[must_use]
pub fn judge(model: &Model, evidence: &Evidence, limits: &GateSection) -> Gate {
    let proof = &model.proof;
    let checks = vec![
        Check {
            name: "no feature sees the future".into(),
            passed: proof.n_values > 0,
            found: format!(
                "{} values of {} customers recomputed with the future deleted and invented, none changed",
                proof.n_values, proof.n_customers
            ),
        },
        separated(model, limits),
        shares(model, limits),
        differ(evidence, limits),
        predicts(model, limits),
    ];
    Gate {
        passed: checks.iter().all(|check| check.passed),
        checks,
    }
}

fn separated(model: &Model, limits: &GateSection) -> Check {
    let k = model.segmentation.n_learnt();
    let trial = model.segmentation.trials.iter().find(|trial| trial.k == k);
    Check {
        name: format!(
            "clusters stand apart (silhouette at least {})",
            limits.min_silhouette
        ),
        passed: trial.is_some_and(|trial| trial.silhouette >= limits.min_silhouette),
        found: trial.map_or("not computed".into(), |trial| {
            format!(
                "{:.3} on {} customers",
                trial.silhouette, trial.n_silhouette
            )
        }),
    }
}

fn shares(model: &Model, limits: &GateSection) -> Check {
    let min_share = model.config.segments.min_share;
    let learnt: Vec<_> = model
        .segmentation
        .segments
        .iter()
        .filter(|s| s.origin == Origin::Learnt)
        .collect();
    let n: usize = learnt.iter().map(|segment| segment.n).sum();
    let share = |segment_n: usize| segment_n as f64 / n.max(1) as f64;
    let largest = learnt.iter().map(|s| share(s.n)).fold(0.0, f64::max);
    let smallest = learnt.iter().map(|s| share(s.n)).fold(1.0, f64::min);
    Check {
        name: format!(
            "no clustered segment over {:.0}% or under {:.0}% of the clustered customers",
            limits.max_share * 100.0,
            min_share * 100.0
        ),
        passed: !learnt.is_empty() && largest <= limits.max_share && smallest >= min_share,
        found: format!(
            "largest {:.1}%, smallest {:.1}%",
            largest * 100.0,
            smallest * 100.0
        ),
    }
}

fn differ(evidence: &Evidence, limits: &GateSection) -> Check {
    Check {
        name: format!(
            "segments differ in later retention (log-rank p at most {})",
            limits.max_p_value
        ),
        passed: evidence
            .log_rank
            .is_some_and(|test| test.p_value <= limits.max_p_value),
        found: evidence.log_rank.map_or(
            "not computed: fewer than two segments with customers who could churn".into(),
            |test| match test.p_value {
                p if p < 0.001 => {
                    format!("chi² {:.1} on {} df, p < 0.001", test.statistic, test.df)
                }
                p => format!("chi² {:.1} on {} df, p = {p:.3}", test.statistic, test.df),
            },
        ),
    }
}

fn predicts(model: &Model, limits: &GateSection) -> Check {
    let name = format!(
        "the churn model ranks customers (AUC interval above {})",
        limits.min_auc
    );
    match &model.churn {
        Err(reason) => Check {
            name,
            passed: false,
            found: format!("no model: {reason}"),
        },
        Ok(churn) => Check {
            name,
            passed: churn
                .quality
                .auc
                .is_some_and(|auc| auc.low > limits.min_auc),
            found: churn
                .quality
                .auc
                .map_or("not estimable: one outcome only".into(), |auc| {
                    format!(
                        "{:.3} ({:.3} to {:.3}) on {} customers",
                        auc.value, auc.low, auc.high, auc.n
                    )
                }),
        },
    }
}
