//! The page: what its template is given.

use std::path::Path;

use askama::Template;

use super::ReportInput;
use super::cards::{self, Card};
use super::charts;
use super::data::Account;
use super::format::{FEWEST_SHOWN, NOTHING, counted, date, decimal, p_value, span};
use super::letter::{Gain, Letter};
use super::palette::{self, Ink};
use super::quality::Model;
use super::table::{Figure, Table};
use crate::config::ChurnKind;
use crate::error::{Error, Result};
use crate::segment::Origin;

/// What `templates/report.html` is given: finished words, figures and tables.
#[derive(Template)]
#[template(path = "report.html", config = "templates/askama.toml")]
struct Page<'a> {
    input: &'a ReportInput,
    inks: Vec<Ink>,
    observation: String,
    observation_days: String,
    cutoff: String,
    outcome: String,
    outcome_days: String,
    is_contract: bool,
    fewest_shown: u64,
    letter: Letter<'a>,
    cards: Vec<Card<'a>>,
    sizes: Figure,
    retention: Figure,
    survival: Option<Figure>,
    at_risk: Table,
    log_rank: Option<LogRank>,
    cramers_v: Option<(String, &'static str)>,
    profiles: Option<Figure>,
    model: std::result::Result<Model, &'a str>,
    usage: Option<(Figure, Busiest)>,
    n_learnt: String,
    k: Option<Figure>,
    preparation: Table,
    account: Account,
    volume: Option<Figure>,
    provenance: Table,
    checksums: Table,
}

/// The log-rank test in figures.
struct LogRank {
    statistic: String,
    df: u64,
    p: String,
    is_clear: bool,
}

/// The busiest hour of the week.
struct Busiest {
    weekday: &'static str,
    from: usize,
    to: usize,
}

impl Busiest {
    fn of(usage: &[[u64; 24]; 7]) -> Option<Self> {
        let (day, from, _) = charts::usage::busiest(usage)?;
        Some(Self {
            weekday: charts::usage::WEEKDAYS[day],
            from,
            to: from + 1,
        })
    }
}

/// Renders the page.
pub(super) fn render(input: &ReportInput) -> Result<String> {
    let evidence = &input.evidence;
    let n_learnt = input
        .segments
        .iter()
        .filter(|s| s.origin == Origin::Learnt)
        .count();
    let page = Page {
        input,
        inks: palette::all(),
        observation: span(input.observation),
        observation_days: input.observation.days().to_string(),
        cutoff: date(evidence.cutoff),
        outcome: span(evidence.outcome),
        outcome_days: evidence.outcome.days().to_string(),
        is_contract: input.churn_kind == ChurnKind::Contract,
        fewest_shown: FEWEST_SHOWN,
        letter: Letter::new(input),
        cards: cards::all(input),
        sizes: charts::sizes::figure(&input.segments)?,
        retention: charts::retention::figure(evidence)?,
        survival: charts::survival::figure(evidence)?,
        at_risk: charts::survival::at_risk(evidence),
        log_rank: evidence.log_rank.as_ref().map(|test| LogRank {
            statistic: decimal(test.statistic, 1),
            df: test.df,
            p: p_value(test.p_value),
            is_clear: test.p_value < 0.05,
        }),
        cramers_v: evidence.cramers_v.map(|v| (decimal(v, 2), strength(v))),
        profiles: charts::heatmap::figure(&input.segments)?,
        model: match &input.churn {
            Ok(quality) => Ok(Model::new(quality)?),
            Err(reason) => Err(reason),
        },
        usage: charts::usage::figure(&input.usage)?.zip(Busiest::of(&input.usage)),
        n_learnt: counted(n_learnt, "cluster", "clusters"),
        k: charts::k::figure(&input.k_trials, n_learnt)?,
        preparation: preparation(input),
        account: Account::new(input),
        volume: charts::volume::figure(&input.volume)?,
        provenance: provenance(input),
        checksums: checksums(input),
    };
    page.render()
        .map_err(|cause| Error::Internal(format!("the report could not be written: {cause}")))
}

/// Cramér's V in words, after Cohen (1988) for two outcomes.
fn strength(v: f64) -> &'static str {
    match v {
        v if v < 0.1 => "hardly any link",
        v if v < 0.3 => "a weak link",
        v if v < 0.5 => "a moderate link",
        _ => "a strong link",
    }
}

fn preparation(input: &ReportInput) -> Table {
    let mut table = Table::new(
        "Features and what was done to them",
        &["Feature", "Preparation"],
    );
    for (feature, what) in &input.preparation {
        table.push(vec![feature.clone(), what.clone()]);
    }
    table
}

fn provenance(input: &ReportInput) -> Table {
    let evidence = &input.evidence;
    let mut table = Table::new("Where this report comes from", &["What", "Which"]);
    let mut say = |what: &str, which: String| table.push(vec![what.into(), which]);
    say("Model", input.model_id.clone());
    say("habitus version", input.habitus_version.clone());
    say("Time zone of days", input.timezone.clone());
    say("Cutoff", date(evidence.cutoff));
    say("Observation window", span(input.observation));
    say("Outcome window", span(evidence.outcome));
    if let Ok(quality) = &input.churn {
        let cutoffs: Vec<String> = quality.training_cutoffs.iter().copied().map(date).collect();
        say("Training cutoffs of the churn model", cutoffs.join(", "));
        say("Test cutoff of the churn model", date(quality.test_cutoff));
    }
    let scored = input
        .latest
        .as_ref()
        .map_or(NOTHING.into(), |latest| date(latest.cutoff));
    say("Cutoff of the latest labels", scored);
    table
}

fn checksums(input: &ReportInput) -> Table {
    let mut table = Table::new("Checksums of the input files", &["File", "Checksum"]);
    for file in &input.data.files {
        table.push(vec![file_name(&file.path), file.blake3.clone()]);
    }
    table
}

/// The name of a file without its folders, which are nobody's business.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or(NOTHING.into(), |name| name.to_string_lossy().into_owned())
}
