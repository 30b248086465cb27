//! Behaviour of the program, driven from outside through its one binary. Ids such as `a_07` are those of the
//! catalogue of faults.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests make their own inputs and fail by panicking"
)]

mod bad_files;
mod bad_rows;
mod config;
mod initial;
mod project;
mod registry;
mod road;
mod same_bytes;
mod signals;
mod streams;
