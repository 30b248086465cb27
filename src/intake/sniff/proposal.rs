//! A proposed project file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::Span;
use super::guess::Roles;
use super::sample::{Cells, Sample};
use crate::config::{Column, Delimiter, DurationUnit};
use crate::intake::cells::shown;
use crate::time::Day;

/// Distinct values shown in a comment.
const EXAMPLES: usize = 3;
/// Windows to choose from, the longest first: observation and horizon in days.
const WINDOWS: [(i32, i32); 6] = [(365, 180), (180, 90), (90, 30), (60, 14), (28, 7), (14, 7)];
/// Events per customer and 30 days below which use counts as sparse and windows are long.
const SPARSE: f64 = 1.0;
/// The longest observation window proposed for a product that is used often.
const DENSE_DAYS: i32 = 90;
/// Horizons that the data should hold besides half an observation window: the test cutoff and three before it.
const HORIZONS: i32 = 4;

/// A mapping of one event log, with what it was guessed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// The event log, as it is named in the project file.
    pub path: PathBuf,
    /// Field separator, for text.
    pub delimiter: Delimiter,
    /// Whether there is a header, for text.
    pub header: bool,
    /// Who.
    pub customer: Column,
    /// When.
    pub at: Column,
    /// How `at` is written, as named in the project file.
    pub time_format: String,
    /// What, if a column says so.
    pub event: Option<Column>,
    /// Monetary value.
    pub value: Option<Column>,
    /// How long, and in which unit.
    pub duration: Option<(Column, DurationUnit)>,
    /// Where.
    pub platform: Option<Column>,
    /// Rows with a time.
    pub n_events: u64,
    /// Distinct customers.
    pub n_customers: usize,
    /// First and last day in UTC, if any time could be read.
    pub days: Option<(Day, Day)>,
    /// Proposed length of the observation window, in days.
    pub observation_days: i32,
    /// Proposed length of the outcome window, in days.
    pub horizon_days: i32,
    /// What to check, by key: a comment behind its line.
    comments: Vec<(&'static str, String)>,
}

impl Proposal {
    pub(super) fn new(
        path: &Path,
        sample: &Sample,
        roles: &Roles,
        customer: usize,
        span: &Span,
    ) -> Self {
        let column = |index: usize| sample.columns[index].column.clone();
        let days = span.days();
        let n_customers = span.customers.len();
        let (observation_days, horizon_days) = windows(days, span.n_events, n_customers);
        Self {
            path: path.to_path_buf(),
            delimiter: sample.delimiter,
            header: sample.header,
            customer: column(customer),
            at: column(roles.at),
            time_format: roles.time_format.to_owned(),
            event: roles.event.map(column),
            value: roles.value.map(column),
            duration: roles.duration.map(|(index, unit)| (column(index), unit)),
            platform: roles.platform.map(column),
            n_events: span.n_events,
            n_customers,
            days,
            observation_days,
            horizon_days,
            comments: comments(sample, roles, customer),
        }
    }

    /// The proposal as the text of a commented `habitus.toml`.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut file = TomlFile {
            text: String::new(),
            comments: &self.comments,
        };
        let name = self
            .path
            .file_name()
            .map(|name| shown(&name.to_string_lossy()));
        file.comment(&format!(
            "Proposed from the first rows of {}. Check every line.",
            name.unwrap_or_default()
        ));
        if let Some((first, last)) = self.days {
            let (events, customers) = (self.n_events, self.n_customers);
            file.comment(&format!(
                "It holds {events} events of {customers} customers, {first} to {last} (UTC)."
            ));
        }
        file.section("product");
        file.line("name", "\"my product\"", "");
        file.line("timezone", "\"UTC\"", "");
        file.section("events");
        file.line(
            "paths",
            &format!("[{}]", quoted(&self.path.to_string_lossy())),
            "files or patterns, relative to this file",
        );
        if self.delimiter != Delimiter::default() {
            file.line("delimiter", &quoted(&String::from(self.delimiter)), "");
        }
        if !self.header {
            file.line("header", "false", "columns are positions, 1 for the first");
        }
        file.line("time_format", &quoted(&self.time_format), "");
        if let Some((_, unit)) = &self.duration {
            file.line(
                "duration_unit",
                &quoted(unit_name(*unit)),
                "ms, s, min or h",
            );
        }
        file.line(
            "not_meaningful",
            "[]",
            "events that are no real use, such as logins",
        );
        file.section("events.columns");
        file.column("customer", Some(&self.customer));
        file.column("at", Some(&self.at));
        file.column("event", self.event.as_ref());
        file.column("value", self.value.as_ref());
        file.column("duration", self.duration.as_ref().map(|(column, _)| column));
        file.column("platform", self.platform.as_ref());
        file.section("windows");
        file.line(
            "observation_days",
            &self.observation_days.to_string(),
            "what features see",
        );
        file.line(
            "horizon_days",
            &self.horizon_days.to_string(),
            "silence for so long is churn",
        );
        file.text
    }
}

