//! Newton's method on the penalised log loss.
//!
//! Parameters stand as intercept, then weights. Sums over rows are taken in blocks of fixed size that are added
//! in their order, so that the number of threads does not change a bit.

use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSlice;

use super::Logistic;

/// Rows per block.
const BLOCK: usize = 4096;
/// Relative gradient at which no further step can help.
const TOLERANCE: f64 = 1e-13;
/// Newton steps at most.
const MAX_STEPS: u32 = 100;
/// Halvings of one step at most.
const MAX_HALVINGS: usize = 40;

/// The objective of [`Logistic::fit`].
pub(super) struct Objective<'a> {
    /// Rows of features, one after the other.
    x: &'a [f64],
    width: usize,
    churned: &'a [bool],
    alpha: f64,
    /// Number of rows, then sum of `|x|` of each feature: the scale of the gradient.
    scale: Vec<f64>,
}

/// The objective and its derivatives at some parameters.
struct Evaluation {
    parameters: Vec<f64>,
    loss: f64,
    gradient: Vec<f64>,
    /// Lower triangle of the second derivatives, row by row in a full square.
    hessian: Vec<f64>,
    relative_gradient: f64,
}

/// Sums over the rows of one block.
struct Sums {
    loss: f64,
    gradient: Vec<f64>,
    hessian: Vec<f64>,
}

impl<'a> Objective<'a> {
    /// `x` holds `churned.len()` rows of `width >= 1` features; both outcomes occur.
    pub(super) fn new(x: &'a [f64], width: usize, churned: &'a [bool], alpha: f64) -> Self {
        let mut scale = vec![0.0; width + 1];
        for row in x.chunks_exact(width) {
            scale[0] += 1.0;
            for (sum, x) in scale[1..].iter_mut().zip(row) {
                *sum += x.abs();
            }
        }
        Self {
            x,
            width,
            churned,
            alpha,
            scale,
        }
    }

    /// Newton steps from the base rate, each halved until it improves, until none does.
    pub(super) fn minimise(&self) -> Logistic {
        let n_churned = self.churned.iter().filter(|&&churned| churned).count() as f64;
        let mut start = vec![0.0; self.width + 1];
        start[0] = (n_churned / (self.scale[0] - n_churned)).ln();
        let mut at = self.evaluate(start);
        let mut steps = 0;
        while at.relative_gradient > TOLERANCE && steps < MAX_STEPS {
            let Some(better) = self.step(&at) else { break };
            at = better;
            steps += 1;
        }
        Logistic::from_parameters(&at.parameters, at.relative_gradient, self.alpha, steps)
    }

    /// The first of the full, half, quarter, ... Newton step that lowers the loss or, where the loss has no
    /// digits left to show it, the gradient.
    fn step(&self, at: &Evaluation) -> Option<Evaluation> {
        let direction = solve(&at.hessian, &at.gradient)?;
        let mut length = 1.0;
        for _ in 0..MAX_HALVINGS {
            let moved = at.parameters.iter().zip(&direction);
            let next = self.evaluate(moved.map(|(p, d)| p - length * d).collect());
            let digits = 1e-14 * at.loss.abs();
            if next.loss < at.loss - digits
                || (next.loss < at.loss + digits && next.relative_gradient < at.relative_gradient)
            {
                return Some(next);
            }
            length /= 2.0;
        }
        None
    }

    fn evaluate(&self, parameters: Vec<f64>) -> Evaluation {
        let size = self.width + 1;
        let blocks: Vec<Sums> = self
            .x
            .par_chunks(BLOCK * self.width)
            .zip(self.churned.par_chunks(BLOCK))
            .map(|(x, churned)| sums(x, churned, &parameters))
            .collect();
        let mut total = Sums::zero(size);
        for block in &blocks {
            total.add(block);
        }
        for (j, weight) in parameters.iter().enumerate().skip(1) {
            total.loss += 0.5 * self.alpha * weight * weight;
            total.gradient[j] += self.alpha * weight;
            total.hessian[j * size + j] += self.alpha;
        }
        Evaluation {
            relative_gradient: relative_gradient(&total.gradient, &self.scale),
            parameters,
            loss: total.loss,
            gradient: total.gradient,
            hessian: total.hessian,
        }
    }
}

impl Sums {
    fn zero(size: usize) -> Self {
        Self {
            loss: 0.0,
            gradient: vec![0.0; size],
            hessian: vec![0.0; size * size],
        }
    }

    fn add(&mut self, other: &Self) {
        self.loss += other.loss;
        add_to(&mut self.gradient, &other.gradient, 1.0);
        add_to(&mut self.hessian, &other.hessian, 1.0);
    }
}

