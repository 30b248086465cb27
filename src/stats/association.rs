//! Association of two categorical variables.
//!
//! A table holds counts, one `Vec` per row; cells missing at the end of a row count as 0. Rows and columns
//! without any count say nothing and are left out.

use super::Test;

/// Pearson's chi-squared test of independence, without continuity correction.
///
/// # Formula
///
/// ```text
/// statistic = Σ (O - E)² / E,   E = row sum · column sum / n,   df = (r - 1)(c - 1)
/// ```
///
/// # Source
///
/// Pearson (1900).
///
/// # Edge cases
///
/// `None` if fewer than two rows or two columns have counts.
#[must_use]
pub fn chi_squared(table: &[Vec<u64>]) -> Option<Test> {
    let Independence {
        statistic, r, c, ..
    } = Independence::of(table);
    Test::chi_squared(statistic, r.checked_sub(1)? * c.checked_sub(1)?)
}

/// Cramér's V, corrected for the bias it has upwards in small samples: 0 for none, 1 for perfect
/// association.
///
/// # Formula
///
/// ```text
/// V = √(φ² / min(r' - 1, c' - 1))
/// φ² = max(0, statistic / n - (r - 1)(c - 1)/(n - 1)),   r' = r - (r - 1)²/(n - 1),   c' likewise
/// ```
///
/// # Source
///
/// Bergsma (2013), equations 2 to 4.
///
/// # Edge cases
///
/// `None` if fewer than two rows or two columns have counts, or if every count is in a row or in a column
/// of its own.
#[must_use]
pub fn cramers_v(table: &[Vec<u64>]) -> Option<f64> {
    let Independence { statistic, n, r, c } = Independence::of(table);
    if r < 2 || c < 2 {
        return None;
    }
    let (n, r, c) = (n as f64, r as f64 - 1.0, c as f64 - 1.0);
    let phi2 = (statistic / n - r * c / (n - 1.0)).max(0.0);
    let most = f64::min(r - r * r / (n - 1.0), c - c * c / (n - 1.0));
    (most > 0.0).then(|| (phi2 / most).sqrt().min(1.0))
}

/// How far a table is from independence of its rows and columns.
struct Independence {
    /// Pearson's statistic.
    statistic: f64,
    /// Sum of all counts.
    n: u64,
    /// Rows with counts.
    r: u64,
    /// Columns with counts.
    c: u64,
}

impl Independence {
    fn of(table: &[Vec<u64>]) -> Self {
        let width = table.iter().map(Vec::len).max().unwrap_or(0);
        let cell = |row: &[u64], j: usize| row.get(j).copied().unwrap_or(0);
        let rows: Vec<u64> = table.iter().map(|row| row.iter().sum()).collect();
        let columns: Vec<u64> = (0..width)
            .map(|j| table.iter().map(|row| cell(row, j)).sum())
            .collect();
        let n: u64 = rows.iter().sum();

        let mut statistic = 0.0;
        for (row, &row_sum) in table.iter().zip(&rows) {
            for (j, &column_sum) in columns.iter().enumerate() {
                if row_sum > 0 && column_sum > 0 {
                    let expected = row_sum as f64 * column_sum as f64 / n as f64;
                    statistic += (cell(row, j) as f64 - expected).powi(2) / expected;
                }
            }
        }
        let filled = |sums: &[u64]| sums.iter().filter(|sum| **sum > 0).count() as u64;
        Self {
            statistic,
            n,
            r: filled(&rows),
            c: filled(&columns),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::super::golden::{assert_close, assert_same_test, cases};
    use super::*;

    #[derive(Deserialize)]
    struct Input {
        table: Vec<Vec<u64>>,
    }

    #[test]
    fn chi_squared_agrees_with_scipy() {
        for case in cases::<Input, Test>("chi_squared") {
            let test = chi_squared(&case.input.table).unwrap();
            assert_same_test(test, case.expected, case.rel_tol, &case.name);
        }
    }

    #[test]
    fn cramers_v_agrees_with_bergsma_on_top_of_scipy() {
        for case in cases::<Input, f64>("cramers_v") {
            let v = cramers_v(&case.input.table).unwrap();
            assert_close(v, case.expected, case.rel_tol, &case.name);
        }
    }

    #[test]
    fn two_by_two_by_hand() {
        // All expected counts are 10, every difference is 5.
        let test = chi_squared(&[vec![15, 5], vec![5, 15]]).unwrap();
        assert_close(test.statistic, 10.0, 1e-15, "statistic");
        assert_eq!(test.df, 1);
    }

    #[test]
    fn empty_rows_and_columns_change_nothing() {
        let small = [vec![12, 5], vec![3, 20]];
        let padded = [vec![12, 0, 5], vec![0, 0, 0], vec![3, 0, 20], vec![]];
        assert_eq!(chi_squared(&padded), chi_squared(&small));
        assert_eq!(cramers_v(&padded), cramers_v(&small));
    }

    #[test]
    fn c43_one_outcome_or_one_segment_gives_no_association() {
        let tables: [&[Vec<u64>]; 4] =
            [&[], &[vec![0, 0]], &[vec![3, 4]], &[vec![3, 0], vec![7, 0]]];
        for table in tables {
            assert_eq!(chi_squared(table), None);
            assert_eq!(cramers_v(table), None);
        }
    }

    #[test]
    fn rows_of_one_customer_each_give_no_cramers_v() {
        assert_eq!(cramers_v(&[vec![1, 0], vec![0, 1]]), None);
    }

    proptest! {
        #[test]
        fn perfect_association_is_one_and_not_a_rounding_error_more(
            counts in prop::collection::vec(2..1_000_u64, 2..20),
        ) {
            let table: Vec<Vec<u64>> = (0..counts.len())
                .map(|i| [vec![0; i], vec![counts[i]]].concat())
                .collect();
            let v = cramers_v(&table).unwrap();
            prop_assert!((1.0 - 1e-12..=1.0).contains(&v));
        }

        #[test]
        fn association_ignores_which_variable_is_which(
            table in prop::collection::vec(prop::collection::vec(0..50_u64, 3), 1..6),
        ) {
            let transposed: Vec<Vec<u64>> =
                (0..3).map(|j| table.iter().map(|row| row[j]).collect()).collect();
            match (chi_squared(&table), chi_squared(&transposed)) {
                (Some(a), Some(b)) => {
                    prop_assert_eq!(a.df, b.df);
                    prop_assert!((a.statistic - b.statistic).abs() <= 1e-9 * a.statistic.max(1.0));
                    prop_assert!((0.0..=1.0).contains(&a.p_value));
                }
                (a, b) => prop_assert_eq!(a, b),
            }
            match (cramers_v(&table), cramers_v(&transposed)) {
                (Some(a), Some(b)) => {
                    prop_assert!((a - b).abs() <= 1e-6);
                    prop_assert!((0.0..=1.0).contains(&a));
                }
                (a, b) => prop_assert_eq!(a, b),
            }
        }
    }
}
