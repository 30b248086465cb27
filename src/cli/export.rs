//! `habitus export`: CRM files from labels.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::answer::Answer;
use super::args::Export;
use super::context::Context;
use super::words;
use crate::error::{Error, Result};
use crate::export::{self, Receipt};
use crate::files::{self, AtomicDir};
use crate::pipeline::Watch;
use crate::pipeline::outputs::read_labels;

const LABELS: &str = "labels.csv";
const SUFFIX: &str = "-export";

#[derive(Serialize)]
struct ExportAnswer {
    #[serde(serialize_with = "files::path_as_text")]
    labels: PathBuf,
    #[serde(serialize_with = "files::path_as_text")]
    folder: PathBuf,
    receipt: Receipt,
}

/// Writes CRM files from a labels file.
pub(super) fn export(context: &Context, args: &Export) -> Result<Answer> {
    let labels_path = match &args.labels {
        Some(path) => path.clone(),
        None => newest_labels(&context.reports)?,
    };
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| default_folder(&context.reports, &labels_path));
    let (Some(parent), Some(name)) = (
        folder.parent(),
        folder.file_name().and_then(|name| name.to_str()),
    ) else {
        return Err(Error::config(format!(
            "--out = {} is no folder name",
            folder.display()
        )));
    };
    if args.out.is_some() && !files::list(&folder)?.is_empty() {
        return Err(Error::config(format!(
            "--out = {} exists and is not empty",
            folder.display()
        ))
        .with_help("name a new folder: an export replaces its folder whole"));
    }
    let parent = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    context.talk.stage("export");
    let labels = read_labels(&labels_path)?;
    let targets = if args.target.is_empty() {
        &context.config().export.targets
    } else {
        &args.target
    };
    let dir = AtomicDir::create(parent)?;
    let receipt = export::files(&labels, targets, &dir)?;
    let mut json = serde_json::to_vec_pretty(&receipt)
        .map_err(|e| Error::Internal(format!("the receipt cannot be written as JSON: {e}")))?;
    json.push(b'\n');
    dir.write("receipt.json", &json)?;
    dir.replace(name)?;
    context.talk.end();

    let mut text = format!(
        "{} labels from {}\n",
        words::count(receipt.n_labels),
        words::path(&labels_path)
    );
    for target in &receipt.targets {
        for file in &target.files {
            let path = folder.join(&file.written.path);
            let _ = writeln!(
                text,
                "  {}  {} rows",
                words::path(&path),
                words::count(file.n_rows)
            );
        }
        if target.n_rejected > 0 {
            let _ = writeln!(
                text,
                "  {} rows stay out, see {}",
                words::count(target.n_rejected),
                words::path(&folder.join("export_rejects.csv"))
            );
        }
        if target.n_without_email > 0 {
            let _ = writeln!(
                text,
                "  {} customers have no e-mail address to match by",
                words::count(target.n_without_email)
            );
        }
    }
    Answer::new(
        text,
        &ExportAnswer {
            labels: labels_path,
            folder,
            receipt,
        },
    )
}

/// The labels of the latest scoring cutoff; of equal ones the highest version.
fn newest_labels(reports: &Path) -> Result<PathBuf> {
    let folders = files::list(reports)?
        .into_iter()
        .map(|listed| reports.join(listed.name).join(LABELS));
    folders
        .filter(|path| path.is_file())
        .max()
        .ok_or_else(|| Error::NotFound {
            what: "labels file",
            name: reports.join("*").join(LABELS).display().to_string(),
            help: Some("run `habitus score` first, or name one with --labels".into()),
        })
}

fn default_folder(reports: &Path, labels: &Path) -> PathBuf {
    let folder = labels
        .parent()
        .and_then(Path::file_name)
        .map_or("labels".into(), |name| name.to_string_lossy());
    reports.join(format!("{folder}{SUFFIX}"))
}
