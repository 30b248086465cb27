//! Ward's hierarchical clustering, by kodama on the condensed matrix of Euclidean distances.
//!
//! Exact, and quadratic in memory: beyond a limit it is refused with the number of bytes it would take.

use kodama::Method;
use ndarray::ArrayView2;

use super::kmeans::too_few_distinct;
use super::points::{Ordered, Points, check, squared_distance};
use super::{Clustering, canonical};
use crate::{Error, Result};

/// One merge of two clusters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// One of the merged clusters: a row if below `n`, else the cluster made by merge `a - n`.
    pub a: usize,
    /// The other one, with the larger number.
    pub b: usize,
    /// Height of the merge.
    pub height: f64,
    /// Rows in the new cluster.
    pub size: usize,
}

/// All merges from `n` single rows to one cluster, lowest first, in scipy's convention (`linkage`).
#[derive(Clone, Debug, PartialEq)]
pub struct Dendrogram {
    /// The `n - 1` merges.
    pub merges: Vec<Merge>,
}

impl Dendrogram {
    /// Labels of the `n` rows when `k` clusters are left; numbered by first appearance.
    ///
    /// `k` below 1 counts as 1, above `n` as `n`.
    #[must_use]
    pub fn cut(&self, k: usize) -> Vec<usize> {
        let n = self.merges.len() + 1;
        let kept = n - k.clamp(1, n);
        // Parents stand after their children, so that one pass from the top names every cluster's root.
        let mut root: Vec<usize> = (0..n + kept).collect();
        for (i, merge) in self.merges[..kept].iter().enumerate().rev() {
            root[merge.a] = root[n + i];
            root[merge.b] = root[n + i];
        }
        let mut number = vec![None; n + kept];
        let mut next = 0;
        let label = |&root: &usize| {
            *number[root].get_or_insert_with(|| {
                next += 1;
                next - 1
            })
        };
        root[..n].iter().map(label).collect()
    }
}

/// Builds the dendrogram of the rows of `x`.
///
/// # Shape
///
/// `x` is `(n_rows, n_features)`, best standardised.
///
/// # Formula
///
/// Lance-Williams on squared Euclidean distances, heights as their roots (Ward.D2):
///
/// ```text
/// d(k, i+j)^2 = ((n_i + n_k) d_ik^2 + (n_j + n_k) d_jk^2 - n_k d_ij^2) / (n_i + n_j + n_k)
/// ```
///
/// # Source
///
/// Ward (1963); Murtagh and Legendre (2014); the same heights as scipy 1.17 `linkage(x, "ward")`.
///
/// # Edge cases
///
/// Equal distances are merged in an order that depends on the order of the rows; [`ward_clusters`] sorts them
/// first.
///
/// # Errors
///
/// [`Error::Limit`] for more than `limit` rows, [`Error::TooFew`] for none, [`Error::NotFinite`].
pub fn ward(x: ArrayView2<f64>, limit: usize) -> Result<Dendrogram> {
    check(x)?;
    let n = x.nrows();
    if n == 0 {
        return Err(too_few_distinct(0, 1));
    }
    if n > limit {
        return Err(over_limit(n, limit));
    }
    let x = x.as_standard_layout();
    let points = Points::of(&x);
    let mut condensed = Vec::with_capacity(n * (n - 1) / 2);
    for (i, row) in points.rows().enumerate() {
        let others = points.rows().skip(i + 1);
        condensed.extend(others.map(|other| squared_distance(row, other).sqrt()));
    }
    let tree = kodama::linkage(&mut condensed, n, Method::Ward);
    let merges = tree.steps().iter().map(|step| Merge {
        a: step.cluster1,
        b: step.cluster2,
        height: step.dissimilarity,
        size: step.size,
    });
    Ok(Dendrogram {
        merges: merges.collect(),
    })
}

/// Clusters the rows of `x` into `k` clusters by cutting their dendrogram.
///
/// Centres are the means of the clusters. A row may lie nearer to the mean of another cluster than to that of
/// its own: Ward's boundaries are not those of its means.
///
/// # Errors
///
/// As [`ward`]; [`Error::TooFew`] also for fewer than `k` distinct rows, [`Error::Config`] if `k` is 0.
pub fn ward_clusters(x: ArrayView2<f64>, k: usize, limit: usize) -> Result<Clustering> {
    if k == 0 {
        return Err(Error::config("segments.k must be at least 1"));
    }
    let ordered = Ordered::new(x)?;
    let tree = ward(ordered.x.view(), limit)?;
    if ordered.n_distinct < k {
        return Err(too_few_distinct(ordered.n_distinct, k));
    }
    let mut clustering = canonical(ordered.x.view(), &tree.cut(k));
    clustering.labels = ordered.restore(&clustering.labels);
    Ok(clustering)
}

