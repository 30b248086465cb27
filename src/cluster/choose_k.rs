//! How many clusters: as configured, or the best silhouette among those whose clusters are large enough.

use ndarray::ArrayView2;

use super::kmeans::{kmeans_ordered, too_few_distinct};
use super::points::Ordered;
use super::silhouette::mean_silhouette;
use super::ward::{Dendrogram, ward};
use super::{Clustering, KTrial, canonical};
use crate::config::{Method, SegmentsSection};
use crate::{Error, Result};

/// Least number of rows for any clustering.
const MIN_ROWS: usize = 10;

/// The chosen clustering and what was tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The chosen clustering.
    pub clustering: Clustering,
    /// Every number of clusters tried, ascending.
    pub trials: Vec<KTrial>,
    /// What the reader should know about the choice, as sentences.
    pub note: Option<String>,
}

/// Clusters the rows of `x` with the configured method and chooses the number of clusters.
///
/// # Shape
///
/// `x` is `(n_rows, n_features)`, standardised.
///
/// # Formula
///
/// With `settings.k`, that number. Otherwise every k of `k_min..=k_max` is tried and the best mean silhouette
/// wins, the smallest k of equal ones. A k is allowed only if its smallest cluster has at least `min_share` of
/// the rows; if none is, the best silhouette is taken all the same and the note says so.
///
/// # Edge cases
///
/// Numbers of clusters beyond the distinct rows, or beyond half of the rows, are not tried; a note says so.
///
/// # Errors
///
/// [`Error::Config`] for less than two clusters or an empty range, [`Error::TooFew`] for fewer than
/// `max(2 k, 10)` rows or fewer than k distinct ones, and whatever the method refuses.
pub fn choose(x: ArrayView2<f64>, settings: &SegmentsSection) -> Result<Choice> {
    let (k_min, k_max) = range(settings)?;
    let n = x.nrows();
    if n < MIN_ROWS.max(k_min.saturating_mul(2)) {
        return Err(Error::TooFew {
            what: "customers to cluster".into(),
            got: n,
            need: MIN_ROWS.max(k_min.saturating_mul(2)),
            help: Some("lengthen windows.observation_days, or ask for fewer segments".into()),
        });
    }
    let ordered = Ordered::new(x)?;
    if ordered.n_distinct < k_min {
        return Err(too_few_distinct(ordered.n_distinct, k_min));
    }
    let k_limit = k_max.min(ordered.n_distinct).min(n / 2);
    let algorithm = Algorithm::new(&ordered, settings)?;

    let mut trials = Vec::new();
    let mut best: Option<(KTrial, Clustering)> = None;
    for k in k_min..=k_limit {
        let clustering = algorithm.clusters(k)?;
        let trial = try_out(&ordered, &clustering, settings);
        trials.push(trial);
        if best.as_ref().is_none_or(|(b, _)| beats(&trial, b)) {
            best = Some((trial, clustering));
        }
    }
    let Some((trial, mut clustering)) = best else {
        return Err(too_few_distinct(ordered.n_distinct, k_min));
    };
    clustering.labels = ordered.restore(&clustering.labels);
    Ok(Choice {
        clustering,
        note: note(&trial, n, settings, k_max, k_limit),
        trials,
    })
}

/// Smallest and largest number of clusters to try.
fn range(settings: &SegmentsSection) -> Result<(usize, usize)> {
    let (k_min, k_max) = match settings.k {
        Some(k) => (k, k),
        None => (settings.k_min, settings.k_max),
    };
    let key = if settings.k.is_some() { "k" } else { "k_min" };
    if k_min < 2 {
        return Err(Error::config(format!(
            "segments.{key} must be at least 2: one cluster is no segmentation"
        )));
    }
    if k_max < k_min {
        return Err(Error::config(format!(
            "segments.k_max = {k_max} is below segments.k_min = {k_min}"
        )));
    }
    Ok((k_min, k_max))
}

/// A clustering method, ready for any k; Ward's dendrogram is built once.
enum Algorithm<'a> {
    Kmeans(&'a Ordered, &'a SegmentsSection),
    Ward(&'a Ordered, Dendrogram),
}

