//! How long the customers of each segment stayed.

use super::axes::{Plot, labelled, whole_percent};
use super::canvas::{Canvas, Frame, Point, draw};
use super::lettering::{LABEL, Lettering, wrap};
use super::scale::{Scale, spread};
use crate::error::Result;
use crate::report::format::{FEWEST_SHOWN, NOTHING, count, decimal, percent, percent_range};
use crate::report::palette::{SERIES, series};
use crate::report::table::{Breadth, Figure, Table};
use crate::stats::survival::KaplanMeier;
use crate::validate::{Evidence, SegmentEvidence};

const WIDTH: i32 = 480;
/// Room for the names at the ends of the curves.
const NAMES: i32 = 178;
/// Between the lines of a name.
const LINE: i32 = 15;
/// Between the middles of two names of at most two lines.
const GAP: i32 = 2 * LINE + 4;
const NAME: Lettering = LABEL.size(13);

/// Kaplan–Meier curves, one per segment of at least ten customers, named at their ends. `None` if no
/// segment has a curve.
pub(in crate::report) fn figure(evidence: &Evidence) -> Result<Option<Figure>> {
    let curves: Vec<&SegmentEvidence> = evidence.segments.iter().filter(|s| has_curve(s)).collect();
    if curves.is_empty() {
        return Ok(None);
    }
    let title = "Share not yet churned, by days since the cutoff";
    let last = |s: &&SegmentEvidence| s.survival.survival.last().copied().unwrap_or(1.0);
    let order = |a: &&&SegmentEvidence, b: &&&SegmentEvidence| last(a).total_cmp(&last(b));
    let ends = curves.iter().max_by(order).zip(curves.iter().min_by(order));
    let desc = ends.map_or_else(String::new, |(best, worst)| {
        format!(
            "Falling step lines from 100%. {} ends highest at {}, {} lowest at {}.",
            best.name,
            percent(last(best)),
            worst.name,
            percent(last(worst))
        )
    });
    let names = GAP.saturating_mul(i32::try_from(curves.len()).unwrap_or(i32::MAX));
    let height = names.saturating_add(80).max(380);
    let frame = Frame {
        id: "survival",
        title,
        desc: &desc,
        size: (WIDTH.unsigned_abs(), height.unsigned_abs()),
    };
    let plot = Plot {
        left: 44,
        top: 34,
        right: WIDTH - NAMES,
        bottom: height - 46,
    };
    let x = plot.x(0.0, end(&curves));
    Ok(Some(Figure {
        title: title.into(),
        svg: draw(&frame, |canvas| paint(canvas, plot, &x, &curves))?,
        breadth: Breadth::Narrow,
        note: "Each step down is a day on which customers churned. Customers still there when the data end \
               count until then and no longer (Kaplan–Meier)."
            .into(),
        table: table(&x, &curves),
    }))
}

/// The customers still observed and not churned at round days, segment by segment.
pub(in crate::report) fn at_risk(evidence: &Evidence) -> Table {
    let curves: Vec<&SegmentEvidence> = evidence.segments.iter().filter(|s| has_curve(s)).collect();
    let days = Scale::new(0.0, end(&curves), 0, 1).ticks(7);
    let heads: Vec<String> = std::iter::once("Segment".to_string())
        .chain(
            days.iter()
                .map(|&day| format!("#Day\u{a0}{}", decimal(day, 0))),
        )
        .collect();
    let mut table = Table::new("Customers at risk: observed and not yet churned", &heads);
    for s in curves {
        let numbers = days.iter().map(|&day| count(at_risk_on(&s.survival, day)));
        table.push(std::iter::once(s.name.clone()).chain(numbers).collect());
    }
    table
}

fn has_curve(segment: &SegmentEvidence) -> bool {
    let is_large_enough = u64::try_from(segment.n).is_ok_and(|n| n >= FEWEST_SHOWN);
    is_large_enough && !segment.survival.times.is_empty()
}

fn end(curves: &[&SegmentEvidence]) -> f64 {
    let ends = curves
        .iter()
        .filter_map(|s| s.survival.times.last().copied());
    ends.fold(0.0, f64::max)
}