fn over_limit(n: usize, limit: usize) -> Error {
    let (got, max) = (n as u64, limit as u64);
    let bytes = got.saturating_mul(got - 1).saturating_mul(4); // n (n - 1) / 2 numbers of 8
    Error::Limit {
        what: "customers clustered by Ward".into(),
        got,
        max,
        help: Some(format!(
            "the distance matrix would take {bytes} bytes ({:.1} GB); set segments.method = \"kmeans\", or \
             raise segments.ward_limit if there is memory for it",
            bytes as f64 / 1e9
        )),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::cluster::agreement::adjusted_rand_index;

    fn golden(case: &str) -> (Array2<f64>, Value) {
        let all: Value =
            serde_json::from_str(include_str!("../../tests/golden/learning.json")).unwrap();
        let expected = all["expected"]["ward"][case].clone();
        let rows: Vec<Vec<f64>> = serde_json::from_value(expected["x"].clone()).unwrap();
        let x = Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j]);
        (x, expected)
    }

    #[test]
    fn merges_and_cuts_agree_with_scipy() {
        for case in ["blobs", "cloud"] {
            let (x, expected) = golden(case);
            let tree = ward(x.view(), 100).unwrap();
            let merges: Vec<(usize, usize, f64, usize)> =
                serde_json::from_value(expected["merges"].clone()).unwrap();
            assert_eq!(tree.merges.len(), merges.len());
            for (ours, (a, b, height, size)) in tree.merges.iter().zip(merges) {
                assert_eq!((ours.a, ours.b, ours.size), (a, b, size), "{case}");
                assert!((ours.height / height - 1.0).abs() < 1e-12);
            }
            for (k, labels) in expected["cuts"].as_object().unwrap() {
                let theirs: Vec<usize> = serde_json::from_value(labels.clone()).unwrap();
                let ours = tree.cut(k.parse().unwrap());
                assert!((adjusted_rand_index(&ours, &theirs) - 1.0).abs() < 1e-15);
                let clusters = ward_clusters(x.view(), k.parse().unwrap(), 100).unwrap();
                assert_eq!(clusters.labels, canonical(x.view(), &theirs).labels);
            }
        }
    }

    #[test]
    fn three_points_by_hand() {
        let tree = ward(array![[0.0], [1.0], [4.0]].view(), 3).unwrap();
        // {0, 1} at distance 1; then sqrt((2 * 16 + 2 * 9 - 1) / 3) = sqrt(49 / 3).
        let first = tree.merges[0];
        assert_eq!((first.a, first.b, first.size), (0, 1, 2));
        assert!((first.height - 1.0).abs() < 1e-15);
        let second = tree.merges[1];
        assert_eq!((second.a, second.b, second.size), (2, 3, 3));
        assert!((second.height - (49.0_f64 / 3.0).sqrt()).abs() < 1e-14);
        assert_eq!(tree.cut(0), [0, 0, 0]);
        assert_eq!(tree.cut(2), [0, 0, 1]);
        assert_eq!(tree.cut(9), [0, 1, 2]);
    }

    #[test]
    fn one_row_is_one_cluster() {
        let clustering = ward_clusters(array![[3.0]].view(), 1, 10).unwrap();
        assert_eq!(clustering.labels, [0]);
        assert_eq!(clustering.centres, array![[3.0]]);
    }

    #[test]
    fn over_the_limit_the_bytes_and_the_way_out_are_told() {
        let error = ward(Array2::zeros((20_000, 1)).view(), 10_000).unwrap_err();
        let text = error.to_string();
        assert_eq!(
            text,
            "customers clustered by Ward: 20000 is over the limit of 10000"
        );
        let help = error.help().unwrap();
        assert!(help.contains("1599920000 bytes (1.6 GB)"), "{help}");
        assert!(help.contains("segments.method = \"kmeans\""));
    }

    #[test]
    fn what_cannot_be_clustered_is_refused() {
        let x = array![[0.0], [0.0], [1.0]];
        let code = |x: &Array2<f64>, k| ward_clusters(x.view(), k, 10).unwrap_err().code();
        assert_eq!(code(&x, 3), "data/too-few");
        assert_eq!(code(&x, 0), "config/invalid");
        assert_eq!(code(&Array2::zeros((0, 1)), 1), "data/too-few");
        assert_eq!(code(&array![[f64::NAN]], 1), "data/not-finite");
    }

    proptest! {
        #[test]
        fn permuted_rows_give_the_same_clusters(
            cells in prop::collection::vec(-3_i8..4, 6..60), k in 1_usize..5, shift in 1_usize..30,
        ) {
            let n = cells.len() / 2;
            let x = Array2::from_shape_fn((n, 2), |(i, j)| f64::from(cells[2 * i + j]));
            let order: Vec<usize> = (0..n).map(|i| n - 1 - (i + shift) % n).collect();
            let permuted = ward_clusters(x.select(ndarray::Axis(0), &order).view(), k, 100);
            let Ok(clustering) = ward_clusters(x.view(), k, 100) else {
                prop_assert!(permuted.is_err());
                return Ok(());
            };
            prop_assert_eq!(clustering.centres.nrows(), k);
            let expected: Vec<usize> = order.iter().map(|&i| clustering.labels[i]).collect();
            prop_assert_eq!(permuted.unwrap().labels, expected);
        }
    }
}
