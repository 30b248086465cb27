//! Labels as files for the CRM, one per target.
//!
//! In go the labels of a scoring; out come `crm.csv`, `crm.ndjson` and `hubspot.csv` (split where the
//! receiver has limits), `picklist.csv` with the values the CRM must know first, and `export_rejects.csv` if
//! a row had to stay out. Rows keep the order of the labels. A row is written as it is or not at all, and the
//! [`Receipt`] accounts for every label at every target.
//!
//! A CSV row stays out if a text in it could be run as a formula or holds characters that cannot be seen;
//! NDJSON, which nothing runs, has every label.

mod hubspot;
mod parts;
mod row;
mod safe_csv;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::config::schema::ExportTarget;
use crate::error::{Error, Result};
use crate::files::{AtomicDir, Written};
use crate::model::Label;

use parts::{Limits, Parts};
use row::{CRM_COLUMNS, CrmRow, LABEL_COLUMNS};
use safe_csv::{Cell, Line};

pub use parts::ExportedFile;

/// What was exported, and what was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Labels given.
    pub n_labels: u64,
    /// Each target with its files.
    pub targets: Vec<TargetReceipt>,
    /// `picklist.csv`, and `export_rejects.csv` if there are rejects.
    pub side_files: Vec<Written>,
    /// Every row that stayed out, by target in the order of the labels.
    pub rejected: Vec<ExportReject>,
}

/// What one target got: `n_rows + n_rejected + n_without_email` is the number of labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetReceipt {
    /// The target.
    pub target: ExportTarget,
    /// Rows written.
    pub n_rows: u64,
    /// Rows that stayed out for a reason.
    pub n_rejected: u64,
    /// Customers left out because the target matches by e-mail and they have none.
    pub n_without_email: u64,
    /// The files, in order.
    pub files: Vec<ExportedFile>,
}

/// A row that stayed out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportReject {
    /// The target; `None` for habitus' own label file.
    pub target: Option<ExportTarget>,
    /// The customer, as in the label: not safe to write anywhere but JSON.
    pub customer_id: String,
    /// The column at fault.
    pub column: &'static str,
    /// `formula`, `control-character`, `invisible-character`, `duplicate-email` or `not-an-email`.
    pub reason: &'static str,
}

/// The CSV file of all labels with all their fields, and the labels that could not stand in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelsCsv {
    /// The file.
    pub bytes: Vec<u8>,
    /// Labels that are not in it.
    pub rejected: Vec<ExportReject>,
}

/// Writes the files of `targets` into `dir`, which the caller commits.
///
/// # Errors
/// [`Error::Io`] if the file system refuses, [`Error::Internal`] for a churn probability outside 0 to 1.
pub fn files(labels: &[Label], targets: &[ExportTarget], dir: &AtomicDir) -> Result<Receipt> {
    let mut receipt = Receipt {
        n_labels: labels.len() as u64,
        targets: Vec::new(),
        side_files: vec![picklist(labels, dir)?],
        rejected: Vec::new(),
    };
    for &target in &BTreeSet::from_iter(targets) {
        let (written, rejected) = match target {
            ExportTarget::Csv => crm_csv(labels, dir)?,
            ExportTarget::Ndjson => crm_ndjson(labels, dir)?,
            ExportTarget::Hubspot => hubspot::csv(labels, dir, Limits::HUBSPOT)?,
        };
        receipt.targets.push(written);
        receipt.rejected.extend(rejected);
    }
    if !receipt.rejected.is_empty() {
        receipt.side_files.push(rejects(&receipt.rejected, dir)?);
    }
    Ok(receipt)
}

/// The labels with all their fields as CSV; a number that is missing is an empty cell.
///
/// # Errors
/// [`Error::Internal`] if a row cannot be encoded, which is a bug.
pub fn labels_csv(labels: &[Label]) -> Result<LabelsCsv> {
    let mut bytes = safe_csv::ours(&LABEL_COLUMNS)?;
    let mut rejected = Vec::new();
    for label in labels {
        match safe_csv::line(&row::label_cells(label)?)? {
            Line::Safe(line) => bytes.extend(line),
            Line::Unsafe { column, reason } => rejected.push(ExportReject {
                target: None,
                customer_id: label.customer_id.clone(),
                column: LABEL_COLUMNS[column],
                reason,
            }),
        }
    }
    Ok(LabelsCsv { bytes, rejected })
}

