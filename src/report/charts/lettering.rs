//! Text in charts: how it looks, and how much room it takes.
//!
//! Without a font library nobody knows how wide a text will be. [`width`] errs on the wide side for the
//! system fonts the page uses, and [`fit`] cuts what would not fit.

use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, TextStyle};

use crate::report::escape::printable;
use crate::report::palette::{Ink, MUTED, TEXT};

/// plotters-svg divides every font size by this (points against pixels of its bitmap fonts).
const PLOTTERS_SHRINKS: f64 = 1.24;

/// How a text looks and which of its points stands at the given place.
#[derive(Clone, Copy)]
pub(super) struct Lettering {
    pub(super) size: i32,
    ink: Ink,
    is_bold: bool,
    anchor: Pos,
}

/// Ordinary labels, anchored at the left of their middle line.
pub(super) const LABEL: Lettering = Lettering {
    size: 14,
    ink: TEXT,
    is_bold: false,
    anchor: Pos {
        h_pos: HPos::Left,
        v_pos: VPos::Center,
    },
};
/// Labels of axes and remarks.
pub(super) const SMALL: Lettering = Lettering {
    size: 12,
    ink: MUTED,
    ..LABEL
};

impl Lettering {
    /// The same, ending at the given place.
    pub(super) const fn right(mut self) -> Self {
        self.anchor.h_pos = HPos::Right;
        self
    }

    /// The same, centred on the given place.
    pub(super) const fn centred(mut self) -> Self {
        self.anchor.h_pos = HPos::Center;
        self
    }

    /// The same in bold.
    pub(super) const fn bold(mut self) -> Self {
        self.is_bold = true;
        self
    }

    /// The same in another ink.
    pub(super) const fn ink(mut self, ink: Ink) -> Self {
        self.ink = ink;
        self
    }

    /// The same in another size, in pixels of the view box.
    pub(super) const fn size(mut self, size: i32) -> Self {
        self.size = size;
        self
    }

    /// What plotters calls it.
    pub(super) fn style(self) -> TextStyle<'static> {
        let weight = if self.is_bold {
            FontStyle::Bold
        } else {
            FontStyle::Normal
        };
        let font = ("sans-serif", f64::from(self.size) * PLOTTERS_SHRINKS)
            .into_font()
            .style(weight);
        TextStyle {
            font,
            color: self.ink.rgb().to_backend_color(),
            pos: self.anchor,
        }
    }

    /// `text` cut to `room` pixels, with an ellipsis if it was cut.
    pub(super) fn fit(self, text: &str, room: i32) -> String {
        fit(text, self.size, room)
    }
}

/// An upper estimate of the width of `text` in pixels.
pub(super) fn width(text: &str, size: i32) -> i32 {
    let hundredths = text.chars().map(em).fold(0, i32::saturating_add);
    hundredths.saturating_mul(size) / 100 + 1
}

/// Widths in hundredths of an em of DejaVu Sans and Verdana, the widest of the system fonts, rounded up.
fn em(c: char) -> i32 {
    match c {
        'i' | 'j' | 'l' | 'I' | '|' | '.' | ',' | ':' | ';' | '\'' | '!' => 32,
        'f' | 't' | 'r' | ' ' | '(' | ')' | '[' | ']' | '-' | '/' => 42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 100,
        '<' | '>' | '=' | '+' | '~' | '#' => 85,
        'A'..='Z' => 78,
        ' '..='~' => 64,
        '\u{2060}' => 0,
        '\u{80}'..='\u{24F}' => 70,
        '\u{2010}'..='\u{2027}' => 60,
        '\u{250}'..='\u{10FF}' => 90,
        _ => 120,
    }
}

/// `text` cut to `room` pixels at a font size, with an ellipsis if it was cut.
pub(super) fn fit(text: &str, size: i32, room: i32) -> String {
    let text = printable(text);
    if width(&text, size) <= room {
        return text;
    }
    let hundredths = (room - width("…", size)).saturating_mul(100);
    let mut used = 0;
    let fits = |&c: &char| {
        used += em(c) * size;
        used < hundredths
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

/// `text` broken into at most `lines` lines of `room` pixels; what the last line cannot hold is cut.
pub(super) fn wrap(text: &str, size: i32, room: i32, lines: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in printable(text).split_whitespace() {
        let line = out.pop().unwrap_or_default();
        let longer = format!("{line} {word}").trim_start().to_string();
        if line.is_empty() || out.len() + 1 == lines || width(&longer, size) <= room {
            out.push(longer);
        } else {
            out.extend([line, word.to_string()]);
        }
    }
    out.iter().map(|line| fit(line, size, room)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_that_fits_is_left_alone_and_one_that_does_not_ends_in_an_ellipsis() {
        assert_eq!(fit("Daily users", 14, 200), "Daily users");
        assert_eq!(fit("Daily users of everything", 14, 90), "Daily use…");
    }

    #[test]
    fn titles_break_between_words_and_the_last_line_is_cut() {
        assert_eq!(
            wrap("events per active day", 12, 80, 3),
            ["events per", "active day"]
        );
        assert_eq!(wrap("one two three four", 12, 40, 2), ["one", "two…"]);
    }

    proptest! {
        #[test]
        fn what_is_fitted_fits_and_has_no_controls(text in ".{0,80}", room in 20_i32..300) {
            let cut = fit(&text, 14, room);
            prop_assert!(width(&cut, 14) <= room);
            prop_assert!(!cut.chars().any(char::is_control));
        }
    }
}
