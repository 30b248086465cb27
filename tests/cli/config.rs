//! The project file, the environment and flags.

use crate::project::{Project, Ran};

const EVENTS: &str =
    "[events]\npaths = [\"e.csv\"]\ncolumns = { customer = \"user\", at = \"ts\" }\n";

fn config(more: &str) -> Project {
    Project::empty().with("habitus.toml", format!("{EVENTS}{more}"))
}

#[test]
fn f_75_an_unknown_key_is_shown_in_its_line_with_the_nearest_known_one() {
    let ran = config("[windows]\nhorizon_day = 30\n").ran("run").ends(2);
    ran.says(&[
        "config/invalid",
        "habitus.toml:5:1",
        "horizon_day = 30",
        "did you mean `horizon_days`?",
    ]);
}

#[test]
fn f_75_every_problem_is_told_at_once() {
    let project = config(
        "[windows]\nhorizon_day = 30\ngap_days = \"x\"\n[segmets]\nk = 3\n[churn]\nkind = \"use\"\n",
    );
    let ran = project.ran("run").ends(2).says(&[
        "habitus.toml:5:1",
        "habitus.toml:6:",
        "habitus.toml:7:",
        "habitus.toml:10:",
        "did you mean `segments`?",
        "4 problems in the configuration",
    ]);
    assert_eq!(ran.stdout, "");
    let json = project.ran("run --format json").ends(2).json();
    assert_eq!(json["error"]["problems"].as_array().unwrap().len(), 4);
    assert!(project.names(".") == ["habitus.toml"], "nothing is written");
}

#[test]
fn f_75_what_is_no_toml_or_no_text_is_refused_with_its_place() {
    for (more, place) in [
        ("[windows\n", "habitus.toml:4:"),
        ("[windows]\ngap_days = 1\ngap_days = 2\n", "habitus.toml:6:"),
        ("[windows]\ngap_days = 99999999999\n", "habitus.toml:5:"),
        ("[product]\nname = \"\\q\"\n", "habitus.toml:5:"),
    ] {
        config(more)
            .ran("run")
            .ends(2)
            .says(&["config/invalid", place]);
    }
    let latin = Project::empty().with("habitus.toml", b"[product]\nname = \"caf\xe9\"\n");
    latin.ran("run").ends(2).says(&["error[config/not-utf8]"]);
    config("")
        .with("habitus.toml", "")
        .ran("run")
        .ends(2)
        .says(&["missing field `events`"]);
}

#[test]
fn f_76_contradictions_name_both_keys() {
    for (more, words) in [
        (
            "[segments]\nk_min = 6\nk_max = 4\n",
            ["segments.k_min = 6", "segments.k_max = 4"],
        ),
        ("[segments]\nk = 1\n", ["segments.k", "at least 2"]),
        ("[churn]\nalpha = 0.0\n", ["churn.alpha = 0", "more than 0"]),
        (
            "[churn]\nkind = \"contract\"\n",
            ["churn.kind", "[outcomes]"],
        ),
        (
            "[windows]\ncutoff = \"2024-02-30\"\n",
            ["windows.cutoff", "no date"],
        ),
        (
            "[product]\ntimezone = \"Europe/Berln\"\n",
            ["product.timezone", "Europe/Berln"],
        ),
    ] {
        config(more)
            .ran("run")
            .ends(2)
            .says(&words)
            .says(&["config/invalid"]);
    }
    let both = config("[segments]\nk = 1\n[churn]\nalpha = 0.0\n")
        .ran("run")
        .ends(2);
    both.says(&["segments.k", "churn.alpha", "2 problems"]);
}

#[test]
fn f_76_a_cutoff_outside_the_data_names_the_days_it_may_be() {
    let project = Project::simulated();
    for cutoff in ["2030-01-01", "2025-01-02"] {
        project
            .ran(&format!("train --cutoff {cutoff}"))
            .ends(2)
            .says(&[
                "windows.cutoff",
                cutoff,
                "must lie from 2025-01-24 to 2025-05-01",
            ]);
    }
    project
        .ran("train --cutoff foo")
        .ends(2)
        .says(&["windows.cutoff = \"foo\" is no date (set by --cutoff)"]);
    project.has_no_version();
    project.ran("run").ends(0);
    project
        .ran("score --cutoff 2030-01-01")
        .ends(2)
        .says(&["--cutoff = 2030-01-01", "2025-05-31"]);
    project
        .ran("score --cutoff soon")
        .ends(2)
        .says(&["--cutoff = `soon` is no date"]);
}

