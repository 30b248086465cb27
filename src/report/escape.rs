//! Text that came from elsewhere, made inert for HTML and for the SVG inside it.
//!
//! More is escaped than a parser needs: `/`, `:`, `(`, `=` and `@` as well, so that a name such as
//! `https://…`, `url(…)` or `onerror=…` reads as written and yet leaves no such bytes in the page. Whoever
//! scans a report for requests finds none, whatever the customers are called.

use std::fmt;

/// The escaper of every template; see `templates/askama.toml`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Inert;

impl askama::filters::Escaper for Inert {
    fn write_escaped_str<W: fmt::Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        for c in text.chars() {
            match entity(c) {
                Some(entity) => dest.write_str(entity)?,
                None => dest.write_char(visible(c))?,
            }
        }
        Ok(())
    }
}

/// The entity that stands for `c`, if `c` may not appear as itself.
fn entity(c: char) -> Option<&'static str> {
    Some(match c {
        '&' => "&#38;",
        '<' => "&#60;",
        '>' => "&#62;",
        '"' => "&#34;",
        '\'' => "&#39;",
        _ => return markup_entity(c),
    })
}

/// The entity that stands for `c` in text whose `& < > " '` are already escaped.
pub(super) fn markup_entity(c: char) -> Option<&'static str> {
    Some(match c {
        '/' => "&#47;",
        ':' => "&#58;",
        '(' => "&#40;",
        '=' => "&#61;",
        '@' => "&#64;",
        _ => return None,
    })
}

/// `c`, or the replacement character for what XML 1.0 forbids (controls, two noncharacters) and for the marks
/// that would turn the reading direction of what follows.
fn visible(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => ' ',
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FFFE}' | '\u{FFFF}' => {
            char::REPLACEMENT_CHARACTER
        }
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// `text` without the characters that may not stand in XML.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use askama::filters::Escaper;

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        Inert.write_escaped_str(&mut out, text).unwrap();
        out
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(escaped("Zoë, 84.2% – 北京"), "Zoë, 84.2% – 北京");
    }

    #[test]
    fn markup_and_addresses_lose_the_bytes_that_make_them_work() {
        assert_eq!(escaped("<b a='1'>&"), "&#60;b a&#61;&#39;1&#39;&#62;&#38;");
        let page = escaped("https://x url(y) onload=z a@import");
        for active in ["http:", "https:", "//", "url(", "onload=", "@import"] {
            assert!(!page.contains(active), "{active} in {page}");
        }
    }

    #[test]
    fn controls_and_direction_marks_become_visible() {
        assert_eq!(
            escaped("a\u{0}b\u{1b}c\u{202e}d\u{85}e\u{ffff}"),
            "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}"
        );
        assert_eq!(escaped("a\nb\tc"), "a b c");
    }
}
