//! A drawing surface that ends as an accessible SVG for the inside of an HTML page.
//!
//! plotters writes the shapes; [`draw`] then gives the SVG its title and description, a view box in place of
//! a fixed size, CSS variables in place of colours (`currentColor` for text), and text without the bytes
//! named in [`crate::report::escape`].

use std::fmt::{self, Write as _};

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, DrawingArea, IntoDrawingArea, PathElement, Rectangle, SVGBackend, Text,
};
use plotters::style::{Color, ShapeStyle};

use super::lettering::Lettering;
use crate::error::{Error, Result};
use crate::report::escape::{Inert, markup_entity, printable};
use crate::report::palette::{Ink, TEXT, all};

/// A point in pixels of the view box, from the top left.
pub(super) type Point = (i32, i32);

/// What a chart is, for those who cannot see it, and how large.
pub(super) struct Frame<'a> {
    /// Unique in the page.
    pub(super) id: &'a str,
    /// What is shown.
    pub(super) title: &'a str,
    /// What there is to see.
    pub(super) desc: &'a str,
    /// Width and height of the view box.
    pub(super) size: (u32, u32),
}

/// The surface a chart is drawn on.
pub(super) struct Canvas<'a>(DrawingArea<SVGBackend<'a>, Shift>);

/// Draws a chart.
///
/// # Errors
///
/// [`Error::Internal`] if plotters refuses, which it does not for SVG in memory.
pub(super) fn draw(
    frame: &Frame<'_>,
    paint: impl FnOnce(&Canvas<'_>) -> Result<()>,
) -> Result<String> {
    let mut raw = String::new();
    let canvas = Canvas(SVGBackend::with_string(&mut raw, frame.size).into_drawing_area());
    paint(&canvas)?;
    canvas.0.present().map_err(refused)?;
    drop(canvas);
    finish(frame, &raw).map_err(refused)
}

impl Canvas<'_> {
    /// Writes `text` at a point; which point of the text that is, the lettering says.
    pub(super) fn text(&self, at: Point, text: &str, lettering: Lettering) -> Result<()> {
        let text = Text::new(printable(text), at, lettering.style());
        self.0.draw(&text).map_err(refused)
    }

    /// A line through points.
    pub(super) fn path(&self, points: Vec<Point>, ink: Ink, width: u32) -> Result<()> {
        let path = PathElement::new(points, ink.rgb().stroke_width(width));
        self.0.draw(&path).map_err(refused)
    }

    /// A straight line.
    pub(super) fn line(&self, from: Point, to: Point, ink: Ink, width: u32) -> Result<()> {
        self.path(vec![from, to], ink, width)
    }

    /// A filled rectangle.
    pub(super) fn rect(&self, from: Point, to: Point, ink: Ink) -> Result<()> {
        let rectangle = Rectangle::new([from, to], ink.rgb().filled());
        self.0.draw(&rectangle).map_err(refused)
    }

    /// A filled circle.
    pub(super) fn dot(&self, centre: Point, radius: i32, ink: Ink) -> Result<()> {
        self.circle(centre, radius, ink.rgb().filled())
    }

    /// An empty circle.
    pub(super) fn ring(&self, centre: Point, radius: i32, ink: Ink) -> Result<()> {
        self.circle(centre, radius, ink.rgb().stroke_width(2))
    }

    fn circle(&self, centre: Point, radius: i32, style: ShapeStyle) -> Result<()> {
        let circle = Circle::new(centre, radius, style);
        self.0.draw(&circle).map_err(refused)
    }
}

fn refused(cause: impl fmt::Display) -> Error {
    Error::Internal(format!("a chart could not be drawn: {cause}"))
}

/// The SVG as it stands in the page.
fn finish(frame: &Frame<'_>, raw: &str) -> std::result::Result<String, fmt::Error> {
    let Frame { id, size, .. } = frame;
    let mut svg = String::with_capacity(raw.len());
    write!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" "#,
        size.0, size.1
    )?;
    write!(
        svg,
        r#"aria-labelledby="{id}-title {id}-desc"><title id="{id}-title">"#
    )?;
    write_escaped(&mut svg, frame.title)?;
    write!(svg, r#"</title><desc id="{id}-desc">"#)?;
    write_escaped(&mut svg, frame.desc)?;
    svg.push_str("</desc>\n");
    let body = raw.split_once('>').map_or("", |(_opening_tag, body)| body);
    write_inert(&mut svg, &recoloured(body.trim_start()))?;
    Ok(svg)
}

fn write_escaped(out: &mut String, text: &str) -> fmt::Result {
    askama::filters::Escaper::write_escaped_str(&Inert, out, text)
}

/// Colours as plotters wrote them to CSS variables, and attributes that say nothing left out. No text is
/// touched: quotes are escaped there.
fn recoloured(body: &str) -> String {
    let mut body = body
        .replace(r#" font-family="sans-serif""#, "")
        .replace(r#" opacity="1""#, "")
        .replace(r#" stroke="none""#, "")
        .replace(&quoted(&TEXT.light()), &quoted("currentColor"));
    for ink in all() {
        body = body.replace(
            &quoted(&ink.light()),
            &quoted(&format!("var(--{})", ink.name)),
        );
    }
    body
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// Copies markup; between tags, bytes that could make an address or a handler become entities.
fn write_inert(out: &mut String, markup: &str) -> fmt::Result {
    let mut in_tag = false;
    for c in markup.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ => {}
        }
        match markup_entity(c) {
            Some(entity) if !in_tag => out.write_str(entity)?,
            _ => out.write_char(c)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::lettering::{LABEL, SMALL};
    use super::*;
    use crate::report::palette::BLUE;
    use crate::report::tests::assert_well_formed;

    fn sample() -> String {
        let frame = Frame {
            id: "c",
            title: "A & B <x>",
            desc: "https://x",
            size: (100, 50),
        };
        draw(&frame, |canvas| {
            canvas.text((5, 5), "<a href=\"https://x\">\u{0}\u{1b}", LABEL)?;
            canvas.text((5, 20), "muted", SMALL.right())?;
            canvas.rect((0, 0), (10, 10), BLUE)?;
            canvas.ring((5, 5), 3, BLUE)
        })
        .unwrap()
    }

    #[test]
    fn a_chart_scales_and_says_what_it_is() {
        let svg = sample();
        assert!(svg.starts_with(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50" role="img" aria-labelledby="c-title c-desc"><title id="c-title">A &#38; B &#60;x&#62;</title>"#
        ));
        assert_well_formed(&svg);
    }

    #[test]
    fn colours_become_variables_and_text_the_colour_around_it() {
        let svg = sample();
        assert!(svg.contains(r#"fill="currentColor""#));
        assert!(svg.contains(r#"fill="var(--muted)""#));
        assert!(svg.contains(r#"fill="var(--blue)""#) && svg.contains(r#"stroke="var(--blue)""#));
        assert!(!svg.contains("\"#"), "a colour was left: {svg}");
    }

    #[test]
    fn hostile_text_is_drawn_as_written_and_does_nothing() {
        let svg = sample();
        let text = "&lt;a href&#61;&quot;https&#58;&#47;&#47;x&quot;&gt;\u{fffd}\u{fffd}";
        assert!(svg.contains(text), "{svg}");
    }

    #[test]
    fn every_ink_is_known_to_the_page() {
        let frame = Frame {
            id: "c",
            title: "",
            desc: "",
            size: (9, 9),
        };
        for ink in all() {
            let svg = draw(&frame, |canvas| canvas.dot((1, 1), 1, ink)).unwrap();
            assert!(!svg.contains("\"#"), "{}", ink.name);
        }
    }
}
