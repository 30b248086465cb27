//! Same input, same bytes: whatever the number of threads, and however the files are cut and listed.

use crate::project::{Project, SIMULATED};

/// Everything a run writes that knows no clock.
const TIMELESS: [&str; 7] = [
    "report.html",
    "labels.csv",
    "crm.csv",
    "crm.ndjson",
    "hubspot.csv",
    "picklist.csv",
    "rejects.csv",
];

fn same(a: (&Project, &str), b: (&Project, &str), names: &[&str]) {
    for name in names {
        let path = |version: &str| match *name {
            "model.json" | "evidence.json" => format!("models/{version}/{name}"),
            _ => name.to_string(),
        };
        let of = |(project, version): (&Project, &str)| match *name {
            "model.json" | "evidence.json" => project.bytes(&path(version)),
            _ => project.bytes(&format!(
                "{}/{name}",
                project.folder(&format!("-{version}"))
            )),
        };
        assert!(of(a) == of(b), "{name} differs");
    }
}

fn ran() -> Project {
    let project = Project::simulated();
    project.ran("run").ends(0);
    project
}

#[test]
fn a_second_run_gives_a_second_version_with_the_same_bytes() {
    let project = ran();
    project
        .ran("run")
        .ends(0)
        .says(&["v0002", "is current now, after v0001"]);
    let both = ((&project, "v0001"), (&project, "v0002"));
    same(both.0, both.1, &TIMELESS);
    same(both.0, both.1, &["model.json", "evidence.json"]);
}

#[test]
fn c_40_the_number_of_threads_changes_no_byte() {
    for method in ["kmeans", "ward"] {
        let runs: Vec<Project> = [1, 2, 8]
            .iter()
            .map(|threads| {
                let project = Project::simulated();
                project.ran(&format!("run --method {method} --threads {threads}"));
                project.ran("models promote latest --force").ends(0);
                project.ran("score").ends(0);
                project
            })
            .collect();
        for other in &runs[1..] {
            same(
                (&runs[0], "v0001"),
                (other, "v0001"),
                &["model.json", "evidence.json", "report.html"],
            );
            let labels = |p: &Project| p.bytes(&format!("{}/labels.csv", p.folder("-score")));
            assert!(labels(&runs[0]) == labels(other), "labels.csv differs");
        }
    }
}

/// The report lists its input files, so it may differ where they do; everything else must not.
#[test]
fn c_40_a_log_cut_into_other_files_in_another_order_gives_the_same_bytes() {
    let whole = ran();
    let cut = Project::simulated();
    let mut lines = Vec::new();
    let mut header = String::new();
    for name in cut.names("data/events") {
        let text = cut.text(&format!("data/events/{name}"));
        let (first, rest) = text.split_once('\n').unwrap();
        header = first.to_string();
        lines.extend(rest.lines().map(String::from));
        std::fs::remove_file(cut.path(&format!("data/events/{name}"))).unwrap();
    }
    // Backwards, dealt out to seven files: no row stands where it stood, or beside whom it stood.
    lines.reverse();
    let mut cut = cut;
    for part in 0..7 {
        let rows: Vec<&str> = lines
            .iter()
            .skip(part)
            .step_by(7)
            .map(String::as_str)
            .collect();
        cut = cut.with(
            &format!("data/events/part-{part}.csv"),
            format!("{header}\n{}\n", rows.join("\n")),
        );
    }
    cut.ran("run").ends(0);
    let without_report = &TIMELESS[1..];
    same((&whole, "v0001"), (&cut, "v0001"), without_report);
    same(
        (&whole, "v0001"),
        (&cut, "v0001"),
        &["model.json", "evidence.json"],
    );
}

#[test]
fn c_40_files_listed_in_another_order_give_the_same_bytes() {
    let listed = |names: &[&str]| {
        let paths: Vec<String> = names
            .iter()
            .map(|n| format!("\"data/events/events-2025-{n}.csv\""))
            .collect();
        let config = SIMULATED.replace("\"data/events/*.csv\"", &paths.join(", "));
        assert_ne!(config, SIMULATED);
        let project = Project::simulated().with("habitus.toml", config);
        project.ran("run").ends(0);
        project
    };
    let (a, b) = (
        listed(&["01", "02", "03", "04", "05"]),
        listed(&["04", "05", "02", "01", "03"]),
    );
    same((&a, "v0001"), (&b, "v0001"), &TIMELESS);
    same(
        (&a, "v0001"),
        (&b, "v0001"),
        &["model.json", "evidence.json"],
    );
}

#[test]
fn the_same_seed_simulates_the_same_files_and_parquet_gives_the_same_labels_as_csv() {
    let text = ran();
    let columns = Project::empty().with("habitus.toml", SIMULATED.replace("*.csv", "*.parquet"));
    columns
        .ran("simulate --out data --customers 800 --days 150 --events parquet")
        .ends(0);
    columns.ran("run").ends(0);
    assert_eq!(
        text.bytes("data/customers.csv"),
        columns.bytes("data/customers.csv")
    );
    // The model names its input pattern, so its id differs; all it learnt must not.
    let learnt = |project: &Project| {
        let mut model = project.json("models/v0001/model.json");
        model["config"]["events"]["paths"] = serde_json::Value::Null;
        model
    };
    assert_eq!(learnt(&text), learnt(&columns));
}
