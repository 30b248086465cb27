//! k-means: linfa finds the neighbourhood of an optimum, exact Lloyd steps find the optimum itself.
//!
//! linfa's update counts the old centroid as one more point, so its centroids approach the means of their
//! clusters without reaching them, and its inertia is a mean taken before the last update. Every start is
//! therefore finished here, to a fixed point at which centres are exact means and every row lies with its
//! nearest centre. Starts by k-means++ only: its draws are sequential, so that a seed means the same on any
//! number of threads. Of many rows the starts see a regular sample; the best of them is finished on all.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_clustering::{KMeans, KMeansInit};
use ndarray::{Array2, ArrayView2, Axis};
use rand::{RngCore, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};

use super::points::{Ordered, Points, means, squared_distance};
use super::{Clustering, canonical_order};
use crate::{Error, Result};

/// Iterations of linfa per start; its steps cost several times ours, which do the rest.
const LINFA_ITERATIONS: u64 = 20;
/// Exact steps per start at most, as many as scikit-learn allows by default.
const MAX_STEPS: usize = 300;
/// Rows on which the starts compete at most.
const START_ROWS: usize = 20_000;
/// Rows a thread takes at least.
const MIN_ROWS: usize = 1024;

/// The two centres nearest to a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest {
    /// Number of the nearest centre; of equally near ones the lowest.
    pub cluster: usize,
    /// Distance to it.
    pub distance: f64,
    /// Distance to the second nearest; infinite if there is only one centre.
    pub second_distance: f64,
}

impl Nearest {
    /// How clearly the row lies with its centre rather than the next: `(d2 - d1) / d2`, from 0 (halfway, or
    /// two equal centres) to 1 (on the centre, or no other centre).
    #[must_use]
    pub fn confidence(&self) -> f64 {
        if self.second_distance.is_infinite() {
            1.0
        } else if self.second_distance > 0.0 {
            (self.second_distance - self.distance) / self.second_distance
        } else {
            0.0
        }
    }
}

/// Finds the nearest centre of every row.
///
/// # Shape
///
/// `x` is `(n_rows, n_features)`, `centres` `(k, n_features)` with `k >= 1`; the answer has `n_rows` entries.
/// The rows a k-means [`Clustering`] was learnt from get its labels.
#[must_use]
pub fn assign(x: ArrayView2<f64>, centres: ArrayView2<f64>) -> Vec<Nearest> {
    let x = x.as_standard_layout();
    let centres = centres.as_standard_layout();
    let centres = Points::of(&centres);
    let mut nearest = nearest_centres(Points::of(&x), centres);
    for row in &mut nearest {
        row.distance = row.distance.sqrt();
        row.second_distance = row.second_distance.sqrt();
    }
    nearest
}

/// Clusters the rows of `x` into exactly `k` clusters: the best of `n_starts` runs.
///
/// # Shape
///
/// `x` is `(n_rows, n_features)`, best standardised.
///
/// # Formula
///
/// Least within-cluster sum of squares over the starts, the first of equal ones. A cluster that loses all its
/// rows is started anew at the row farthest from its centre, as in scikit-learn. Beyond 20,000 rows the starts
/// compete on every second, third, ... row in lexicographic order, and the winner goes on with all rows.
///
/// # Edge cases
///
/// Of equally near centres a row takes the lowest number. The answer does not depend on the order of the rows.
/// Should a start not settle within 300 exact steps, its labels are those of the last centres.
///
/// # Errors
///
/// [`Error::Config`] if `k` or `n_starts` is 0, [`Error::TooFew`] if there are fewer than `k` distinct rows,
/// [`Error::NotFinite`].
pub fn kmeans(x: ArrayView2<f64>, k: usize, n_starts: usize, seed: u64) -> Result<Clustering> {
    let ordered = Ordered::new(x)?;
    let mut clustering = kmeans_ordered(&ordered, k, n_starts, seed)?;
    clustering.labels = ordered.restore(&clustering.labels);
    Ok(clustering)
}

/// [`kmeans`] on sorted rows; the labels are theirs.
pub(super) fn kmeans_ordered(
    ordered: &Ordered,
    k: usize,
    n_starts: usize,
    seed: u64,
) -> Result<Clustering> {
    check(ordered, k, n_starts)?;
    let stride = ordered.x.nrows().div_ceil(START_ROWS).max(1);
    let rows: Vec<usize> = (0..ordered.x.nrows()).step_by(stride).collect();
    let sample = ordered.x.select(Axis(0), &rows);
    let mut seeds = Xoshiro256Plus::seed_from_u64(seed);
    let mut best: Option<Clustering> = None;
    for _ in 0..n_starts {
        let start = linfa_centres(&sample, k, seeds.next_u64())?;
        let clustering = lloyd(Points::of(&sample), start);
        if best
            .as_ref()
            .is_none_or(|b| clustering.within_sum_of_squares < b.within_sum_of_squares)
        {
            best = Some(clustering);
        }
    }
    if stride > 1 {
        best = best.map(|best| lloyd(Points::of(&ordered.x), best.centres));
    }
    match best {
        Some(best) if best.sizes().iter().all(|&size| size > 0) => Ok(best),
        // Rows that differ by less than their distance can express leave a cluster empty.
        _ => Err(too_few_distinct(ordered.n_distinct, k)),
    }
}

