//! How well the churn model ranks.

use super::axes::{Plot, labelled, whole_percent};
use super::canvas::{Frame, Point, draw};
use super::lettering::{LABEL, SMALL};
use crate::churn::Quality;
use crate::error::Result;
use crate::report::format::{figure as number, percent};
use crate::report::palette::{BLUE, MUTED};
use crate::report::table::{Breadth, Figure, Table};

const PLOT: Plot = Plot {
    left: 44,
    top: 34,
    right: 360,
    bottom: 320,
};
const SIZE: (u32, u32) = (380, 368);

/// The ROC curve. `None` if all test customers had one outcome.
pub(in crate::report) fn figure(quality: &Quality) -> Result<Option<Figure>> {
    let Some(auc) = quality.auc.as_ref().filter(|_| quality.roc.len() > 1) else {
        return Ok(None);
    };
    let title = "ROC curve: who is caught";
    let desc = format!(
        "The ROC curve rises from the lower left to the upper right above the diagonal of guessing. The area under \
         it is {}.",
        number(auc)
    );
    let frame = Frame {
        id: "roc",
        title,
        desc: &desc,
        size: SIZE,
    };
    let (x, y) = (PLOT.x(0.0, 1.0), PLOT.y(0.0, 1.0));
    let mut points: Vec<Point> = quality
        .roc
        .iter()
        .map(|&(fpr, tpr)| (x.at(fpr), y.at(tpr)))
        .collect();
    points.dedup();
    let svg = draw(&frame, |canvas| {
        PLOT.y_axis(canvas, &y, whole_percent, "churned customers caught")?;
        PLOT.x_axis(
            canvas,
            &x,
            &labelled(&x, 6, whole_percent),
            "retained customers contacted in vain",
        )?;
        canvas.line((PLOT.left, PLOT.bottom), (PLOT.right, PLOT.top), MUTED, 1)?;
        canvas.path(points, BLUE, 3)?;
        let corner = (PLOT.right - 8, PLOT.bottom - 44);
        canvas.text(
            corner,
            &format!("AUC {}", number(auc)),
            LABEL.bold().right(),
        )?;
        canvas.text(
            (corner.0, corner.1 + 20),
            "diagonal: guessing",
            SMALL.right(),
        )
    })?;
    Ok(Some(Figure {
        title: title.into(),
        svg,
        breadth: Breadth::Narrow,
        note: "Contact the riskiest customers first: moving right along the curve, more churners are reached, \
               at the price of more customers who would have stayed anyway."
            .into(),
        table: table(&quality.roc, title),
    }))
}

fn table(roc: &[(f64, f64)], title: &str) -> Table {
    let mut table = Table::new(title, &["#Contacted in vain", "#Churned caught"]);
    for step in 0..=20 {
        let fpr = f64::from(step) / 20.0;
        table.push(vec![percent(fpr), percent(caught_at(roc, fpr))]);
    }
    table
}

/// The highest true positive rate at a false positive rate of at most `fpr`.
fn caught_at(roc: &[(f64, f64)], fpr: f64) -> f64 {
    let reached = roc.iter().filter(|point| point.0 <= fpr + 1e-12);
    reached.map(|point| point.1).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_the_curve_from_below() {
        let roc = [(0.0, 0.0), (0.0, 0.4), (0.5, 0.4), (0.5, 1.0), (1.0, 1.0)];
        let read = [0.0, 0.45, 0.5, 1.0].map(|fpr| caught_at(&roc, fpr).to_string());
        assert_eq!(read, ["0.4", "0.4", "1", "1"]);
    }
}
