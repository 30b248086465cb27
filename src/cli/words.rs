//! Figures as people read them, and tables of them.

use std::fmt::Write as _;
use std::path::Path;

use crate::pipeline::record::Counts;
use crate::pipeline::summary::{CandidateSummary, LabelSummary};
use crate::stats::Estimate;
use crate::validate::Gate;

/// Longest cell of a table; a longer one ends in an ellipsis.
const MAX_CELL: usize = 48;

/// `1,234,567`.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12.3%`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// `81.2% (78.1–84.0)`.
pub(super) fn with_interval(estimate: Option<Estimate>) -> String {
    estimate.map_or("–".into(), |e| {
        format!(
            "{} ({:.1}–{:.1})",
            percent(e.value),
            e.low * 100.0,
            e.high * 100.0
        )
    })
}

/// Rows under a header, columns aligned; columns whose header begins with `#` are set right.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let clipped = |cell: &str| -> String {
        let cell: String = cell
            .chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .collect();
        if cell.chars().count() > MAX_CELL {
            cell.chars().take(MAX_CELL - 1).chain(['…']).collect()
        } else {
            cell
        }
    };
    let titles: Vec<String> = header
        .iter()
        .map(|title| title.trim_start_matches('#').to_string())
        .collect();
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| clipped(cell)).collect())
        .collect();
    let width = |j: usize| {
        let cells = rows.iter().filter_map(|row| row.get(j)).chain([&titles[j]]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut text = String::new();
    for row in std::iter::once(&titles).chain(&rows) {
        let mut line = String::new();
        for (j, cell) in row.iter().enumerate() {
            let padding = " ".repeat(width(j) - cell.chars().count());
            let set_right = header[j].starts_with('#');
            let _ = if set_right {
                write!(line, "  {padding}{cell}")
            } else {
                write!(line, "  {cell}{padding}")
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The account of the rows in one sentence or two.
pub(super) fn account(counts: &Counts) -> String {
    let future = match counts.future {
        0 => String::new(),
        n => format!(" + {} in the future", count(n)),
    };
    format!(
        "{} event rows = {} used + {} rejected + {} duplicates{future}; {}. {} customers.",
        count(counts.event_rows),
        count(counts.used),
        count(counts.rejected),
        count(counts.duplicates),
        if counts.reconcile() {
            "nothing lost"
        } else {
            "THE ACCOUNT DOES NOT BALANCE"
        },
        count(counts.customers),
    )
}

/// Segments with size, retention and churn, then the verdict.
pub(super) fn candidate(summary: &CandidateSummary) -> String {
    let rows: Vec<Vec<String>> = summary
        .segments
        .iter()
        .map(|segment| {
            vec![
                segment.name.clone(),
                count(segment.n as u64),
                percent(segment.share),
                with_interval(segment.retention),
                segment.mean_churn_probability.map_or("–".into(), percent),
            ]
        })
        .collect();
    let mut text = format!(
        "Segments at {}, and who was retained in the {} days after (95% interval)\n\n",
        summary.cutoff, summary.horizon_days
    );
    text.push_str(&table(
        &[
            "segment",
            "#customers",
            "#share",
            "#retained",
            "#churn predicted",
        ],
        &rows,
    ));
    let _ = match (&summary.churn_auc, &summary.no_churn_model) {
        (Some(auc), _) => writeln!(
            text,
            "\nChurn model: AUC {:.3} ({:.3}–{:.3}) on {} customers at a cutoff later than all it learnt from.",
            auc.value,
            auc.low,
            auc.high,
            count(auc.n)
        ),
        (None, Some(reason)) => writeln!(text, "\nNo churn model: {reason}."),
        (None, None) => writeln!(
            text,
            "\nChurn model: AUC not estimable, the test customers had one outcome."
        ),
    };
    text.push('\n');
    text.push_str(&gate(&summary.gate));
    text
}

/// The verdict with its checks.
pub(super) fn gate(gate: &Gate) -> String {
    let mut text = format!("Gate: {}\n", if gate.passed { "passed" } else { "FAILED" });
    for check in &gate.checks {
        let _ = writeln!(
            text,
            "  {} {}: {}",
            if check.passed { "✓" } else { "✗" },
            check.name,
            check.found
        );
    }
    text
}

/// Labels per segment.
pub(super) fn labels(summary: &LabelSummary) -> String {
    let rows: Vec<Vec<String>> = summary
        .segments
        .iter()
        .map(|(_, name, n)| {
            vec![
                name.clone(),
                count(*n as u64),
                percent(*n as f64 / summary.n.max(1) as f64),
            ]
        })
        .collect();
    format!(
        "{} customers labelled as of {}; of the {} in use, {} are at high risk\n\n{}",
        count(summary.n as u64),
        summary.cutoff,
        count(summary.n_in_use as u64),
        count(summary.n_high_risk as u64),
        table(&["segment", "#customers", "#share"], &rows)
    )
}

/// How many customers are not in `labels.csv`, if any.
pub(super) fn left_out(n: usize) -> String {
    match n {
        0 => String::new(),
        n => format!(
            "{} customers stay out of labels.csv: a text of theirs could run as a formula or cannot be seen.\n",
            count(n as u64)
        ),
    }
}

/// A path as people would type it.
pub(super) fn path(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}

/// A list of outputs: what, and where.
pub(super) fn places(places: &[(&str, &Path)]) -> String {
    let width = places.iter().map(|(what, _)| what.len()).max().unwrap_or(0);
    places
        .iter()
        .map(|(what, path)| format!("  {what:width$}  {}\n", self::path(path)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_tables_aligned() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(999), "999");
        let rows = [
            vec!["a".to_string(), "1".to_string()],
            vec!["long name".to_string(), "20".to_string()],
        ];
        assert_eq!(
            table(&["name", "#n"], &rows),
            "  name        n\n  a           1\n  long name  20\n"
        );
    }
}
