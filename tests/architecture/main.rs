//! The order of the rooms, read off the sources.
//!
//! A room is a top-level module of the library. It may use the rooms before it in [`ORDER`], never those after:
//! so there can be no cycle either. Tests and `#[cfg(test)]` items may use what they like. The checker reads
//! tokens, not syntax trees: it knows comments, literals, `use` groups, `super` and inline modules.

// cfg(test) tells clippy that helpers of a test may unwrap.
#[cfg(test)]
mod checker;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod tokens;

use std::collections::BTreeSet;

use sources::{Source, Tree, read, root};
use tokens::tokens;

/// The rooms in the order in which data meets them, as ARCHITECTURE.md lists them.
const ORDER: [&str; 20] = [
    "error",
    "files",
    "time",
    "stats",
    "config",
    "intake",
    "activity",
    "features",
    "standardise",
    "cluster",
    "segment",
    "churn",
    "model",
    "registry",
    "validate",
    "report",
    "export",
    "simulate",
    "pipeline",
    "cli",
];

/// Rooms that may touch the file system, the clock and the environment themselves; the others compute.
const OUTER: [&str; 4] = ["files", "intake", "pipeline", "cli"];

#[test]
fn every_room_uses_only_rooms_before_it() {
    let tree = Tree::read();
    let against: Vec<String> = tree
        .files
        .iter()
        .flat_map(|file| file.against_the_order(&tree.exports))
        .collect();
    assert!(against.is_empty(), "{}", against.join("\n"));
}

#[test]
fn only_the_outer_rooms_touch_files_clock_and_environment() {
    let tree = Tree::read();
    let touching: Vec<String> = tree
        .files
        .iter()
        .flat_map(Source::touches_outside)
        .collect();
    assert!(touching.is_empty(), "{}", touching.join("\n"));
}

#[test]
fn the_library_has_these_rooms_and_no_others() {
    let declared: BTreeSet<String> = tokens(&read(&root().join("src/lib.rs")))
        .windows(3)
        .filter(|t| t[0].text == "pub" && t[1].text == "mod")
        .map(|t| t[2].text.clone())
        .collect();
    let ordered: BTreeSet<String> = ORDER.map(String::from).into();
    assert_eq!(
        declared, ordered,
        "src/lib.rs (left) and the order of the rooms (right)"
    );
}

#[test]
fn architecture_md_lists_the_rooms_in_the_same_order() {
    let text = read(&root().join("ARCHITECTURE.md"));
    let listed: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(room, _)| room)
        .filter(|room| ORDER.contains(room))
        .collect();
    assert_eq!(listed, ORDER);
}

#[test]
fn errors_md_tells_every_code_and_every_reason() {
    let errors = read(&root().join("docs/errors.md"));
    let tree = Tree::read();
    let missing: Vec<String> = tree
        .files
        .iter()
        .flat_map(Source::codes_and_reasons)
        .filter(|code| !errors.contains(&format!("`{code}`")))
        .collect();
    assert!(missing.is_empty(), "not in docs/errors.md: {missing:?}");
}

#[test]
fn the_checker_sees_the_imports_there_are() {
    let tree = Tree::read();
    let edges: BTreeSet<(String, String)> = tree
        .files
        .iter()
        .flat_map(|file| {
            let uses = file.uses(&tree.exports);
            uses.into_iter().map(|used| (file.room.clone(), used.room))
        })
        .collect();
    for (from, to) in [
        ("files", "error"),
        ("activity", "intake"),
        ("churn", "segment"),
        ("standardise", "error"), // by way of `crate::{Error, Result}`
        ("cli", "pipeline"),
    ] {
        assert!(
            edges.contains(&(from.into(), to.into())),
            "{from} uses {to}"
        );
    }
}
