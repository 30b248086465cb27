//! The sections of `habitus.toml`, with their defaults.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Windows;

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

/// A column of a file: its name, or its 1-based position where there is no header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Column {
    /// 1-based position.
    Position(usize),
    /// Name in the header (CSV, Parquet) or key (NDJSON).
    Name(String),
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position(position) => write!(f, "{position}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// Form of an input file. Compression is seen from the first bytes, whatever the name says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// Parquet by its magic bytes, NDJSON if the first byte is `{`, else delimited text.
    #[default]
    Auto,
    /// Delimited text.
    Csv,
    /// One JSON object per line.
    Ndjson,
    /// Apache Parquet.
    Parquet,
}

/// What separates fields of a text file: one ASCII character, or runs of blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Delimiter {
    /// A single byte.
    Byte(u8),
    /// Runs of spaces and tabs, leading ones ignored; no quoting.
    Blanks,
}

impl Default for Delimiter {
    fn default() -> Self {
        Self::Byte(b',')
    }
}

impl TryFrom<String> for Delimiter {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match text.as_bytes() {
            b"blanks" => Ok(Self::Blanks),
            b"tab" => Ok(Self::Byte(b'\t')),
            &[byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r' | 0) => {
                Ok(Self::Byte(byte))
            }
            _ => Err(format!(
                "delimiter `{}` is neither one ASCII character, `tab` nor `blanks`",
                text.escape_debug()
            )),
        }
    }
}

impl From<Delimiter> for String {
    fn from(delimiter: Delimiter) -> Self {
        match delimiter {
            Delimiter::Byte(byte) => char::from(byte).to_string(),
            Delimiter::Blanks => "blanks".into(),
        }
    }
}

/// How a column of instants is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub enum TimeFormat {
    /// ISO 8601 date, or date and time, with or without an offset (`iso8601`).
    #[default]
    Iso8601,
    /// Whole or decimal seconds since 1970 (`epoch_s`).
    EpochSeconds,
    /// Milliseconds since 1970 (`epoch_ms`).
    EpochMillis,
    /// Microseconds since 1970 (`epoch_us`).
    EpochMicros,
    /// Nanoseconds since 1970 (`epoch_ns`).
    EpochNanos,
    /// A strptime pattern such as `%Y%m%d` or `%d/%m/%Y %H:%M`.
    Pattern(String),
}

impl From<String> for TimeFormat {
    fn from(text: String) -> Self {
        match text.as_str() {
            "iso8601" => Self::Iso8601,
            "epoch_s" => Self::EpochSeconds,
            "epoch_ms" => Self::EpochMillis,
            "epoch_us" => Self::EpochMicros,
            "epoch_ns" => Self::EpochNanos,
            _ => Self::Pattern(text),
        }
    }
}

impl From<TimeFormat> for String {
    fn from(format: TimeFormat) -> Self {
        match format {
            TimeFormat::Iso8601 => "iso8601".into(),
            TimeFormat::EpochSeconds => "epoch_s".into(),
            TimeFormat::EpochMillis => "epoch_ms".into(),
            TimeFormat::EpochMicros => "epoch_us".into(),
            TimeFormat::EpochNanos => "epoch_ns".into(),
            TimeFormat::Pattern(pattern) => pattern,
        }
    }
}

/// `[events]`: the event log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventsSection {
    /// Files or globs, relative to the project file.
    pub paths: Vec<String>,
    /// Form of the files.
    #[serde(default)]
    pub format: FileFormat,
    /// Field separator of text files.
    #[serde(default)]
    pub delimiter: Delimiter,
    /// Whether text files begin with a header.
    #[serde(default = "yes")]
    pub header: bool,
    /// Which column is what.
    pub columns: EventColumns,
    /// How `columns.at` is written.
    #[serde(default)]
    pub time_format: TimeFormat,
    /// IANA zone of instants without an offset; by default the product's zone.
    #[serde(default)]
    pub timezone: Option<String>,
    /// Unit of `columns.duration`: `ms`, `s`, `min` or `h`.
    #[serde(default)]
    pub duration_unit: DurationUnit,
    /// Events equal in every mapped column count once.
    #[serde(default = "yes")]
    pub dedup: bool,
    /// Silence that ends a session, in minutes.
    #[serde(default = "thirty")]
    pub session_gap_minutes: u32,
    /// Events that do not count as usage (logins, page views, heartbeats).
    #[serde(default)]
    pub not_meaningful: Vec<String>,
}

