//! Versions: judged, promoted, rolled back, damaged, and made by many at once.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::project::{Project, Ran};

/// A gate that nothing passes.
const STRICT: &str = "[gate]\nmin_auc = 0.999\n";

#[test]
fn a_failed_gate_is_a_no_and_promotes_nothing_unless_forced() {
    let project = Project::simulated().and(STRICT);
    let ran = project.ran("run").ends(1);
    ran.says(&[
        "Gate: FAILED",
        "kept as a candidate",
        "nothing was labelled",
        "models promote v0001 --force",
    ]);
    assert_eq!(project.names("models"), [".lock", "v0001"]);
    let folder = project.folder("-v0001");
    assert_eq!(
        project.names(&folder),
        ["rejects.csv", "report.html", "run.json"]
    );
    project
        .ran("train")
        .ends(1)
        .says(&["models promote v0002 --force"]);

    project
        .ran("models promote v0001")
        .ends(2)
        .says(&["v0001 did not pass the gate", "--force"]);
    assert_eq!(project.names("models"), [".lock", "v0001", "v0002"]);
    project.ran("models promote v0001 --force").ends(0);
    assert_eq!(project.json("models/current")["forced"], true);
    project.ran("score").ends(0);
}

#[test]
fn a_run_whose_candidate_fails_labels_with_the_version_that_stays_current() {
    let project = Project::simulated();
    project.ran("run").ends(0);
    let first = project.text(&format!("{}/labels.csv", project.folder("-v0001")));
    let project = project.and(STRICT);
    project
        .ran("run")
        .ends(1)
        .says(&["v0001 stays current and gave the labels"]);
    let second = project.text(&format!("{}/labels.csv", project.folder("-v0002")));
    assert_eq!(first, second);
    assert_eq!(
        project.json(&format!("{}/run.json", project.folder("-v0002")))["model"][0],
        "v0001"
    );
}

