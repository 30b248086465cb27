use ndarray::array;
use proptest::prelude::*;
use rand::RngCore as _;
use serde_json::Value;

use super::*;
use crate::cluster::canonical;
use crate::features::{FeatureSpec, FeatureTable, Kind};
use crate::standardise::Standardiser;

fn golden(case: &str) -> Value {
    let all: Value =
        serde_json::from_str(include_str!("../../../tests/golden/learning.json")).unwrap();
    all["expected"]["kmeans"][case].clone()
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = serde_json::from_value(value.clone()).unwrap();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
}

fn eight_points() -> Array2<f64> {
    array![
        [0.0, 0.0],
        [0.0, 0.0],
        [0.0, 0.0],
        [0.5, 0.0],
        [0.5, 1.0],
        [1.0, 1.0],
        [1.0, 1.0],
        [1.0, 1.0]
    ]
}

/// Deterministic points around `k` well-separated centres.
fn blobs(n: usize, k: usize, width: usize, seed: u64) -> Array2<f64> {
    let mut rng = Xoshiro256Plus::seed_from_u64(seed);
    let mut unit = || f64::from(u32::try_from(rng.next_u64() >> 32).unwrap()) / 4_294_967_296.0;
    Array2::from_shape_fn((n, width), |(i, j)| {
        let centre = if (i % k) % width == j {
            10.0 * (1 + i % k) as f64
        } else {
            0.0
        };
        centre + unit()
    })
}

#[test]
fn eight_points_by_hand() {
    let clustering = kmeans(eight_points().view(), 2, 3, 42).unwrap();
    assert_eq!(clustering.centres, array![[0.875, 1.0], [0.125, 0.0]]);
    assert_eq!(clustering.labels, [1, 1, 1, 1, 0, 0, 0, 0]);
    assert!((clustering.within_sum_of_squares - 0.375).abs() < 1e-15);
}

#[test]
fn lloyd_agrees_with_scikit_learn_from_the_same_start() {
    for case in ["hand", "blobs", "cloud"] {
        let expected = golden(case);
        let x = matrix(&expected["x"]);
        let ours = lloyd(Points::of(&x), matrix(&expected["start"]));
        let labels: Vec<usize> = serde_json::from_value(expected["labels"].clone()).unwrap();
        let theirs = canonical(x.view(), &labels);
        assert_eq!(ours.labels, theirs.labels, "{case}");
        assert_eq!(ours.centres, theirs.centres, "{case}");
        let inertia = expected["within_sum_of_squares"].as_f64().unwrap();
        assert!((ours.within_sum_of_squares / inertia - 1.0).abs() < 1e-12);
        for theirs in matrix(&expected["centres"]).rows() {
            let found = ours.centres.rows().into_iter().any(|ours| {
                let d = &ours - &theirs;
                d.dot(&d) < 1e-24
            });
            assert!(found, "{case}: {theirs}");
        }
    }
}

#[test]
fn an_empty_cluster_starts_anew_at_the_farthest_row() {
    // scikit-learn's test_kmeans_relocated_clusters: the second centre gets no row at first.
    let x = array![[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [1.0, 1.0]];
    let clustering = lloyd(Points::of(&x), array![[0.5, 0.5], [3.0, 3.0]]);
    assert_eq!(clustering.labels, [1, 1, 0, 0]);
    assert_eq!(clustering.centres, array![[0.75, 1.0], [0.25, 0.0]]);
    assert!((clustering.within_sum_of_squares - 0.25).abs() < 1e-15);
}

#[test]
fn several_empty_clusters_take_different_rows() {
    let x = array![[0.0], [1.0], [5.0], [9.0]];
    let clustering = lloyd(Points::of(&x), array![[4.0], [100.0], [200.0], [300.0]]);
    assert_eq!(clustering.labels, [3, 2, 1, 0]);
    assert!(clustering.within_sum_of_squares.abs() < 1e-300);
}

#[test]
fn what_linfa_cannot_take_is_refused() {
    let x = eight_points();
    let got = |k, n_starts| kmeans(x.view(), k, n_starts, 1).unwrap_err().to_string();
    assert_eq!(got(5, 1), "need at least 5 distinct customers, have 4");
    assert_eq!(got(0, 1), "segments.k must be at least 1");
    assert_eq!(got(2, 0), "segments.n_starts must be at least 1");
    let nobody = kmeans(Array2::zeros((0, 2)).view(), 2, 1, 1).unwrap_err();
    assert_eq!(nobody.code(), "data/too-few");
    let missing = kmeans(array![[0.0], [f64::NAN]].view(), 1, 1, 1).unwrap_err();
    assert_eq!(missing.code(), "data/not-finite");
}

#[test]
fn distances_too_small_to_express_count_as_none() {
    let x = array![[0.0], [1e-200], [1.0]];
    let error = kmeans(x.view(), 3, 2, 1).unwrap_err();
    assert_eq!(error.code(), "data/too-few");
}

#[test]
fn one_cluster_is_the_mean_of_all() {
    let clustering = kmeans(array![[1.0], [3.0]].view(), 1, 1, 1).unwrap();
    assert_eq!(clustering.centres, array![[2.0]]);
    let nearest = assign(array![[5.0]].view(), clustering.centres.view());
    assert_eq!(nearest[0].distance.to_bits(), 3.0_f64.to_bits());
    assert!(nearest[0].second_distance.is_infinite());
    assert_eq!(nearest[0].confidence().to_bits(), 1.0_f64.to_bits());
}

#[test]
fn a_row_halfway_takes_the_lowest_number() {
    let nearest = assign(array![[1.0], [0.5]].view(), array![[2.0], [0.0]].view());
    assert_eq!(nearest[0].cluster, 0);
    assert!(nearest[0].confidence().abs() < 1e-15);
    assert_eq!(nearest[1].cluster, 1);
    assert!((nearest[1].confidence() - 2.0 / 3.0).abs() < 1e-15);
    let on_both = assign(array![[1.0]].view(), array![[1.0], [1.0]].view());
    assert!(on_both[0].confidence().abs() < 1e-15);
}

#[test]
fn one_two_and_eight_threads_give_the_same_bytes() {
    let x = blobs(5_000, 5, 3, 7);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let clustering = pool.install(|| kmeans(x.view(), 5, 3, 42).unwrap());
        format!("{clustering:?}")
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(8));
}

