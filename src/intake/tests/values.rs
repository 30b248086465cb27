//! Section B: values and time, roster and outcomes.

use super::*;

const AT: &str = "columns = { customer = \"user\", at = \"ts\" }";

fn at(times: &[&str], settings: &str) -> Case {
    let lines: Vec<String> = times.iter().map(|time| format!("a,{time}\n")).collect();
    Case::new(
        "e.csv",
        format!("user,ts\n{}", lines.concat()),
        &format!("{AT}\n{settings}"),
    )
}

fn reasons(case: &Case) -> Vec<&'static str> {
    case.rows()
        .1
        .into_iter()
        .map(|(_, reason)| reason)
        .collect()
}

#[test]
fn b_21_impossible_times_are_rejected_with_what_was_found() {
    let case = at(&["2024-02-30", "0000-01-01", "12/31/24", "2024-06-01"], "");
    assert_eq!(reasons(&case), ["bad-timestamp"; 3]);
    let reject = case.ok().rejects.remove(0);
    assert_eq!(
        (reject.column.as_str(), reject.detail.as_str()),
        ("ts", "2024-02-30")
    );
}

#[test]
fn b_21_a_file_of_ambiguous_dates_is_refused_with_both_readings() {
    let error = at(&["01/02/2024", "03/04/2024"], "").refused();
    assert_eq!(error.code(), "input/time-format");
    assert_eq!(
        help(&error),
        "set events.time_format = \"%d/%m/%Y\" or events.time_format = \"%m/%d/%Y\""
    );
}

#[test]
fn b_22_a_wrong_epoch_unit_is_refused_with_the_right_one() {
    for (time, words, name) in [
        ("1717200000", "seconds", "epoch_s"),
        ("1717200000000", "milliseconds", "epoch_ms"),
        ("1717200000000000", "microseconds", "epoch_us"),
        ("1717200000000000000", "nanoseconds", "epoch_ns"),
    ] {
        for format in ["iso8601", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns"] {
            let case = at(&[time; 20], &format!("time_format = \"{format}\""));
            if format == name {
                assert_eq!(case.ok().events.at, [1_717_200_000_000_000; 20]);
                continue;
            }
            let error = case.refused();
            assert_eq!(error.code(), "input/time-format");
            assert!(
                error
                    .to_string()
                    .contains(&format!("these look like {words}")),
                "{error}"
            );
            assert_eq!(help(&error), format!("set events.time_format = \"{name}\""));
        }
    }
}

#[test]
fn b_23_times_out_of_range_are_rejected() {
    let case = at(&["9999-12-31", "1677-01-01", "2024-06-01"], "");
    assert_eq!(reasons(&case), ["timestamp-out-of-range"; 2]);
    let case = at(
        &["9223372036854775807", "-9223372036854775808", "1717200000"],
        "time_format = \"epoch_s\"",
    );
    assert_eq!(reasons(&case), ["timestamp-out-of-range"; 2]);
}

#[test]
fn b_24_leap_seconds_are_counted_in_a_note() {
    let intake = at(&["1990-12-31T23:59:60Z", "2024-06-01"], "").ok();
    assert_eq!(intake.events.at[0], 662_687_999_000_000);
    assert_eq!(
        intake.notes,
        ["1 time of events had a leap second, which is read as second 59."]
    );
}

#[test]
fn b_25_gaps_and_folds_of_the_zone_are_counted_in_notes() {
    let times = [
        "2024-03-31 02:30:00",
        "2024-10-27 02:30:00",
        "2024-10-27 02:59:59",
    ];
    let case = at(&times, "timezone = \"Europe/Berlin\"");
    assert_eq!(reasons(&case), ["nonexistent-local-time"]);
    let intake = case.ok();
    assert_eq!(
        intake.events.at,
        [1_729_989_000_000_000, 1_729_990_799_000_000]
    );
    assert_eq!(
        intake.notes,
        [
            "1 time of events fell into an hour that clocks skipped: such rows are rejected.",
            "2 times of events fell into an hour that clocks repeated: the earlier instant counts.",
        ]
    );
    let by_product = at(&times, "[product]\ntimezone = \"Europe/Berlin\"");
    assert_eq!(by_product.ok().events, intake.events);
    assert_eq!(at(&times, "").ok().events.at.len(), 3, "UTC has no gaps");
    let error = at(&times, "timezone = \"Europe/Berln\"").refused();
    assert!(
        error
            .to_string()
            .contains("events.timezone = `Europe/Berln` is no time zone")
    );
}