#[test]
fn versions_are_listed_shown_promoted_and_rolled_back() {
    let project = Project::simulated();
    project
        .ran("models list")
        .ends(0)
        .says(&["no version yet", "next: habitus train"]);
    project
        .ran("models rollback")
        .ends(2)
        .says(&["error[registry/not-found]"]);
    project.ran("run").ends(0);
    project
        .ran("models rollback")
        .ends(2)
        .says(&["only one version was ever promoted"]);
    project
        .ran("models promote v0001")
        .ends(0)
        .says(&["v0001 is current already"]);
    project.ran("run --seed 7").ends(0);
    let list = project.ran("models list --format json").ends(0).json();
    let current: Vec<bool> = list["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["is_current"].as_bool().unwrap())
        .collect();
    assert_eq!(current, [false, true]);
    project
        .ran("models show")
        .ends(0)
        .says(&["v0002 (m_", "gate passed", "Dormant customers"]);
    project
        .ran("models rollback")
        .ends(0)
        .says(&["v0001 is current now, after v0002"]);
    project
        .ran("models show current")
        .ends(0)
        .says(&["v0001 (m_"]);
    project
        .ran("models verify")
        .ends(0)
        .says(&["v0001: whole", "v0002: whole"]);
}

#[test]
fn d_53_names_that_are_no_version_never_become_a_path() {
    let project = Project::simulated();
    for name in [
        "../x",
        "..\\x",
        "/etc",
        "a/b",
        "CON",
        "%2e%2e",
        "v1",
        &"v".repeat(300),
    ] {
        for verb in [
            "models show",
            "models verify",
            "models promote",
            "score --model",
            "report --model",
        ] {
            let ran = project.ran(&format!("{verb} {name}")).ends(2);
            assert!(ran.stderr.contains("error[name/invalid]"), "{ran:#?}");
        }
    }
    project
        .ran("models show v0001")
        .ends(2)
        .says(&["error[registry/not-found]"]);
}

#[test]
fn e_67_a_flipped_byte_is_found_by_verify_and_refused_by_every_verb() {
    let project = Project::simulated();
    project.ran("run").ends(0);
    for name in ["model.json", "evidence.json", "manifest.json"] {
        let path = format!("models/v0001/{name}");
        let whole = project.bytes(&path);
        let mut damaged = whole.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 1;
        let project = &project;
        std::fs::write(project.path(&path), &damaged).unwrap();
        project.ran("models verify").ends(1).says(&[name, "v0001"]);
        for verb in [
            "score",
            "report",
            "validate",
            "models show",
            "models promote v0001",
        ] {
            let ran = project.ran(verb).ends(2);
            assert!(
                ran.stderr.contains("error[registry/corrupt]"),
                "{verb}: {ran:#?}"
            );
            assert!(ran.stderr.contains(name), "{verb}: {ran:#?}");
        }
        std::fs::write(project.path(&path), &whole).unwrap();
    }
    project.ran("models verify").ends(0);
    let ran = project.ran("models show").ends(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn e_68_a_version_with_a_file_missing_is_listed_as_unusable() {
    let project = Project::simulated();
    project.ran("run").ends(0);
    std::fs::remove_file(project.path("models/v0001/evidence.json")).unwrap();
    project.ran("models list").ends(0).says(&["evidence.json"]);
    project
        .ran("models verify")
        .ends(1)
        .says(&["evidence.json"]);
    project
        .ran("check")
        .ends(1)
        .says(&["problem: v0001", "evidence.json"]);
    project
        .ran("score")
        .ends(2)
        .says(&["error[registry/corrupt]"]);
    project.ran("run").ends(0).says(&["v0002 (m_"]);
}

#[test]
fn e_58_leftovers_of_a_killed_run_are_ignored_and_collected() {
    let project = Project::simulated().with("models/.tmp-1-dead/new/model.json", "half");
    project.ran("run").ends(0).says(&["v0001 (m_"]);
    project
        .ran("models gc --dry-run")
        .ends(0)
        .says(&["would remove", ".tmp-1-dead"]);
    assert!(project.path("models/.tmp-1-dead").exists());
    project
        .ran("models gc")
        .ends(0)
        .says(&["removed", ".tmp-1-dead"]);
    assert_eq!(project.names("models"), [".lock", "current", "v0001"]);
    project
        .ran("models gc")
        .ends(0)
        .says(&["nothing is left over"]);
}

#[test]
fn e_64_eight_runs_at_once_make_eight_whole_versions() {
    let project = Project::simulated();
    let children: Vec<_> = (0..8)
        .map(|_| {
            let mut command = project.habitus("train --quiet --threads 1");
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    let mut versions = Vec::new();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success(),
            "{stdout}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let saved = stdout.split("Saved as ").nth(1).unwrap();
        versions.push(saved[..5].to_string());
    }
    versions.sort();
    let expected: Vec<String> = (1..=8).map(|i| format!("v000{i}")).collect();
    assert_eq!(versions, expected, "each run got a version of its own");
    project.ran("models verify").ends(0);
    let model = project.bytes("models/v0001/model.json");
    assert!((2..=8).all(|i| project.bytes(&format!("models/v000{i}/model.json")) == model));
    project.has_no_leftovers();
}

#[test]
fn e_66_a_run_waits_for_another_and_says_for_whom() {
    let project = Project::simulated().with("models/.lock", "4711");
    let held: File = OpenOptions::new()
        .write(true)
        .open(project.path("models/.lock"))
        .unwrap();
    held.lock().unwrap();
    let mut command = project.habitus("train");
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(
        line.contains("waiting for process 4711, which holds ./models/.lock"),
        "{line}"
    );
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    drop(held);
    for line in stderr.lines() {
        line.unwrap();
    }
    assert!(child.wait().unwrap().success());
    assert_eq!(project.names("models"), [".lock", "v0001"]);
}

#[test]
fn e_65_readers_of_current_see_whole_versions_while_it_moves() {
    let project = Project::simulated();
    project.ran("run --quiet").ends(0);
    project.ran("run --quiet").ends(0);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    (0..20)
                        .map(|_| project.ran("models show"))
                        .collect::<Vec<Ran>>()
                })
            })
            .collect();
        for i in 0..20 {
            project
                .ran(&format!("models promote v000{}", 1 + i % 2))
                .ends(0);
        }
        for reader in readers {
            for ran in reader.join().unwrap() {
                ran.ends(0);
            }
        }
    });
}

#[test]
fn e_70_an_alias_to_a_version_that_was_removed_is_told_and_a_new_run_mends_it() {
    let project = Project::simulated();
    project.ran("run").ends(0);
    std::fs::remove_dir_all(project.path("models/v0001")).unwrap();
    project
        .ran("score")
        .ends(2)
        .says(&["error[registry/not-found]", "v0001"]);
    project.ran("run").ends(0).says(&["v0002 (m_"]);
    project.ran("score").ends(0);
}
