//! Whether predicted probabilities come true.

use super::axes::{Plot, labelled, whole_percent};
use super::canvas::{Frame, draw};
use super::lettering::SMALL;
use crate::churn::Quality;
use crate::error::Result;
use crate::report::format::{count, percent, percent_range};
use crate::report::palette::{BLUE, MUTED};
use crate::report::table::{Breadth, Figure, Table};

const PLOT: Plot = Plot {
    left: 44,
    top: 34,
    right: 360,
    bottom: 320,
};
const SIZE: (u32, u32) = (380, 368);

/// Observed against predicted churn, with Wilson bars. `None` without bins.
pub(in crate::report) fn figure(quality: &Quality) -> Result<Option<Figure>> {
    let bins = &quality.calibration;
    if bins.is_empty() {
        return Ok(None);
    }
    let title = "Calibration: predicted, observed";
    let inside = bins
        .iter()
        .filter(|bin| (bin.observed.low..=bin.observed.high).contains(&bin.predicted))
        .count();
    let desc = format!(
        "{inside} of {} groups have the predicted share inside the 95% interval of the observed one; points on the \
         diagonal would be exact.",
        bins.len()
    );
    let frame = Frame {
        id: "calibration",
        title,
        desc: &desc,
        size: SIZE,
    };
    let largest = bins
        .iter()
        .map(|bin| bin.predicted.max(bin.observed.high))
        .fold(0.0, f64::max);
    let most = ((largest * 10.0).ceil() / 10.0).clamp(0.1, 1.0);
    let (x, y) = (PLOT.x(0.0, most), PLOT.y(0.0, most));
    let svg = draw(&frame, |canvas| {
        PLOT.y_axis(canvas, &y, whole_percent, "observed share churned")?;
        PLOT.x_axis(
            canvas,
            &x,
            &labelled(&x, 6, whole_percent),
            "predicted probability of churn",
        )?;
        canvas.line((PLOT.left, PLOT.bottom), (PLOT.right, PLOT.top), MUTED, 1)?;
        for bin in bins {
            let (centre, e) = (x.at(bin.predicted), &bin.observed);
            canvas.line((centre, y.at(e.low)), (centre, y.at(e.high)), BLUE, 2)?;
            canvas.dot((centre, y.at(e.value)), 5, BLUE)?;
        }
        canvas.text(
            (PLOT.right - 8, PLOT.bottom - 24),
            "on the diagonal: exact",
            SMALL.right(),
        )
    })?;
    let mut table = Table::new(title, &["#Predicted", "#Observed", "#95% interval", "#n"]);
    for bin in bins {
        let e = &bin.observed;
        let interval = percent_range(e.low, e.high);
        table.push(vec![
            percent(bin.predicted),
            percent(e.value),
            interval,
            count(e.n),
        ]);
    }
    Ok(Some(Figure {
        title: title.into(),
        svg,
        breadth: Breadth::Narrow,
        note: "Customers in groups of equal size by predicted probability. A point above the diagonal: more \
               churned than predicted; below it: fewer."
            .into(),
        table,
    }))
}