impl<'a> Algorithm<'a> {
    fn new(ordered: &'a Ordered, settings: &'a SegmentsSection) -> Result<Self> {
        Ok(match settings.method {
            Method::Kmeans => Self::Kmeans(ordered, settings),
            Method::Ward => Self::Ward(ordered, ward(ordered.x.view(), settings.ward_limit)?),
        })
    }

    /// Exactly `k` clusters of the sorted rows.
    fn clusters(&self, k: usize) -> Result<Clustering> {
        match self {
            Self::Kmeans(ordered, settings) => {
                kmeans_ordered(ordered, k, settings.n_starts, settings.seed)
            }
            Self::Ward(ordered, tree) => Ok(canonical(ordered.x.view(), &tree.cut(k))),
        }
    }
}

fn try_out(ordered: &Ordered, clustering: &Clustering, settings: &SegmentsSection) -> KTrial {
    let n = clustering.labels.len();
    let n_smallest = clustering.sizes().into_iter().min().unwrap_or(0);
    let silhouette = mean_silhouette(
        ordered.x.view(),
        &clustering.labels,
        settings.silhouette_sample,
        settings.seed,
    );
    KTrial {
        k: clustering.centres.nrows(),
        within_sum_of_squares: clustering.within_sum_of_squares,
        silhouette: silhouette.map_or(0.0, |s| s.mean),
        n_silhouette: silhouette.map_or(0, |s| s.n),
        n_smallest,
        allowed: n_smallest as f64 >= settings.min_share * n as f64,
    }
}

/// Whether `trial` is to be preferred to an earlier one with fewer clusters.
fn beats(trial: &KTrial, earlier: &KTrial) -> bool {
    if trial.allowed == earlier.allowed {
        trial.silhouette > earlier.silhouette
    } else {
        trial.allowed
    }
}