type Exported = (TargetReceipt, Vec<ExportReject>);

/// A CSV target being written.
struct Table<'a> {
    target: ExportTarget,
    columns: &'static [&'static str],
    parts: Parts<'a>,
    rejected: Vec<ExportReject>,
}

impl<'a> Table<'a> {
    fn create(
        target: ExportTarget,
        stem: &'static str,
        columns: &'static [&'static str],
        limits: Limits,
        dir: &'a AtomicDir,
    ) -> Result<Self> {
        let header = safe_csv::ours(columns)?;
        Ok(Self {
            target,
            columns,
            parts: Parts::create(dir, (stem, "csv"), header, limits)?,
            rejected: Vec::new(),
        })
    }

    fn write(&mut self, label: &Label, cells: &[Cell<'_>]) -> Result<()> {
        match safe_csv::line(cells)? {
            Line::Safe(line) => self.parts.write(&line)?,
            Line::Unsafe { column, reason } => self.reject(label, self.columns[column], reason),
        }
        Ok(())
    }

    fn reject(&mut self, label: &Label, column: &'static str, reason: &'static str) {
        self.rejected.push(ExportReject {
            target: Some(self.target),
            customer_id: label.customer_id.clone(),
            column,
            reason,
        });
    }

    fn finish(self, n_without_email: u64) -> Result<Exported> {
        let files = self.parts.finish()?;
        let receipt = TargetReceipt {
            target: self.target,
            n_rows: files.iter().map(|file| file.n_rows).sum(),
            n_rejected: self.rejected.len() as u64,
            n_without_email,
            files,
        };
        Ok((receipt, self.rejected))
    }
}

fn crm_csv(labels: &[Label], dir: &AtomicDir) -> Result<Exported> {
    let mut table = Table::create(ExportTarget::Csv, "crm", &CRM_COLUMNS, Limits::NONE, dir)?;
    for label in labels {
        table.write(label, &CrmRow::new(label)?.crm_cells()?)?;
    }
    table.finish(0)
}

fn crm_ndjson(labels: &[Label], dir: &AtomicDir) -> Result<Exported> {
    let mut parts = Parts::create(dir, ("crm", "ndjson"), Vec::new(), Limits::NONE)?;
    for label in labels {
        let mut line = serde_json::to_vec(&CrmRow::new(label)?)
            .map_err(|cause| Error::Internal(format!("a label is not JSON: {cause}")))?;
        line.push(b'\n');
        parts.write(&line)?;
    }
    let receipt = TargetReceipt {
        target: ExportTarget::Ndjson,
        n_rows: labels.len() as u64,
        n_rejected: 0,
        n_without_email: 0,
        files: parts.finish()?,
    };
    Ok((receipt, Vec::new()))
}

/// The segments that occur, as the options of an enumeration in the CRM. One that is not safe is left out,
/// like every CSV row that would use it.
fn picklist(labels: &[Label], dir: &AtomicDir) -> Result<Written> {
    let options: BTreeMap<_, _> = labels
        .iter()
        .map(|label| (&*label.segment, &*label.segment_name))
        .collect();
    let mut bytes = safe_csv::ours(&["value", "label"])?;
    for (value, name) in options {
        if let Line::Safe(line) = safe_csv::line(&[Cell::Text(value), Cell::Text(name)])? {
            bytes.extend(line);
        }
    }
    dir.write("picklist.csv", &bytes)
}

fn rejects(rejected: &[ExportReject], dir: &AtomicDir) -> Result<Written> {
    let mut bytes = safe_csv::ours(&["customer_id", "target", "column", "reason"])?;
    for reject in rejected {
        let customer_id = safe_csv::shown(&reject.customer_id);
        let target = row::word(reject.target)?;
        bytes.extend(safe_csv::ours(&[
            &customer_id,
            &target,
            reject.column,
            reject.reason,
        ])?);
    }
    dir.write("export_rejects.csv", &bytes)
}

#[cfg(test)]
mod tests;
