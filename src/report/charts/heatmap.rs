//! What the customers of each segment do.

use super::canvas::{Canvas, Frame, draw};
use super::lettering::{LABEL, Lettering, SMALL, wrap};
use crate::error::Result;
use crate::report::format::{FEWEST_SHOWN, NOTHING, compact, decimal, natural};
use crate::report::palette::{DIVERGING, Ink, ON_PALE, ON_STRONG, TEXT};
use crate::report::table::{Breadth, Figure, Table};
use crate::segment::{ProfileEntry, Segment};

/// Room for the names of the segments.
const NAMES: i32 = 196;
const CELL: (i32, i32) = (68, 38);
/// From here on a number is too long for a cell.
const LONG: f64 = 100_000.0;
const NAME: Lettering = LABEL.size(13);
const HEAD: i32 = 70;
const FOOT: i32 = 46;
/// Below the first a segment counts as average, above the last as far from it.
const STEPS: [f64; 3] = [0.25, 0.75, 1.5];

/// Segments by features: medians, coloured by how far the segment lies from the average customer. `None` if
/// no segment of at least ten customers has a profile.
pub(in crate::report) fn figure(segments: &[Segment]) -> Result<Option<Figure>> {
    let rows: Vec<&Segment> = segments.iter().filter(|s| is_shown(s)).collect();
    let features = features(&rows);
    if features.is_empty() {
        return Ok(None);
    }
    let title = "What a typical customer of each segment does";
    let desc = format!(
        "A grid of {} segments by {} features. Each cell holds the median; blue cells lie below the average of \
         all clustered customers, orange ones above.",
        rows.len(),
        features.len()
    );
    let pixels = |n: usize, each: i32| each.saturating_mul(i32::try_from(n).unwrap_or(i32::MAX));
    let bottom = HEAD.saturating_add(pixels(rows.len(), CELL.1));
    let width = NAMES
        .saturating_add(pixels(features.len(), CELL.0))
        .max(620);
    let frame = Frame {
        id: "profiles",
        title,
        desc: &desc,
        size: (
            width.unsigned_abs(),
            bottom.saturating_add(FOOT).unsigned_abs(),
        ),
    };
    let svg = draw(&frame, |canvas| {
        heads(canvas, &features)?;
        for (segment, top) in rows.iter().zip((0..).map(|row| HEAD + row * CELL.1)) {
            row(canvas, segment, &features, top)?;
        }
        legend(canvas, bottom + 16)
    })?;
    Ok(Some(Figure {
        title: title.into(),
        svg,
        breadth: Breadth::Wide,
        note: "Each number is a median in natural units. The colour says how far the segment lies from the \
               average of all clustered customers, in standard deviations; segments by rule were not clustered \
               and have no colour."
            .into(),
        table: table(&rows),
    }))
}

fn is_shown(segment: &Segment) -> bool {
    u64::try_from(segment.n).is_ok_and(|n| n >= FEWEST_SHOWN)
}

/// Every feature once, in order of first appearance.
fn features<'a>(rows: &[&'a Segment]) -> Vec<&'a ProfileEntry> {
    let mut features: Vec<&ProfileEntry> = Vec::new();
    for entry in rows.iter().flat_map(|segment| &segment.profile) {
        if features.iter().all(|known| known.feature != entry.feature) {
            features.push(entry);
        }
    }
    features
}

/// Left edges of the columns.
fn lefts() -> impl Iterator<Item = i32> {
    (0..).map(|column| NAMES + column * CELL.0)
}

fn heads(canvas: &Canvas<'_>, features: &[&ProfileEntry]) -> Result<()> {
    let look = SMALL.centred().size(11);
    for (feature, left) in features.iter().zip(lefts()) {
        let middle = left + CELL.0 / 2;
        let lines = wrap(&feature.title, look.size, CELL.0 - 4, 3);
        let unit = look.fit(&format!("[{}]", feature.unit), CELL.0 - 4);
        canvas.text((middle, HEAD - 10), &unit, look)?;
        for (line, y) in lines.iter().rev().zip((0..).map(|i| HEAD - 25 - i * 14)) {
            canvas.text((middle, y), line, look.ink(TEXT))?;
        }
    }
    Ok(())
}

