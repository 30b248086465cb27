//! Where the input files are, how they are written, and what is refused in them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

fn yes() -> bool {
    true
}

fn thirty() -> u32 {
    30
}