#[test]
fn b_26_equal_instants_are_equal_whatever_their_offset() {
    let intake = at(
        &[
            "2024-06-01T00:00:00Z",
            "2024-06-01T02:00:00+02:00",
            "2024-05-31T17:00:00-0700",
        ],
        "",
    )
    .ok();
    assert_eq!(intake.events.at, [1_717_200_000_000_000; 3]);
}

#[test]
fn b_29_a_customer_with_two_dates_of_cancellation_is_refused_by_name() {
    let case = |rows: &str| {
        at(&["2024-06-01"], "")
            .with("churned.csv", format!("id,at\n{rows}"))
            .and("[outcomes]\npaths = [\"churned.csv\"]\ncolumns = { customer = \"id\", churned_at = \"at\" }")
    };
    let error = case("a,2024-06-01\nb,2024-06-01\nb,2024-06-02\nc,\na,2024-06-01\n").refused();
    assert_eq!(error.code(), "input/conflicting-rows");
    assert!(
        error
            .to_string()
            .contains("1 customer is in outcomes more than once with different values: `b`"),
        "{error}"
    );
    let intake = case("a,2024-06-01\na,2024-06-01 13:00\nc,\nd,NULL\n,2024-06-01\ne,soon\n").ok();
    assert_eq!(
        intake.outcomes.unwrap().into_iter().collect::<Vec<_>>(),
        [("a".to_owned(), crate::time::Day(19_875))]
    );
    assert_eq!(
        intake.notes,
        ["Rows of outcomes that repeat another one count once (1 left out)."]
    );
    let rejects: Vec<_> = intake
        .rejects
        .iter()
        .map(|r| (r.file, r.line, r.reason))
        .collect();
    assert_eq!(
        rejects,
        [(1, 6, "missing-customer"), (1, 7, "bad-timestamp")]
    );
    assert_eq!(case("").ok().outcomes.unwrap().len(), 0, "nobody cancelled");
}

#[test]
fn b_30_ids_that_differ_only_by_zeros_or_case_stay_apart_and_are_noted() {
    let case = Case::csv(
        "user,ts,what\n007,2024-06-01,x\n7,2024-06-01,x\nA,2024-06-01,x\na ,2024-06-01,x\n",
    );
    let intake = case.ok();
    assert_eq!(intake.events.customers, ["007", "7", "A", "a "]);
    assert_eq!(intake.notes.len(), 1);
    assert!(
        intake.notes[0].contains("`007` and `7`; `A` and `a `"),
        "{}",
        intake.notes[0]
    );
}

#[test]
fn b_31_values_are_null_exact_or_rejected() {
    let values = [
        "1.5", "", "NULL", "N/A", "-0", "NaN", "inf", "1e400", "1,5", "12",
    ];
    let lines: Vec<String> = values
        .iter()
        .map(|value| format!("a;2024-06-01;{value}\n"))
        .collect();
    let settings =
        "delimiter = \";\"\ncolumns = { customer = \"user\", at = \"ts\", value = \"eur\" }";
    let case = Case::new(
        "e.csv",
        format!("user;ts;eur\n{}", lines.concat()),
        settings,
    );
    assert_eq!(
        case.ok().events.value,
        [Some(1_500_000), None, None, None, Some(0), Some(12_000_000)]
    );
    assert_eq!(reasons(&case), ["bad-value"; 4]);
    assert_eq!(case.ok().rejects[3].detail, "1,5");
}

