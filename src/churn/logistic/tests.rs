use linfa::traits::Fit;
use ndarray::{Array2, array};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn golden(case: &str) -> (Array2<f64>, Vec<bool>, Value) {
    let all: Value =
        serde_json::from_str(include_str!("../../../tests/golden/learning.json")).unwrap();
    let expected = all["expected"]["logistic"][case].clone();
    let rows: Vec<Vec<f64>> = serde_json::from_value(expected["x"].clone()).unwrap();
    let x = Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j]);
    let churned = serde_json::from_value(expected["churned"].clone()).unwrap();
    (x, churned, expected)
}

fn near(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{a} {b}");
}

#[test]
fn agrees_with_scikit_learn_whichever_class_is_rarer() {
    let cases = [
        "hand",
        "minority",
        "majority",
        "weak_penalty",
        "strong_penalty",
    ];
    for case in cases {
        let (x, churned, expected) = golden(case);
        let alpha = expected["alpha"].as_f64().unwrap();
        let model = Logistic::fit(x.view(), &churned, alpha).unwrap();
        near(
            model.intercept,
            expected["intercept"].as_f64().unwrap(),
            1e-9,
        );
        for (j, ours) in model.weights.iter().enumerate() {
            near(*ours, expected["weights"][j].as_f64().unwrap(), 1e-9);
        }
        for (i, ours) in model.predict(x.view()).into_iter().enumerate() {
            near(ours, expected["probabilities"][i].as_f64().unwrap(), 1e-9);
        }
        assert!(
            model.gradient_norm < 1e-12,
            "{case}: {}",
            model.gradient_norm
        );
    }
}

#[test]
fn agrees_with_linfa_once_its_classes_are_told_apart() {
    let (x, churned, _) = golden("minority");
    let ours = Logistic::fit(x.view(), &churned, 1.0).unwrap();
    let dataset = linfa::Dataset::new(x, ndarray::Array1::from(churned));
    let theirs = linfa_logistic::LogisticRegression::default()
        .fit(&dataset)
        .unwrap();
    assert!(
        !theirs.labels().pos.class,
        "its positive class is the majority, which stayed"
    );
    near(ours.intercept, -theirs.intercept(), 1e-4);
    for (ours, theirs) in ours.weights.iter().zip(theirs.params()) {
        near(*ours, -theirs, 1e-4);
    }
}

#[test]
fn four_points_satisfy_the_condition_by_hand() {
    // x = -2, -1, 1, 2 with y = 0, 0, 1, 1: by symmetry b = 0 and w = 2 s(-w) + 4 s(-2w), w = 1.0065943148735...
    let x = array![[-2.0], [-1.0], [1.0], [2.0]];
    let model = Logistic::fit(x.view(), &[false, false, true, true], 1.0).unwrap();
    let w = model.weights[0];
    near(model.intercept, 0.0, 1e-13);
    near(w, 1.006_594_314_873_545, 1e-13);
    near(
        w,
        2.0 / (1.0 + w.exp()) + 4.0 / (1.0 + (2.0 * w).exp()),
        1e-13,
    );
}

#[test]
fn a_rare_outcome_keeps_its_side() {
    let x = Array2::from_shape_fn((100, 1), |(i, _)| i as f64 / 50.0 - 1.0);
    let churned: Vec<bool> = (0..100).map(|i| i >= 95).collect();
    let model = Logistic::fit(x.view(), &churned, 1.0).unwrap();
    assert!(model.weights[0] > 0.0);
    let p = model.predict(x.view());
    assert!(p[99] > p[0]);
    // With a free intercept the probabilities sum to the number of churners.
    near(p.iter().sum::<f64>(), 5.0, 1e-9);
}

#[test]
fn a_separable_outcome_gives_finite_weights_and_a_warning() {
    let x = array![[-2.0], [-1.0], [1.0], [2.0]];
    let churned = [false, false, true, true];
    let mild = Logistic::fit(x.view(), &churned, 1.0).unwrap();
    assert!(!mild.separation(x.view()));
    let extreme = Logistic::fit(x.view(), &churned, 1e-8).unwrap();
    assert!(extreme.weights[0].is_finite());
    assert!(extreme.separation(x.view()));
}

