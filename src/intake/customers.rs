//! Roster and outcomes: one row per customer in the end, whatever the files repeat.

use jiff::tz::TimeZone;

use super::cells::{Fault, Nulls, Record, shown};
use super::instant::Instants;
use super::table::{Kind, Layout, Sink, Want};
use super::{Customers, Outcomes};
use crate::config::{Column, CustomersSection, IntakeSection, OutcomesSection};
use crate::error::{self, Error};
use crate::time::{Day, LocalClock};

/// Ids shown in a complaint.
const IDS_SHOWN: usize = 5;

/// What the two kinds of rows have in common: an id, texts, days.
struct Reader {
    nulls: Nulls,
    instants: Instants,
    clock: LocalClock,
    scratch: String,
}

impl Reader {
    fn id(&mut self, record: &impl Record) -> Result<String, Fault> {
        match self.nulls.text(record.cell(0), &mut self.scratch) {
            Ok(Some(id)) if !id.is_empty() => Ok(id.to_owned()),
            Ok(_) => Err(Fault::new("missing-customer", "").of(0)),
            Err(fault) => Err(fault.of(0)),
        }
    }

    fn text(
        &mut self,
        record: &impl Record,
        column: Option<usize>,
    ) -> Result<Option<String>, Fault> {
        let Some(column) = column else {
            return Ok(None);
        };
        let text = self.nulls.text(record.cell(column), &mut self.scratch);
        text.map(|text| text.map(str::to_owned))
            .map_err(|fault| fault.of(column))
    }

    fn value(&mut self, record: &impl Record, column: Option<usize>) -> Result<Option<i64>, Fault> {
        let Some(column) = column else {
            return Ok(None);
        };
        self.nulls
            .value(record.cell(column))
            .map_err(|fault| fault.of(column))
    }

    fn day(&mut self, record: &impl Record, column: Option<usize>) -> Result<Option<Day>, Fault> {
        let Some(column) = column else {
            return Ok(None);
        };
        let at = self.instants.read(record.cell(column), &self.nulls);
        let at = at.map_err(|fault| fault.of(column))?;
        Ok(at.map(|at| self.clock.day_and_hour(at).0))
    }
}

/// Sorts rows by id and drops those that repeat another one.
///
/// # Errors
/// `input/conflicting-rows`, with the ids, if rows of one id differ.
fn unique<R: PartialEq>(
    mut rows: Vec<(String, R)>,
    layout: &Layout,
    notes: &mut Vec<String>,
    path: &std::path::Path,
) -> error::Result<Vec<(String, R)>> {
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let mut conflicts: Vec<&str> = rows
        .windows(2)
        .filter(|w| w[0].0 == w[1].0 && w[0].1 != w[1].1)
        .map(|w| w[1].0.as_str())
        .collect();
    conflicts.dedup();
    if !conflicts.is_empty() {
        let n = conflicts.len();
        let examples: Vec<String> = conflicts
            .iter()
            .take(IDS_SHOWN)
            .map(|id| format!("`{}`", shown(id)))
            .collect();
        let and_more = if n > IDS_SHOWN { ", ..." } else { "" };
        let message = format!(
            "{n} {} in {} more than once with different values: {}{and_more}",
            if n == 1 {
                "customer is"
            } else {
                "customers are"
            },
            layout.section,
            examples.join(", ")
        );
        return Err(Error::input("input/conflicting-rows", path, message)
            .with_help("keep one row per customer: habitus cannot know which is right"));
    }
    let before = rows.len();
    rows.dedup_by(|a, b| a.0 == b.0);
    let repeated = before - rows.len();
    if repeated > 0 {
        notes.push(format!(
            "Rows of {} that repeat another one count once ({repeated} left out).",
            layout.section
        ));
    }
    Ok(rows)
}

/// A row of the roster.
#[derive(PartialEq)]
struct Customer {
    signed_up: Option<Day>,
    account: Option<String>,
    plan: Option<String>,
    mrr: Option<i64>,
    email: Option<String>,
}

/// Makes [`Customers`] of rows.
pub(crate) struct CustomerBuilder {
    reader: Reader,
    signed_up_at: Option<usize>,
    account: Option<usize>,
    plan: Option<usize>,
    mrr: Option<usize>,
    email: Option<usize>,
    rows: Vec<(String, Customer)>,
}

/// The columns of `[customers]`, in the order in which [`CustomerBuilder`] takes them.
pub(crate) fn customer_layout(section: &CustomersSection, intake: &IntakeSection) -> Layout {
    let columns = &section.columns;
    let optional = [
        ("signed_up_at", &columns.signed_up_at, Kind::Instant),
        ("account", &columns.account, Kind::Text),
        ("plan", &columns.plan, Kind::Text),
        ("mrr", &columns.mrr, Kind::Number),
        ("email", &columns.email, Kind::Text),
    ];
    let want = |key, column: &Column, kind| Want {
        key,
        column: column.clone(),
        kind,
    };
    let mut wants = vec![want("id", &columns.id, Kind::Text)];
    wants.extend(
        optional
            .into_iter()
            .filter_map(|(key, c, kind)| Some(want(key, c.as_ref()?, kind))),
    );
    Layout {
        section: "customers",
        format: section.format,
        delimiter: section.delimiter,
        header: section.header,
        wants,
        max_line_bytes: intake.max_line_bytes,
    }
}

