//! How much was logged, day by day.

use super::axes::Plot;
use super::canvas::{Canvas, Frame, Point, draw};
use super::scale::Scale;
use crate::error::Result;
use crate::report::format::{compact, count, date};
use crate::report::palette::{BLUE, Ink, VERMILION};
use crate::report::table::{Breadth, Figure, Table};
use crate::time::Day;

const SIZE: (u32, u32) = (480, 420);
const EVENTS: Plot = Plot {
    left: 48,
    top: 28,
    right: 472,
    bottom: 170,
};
const CUSTOMERS: Plot = Plot {
    left: 48,
    top: 244,
    right: 472,
    bottom: 386,
};
/// Most dates along the axis.
const DATES: usize = 4;

/// Events and active customers per day, one above the other. `None` without days.
pub(in crate::report) fn figure(volume: &[(Day, u64, u64)]) -> Result<Option<Figure>> {
    let Some((&(first, ..), &(last, ..))) = volume.first().zip(volume.last()) else {
        return Ok(None);
    };
    let title = "Events and active customers per day";
    let desc = format!(
        "Two lines over time, from {} to {}.",
        date(first),
        date(last)
    );
    let frame = Frame {
        id: "volume",
        title,
        desc: &desc,
        size: SIZE,
    };
    let mut table = Table::new(title, &["Day", "#Events", "#Active customers"]);
    for &(day, events, customers) in volume {
        table.push(vec![date(day), count(events), count(customers)]);
    }
    let events: Vec<(Day, u64)> = volume.iter().map(|v| (v.0, v.1)).collect();
    let customers: Vec<(Day, u64)> = volume.iter().map(|v| (v.0, v.2)).collect();
    let svg = draw(&frame, |canvas| {
        panel(canvas, EVENTS, &events, "events per day", BLUE)?;
        panel(
            canvas,
            CUSTOMERS,
            &customers,
            "active customers per day",
            VERMILION,
        )
    })?;
    Ok(Some(Figure {
        title: title.into(),
        svg,
        breadth: Breadth::Narrow,
        note: "A sudden drop or gap may be the tracking rather than the customers.".into(),
        table,
    }))
}

fn panel(
    canvas: &Canvas<'_>,
    plot: Plot,
    days: &[(Day, u64)],
    title: &str,
    ink: Ink,
) -> Result<()> {
    let most = days.iter().map(|day| day.1).max().unwrap_or(0);
    let (x, y) = (x(plot, days), plot.y(0.0, most as f64));
    plot.y_axis(canvas, &y, compact, title)?;
    plot.x_axis(canvas, &x, &months(days), "")?;
    canvas.path(line(days, &x, &y), ink, 1)
}

fn x(plot: Plot, days: &[(Day, u64)]) -> Scale {
    let end = |day: Option<&(Day, u64)>| day.map_or(0.0, |day| f64::from(day.0.0));
    plot.x(end(days.first()), end(days.last()))
}

/// The line through the days, down to nothing where days are missing.
fn line(days: &[(Day, u64)], x: &Scale, y: &Scale) -> Vec<Point> {
    let at = |day: Day, n: u64| (x.at(f64::from(day.0)), y.at(n as f64));
    let mut points = Vec::new();
    let mut before: Option<Day> = None;
    for &(day, n) in days {
        if let Some(before) = before.filter(|&before| day - before > 1) {
            points.extend([at(before + 1, 0), at(day - 1, 0)]);
        }
        points.push(at(day, n));
        before = Some(day);
    }
    points
}

/// Ticks at the firsts of months, at most [`DATES`]; at both ends if there are no two.
fn months(days: &[(Day, u64)]) -> Vec<(f64, String)> {
    let firsts: Vec<Day> = days
        .iter()
        .map(|day| day.0)
        .filter(|day| day.date().day() == 1)
        .collect();
    let marked = if firsts.len() > 1 {
        firsts
            .iter()
            .copied()
            .step_by(firsts.len().div_ceil(DATES))
            .collect()
    } else {
        let mut ends: Vec<Day> = days
            .first()
            .into_iter()
            .chain(days.last())
            .map(|day| day.0)
            .collect();
        ends.dedup();
        ends
    };
    marked
        .into_iter()
        .map(|day| (f64::from(day.0), date(day)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_days_are_drawn_as_nothing() {
        let (x, y) = (Scale::new(0.0, 10.0, 0, 10), Scale::new(0.0, 10.0, 10, 0));
        let days = [(Day(0), 10), (Day(1), 9), (Day(5), 8)];
        assert_eq!(
            line(&days, &x, &y),
            [(0, 0), (1, 1), (2, 10), (4, 10), (5, 2)]
        );
    }

    #[test]
    fn ticks_stand_at_the_firsts_of_months() {
        let days: Vec<(Day, u64)> = (0..70).map(|i| (Day(i), 1)).collect();
        let labels: Vec<String> = months(&days).into_iter().map(|tick| tick.1).collect();
        assert_eq!(
            labels,
            [
                "1\u{a0}Jan\u{a0}1970",
                "1\u{a0}Feb\u{a0}1970",
                "1\u{a0}Mar\u{a0}1970"
            ]
        );
        assert_eq!(months(&days[3..9]).len(), 2);
    }
}
