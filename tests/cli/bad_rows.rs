//! Part B of the catalogue: values and time, and what happens when there are too many bad rows.

use crate::project::Project;

fn times(times: &[&str], more: &str) -> Project {
    let rows: String = times.iter().map(|time| format!("a,{time},x\n")).collect();
    Project::tiny("events.csv", format!("user,ts,what\n{rows}"), more)
}

fn pairs(rows: &[(u64, &str)]) -> Vec<(u64, String)> {
    rows.iter()
        .map(|&(line, reason)| (line, reason.to_string()))
        .collect()
}

#[test]
fn b_21_impossible_times_are_rejected_and_shown() {
    let rows =
        times(&["2024-02-30", "0000-01-01", "12/31/24", "2024-06-01"], "").rejected("events.csv");
    let found: Vec<_> = rows
        .iter()
        .map(|r| (r.0, r.1.as_str(), r.2.as_str(), r.3.as_str()))
        .collect();
    let expected = [(2, "2024-02-30"), (3, "0000-01-01"), (4, "12/31/24")];
    assert_eq!(
        found,
        expected.map(|(line, detail)| (line, "ts", "bad-timestamp", detail))
    );
}

#[test]
fn b_21_ambiguous_dates_are_refused_with_both_readings() {
    times(&["01/02/2024", "03/04/2024"], "")
        .refused("input/time-format")
        .says(&["\"%d/%m/%Y\"", "\"%m/%d/%Y\"", "events.time_format"]);
}

#[test]
fn b_22_a_wrong_epoch_unit_is_refused_with_the_right_one() {
    times(&["1717200000000"; 20], "time_format = \"epoch_s\"")
        .refused("input/time-format")
        .says(&[
            "these look like milliseconds",
            "events.time_format = \"epoch_ms\"",
        ]);
    let right = times(
        &["1717200000000", "1717200001000"],
        "time_format = \"epoch_ms\"",
    );
    assert_eq!(right.counts().0, [2, 0, 0, 0, 2, 1]);
}

#[test]
fn b_23_times_out_of_range_are_rejected_and_do_not_wrap() {
    let project = times(&["9999-12-31", "1677-01-01", "2024-06-01"], "");
    let reason = "timestamp-out-of-range";
    assert_eq!(
        project.reasons("events.csv"),
        pairs(&[(2, reason), (3, reason)])
    );
    let numbers = ["9223372036854775807", "-9223372036854775808", "1717200000"];
    let project = times(&numbers, "time_format = \"epoch_s\"");
    assert_eq!(
        project.reasons("events.csv"),
        pairs(&[(2, reason), (3, reason)])
    );
}

#[test]
fn b_24_leap_seconds_are_read_and_noted() {
    let (counts, notes) = times(&["1990-12-31T23:59:60Z", "1991-01-02T00:00:00Z"], "").counts();
    assert_eq!(counts, [2, 0, 0, 0, 2, 1]);
    assert!(
        notes.iter().any(|note| note.contains("leap second")),
        "{notes:?}"
    );
}

#[test]
fn b_25_local_times_that_never_were_are_rejected_and_repeated_ones_noted() {
    let zone = "timezone = \"Europe/Berlin\"";
    let gap = times(&["2024-03-31 02:30:00", "2024-06-01 12:00:00"], zone);
    assert_eq!(
        gap.reasons("events.csv"),
        pairs(&[(2, "nonexistent-local-time")])
    );
    let (counts, notes) = times(&["2024-10-27 02:30:00"], zone).counts();
    assert_eq!(counts[4], 1);
    assert!(
        notes
            .iter()
            .any(|note| note.contains("the earlier instant counts")),
        "{notes:?}"
    );
}

#[test]
fn b_26_equal_instants_with_other_offsets_are_duplicates() {
    let project = times(&["2024-06-01T12:00:00Z", "2024-06-01T14:00:00+02:00"], "");
    assert_eq!(project.counts().0, [2, 0, 1, 0, 1, 1]);
}

#[test]
fn b_28_events_of_the_future_are_counted_and_left_out() {
    let (counts, notes) = times(&["2024-06-01", "2089-01-01"], "").counts();
    assert_eq!(counts, [2, 0, 0, 1, 1, 1]);
    assert!(
        notes.iter().any(|note| note.contains("in the future")),
        "{notes:?}"
    );
    times(&["2089-01-01"], "")
        .refused("input/no-events")
        .says(&["1 in the future"]);
}

