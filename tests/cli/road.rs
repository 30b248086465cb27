//! The whole road: train, promote, score, validate, report, export, and `run`, which does it all.

use serde_json::Value;

use crate::project::Project;

const OUTPUTS: [&str; 8] = [
    "crm.csv",
    "crm.ndjson",
    "hubspot.csv",
    "labels.csv",
    "picklist.csv",
    "rejects.csv",
    "report.html",
    "run.json",
];

fn hash(bytes: &[u8]) -> String {
    format!("b3:{}", blake3::hash(bytes).to_hex())
}

fn n(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn a_run_leaves_report_labels_crm_files_rejects_and_a_current_version_and_says_where() {
    let project = Project::simulated();
    let ran = project.ran("run").ends(0);
    let folder = project.folder("-v0001");
    assert_eq!(project.names(&folder), OUTPUTS);
    assert_eq!(project.names("models"), [".lock", "current", "v0001"]);
    for name in OUTPUTS {
        assert!(
            !project.bytes(&format!("{folder}/{name}")).is_empty(),
            "{name}"
        );
    }
    for name in OUTPUTS
        .iter()
        .filter(|n| !["run.json", "picklist.csv"].contains(n))
    {
        assert!(
            ran.stdout.contains(&format!("{folder}/{name}")),
            "{name}: {ran:#?}"
        );
    }
    let ran = ran.says(&[
        "nothing lost",
        "Gate: passed",
        "is current now",
        "models/v0001",
    ]);
    assert!(ran.stderr.contains("habitus: clustering\n"), "{ran:#?}");
    assert!(
        ran.stderr.ends_with("report.html\n"),
        "the next command: {ran:#?}"
    );
    project.has_no_leftovers();
}

#[test]
fn a_run_answers_in_one_json_document_that_agrees_with_run_json() {
    let project = Project::simulated();
    let ran = project.ran("run --format json --quiet").ends(0);
    assert_eq!(ran.stderr, "");
    let answer = ran.json();
    assert_eq!(answer["schema_version"], 1);
    assert_eq!(answer["version"], "v0001");
    assert_eq!(answer["promoted"], true);
    assert_eq!(answer["candidate"]["gate"]["passed"], true);
    let folder = project.folder("-v0001");
    let record = project.json(&format!("{folder}/run.json"));
    assert_eq!(answer["record"], record);
    assert_eq!(record["model"][1], answer["candidate"]["model_id"]);
}

#[test]
fn run_json_accounts_for_every_input_row_stage_and_output() {
    let project = Project::simulated();
    project.ran("run").ends(0);
    let folder = project.folder("-v0001");
    let record = project.json(&format!("{folder}/run.json"));
    assert_eq!(record["schema_version"], 1);
    assert_eq!(record["command"], "run");
    assert_eq!(record["seed"], 42);
    assert_eq!(
        record["config_blake3"],
        hash(&project.bytes("habitus.toml"))
    );

    let inputs = record["inputs"].as_array().unwrap();
    let kinds: Vec<&str> = inputs.iter().map(|i| i["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "customers",
            "events",
            "events",
            "events",
            "events",
            "events",
            "outcomes"
        ]
    );
    let mut rows = 0;
    for input in inputs {
        let bytes = project.bytes(input["path"].as_str().unwrap());
        assert_eq!(input["blake3"], hash(&bytes));
        assert_eq!(n(&input["bytes"]), bytes.len() as u64);
        if input["kind"] == "events" {
            rows += n(&input["n_rows"]);
            let lines = bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
            assert_eq!(n(&input["n_rows"]), lines - 1);
        }
    }
    let counts = &record["counts"];
    let of = |name: &str| n(&counts[name]);
    assert_eq!(of("event_rows"), rows);
    assert_eq!(
        of("used") + of("rejected") + of("duplicates") + of("future"),
        rows
    );
    assert_eq!((of("customers"), of("labels")), (800, 800));

    let stages = record["stages"].as_array().unwrap();
    let names: Vec<&str> = stages.iter().map(|s| s["name"].as_str().unwrap()).collect();
    let expected = [
        "read", "activity", "features", "proof", "cluster", "churn", "validate", "save", "score",
        "report", "export",
    ];
    assert_eq!(names, expected);
    assert!(stages.iter().all(|s| s["seconds"].as_f64().unwrap() >= 0.0));

    let outputs = record["outputs"].as_array().unwrap();
    let mut names: Vec<&str> = outputs
        .iter()
        .map(|o| o["path"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        OUTPUTS
            .iter()
            .copied()
            .filter(|&n| n != "run.json")
            .collect::<Vec<_>>()
    );
    for output in outputs {
        let bytes = project.bytes(&format!("{folder}/{}", output["path"].as_str().unwrap()));
        assert_eq!(output["blake3"], hash(&bytes));
        assert_eq!(n(&output["bytes"]), bytes.len() as u64);
    }
}

#[test]
fn the_nightly_and_the_monthly_verbs_work_one_by_one() {
    let project = Project::simulated();
    project
        .ran("check")
        .ends(0)
        .says(&["is sound", "next: habitus run"]);
    project
        .ran("train")
        .ends(0)
        .says(&["Saved as v0001", "next: habitus models promote v0001"]);
    assert_eq!(
        project.names("models"),
        [".lock", "v0001"],
        "train promotes nothing"
    );
    project
        .ran("score")
        .ends(2)
        .says(&["error[registry/not-found]", "habitus models promote"]);
    project.ran("score --model v0001 --quiet").ends(0);
    project
        .ran("models promote latest")
        .ends(0)
        .says(&["v0001 is current now", "next: habitus score"]);
    project.ran("score").ends(0).says(&[
        "800 customers labelled",
        "labels.csv",
        "next: habitus export",
    ]);
    let scored = project.folder("-v0001-score");
    assert_eq!(project.names(&scored), ["labels.csv", "run.json"]);
    project
        .ran("export")
        .ends(0)
        .says(&["crm.csv", "crm.ndjson", "hubspot.csv", "800 rows"]);
    let exported = project.folder("-score-export");
    assert_eq!(
        project.names(&exported),
        [
            "crm.csv",
            "crm.ndjson",
            "hubspot.csv",
            "picklist.csv",
            "receipt.json"
        ]
    );
    project.ran("validate").ends(0).says(&["Gate: passed"]);
    project.ran("report").ends(0).says(&["report.html"]);
    let report = project.text(&format!("{}/report.html", project.folder("-v0001-report")));
    assert!(report.starts_with("<!doctype html>") || report.starts_with("<!DOCTYPE html>"));
    project.has_no_leftovers();
}

#[test]
fn what_the_verbs_do_one_by_one_is_what_run_does() {
    let project = Project::simulated();
    project.ran("run").ends(0);
    project.ran("score").ends(0);
    project.ran("export").ends(0);
    project.ran("report").ends(0);
    let (run, score) = (project.folder("-v0001"), project.folder("-score"));
    let (export, report) = (project.folder("-export"), project.folder("-report"));
    for (folder, name) in [
        (&score, "labels.csv"),
        (&export, "crm.csv"),
        (&export, "crm.ndjson"),
        (&export, "hubspot.csv"),
        (&report, "report.html"),
    ] {
        let (by_run, alone) = (format!("{run}/{name}"), format!("{folder}/{name}"));
        assert!(
            project.bytes(&by_run) == project.bytes(&alone),
            "{by_run} and {alone} differ"
        );
    }
}

#[test]
fn the_export_can_be_narrowed_and_never_replaces_a_folder_it_was_pointed_at() {
    let project = Project::simulated();
    project.ran("run").ends(0);
    project.ran("export --target ndjson --out crm").ends(0);
    assert_eq!(
        project.names("crm"),
        ["crm.ndjson", "picklist.csv", "receipt.json"]
    );
    let before = project.bytes("crm/crm.ndjson");
    project
        .ran("export --target csv --out crm")
        .ends(2)
        .says(&["exists and is not empty"]);
    assert_eq!(project.bytes("crm/crm.ndjson"), before);
    project
        .ran("export --labels missing.csv")
        .ends(2)
        .says(&["missing.csv"]);
    project
        .ran("export --labels habitus.toml")
        .ends(2)
        .says(&["error[input/bad-labels]"]);
}

#[test]
fn every_verb_answers_in_one_json_document() {
    let project = Project::simulated();
    for arguments in [
        "check",
        "run",
        "train",
        "score",
        "validate",
        "report",
        "export",
        "models list",
        "models show",
        "models verify",
        "models gc",
        "models promote latest",
        "models rollback",
        "init other",
        "simulate --out demo --customers 20 --days 10",
    ] {
        let ran = project
            .ran(&format!("{arguments} --format json --quiet"))
            .ends(0);
        assert_eq!(ran.json()["schema_version"], 1, "{arguments}");
        assert_eq!(ran.stderr, "", "{arguments}");
    }
    let failed = project.ran("models show v9999 --format json").ends(2);
    assert_eq!(failed.json()["error"]["code"], "registry/not-found");
    let misused = project.ran("--format json nonsense").ends(2);
    assert_eq!(misused.json()["error"]["code"], "config/invalid");
}