#[test]
fn planted_clusters_are_found() {
    let x = blobs(600, 4, 4, 3);
    let clustering = kmeans(x.view(), 4, 10, 42).unwrap();
    let planted: Vec<usize> = (0..600).map(|i| i % 4).collect();
    assert_eq!(clustering.labels, canonical(x.view(), &planted).labels);
}

#[test]
fn many_rows_start_on_a_sample_and_end_on_all() {
    let x = blobs(45_000, 4, 3, 11);
    let clustering = kmeans(x.view(), 4, 3, 42).unwrap();
    let planted: Vec<usize> = (0..45_000).map(|i| i % 4).collect();
    let expected = canonical(x.view(), &planted);
    assert_eq!(clustering.labels, expected.labels);
    let ratio = clustering.within_sum_of_squares / expected.within_sum_of_squares;
    assert!((ratio - 1.0).abs() < 1e-12);
}

/// Clusters the columns after standardising them.
fn standardised_labels(columns: Vec<Vec<f64>>) -> Vec<usize> {
    let spec = |j: usize| FeatureSpec {
        name: format!("f{j}"),
        title: String::new(),
        definition: String::new(),
        unit: String::new(),
        kind: Kind::Level,
    };
    let rows: Vec<usize> = (0..columns[0].len()).collect();
    let names: Vec<String> = (0..columns.len()).map(|j| format!("f{j}")).collect();
    let table = FeatureTable {
        specs: (0..columns.len()).map(spec).collect(),
        columns,
    };
    let (_, x) = Standardiser::fit(&table, &names, &rows).unwrap();
    kmeans(x.view(), 3, 5, 42).unwrap().labels
}

/// Small matrices on a grid, so that ties and repeated rows occur.
fn grids() -> impl Strategy<Value = Array2<f64>> {
    (4_usize..40, 1_usize..4).prop_flat_map(|(n, width)| {
        prop::collection::vec(-4_i8..5, n * width).prop_map(move |cells| {
            Array2::from_shape_fn((n, width), |(i, j)| f64::from(cells[i * width + j]) / 2.0)
        })
    })
}

proptest! {
    #[test]
    fn every_answer_is_a_fixed_point(x in grids(), k in 1_usize..5, seed: u64) {
        let Ok(clustering) = kmeans(x.view(), k, 2, seed) else { return Ok(()) };
        prop_assert!(clustering.sizes().iter().all(|&size| size > 0));
        let assigned = assign(x.view(), clustering.centres.view());
        let labels: Vec<usize> = assigned.iter().map(|row| row.cluster).collect();
        prop_assert_eq!(&labels, &clustering.labels);
        let again = canonical(x.view(), &labels);
        prop_assert_eq!(again.labels, clustering.labels);
        prop_assert!((&again.centres - &clustering.centres).iter().all(|d| d.abs() < 1e-12));
        prop_assert!((again.within_sum_of_squares - clustering.within_sum_of_squares).abs() < 1e-9);
    }

    #[test]
    fn permuted_rows_give_the_same_clusters(x in grids(), k in 1_usize..5, shift in 1_usize..40) {
        let n = x.nrows();
        // Rotated and reversed.
        let order: Vec<usize> = (0..n).map(|i| n - 1 - (i + shift) % n).collect();
        let permuted = kmeans(x.select(Axis(0), &order).view(), k, 2, 42);
        let Ok(clustering) = kmeans(x.view(), k, 2, 42) else {
            prop_assert!(permuted.is_err());
            return Ok(());
        };
        let permuted = permuted.unwrap();
        prop_assert_eq!(&permuted.centres, &clustering.centres);
        let expected: Vec<usize> = order.iter().map(|&i| clustering.labels[i]).collect();
        prop_assert_eq!(permuted.labels, expected);
    }

    #[test]
    fn units_and_constant_features_do_not_matter(
        factor in 1e-6..1e6_f64, shift in -1e3..1e3_f64, seed in 0_u64..100,
    ) {
        let x = blobs(90, 3, 3, seed);
        let columns: Vec<Vec<f64>> = x.columns().into_iter().map(|c| c.to_vec()).collect();
        let mut other = columns.clone();
        other[1].iter_mut().for_each(|v| *v = *v * factor + shift * factor);
        other.push(vec![shift; 90]);
        prop_assert_eq!(standardised_labels(other), standardised_labels(columns));
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes(x in grids(), seed: u64) {
        let run = || kmeans(x.view(), 2, 3, seed).map(|c| format!("{c:?}")).ok();
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn more_starts_are_never_worse(x in grids(), seed: u64) {
        let Ok(few) = kmeans(x.view(), 3, 1, seed) else { return Ok(()) };
        let many = kmeans(x.view(), 3, 5, seed).unwrap();
        prop_assert!(many.within_sum_of_squares <= few.within_sum_of_squares);
    }
}
