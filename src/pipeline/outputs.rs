//! What a run leaves behind: the report, labels, CRM files, rejects and `run.json`, in one folder that exists
//! whole or not at all.

use std::path::{Path, PathBuf};

use super::read::Inputs;
use super::record::RunRecord;
use super::train::Candidate;
use crate::config::{ExportTarget, Method};
use crate::error::{Error, Result};
use crate::export::{self, Receipt};
use crate::files::{AtomicDir, Written};
use crate::intake::Intake;
use crate::model::{Label, Model, RiskBand};
use crate::report::{Latest, LatestRow, ReportInput};
use crate::standardise::Transform;
use crate::time::Day;

/// Millionths to units.
const MILLIONTHS: f64 = 1e-6;

/// A run's folder in the making.
#[derive(Debug)]
pub struct RunFolder {
    dir: AtomicDir,
    parent: PathBuf,
    name: String,
    written: Vec<Written>,
}

impl RunFolder {
    /// Begins `<parent>/<name>`; nothing is visible until [`RunFolder::finish`].
    ///
    /// # Errors
    /// [`Error::Io`] if the parent cannot be written to.
    pub fn begin(parent: &Path, name: &str) -> Result<Self> {
        let dir = AtomicDir::create(parent)?;
        Ok(Self {
            dir,
            parent: parent.into(),
            name: name.into(),
            written: Vec::new(),
        })
    }

    /// Where the folder will be.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.parent.join(&self.name)
    }

    /// Writes a file of the folder.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let written = self.dir.write(name, bytes)?;
        self.written.push(written);
        Ok(())
    }

    /// Writes the labels; customers whose id could run as a formula stay out and are returned.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn labels(&mut self, labels: &[Label]) -> Result<usize> {
        let csv = export::labels_csv(labels)?;
        self.write("labels.csv", &csv.bytes)?;
        Ok(csv.rejected.len())
    }

    /// Writes the CRM files.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn crm(&mut self, labels: &[Label], targets: &[ExportTarget]) -> Result<Receipt> {
        let receipt = export::files(labels, targets, &self.dir)?;
        self.written.extend(
            receipt
                .targets
                .iter()
                .flat_map(|t| t.files.iter().map(|f| f.written.clone())),
        );
        self.written.extend(receipt.side_files.iter().cloned());
        Ok(receipt)
    }

    /// Writes `run.json` with everything written so far, and makes the folder visible in place of an older one
    /// of the same name.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn finish(mut self, mut record: RunRecord) -> Result<RunRecord> {
        record.outputs = std::mem::take(&mut self.written);
        let mut json = serde_json::to_vec_pretty(&record)
            .map_err(|e| Error::Internal(format!("run.json cannot be written: {e}")))?;
        json.push(b'\n');
        self.dir.write("run.json", &json)?;
        self.dir.replace(&self.name)?;
        Ok(record)
    }
}

