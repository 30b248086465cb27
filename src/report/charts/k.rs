//! How the number of clusters was chosen.

use super::axes::Plot;
use super::canvas::{Frame, Point, draw};
use super::lettering::{LABEL, SMALL};
use crate::cluster::KTrial;
use crate::error::Result;
use crate::report::format::{count, decimal};
use crate::report::palette::{BLUE, MUTED};
use crate::report::table::{Breadth, Figure, Table};

const PLOT: Plot = Plot {
    left: 48,
    top: 40,
    right: 460,
    bottom: 230,
};
const SIZE: (u32, u32) = (480, 278);

/// Silhouette by number of clusters, with the chosen one marked. `None` without trials.
pub(in crate::report) fn figure(trials: &[KTrial], chosen: usize) -> Result<Option<Figure>> {
    let Some(best) = trials
        .iter()
        .max_by(|a, b| a.silhouette.total_cmp(&b.silhouette))
    else {
        return Ok(None);
    };
    let title = "Silhouette by number of clusters";
    let desc = format!(
        "A dot per number of clusters tried. The highest silhouette is {} at {} clusters; {chosen} were chosen.",
        decimal(best.silhouette, 3),
        best.k
    );
    let frame = Frame {
        id: "k",
        title,
        desc: &desc,
        size: SIZE,
    };
    let ks = trials.iter().map(|trial| trial.k as f64);
    let x = PLOT.x(
        ks.clone().fold(f64::INFINITY, f64::min) - 0.5,
        ks.fold(0.0, f64::max) + 0.5,
    );
    let lowest = trials
        .iter()
        .map(|trial| trial.silhouette)
        .fold(0.0, f64::min);
    let y = PLOT.y(lowest, (best.silhouette * 1.25).max(0.1));
    let points: Vec<Point> = trials
        .iter()
        .map(|trial| (x.at(trial.k as f64), y.at(trial.silhouette)))
        .collect();
    let ticks: Vec<(f64, String)> = trials
        .iter()
        .map(|trial| (trial.k as f64, trial.k.to_string()))
        .collect();
    let svg = draw(&frame, |canvas| {
        PLOT.y_axis(canvas, &y, |s| decimal(s, 2), "mean silhouette")?;
        PLOT.x_axis(canvas, &x, &ticks, "clusters")?;
        canvas.path(points.clone(), MUTED, 1)?;
        for (trial, &at) in trials.iter().zip(&points) {
            if trial.k == chosen {
                canvas.dot(at, 7, BLUE)?;
                canvas.text((at.0, at.1 - 18), "chosen", LABEL.bold().centred())?;
            } else if trial.allowed {
                canvas.dot(at, 4, MUTED)?;
            } else {
                canvas.ring(at, 4, MUTED)?;
                canvas.text((at.0, at.1 + 16), "too small", SMALL.centred())?;
            }
        }
        Ok(())
    })?;
    Ok(Some(Figure {
        title: title.into(),
        svg,
        breadth: Breadth::Narrow,
        note: "1 means clusters far apart, 0 means they touch; below 0.25 there is little structure. Hollow \
               dots have a cluster too small to be a segment."
            .into(),
        table: table(trials, chosen),
    }))
}

fn table(trials: &[KTrial], chosen: usize) -> Table {
    let heads = [
        "#Clusters",
        "#Silhouette",
        "#n of silhouette",
        "#Within sum of squares",
        "#Smallest cluster",
        "Verdict",
    ];
    let mut table = Table::new("Numbers of clusters tried", &heads);
    for trial in trials {
        let verdict = match (trial.k == chosen, trial.allowed) {
            (true, _) => "chosen",
            (false, true) => "possible",
            (false, false) => "smallest too small",
        };
        table.push(vec![
            trial.k.to_string(),
            decimal(trial.silhouette, 3),
            count(trial.n_silhouette),
            decimal(trial.within_sum_of_squares, 1),
            count(trial.n_smallest),
            verdict.into(),
        ]);
    }
    table
}
