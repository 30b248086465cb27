//! Ctrl-C and SIGTERM: code 130, nothing half done left behind.

#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::project::Project;

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn e_73_a_run_interrupted_while_it_learns_leaves_no_version() {
    for (name, after) in [
        ("-INT", "clustering"),
        ("-TERM", "clustering"),
        ("-INT", "reading"),
    ] {
        let project = Project::simulated();
        let mut command = project.habitus("run");
        // So many starts that it is still clustering when the signal comes.
        command.env("HABITUS_SEGMENTS_N_STARTS", "100000");
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut talk = BufReader::new(child.stderr.take().unwrap()).lines();
        let told = talk
            .by_ref()
            .map(Result::unwrap)
            .find(|line| line.contains(after));
        assert!(told.is_some(), "never came to {after}");
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{name} after {after}");
        assert_eq!(output.stdout, b"");
        project.has_no_version();
        project.has_no_leftovers();
        assert_eq!(project.names("reports"), [""; 0]);
        project.ran("run").ends(0).says(&["v0001 (m_"]);
    }
}

#[test]
fn e_73_what_was_half_written_is_removed() {
    let project = Project::empty();
    let mut command =
        project.habitus("simulate --out data --customers 30000 --days 300 --events csv -q");
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    let writing = |folder: &str| {
        project
            .names(folder)
            .iter()
            .any(|name| name.starts_with(".tmp-"))
    };
    while !writing("data") && !writing(".") {
        assert!(begun.elapsed() < Duration::from_secs(30) && child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(2));
    }
    signal(&child, "-INT");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    project.has_no_leftovers();
    assert_eq!(project.names("data/events"), [""; 0]);
}
