//! A label as the rows of the files: fixed columns, in the words of the CRM.

use serde::Serialize;

use super::safe_csv::Cell;
use crate::error::{Error, Result};
use crate::model::{Label, RiskBand};
use crate::segment::Stage;
use crate::time::Day;

/// Columns of the generic CSV, and keys of the NDJSON.
pub(super) const CRM_COLUMNS: [&str; 10] = [
    "customer_id",
    "usage_segment",
    "usage_segment_label",
    "usage_segment_version",
    "usage_segment_confidence",
    "usage_lifecycle",
    "churn_risk",
    "churn_risk_band",
    "next_best_action",
    "scored_at",
];

/// Columns of the HubSpot import. Never `lifecyclestage`: an import cannot move that one back.
pub(super) const HUBSPOT_COLUMNS: [&str; 10] = [
    "email",
    "usage_segment",
    "usage_segment_label",
    "usage_segment_version",
    "churn_risk",
    "churn_risk_band",
    "next_best_action",
    "usage_lifecycle",
    "usage_segment_confidence",
    "scored_at",
];

/// Columns of habitus' own label file: the fields of [`Label`].
pub(super) const LABEL_COLUMNS: [&str; 12] = [
    "customer_id",
    "cutoff",
    "model_id",
    "segment",
    "segment_name",
    "confidence",
    "lifecycle",
    "churn_probability",
    "churn_basis",
    "risk",
    "action",
    "email",
];

/// What a CRM is told of a customer.
#[derive(Serialize)]
pub(super) struct CrmRow<'a> {
    customer_id: &'a str,
    usage_segment: &'a str,
    usage_segment_label: &'a str,
    usage_segment_version: &'a str,
    usage_segment_confidence: &'static str,
    usage_lifecycle: Stage,
    churn_risk: Option<u8>,
    churn_risk_band: Option<RiskBand>,
    next_best_action: &'a str,
    scored_at: Day,
}

impl<'a> CrmRow<'a> {
    pub(super) fn new(label: &'a Label) -> Result<Self> {
        Ok(Self {
            customer_id: &label.customer_id,
            usage_segment: &label.segment,
            usage_segment_label: &label.segment_name,
            usage_segment_version: &label.model_id,
            usage_segment_confidence: confidence_band(label.confidence),
            usage_lifecycle: label.lifecycle,
            churn_risk: label.churn_probability.map(percent).transpose()?,
            churn_risk_band: label.risk,
            next_best_action: &label.action,
            scored_at: label.cutoff,
        })
    }

    /// Cells of [`CRM_COLUMNS`].
    pub(super) fn crm_cells(&self) -> Result<Vec<Cell<'a>>> {
        Ok(vec![
            Cell::Text(self.customer_id),
            Cell::Text(self.usage_segment),
            Cell::Text(self.usage_segment_label),
            Cell::Text(self.usage_segment_version),
            Cell::Ours(self.usage_segment_confidence.to_owned()),
            Cell::Ours(word(self.usage_lifecycle)?),
            number(self.churn_risk),
            Cell::Ours(word(self.churn_risk_band)?),
            Cell::Text(self.next_best_action),
            Cell::Ours(self.scored_at.to_string()),
        ])
    }

    /// Cells of [`HUBSPOT_COLUMNS`].
    pub(super) fn hubspot_cells(&self, email: &'a str) -> Result<Vec<Cell<'a>>> {
        Ok(vec![
            Cell::Text(email),
            Cell::Text(self.usage_segment),
            Cell::Text(self.usage_segment_label),
            Cell::Text(self.usage_segment_version),
            number(self.churn_risk),
            Cell::Ours(word(self.churn_risk_band)?),
            Cell::Text(self.next_best_action),
            Cell::Ours(word(self.usage_lifecycle)?),
            Cell::Ours(self.usage_segment_confidence.to_owned()),
            Cell::Ours(self.scored_at.to_string()),
        ])
    }
}

/// Cells of [`LABEL_COLUMNS`]; numbers in the shortest form that reads back to the same bits.
pub(super) fn label_cells(label: &Label) -> Result<Vec<Cell<'_>>> {
    Ok(vec![
        Cell::Text(&label.customer_id),
        Cell::Ours(label.cutoff.to_string()),
        Cell::Text(&label.model_id),
        Cell::Text(&label.segment),
        Cell::Text(&label.segment_name),
        number(Some(label.confidence)),
        Cell::Ours(word(label.lifecycle)?),
        number(label.churn_probability),
        Cell::Ours(word(label.churn_basis)?),
        Cell::Ours(word(label.risk)?),
        Cell::Text(&label.action),
        Cell::Text(label.email.as_deref().unwrap_or("")),
    ])
}

/// `high` if the next centre is at least twice as far as the own one (confidence 1/2), `medium` if at least
/// a quarter farther (1/5), else `low`.
fn confidence_band(confidence: f64) -> &'static str {
    if confidence >= 0.5 {
        "high"
    } else if confidence >= 0.2 {
        "medium"
    } else {
        "low"
    }
}

/// A probability as an integer from 0 to 100.
fn percent(probability: f64) -> Result<u8> {
    let bug = || Error::Internal(format!("{probability} is no churn probability"));
    if !(0.0..=1.0).contains(&probability) {
        return Err(bug());
    }
    format!("{:.0}", probability * 100.0)
        .parse()
        .map_err(|_| bug())
}

fn number(value: Option<impl ToString>) -> Cell<'static> {
    Cell::Ours(value.map_or_else(String::new, |value| value.to_string()))
}

/// The word that JSON has for an enumeration, so that all files have the same; empty for `None`.
pub(super) fn word(value: impl Serialize) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(serde_json::Value::Null) => Ok(String::new()),
        other => Err(Error::Internal(format!("{other:?} is no enumeration"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_has_three_words_split_at_a_half_and_a_fifth() {
        let words = [1.0, 0.5, 0.49, 0.2, 0.19, 0.0, f64::NAN].map(confidence_band);
        let expected = ["high", "high", "medium", "medium", "low", "low", "low"];
        assert_eq!(words, expected);
    }

    #[test]
    fn churn_risk_is_a_whole_percentage() {
        let percentages = [0.0, 0.004, 0.006, 0.715, 0.996, 1.0].map(|p| percent(p).unwrap());
        assert_eq!(percentages, [0, 0, 1, 72, 100, 100]);
    }

    #[test]
    fn what_is_no_probability_is_a_bug() {
        for wrong in [-0.01, 1.01, f64::NAN, f64::INFINITY] {
            assert!(matches!(percent(wrong), Err(Error::Internal(_))), "{wrong}");
        }
    }
}
