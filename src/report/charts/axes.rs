//! Axes, grid and their labels around a rectangular plot.

use super::canvas::Canvas;
use super::lettering::SMALL;
use super::scale::Scale;
use crate::error::Result;
use crate::report::palette::{MUTED, RULE};

/// The rectangle in which data is drawn, in pixels of the view box.
#[derive(Clone, Copy)]
pub(super) struct Plot {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
}

impl Plot {
    /// A horizontal scale across the plot.
    pub(super) fn x(self, low: f64, high: f64) -> Scale {
        Scale::new(low, high, self.left, self.right)
    }

    /// A vertical scale up the plot.
    pub(super) fn y(self, low: f64, high: f64) -> Scale {
        Scale::new(low, high, self.bottom, self.top)
    }

    /// Horizontal grid lines with their labels, and what they measure above the top left corner.
    pub(super) fn y_axis(
        self,
        canvas: &Canvas<'_>,
        scale: &Scale,
        label: impl Fn(f64) -> String,
        title: &str,
    ) -> Result<()> {
        for tick in scale.ticks(6) {
            let y = scale.at(tick);
            canvas.line((self.left, y), (self.right, y), RULE, 1)?;
            canvas.text((self.left - 8, y), &label(tick), SMALL.right())?;
        }
        canvas.text((0, self.top - 20), title, SMALL)
    }

    /// The base line with ticks and labels, and what they measure below it, flush right.
    pub(super) fn x_axis(
        self,
        canvas: &Canvas<'_>,
        scale: &Scale,
        ticks: &[(f64, String)],
        title: &str,
    ) -> Result<()> {
        canvas.line(
            (self.left, self.bottom),
            (self.right, self.bottom),
            MUTED,
            1,
        )?;
        for (tick, label) in ticks {
            let x = scale.at(*tick);
            canvas.line((x, self.bottom), (x, self.bottom + 5), MUTED, 1)?;
            canvas.text((x, self.bottom + 16), label, SMALL.centred())?;
        }
        canvas.text((self.right, self.bottom + 38), title, SMALL.right())
    }
}

/// Ticks of a scale with their labels.
pub(super) fn labelled(
    scale: &Scale,
    n: usize,
    label: impl Fn(f64) -> String,
) -> Vec<(f64, String)> {
    scale
        .ticks(n)
        .into_iter()
        .map(|tick| (tick, label(tick)))
        .collect()
}

/// A share as a whole percentage, for axes.
pub(super) fn whole_percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}