#[test]
fn b_29_exact_duplicates_count_once_and_all_of_them_if_so_configured() {
    let rows = [
        "2024-06-01T12:00:00Z",
        "2024-06-01T12:00:00Z",
        "2024-06-01T12:00:01Z",
    ];
    assert_eq!(times(&rows, "").counts().0, [3, 0, 1, 0, 2, 1]);
    assert_eq!(times(&rows, "dedup = false").counts().0, [3, 0, 0, 0, 3, 1]);
}

#[test]
fn b_29_two_dates_of_cancellation_for_one_customer_are_refused_by_name() {
    let section =
        "[outcomes]\npaths = [\"o.csv\"]\ncolumns = { customer = \"id\", churned_at = \"at\" }";
    times(&["2024-06-01"], section)
        .with("o.csv", "id,at\na,2024-06-01\na,2024-06-02\n")
        .refused("input/conflicting-rows")
        .says(&["`a`"]);
}

#[test]
fn b_30_ids_that_look_alike_are_kept_apart_and_named() {
    let project = Project::csv(
        "user,ts,what\n007,2024-06-01,x\n7,2024-06-01,x\nA,2024-06-01,x\na ,2024-06-01,x\n",
    );
    let (counts, notes) = project.counts();
    assert_eq!(counts, [4, 0, 0, 0, 4, 4]);
    assert!(
        notes
            .iter()
            .any(|note| note.contains("`007` and `7`; `A` and `a `")),
        "{notes:?}"
    );
}

#[test]
fn b_31_values_are_null_exact_or_rejected() {
    let values = ["1.5", "", "NULL", "-0", "NaN", "inf", "1e400"];
    let rows: String = values
        .iter()
        .map(|value| format!("a,2024-06-01,{value}\n"))
        .collect();
    let project = Project::empty()
        .with("e.csv", format!("user,ts,eur\n{rows}"))
        .with(
            "habitus.toml",
            "[events]\npaths = [\"e.csv\"]\ncolumns = { customer = \"user\", at = \"ts\", value = \"eur\" }\n\
             [intake]\nmax_reject_share = 0\n",
        );
    let reason = "bad-value";
    assert_eq!(
        project.reasons("e.csv"),
        pairs(&[(6, reason), (7, reason), (8, reason)])
    );
}

#[test]
fn bad_rows_within_the_share_are_listed_and_the_run_goes_on() {
    let project = Project::simulated().with(
        "data/events/more.csv",
        "user_id,timestamp,event,platform,duration_seconds,value\nc000001,yesterday,login,web,,\n,2025-01-02,login,web,,\n",
    );
    project.ran("check").ends(0).says(&[
        "more.csv:2 timestamp bad-timestamp: yesterday",
        "missing-customer",
    ]);
    project
        .ran("run")
        .ends(0)
        .says(&["2 rejected", "nothing lost"]);
    let rejects = project.text(&format!("{}/rejects.csv", project.folder("-v0001")));
    let lines: Vec<&str> = rejects.lines().collect();
    assert_eq!(lines.len(), 3, "{rejects}");
    assert!(
        lines[1].ends_with("data/events/more.csv,2,timestamp,bad-timestamp,yesterday"),
        "{rejects}"
    );
}

#[test]
fn bad_rows_over_the_share_stop_every_verb_that_reads_with_a_list_of_them() {
    let bad: String = (0..99)
        .map(|i| format!("a,2024-06-{:02},x\n", i % 30 + 1))
        .collect();
    let project = Project::tiny(
        "events.csv",
        format!("user,ts,what\n{bad}a,soon,x\na,later,x\n"),
        "[intake]\nmax_reject_share = 0.015",
    );
    for verb in ["run", "train", "check"] {
        project.ran(verb).ends(1).says(&[
            "error[input/too-many-rejects]",
            "1.98%",
            "1.50%",
            "2 bad-timestamp",
            "reports/rejects.csv",
        ]);
        assert_eq!(project.text("reports/rejects.csv").lines().count(), 3);
        std::fs::remove_file(project.path("reports/rejects.csv")).unwrap();
    }
    project.has_no_version();
    project.has_no_leftovers();
}

#[test]
fn c_33_a_log_too_short_or_with_too_few_customers_is_refused_with_figures() {
    times(&["2024-06-01", "2024-06-03"], "")
        .refused("data/too-few")
        .says(&["need at least 75 days", "have"]);
    let rows: String = (0..120)
        .flat_map(|day| {
            ["a", "b"]
                .map(|user| format!("{user},2024-{:02}-{:02},x\n", day / 28 + 1, day % 28 + 1))
        })
        .collect();
    let two = Project::csv(format!("user,ts,what\n{rows}"));
    two.refused("data/too-few").says(&["customers", "have"]);
}