/// `[events.columns]`: which column is what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventColumns {
    /// Who did it.
    pub customer: Column,
    /// When.
    pub at: Column,
    /// What was done; without it every row is an event named `event`.
    #[serde(default)]
    pub event: Option<Column>,
    /// Monetary value.
    #[serde(default)]
    pub value: Option<Column>,
    /// How long it took.
    #[serde(default)]
    pub duration: Option<Column>,
    /// Where (web, ios, ...); told apart when removing duplicates.
    #[serde(default)]
    pub platform: Option<Column>,
    /// Id of the event; told apart when removing duplicates.
    #[serde(default)]
    pub id: Option<Column>,
}

/// Unit of the duration column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DurationUnit {
    /// Milliseconds.
    #[serde(rename = "ms")]
    Millis,
    /// Seconds.
    #[default]
    #[serde(rename = "s")]
    Seconds,
    /// Minutes.
    #[serde(rename = "min")]
    Minutes,
    /// Hours.
    #[serde(rename = "h")]
    Hours,
}

/// `[customers]`: the roster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomersSection {
    /// Files or globs, relative to the project file.
    pub paths: Vec<String>,
    /// Form of the files.
    #[serde(default)]
    pub format: FileFormat,
    /// Field separator of text files.
    #[serde(default)]
    pub delimiter: Delimiter,
    /// Whether text files begin with a header.
    #[serde(default = "yes")]
    pub header: bool,
    /// Which column is what.
    pub columns: CustomerColumns,
    /// How `columns.signed_up_at` is written.
    #[serde(default)]
    pub time_format: TimeFormat,
    /// IANA zone of instants without an offset; by default the product's zone.
    #[serde(default)]
    pub timezone: Option<String>,
}

/// `[customers.columns]`: which column is what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerColumns {
    /// The id used in the event log.
    pub id: Column,
    /// When the customer signed up; without it the first event counts.
    #[serde(default)]
    pub signed_up_at: Option<Column>,
    /// Account the customer belongs to.
    #[serde(default)]
    pub account: Option<Column>,
    /// Plan or tier.
    #[serde(default)]
    pub plan: Option<Column>,
    /// Monthly recurring revenue.
    #[serde(default)]
    pub mrr: Option<Column>,
    /// E-mail address, used only as the match id of CRM files.
    #[serde(default)]
    pub email: Option<Column>,
}

/// `[outcomes]`: dated cancellations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomesSection {
    /// Files or globs, relative to the project file.
    pub paths: Vec<String>,
    /// Form of the files.
    #[serde(default)]
    pub format: FileFormat,
    /// Field separator of text files.
    #[serde(default)]
    pub delimiter: Delimiter,
    /// Whether text files begin with a header.
    #[serde(default = "yes")]
    pub header: bool,
    /// Which column is what.
    pub columns: OutcomeColumns,
    /// How `columns.churned_at` is written.
    #[serde(default)]
    pub time_format: TimeFormat,
    /// IANA zone of instants without an offset; by default the product's zone.
    #[serde(default)]
    pub timezone: Option<String>,
}

/// `[outcomes.columns]`: which column is what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutcomeColumns {
    /// The id used in the event log.
    pub customer: Column,
    /// When the contract ended; empty means it has not.
    pub churned_at: Column,
}

