//! What became of each segment after the cutoff.

use super::{Evidence, SegmentEvidence};
use crate::churn::labels::Outcomes;
use crate::error::Result;
use crate::model::Model;
use crate::segment::snapshot::Snapshot;
use crate::stats::{association, proportion, summary, survival};
use crate::time::Day;

/// Sets the segments of a snapshot against outcomes that came later.
///
/// Customers who cannot churn any more (contract churn before the window) have no outcome and are left out.
///
/// # Errors
/// Those of placing and of [`Model::risks`].
pub fn evidence(
    model: &Model,
    snapshot: &Snapshot,
    outcomes: &Outcomes,
    data_end: Day,
) -> Result<Evidence> {
    let segments = &model.segmentation.segments;
    let placed = model.segmentation.place(snapshot)?;
    let risks = model.risks(snapshot, outcomes)?;
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); segments.len()];
    for (c, place) in placed.iter().enumerate() {
        if let Some(place) = place.filter(|_| outcomes.can_churn(c, snapshot.cutoff)) {
            members[place.segment].push(c);
        }
    }
    let retained = |customers: &[usize]| {
        let n = customers
            .iter()
            .filter(|&&c| !outcomes.churned(c, snapshot.cutoff))
            .count();
        (n as u64, customers.len() as u64)
    };
    let table: Vec<Vec<u64>> = members
        .iter()
        .map(|customers| {
            let (kept, n) = retained(customers);
            vec![kept, n - kept]
        })
        .collect();
    let times: Vec<Vec<(i32, bool)>> = members
        .iter()
        .map(|customers| {
            customers
                .iter()
                .filter_map(|&c| outcomes.time_to_churn(c, snapshot.cutoff, data_end))
                .collect()
        })
        .collect();
    let segment_evidence =
        segments
            .iter()
            .zip(&members)
            .zip(&times)
            .map(|((segment, customers), times)| {
                let (kept, n) = retained(customers);
                let known: Option<Vec<f64>> = customers
                    .iter()
                    .map(|&c| risks[c].map(|(p, _)| p))
                    .collect();
                let (days, churned): (Vec<i32>, Vec<bool>) = times.iter().copied().unzip();
                SegmentEvidence {
                    slug: segment.slug.clone(),
                    name: segment.name.clone(),
                    n: customers.len(),
                    retention: proportion::wilson(kept, n),
                    mean_churn_probability: known.and_then(|known| summary::mean(&known)),
                    survival: survival::kaplan_meier(&days, &churned),
                }
            });
    let segment_evidence = segment_evidence.collect();
    let (kept, n) = retained(&members.concat());
    let group: Vec<usize> = times
        .iter()
        .enumerate()
        .flat_map(|(s, times)| vec![s; times.len()])
        .collect();
    let (days, churned): (Vec<i32>, Vec<bool>) = times.concat().into_iter().unzip();
    Ok(Evidence {
        cutoff: snapshot.cutoff.day,
        outcome: snapshot.cutoff.outcome(),
        segments: segment_evidence,
        retention: proportion::wilson(kept, n),
        log_rank: survival::log_rank(&group, segments.len(), &days, &churned),
        cramers_v: association::cramers_v(&table),
    })
}
