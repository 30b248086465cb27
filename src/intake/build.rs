//! Events: typed cells to columns of integers.

use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;

use super::Events;
use super::cells::{Cell, Fault, Nulls, Record};
use super::instant::Instants;
use super::table::{Kind, Layout, Sink, Want};
use crate::config::{Column, DurationUnit, EventsSection, IntakeSection};
use crate::error::{self, Error};

const CUSTOMER: usize = 0;
const AT: usize = 1;
/// Name of every event of a log without a column for it.
const UNNAMED: &str = "event";

/// Distinct texts, numbered in order of first appearance.
#[derive(Default)]
struct Interner(FxHashMap<String, u32>);

impl Interner {
    fn get(&mut self, text: &str, what: &str, max: usize, advice: &str) -> error::Result<u32> {
        if let Some(&index) = self.0.get(text) {
            return Ok(index);
        }
        let next = self.0.len();
        let Some(index) = u32::try_from(next).ok().filter(|_| next < max) else {
            let limit = |n| u64::try_from(n).unwrap_or(u64::MAX);
            return Err(Error::Limit {
                what: format!("number of {what}"),
                got: limit(next) + 1,
                max: limit(max),
                help: Some(advice.to_owned()),
            });
        };
        self.0.insert(text.to_owned(), index);
        Ok(index)
    }

    fn into_texts(self) -> Vec<String> {
        let mut texts: Vec<(String, u32)> = self.0.into_iter().collect();
        texts.sort_unstable_by_key(|&(_, index)| index);
        texts.into_iter().map(|(text, _)| text).collect()
    }
}

/// Makes [`Events`] of rows.
pub(crate) struct EventBuilder {
    nulls: Nulls,
    instants: Instants,
    unit: DurationUnit,
    /// Where the optional columns are among the wanted ones.
    event: Option<usize>,
    value: Option<usize>,
    duration: Option<usize>,
    platform: Option<usize>,
    id: Option<usize>,
    customers: Interner,
    names: Interner,
    events: Events,
    scratch: [String; 2],
}

/// The columns of `[events]`, in the order in which [`EventBuilder`] takes them.
pub(crate) fn layout(section: &EventsSection, intake: &IntakeSection) -> Layout {
    let columns = &section.columns;
    let optional = [
        ("event", &columns.event, Kind::Text),
        ("value", &columns.value, Kind::Number),
        ("duration", &columns.duration, Kind::Number),
        ("platform", &columns.platform, Kind::Text),
        ("id", &columns.id, Kind::Text),
    ];
    let want = |key, column: &Column, kind| Want {
        key,
        column: column.clone(),
        kind,
    };
    let mut wants = vec![
        want("customer", &columns.customer, Kind::Text),
        want("at", &columns.at, Kind::Instant),
    ];
    wants.extend(
        optional
            .into_iter()
            .filter_map(|(key, c, kind)| Some(want(key, c.as_ref()?, kind))),
    );
    Layout {
        section: "events",
        format: section.format,
        delimiter: section.delimiter,
        header: section.header,
        wants,
        max_line_bytes: intake.max_line_bytes,
    }
}

/// A row that is typed but not yet interned.
struct Typed<'a> {
    customer: &'a str,
    event: &'a str,
    at: i64,
    value: Option<i64>,
    seconds: u32,
    fingerprint: u64,
}

impl EventBuilder {
    /// A builder of the columns of `layout`; times without an offset are of `zone`.
    ///
    /// # Errors
    /// [`Error::Config`] if the time format is unusable.
    pub(crate) fn new(
        section: &EventsSection,
        layout: &Layout,
        intake: &IntakeSection,
        zone: TimeZone,
    ) -> error::Result<Self> {
        let at = |key| layout.wants.iter().position(|want| want.key == key);
        Ok(Self {
            nulls: Nulls::new(&intake.null_values),
            instants: Instants::new(&section.time_format, zone, "events.time_format")?,
            unit: section.duration_unit,
            event: at("event"),
            value: at("value"),
            duration: at("duration"),
            platform: at("platform"),
            id: at("id"),
            customers: Interner::default(),
            names: Interner::default(),
            events: Events::default(),
            scratch: [String::new(), String::new()],
        })
    }

