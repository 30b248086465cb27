//! habitus: product-usage segmentation that proves itself.
//!
//! Events become [`activity`] (customer × local day), activity becomes [`features`] at a cutoff, features
//! are standardised and clustered into segments, and segments are proved against what came later. The rooms
//! below stand in the order in which data meets them; a room uses those above it, never those below.

pub mod activity;
pub mod churn;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod error;
pub mod export;
pub mod features;
pub mod files;
pub mod intake;
pub mod model;
pub mod pipeline;
pub mod registry;
pub mod report;
pub mod segment;
pub mod simulate;
pub mod standardise;
pub mod stats;
pub mod time;
pub mod validate;

pub use error::{Error, Result};