impl CustomerBuilder {
    /// A builder of the columns of `layout`; times without an offset are of `zone`, days of `local`.
    ///
    /// # Errors
    /// [`Error::Config`] if the time format is unusable.
    pub(crate) fn new(
        section: &CustomersSection,
        layout: &Layout,
        intake: &IntakeSection,
        zone: TimeZone,
        local: TimeZone,
    ) -> error::Result<Self> {
        let at = |key| layout.wants.iter().position(|want| want.key == key);
        Ok(Self {
            reader: Reader {
                nulls: Nulls::new(&intake.null_values),
                instants: Instants::new(&section.time_format, zone, "customers.time_format")?,
                clock: LocalClock::new(local),
                scratch: String::new(),
            },
            signed_up_at: at("signed_up_at"),
            account: at("account"),
            plan: at("plan"),
            mrr: at("mrr"),
            email: at("email"),
            rows: Vec::new(),
        })
    }

    /// The reader of instants, for its counts.
    pub(crate) fn instants(&self) -> &Instants {
        &self.reader.instants
    }

    /// The roster, sorted by id.
    ///
    /// # Errors
    /// Those of [`unique`]; `path` stands for all files of the section.
    pub(crate) fn finish(
        self,
        layout: &Layout,
        notes: &mut Vec<String>,
        path: &std::path::Path,
    ) -> error::Result<Customers> {
        let mut customers = Customers::default();
        for (id, row) in unique(self.rows, layout, notes, path)? {
            customers.ids.push(id);
            customers.signed_up.push(row.signed_up);
            customers.account.push(row.account);
            customers.plan.push(row.plan);
            customers.mrr.push(row.mrr);
            customers.email.push(row.email);
        }
        Ok(customers)
    }

    fn typed(&mut self, record: &impl Record) -> Result<(String, Customer), Fault> {
        let reader = &mut self.reader;
        Ok((
            reader.id(record)?,
            Customer {
                signed_up: reader.day(record, self.signed_up_at)?,
                account: reader.text(record, self.account)?,
                plan: reader.text(record, self.plan)?,
                mrr: reader.value(record, self.mrr)?,
                email: reader.text(record, self.email)?,
            },
        ))
    }
}

impl Sink for CustomerBuilder {
    fn row(&mut self, record: &impl Record) -> error::Result<Option<Fault>> {
        Ok(match self.typed(record) {
            Ok(row) => {
                self.rows.push(row);
                None
            }
            Err(fault) => Some(fault),
        })
    }
}

/// Makes [`Outcomes`] of rows.
pub(crate) struct OutcomeBuilder {
    reader: Reader,
    rows: Vec<(String, Day)>,
}

/// The columns of `[outcomes]`, in the order in which [`OutcomeBuilder`] takes them.
pub(crate) fn outcome_layout(section: &OutcomesSection, intake: &IntakeSection) -> Layout {
    let columns = &section.columns;
    Layout {
        section: "outcomes",
        format: section.format,
        delimiter: section.delimiter,
        header: section.header,
        wants: vec![
            Want {
                key: "customer",
                column: columns.customer.clone(),
                kind: Kind::Text,
            },
            Want {
                key: "churned_at",
                column: columns.churned_at.clone(),
                kind: Kind::Instant,
            },
        ],
        max_line_bytes: intake.max_line_bytes,
    }
}

impl OutcomeBuilder {
    /// A builder of cancellations; times without an offset are of `zone`, days of `local`.
    ///
    /// # Errors
    /// [`Error::Config`] if the time format is unusable.
    pub(crate) fn new(
        section: &OutcomesSection,
        intake: &IntakeSection,
        zone: TimeZone,
        local: TimeZone,
    ) -> error::Result<Self> {
        let reader = Reader {
            nulls: Nulls::new(&intake.null_values),
            instants: Instants::new(&section.time_format, zone, "outcomes.time_format")?,
            clock: LocalClock::new(local),
            scratch: String::new(),
        };
        Ok(Self {
            reader,
            rows: Vec::new(),
        })
    }

    /// The reader of instants, for its counts.
    pub(crate) fn instants(&self) -> &Instants {
        &self.reader.instants
    }

    /// The day of each cancellation.
    ///
    /// # Errors
    /// Those of [`unique`]; `path` stands for all files of the section.
    pub(crate) fn finish(
        self,
        layout: &Layout,
        notes: &mut Vec<String>,
        path: &std::path::Path,
    ) -> error::Result<Outcomes> {
        Ok(unique(self.rows, layout, notes, path)?
            .into_iter()
            .collect())
    }
}

impl Sink for OutcomeBuilder {
    fn row(&mut self, record: &impl Record) -> error::Result<Option<Fault>> {
        let id = self.reader.id(record);
        Ok(
            match id.and_then(|id| Ok((id, self.reader.day(record, Some(1))?))) {
                Ok((id, Some(day))) => {
                    self.rows.push((id, day));
                    None
                }
                // No date: the customer has not churned.
                Ok((_, None)) => None,
                Err(fault) => Some(fault),
            },
        )
    }
}