    /// The reader of instants, for its counts.
    pub(crate) fn instants(&self) -> &Instants {
        &self.instants
    }

    /// Everything that was taken.
    pub(crate) fn finish(self) -> Events {
        Events {
            customers: self.customers.into_texts(),
            names: self.names.into_texts(),
            ..self.events
        }
    }

    fn typed<'a>(
        &mut self,
        record: &'a impl Record,
        scratch: &'a mut [String; 2],
    ) -> Result<Typed<'a>, Fault> {
        let nulls = &self.nulls;
        let at = self
            .instants
            .read(record.cell(AT), nulls)
            .and_then(|at| at.ok_or_else(|| Fault::new("missing-timestamp", "")))
            .map_err(|fault| fault.of(AT))?;
        let value = match self.value {
            None => None,
            Some(column) => nulls
                .value(record.cell(column))
                .map_err(|fault| fault.of(column))?,
        };
        let seconds = match self.duration {
            None => 0,
            Some(column) => nulls
                .seconds(record.cell(column), self.unit)
                .map_err(|fault| fault.of(column))?,
        };
        let mut fingerprint = 0;
        if self.platform.is_some() || self.id.is_some() {
            let mut hasher = blake3::Hasher::new();
            for column in [self.platform, self.id] {
                let cell = column.map_or(Cell::Null, |column| record.cell(column));
                let text = nulls
                    .text(cell, &mut scratch[0])
                    .map_err(|fault| Fault { column, ..fault })?;
                // No text is as long as the mark of no value.
                let length = text.map_or(u64::MAX, |text| {
                    u64::try_from(text.len()).unwrap_or(u64::MAX)
                });
                hasher.update(&length.to_le_bytes());
                hasher.update(text.unwrap_or_default().as_bytes());
            }
            let [a, b, c, d, e, f, g, h, ..] = *hasher.finalize().as_bytes();
            fingerprint = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        }
        let [first, second] = scratch;
        let customer = required(nulls, record, CUSTOMER, first, "missing-customer")?;
        let event = match self.event {
            None => UNNAMED,
            Some(column) => required(nulls, record, column, second, "missing-event")?,
        };
        Ok(Typed {
            customer,
            event,
            at,
            value,
            seconds,
            fingerprint,
        })
    }
}

/// A text that must be there; empty is missing whatever the null tokens are.
fn required<'a>(
    nulls: &Nulls,
    record: &'a impl Record,
    column: usize,
    scratch: &'a mut String,
    reason: &'static str,
) -> Result<&'a str, Fault> {
    match nulls.text(record.cell(column), scratch) {
        Ok(Some(text)) if !text.is_empty() => Ok(text),
        Ok(_) => Err(Fault::new(reason, "").of(column)),
        Err(fault) => Err(fault.of(column)),
    }
}

impl Sink for EventBuilder {
    fn row(&mut self, record: &impl Record) -> error::Result<Option<Fault>> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let row = match self.typed(record, &mut scratch) {
            Ok(row) => row,
            Err(fault) => {
                self.scratch = scratch;
                return Ok(Some(fault));
            }
        };
        let customer = self.customers.get(
            row.customer,
            "customers",
            usize::try_from(u32::MAX).unwrap_or(usize::MAX),
            "check that events.columns.customer is the customer and not the event",
        )?;
        let name = self.names.get(
            row.event,
            "distinct event names",
            usize::from(u16::MAX),
            "events.columns.event should name a kind of action; if it holds ids, urls or texts, map another column",
        )?;
        self.events.customer.push(customer);
        self.events
            .name
            .push(u16::try_from(name).unwrap_or(u16::MAX));
        self.events.at.push(row.at);
        if self.value.is_some() {
            self.events.value.push(row.value);
        }
        if self.duration.is_some() {
            self.events.seconds.push(row.seconds);
        }
        if self.platform.is_some() || self.id.is_some() {
            self.events.fingerprint.push(row.fingerprint);
        }
        self.scratch = scratch;
        Ok(None)
    }
}
