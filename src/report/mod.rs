//! The report: one HTML page that needs nothing else.
//!
//! [`ReportInput`] goes in, a string of HTML comes out. Each chart is made together with the table of its numbers
//! (`charts`), the sentences stand in `templates/report.html`, and the modules between them turn figures into
//! words for it. Every text that came from elsewhere passes `escape`; rates of fewer than ten customers
//! are withheld; no customer id is ever shown.

mod cards;
mod charts;
mod data;
mod escape;
mod format;
mod letter;
mod page;
mod palette;
mod quality;
mod table;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::churn::{LeakageProof, Quality};
use crate::cluster::KTrial;
use crate::config::ChurnKind;
use crate::error::Result;
use crate::intake::InputFile;
use crate::segment::Segment;
use crate::time::{Day, Window};
use crate::validate::{Evidence, Gate};

/// Everything the page shows. Pure data: the page is a function of it, to the byte.
#[derive(Clone, Debug, Serialize)]
pub struct ReportInput {
    /// Name of the product.
    pub product: String,
    /// Unit of values (may be empty).
    pub currency: String,
    /// Zone of local days.
    pub timezone: String,
    /// Content id of the model (`m_` and twelve hex digits).
    pub model_id: String,
    /// habitus version.
    pub habitus_version: String,
    /// Observation window of the training cutoff.
    pub observation: Window,
    /// Segments in model order (learnt first, then by rule).
    pub segments: Vec<Segment>,
    /// Numbers of clusters tried.
    pub k_trials: Vec<KTrial>,
    /// Chosen method in words ("k-means", "Ward").
    pub method: String,
    /// Features clustered: title and what was done to it ("log1p, z"), and features dropped with the reason.
    pub preparation: Vec<(String, String)>,
    /// What "churned" means.
    pub churn_kind: ChurnKind,
    /// Churn probability from which the risk of a customer is high.
    pub high_risk: f64,
    /// Churn model quality, or why there is no model.
    pub churn: std::result::Result<Quality, String>,
    /// The leakage proof.
    pub proof: LeakageProof,
    /// Segments against later outcomes.
    pub evidence: Evidence,
    /// Verdict on the candidate.
    pub gate: Gate,
    /// The latest labels: one row per segment at the scoring cutoff; `None` if nothing was scored.
    pub latest: Option<Latest>,
    /// Active customer-hours by weekday (0 = Monday) and hour, over the observation window.
    pub usage: [[u64; 24]; 7],
    /// Events per day over the whole log: day, events, active customers.
    pub volume: Vec<(Day, u64, u64)>,
    /// What was read.
    pub data: DataQuality,
}

/// The report as one HTML page: inline styles and charts, no script, no request to anywhere. The same input
/// gives the same bytes.
///
/// # Errors
///
/// [`Error::Internal`](crate::Error::Internal) if a chart or the page could not be written, which would be a
/// bug: no input should bring it about.
pub fn page(input: &ReportInput) -> Result<String> {
    page::render(input)
}

/// Labels at the scoring cutoff, counted.
#[derive(Clone, Debug, Serialize)]
pub struct Latest {
    /// The scoring cutoff.
    pub cutoff: Day,
    /// One row per segment, in model order.
    pub rows: Vec<LatestRow>,
}

/// One segment at the scoring cutoff.
#[derive(Clone, Debug, Serialize)]
pub struct LatestRow {
    /// Slug of the segment.
    pub slug: String,
    /// Name of the segment.
    pub name: String,
    /// Customers.
    pub n: usize,
    /// Of them in use: neither dormant nor without any use, so that the churn model speaks of them.
    pub n_in_use: usize,
    /// Of those with high risk.
    pub n_high_risk: usize,
    /// Sum of the churn probabilities of those in use; `None` if there is no model, or nobody is.
    pub expected_churned: Option<f64>,
    /// Monthly recurring revenue of those at high risk; `None` if not mapped.
    pub mrr_at_risk: Option<f64>,
}

/// The account of the rows.
#[derive(Clone, Debug, Serialize)]
pub struct DataQuality {
    /// Files read.
    pub files: Vec<InputFile>,
    /// Event rows read.
    pub n_event_rows: u64,
    /// Event rows rejected.
    pub n_rejected: u64,
    /// Duplicates not counted.
    pub n_duplicates: u64,
    /// Events left out because they lie in the future.
    pub n_future: u64,
    /// Events used.
    pub n_used: u64,
    /// Rejects by file kind and reason.
    pub rejects_by_reason: Vec<(String, String, u64)>,
    /// Customers, of them without any event.
    pub n_customers: usize,
    /// Customers of the roster without any event.
    pub n_without_events: usize,
    /// First and last day with events.
    pub first_day: Option<Day>,
    /// Last day with events.
    pub last_day: Option<Day>,
    /// First day after the last complete one.
    pub data_end: Option<Day>,
    /// Notes and warnings, as sentences.
    pub notes: Vec<String>,
}
