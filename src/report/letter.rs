//! The letter at the top: what was found, who is at risk, whether to believe it, what to do.

use super::cards::is_small;
use super::format::{
    NOTHING, TOO_FEW, count, counted, date, decimal, figure, money, part, percent, percent_range,
    range, rate,
};
use super::table::Table;
use super::{Latest, LatestRow, ReportInput};
use crate::churn::Quality;
use crate::segment::{Origin, Segment};
use crate::stats::Estimate;

/// How many actions the letter names.
const FIRST_ACTIONS: usize = 3;

/// The letter in figures.
pub(super) struct Letter<'a> {
    pub(super) tiles: Vec<Tile>,
    pub(super) n_customers: String,
    pub(super) n_segments: String,
    pub(super) n_learnt: usize,
    pub(super) n_by_rule: usize,
    pub(super) retention: Option<String>,
    pub(super) extremes: Option<Extremes<'a>>,
    pub(super) risk: Option<Risk>,
    pub(super) gate: Gate,
    pub(super) proof: Proof,
    pub(super) rank: Result<Rank, &'a str>,
    pub(super) actions: Vec<Action<'a>>,
}

/// A number to see from afar.
pub(super) struct Tile {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) detail: String,
}

/// The segments that held best and worst.
pub(super) struct Extremes<'a> {
    pub(super) best: (&'a str, String),
    pub(super) worst: (&'a str, String),
    pub(super) overlap: bool,
}

/// The latest labels in sum.
pub(super) struct Risk {
    pub(super) cutoff: String,
    pub(super) n: String,
    pub(super) n_in_use: String,
    pub(super) n_high: String,
    pub(super) high_share: String,
    pub(super) threshold: String,
    /// Expected churners and the range chance alone gives them.
    pub(super) expected: Option<(String, String)>,
    /// Monthly revenue of those at high risk, without its unit.
    pub(super) mrr: Option<String>,
    pub(super) table: Table,
}

/// The gate in figures.
pub(super) struct Gate {
    pub(super) passed: bool,
    pub(super) n_passed: usize,
    pub(super) n: usize,
    pub(super) table: Table,
}

/// The leakage proof in figures.
pub(super) struct Proof {
    pub(super) is_empty: bool,
    pub(super) customers: String,
    pub(super) cutoffs: String,
    pub(super) deleted: String,
    pub(super) invented: String,
    pub(super) values: String,
}

/// How the churn model compares with recency alone.
pub(super) struct Rank {
    pub(super) test_cutoff: String,
    pub(super) auc: Option<String>,
    pub(super) n: String,
    pub(super) recency: Option<String>,
    pub(super) gain: Gain,
}

/// What the model adds to days since last use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gain {
    /// Its interval lies above that of recency.
    Clear,
    /// It is better, but the intervals overlap.
    Uncertain,
    /// It is not better.
    None,
    /// One of the two is not known.
    Unknown,
}

/// Something to do.
pub(super) struct Action<'a> {
    pub(super) segment: &'a str,
    pub(super) why: String,
    pub(super) action: &'a str,
    pub(super) owner: Option<&'a str>,
}

impl<'a> Letter<'a> {
    /// The letter for a report.
    pub(super) fn new(input: &'a ReportInput) -> Self {
        let n: usize = input.segments.iter().map(|segment| segment.n).sum();
        let n_learnt = input
            .segments
            .iter()
            .filter(|s| s.origin == Origin::Learnt)
            .count();
        let risk = input.latest.as_ref().map(|latest| Risk::new(input, latest));
        Self {
            tiles: tiles(input, n, risk.as_ref()),
            n_customers: counted(n, "customer", "customers"),
            n_segments: counted(input.segments.len(), "segment", "segments"),
            n_learnt,
            n_by_rule: input.segments.len() - n_learnt,
            retention: input
                .evidence
                .retention
                .as_ref()
                .filter(|e| !is_few(e))
                .map(rate),
            extremes: extremes(input),
            risk,
            gate: Gate::new(input),
            proof: Proof::new(input),
            rank: input.churn.as_ref().map(Rank::new).map_err(String::as_str),
            actions: actions(input),
        }
    }
}

fn is_few(e: &Estimate) -> bool {
    usize::try_from(e.n).is_ok_and(is_small)
}

