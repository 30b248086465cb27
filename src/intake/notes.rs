//! Notes: things worth knowing about the data that are no reason to stop.

use std::hash::{BuildHasher as _, BuildHasherDefault};

use rustc_hash::FxHasher;

use super::cells::shown;
use super::instant::TimeCounts;

/// Groups of ids shown as examples.
const EXAMPLES: usize = 3;

/// What was decided about times of `section`.
pub(crate) fn of_times(section: &str, counts: TimeCounts, notes: &mut Vec<String>) {
    let times = |n| {
        if n == 1 {
            "1 time".into()
        } else {
            format!("{n} times")
        }
    };
    if counts.gaps > 0 {
        notes.push(format!(
            "{} of {section} fell into an hour that clocks skipped: such rows are rejected.",
            times(counts.gaps)
        ));
    }
    if counts.folds > 0 {
        notes.push(format!(
            "{} of {section} fell into an hour that clocks repeated: the earlier instant counts.",
            times(counts.folds)
        ));
    }
    if counts.leaps > 0 {
        notes.push(format!(
            "{} of {section} had a leap second, which is read as second 59.",
            times(counts.leaps)
        ));
    }
}

/// Ids that differ only by case, blanks around them or leading zeros: they are kept apart, but may be meant to be one.
pub(crate) fn of_ids(ids: &[String], notes: &mut Vec<String>) {
    let hasher = BuildHasherDefault::<FxHasher>::default();
    let mut hashed: Vec<(u64, &str)> = ids
        .iter()
        .map(|id| (hasher.hash_one(plain(id)), id.as_str()))
        .collect();
    hashed.sort_unstable();
    let mut groups: Vec<Vec<&str>> = hashed
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|chunk| chunk.len() > 1)
        .flat_map(|chunk| {
            // Equal hashes are only likely to be equal ids.
            let mut ids: Vec<(String, &str)> =
                chunk.iter().map(|&(_, id)| (plain(id), id)).collect();
            ids.sort_unstable();
            ids.chunk_by(|a, b| a.0 == b.0)
                .filter(|group| group.len() > 1)
                .map(|group| group.iter().map(|&(_, id)| id).collect())
                .collect::<Vec<_>>()
        })
        .collect();
    if groups.is_empty() {
        return;
    }
    groups.sort_unstable();
    let n: usize = groups.iter().map(Vec::len).sum();
    let example = |group: &Vec<&str>| {
        let names: Vec<String> = group
            .iter()
            .take(EXAMPLES)
            .map(|id| format!("`{}`", shown(id)))
            .collect();
        names.join(" and ")
    };
    let examples: Vec<String> = groups.iter().take(EXAMPLES).map(example).collect();
    notes.push(format!(
        "{n} customer ids differ from another one only by case, blanks around them or leading zeros and are kept \
         apart: {}.",
        examples.join("; ")
    ));
}

fn plain(id: &str) -> String {
    id.trim().trim_start_matches('0').to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(ids: &[&str]) -> Vec<String> {
        let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
        let mut notes = Vec::new();
        of_ids(&ids, &mut notes);
        notes
    }

    #[test]
    fn b_30_ids_that_differ_by_case_blanks_or_zeros_are_named() {
        assert_eq!(note(&["a", "b", "10", "1"]), [""; 0]);
        assert_eq!(
            note(&["7", "x ", "b", "007", "X"]),
            [
                "4 customer ids differ from another one only by case, blanks around them or leading zeros and are \
              kept apart: `007` and `7`; `X` and `x `."
            ]
        );
        assert_eq!(
            note(&["X", "007", "x ", "7"]),
            note(&["7", "x ", "007", "X"]),
            "order does not matter"
        );
    }
}