/// `[intake]`: what is refused in any input file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IntakeSection {
    /// Cells that mean "no value".
    pub null_values: Vec<String>,
    /// Share of bad event rows above which the run stops.
    pub max_reject_share: f64,
    /// Longest line of a text file, in bytes.
    pub max_line_bytes: usize,
    /// Most bytes one compressed file may unpack to; by default 200 times its size, and at least 1 GiB.
    pub max_uncompressed_bytes: Option<u64>,
}

impl Default for IntakeSection {
    fn default() -> Self {
        Self {
            null_values: ["", "NULL", "null", "N/A", "NA", "None"]
                .map(String::from)
                .to_vec(),
            max_reject_share: 0.01,
            max_line_bytes: 1 << 20,
            max_uncompressed_bytes: None,
        }
    }
}

/// `[windows]`: observation, gap and horizon, in days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WindowsSection {
    /// Features read so many days before the cutoff.
    pub observation_days: i32,
    /// Lead time between the cutoff and the outcome window.
    pub gap_days: i32,
    /// Length of the outcome window.
    pub horizon_days: i32,
    /// The cutoff at which segments are learnt and proved (`YYYY-MM-DD`); by default the latest one whose
    /// outcomes are complete.
    pub cutoff: Option<String>,
}

impl Default for WindowsSection {
    fn default() -> Self {
        Self {
            observation_days: 90,
            gap_days: 0,
            horizon_days: 30,
            cutoff: None,
        }
    }
}

impl WindowsSection {
    /// The lengths, as the one type that owns windows.
    #[must_use]
    pub fn windows(&self) -> Windows {
        Windows {
            observation_days: self.observation_days,
            gap_days: self.gap_days,
            horizon_days: self.horizon_days,
        }
    }
}

/// `[features]`: how features are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FeaturesSection {
    /// How many of the most used meaningful events get a count of their own.
    pub n_event_counts: usize,
    /// Weeks of the recent side of the trend.
    pub trend_recent_weeks: i32,
    /// Weeks before them that it is compared with.
    pub trend_base_weeks: i32,
    /// First hours of morning, afternoon, evening and night.
    pub hour_bands: Bands,
}

impl Default for FeaturesSection {
    fn default() -> Self {
        Self {
            n_event_counts: 12,
            trend_recent_weeks: 4,
            trend_base_weeks: 8,
            hour_bands: Bands::default(),
        }
    }
}

/// First hours of the four bands of the day; night runs from `night` over midnight to `morning`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Bands {
    /// First hour of the morning.
    pub morning: u32,
    /// First hour of the afternoon.
    pub afternoon: u32,
    /// First hour of the evening.
    pub evening: u32,
    /// First hour of the night.
    pub night: u32,
}

impl Default for Bands {
    fn default() -> Self {
        Self {
            morning: 6,
            afternoon: 12,
            evening: 18,
            night: 23,
        }
    }
}

/// `[lifecycle]`: rules of the stages, on active days and sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LifecycleSection {
    /// A customer is `new` for at least so many days after sign-up.
    pub new_days: i32,
    /// After `new_days` a customer stays `new` until this many sessions, ...
    pub new_sessions: u32,
    /// ... but never longer than this many days after sign-up.
    pub new_max_days: i32,
    /// Days without meaningful use after which a customer is `dormant`; by default `windows.horizon_days`.
    pub dormant_days: Option<i32>,
    /// Meaningful events in the window below which a customer is `not_activated`.
    pub activated_events: u32,
    /// Active days per week from which a customer is `habitual`.
    pub habitual_days_per_week: f64,
    /// Active days per week from which a customer is `power`.
    pub power_days_per_week: f64,
    /// Sessions per week below which a week counts as weak (`declining`: both of the last two weeks weak,
    /// the median week before not).
    pub declining_sessions: u32,
}

