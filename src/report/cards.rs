//! One card per segment: who they are, how they fare, what to do.

use super::ReportInput;
use super::format::{FEWEST_SHOWN, NOTHING, TOO_FEW, count, percent, rate_shown};
use crate::segment::{Origin, Segment};
use crate::validate::SegmentEvidence;

/// What the card of a segment says.
pub(super) struct Card<'a> {
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) action: &'a str,
    pub(super) owner: Option<&'a str>,
    pub(super) is_by_rule: bool,
    /// Figures of the segment: what, how much.
    pub(super) figures: Vec<(&'static str, String)>,
}

/// The cards, in the order of the model.
pub(super) fn all(input: &ReportInput) -> Vec<Card<'_>> {
    input
        .segments
        .iter()
        .map(|segment| card(input, segment))
        .collect()
}

fn card<'a>(input: &'a ReportInput, segment: &'a Segment) -> Card<'a> {
    let evidence = input
        .evidence
        .segments
        .iter()
        .find(|e| e.slug == segment.slug);
    let is_small = is_small(segment.n);
    let or_too_few = |text: String| match segment.n {
        0 => NOTHING.to_string(),
        _ if is_small => TOO_FEW.to_string(),
        _ => text,
    };
    let mut figures = vec![
        (
            "Customers",
            format!("{} ({})", count(segment.n), percent(segment.share)),
        ),
        (
            "Retained",
            or_too_few(rate_shown(evidence.and_then(|e| e.retention.as_ref()))),
        ),
        (
            "Mean churn probability",
            or_too_few(churn_probability(evidence)),
        ),
    ];
    if let Some(share) = segment.value_share {
        figures.insert(1, ("Share of value", or_too_few(percent(share))));
    }
    Card {
        name: &segment.name,
        description: &segment.description,
        action: &segment.action,
        owner: segment.owner.as_deref(),
        is_by_rule: segment.origin == Origin::Rule,
        figures,
    }
}

fn churn_probability(evidence: Option<&SegmentEvidence>) -> String {
    evidence
        .and_then(|e| e.mean_churn_probability)
        .map_or(NOTHING.into(), percent)
}

/// Whether a group is too small to be described by a rate.
pub(super) fn is_small(n: usize) -> bool {
    u64::try_from(n).is_ok_and(|n| n < FEWEST_SHOWN)
}