#[test]
fn f_77_a_flag_wins_over_the_environment_and_that_over_the_file() {
    let project = Project::simulated();
    let project = project.and("cutoff = \"2025-04-20\"\n");
    let learnt_at = |arguments: &str, variable: Option<&str>| {
        let mut command = project.habitus(&format!("train --format json {arguments}"));
        if let Some(value) = variable {
            command.env("HABITUS_WINDOWS_CUTOFF", value);
        }
        let json = Ran::of(&mut command).json();
        json["candidate"]["cutoff"].as_str().unwrap().to_string()
    };
    assert_eq!(learnt_at("", None), "2025-04-20");
    assert_eq!(learnt_at("", Some("2025-04-22")), "2025-04-22");
    assert_eq!(
        learnt_at("--cutoff 2025-04-24", Some("2025-04-22")),
        "2025-04-24"
    );
    assert_eq!(learnt_at("", Some("")), "2025-04-20", "empty is unset");
}

#[test]
fn f_77_a_bad_variable_is_named() {
    let project = Project::simulated();
    for (name, value, words) in [
        ("HABITUS_SEGMENTS_K", "many", "HABITUS_SEGMENTS_K = `many`"),
        ("HABITUS_SEGMENT_K", "4", "did you mean HABITUS_SEGMENTS_K?"),
    ] {
        let ran = Ran::of(project.habitus("train").env(name, value)).ends(2);
        ran.says(&["error[config/invalid]", name, words]);
    }
    project.has_no_version();
}

#[test]
fn f_78_a_pattern_that_matches_nothing_is_refused() {
    let project = config("");
    project
        .ran("run")
        .ends(2)
        .says(&["error[input/no-files]", "`e.csv`", "events.paths"]);
    project.has_no_version();
}

#[test]
fn f_78_blanks_and_dashes_in_names_do_no_harm() {
    let project = Project::tiny(
        "-my events/june 1.csv",
        "user,ts,what\na,2024-06-01,x\n",
        "",
    );
    assert_eq!(project.counts().0[0], 1);
    let project = Project::tiny("*.csv", "", "");
    std::fs::remove_file(project.path("*.csv")).unwrap();
    let project = project.with(
        &format!("{}.csv", "n".repeat(251)),
        "user,ts,what\na,2024-06-01,x\n",
    );
    assert_eq!(project.counts().0[0], 1);
}

#[cfg(target_os = "linux")]
#[test]
fn f_78_names_that_are_not_utf_8_are_read_and_recorded() {
    use std::os::unix::ffi::OsStrExt as _;
    let project = Project::simulated();
    let odd = std::ffi::OsStr::from_bytes(b"data/events/\xff.csv");
    std::fs::rename(
        project.path("data/events/events-2025-01.csv"),
        project.path("").join(odd),
    )
    .unwrap();
    let outer = Project::empty();
    let folder = outer.path("").join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    std::fs::rename(project.path(""), &folder).unwrap();
    let mut command = outer.habitus("run --format json --config");
    let ran = Ran::of(command.arg(folder.join("habitus.toml"))).ends(0);
    assert_eq!(ran.json()["record"]["counts"]["customers"], 800);
    for verb in ["score", "export", "report", "models gc"] {
        let mut command = outer.habitus(&format!("{verb} --format json --config"));
        Ran::of(command.arg(folder.join("habitus.toml")))
            .ends(0)
            .json();
    }
    // Back, so that the folder is removed where it was made.
    std::fs::rename(folder, project.path("")).unwrap();
}

#[test]
fn without_a_project_file_the_advice_is_init() {
    let ran = Project::empty().ran("run").ends(2);
    ran.says(&["habitus.toml", "habitus init", "--config"]);
    Project::empty()
        .ran("run --config gone.toml")
        .ends(2)
        .says(&["gone.toml"]);
}

#[test]
fn the_project_file_is_found_from_a_folder_below_and_paths_are_relative_to_it() {
    let project = Project::simulated().with("deep/er/x", "");
    let mut command = project.habitus("run");
    command.current_dir(project.path("deep/er"));
    Ran::of(&mut command).ends(0);
    assert_eq!(project.names("models"), [".lock", "current", "v0001"]);
    assert_eq!(project.names("deep/er"), ["x"]);

    let elsewhere = Project::empty();
    let mut command = elsewhere.habitus("models list");
    command.env("HABITUS_CONFIG", project.path("habitus.toml"));
    Ran::of(&mut command).ends(0).says(&["v0001"]);
    assert_eq!(elsewhere.names("."), [""; 0]);
}

#[test]
fn e_63_outputs_that_cannot_be_written_are_refused_before_anything_is_read() {
    for name in ["reports", "models"] {
        let project = Project::simulated().with(name, "a file");
        for verb in ["run", "train"] {
            let ran = project.ran(verb).ends(2).says(&["error[io]", name]);
            assert!(!ran.stderr.contains("reading"), "{ran:#?}");
        }
        assert_eq!(project.text(name), "a file");
    }
}