fn row(canvas: &Canvas<'_>, segment: &Segment, features: &[&ProfileEntry], top: i32) -> Result<()> {
    let middle = top + CELL.1 / 2;
    let lines = wrap(&segment.name, NAME.size, NAMES - 10, 2);
    let first = if lines.len() > 1 { middle - 7 } else { middle };
    for (line, y) in lines.iter().zip([first, first + 15]) {
        canvas.text((0, y), line, NAME)?;
    }
    for (feature, left) in features.iter().zip(lefts()) {
        let own = segment
            .profile
            .iter()
            .find(|entry| entry.feature == feature.feature);
        let (fill, ink) = own.and_then(|entry| entry.z).map_or((None, TEXT), colour);
        if let Some(fill) = fill {
            canvas.rect(
                (left + 1, top + 1),
                (left + CELL.0 - 1, top + CELL.1 - 1),
                fill,
            )?;
        }
        let number = own.map_or(NOTHING.into(), number);
        let look = LABEL.size(13).ink(ink).centred();
        canvas.text(
            (left + CELL.0 / 2, middle),
            &look.fit(&number, CELL.0),
            look,
        )?;
    }
    Ok(())
}

/// The median of a cell, shortened where it would be too long for it.
fn number(entry: &ProfileEntry) -> String {
    if entry.median.abs() < LONG {
        natural(entry.median, &entry.unit)
    } else {
        compact(entry.median)
    }
}

/// Fill of a cell and ink of its text.
fn colour(z: f64) -> (Option<Ink>, Ink) {
    let distance = STEPS.iter().filter(|&&step| z.abs() >= step).count();
    let ink = if distance == STEPS.len() {
        ON_STRONG
    } else {
        ON_PALE
    };
    let step = if z < 0.0 { 3 - distance } else { 3 + distance };
    (z.is_finite().then(|| DIVERGING[step]), ink)
}

fn legend(canvas: &Canvas<'_>, y: i32) -> Result<()> {
    let (left, width) = (NAMES, 46);
    canvas.text((left - 8, y + 6), "below average", SMALL.right())?;
    for (ink, x) in DIVERGING.into_iter().zip((0..).map(|i| left + i * width)) {
        canvas.rect((x, y), (x + width - 2, y + 12), ink)?;
    }
    let edges = ["−1.5", "−0.75", "−0.25", "0.25", "0.75", "1.5"];
    for (edge, x) in edges.iter().zip((1..).map(|i| left + i * width - 1)) {
        canvas.text((x, y + 23), edge, SMALL.centred().size(11))?;
    }
    canvas.text((left + 7 * width + 6, y + 6), "above", SMALL)
}

fn table(rows: &[&Segment]) -> Table {
    let heads = [
        "Segment",
        "Feature",
        "#Median",
        "#Middle half",
        "Unit",
        "#From average (sd)",
    ];
    let mut table = Table::new(
        "Medians, quartiles and distance from the average customer",
        &heads,
    );
    for segment in rows {
        for entry in &segment.profile {
            let [q25, median, q75] =
                [entry.q25, entry.median, entry.q75].map(|x| natural(x, &entry.unit));
            table.push(vec![
                segment.name.clone(),
                entry.title.clone(),
                median,
                format!("{q25} to {q75}"),
                entry.unit.clone(),
                entry.z.map_or(NOTHING.into(), |z| decimal(z, 2)),
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_run_from_blue_over_grey_to_orange() {
        let fills = [-2.0, -1.0, -0.5, 0.0, 0.2, 0.25, 1.0, 1.5].map(|z| colour(z).0);
        let steps = [0, 1, 2, 3, 3, 4, 5, 6].map(|step| Some(DIVERGING[step]));
        assert_eq!(fills, steps);
        assert_eq!(colour(f64::NAN).0, None);
    }
}