#[test]
fn features_of_any_scale_converge() {
    let (x, churned, _) = golden("minority");
    let mut large = x.clone();
    large.column_mut(0).mapv_inplace(|v| v * 1e8);
    let model = Logistic::fit(large.view(), &churned, 1e-6).unwrap();
    let plain = Logistic::fit(x.view(), &churned, 1e-6).unwrap();
    near(model.weights[0] * 1e8, plain.weights[0], 1e-5);
    near(model.weights[1], plain.weights[1], 1e-5);
}

#[test]
fn a_column_of_zeros_and_a_repeated_column_are_harmless() {
    let (x, churned, _) = golden("minority");
    let wide = Array2::from_shape_fn((x.nrows(), 3), |(i, j)| [x[[i, 0]], 0.0, x[[i, 0]]][j]);
    let model = Logistic::fit(wide.view(), &churned, 1.0).unwrap();
    assert!(model.weights[1].abs() < 1e-300);
    near(model.weights[0], model.weights[2], 1e-9);
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let x = array![[0.0], [1.0]];
    let code =
        |churned: &[bool], alpha| Logistic::fit(x.view(), churned, alpha).unwrap_err().code();
    assert_eq!(code(&[true, false], 0.0), "config/invalid");
    assert_eq!(code(&[true, false], f64::NAN), "config/invalid");
    assert_eq!(code(&[true, true], 1.0), "data/one-class");
    assert_eq!(code(&[false, false], 1.0), "data/one-class");
    assert_eq!(code(&[false], 1.0), "internal");
    let missing = Logistic::fit(array![[0.0], [f64::NAN]].view(), &[true, false], 1.0);
    assert_eq!(missing.unwrap_err().code(), "data/not-finite");
    let nobody = Logistic::fit(Array2::zeros((0, 1)).view(), &[], 1.0);
    assert_eq!(nobody.unwrap_err().code(), "data/too-few");
}

#[test]
fn one_two_and_eight_threads_give_the_same_bytes() {
    let x = Array2::from_shape_fn((20_000, 3), |(i, j)| {
        ((i * (j + 3) * 7919) % 1009) as f64 / 1009.0
    });
    let churned: Vec<bool> = (0..20_000).map(|i| (i * 31) % 17 < 4 + i / 5_000).collect();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            serde_json::to_string(&Logistic::fit(x.view(), &churned, 1.0).unwrap()).unwrap()
        })
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(8));
}

proptest! {
    #[test]
    fn every_fit_is_stationary(
        rows in prop::collection::vec((-3.0..3.0_f64, -3.0..3.0_f64, any::<bool>()), 5..60),
        log_alpha in -8..6_i32,
    ) {
        let x = Array2::from_shape_fn((rows.len(), 2), |(i, j)| if j == 0 { rows[i].0 } else { rows[i].1 });
        let churned: Vec<bool> = rows.iter().map(|row| row.2).collect();
        let alpha = 10_f64.powi(log_alpha);
        let model = match Logistic::fit(x.view(), &churned, alpha) {
            Ok(model) => model,
            Err(error) => {
                prop_assert_eq!(error.code(), "data/one-class");
                return Ok(());
            }
        };
        let p = model.predict(x.view());
        prop_assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
        for j in 0..2 {
            let loss: f64 = (0..rows.len())
                .map(|i| (p[i] - f64::from(u8::from(churned[i]))) * x[[i, j]])
                .sum();
            prop_assert!((loss + alpha * model.weights[j]).abs() < 1e-5);
        }
    }

    #[test]
    fn swapping_the_outcomes_swaps_the_signs(
        rows in prop::collection::vec((-3.0..3.0_f64, any::<bool>()), 5..40),
    ) {
        let x = Array2::from_shape_fn((rows.len(), 1), |(i, _)| rows[i].0);
        let churned: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let stayed: Vec<bool> = churned.iter().map(|churned| !churned).collect();
        let Ok(a) = Logistic::fit(x.view(), &churned, 1.0) else { return Ok(()) };
        let b = Logistic::fit(x.view(), &stayed, 1.0).unwrap();
        prop_assert!((a.weights[0] + b.weights[0]).abs() < 1e-8);
        prop_assert!((a.intercept + b.intercept).abs() < 1e-8);
    }
}
