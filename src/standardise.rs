//! standardise