fn tiles(input: &ReportInput, n: usize, risk: Option<&Risk>) -> Vec<Tile> {
    let tile = |label, value, detail| Tile {
        label,
        value,
        detail,
    };
    let n_segments = counted(input.segments.len(), "segment", "segments");
    let mut tiles = vec![tile("Customers", count(n), format!("in {n_segments}"))];
    if let Some(e) = input.evidence.retention.as_ref().filter(|e| !is_few(e)) {
        let range = percent_range(e.low, e.high);
        tiles.push(tile("Retained", percent(e.value), range));
    }
    if let Some(risk) = risk.filter(|risk| risk.expected.is_some()) {
        let share = format!("{} of {}", risk.high_share, risk.n_in_use);
        tiles.push(tile("At high risk now", risk.n_high.clone(), share));
        if let Some(mrr) = &risk.mrr {
            let unit = format!("{} per month", input.currency);
            tiles.push(tile("Revenue at risk", mrr.clone(), unit.trim().into()));
        }
    }
    tiles
}

/// The best and the worst of the learnt segments that may be shown; `None` if there are no two. Segments by rule
/// would always win: who never came stays away.
fn extremes(input: &ReportInput) -> Option<Extremes<'_>> {
    let is_learnt = |slug: &str| {
        let mut learnt = input.segments.iter().filter(|s| s.origin == Origin::Learnt);
        learnt.any(|segment| segment.slug == slug)
    };
    let shown: Vec<(&str, &Estimate)> = input
        .evidence
        .segments
        .iter()
        .filter(|s| is_learnt(&s.slug))
        .filter_map(|s| Some((s.name.as_str(), s.retention.as_ref()?)))
        .filter(|(_, e)| !is_few(e))
        .collect();
    let by_value = |a: &&(&str, &Estimate), b: &&(&str, &Estimate)| a.1.value.total_cmp(&b.1.value);
    let (best, worst) = shown
        .iter()
        .max_by(by_value)
        .zip(shown.iter().min_by(by_value))?;
    let text = |e: &Estimate| {
        format!(
            "{}, n\u{a0}=\u{a0}{}",
            rate(e).trim_end_matches(')'),
            count(e.n)
        ) + ")"
    };
    (shown.len() > 1).then(|| Extremes {
        best: (best.0, text(best.1)),
        worst: (worst.0, text(worst.1)),
        overlap: best.1.low <= worst.1.high,
    })
}

impl Risk {
    fn new(input: &ReportInput, latest: &Latest) -> Self {
        let n: usize = latest.rows.iter().map(|row| row.n).sum();
        let n_in_use: usize = latest.rows.iter().map(|row| row.n_in_use).sum();
        let n_high: usize = latest.rows.iter().map(|row| row.n_high_risk).sum();
        let mrr: Option<f64> = latest.rows.iter().map(|row| row.mrr_at_risk).sum();
        Self {
            cutoff: date(latest.cutoff),
            n: counted(n, "customer", "customers"),
            n_in_use: counted(n_in_use, "customer in use", "customers in use"),
            n_high: count(n_high),
            high_share: part(n_high, n_in_use),
            threshold: format!("{:.0}%", input.high_risk * 100.0),
            expected: expected(&latest.rows),
            mrr: mrr.map(|mrr| decimal(mrr, 0)),
            table: latest_table(latest, &input.currency),
        }
    }
}

/// The expected churners with the range that chance alone gives them if the probabilities are right. The
/// variance of a sum of Bernoulli variables is at most that of as many with their mean (Hoeffding 1956), so
/// that the sums per segment give a range that is never too short.
fn expected(rows: &[LatestRow]) -> Option<(String, String)> {
    let known = || {
        let in_use = rows.iter().filter(|row| row.n_in_use > 0);
        in_use.filter_map(|row| Some((row.n_in_use as f64, row.expected_churned?)))
    };
    known().next()?;
    let sum: f64 = known().map(|(_, expected)| expected).sum();
    let variance: f64 = known().map(|(n, e)| e * (1.0 - e / n)).sum();
    let half = 1.96 * variance.max(0.0).sqrt();
    let [low, high] = [(sum - half).max(0.0), sum + half].map(|x| decimal(x, 0));
    Some((decimal(sum, 0), range(&low, &high)))
}

