//! `habitus.toml`: definitions as code.
//!
//! [`schema`] is what the file may say, one struct per section, unknown keys refused; [`load`] finds the file,
//! lays the environment and flags over it and tells every problem at once; `check` knows what no single key can.

mod check;
pub mod keys;
pub mod load;
pub mod schema;

pub use schema::{
    Action, Bands, ChurnKind, ChurnSection, Column, Config, CustomerColumns, CustomersSection,
    Delimiter, DurationUnit, EventColumns, EventsSection, ExportSection, ExportTarget,
    FeaturesSection, FileFormat, GateSection, IntakeSection, LifecycleSection, Method,
    OutcomeColumns, OutcomesSection, OutputSection, ProductSection, SegmentsSection, TimeFormat,
    WindowsSection,
};