/// The longest windows that the data hold with room for training cutoffs, shorter ones where use is frequent.
fn windows(days: Option<(Day, Day)>, n_events: u64, n_customers: usize) -> (i32, i32) {
    let length = days.map_or(0, |(first, last)| last - first + 1);
    let customer_months = n_customers as f64 * f64::from(length) / 30.0;
    let is_sparse = (n_events as f64) < SPARSE * customer_months;
    let fits = |&(observation, horizon): &(i32, i32)| {
        (is_sparse || observation <= DENSE_DAYS) && observation / 2 + HORIZONS * horizon <= length
    };
    WINDOWS.into_iter().find(fits).unwrap_or((14, 7))
}

fn comments(sample: &Sample, roles: &Roles, customer: usize) -> Vec<(&'static str, String)> {
    let mut comments = vec![(
        "customer",
        format!("such as {}", examples(&sample.columns[customer])),
    )];
    let times = &sample.columns[roles.at];
    if !times.is_instant {
        comments.push(("at", format!("such as {}", examples(times))));
    }
    let names: Vec<String> = roles
        .other_times
        .iter()
        .map(|&i| format!("`{}`", shown(&sample.columns[i].column.to_string())))
        .collect();
    if let [.., _] = &names[..] {
        comments.push(("at", format!("or is it {}?", names.join(" or "))));
    }
    if let [.., _] = &roles.other_formats[..] {
        comments.push((
            "time_format",
            format!("CHECK: or is it {}?", roles.other_formats.join(" or ")),
        ));
    }
    comments.push((
        "timezone",
        "days begin here; times without an offset are read in it".into(),
    ));
    match roles.event {
        None => comments.push((
            "event",
            "no column says what was done: every row is an event".into(),
        )),
        Some(index) => comments.push((
            "event",
            format!("such as {}", examples(&sample.columns[index])),
        )),
    }
    comments
}

/// The first distinct cells of a column.
fn examples(cells: &Cells) -> String {
    let mut distinct: Vec<&String> = Vec::new();
    for text in &cells.texts {
        if distinct.len() < EXAMPLES && !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    let names: Vec<String> = distinct
        .into_iter()
        .map(|text| format!("`{}`", shown(text)))
        .collect();
    names.join(", ")
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn unit_name(unit: DurationUnit) -> &'static str {
    match unit {
        DurationUnit::Millis => "ms",
        DurationUnit::Seconds => "s",
        DurationUnit::Minutes => "min",
        DurationUnit::Hours => "h",
    }
}

/// A file under way, with comments in one column where lines are short.
struct TomlFile<'a> {
    text: String,
    comments: &'a [(&'static str, String)],
}

impl TomlFile<'_> {
    // Writing to a String cannot fail.
    fn comment(&mut self, text: &str) {
        let _ = writeln!(self.text, "# {text}");
    }

    fn section(&mut self, name: &str) {
        let _ = writeln!(self.text, "\n[{name}]");
    }

    fn line(&mut self, key: &'static str, value: &str, comment: &str) {
        let guessed = self
            .comments
            .iter()
            .filter(|(of, _)| *of == key)
            .map(|(_, text)| text.as_str());
        let comments: Vec<&str> = guessed
            .chain([comment])
            .filter(|text| !text.is_empty())
            .collect();
        let setting = format!("{key} = {value}");
        let _ = if comments.is_empty() {
            writeln!(self.text, "{setting}")
        } else {
            writeln!(self.text, "{setting:<32} # {}", comments.join("; "))
        };
    }

    /// A mapping, or its comment alone where nothing is mapped.
    fn column(&mut self, key: &'static str, column: Option<&Column>) {
        match column {
            Some(Column::Name(name)) => self.line(key, &quoted(name), ""),
            Some(Column::Position(position)) => self.line(key, &position.to_string(), ""),
            None => {
                let of_key = self.comments.iter().filter(|(of, _)| *of == key);
                for (_, text) in of_key {
                    let _ = writeln!(self.text, "# {key}: {text}");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_fit_the_length_of_the_data_and_how_often_the_product_is_used() {
        let proposed =
            |length: i32, n_events| windows(Some((Day(0), Day(length - 1))), n_events, 100);
        assert_eq!(proposed(180, 10_000), (90, 30));
        assert_eq!(
            proposed(2_000, 1_000_000),
            (90, 30),
            "frequent use needs no longer windows"
        );
        assert_eq!(proposed(545, 300), (180, 90));
        assert_eq!(proposed(1_000, 300), (365, 180));
        assert_eq!(proposed(90, 10_000), (60, 14));
        assert_eq!(proposed(42, 10_000), (28, 7));
        assert_eq!(proposed(5, 10_000), (14, 7));
    }
}
