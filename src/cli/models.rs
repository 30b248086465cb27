//! `habitus models`: list, show, promote, roll back, verify, clean up.

use std::fmt::Write as _;

use serde_json::json;

use super::answer::Answer;
use super::args::Models;
use super::context::Context;
use super::words;
use crate::error::Result;
use crate::registry::{Entry, Promotion, Version};

/// Does what the verb of `models` says.
pub(super) fn models(context: &Context, verb: &Models) -> Result<Answer> {
    match verb {
        Models::List => list(context),
        Models::Show { version } => show(context, version),
        Models::Promote { version, force } => {
            let version = context.registry.resolve(version)?;
            let _lock = context.lock()?;
            moved(context.registry.promote(version, *force)?)
        }
        Models::Rollback => {
            let _lock = context.lock()?;
            moved(context.registry.rollback()?)
        }
        Models::Verify { version } => verify(context, version.as_deref()),
        Models::Gc { dry_run } => {
            let removed = context.registry.gc(*dry_run)?;
            let verb = if *dry_run { "would remove" } else { "removed" };
            let mut text: String = removed
                .iter()
                .map(|path| format!("{verb} {}\n", path.display()))
                .collect();
            if removed.is_empty() {
                text.push_str("nothing is left over\n");
            }
            let removed: Vec<String> = removed.iter().map(|p| p.display().to_string()).collect();
            Answer::new(text, &json!({ "dry_run": dry_run, "removed": removed }))
        }
    }
}

fn list(context: &Context) -> Result<Answer> {
    let entries = context.registry.list()?;
    let row = |entry: &Entry| {
        let of_manifest = |text: fn(&crate::registry::Manifest) -> String| {
            entry.manifest.as_ref().map_or("–".into(), text)
        };
        vec![
            entry.version.to_string(),
            of_manifest(|m| m.model_id.clone()),
            of_manifest(|m| m.created_at.clone()),
            of_manifest(|m| {
                if m.gate_passed {
                    "passed".into()
                } else {
                    "failed".into()
                }
            }),
            match (&entry.problem, entry.is_current) {
                (Some(problem), _) => problem.clone(),
                (None, true) => "current".into(),
                (None, false) => String::new(),
            },
        ]
    };
    let rows: Vec<Vec<String>> = entries.iter().map(row).collect();
    let text = if rows.is_empty() {
        "no version yet\n".into()
    } else {
        words::table(&["version", "model", "made at", "gate", ""], &rows)
    };
    let json: Vec<_> = entries
        .iter()
        .map(|entry| {
            json!({
                "version": entry.version.to_string(),
                "manifest": entry.manifest,
                "problem": entry.problem,
                "is_current": entry.is_current,
            })
        })
        .collect();
    let answer = Answer::new(text, &json!({ "versions": json }))?;
    Ok(if rows.is_empty() {
        answer.next("habitus train")
    } else {
        answer
    })
}

fn show(context: &Context, name: &str) -> Result<Answer> {
    let stored = context.stored(name)?;
    let model = &stored.model;
    let mut text = format!(
        "{} ({}), made at {}, gate {}\nlearnt at {} from {} days, outcomes over {} days\n\n",
        stored.version,
        stored.manifest.model_id,
        stored.manifest.created_at,
        if stored.manifest.gate_passed {
            "passed"
        } else {
            "failed"
        },
        model.cutoff.day,
        model.cutoff.windows.observation_days,
        model.cutoff.windows.horizon_days,
    );
    let rows: Vec<Vec<String>> = model
        .segmentation
        .segments
        .iter()
        .map(|s| {
            vec![
                s.slug.clone(),
                s.name.clone(),
                words::count(s.n as u64),
                words::percent(s.share),
            ]
        })
        .collect();
    text.push_str(&words::table(
        &["slug", "segment", "#customers", "#share"],
        &rows,
    ));
    for segment in &model.segmentation.segments {
        let _ = write!(
            text,
            "\n{}\n  {}\n  → {}\n",
            segment.name, segment.description, segment.action
        );
    }
    let json = json!({ "version": stored.version.to_string(), "manifest": stored.manifest, "model": stored.model });
    Answer::new(text, &json)
}

fn moved(promotion: Promotion) -> Result<Answer> {
    let from = promotion.from.map(|version| version.to_string());
    let text = match &from {
        Some(_) if promotion.from == Some(promotion.to) => {
            format!("{} is current already\n", promotion.to)
        }
        Some(from) => format!("{} is current now, after {from}\n", promotion.to),
        None => format!("{} is current now\n", promotion.to),
    };
    let json = json!({ "from": from, "to": promotion.to.to_string() });
    Ok(Answer::new(text, &json)?.next("habitus score"))
}

fn verify(context: &Context, name: Option<&str>) -> Result<Answer> {
    let versions: Vec<Version> = match name {
        Some(name) => vec![context.registry.resolve(name)?],
        None => context
            .registry
            .list()?
            .iter()
            .map(|entry| entry.version)
            .collect(),
    };
    let mut text = String::new();
    let mut json = Vec::new();
    let mut n_bad = 0;
    for version in versions {
        let problems = context.registry.verify(version)?;
        n_bad += usize::from(!problems.is_empty());
        let verdict = if problems.is_empty() {
            "whole".into()
        } else {
            problems.join("; ")
        };
        let _ = writeln!(text, "{version}: {verdict}");
        json.push(json!({ "version": version.to_string(), "problems": problems }));
    }
    if json.is_empty() {
        text.push_str("no version yet\n");
    }
    Ok(Answer::new(text, &json!({ "versions": json }))?.no_if(n_bad > 0))
}
