//! The charts of the report, one module each: rows of numbers in, a [`Figure`](super::table::Figure) out.
//!
//! A module draws its chart and fills its table from the same rows, so that the two cannot disagree. Drawing
//! goes through [`canvas`], where the coordinates are pixels of the view box.

pub(super) mod axes;
pub(super) mod calibration;
pub(super) mod canvas;
pub(super) mod coefficients;
pub(super) mod heatmap;
pub(super) mod k;
pub(super) mod lettering;
pub(super) mod retention;
pub(super) mod roc;
pub(super) mod rows;
pub(super) mod scale;
pub(super) mod sizes;
pub(super) mod survival;
pub(super) mod usage;
pub(super) mod volume;
