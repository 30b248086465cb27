//! From numbers to pixels, and round numbers for the ticks.

use plotters::coord::ranged1d::{BoldPoints, Ranged};
use plotters::coord::types::RangedCoordf64;

/// A linear scale: `low..high` onto pixels `from..to` (which may run backwards, as y does).
pub(super) struct Scale {
    range: RangedCoordf64,
    pixels: (i32, i32),
    low: f64,
    high: f64,
}

impl Scale {
    /// The scale; a range that is empty or not finite becomes one unit long.
    pub(super) fn new(low: f64, high: f64, from: i32, to: i32) -> Self {
        let low = if low.is_finite() { low } else { 0.0 };
        let high = if high.is_finite() && high > low {
            high
        } else {
            low + 1.0
        };
        Self {
            range: (low..high).into(),
            pixels: (from, to),
            low,
            high,
        }
    }

    /// The pixel of `x`, held inside the scale; what is not a number lies at its low end.
    pub(super) fn at(&self, x: f64) -> i32 {
        let x = if x.is_nan() { self.low } else { x };
        self.range.map(&x.clamp(self.low, self.high), self.pixels)
    }

    /// At most `n` round numbers along the scale.
    pub(super) fn ticks(&self, n: usize) -> Vec<f64> {
        self.range.key_points(BoldPoints(n))
    }
}

/// Moves `wanted` positions apart until neighbours are `gap` pixels from each other, staying inside
/// `low..=high` as long as they all fit there. Order is kept; ties keep the order of the list.
pub(super) fn spread(wanted: &[i32], gap: i32, low: i32, high: i32) -> Vec<i32> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|&i| wanted[i]);
    let mut placed = wanted.to_vec();
    let mut least = low;
    for &i in &order {
        placed[i] = placed[i].max(least);
        least = placed[i] + gap;
    }
    let mut most = high;
    for &i in order.iter().rev() {
        placed[i] = placed[i].min(most);
        most = placed[i] - gap;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_map_linearly_and_are_held_inside() {
        let y = Scale::new(0.0, 1.0, 200, 0);
        assert_eq!(
            [0.0, 0.25, 1.0, 7.0, f64::NAN].map(|x| y.at(x)),
            [200, 150, 0, 0, 200]
        );
    }

    #[test]
    fn a_scale_without_extent_still_maps() {
        assert_eq!(Scale::new(3.0, 3.0, 0, 100).at(3.0), 0);
        assert_eq!(
            Scale::new(f64::NAN, f64::INFINITY, 0, 100).ticks(3),
            [0.0, 0.5, 1.0]
        );
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(
            Scale::new(0.0, 61.0, 0, 500).ticks(5),
            [0.0, 20.0, 40.0, 60.0]
        );
    }

    #[test]
    fn labels_that_lie_apart_stay_where_they_are() {
        assert_eq!(spread(&[10, 50, 90], 16, 0, 100), [10, 50, 90]);
    }

    #[test]
    fn labels_that_collide_move_apart_in_order() {
        assert_eq!(spread(&[95, 96, 20], 16, 0, 100), [84, 100, 20]);
    }

    proptest! {
        #[test]
        fn labels_never_overlap_nor_leave_the_chart(wanted in prop::collection::vec(0_i32..=400, 0..20)) {
            let mut placed = spread(&wanted, 18, 0, 400);
            placed.sort_unstable();
            prop_assert!(placed.windows(2).all(|pair| pair[1] - pair[0] >= 18));
            prop_assert!(placed.iter().all(|y| (0..=400).contains(y)));
        }
    }
}
