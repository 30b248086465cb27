//! What share of each segment stayed.

use super::canvas::{Canvas, Frame, draw};
use super::lettering::{LABEL, SMALL};
use super::rows::{self, MARK, WIDTH};
use super::scale::Scale;
use crate::error::Result;
use crate::report::format::{
    FEWEST_SHOWN, TOO_FEW, count, percent, percent_range, rate, rate_shown,
};
use crate::report::palette::{BLUE, MUTED, RULE, TEXT};
use crate::report::table::{Breadth, Figure, Table};
use crate::stats::Estimate;
use crate::validate::{Evidence, SegmentEvidence};

const HEAD: i32 = 34;
const FOOT: i32 = 22;
/// Room for half a dot at both ends.
const EDGE: i32 = 8;

/// Dots with Wilson intervals, one per segment, against everyone's.
pub(in crate::report) fn figure(evidence: &Evidence) -> Result<Figure> {
    let title = "Retention per segment, with 95% intervals";
    let everyone = everyone(evidence);
    let desc = everyone.map_or_else(
        || "A dot with an interval per segment.".to_string(),
        |e| {
            format!(
                "A dot with an interval per segment, against {} of everyone.",
                rate(e)
            )
        },
    );
    let frame = Frame {
        id: "retention",
        title,
        desc: &desc,
        size: rows::size(HEAD, evidence.segments.len(), FOOT),
    };
    let svg = draw(&frame, |canvas| paint(canvas, evidence))?;
    Ok(Figure {
        title: title.into(),
        svg,
        breadth: Breadth::Narrow,
        note: "The dot is the share retained, the bar its Wilson interval: where the true share plausibly \
               lies. Segments whose bars overlap may not differ."
            .into(),
        table: table(evidence, title),
    })
}

fn paint(canvas: &Canvas<'_>, evidence: &Evidence) -> Result<()> {
    let x = Scale::new(0.0, 1.0, EDGE, WIDTH - EDGE);
    let everyone = everyone(evidence);
    if let Some(e) = everyone {
        canvas.line((4, 3), (4, 17), TEXT, 2)?;
        canvas.text((12, 10), &format!("everyone: {}", rate(e)), SMALL)?;
    }
    for (segment, top) in evidence.segments.iter().zip(rows::tops(HEAD)) {
        let y = top + MARK;
        canvas.line((x.at(0.0), y), (x.at(1.0), y), RULE, 1)?;
        if let Some(e) = everyone {
            canvas.line((x.at(e.value), y - 7), (x.at(e.value), y + 7), TEXT, 2)?;
        }
        match shown(segment) {
            Some(e) => {
                rows::head(canvas, top, &segment.name, &rate(e), LABEL)?;
                canvas.line((x.at(e.low), y), (x.at(e.high), y), BLUE, 4)?;
                canvas.dot((x.at(e.value), y), 6, BLUE)?;
            }
            None => rows::head(canvas, top, &segment.name, &text(segment), LABEL.ink(MUTED))?,
        }
    }
    let bottom = rows::tops(HEAD).nth(evidence.segments.len()).unwrap_or(0) + 8;
    canvas.text((0, bottom), "0%", SMALL)?;
    for share in [0.25, 0.5, 0.75] {
        let label = format!("{:.0}%", share * 100.0);
        canvas.text((x.at(share), bottom), &label, SMALL.centred())?;
    }
    canvas.text((WIDTH, bottom), "100%", SMALL.right())
}

/// The retention of everyone if it may be shown.
fn everyone(evidence: &Evidence) -> Option<&Estimate> {
    evidence.retention.as_ref().filter(|e| e.n >= FEWEST_SHOWN)
}

/// The retention of a segment if it may be shown.
fn shown(segment: &SegmentEvidence) -> Option<&Estimate> {
    segment.retention.as_ref().filter(|e| e.n >= FEWEST_SHOWN)
}

fn text(segment: &SegmentEvidence) -> String {
    match &segment.retention {
        None => "not known".into(),
        some => rate_shown(some.as_ref()),
    }
}

fn table(evidence: &Evidence, title: &str) -> Table {
    let mut table = Table::new(title, &["Segment", "#Retained", "#95% interval", "#n"]);
    let everyone = everyone(evidence).map(|e| ("Everyone", Some(e), e.n));
    let segments = evidence.segments.iter().map(|segment| {
        let n = u64::try_from(segment.n).unwrap_or(u64::MAX);
        (segment.name.as_str(), shown(segment), n)
    });
    for (name, estimate, n) in segments.chain(everyone) {
        let (value, interval) = estimate.map_or_else(
            || (TOO_FEW.to_string(), String::new()),
            |e| (percent(e.value), percent_range(e.low, e.high)),
        );
        table.push(vec![name.into(), value, interval, count(n)]);
    }
    table
}
