//! What the churn model looks at.

use super::canvas::{Canvas, Frame, draw};
use super::lettering::{LABEL, SMALL};
use super::rows::{self, MARK, WIDTH};
use super::scale::Scale;
use crate::churn::Quality;
use crate::error::Result;
use crate::report::format::decimal;
use crate::report::palette::{BLUE, MUTED, VERMILION};
use crate::report::table::{Breadth, Figure, Table};

/// Most coefficients drawn; the table has all.
const MOST: usize = 12;
const HEAD: i32 = 26;

/// Bars of the log odds per standard deviation, the largest first. `None` without coefficients.
pub(in crate::report) fn figure(quality: &Quality) -> Result<Option<Figure>> {
    let drawn = &quality.coefficients[..quality.coefficients.len().min(MOST)];
    let Some((strongest, weight)) = drawn.first() else {
        return Ok(None);
    };
    let title = "What goes with churn";
    let direction = if *weight < 0.0 { "less" } else { "more" };
    let desc = format!(
        "A bar per feature, to the right if more of it goes with more churn. The largest is {strongest}: more of it \
         goes with {direction} churn."
    );
    let frame = Frame {
        id: "coefficients",
        title,
        desc: &desc,
        size: rows::size(HEAD, drawn.len(), 0),
    };
    let mut table = Table::new(
        title,
        &["Feature", "#Log odds per sd", "#Odds ratio per sd"],
    );
    for (feature, weight) in &quality.coefficients {
        table.push(vec![
            feature.clone(),
            decimal(*weight, 3),
            decimal(weight.exp(), 2),
        ]);
    }
    let cut = if quality.coefficients.len() > MOST {
        format!("The {MOST} largest are drawn. ")
    } else {
        String::new()
    };
    Ok(Some(Figure {
        title: title.into(),
        svg: draw(&frame, |canvas| paint(canvas, drawn))?,
        breadth: Breadth::Narrow,
        note: format!(
            "{cut}Each bar is the change of the odds of churn when the feature rises by one standard \
             deviation and the others stay. The model is penalised, so that its coefficients have no honest \
             interval: read direction and order, not digits. They say what goes with churn, not what causes it."
        ),
        table,
    }))
}

fn paint(canvas: &Canvas<'_>, drawn: &[(String, f64)]) -> Result<()> {
    let largest = drawn
        .iter()
        .map(|(_, weight)| weight.abs())
        .fold(0.0, f64::max);
    let x = Scale::new(-largest, largest, 0, WIDTH);
    canvas.text((0, 8), "← goes with staying", SMALL)?;
    canvas.text((WIDTH, 8), "goes with churn →", SMALL.right())?;
    for ((feature, weight), top) in drawn.iter().zip(rows::tops(HEAD)) {
        let y = top + MARK;
        let odds = format!("odds × {}", decimal(weight.exp(), 2));
        rows::head(canvas, top, feature, &odds, LABEL)?;
        let ink = if *weight < 0.0 { BLUE } else { VERMILION };
        let (zero, end) = (x.at(0.0), x.at(*weight));
        canvas.rect((zero.min(end), y - 6), (zero.max(end), y + 4), ink)?;
        canvas.line((zero, y - 9), (zero, y + 7), MUTED, 1)?;
    }
    Ok(())
}
