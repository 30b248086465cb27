//! stdout is the answer, stderr the talk; and what happens when they cannot be written.

use std::fs::OpenOptions;
use std::process::Stdio;

use crate::project::{Project, Ran};

#[test]
fn quiet_is_quiet_unless_something_is_wrong() {
    let project = Project::simulated();
    for verb in [
        "simulate --out demo --customers 20 --days 10",
        "check",
        "train",
        "run",
        "score",
        "validate",
        "report",
        "export",
        "models list",
    ] {
        let ran = project.ran(&format!("{verb} -q")).ends(0);
        assert_eq!(ran.stderr, "", "{verb}");
        assert_ne!(ran.stdout, "", "{verb}");
    }
    let ran = project.ran("models show v0099 -q").ends(2);
    assert!(ran.stderr.contains("error[registry/not-found]"));
}

#[test]
fn d_52_control_characters_of_names_do_not_reach_the_terminal() {
    let project = Project::csv("user,ts,what\na,\u{1b}]0;evil\u{7},x\n\u{1b}[2J,2024-06-01,x\n").with(
        "habitus.toml",
        "[events]\npaths = [\"events.csv\"]\ncolumns = { customer = \"user\", at = \"ts\" }\n[intake]\nmax_reject_share = 1\n",
    );
    let ran = project.ran("check");
    assert!(ran.stdout.contains("evil"), "{ran:#?}");
    assert!(!(ran.stdout + &ran.stderr).contains(['\u{1b}', '\u{7}']));
    let named = Project::simulated();
    let config = named
        .text("habitus.toml")
        .replace("\"Scribe\"", "\"\\u001b[31mScribe\"");
    let ran = named.with("habitus.toml", config).ran("run").ends(0);
    assert!(!(ran.stdout + &ran.stderr).contains('\u{1b}'));
}

#[cfg(target_os = "linux")]
#[test]
fn e_62_a_full_stdout_is_an_error_whatever_the_verb() {
    let project = Project::simulated();
    for verb in [
        "schema",
        "completions bash",
        "--help",
        "--version",
        "models list",
        "run",
        "train --format json",
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = project.habitus(verb);
        let output = command
            .stdout(full)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{verb}: {stderr}");
        assert!(
            stderr.contains("error[io]: cannot write standard output"),
            "{verb}: {stderr}"
        );
    }
}

#[test]
fn e_62_a_reader_that_has_gone_is_no_error() {
    let project = Project::simulated();
    for verb in [
        "schema",
        "completions bash",
        "--help",
        "run -q",
        "models list -q",
        "models show v0099 --format json -q",
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = project.habitus(verb);
        let output = command
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap();
        let expected = if verb.contains("v0099") { 2 } else { 0 };
        assert_eq!(output.status.code(), Some(expected), "{verb}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{verb}");
    }
    assert_eq!(project.names("models"), [".lock", "current", "v0001"]);
}

#[test]
fn stages_are_told_line_by_line_where_stderr_is_no_terminal() {
    let project = Project::simulated();
    let Ran { stderr, .. } = project.ran("train").ends(0);
    let told: Vec<&str> = stderr
        .lines()
        .filter(|line| line.starts_with("habitus: "))
        .collect();
    assert_eq!(
        told.first(),
        Some(&"habitus: reading events, customers and outcomes")
    );
    assert_eq!(told.last(), Some(&"habitus: saving the version"));
    assert!(!stderr.contains('\r') && !stderr.contains('\u{1b}'));
}