fn latest_table(latest: &Latest, currency: &str) -> Table {
    let has_mrr = latest.rows.iter().any(|row| row.mrr_at_risk.is_some());
    let mut heads = vec![
        "Segment",
        "#Customers",
        "#In use",
        "#At high risk",
        "#Share",
        "#Expected to churn",
    ];
    if has_mrr {
        heads.push("#Monthly revenue at risk");
    }
    let mut table = Table::new(format!("Customers on {}", date(latest.cutoff)), &heads);
    for row in &latest.rows {
        let mut cells = vec![
            row.name.clone(),
            count(row.n),
            count(row.n_in_use),
            count(row.n_high_risk),
            part(row.n_high_risk, row.n_in_use),
            row.expected_churned
                .map_or(NOTHING.into(), |e| decimal(e, 0)),
        ];
        if is_small(row.n) {
            let few = if row.n == 0 { NOTHING } else { TOO_FEW };
            cells.truncate(2);
            cells.extend([
                NOTHING.into(),
                few.to_string(),
                NOTHING.into(),
                NOTHING.into(),
            ]);
        }
        if has_mrr {
            let mrr = row.mrr_at_risk.filter(|_| !is_small(row.n));
            cells.push(mrr.map_or(NOTHING.into(), |mrr| money(mrr, currency)));
        }
        table.push(cells);
    }
    table
}

impl Gate {
    fn new(input: &ReportInput) -> Self {
        let gate = &input.gate;
        let mut table = Table::new("Checks of the gate", &["Demanded", "Found", "Met"]);
        for check in &gate.checks {
            let met = if check.passed { "✓ yes" } else { "✗ no" };
            table.push(vec![check.name.clone(), check.found.clone(), met.into()]);
        }
        Self {
            passed: gate.passed,
            n_passed: gate.checks.iter().filter(|check| check.passed).count(),
            n: gate.checks.len(),
            table,
        }
    }
}

impl Proof {
    fn new(input: &ReportInput) -> Self {
        let proof = &input.proof;
        Self {
            is_empty: proof.n_values == 0,
            customers: counted(proof.n_customers, "customer", "customers"),
            cutoffs: counted(proof.cutoffs.len(), "cutoff", "cutoffs"),
            deleted: counted(proof.n_deleted, "event", "events"),
            invented: count(proof.n_invented),
            values: counted(proof.n_values, "feature value", "feature values"),
        }
    }
}

impl Rank {
    fn new(quality: &Quality) -> Self {
        Self {
            test_cutoff: date(quality.test_cutoff),
            auc: quality.auc.as_ref().map(figure),
            n: count(quality.n_test),
            recency: quality.auc_recency.as_ref().map(figure),
            gain: gain(quality.auc.as_ref(), quality.auc_recency.as_ref()),
        }
    }
}

fn gain(auc: Option<&Estimate>, recency: Option<&Estimate>) -> Gain {
    match auc.zip(recency) {
        None => Gain::Unknown,
        Some((auc, recency)) if auc.low > recency.high => Gain::Clear,
        Some((auc, recency)) if auc.value > recency.value => Gain::Uncertain,
        Some(_) => Gain::None,
    }
}

/// The first things to do: for the segments with most customers at high risk, or, where nobody was given a
/// risk, for those that held worst.
fn actions(input: &ReportInput) -> Vec<Action<'_>> {
    let at_risk = |segment: &Segment| {
        let rows = input.latest.iter().flat_map(|latest| &latest.rows);
        rows.filter(|row| row.slug == segment.slug)
            .map(|row| row.n_high_risk)
            .sum::<usize>()
    };
    let retention = |segment: &Segment| {
        let all = &input.evidence.segments;
        let own = all.iter().find(|e| e.slug == segment.slug)?;
        own.retention.filter(|e| !is_few(e))
    };
    let worst_first = |a: &&Segment, b: &&Segment| {
        let value = |segment: &Segment| retention(segment).map_or(f64::INFINITY, |e| e.value);
        at_risk(b)
            .cmp(&at_risk(a))
            .then(value(a).total_cmp(&value(b)))
    };
    let mut segments: Vec<&Segment> = input
        .segments
        .iter()
        .filter(|s| !s.action.is_empty() && !is_small(s.n))
        .collect();
    segments.sort_by(worst_first);
    let why = |segment: &Segment| match (at_risk(segment), retention(segment)) {
        (0, Some(e)) => format!("{} retained", rate(&e)),
        (0, None) => counted(segment.n, "customer", "customers"),
        (n, _) => format!("{} at high risk", count(n)),
    };
    segments
        .into_iter()
        .take(FIRST_ACTIONS)
        .map(|segment| Action {
            segment: &segment.name,
            why: why(segment),
            action: &segment.action,
            owner: segment.owner.as_deref(),
        })
        .collect()
}