/// What linfa answers with a panic, a repeated centre or an unreadable error.
fn check(ordered: &Ordered, k: usize, n_starts: usize) -> Result<()> {
    if k == 0 || n_starts == 0 {
        let key = if k == 0 { "k" } else { "n_starts" };
        return Err(Error::config(format!("segments.{key} must be at least 1")));
    }
    if ordered.n_distinct < k {
        return Err(too_few_distinct(ordered.n_distinct, k));
    }
    Ok(())
}

pub(super) fn too_few_distinct(got: usize, need: usize) -> Error {
    Error::TooFew {
        what: "distinct customers".into(),
        got,
        need,
        help: Some("ask for fewer clusters, or cluster on more features".into()),
    }
}

/// Centroids of one linfa run from one k-means++ start.
fn linfa_centres(x: &Array2<f64>, k: usize, seed: u64) -> Result<Array2<f64>> {
    let run = KMeans::params_with_rng(k, Xoshiro256Plus::seed_from_u64(seed))
        .init_method(KMeansInit::KMeansPlusPlus)
        .n_runs(1)
        .max_n_iterations(LINFA_ITERATIONS)
        .fit(&DatasetBase::from(x.view()));
    match run {
        Ok(model) => Ok(model.centroids().clone()),
        Err(error) => Err(Error::Internal(format!("k-means: {error}"))),
    }
}

/// Lloyd's algorithm from given centres, in canonical numbering, to a fixed point.
fn lloyd(points: Points, start: Array2<f64>) -> Clustering {
    let k = start.nrows();
    let mut centres = start;
    let mut nearest = nearest_centres(points, Points::of(&centres));
    for _ in 0..MAX_STEPS {
        let labels = without_empty_clusters(&nearest, k);
        let (unordered, sizes) = means(points, &labels, k);
        let next = unordered.select(Axis(0), &canonical_order(&unordered, &sizes));
        if next == centres {
            break;
        }
        centres = next;
        nearest = nearest_centres(points, Points::of(&centres));
    }
    Clustering {
        centres,
        labels: nearest.iter().map(|row| row.cluster).collect(),
        within_sum_of_squares: nearest.iter().map(|row| row.distance).sum(),
    }
}

/// Labels in which every empty cluster has taken the row farthest from its centre (of equally far ones the
/// first) out of a cluster that can spare it.
fn without_empty_clusters(nearest: &[Nearest], k: usize) -> Vec<usize> {
    let mut labels: Vec<usize> = nearest.iter().map(|row| row.cluster).collect();
    let mut sizes = vec![0_usize; k];
    for &label in &labels {
        sizes[label] += 1;
    }
    let mut distances: Vec<f64> = nearest.iter().map(|row| row.distance).collect();
    for empty in (0..k).filter(|&cluster| nearest.iter().all(|row| row.cluster != cluster)) {
        let farthest = (0..labels.len())
            .filter(|&row| sizes[labels[row]] > 1)
            .max_by(|&a, &b| distances[a].total_cmp(&distances[b]).then(b.cmp(&a)));
        if let Some(row) = farthest {
            sizes[labels[row]] -= 1;
            sizes[empty] += 1;
            labels[row] = empty;
            distances[row] = 0.0;
        }
    }
    labels
}

/// Nearest centres with squared distances.
fn nearest_centres(points: Points, centres: Points) -> Vec<Nearest> {
    points
        .par_rows()
        .with_min_len(MIN_ROWS)
        .map(|row| nearest_centre(row, centres))
        .collect()
}

fn nearest_centre(row: &[f64], centres: Points) -> Nearest {
    let mut nearest = Nearest {
        cluster: 0,
        distance: f64::INFINITY,
        second_distance: f64::INFINITY,
    };
    for (cluster, centre) in centres.rows().enumerate() {
        let distance = squared_distance(row, centre);
        if distance < nearest.distance {
            nearest.second_distance = nearest.distance;
            nearest.distance = distance;
            nearest.cluster = cluster;
        } else if distance < nearest.second_distance {
            nearest.second_distance = distance;
        }
    }
    nearest
}

#[cfg(test)]
mod tests;