/// Loss, gradient and second derivatives of one block of rows, without the penalty.
fn sums(x: &[f64], churned: &[bool], parameters: &[f64]) -> Sums {
    let size = parameters.len();
    let mut sums = Sums::zero(size);
    // The row with a leading 1 for the intercept.
    let mut row = vec![1.0; size];
    for (x, &churned) in x.chunks_exact(size - 1).zip(churned) {
        row[1..].copy_from_slice(x);
        let log_odds: f64 = row.iter().zip(parameters).map(|(x, p)| x * p).sum();
        // ln(1 + e^t) without overflow, minus t if churned.
        let wrong = if churned { -log_odds } else { log_odds };
        sums.loss += wrong.max(0.0) + (-wrong.abs()).exp().ln_1p();
        let residual = if churned {
            -sigmoid(-log_odds)
        } else {
            sigmoid(log_odds)
        };
        add_to(&mut sums.gradient, &row, residual);
        let curvature = sigmoid(log_odds) * sigmoid(-log_odds);
        for j in 0..size {
            let weight = curvature * row[j];
            let line = &mut sums.hessian[j * size..=j * size + j];
            add_to(line, &row[..=j], weight);
        }
    }
    sums
}

/// `1 / (1 + e^-t)`, without overflow.
pub(super) fn sigmoid(t: f64) -> f64 {
    if t >= 0.0 {
        1.0 / (1.0 + (-t).exp())
    } else {
        let e = t.exp();
        e / (1.0 + e)
    }
}

/// Largest component of the gradient, each relative to its scale; NaN if any is.
fn relative_gradient(gradient: &[f64], scale: &[f64]) -> f64 {
    gradient
        .iter()
        .zip(scale)
        .map(|(g, &scale)| g.abs() / if scale > 0.0 { scale } else { 1.0 })
        .fold(0.0, |largest, g| if g <= largest { largest } else { g })
}

fn add_to(total: &mut [f64], values: &[f64], factor: f64) {
    for (total, value) in total.iter_mut().zip(values) {
        *total += factor * value;
    }
}

/// Solves `A x = b` by Cholesky for a positive definite `A` of which the lower triangle is given; `None` if it
/// is not positive definite to working precision.
fn solve(a: &[f64], b: &[f64]) -> Option<Vec<f64>> {
    let n = b.len();
    let mut lower = a.to_vec();
    for j in 0..n {
        for i in j..n {
            let (above, line) = lower.split_at(i * n);
            let line_j = if i == j { line } else { &above[j * n..] };
            let dot: f64 = line[..j].iter().zip(line_j).map(|(l, m)| l * m).sum();
            let rest = lower[i * n + j] - dot;
            lower[i * n + j] = if i > j {
                rest / lower[j * n + j]
            } else if rest > 0.0 {
                rest.sqrt()
            } else {
                return None;
            };
        }
    }
    let mut x = b.to_vec();
    for i in 0..n {
        let dot: f64 = (0..i).map(|j| lower[i * n + j] * x[j]).sum();
        x[i] = (x[i] - dot) / lower[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|j| lower[j * n + i] * x[j]).sum();
        x[i] = (x[i] - dot) / lower[i * n + i];
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cholesky_solves_by_hand() {
        // [[4, 2], [2, 3]] x = [2, 5] has x = [-0.5, 2]; the upper triangle is not read.
        let x = solve(&[4.0, f64::NAN, 2.0, 3.0], &[2.0, 5.0]).unwrap();
        assert!((x[0] + 0.5).abs() < 1e-15 && (x[1] - 2.0).abs() < 1e-15);
        assert_eq!(solve(&[1.0, 0.0, 2.0, 4.0], &[1.0, 1.0]), None);
    }

    #[test]
    fn derivatives_agree_with_differences() {
        let x = [0.3, -1.0, 2.0, 0.5, -0.7, 1.5];
        let churned = [true, false, true];
        let objective = Objective::new(&x, 2, &churned, 0.7);
        let at = [0.2, -0.4, 0.9];
        let exact = objective.evaluate(at.to_vec());
        let h = 1e-6;
        for j in 0..3 {
            let moved = |by: f64| {
                let mut p = at.to_vec();
                p[j] += by;
                objective.evaluate(p)
            };
            let (up, down) = (moved(h), moved(-h));
            assert!((exact.gradient[j] - (up.loss - down.loss) / (2.0 * h)).abs() < 1e-8);
            for i in j..3 {
                let difference = (up.gradient[i] - down.gradient[i]) / (2.0 * h);
                assert!((exact.hessian[i * 3 + j] - difference).abs() < 1e-8);
            }
        }
    }

    #[test]
    fn the_loss_does_not_overflow() {
        let objective = Objective::new(&[1.0, 1.0], 1, &[true, false], 1.0);
        let far = objective.evaluate(vec![0.0, 1e4]);
        assert!((far.loss - (1e4 + 0.5e8)).abs() < 1e-6);
        assert!(sigmoid(-1e4).abs() < 1e-300 && (sigmoid(1e4) - 1.0).abs() < 1e-15);
    }
}
