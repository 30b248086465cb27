//! The outcome of a run in a form that people and programs read.

use serde::Serialize;

use super::record::Counts;
use crate::model::{Label, RiskBand};
use crate::pipeline::read::Inputs;
use crate::pipeline::train::Candidate;
use crate::stats::Estimate;
use crate::time::Day;
use crate::validate::Gate;

/// A candidate in figures.
#[derive(Clone, Debug, Serialize)]
pub struct CandidateSummary {
    /// Content id of the model.
    pub model_id: String,
    /// The cutoff it learnt at.
    pub cutoff: Day,
    /// Days over which retention was watched afterwards.
    pub horizon_days: i32,
    /// Segments in model order.
    pub segments: Vec<SegmentSummary>,
    /// Area under the ROC curve of the churn model on a later cutoff.
    pub churn_auc: Option<Estimate>,
    /// Why there is no churn model.
    pub no_churn_model: Option<String>,
    /// The verdict.
    pub gate: Gate,
}

/// A segment in figures.
#[derive(Clone, Debug, Serialize)]
pub struct SegmentSummary {
    /// Name in CRM and JSON.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// Customers.
    pub n: usize,
    /// Share of all customers.
    pub share: f64,
    /// Share retained afterwards.
    pub retention: Option<Estimate>,
    /// Mean churn probability given before.
    pub mean_churn_probability: Option<f64>,
    /// What to do.
    pub action: String,
}

impl CandidateSummary {
    /// Sums a candidate up.
    ///
    /// # Errors
    /// Those of [`crate::model::Model::id`].
    pub fn new(candidate: &Candidate) -> crate::Result<Self> {
        let model = &candidate.model;
        let segments = model
            .segmentation
            .segments
            .iter()
            .zip(&candidate.evidence.segments);
        let segments = segments.map(|(segment, evidence)| SegmentSummary {
            slug: segment.slug.clone(),
            name: segment.name.clone(),
            n: segment.n,
            share: segment.share,
            retention: evidence.retention,
            mean_churn_probability: evidence.mean_churn_probability,
            action: segment.action.clone(),
        });
        Ok(Self {
            model_id: model.id()?,
            cutoff: model.cutoff.day,
            horizon_days: model.cutoff.windows.horizon_days,
            segments: segments.collect(),
            churn_auc: model
                .churn
                .as_ref()
                .ok()
                .and_then(|churn| churn.quality.auc),
            no_churn_model: model.churn.as_ref().err().cloned(),
            gate: candidate.gate.clone(),
        })
    }
}

/// Labels in figures.
#[derive(Clone, Debug, Serialize)]
pub struct LabelSummary {
    /// The scoring cutoff.
    pub cutoff: Day,
    /// Customers labelled.
    pub n: usize,
    /// Of them in use: neither dormant nor without any use.
    pub n_in_use: usize,
    /// Of those at high risk.
    pub n_high_risk: usize,
    /// Slug, name and customers per segment, the largest first.
    pub segments: Vec<(String, String, usize)>,
}

impl LabelSummary {
    /// Counts labels.
    #[must_use]
    pub fn new(cutoff: Day, labels: &[Label]) -> Self {
        let mut segments: Vec<(String, String, usize)> = Vec::new();
        for label in labels {
            match segments
                .iter_mut()
                .find(|(slug, ..)| *slug == label.segment)
            {
                Some(entry) => entry.2 += 1,
                None => segments.push((label.segment.clone(), label.segment_name.clone(), 1)),
            }
        }
        segments.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
        let in_use = || labels.iter().filter(|label| label.lifecycle.is_in_use());
        Self {
            cutoff,
            n: labels.len(),
            n_in_use: in_use().count(),
            n_high_risk: in_use()
                .filter(|label| label.risk == Some(RiskBand::High))
                .count(),
            segments,
        }
    }
}

/// Rows and customers of the inputs, and how many were labelled.
#[must_use]
pub fn counts(inputs: &Inputs, n_labels: usize) -> Counts {
    let data = inputs.data_quality();
    Counts {
        event_rows: data.n_event_rows,
        rejected: data.n_rejected,
        duplicates: data.n_duplicates,
        future: data.n_future,
        used: data.n_used,
        customers: data.n_customers as u64,
        labels: n_labels as u64,
    }
}

impl Counts {
    /// Whether every event row is accounted for.
    #[must_use]
    pub fn reconcile(&self) -> bool {
        self.used + self.rejected + self.duplicates + self.future == self.event_rows
    }
}
