//! The silhouette, in scikit-learn's conventions; exact, or on a stratified sample of known size.

use std::collections::BTreeMap;

use ndarray::{ArrayView2, Axis};
use rand::SeedableRng;
use rand::seq::index;
use rand_xoshiro::Xoshiro256Plus;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};

use super::points::{Points, squared_distance};

/// Rows drawn at least from each cluster that has as many.
const FLOOR: usize = 200;

/// A mean silhouette with the number of rows it was computed on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SilhouetteMean {
    /// The mean, -1 to 1.
    pub mean: f64,
    /// Rows it was computed on.
    pub n: usize,
}

/// Computes the silhouette of every row. Takes time with the square of the rows.
///
/// # Shape
///
/// `x` is `(n_rows, n_features)`, `labels` and the answer `(n_rows,)`; labels may skip numbers.
///
/// # Formula
///
/// ```text
/// s = (b - a) / max(a, b)
/// ```
///
/// with `a` the mean Euclidean distance to the other rows of the own cluster and `b` the least mean distance
/// to the rows of another cluster.
///
/// # Source
///
/// Rousseeuw (1987); scikit-learn 1.9 `silhouette_samples`.
///
/// # Edge cases
///
/// 0 for the only row of a cluster, for `max(a, b) = 0`, and if there is only one cluster.
#[must_use]
pub fn silhouette_samples(x: ArrayView2<f64>, labels: &[usize]) -> Vec<f64> {
    let k = labels.iter().max().map_or(0, |&label| label + 1);
    let mut sizes = vec![0_usize; k];
    for &label in labels {
        sizes[label] += 1;
    }
    let x = x.as_standard_layout();
    let points = Points::of(&x);
    let silhouette = |(row, own): (&[f64], &usize)| {
        let mut sums = vec![0.0; k];
        for (other, &label) in points.rows().zip(labels) {
            sums[label] += squared_distance(row, other).sqrt();
        }
        one_silhouette(&sums, &sizes, *own)
    };
    let rows = points.par_rows().with_min_len(16);
    rows.enumerate()
        .map(|(i, row)| silhouette((row, &labels[i])))
        .collect()
}

/// Silhouette of a row of cluster `own` from its summed distances to each cluster.
fn one_silhouette(sums: &[f64], sizes: &[usize], own: usize) -> f64 {
    if sizes[own] == 1 {
        return 0.0;
    }
    let a = sums[own] / (sizes[own] - 1) as f64;
    let b = (0..sums.len())
        .filter(|&cluster| cluster != own && sizes[cluster] > 0)
        .map(|cluster| sums[cluster] / sizes[cluster] as f64)
        .fold(f64::INFINITY, f64::min);
    let larger = a.max(b);
    if larger > 0.0 && b.is_finite() {
        (b - a) / larger
    } else {
        0.0
    }
}

/// Computes the mean silhouette: exact up to `sample` rows, above that on a sample stratified by cluster.
///
/// The sample takes each cluster's share of `sample` rows but at least 200 (or the whole cluster), so that
/// small clusters are not missed, and weights the clusters' means by their true shares. Distances are those
/// within the sample. `None` if there is only one cluster.
///
/// # Shape
///
/// `x` is `(n_rows, n_features)`, `labels` `(n_rows,)`.
#[must_use]
pub fn mean_silhouette(
    x: ArrayView2<f64>,
    labels: &[usize],
    sample: usize,
    seed: u64,
) -> Option<SilhouetteMean> {
    let mut clusters: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (row, &label) in labels.iter().enumerate() {
        clusters.entry(label).or_default().push(row);
    }
    if clusters.len() < 2 {
        return None;
    }
    let n = labels.len();
    let drawn = if n > sample {
        draw(&clusters, n, sample, seed)
    } else {
        (0..n).collect()
    };
    let drawn_labels: Vec<usize> = drawn.iter().map(|&row| labels[row]).collect();
    let silhouettes = silhouette_samples(x.select(Axis(0), &drawn).view(), &drawn_labels);
    let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for (label, s) in drawn_labels.iter().zip(silhouettes) {
        let (sum, count) = sums.entry(*label).or_default();
        *sum += s;
        *count += 1.0;
    }
    let weighted = sums.iter().map(|(label, (sum, count))| {
        let share = clusters[label].len() as f64 / n as f64;
        share * sum / count
    });
    Some(SilhouetteMean {
        mean: weighted.sum(),
        n: drawn.len(),
    })
}

