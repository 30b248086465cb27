//! How large the segments are.

use super::canvas::{Frame, draw};
use super::lettering::LABEL;
use super::rows::{self, MARK, WIDTH};
use super::scale::Scale;
use crate::error::Result;
use crate::report::format::{count, percent};
use crate::report::palette::{BLUE, MUTED};
use crate::report::table::{Breadth, Figure, Table};
use crate::segment::{Origin, Segment};

/// Bars of the customers of each segment.
pub(in crate::report) fn figure(segments: &[Segment]) -> Result<Figure> {
    let title = "Customers per segment";
    let largest = segments.iter().max_by_key(|segment| segment.n);
    let desc = largest.map_or_else(String::new, |s| {
        format!(
            "A bar per segment. The largest is {} with {} customers, {} of all.",
            s.name,
            count(s.n),
            percent(s.share)
        )
    });
    let frame = Frame {
        id: "sizes",
        title,
        desc: &desc,
        size: rows::size(0, segments.len(), 0),
    };
    let x = Scale::new(0.0, largest.map_or(0.0, |s| s.n as f64), 0, WIDTH);
    let mut table = Table::new(title, &["Segment", "#Customers", "#Share", "Found"]);
    for s in segments {
        let found = if s.origin == Origin::Rule {
            "by rule"
        } else {
            "learnt"
        };
        table.push(vec![
            s.name.clone(),
            count(s.n),
            percent(s.share),
            found.into(),
        ]);
    }
    let svg = draw(&frame, |canvas| {
        for (s, top) in segments.iter().zip(rows::tops(0)) {
            let number = format!("{} · {}", count(s.n), percent(s.share));
            rows::head(canvas, top, &s.name, &number, LABEL)?;
            let ink = if s.origin == Origin::Rule {
                MUTED
            } else {
                BLUE
            };
            let length = x.at(s.n as f64).max(1);
            canvas.rect((0, top + MARK - 6), (length, top + MARK + 4), ink)?;
        }
        Ok(())
    })?;
    Ok(Figure {
        title: title.into(),
        svg,
        breadth: Breadth::Narrow,
        note: "Blue segments were found by clustering; grey ones follow a fixed rule.".into(),
        table,
    })
}
