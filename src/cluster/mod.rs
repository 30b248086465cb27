//! Customers into clusters: k-means, Ward, the silhouette, and the choice of k.
//!
//! In comes a standardised matrix of shape `(n_rows, n_features)`, out goes a [`Clustering`] in canonical
//! numbering. No answer depends on the number of threads or on the order of the rows: rows are put into one
//! order before anything random or order-dependent happens to them. Refused: values that are not finite, more
//! clusters than distinct rows, too few rows, and Ward beyond a limit.
//!
//! # Testing
//!
//! Against scikit-learn 1.9.1 and scipy 1.17.1 (`tests/golden/learning.json`), by hand, and by properties:
//! permuted rows give the same partition, scaled features the same clusters after standardising, and 1, 2 and
//! 8 threads the same bytes.

use std::cmp::Ordering;

use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use self::points::{Points, means, squared_distance};

pub mod agreement;
pub mod choose_k;
pub mod kmeans;
mod points;
pub mod silhouette;
pub mod ward;

/// A clustering in canonical numbering: clusters ordered by the mean of the first feature, largest first,
/// ties by the next feature, then by size. The same partition always has the same numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Clustering {
    /// Exact means of the clusters, shape `(k, n_features)`.
    pub centres: Array2<f64>,
    /// Cluster of each row, shape `(n_rows,)`.
    pub labels: Vec<usize>,
    /// Within-cluster sum of squares (scikit-learn's `inertia_`).
    pub within_sum_of_squares: f64,
}

/// What one number of clusters looked like when k was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KTrial {
    /// Number of clusters.
    pub k: usize,
    /// Within-cluster sum of squares.
    pub within_sum_of_squares: f64,
    /// Mean silhouette, on `n_silhouette` customers.
    pub silhouette: f64,
    /// Customers the silhouette was computed on.
    pub n_silhouette: usize,
    /// Smallest cluster.
    pub n_smallest: usize,
    /// Whether the smallest cluster is large enough to be a segment.
    pub allowed: bool,
}

impl Clustering {
    /// Rows in each cluster, shape `(k,)`.
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.centres.nrows()];
        for &label in &self.labels {
            sizes[label] += 1;
        }
        sizes
    }
}

/// Puts any labelling of the rows of `x` into canonical numbering, with its means and sum of squares.
///
/// # Shape
///
/// `x` is `(n_rows, n_features)`, `labels` `(n_rows,)`; labels nobody has leave no cluster behind.
#[must_use]
pub fn canonical(x: ArrayView2<f64>, labels: &[usize]) -> Clustering {
    let x = x.as_standard_layout();
    canonical_points(Points::of(&x), labels)
}

fn canonical_points(points: Points, labels: &[usize]) -> Clustering {
    let k = labels.iter().max().map_or(0, |&label| label + 1);
    let (centres, sizes) = means(points, labels, k);
    let mut order = canonical_order(&centres, &sizes);
    order.retain(|&cluster| sizes[cluster] > 0);
    let mut number = vec![0; k];
    for (new, &old) in order.iter().enumerate() {
        number[old] = new;
    }
    let labels: Vec<usize> = labels.iter().map(|&label| number[label]).collect();
    let centres = centres.select(Axis(0), &order);
    Clustering {
        within_sum_of_squares: within_sum_of_squares(points, &labels, &centres),
        centres,
        labels,
    }
}

/// The clusters in canonical order: `order[new]` is the old number.
fn canonical_order(centres: &Array2<f64>, sizes: &[usize]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|&a, &b| {
        let by_centre = compare_rows(centres.row(b).iter(), centres.row(a).iter());
        by_centre.then(sizes[b].cmp(&sizes[a]))
    });
    order
}

/// Lexicographic order of two rows.
fn compare_rows<'a>(
    a: impl Iterator<Item = &'a f64>,
    b: impl Iterator<Item = &'a f64>,
) -> Ordering {
    a.zip(b)
        .map(|(a, b)| a.total_cmp(b))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// Sum of squared distances to the own centre, in row order.
fn within_sum_of_squares(points: Points, labels: &[usize], centres: &Array2<f64>) -> f64 {
    let centres = centres.as_standard_layout();
    let centres = Points::of(&centres);
    points
        .rows()
        .zip(labels)
        .map(|(row, &label)| squared_distance(row, centres.row(label)))
        .sum()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn clusters_are_numbered_by_centre_then_by_size() {
        let x = array![[0.0, 1.0], [5.0, 0.0], [0.0, 3.0], [0.0, 2.0], [0.0, 2.0]];
        // Centres: 7 -> (0, 1), 2 -> (5, 0), 4 -> (0, 3) and (0, 2) and (0, 2).
        let clustering = canonical(x.view(), &[7, 2, 4, 4, 4]);
        assert_eq!(clustering.labels, [2, 0, 1, 1, 1]);
        assert_eq!(clustering.centres.row(0).to_vec(), [5.0, 0.0]);
        assert_eq!(clustering.sizes(), [1, 3, 1]);
        assert!((clustering.within_sum_of_squares - 2.0 / 3.0).abs() < 1e-15);

        let same_centre = array![[1.0], [0.0], [2.0]];
        assert_eq!(canonical(same_centre.view(), &[0, 1, 1]).labels, [1, 0, 0]);
    }

    #[test]
    fn no_rows_make_no_clusters() {
        let clustering = canonical(Array2::zeros((0, 2)).view(), &[]);
        assert_eq!(clustering.centres.dim(), (0, 2));
        assert!(clustering.within_sum_of_squares.abs() < 1e-300);
    }
}
