//! Reads the golden cases of `tests/golden/stats.json`.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Estimate, Test};

/// One input with the answer of an independent implementation.
#[derive(Deserialize)]
pub(super) struct Case<I, E> {
    pub(super) name: String,
    pub(super) input: I,
    pub(super) expected: E,
    pub(super) rel_tol: f64,
}

/// The cases of one function; there is at least one.
pub(super) fn cases<I: DeserializeOwned, E: DeserializeOwned>(function: &str) -> Vec<Case<I, E>> {
    let golden: Value =
        serde_json::from_str(include_str!("../../tests/golden/stats.json")).unwrap();
    let cases: Vec<Case<I, E>> = golden["cases"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| case["function"] == function)
        .map(|case| serde_json::from_value(case.clone()).unwrap())
        .collect();
    assert!(!cases.is_empty(), "no golden cases for {function}");
    cases
}

/// Fails unless `actual` is within `rel_tol` of `expected`, relatively; of zero, absolutely.
#[track_caller]
pub(super) fn assert_close(actual: f64, expected: f64, rel_tol: f64, what: &str) {
    let scale = if expected == 0.0 { 1.0 } else { expected.abs() };
    assert!(
        (actual - expected).abs() <= rel_tol * scale,
        "{what}: {actual:e} is not {expected:e} within {rel_tol:e}"
    );
}

/// [`assert_close`] for every number of two slices.
#[track_caller]
pub(super) fn assert_all_close(actual: &[f64], expected: &[f64], rel_tol: f64, what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}: length");
    for (i, (a, e)) in actual.iter().zip(expected).enumerate() {
        assert_close(*a, *e, rel_tol, &format!("{what}, entry {i}"));
    }
}

/// [`assert_close`] for every number of an estimate.
#[track_caller]
pub(super) fn assert_same_estimate(actual: Estimate, expected: Estimate, rel_tol: f64, what: &str) {
    assert_eq!(actual.n, expected.n, "{what}: n");
    assert_all_close(
        &[actual.value, actual.low, actual.high],
        &[expected.value, expected.low, expected.high],
        rel_tol,
        what,
    );
}

/// [`assert_close`] for every number of a test.
#[track_caller]
pub(super) fn assert_same_test(actual: Test, expected: Test, rel_tol: f64, what: &str) {
    assert_eq!(actual.df, expected.df, "{what}: df");
    assert_all_close(
        &[actual.statistic, actual.p_value],
        &[expected.statistic, expected.p_value],
        rel_tol,
        what,
    );
}
