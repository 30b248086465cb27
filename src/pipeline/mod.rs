//! The stages in order: read, train, score, write; with timings and the record of the run.
//!
//! The command line calls these; they know no flags and print nothing, but tell a [`Watch`] where they are.

pub mod outputs;
pub mod read;
pub mod record;
pub mod summary;
pub mod train;
#[cfg(test)]
mod truth_tests;

/// The clock as read once at the start, so that everything below is a function of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Microseconds since 1970; events at or after it lie in the future.
    pub now: i64,
    /// The same for people, RFC 3339.
    pub text: String,
}

/// Someone who watches the run: a progress bar, a log, nobody.
pub trait Watch {
    /// A stage begins.
    fn stage(&self, name: &'static str);
    /// So many of so many bytes have been read.
    fn read(&self, done: u64, total: u64);
}