/// Rows of a sample that holds every cluster, ascending within each.
fn draw(clusters: &BTreeMap<usize, Vec<usize>>, n: usize, sample: usize, seed: u64) -> Vec<usize> {
    let mut rng = Xoshiro256Plus::seed_from_u64(seed);
    let mut drawn = Vec::new();
    for rows in clusters.values() {
        // In u128 the product cannot overflow; the quotient is below `sample`.
        let share = rows.len() as u128 * sample as u128 / n as u128;
        let amount = usize::try_from(share).unwrap_or(sample).max(FLOOR);
        let mut picked = index::sample(&mut rng, rows.len(), amount.min(rows.len())).into_vec();
        picked.sort_unstable();
        drawn.extend(picked.into_iter().map(|i| rows[i]));
    }
    drawn
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use serde_json::Value;

    use super::*;

    #[test]
    fn agrees_with_scikit_learn() {
        let all: Value =
            serde_json::from_str(include_str!("../../tests/golden/learning.json")).unwrap();
        for case in ["hand", "cloud"] {
            let expected = &all["expected"]["silhouette"][case];
            let rows: Vec<Vec<f64>> = serde_json::from_value(expected["x"].clone()).unwrap();
            let labels: Vec<usize> = serde_json::from_value(expected["labels"].clone()).unwrap();
            let samples: Vec<f64> = serde_json::from_value(expected["samples"].clone()).unwrap();
            let x = Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j]);
            for (ours, theirs) in silhouette_samples(x.view(), &labels).iter().zip(&samples) {
                assert!((ours - theirs).abs() < 1e-12, "{case}: {ours} {theirs}");
            }
            let ours = mean_silhouette(x.view(), &labels, 1000, 42).unwrap();
            assert_eq!(ours.n, labels.len());
            assert!((ours.mean - expected["mean"].as_f64().unwrap()).abs() < 1e-12);
        }
    }

    #[test]
    fn a_single_row_and_equal_rows_have_none() {
        let x = array![[0.0], [0.0], [0.0], [0.0], [5.0]];
        let samples = silhouette_samples(x.view(), &[0, 0, 1, 1, 4]);
        assert!(samples.iter().all(|s| s.abs() < 1e-300), "{samples:?}");
    }

    #[test]
    fn one_cluster_has_no_mean() {
        let x = array![[0.0], [1.0]];
        assert_eq!(mean_silhouette(x.view(), &[3, 3], 10, 1), None);
        assert_eq!(silhouette_samples(x.view(), &[3, 3]), [0.0, 0.0]);
        assert_eq!(
            mean_silhouette(Array2::zeros((0, 1)).view(), &[], 10, 1),
            None
        );
    }

    /// Two clusters of 3,000 and 30 rows, spread evenly over intervals.
    fn unequal() -> (Array2<f64>, Vec<usize>) {
        let labels: Vec<usize> = (0..3_030).map(|i| usize::from(i >= 3_000)).collect();
        let place = |i: usize| (i * 7919 % 3_030) as f64 / 3_030.0;
        let x = Array2::from_shape_fn((3_030, 1), |(i, _)| place(i) + 2.0 * labels[i] as f64);
        (x, labels)
    }

    #[test]
    fn a_sample_holds_the_small_clusters_and_is_near_the_whole() {
        let (x, labels) = unequal();
        let exact = mean_silhouette(x.view(), &labels, 5_000, 42).unwrap();
        let sampled = mean_silhouette(x.view(), &labels, 1_000, 42).unwrap();
        assert_eq!(sampled.n, 990 + 30);
        assert!(
            (exact.mean - sampled.mean).abs() < 0.01,
            "{exact:?} {sampled:?}"
        );
        let again = mean_silhouette(x.view(), &labels, 1_000, 42).unwrap();
        assert_eq!(again.mean.to_bits(), sampled.mean.to_bits());
    }

    #[test]
    fn the_floor_holds_when_the_sample_is_small() {
        let (x, labels) = unequal();
        assert_eq!(
            mean_silhouette(x.view(), &labels, 10, 1).unwrap().n,
            200 + 30
        );
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let (x, labels) = unequal();
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| mean_silhouette(x.view(), &labels, 500, 3).unwrap())
        };
        assert_eq!(on(1), on(2));
        assert_eq!(on(1), on(8));
    }
}
