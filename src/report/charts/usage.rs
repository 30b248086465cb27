//! When the product is used.

use super::canvas::{Canvas, Frame, draw};
use super::lettering::SMALL;
use crate::error::Result;
use crate::report::format::count;
use crate::report::palette::{Ink, SEQUENTIAL};
use crate::report::table::{Breadth, Figure, Table};

/// Names of the days, Monday first.
pub(in crate::report) const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const LEFT: i32 = 46;
const TOP: i32 = 26;
const CELL: (i32, i32) = (62, 18);
const SIZE: (u32, u32) = (480, 500);

/// Hours down, weekdays across, as in a calendar; darker (on dark ground: brighter) where more customers were active. `None` without use.
pub(in crate::report) fn figure(usage: &[[u64; 24]; 7]) -> Result<Option<Figure>> {
    let Some((day, hour, most)) = busiest(usage) else {
        return Ok(None);
    };
    let title = "Active customers by hour and weekday";
    let desc = format!(
        "A grid of 24 hours by 7 weekdays. The busiest hour is {} from {hour} to {} h with {} active customer-hours.",
        WEEKDAYS[day],
        hour + 1,
        count(most)
    );
    let frame = Frame {
        id: "usage",
        title,
        desc: &desc,
        size: SIZE,
    };
    let mut table = Table::new(
        "Active customer-hours by hour and weekday",
        &[
            "#Hour", "#Mon", "#Tue", "#Wed", "#Thu", "#Fri", "#Sat", "#Sun",
        ],
    );
    for hour in 0..24 {
        let cells = usage.iter().map(|day| count(day[hour]));
        table.push(
            std::iter::once(format!("{hour:02}–{:02}", hour + 1))
                .chain(cells)
                .collect(),
        );
    }
    Ok(Some(Figure {
        title: title.into(),
        svg: draw(&frame, |canvas| paint(canvas, usage, most))?,
        breadth: Breadth::Narrow,
        note: "A customer counts once per hour in which anything happened.".into(),
        table,
    }))
}

/// Weekday, hour and number of the busiest hour, the first of equals; `None` without use.
pub(in crate::report) fn busiest(usage: &[[u64; 24]; 7]) -> Option<(usize, usize, u64)> {
    let cells = usage.iter().enumerate();
    let cells =
        cells.flat_map(|(day, hours)| hours.iter().enumerate().map(move |(h, &n)| (day, h, n)));
    cells
        .rev()
        .max_by_key(|cell| cell.2)
        .filter(|cell| cell.2 > 0)
}

fn paint(canvas: &Canvas<'_>, usage: &[[u64; 24]; 7], most: u64) -> Result<()> {
    let lefts = || (0..7).map(|column| LEFT + column * CELL.0);
    let tops = || (0..24).map(|row| TOP + row * CELL.1);
    for (hour, top) in (0..24).zip(tops()).step_by(3) {
        canvas.text(
            (LEFT - 8, top + CELL.1 / 2),
            &format!("{hour} h"),
            SMALL.right(),
        )?;
    }
    for ((hours, name), left) in usage.iter().zip(WEEKDAYS).zip(lefts()) {
        canvas.text((left + CELL.0 / 2, TOP - 12), &name[..3], SMALL.centred())?;
        for (&n, top) in hours.iter().zip(tops()) {
            let corner = (left + CELL.0 - 2, top + CELL.1 - 2);
            canvas.rect((left, top), corner, shade(n, most))?;
        }
    }
    let y = TOP + 24 * CELL.1 + 16;
    let swatches = (0..).map(|i| LEFT + 14 + i * 30);
    canvas.text((LEFT, y + 6), "0", SMALL)?;
    for (ink, left) in SEQUENTIAL.into_iter().zip(swatches) {
        canvas.rect((left, y), (left + 28, y + 12), ink)?;
    }
    let end = (LEFT + 14 + 7 * 30 + 4, y + 6);
    let label = format!("{} customer-hours", count(most));
    canvas.text(end, &SMALL.fit(&label, 480 - end.0), SMALL)
}

/// The step of `n` between nothing and `most`, in sixths.
fn shade(n: u64, most: u64) -> Ink {
    let sixths = (1..=6_u64).filter(|&i| n > 0 && n.saturating_mul(6) > most.saturating_mul(i - 1));
    SEQUENTIAL[sixths.count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_are_sixths_of_the_maximum_and_nothing_is_its_own() {
        let shades = [0, 1, 10, 11, 50, 51, 60].map(|n| shade(n, 60));
        let steps = [0, 1, 1, 2, 5, 6, 6].map(|step| SEQUENTIAL[step]);
        assert_eq!(shades, steps);
    }

    #[test]
    fn the_busiest_hour_is_the_first_of_equals() {
        let mut usage = [[0; 24]; 7];
        assert_eq!(busiest(&usage), None);
        usage[2][9] = 5;
        usage[4][1] = 5;
        assert_eq!(busiest(&usage), Some((2, 9, 5)));
    }
}
