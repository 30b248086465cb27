//! Charts of one row per thing: its name and its number on a line, its mark below them. The name has the
//! whole line, so that such a chart stays legible on a telephone.

use super::canvas::{Canvas, Point};
use super::lettering::{LABEL, Lettering, width};
use crate::error::Result;

/// Width of the view box.
pub(super) const WIDTH: i32 = 480;
/// Height of a row.
pub(super) const ROW: i32 = 46;
/// From the top of a row to the middle of its mark.
pub(super) const MARK: i32 = 29;

/// Tops of the rows, from `top` on.
pub(super) fn tops(top: i32) -> impl Iterator<Item = i32> {
    (0..).map(move |row| top + row * ROW)
}

/// Size of the view box for `n` rows between a head and a foot.
pub(super) fn size(head: i32, n: usize, foot: i32) -> (u32, u32) {
    let rows = ROW.saturating_mul(i32::try_from(n).unwrap_or(i32::MAX));
    let height = head.saturating_add(rows).saturating_add(foot);
    (WIDTH.unsigned_abs(), height.unsigned_abs())
}

/// Writes name and number of a row; the name gives way.
pub(super) fn head(
    canvas: &Canvas<'_>,
    top: i32,
    name: &str,
    number: &str,
    look: Lettering,
) -> Result<()> {
    let baseline: Point = (0, top + 10);
    let room = WIDTH - width(number, LABEL.size) - 14;
    canvas.text(baseline, &LABEL.fit(name, room), LABEL)?;
    canvas.text((WIDTH, baseline.1), number, look.right())
}
