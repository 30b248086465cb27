//! The checker is held against sources of which it is known whether they keep the order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::ORDER;
use super::sources::Source;

fn against(path: &str, text: &str) -> Vec<String> {
    let exports = BTreeMap::from([("Error".to_string(), "error".to_string())]);
    Source::parse(Path::new(path), text).against_the_order(&exports)
}

#[test]
fn names_file_line_both_rooms_and_the_order() {
    let text = "//! A room.\n\nuse crate::model::Model;\n";
    assert_eq!(
        against("src/cluster/ward.rs", text),
        [format!(
            "src/cluster/ward.rs:3: `cluster` uses `model`, which comes after it in the order {}",
            ORDER.join(", ")
        )]
    );
}

#[test]
fn lets_rooms_before_it_and_the_room_itself_pass() {
    let text = "use crate::error::Result;\nuse crate::cluster::points::Points;\nuse super::kmeans;\n\
                use std::fmt;\nuse crate::Error;\npub(crate) fn f() {}\n";
    assert!(against("src/cluster/ward.rs", text).is_empty());
}

#[test]
fn finds_every_way_to_name_a_later_room() {
    for text in [
        "use crate::report;",
        "pub(crate) use crate::report::Page as P;",
        "use crate::{error::Result, report};",
        "use crate::{error::{Error, Result}, report::{page, Page}};",
        "fn f() -> crate::report::Page { todo!() }",
        "fn f() { let _ = 'a'; crate :: report :: page(); }",
        "fn f<'a>(x: &'a str) { crate::report::page(x) }",
        "use super::super::report;",
        "use super::super::{error, report::Page};",
        "use super::{kmeans, super::report};",
        "mod inner { use super::super::super::report; }",
        "macro_rules! m { () => { $crate::report::page() } }",
        "use crate::*;",
        "use crate::no_such_room;",
    ] {
        assert_eq!(against("src/cluster/ward.rs", text).len(), 1, "{text}");
    }
    assert_eq!(against("src/time.rs", "use super::report;").len(), 1);
    assert_eq!(against("src/cluster/mod.rs", "use super::report;").len(), 1);
}

#[test]
fn catches_one_side_of_every_cycle() {
    for (i, a) in ORDER.iter().enumerate() {
        for b in &ORDER[i + 1..] {
            let file = |room: &str| format!("src/{room}.rs");
            let uses = |room: &str| format!("use crate::{room}::x;");
            assert_eq!(against(&file(a), &uses(b)).len(), 1, "{a} uses {b}");
            assert!(against(&file(b), &uses(a)).is_empty(), "{b} uses {a}");
        }
    }
}

#[test]
fn takes_no_notice_of_comments_texts_and_tests() {
    for text in [
        "// use crate::report;",
        "/* use crate::report; /* nested */ use crate::report; */",
        "/// See [`crate::report::page`].\nfn f() {}",
        r#"const A: &str = "use crate::report; \" crate::report::x";"#,
        r##"const A: &str = r#"use "crate::report::x"#;"##,
        "#[cfg(test)]\nmod tests { use crate::report; fn f() { { } crate::report::page(); } }",
        "#[cfg(test)]\nuse crate::report::{page, Page};",
        "#[cfg(test)]\n#[expect(unused)]\nfn f(x: [u8; 2]) -> crate::report::Page { page(x) }",
        "mod inner { use super::super::kmeans; }",
    ] {
        assert!(against("src/cluster/ward.rs", text).is_empty(), "{text}");
    }
}

#[test]
fn goes_on_after_a_test_item() {
    let text = "#[cfg(test)]\nmod tests { fn f() {} }\nuse crate::report;";
    assert_eq!(against("src/cluster/ward.rs", text).len(), 1);
    let text = "#[cfg(not(test))]\nuse crate::report;";
    assert_eq!(against("src/cluster/ward.rs", text).len(), 1);
}

#[test]
fn knows_which_files_are_tests() {
    let text = "#[cfg(test)]\nmod tests;\n#[cfg(test)]\n#[path = \"more_tests.rs\"]\npub(crate) mod more;\nmod kept;";
    let of = |path: &str| Source::parse(Path::new(path), text).test_files();
    assert_eq!(
        of("src/cluster/mod.rs"),
        ["src/cluster/tests", "src/cluster/more_tests"].map(PathBuf::from)
    );
    assert_eq!(
        of("src/cluster/ward.rs"),
        ["src/cluster/ward/tests", "src/cluster/more_tests"].map(PathBuf::from)
    );
}

#[test]
fn finds_a_computing_room_that_reads_files_or_the_clock() {
    for text in [
        "use std::fs::File;",
        "use std::{fmt, env};",
        "fn f() { std::process::exit(1) }",
        "fn f() { let _ = Instant::now(); }",
        "fn f() { let _ = jiff::Timestamp::now(); }",
    ] {
        let of = |path: &str| Source::parse(Path::new(path), text).touches_outside().len();
        assert_eq!(of("src/stats/roc.rs"), 1, "{text}");
        assert_eq!(of("src/cli/run.rs"), 0, "{text}");
    }
}