impl Default for LifecycleSection {
    fn default() -> Self {
        Self {
            new_days: 14,
            new_sessions: 3,
            new_max_days: 28,
            dormant_days: None,
            activated_events: 3,
            habitual_days_per_week: 1.5,
            power_days_per_week: 4.0,
            declining_sessions: 2,
        }
    }
}

/// How customers are clustered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// k-means (linfa), finished to exact means.
    #[default]
    Kmeans,
    /// Ward's hierarchical clustering (kodama).
    Ward,
}

/// `[segments]`: clustering and the segments made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SegmentsSection {
    /// Clustering method.
    pub method: Method,
    /// Number of clusters; without it the best silhouette of `k_min..=k_max`.
    pub k: Option<usize>,
    /// Smallest number tried.
    pub k_min: usize,
    /// Largest number tried.
    pub k_max: usize,
    /// Features that are clustered; see `habitus features` for the names.
    pub features: Vec<String>,
    /// Starts of k-means per k.
    pub n_starts: usize,
    /// Seed of every random number of the run.
    pub seed: u64,
    /// Most customers that Ward takes (its matrix grows with the square).
    pub ward_limit: usize,
    /// Customers sampled for the silhouette.
    pub silhouette_sample: usize,
    /// Smallest share of the clustered customers that may be a segment.
    pub min_share: f64,
    /// Next best action and owner by segment slug or lifecycle stage.
    pub actions: BTreeMap<String, Action>,
}

impl Default for SegmentsSection {
    fn default() -> Self {
        Self {
            method: Method::Kmeans,
            k: None,
            k_min: 3,
            k_max: 8,
            features: [
                "active_days",
                "events_per_active_day",
                "breadth",
                "top_event_share",
                "trend",
            ]
            .map(String::from)
            .to_vec(),
            n_starts: 10,
            seed: 42,
            ward_limit: 10_000,
            silhouette_sample: 5_000,
            min_share: 0.02,
            actions: BTreeMap::new(),
        }
    }
}

/// What to do with a segment, and who does it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The next best action, one sentence.
    pub action: String,
    /// Who owns the segment.
    #[serde(default)]
    pub owner: Option<String>,
    /// A name to show instead of the one derived from the profile.
    #[serde(default)]
    pub name: Option<String>,
}

/// What "churned" means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChurnKind {
    /// No meaningful event in the outcome window.
    #[default]
    Usage,
    /// A cancellation dated inside the outcome window.
    Contract,
}

/// `[churn]`: the churn-propensity model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChurnSection {
    /// What "churned" means.
    pub kind: ChurnKind,
    /// L2 penalty on the sum of losses (scikit-learn's `1 / C`).
    pub alpha: f64,
    /// Most training cutoffs before the test cutoff.
    pub n_cutoffs: usize,
    /// Features of the model; empty means the catalogue's default set.
    pub features: Vec<String>,
    /// Probability from which a customer's risk is `medium`.
    pub medium_risk: f64,
    /// Probability from which a customer's risk is `high`.
    pub high_risk: f64,
}

impl Default for ChurnSection {
    fn default() -> Self {
        Self {
            kind: ChurnKind::Usage,
            alpha: 1.0,
            n_cutoffs: 3,
            features: Vec::new(),
            medium_risk: 0.3,
            high_risk: 0.6,
        }
    }
}

/// `[gate]`: what a candidate must show before it may become `current`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GateSection {
    /// Least mean silhouette of the clusters.
    pub min_silhouette: f64,
    /// Largest share of all customers in one learnt segment.
    pub max_share: f64,
    /// Largest p-value of the log-rank test between segments.
    pub max_p_value: f64,
    /// Least lower bound of the churn model's AUC.
    pub min_auc: f64,
}

impl Default for GateSection {
    fn default() -> Self {
        Self {
            min_silhouette: 0.25,
            max_share: 0.7,
            max_p_value: 0.05,
            min_auc: 0.6,
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

fn yes() -> bool {
    true
}

fn thirty() -> u32 {
    30
}
