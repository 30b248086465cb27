//! The one writer of CSV that leaves the house.
//!
//! A spreadsheet runs a cell that starts like a formula, and quoting does not stop it; an apostrophe in front
//! would, but a CRM would then look for a customer of another name. So nothing is ever changed here: a text
//! that could be run, or that is not what it seems, keeps its whole row out, with the reason. Numbers, dates
//! and enumerations that habitus formatted are exempt.
//!
//! Files are UTF-8 without a byte order mark, comma-separated, with LF line ends.

use crate::error::{Error, Result};

/// A cell, by who wrote it.
#[derive(Clone, Debug)]
pub(super) enum Cell<'a> {
    /// Text from the data or the project file: checked.
    Text(&'a str),
    /// A number, date or enumeration formatted by habitus.
    Ours(String),
}

impl Cell<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Ours(text) => text,
        }
    }
}

/// A row that may be written, or why it may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// The encoded row with its line end.
    Safe(Vec<u8>),
    /// The first cell that keeps it out.
    Unsafe {
        /// Index of the cell.
        column: usize,
        /// Slug of the reason.
        reason: &'static str,
    },
}

/// Encodes a row, if every text in it is safe.
pub(super) fn line(cells: &[Cell<'_>]) -> Result<Line> {
    for (column, cell) in cells.iter().enumerate() {
        if let Cell::Text(text) = cell
            && let Some(reason) = danger(text)
        {
            return Ok(Line::Unsafe { column, reason });
        }
    }
    encode(cells.iter().map(Cell::as_str)).map(Line::Safe)
}

/// Encodes a row without a text from elsewhere, such as a header.
pub(super) fn ours(cells: &[&str]) -> Result<Vec<u8>> {
    encode(cells.iter().copied())
}

fn encode<'a>(cells: impl Iterator<Item = &'a str>) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut writer = csv::WriterBuilder::new()
        .buffer_capacity(512)
        .from_writer(&mut line);
    let written = writer
        .write_record(cells)
        .and_then(|()| Ok(writer.flush()?));
    drop(writer);
    written.map_err(|cause| Error::Internal(format!("a row cannot be encoded: {cause}")))?;
    Ok(line)
}

/// Why a text may not stand in a CSV file, if so.
fn danger(text: &str) -> Option<&'static str> {
    if could_be_formula(text) {
        return Some("formula");
    }
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let line_end = c == '\n' || c == '\r' && chars.peek() == Some(&'\n');
        if c.is_control() && c != '\t' && !line_end {
            return Some("control-character");
        }
        if is_invisible(c) {
            return Some("invisible-character");
        }
    }
    None
}

/// Whether a spreadsheet could take `text`, or a part of it, for a formula.
fn could_be_formula(text: &str) -> bool {
    let mut at_start = true;
    for c in text.chars() {
        if at_start && is_trigger(c) {
            return true;
        }
        // Some readers strip these before they look.
        let stripped = matches!(c, '"' | '\'' | '\u{feff}') || c.is_whitespace();
        // A reader that expects another delimiter starts a cell after each of these, quoted or not.
        let delimiter = matches!(c, ';' | '\t' | '\n');
        at_start = delimiter || at_start && stripped;
    }
    false
}

fn is_trigger(c: char) -> bool {
    // The wide forms are what East Asian versions of spreadsheets take as well.
    matches!(
        c,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\0' | '＝' | '＋' | '－' | '＠'
    )
}

/// Marks that change what is seen without being seen: byte order mark, zero-width space, word joiner, and
/// the controls of text direction. Joiners stay: names in some scripts need them.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{feff}'
            | '\u{200b}'
            | '\u{2060}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