#[test]
fn d_52_rejects_show_control_characters_escaped_and_long_cells_cut() {
    let case = at(
        &["\u{1b}]0;evil\u{7}", &"9".repeat(5_000), "2024-06-01"],
        "",
    );
    let details: Vec<String> = case
        .ok()
        .rejects
        .into_iter()
        .map(|reject| reject.detail)
        .collect();
    assert_eq!(details[0], "\\u{1b}]0;evil\\u{7}");
    assert_eq!(details[1].len(), 83);
}

#[test]
fn fingerprints_tell_platforms_and_ids_apart_and_nothing_else() {
    let settings = "columns = { customer = \"user\", at = \"ts\", platform = \"on\", id = \"id\" }";
    let content = "user,ts,on,id\na,2024-06-01,web,1\nb,2024-06-02,web,1\na,2024-06-01,we,b1\na,2024-06-01,,web1\na,2024-06-01,web1,\n";
    let fingerprint = Case::new("e.csv", content, settings)
        .ok()
        .events
        .fingerprint;
    assert_eq!(fingerprint[0], fingerprint[1]);
    let mut distinct = fingerprint[1..].to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 4);
}

#[test]
fn more_event_names_than_there_is_room_for_are_refused() {
    let lines: Vec<String> = (0..65_536).map(|i| format!("a,2024-06-01,{i}\n")).collect();
    let content = |n: usize| format!("user,ts,what\n{}", lines[..n].concat());
    assert_eq!(Case::csv(content(65_535)).ok().events.names.len(), 65_535);
    let Error::Limit { max, help, .. } = Case::csv(content(65_536)).refused() else {
        panic!()
    };
    assert_eq!(max, 65_535);
    assert!(help.unwrap().contains("events.columns.event"));
}

#[test]
fn the_roster_is_sorted_by_id_and_repeated_rows_count_once() {
    let roster = "id,since,acc,plan,mrr,mail\nb,2024-06-01T23:30:00Z,,pro,9.99,b@x.org\na,,acc1,NULL,,\nb,2024-06-01T23:30:00Z,,pro,\
                  9.990,b@x.org\n,,,,,\nc,,,,much,\n";
    let section = "[product]\ntimezone = \"Europe/Berlin\"\n[customers]\npaths = [\"roster.csv\"]\ncolumns = { id = \"id\", signed_up_at = \
                   \"since\", account = \"acc\", plan = \"plan\", mrr = \"mrr\", email = \"mail\" }";
    let case = at(&["2024-06-01"], "")
        .with("roster.csv", roster)
        .and(section);
    let intake = case.ok();
    let customers = intake.customers.unwrap();
    assert_eq!(customers.ids, ["a", "b"]);
    assert_eq!(
        customers.signed_up,
        [None, crate::time::Day::parse("2024-06-02")],
        "a day of Berlin"
    );
    assert_eq!(customers.account, [Some("acc1".to_owned()), None]);
    assert_eq!(customers.plan, [None, Some("pro".to_owned())]);
    assert_eq!(customers.mrr, [None, Some(9_990_000)]);
    assert_eq!(customers.email, [None, Some("b@x.org".to_owned())]);
    assert_eq!(
        intake.notes,
        ["Rows of customers that repeat another one count once (1 left out)."]
    );
    let rejects: Vec<_> = intake
        .rejects
        .iter()
        .map(|r| (r.file, r.line, r.reason))
        .collect();
    assert_eq!(rejects, [(0, 5, "missing-customer"), (0, 6, "bad-value")]);
    let conflict = case
        .with("roster.csv", format!("{roster}b,,,free,9.99,\n"))
        .refused();
    assert_eq!(conflict.code(), "input/conflicting-rows");
    let empty = at(&["2024-06-01"], "")
        .with("roster.csv", "id,since,acc,plan,mrr,mail\n")
        .and(section);
    assert_eq!(empty.ok().customers.unwrap().ids.len(), 0);
}
