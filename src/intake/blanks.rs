//! Text whose fields are separated by runs of blanks, without quotes.

use std::ops::Range;

use super::decompress::Bytes;
use super::delimited::Split;
use super::lines::{Found, Lines};
use crate::error::Result;

/// Lines split at runs of spaces and tabs; those at either end of a line separate nothing.
pub(crate) struct Blanks<'a> {
    lines: Lines<'a>,
    fields: Vec<Range<usize>>,
}

impl<'a> Blanks<'a> {
    /// The lines of `bytes`, of at most `max` bytes each.
    pub(crate) fn new(bytes: Bytes<'a>, max: usize) -> Self {
        Self {
            lines: Lines::new(bytes, max),
            fields: Vec::new(),
        }
    }
}

impl Split for Blanks<'_> {
    fn advance(&mut self) -> Result<Found> {
        self.fields.clear();
        let found = self.lines.advance()?;
        if found == Found::Record {
            let line = self.lines.line();
            let mut from = 0;
            for field in line.split(|&byte| byte == b' ' || byte == b'\t') {
                if !field.is_empty() {
                    self.fields.push(from..from + field.len());
                }
                from += field.len() + 1;
            }
        }
        Ok(found)
    }

    fn line(&self) -> u64 {
        self.lines.number()
    }

    fn n_fields(&self) -> usize {
        self.fields.len()
    }

    fn field(&self, index: usize) -> &[u8] {
        &self.lines.line()[self.fields[index].clone()]
    }

    fn raw(&self) -> &[u8] {
        self.lines.line()
    }

    fn bytes(&self) -> &Bytes<'_> {
        self.lines.bytes()
    }
}
