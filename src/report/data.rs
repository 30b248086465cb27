//! The account of the rows: what was read, what became of it.

use super::format::{NOTHING, bytes, count, date, part};
use super::page::file_name;
use super::table::Table;
use super::{DataQuality, ReportInput};

/// The account in figures.
pub(super) struct Account {
    pub(super) read: String,
    pub(super) used: String,
    pub(super) rejected: String,
    pub(super) duplicates: String,
    /// How many rows the account is off by; `None` if it balances.
    pub(super) future: Option<String>,
    pub(super) missing: Option<String>,
    pub(super) customers: String,
    pub(super) without_events: String,
    pub(super) first_day: String,
    pub(super) last_day: String,
    pub(super) data_end: String,
    pub(super) rejects: Table,
    pub(super) files: Table,
}

impl Account {
    /// The account of a run.
    pub(super) fn new(input: &ReportInput) -> Self {
        let data = &input.data;
        let day = |day: Option<_>| day.map_or(NOTHING.into(), date);
        Self {
            read: count(data.n_event_rows),
            used: count(data.n_used),
            rejected: count(data.n_rejected),
            duplicates: count(data.n_duplicates),
            future: (data.n_future > 0).then(|| count(data.n_future)),
            missing: missing(data).map(count),
            customers: count(data.n_customers),
            without_events: format!(
                "{} ({})",
                count(data.n_without_events),
                part(data.n_without_events, data.n_customers)
            ),
            first_day: day(data.first_day),
            last_day: day(data.last_day),
            data_end: day(data.data_end),
            rejects: rejects(data),
            files: files(data),
        }
    }
}

/// By how many rows read differs from used, rejected, duplicate and future; `None` if it does not.
fn missing(data: &DataQuality) -> Option<i128> {
    let accounted = [
        data.n_used,
        data.n_rejected,
        data.n_duplicates,
        data.n_future,
    ]
    .map(i128::from);
    let difference = i128::from(data.n_event_rows) - accounted.iter().sum::<i128>();
    (difference != 0).then_some(difference.abs())
}

fn rejects(data: &DataQuality) -> Table {
    let mut table = Table::new("Rows that could not be used", &["Reason", "In", "#Rows"]);
    for (kind, reason, n) in &data.rejects_by_reason {
        table.push(vec![reason.clone(), kind.clone(), count(n)]);
    }
    table
}

fn files(data: &DataQuality) -> Table {
    let mut table = Table::new(
        "Files read",
        &["File", "Holds", "#Size", "#Rows", "#Rejected"],
    );
    for file in &data.files {
        table.push(vec![
            file_name(&file.path),
            file.kind.into(),
            bytes(file.bytes),
            count(file.n_rows),
            count(file.n_rejected),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::sample::sample;
    use super::*;

    #[test]
    fn an_account_that_is_off_says_by_how_much() {
        let mut input = sample();
        assert_eq!(Account::new(&input).missing, None);
        input.data.n_used += 1_200;
        assert_eq!(Account::new(&input).missing.as_deref(), Some("1,200"));
    }
}
