//! The sections of `habitus.toml`, with their defaults.

mod learning;
mod sources;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use learning::{
    Action, Bands, ChurnKind, ChurnSection, FeaturesSection, GateSection, LifecycleSection, Method,
    SegmentsSection, WindowsSection,
};
pub use sources::{
    Column, CustomerColumns, CustomersSection, Delimiter, DurationUnit, EventColumns,
    EventsSection, FileFormat, IntakeSection, OutcomeColumns, OutcomesSection, TimeFormat,
};

/// The whole project file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What is segmented.
    #[serde(default)]
    pub product: ProductSection,
    /// The event log.
    pub events: EventsSection,
    /// The customer roster, if there is one.
    #[serde(default)]
    pub customers: Option<CustomersSection>,
    /// Dated cancellations, if there are any.
    #[serde(default)]
    pub outcomes: Option<OutcomesSection>,
    /// What is refused in any input file.
    #[serde(default)]
    pub intake: IntakeSection,
    /// Observation, gap and horizon.
    #[serde(default)]
    pub windows: WindowsSection,
    /// Usage features.
    #[serde(default)]
    pub features: FeaturesSection,
    /// Rules of the lifecycle stages.
    #[serde(default)]
    pub lifecycle: LifecycleSection,
    /// Clustering and the segments made of it.
    #[serde(default)]
    pub segments: SegmentsSection,
    /// The churn-propensity model.
    #[serde(default)]
    pub churn: ChurnSection,
    /// What a candidate must show before it may become `current`.
    #[serde(default)]
    pub gate: GateSection,
    /// CRM files.
    #[serde(default)]
    pub export: ExportSection,
    /// Where models and reports go.
    #[serde(default)]
    pub output: OutputSection,
}

impl Config {
    /// What the model keeps: everything but where files lie, so that the same definitions give the same model
    /// wherever its inputs and outputs are.
    #[must_use]
    pub fn definitions(&self) -> Self {
        let mut config = self.clone();
        config.events.paths.clear();
        for paths in [
            config
                .customers
                .as_mut()
                .map(|customers| &mut customers.paths),
            config.outcomes.as_mut().map(|outcomes| &mut outcomes.paths),
        ] {
            paths.into_iter().for_each(Vec::clear);
        }
        config.output = OutputSection::default();
        config.export = ExportSection::default();
        config
    }
}

/// `[product]`: what is segmented.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProductSection {
    /// Name shown in the report.
    pub name: String,
    /// IANA zone in which local days begin, such as `Europe/Berlin`.
    pub timezone: String,
    /// Currency or unit of `value`, shown in the report.
    pub currency: String,
}

impl Default for ProductSection {
    fn default() -> Self {
        Self {
            name: "my product".into(),
            timezone: "UTC".into(),
            currency: String::new(),
        }
    }
}

/// `[export]`: CRM files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExportSection {
    /// Files written by `run` and `export`.
    pub targets: Vec<ExportTarget>,
}

impl Default for ExportSection {
    fn default() -> Self {
        Self {
            targets: vec![
                ExportTarget::Csv,
                ExportTarget::Ndjson,
                ExportTarget::Hubspot,
            ],
        }
    }
}

/// A kind of CRM file.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum ExportTarget {
    /// Generic CSV.
    Csv,
    /// One JSON object per line.
    Ndjson,
    /// HubSpot contact import (CSV).
    Hubspot,
}

/// `[output]`: where results go, relative to the project file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutputSection {
    /// The model registry.
    pub models: PathBuf,
    /// Reports, labels and CRM files, a folder per run.
    pub reports: PathBuf,
}

impl Default for OutputSection {
    fn default() -> Self {
        Self {
            models: "models".into(),
            reports: "reports".into(),
        }
    }
}
