//! Lines of bounded length, for formats in which a line is a record.

use super::decompress::Bytes;
use crate::error::Result;

/// What came next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A record; it stays until the next call.
    Record,
    /// A record over the limit, skipped to its end.
    TooLong,
    /// Nothing more.
    End,
}

/// Lines that are not blank. They end with `\n`, `\r\n`, `\r` or the file.
pub(crate) struct Lines<'a> {
    bytes: Bytes<'a>,
    buffer: Vec<u8>,
    /// The unread part of `buffer`.
    from: usize,
    to: usize,
    /// The line found last, as a range of `buffer`.
    start: usize,
    end: usize,
    max: usize,
    number: u64,
    after_cr: bool,
}

impl<'a> Lines<'a> {
    /// The lines of `bytes`, of at most `max` bytes each.
    pub(crate) fn new(bytes: Bytes<'a>, max: usize) -> Self {
        Self {
            bytes,
            buffer: vec![0; 1 << 16],
            from: 0,
            to: 0,
            start: 0,
            end: 0,
            max,
            number: 0,
            after_cr: false,
        }
    }

    /// 1-based number of the line found last.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The line found last, without its end.
    pub(crate) fn line(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The file, for complaints.
    pub(crate) fn bytes(&self) -> &Bytes<'a> {
        &self.bytes
    }

    /// Finds the next line that is not blank.
    ///
    /// # Errors
    /// Those of [`Bytes::read`].
    pub(crate) fn advance(&mut self) -> Result<Found> {
        loop {
            let found = self.any_line()?;
            if found != Found::Record || !self.line().iter().all(u8::is_ascii_whitespace) {
                return Ok(found);
            }
        }
    }

    fn any_line(&mut self) -> Result<Found> {
        let mut scanned = 0;
        let mut too_long = false;
        self.number += 1;
        loop {
            let unread = &self.buffer[self.from + scanned..self.to];
            if let Some(at) = unread
                .iter()
                .position(|&byte| byte == b'\n' || byte == b'\r')
            {
                let ended_by_cr = unread[at] == b'\r';
                (self.start, self.end) = (self.from, self.from + scanned + at);
                self.from = self.end + 1;
                if scanned + at == 0 && !ended_by_cr && self.after_cr {
                    // The second half of `\r\n`.
                    self.after_cr = false;
                    scanned = 0;
                    continue;
                }
                self.after_cr = ended_by_cr;
                too_long |= self.end - self.start > self.max;
                return Ok(if too_long {
                    Found::TooLong
                } else {
                    Found::Record
                });
            }
            scanned = self.to - self.from;
            if scanned > self.max {
                too_long = true;
                (self.from, scanned) = (self.to, 0);
                // What is left of the line is not its beginning, even if it is empty.
                self.after_cr = false;
            }
            if !self.refill()? {
                (self.start, self.end) = (self.from, self.to);
                self.from = self.to;
                return Ok(match (too_long, self.start == self.end) {
                    (true, _) => Found::TooLong,
                    (false, true) => Found::End,
                    (false, false) => Found::Record,
                });
            }
        }
    }

    /// Reads more behind the unread part; whether there was more.
    fn refill(&mut self) -> Result<bool> {
        self.buffer.copy_within(self.from..self.to, 0);
        self.to -= self.from;
        self.from = 0;
        if self.to == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let n = self.bytes.read(&mut self.buffer[self.to..])?;
        self.to += n;
        Ok(n > 0)
    }
}