fn paint(canvas: &Canvas<'_>, plot: Plot, x: &Scale, curves: &[&SegmentEvidence]) -> Result<()> {
    let y = plot.y(0.0, 1.0);
    plot.y_axis(canvas, &y, whole_percent, "not yet churned")?;
    let days = labelled(x, 7, |day| decimal(day, 0));
    plot.x_axis(canvas, x, &days, "days since the cutoff")?;
    let steps: Vec<Vec<Point>> = curves.iter().map(|s| steps(&s.survival, x, &y)).collect();
    let end = |points: &Vec<Point>| points.last().copied().unwrap_or((plot.left, plot.top));
    let heights: Vec<i32> = steps.iter().map(|points| end(points).1).collect();
    let places = spread(&heights, GAP, plot.top, plot.bottom - 8);
    for (i, points) in steps.iter().enumerate() {
        // Beyond the last colour they begin again, with a thin line and an empty dot.
        canvas.path(
            points.clone(),
            series(i),
            if is_repeated(i) { 1 } else { 2 },
        )?;
    }
    for (i, ((points, &place), curve)) in steps.iter().zip(&places).zip(curves).enumerate() {
        let (bend, dot) = ((plot.right + 14, place), (plot.right + 22, place));
        canvas.path(vec![end(points), bend, dot], series(i), 1)?;
        if is_repeated(i) {
            canvas.ring(dot, 4, series(i))?;
        } else {
            canvas.dot(dot, 4, series(i))?;
        }
        name(canvas, (plot.right + 32, place), &curve.name)?;
    }
    Ok(())
}

/// Whether the colour of curve `i` stands for an earlier one as well.
fn is_repeated(i: usize) -> bool {
    i >= SERIES.len()
}

/// Writes a name on up to two lines around a point.
fn name(canvas: &Canvas<'_>, (x, y): Point, name: &str) -> Result<()> {
    let lines = wrap(name, NAME.size, NAMES - 32, 2);
    let first = if lines.len() > 1 { y - LINE / 2 } else { y };
    for (line, y) in lines.iter().zip([first, first + LINE]) {
        canvas.text((x, y), line, NAME)?;
    }
    Ok(())
}

/// The corners of a step line that starts at 100 % on day 0.
fn steps(curve: &KaplanMeier, x: &Scale, y: &Scale) -> Vec<Point> {
    let mut points = vec![(x.at(0.0), y.at(1.0))];
    let mut before = y.at(1.0);
    for (&time, &survival) in curve.times.iter().zip(&curve.survival) {
        let (right, after) = (x.at(time), y.at(survival));
        points.push((right, before));
        points.push((right, after));
        before = after;
    }
    points.dedup();
    points
}

/// Index of the last step at or before `day`.
fn step_at(curve: &KaplanMeier, day: f64) -> Option<usize> {
    curve
        .times
        .partition_point(|&time| time <= day)
        .checked_sub(1)
}

/// Customers observed and not churned just before `day`.
fn at_risk_on(curve: &KaplanMeier, day: f64) -> u64 {
    let next = curve.times.partition_point(|&time| time < day);
    curve.at_risk.get(next).copied().unwrap_or(0)
}

fn table(x: &Scale, curves: &[&SegmentEvidence]) -> Table {
    let heads = [
        "Segment",
        "#Day",
        "#Not yet churned",
        "#95% interval",
        "#At risk",
    ];
    let mut table = Table::new("Share not yet churned, with customers at risk", &heads);
    for s in curves {
        let curve = &s.survival;
        for day in x.ticks(7) {
            let (share, interval) = match step_at(curve, day) {
                None => (percent(1.0), NOTHING.into()),
                Some(i) => (
                    percent(curve.survival[i]),
                    percent_range(curve.low[i], curve.high[i]),
                ),
            };
            let at_risk = count(at_risk_on(curve, day));
            table.push(vec![
                s.name.clone(),
                decimal(day, 0),
                share,
                interval,
                at_risk,
            ]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve() -> KaplanMeier {
        KaplanMeier {
            times: vec![2.0, 5.0],
            at_risk: vec![4, 2],
            events: vec![2, 1],
            survival: vec![0.5, 0.25],
            std_err: vec![0.0; 2],
            low: vec![0.0; 2],
            high: vec![1.0; 2],
        }
    }

    #[test]
    fn a_curve_falls_at_its_times_and_only_there() {
        let (x, y) = (Scale::new(0.0, 10.0, 0, 100), Scale::new(0.0, 1.0, 100, 0));
        let corners = [(0, 0), (20, 0), (20, 50), (50, 50), (50, 75)];
        assert_eq!(steps(&curve(), &x, &y), corners);
    }

    #[test]
    fn those_at_risk_are_the_ones_just_before_the_day() {
        let numbers = [0.0, 2.0, 3.0, 5.0, 6.0].map(|day| at_risk_on(&curve(), day));
        assert_eq!(numbers, [4, 4, 2, 2, 0]);
        assert_eq!(
            [1.0, 2.0, 9.0].map(|day| step_at(&curve(), day)),
            [None, Some(0), Some(1)]
        );
    }
}
