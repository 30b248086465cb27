//! Customers into clusters: k-means, Ward, the silhouette, and the choice of k.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

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