fn note(
    chosen: &KTrial,
    n: usize,
    settings: &SegmentsSection,
    k_max: usize,
    k_limit: usize,
) -> Option<String> {
    let mut sentences = Vec::new();
    if k_limit < k_max {
        sentences.push(format!(
            "More than {k_limit} clusters were not tried: there are too few different customers."
        ));
    }
    if !chosen.allowed {
        let share = settings.min_share * 100.0;
        let reason = if settings.k.is_some() {
            String::new()
        } else {
            format!(
                "No number of clusters kept all of them above segments.min_share = {share} %; k = {} has the \
                 best silhouette. ",
                chosen.k
            )
        };
        sentences.push(format!(
            "{reason}The smallest of the {} clusters has {} of {n} customers, less than {share}%.",
            chosen.k, chosen.n_smallest
        ));
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis};

    use super::*;

    /// Four groups on a line, of the given sizes, each spread over a tenth of their distance.
    fn groups(sizes: &[usize]) -> Array2<f64> {
        let rows: Vec<f64> = sizes
            .iter()
            .enumerate()
            .flat_map(|(group, &size)| {
                (0..size).map(move |i| 10.0 * group as f64 + i as f64 / size as f64)
            })
            .collect();
        Array2::from_shape_fn((rows.len(), 2), |(i, j)| {
            rows[i] * if j == 0 { 1.0 } else { 0.5 }
        })
    }

    fn settings(method: Method) -> SegmentsSection {
        SegmentsSection {
            method,
            k_min: 2,
            k_max: 6,
            ..SegmentsSection::default()
        }
    }

    #[test]
    fn the_planted_number_is_chosen_by_both_methods() {
        let x = groups(&[20, 30, 25, 25]);
        for method in [Method::Kmeans, Method::Ward] {
            let choice = choose(x.view(), &settings(method)).unwrap();
            assert_eq!(choice.clustering.centres.nrows(), 4);
            assert_eq!(choice.clustering.sizes(), [25, 25, 30, 20]);
            assert_eq!(choice.note, None);
            let tried: Vec<usize> = choice.trials.iter().map(|t| t.k).collect();
            assert_eq!(tried, [2, 3, 4, 5, 6]);
            let least = choice
                .trials
                .windows(2)
                .all(|t| t[1].within_sum_of_squares < t[0].within_sum_of_squares);
            assert!(least);
        }
    }

    #[test]
    fn a_k_with_a_tiny_cluster_is_passed_over() {
        let x = groups(&[400, 300, 299, 1]);
        let choice = choose(x.view(), &settings(Method::Kmeans)).unwrap();
        let four = choice.trials.iter().find(|t| t.k == 4).unwrap();
        assert_eq!(four.n_smallest, 1);
        assert!(!four.allowed);
        assert!(choice.clustering.sizes().iter().all(|&size| size >= 20));
        assert_eq!(choice.note, None);
    }

    #[test]
    fn if_no_k_is_allowed_the_best_is_taken_with_a_note() {
        let mut settings = settings(Method::Kmeans);
        settings.min_share = 0.6;
        let choice = choose(groups(&[20, 30, 25, 25]).view(), &settings).unwrap();
        assert_eq!(choice.clustering.centres.nrows(), 4);
        let note = choice.note.unwrap();
        assert!(note.starts_with("No number of clusters kept all"), "{note}");
        assert!(
            note.contains("20 of 100 customers, less than 60%"),
            "{note}"
        );
    }

    #[test]
    fn a_fixed_k_is_kept_and_a_tiny_cluster_told() {
        let mut settings = settings(Method::Ward);
        settings.k = Some(4);
        let choice = choose(groups(&[99, 100, 100, 1]).view(), &settings).unwrap();
        assert_eq!(choice.trials.len(), 1);
        assert_eq!(choice.clustering.sizes(), [1, 100, 100, 99]);
        assert!(choice.note.unwrap().contains("1 of 300 customers"));
    }

    #[test]
    fn the_range_ends_at_the_distinct_customers() {
        let x = Array2::from_shape_fn((30, 1), |(i, _)| (i % 3) as f64);
        let choice = choose(x.view(), &settings(Method::Kmeans)).unwrap();
        assert_eq!(choice.clustering.centres.nrows(), 3);
        assert!((choice.trials[1].silhouette - 1.0).abs() < 1e-12);
        assert!(choice.note.unwrap().starts_with("More than 3 clusters"));
    }

    #[test]
    fn too_few_customers_are_refused_before_anything_else() {
        let refused = |x: &Array2<f64>, k| {
            let mut settings = settings(Method::Kmeans);
            settings.k = k;
            choose(x.view(), &settings).unwrap_err().to_string()
        };
        assert_eq!(
            refused(&Array2::zeros((2, 1)), Some(3)),
            "need at least 10 customers to cluster, have 2"
        );
        assert_eq!(
            refused(&Array2::zeros((12, 1)), Some(8)),
            "need at least 16 customers to cluster, have 12"
        );
        assert_eq!(
            refused(&Array2::zeros((12, 1)), None),
            "need at least 2 distinct customers, have 1"
        );
        assert!(refused(&groups(&[20]), Some(1)).contains("at least 2"));
        assert!(refused(&groups(&[20]), Some(usize::MAX)).contains("customers to cluster"));
    }

    #[test]
    fn an_empty_range_is_refused() {
        let mut settings = settings(Method::Kmeans);
        settings.k_max = 1;
        let error = choose(groups(&[20]).view(), &settings).unwrap_err();
        assert_eq!(error.code(), "config/invalid");
    }

    #[test]
    fn the_order_of_the_customers_does_not_matter() {
        let x = groups(&[40, 30, 20, 13]);
        let n = x.nrows();
        let order: Vec<usize> = (0..n).map(|i| i * 7 % n).collect();
        let mut settings = settings(Method::Kmeans);
        settings.silhouette_sample = 60;
        for method in [Method::Kmeans, Method::Ward] {
            settings.method = method;
            let choice = choose(x.view(), &settings).unwrap();
            let permuted = choose(x.select(Axis(0), &order).view(), &settings).unwrap();
            assert_eq!(permuted.trials, choice.trials);
            let expected: Vec<usize> = order.iter().map(|&i| choice.clustering.labels[i]).collect();
            assert_eq!(permuted.clustering.labels, expected);
        }
    }
}