/// Every reject with its file and line.
///
/// # Errors
/// [`Error::Internal`] if the CSV writer fails.
pub fn rejects_csv(intake: &Intake) -> Result<Vec<u8>> {
    let failed = |e: csv::Error| Error::Internal(format!("rejects.csv cannot be written: {e}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(["file", "line", "column", "reason", "detail"])
        .map_err(failed)?;
    for reject in &intake.rejects {
        let file = intake
            .files
            .get(reject.file)
            .map(|file| file.path.to_string_lossy().into_owned());
        let line = reject.line.to_string();
        let fields = [
            &file.unwrap_or_default(),
            &line,
            &reject.column,
            reject.reason,
            &reject.detail,
        ];
        // What was found is shown between quotation marks, so that no spreadsheet takes it for a formula.
        let shown = fields.map(|field| match field.chars().next() {
            Some('=' | '+' | '-' | '@') => format!("\"{field}\""),
            _ => field.to_string(),
        });
        writer.write_record(&shown).map_err(failed)?;
    }
    writer
        .into_inner()
        .map_err(|e| Error::Internal(format!("rejects.csv cannot be written: {e}")))
}

/// Everything the report shows of a candidate and, if there are any, of the labels given by it.
///
/// # Errors
/// Those of [`Model::id`].
pub fn report_input(
    candidate: &Candidate,
    inputs: &Inputs,
    labels: Option<&[Label]>,
) -> Result<ReportInput> {
    let model = &candidate.model;
    let config = &model.config;
    let mut data = inputs.data_quality();
    data.notes.extend(model.segmentation.notes.iter().cloned());
    if let Ok(churn) = &model.churn {
        data.notes.extend(churn.notes.iter().cloned());
    }
    Ok(ReportInput {
        product: config.product.name.clone(),
        currency: config.product.currency.clone(),
        timezone: config.product.timezone.clone(),
        model_id: model.id()?,
        habitus_version: env!("CARGO_PKG_VERSION").into(),
        observation: model.cutoff.observation(),
        segments: model.segmentation.segments.clone(),
        k_trials: model.segmentation.trials.clone(),
        method: match model.segmentation.method {
            Method::Kmeans => "k-means".into(),
            Method::Ward => "Ward’s method".into(),
        },
        preparation: preparation(model),
        churn_kind: config.churn.kind,
        high_risk: config.churn.high_risk,
        churn: model
            .churn
            .as_ref()
            .map(|churn| churn.quality.clone())
            .map_err(Clone::clone),
        proof: model.proof.clone(),
        evidence: candidate.evidence.clone(),
        gate: candidate.gate.clone(),
        latest: labels.map(|labels| latest(model, inputs, labels)),
        usage: inputs.activity.usage_by_hour(model.cutoff.observation()),
        volume: inputs.activity.volume(),
        data,
    })
}

fn preparation(model: &Model) -> Vec<(String, String)> {
    let standardiser = &model.segmentation.standardiser;
    let kept = standardiser.columns.iter().map(|column| {
        let steps = match column.transform {
            Transform::None => "z (mean 0, standard deviation 1)",
            Transform::Log1p => "log(1 + x), then z",
        };
        let imputed = match column.n_imputed {
            0 => String::new(),
            n => format!("; not defined for {n} customers, who got the mean"),
        };
        (column.title.clone(), format!("{steps}{imputed}"))
    });
    let dropped = standardiser
        .dropped
        .iter()
        .map(|c| (c.title.clone(), format!("dropped: {}", c.reason)));
    kept.chain(dropped).collect()
}

fn latest(model: &Model, inputs: &Inputs, labels: &[Label]) -> Latest {
    let rows = model.segmentation.segments.iter().map(|segment| {
        let of_segment = || labels.iter().filter(|label| label.segment == segment.slug);
        let in_use = || of_segment().filter(|label| label.lifecycle.is_in_use());
        let high = || in_use().filter(|label| label.risk == Some(RiskBand::High));
        let mrr = |label: &Label| {
            let c = inputs.activity.ids.binary_search(&label.customer_id).ok()?;
            inputs.people.mrr[c]
        };
        let has_mrr = inputs.people.mrr.iter().any(Option::is_some);
        let at_risk: i64 = high().filter_map(mrr).fold(0, i64::saturating_add);
        LatestRow {
            slug: segment.slug.clone(),
            name: segment.name.clone(),
            n: of_segment().count(),
            n_in_use: in_use().count(),
            n_high_risk: high().count(),
            expected_churned: in_use()
                .map(|label| label.churn_probability)
                .sum::<Option<f64>>()
                .filter(|_| in_use().next().is_some()),
            mrr_at_risk: has_mrr.then_some(at_risk as f64 * MILLIONTHS),
        }
    });
    let cutoff = labels.first().map_or(inputs.data_end, |label| label.cutoff);
    Latest {
        cutoff,
        rows: rows.collect(),
    }
}

/// Name of the folder of a run: the scoring cutoff and the version.
#[must_use]
pub fn folder_name(cutoff: Day, version: &str) -> String {
    format!("{cutoff}-{version}")
}

/// Labels read back from `labels.csv`.
///
/// # Errors
/// [`Error::Input`] with the line that is no label.
pub fn read_labels(path: &Path) -> Result<Vec<Label>> {
    const MAX_BYTES: u64 = 4 << 30;
    let bytes = crate::files::read_capped(path, MAX_BYTES)?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    reader
        .deserialize::<Label>()
        .map(|label| {
            label.map_err(|e| Error::Input {
                code: "input/bad-labels",
                path: path.into(),
                line: e.position().map(csv::Position::line),
                message: format!("is no label: {e}"),
                help: Some(
                    "labels.csv is written by `habitus score` and must not be edited".into(),
                ),
            })
        })
        .collect()
}
