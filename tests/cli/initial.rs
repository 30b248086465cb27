//! `init`, help, schema and completions.

use crate::project::Project;

const VERBS: [&str; 18] = [
    "",
    "init",
    "simulate",
    "check",
    "train",
    "score",
    "validate",
    "report",
    "export",
    "run",
    "models",
    "models list",
    "models show",
    "models promote",
    "models rollback",
    "models verify",
    "models gc",
    "schema",
];

#[test]
fn init_writes_what_is_not_there_and_overwrites_nothing() {
    let project = Project::empty().with(".gitignore", "mine\n");
    project
        .ran("init")
        .ends(0)
        .says(&["wrote habitus.toml", "kept  .gitignore"]);
    assert_eq!(project.text(".gitignore"), "mine\n");
    let project = project.and("# mine\n");
    let before = project.text("habitus.toml");
    project.ran("init").ends(0).says(&["kept  habitus.toml"]);
    assert_eq!(project.text("habitus.toml"), before);
    project
        .ran("init acme")
        .ends(0)
        .says(&["then: cd acme && habitus check"]);
    assert_eq!(project.names("acme"), [".gitignore", "habitus.toml"]);
}

#[test]
fn init_with_an_example_gives_a_project_that_runs_at_once() {
    let project = Project::empty();
    project.ran("init --example").ends(0);
    project
        .ran("run")
        .ends(0)
        .says(&["Gate: passed", "report.html"]);
    let before = project.bytes("data/customers.csv");
    project
        .ran("init --example")
        .ends(2)
        .says(&["exists already"]);
    assert_eq!(project.bytes("data/customers.csv"), before);
    project.has_no_leftovers();
}

#[test]
fn every_verb_has_help_in_two_lengths() {
    let project = Project::empty();
    for verb in VERBS {
        for flag in ["-h", "--help"] {
            let ran = project.ran(&format!("{verb} {flag}")).ends(0);
            assert!(ran.stdout.contains("Usage: habitus"), "{verb}: {ran:#?}");
            assert_eq!(ran.stderr, "", "{verb}");
        }
    }
    project.ran("--version").ends(0).says(&["habitus "]);
    project.ran("").ends(2);
    project
        .ran("nonsense")
        .ends(2)
        .says(&["unrecognized subcommand"]);
    project.ran("train --k many").ends(2).says(&["--k"]);
    assert_eq!(project.names("."), [""; 0]);
}

#[test]
fn the_schema_is_json_and_has_every_section() {
    let schema = Project::empty().ran("schema").ends(0).json();
    for section in [
        "product",
        "events",
        "customers",
        "outcomes",
        "intake",
        "windows",
        "features",
        "lifecycle",
        "segments",
        "churn",
        "gate",
        "export",
        "output",
    ] {
        assert!(schema["properties"][section].is_object(), "{section}");
    }
    assert_eq!(schema["required"], serde_json::json!(["events"]));
}

#[test]
fn completions_are_scripts_that_name_the_verbs() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        Project::empty()
            .ran(&format!("completions {shell}"))
            .ends(0)
            .says(&["habitus", "simulate", "promote"]);
    }
}
