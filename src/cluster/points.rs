//! Rows of a matrix as slices, and rows in an order of their own.

use ndarray::{Array2, ArrayBase, ArrayView2, Axis, Data, Ix2};
use rayon::slice::{ChunksExact as ParChunksExact, ParallelSlice};

use super::compare_rows;
use crate::{Error, Result};

/// Largest size of a value: beyond it squared distances could overflow. Standardised values stay below 1e5.
const LARGEST: f64 = 1e100;

/// Rows of a matrix, one after the other.
#[derive(Clone, Copy)]
pub(super) struct Points<'a> {
    values: &'a [f64],
    width: usize,
}

impl<'a> Points<'a> {
    /// The rows of a matrix in standard layout.
    pub(super) fn of<S: Data<Elem = f64>>(x: &'a ArrayBase<S, Ix2>) -> Self {
        debug_assert!(x.is_standard_layout());
        Self {
            values: x.as_slice().unwrap_or_default(),
            width: x.ncols().max(1),
        }
    }

    pub(super) fn row(self, i: usize) -> &'a [f64] {
        &self.values[i * self.width..(i + 1) * self.width]
    }

    pub(super) fn rows(self) -> std::slice::ChunksExact<'a, f64> {
        self.values.chunks_exact(self.width)
    }

    pub(super) fn par_rows(self) -> ParChunksExact<'a, f64> {
        self.values.par_chunks_exact(self.width)
    }
}

/// A matrix with its rows in lexicographic order, so that no answer depends on the order of the customers.
pub(super) struct Ordered {
    /// The sorted rows, in standard layout.
    pub(super) x: Array2<f64>,
    /// Rows that differ from the one before them.
    pub(super) n_distinct: usize,
    /// Which row of the original matrix each row is.
    order: Vec<usize>,
}

impl Ordered {
    /// Sorts the rows of `x`; refuses a matrix without columns and values that are not finite.
    pub(super) fn new(x: ArrayView2<f64>) -> Result<Self> {
        check(x)?;
        let x = x.as_standard_layout();
        let points = Points::of(&x);
        let by_row = |&a: &usize, &b: &usize| {
            compare_rows(points.row(a).iter(), points.row(b).iter()).then(a.cmp(&b))
        };
        let mut order: Vec<usize> = (0..x.nrows()).collect();
        order.sort_unstable_by(by_row);
        let sorted = x.select(Axis(0), &order);
        let rows = Points::of(&sorted);
        let n_distinct = rows.rows().zip(rows.rows().skip(1)).filter(|(a, b)| a != b);
        Ok(Self {
            n_distinct: n_distinct.count() + usize::from(rows.rows().len() > 0),
            x: sorted,
            order,
        })
    }

    /// Labels of the sorted rows, put back to the original rows.
    pub(super) fn restore(&self, labels: &[usize]) -> Vec<usize> {
        let mut restored = vec![0; labels.len()];
        for (&row, &label) in self.order.iter().zip(labels) {
            restored[row] = label;
        }
        restored
    }
}

/// Refuses a matrix without columns and values that are not finite.
pub(super) fn check(x: ArrayView2<f64>) -> Result<()> {
    if x.ncols() == 0 {
        return Err(Error::TooFew {
            what: "features to cluster on".into(),
            got: 0,
            need: 1,
            help: None,
        });
    }
    for (j, column) in x.columns().into_iter().enumerate() {
        let n = column
            .iter()
            .filter(|v| v.is_nan() || v.abs() > LARGEST)
            .count();
        if n > 0 {
            return Err(Error::NotFinite {
                feature: format!("column {}", j + 1),
                n,
            });
        }
    }
    Ok(())
}

/// Squared Euclidean distance.
pub(super) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Means and sizes of `k` clusters, summed in row order; the mean of an empty cluster is 0.
pub(super) fn means(points: Points, labels: &[usize], k: usize) -> (Array2<f64>, Vec<usize>) {
    let mut sums = vec![0.0; k * points.width];
    let mut sizes = vec![0; k];
    for (row, &label) in points.rows().zip(labels) {
        sizes[label] += 1;
        let sum = &mut sums[label * points.width..(label + 1) * points.width];
        for (total, x) in sum.iter_mut().zip(row) {
            *total += x;
        }
    }
    let centres = Array2::from_shape_fn((k, points.width), |(cluster, j)| {
        sums[cluster * points.width + j] / sizes[cluster].max(1) as f64
    });
    (centres, sizes)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn rows_are_sorted_counted_and_put_back() {
        let x = array![[2.0, 1.0], [1.0, 5.0], [2.0, 0.0], [1.0, 5.0]];
        let ordered = Ordered::new(x.view()).unwrap();
        assert_eq!(
            ordered.x,
            array![[1.0, 5.0], [1.0, 5.0], [2.0, 0.0], [2.0, 1.0]]
        );
        assert_eq!(ordered.n_distinct, 3);
        assert_eq!(ordered.restore(&[0, 0, 1, 2]), [2, 0, 1, 0]);
    }

    #[test]
    fn values_that_are_not_finite_are_refused() {
        for bad in [f64::NAN, f64::INFINITY, -1e200] {
            let x = array![[0.0, 1.0], [0.0, bad]];
            let error = Ordered::new(x.view()).err().unwrap();
            assert_eq!(
                error.to_string(),
                "feature `column 2` is not finite for 1 customers"
            );
        }
    }

    #[test]
    fn an_empty_matrix_has_no_distinct_rows() {
        assert_eq!(
            Ordered::new(Array2::zeros((0, 3)).view())
                .unwrap()
                .n_distinct,
            0
        );
    }
}