/// A dangerous text for people to read: what makes it dangerous is shown as `\u{..}`.
pub(super) fn shown(text: &str) -> String {
    if danger(text).is_none() {
        return text.to_owned();
    }
    let mut shown = String::new();
    for c in text.chars() {
        if is_trigger(c) || is_invisible(c) || c.is_control() || matches!(c, ';' | '\\') {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn safe(cells: &[Cell<'_>]) -> Vec<u8> {
        match line(cells).unwrap() {
            Line::Safe(bytes) => bytes,
            refused => panic!("{refused:?}"),
        }
    }

    #[test]
    fn f_d48_every_start_of_a_formula_is_refused_also_behind_quotes_marks_and_spaces() {
        for start in ["=", "+", "-", "@", "\t", "\r", "\0", "＝", "＠"] {
            for before in ["", "\"", "'", "\u{feff}", " ", "\u{a0}\"", "\n"] {
                let text = format!("{before}{start}1+1");
                assert_eq!(danger(&text), Some("formula"), "{text:?}");
            }
        }
    }

    #[test]
    fn f_d48_the_row_says_which_cell_keeps_it_out() {
        let refused = line(&[Cell::Text("ada"), Cell::Ours("-1".into()), Cell::Text("=1")]);
        let expected = Line::Unsafe {
            column: 2,
            reason: "formula",
        };
        assert_eq!(refused.unwrap(), expected);
    }

    #[test]
    fn f_d48_numbers_that_habitus_formatted_are_exempt() {
        let row = safe(&[Cell::Text("ada"), Cell::Ours("-0.5".into())]);
        assert_eq!(row, b"ada,-0.5\n");
    }

    #[test]
    fn f_d49_formulas_behind_another_delimiter_are_refused() {
        for text in [
            "=cmd|' /C calc'!A0",
            "x;=HYPERLINK(\"http://example.com\")",
            "x; \"@SUM(1)",
            "x\t+1",
            "x\n-1",
            "x\r\n-1",
            ";\t",
        ] {
            assert_eq!(danger(text), Some("formula"), "{text:?}");
        }
    }

    #[test]
    fn control_and_invisible_characters_are_refused_wherever_they_stand() {
        for text in ["a\0", "a\rb", "a\x1b]0;x\x07", "a\u{85}"] {
            assert_eq!(danger(text), Some("control-character"), "{text:?}");
        }
        for text in [
            "a\u{feff}",
            "\u{feff}a",
            "a\u{202e}b",
            "\u{2066}a",
            "a\u{200b}",
        ] {
            assert_eq!(danger(text), Some("invisible-character"), "{text:?}");
        }
    }

    #[test]
    fn ordinary_texts_are_safe() {
        for text in [
            "",
            "u-1",
            "a+b@example.com",
            "1e-5",
            "Zoë; O'Brien",
            "Ørsted, \"the\" first",
            "李雷",
            "می\u{200c}خواهم",
            "two\nlines",
            "two\r\nlines",
            "a\tb",
            "👩\u{200d}🔬",
        ] {
            assert_eq!(danger(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_refused_text_is_shown_without_danger_and_a_safe_one_as_it_is() {
        assert_eq!(shown("u-1"), "u-1");
        assert_eq!(shown("-a;=b\\"), r"\u{2d}a\u{3b}\u{3d}b\u{5c}");
        assert_eq!(shown("a\u{202e}b"), r"a\u{202e}b");
    }

    proptest! {
        #[test]
        fn what_is_safe_reads_back_unchanged_and_is_inert_for_readers_of_other_delimiters(
            texts in prop::collection::vec("[-=+@;,\"' \\t\\n\\ra\u{feff}é]{0,6}|\\PC*", 1..4)
        ) {
            let cells: Vec<_> = texts.iter().map(|text| Cell::Text(text)).collect();
            if let Line::Safe(row) = line(&cells)? {
                let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&*row);
                let read: Vec<_> = reader.records().collect::<csv::Result<_>>()?;
                prop_assert_eq!(read.len(), 1);
                prop_assert_eq!(read[0].iter().collect::<Vec<_>>(), texts);
                for delimiter in [b';', b'\t'] {
                    let mut reader = csv::ReaderBuilder::new()
                        .has_headers(false)
                        .flexible(true)
                        .delimiter(delimiter)
                        .from_reader(&*row);
                    for record in reader.records() {
                        for cell in &record? {
                            prop_assert!(!could_be_formula(cell), "{:?}", cell);
                        }
                    }
                }
            }
        }

        #[test]
        fn what_is_shown_is_never_dangerous(text in "[-=+@;\"' \\t\\n\\ra\u{feff}\u{202e}]{0,8}|\\PC*") {
            prop_assert_eq!(danger(&shown(&text)), None);
        }
    }
}
