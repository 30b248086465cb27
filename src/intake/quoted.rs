//! Delimited text with quotes, in bounded memory and with exact line numbers.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::decompress::Bytes;
use super::delimited::Split;
use super::lines::Found;
use crate::error::{Error, Result};

/// Records of delimited text. A record may span lines within quotes; blank lines are skipped; a line ends with `\n`,
/// `\r\n` or `\r`.
pub(crate) struct Quoted<'a> {
    bytes: Bytes<'a>,
    parser: Reader,
    buffer: Vec<u8>,
    /// The unread part of `buffer`.
    from: usize,
    to: usize,
    /// Fields of the record, one after the other, and where each ends.
    fields: Vec<u8>,
    ends: Vec<usize>,
    n_fields: usize,
    max: usize,
    /// First line of the record, and the line the input has come to.
    line: u64,
    input_line: u64,
    after_cr: bool,
}

/// A record that is not complete yet.
#[derive(Default)]
struct Partial {
    /// Bytes read and unquoted bytes of them, in all.
    n_read: usize,
    n_out: usize,
    /// Bytes and fields that are kept.
    n_bytes: usize,
    n_fields: usize,
    too_long: bool,
    /// Line ends within the field that is not complete yet.
    line_ends: u64,
    after_cr: bool,
}

impl<'a> Quoted<'a> {
    /// The records of `bytes`, of at most `max` bytes each.
    pub(crate) fn new(bytes: Bytes<'a>, delimiter: u8, max: usize) -> Self {
        Self {
            bytes,
            parser: ReaderBuilder::new().delimiter(delimiter).build(),
            buffer: vec![0; 1 << 17],
            from: 0,
            to: 0,
            fields: vec![0; 1 << 10],
            ends: vec![0; 1 << 6],
            n_fields: 0,
            max,
            line: 0,
            input_line: 1,
            after_cr: false,
        }
    }

    /// Skips the blank lines before a record; whether there is a record.
    fn find_start(&mut self) -> Result<bool> {
        loop {
            let unread = &self.buffer[self.from..self.to];
            let blank = unread
                .iter()
                .take_while(|&&byte| byte == b'\n' || byte == b'\r')
                .count();
            self.input_line += line_ends(&unread[..blank], &mut self.after_cr);
            self.from += blank;
            if self.from < self.to {
                return Ok(true);
            }
            if !self.refill()? {
                return Ok(false);
            }
        }
    }

    fn refill(&mut self) -> Result<bool> {
        self.from = 0;
        self.to = self.bytes.read(&mut self.buffer)?;
        Ok(self.to > 0)
    }

    /// Feeds the parser once with what is unread; whether the record is complete.
    fn feed(&mut self, partial: &mut Partial) -> bool {
        self.make_room(partial);
        let (result, n_in, n_out, n_ends) = self.parser.read_record(
            &self.buffer[self.from..self.to],
            &mut self.fields[partial.n_bytes..],
            &mut self.ends[partial.n_fields..],
        );
        let read = &self.buffer[self.from..self.from + n_in];
        self.input_line += line_ends(read, &mut self.after_cr);
        self.from += n_in;
        if result == ReadRecordResult::Record {
            partial.n_fields += n_ends;
            return true;
        }
        let mut open = &self.fields[partial.n_bytes..partial.n_bytes + n_out];
        if n_ends > 0 {
            let end = self.ends[partial.n_fields + n_ends - 1] - partial.n_out;
            open = &open[end..];
            (partial.line_ends, partial.after_cr) = (0, false);
        }
        partial.line_ends += line_ends(open, &mut partial.after_cr);
        partial.n_read = partial.n_read.saturating_add(n_in);
        partial.n_out += n_out;
        partial.n_bytes += n_out;
        partial.n_fields += n_ends;
        false
    }

    /// Gives up a record that is too long, of which only the end matters then; else there is room for more of it.
    fn make_room(&mut self, partial: &mut Partial) {
        if partial.n_read > self.max {
            partial.too_long = true;
            (partial.n_bytes, partial.n_fields) = (0, 0);
        }
        if partial.n_bytes == self.fields.len() {
            self.fields.resize(self.fields.len() * 2, 0);
        }
        if partial.n_fields == self.ends.len() {
            self.ends.resize(self.ends.len() * 2, 0);
        }
    }

    /// Ends the last record of a file without a final line end.
    ///
    /// # Errors
    /// `input/unclosed-quote`: a line end that does not end the record stands within quotes.
    fn finish(&mut self, partial: &mut Partial) -> Result<()> {
        let line = self.input_line - partial.line_ends;
        self.buffer[0] = b'\n';
        (self.from, self.to) = (0, 1);
        while self.from < self.to {
            if self.feed(partial) {
                return Ok(());
            }
        }
        Err(Error::Input {
            code: "input/unclosed-quote",
            path: self.bytes.path().to_path_buf(),
            line: Some(line),
            message: "a quote is opened here and never closed".into(),
            help: Some("close it, or double it if it belongs to the text".into()),
        })
    }
}

impl Split for Quoted<'_> {
    fn advance(&mut self) -> Result<Found> {
        if !self.find_start()? {
            return Ok(Found::End);
        }
        self.line = self.input_line;
        let mut partial = Partial::default();
        let before = self.from;
        while !self.feed(&mut partial) {
            if self.from == self.to && !self.refill()? {
                self.finish(&mut partial)?;
                break;
            }
        }
        self.n_fields = partial.n_fields;
        let too_long = partial.too_long || self.from.saturating_sub(before) > self.max;
        Ok(if too_long {
            Found::TooLong
        } else {
            Found::Record
        })
    }

    fn line(&self) -> u64 {
        self.line
    }

    fn n_fields(&self) -> usize {
        self.n_fields
    }

    fn field(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.fields[start..self.ends[index]]
    }

    fn raw(&self) -> &[u8] {
        &self.fields[..self.ends[..self.n_fields].last().copied().unwrap_or(0)]
    }

    fn bytes(&self) -> &Bytes<'_> {
        &self.bytes
    }
}

/// Number of line ends in `text`; `after_cr` carries over whether the byte before it was `\r`, since `\r\n` is one.
fn line_ends(text: &[u8], after_cr: &mut bool) -> u64 {
    let mut n = 0;
    for &byte in text {
        n += u64::from(byte == b'\r' || (byte == b'\n' && !*after_cr));
        *after_cr = byte == b'\r';
    }
    n
}
