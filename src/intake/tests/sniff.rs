//! Proposals: what is guessed from files of many kinds, and that the proposal reads them.

use std::io::Write as _;

use polars::prelude::IntoColumn as _;
use proptest::prelude::*;

use super::*;
use crate::config::{Column, Delimiter, DurationUnit};
use crate::intake::{Proposal, sniff};

fn proposed(content: impl AsRef<[u8]>) -> Result<Proposal> {
    let case = Case::new("log file", content, "");
    let proposal = sniff(&case.path("log file"))?;
    let text = proposal.to_toml();
    let config: Config = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let intake = read(&config, case.folder.path(), &|_, _| {}).unwrap();
    check_account(&intake);
    assert_eq!(
        u64::try_from(intake.events.at.len()).unwrap(),
        proposal.n_events,
        "{text}"
    );
    assert_eq!(
        intake.events.customers.len(),
        proposal.n_customers,
        "{text}"
    );
    assert!(intake.rejects.is_empty(), "{text}");
    Ok(proposal)
}

fn name(text: &str) -> Column {
    Column::Name(text.into())
}

/// `n` lines, of numbers that repeat (customers), grow (times) and vary.
fn lines(header: &str, n: u64, line: impl Fn(u64, u64, u64) -> String) -> String {
    let body: Vec<String> = (0..n)
        .map(|i| line(i * 7 % 40, i * 3_600 * 4, i * 31 % 9) + "\n")
        .collect();
    format!("{header}{}", body.concat())
}

fn date(seconds: u64, format: &str) -> String {
    let seconds = i64::try_from(seconds).unwrap() + 1_717_200_000;
    jiff::Timestamp::from_second(seconds)
        .unwrap()
        .strftime(format)
        .to_string()
}

#[test]
fn a_log_of_blanks_and_unix_seconds_has_no_event_column() {
    let text = lines("src dst time\n", 1_100, |who, at, what| {
        format!("{who} {} {}", what + 90, at + 1_082_040_961)
    });
    let found = proposed(text).unwrap();
    assert_eq!(
        (found.delimiter, found.header, found.time_format.as_str()),
        (Delimiter::Blanks, true, "epoch_s")
    );
    assert_eq!((found.customer, found.at), (name("src"), name("time")));
    assert_eq!(
        (found.event, found.value, found.duration, found.platform),
        (None, None, None, None)
    );
    assert_eq!((found.observation_days, found.horizon_days), (90, 30));
}

#[test]
fn a_log_without_a_header_is_mapped_by_position() {
    let text = lines("", 400, |who, at, what| {
        format!(
            " {:05} {:04} {}  {}   {}.{:02}\r",
            who + 4,
            who + 1,
            date(at * 10, "%Y%m%d"),
            what % 3 + 1,
            what + 10,
            what * 11
        )
    });
    let found = proposed(text).unwrap();
    assert_eq!(
        (found.delimiter, found.header, found.time_format.as_str()),
        (Delimiter::Blanks, false, "%Y%m%d")
    );
    let position = |n| Some(Column::Position(n));
    assert_eq!(
        (Some(found.customer), Some(found.at), found.value),
        (position(1), position(3), position(5))
    );
    assert_eq!(found.event, None);
    assert_eq!(
        (found.observation_days, found.horizon_days),
        (180, 90),
        "sparse use needs long windows"
    );
}

#[test]
fn of_two_clocks_one_is_taken_and_the_other_named() {
    let text = lines(
        "event_id,user_id,author_time,commit_time,event,files_changed,is_merge\n",
        300,
        |who, at, what| {
            let (first, second) = (
                date(at, "%Y-%m-%dT%H:%M:%S+03:00"),
                date(at + 50, "%Y-%m-%dT%H:%M:%S-07:00"),
            );
            format!(
                "{},u{who:08x},{first},{second},crates/c{what},{what},{}",
                at / 3_600,
                what % 2
            )
        },
    );
    let found = proposed(&text).unwrap();
    assert_eq!(
        (&found.customer, &found.at, &found.event),
        (&name("user_id"), &name("author_time"), &Some(name("event")))
    );
    assert_eq!(found.value, None, "counts are no money");
    assert!(found.to_toml().contains("or is it `commit_time`?"));
}

#[test]
fn packed_shop_logs_have_events_and_platforms() {
    let header = "user_id,session_id,event,timestamp,platform,acquisition_channel,user_cohort,user_lifecycle\n";
    let text = lines(header, 1_500, |who, at, what| {
        let at = date(at, "%Y-%m-%d %H:%M:%S");
        let on = if what > 4 { "ios" } else { "web" };
        format!(
            "user_{who:04},sess_{:06},step_{what},{at},{on},email,2024-01,returning",
            what * 100 + who
        )
    });
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(text.as_bytes()).unwrap();
    let found = proposed(writer.finish().unwrap()).unwrap();
    assert_eq!(
        (found.customer, found.at),
        (name("user_id"), name("timestamp"))
    );
    assert_eq!(
        (found.event, found.platform),
        (Some(name("event")), Some(name("platform")))
    );
    assert_eq!(found.time_format, "iso8601");
}

#[test]
fn semicolons_odd_names_and_ambiguous_dates_are_proposed_with_a_warning() {
    let text = lines(
        "\"the \"\"who\"\"\";when;Betrag;price\n",
        60,
        |who, at, what| {
            format!(
                "c{who};{};x{what};{what}.50",
                date(at % (86_400 * 12), "%d/%m/%Y").replace("/06/", "/01/")
            )
        },
    );
    let found = proposed(text).unwrap();
    assert_eq!(found.delimiter, Delimiter::Byte(b';'));
    assert_eq!(found.customer, name("the \"who\""));
    assert_eq!(
        (found.event.clone(), found.value.clone()),
        (Some(name("Betrag")), Some(name("price")))
    );
    assert_eq!(found.time_format, "%d/%m/%Y");
    assert!(found.to_toml().contains("CHECK: or is it %m/%d/%Y?"));
}

#[test]
fn ndjson_and_parquet_are_proposed_as_well() {
    let text = lines("", 200, |who, at, what| {
        format!(
            "{{\"userId\":{who},\"ts\":{},\"action\":\"a{what}\",\"duration_ms\":{},\"code\":{what}}}",
            (at + 1_717_200_000) * 1000,
            what * 900
        )
    });
    let found = proposed(text).unwrap();
    assert_eq!(
        (found.customer, found.at, found.time_format.as_str()),
        (name("userId"), name("ts"), "epoch_ms")
    );
    assert_eq!(found.event, Some(name("action")));
    assert_eq!(
        found.duration,
        Some((name("duration_ms"), DurationUnit::Millis))
    );

    let users: Vec<i64> = (0..100).map(|i| i * 7 % 40).collect();
    let kinds: Vec<i64> = (0..100).map(|i| i % 3).collect();
    let at: Vec<i64> = (0..100)
        .map(|i| 1_717_200_000_000 + i * 5_000_000)
        .collect();
    let at = polars::prelude::Int64Chunked::from_vec("happened".into(), at)
        .into_datetime(polars::prelude::TimeUnit::Milliseconds, None);
    let mut frame = polars::prelude::DataFrame::new_infer_height(vec![
        polars::prelude::Column::new("event".into(), kinds),
        polars::prelude::Column::new("member".into(), users),
        at.into_column(),
    ])
    .unwrap();
    let mut bytes = Vec::new();
    polars::prelude::ParquetWriter::new(&mut bytes)
        .finish(&mut frame)
        .unwrap();
    let found = proposed(bytes).unwrap();
    assert_eq!(
        (found.customer, found.at, found.event),
        (name("member"), name("happened"), None),
        "a number is no event"
    );
}

#[test]
fn files_that_are_no_event_logs_are_refused() {
    let text = lines(
        "customerID,gender,tenure,MonthlyCharges,TotalCharges,Churn\n",
        100,
        |who, at, what| format!("{who:04}-{at:X},Female,{what},{what}.85,{}.5,No", what * 12),
    );
    let error = proposed(text).unwrap_err();
    assert_eq!(error.code(), "input/no-time-column");
    assert!(help(&error).contains("`customerID`, `gender`"));
    assert_eq!(
        proposed("day,price\n2024-06-01,1.5\n2024-06-02,2.5\n")
            .unwrap_err()
            .code(),
        "input/no-customer-column"
    );
    assert_eq!(
        proposed("hello\nworld\n").unwrap_err().code(),
        "input/one-column"
    );
    assert_eq!(proposed("user,ts\n").unwrap_err().code(), "input/empty");
    assert!(proposed("").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_bytes_are_proposed_or_refused(
        bytes in prop::collection::vec(prop_oneof![
            3 => prop::sample::select(b"\"\n,a2{}: ;".to_vec()),
            1 => any::<u8>(),
        ], 0..200),
        start in prop::sample::select(vec!["", "user,ts\na,2024-06-01\na,2024-06-01\n", "{\"user\":\"a\",\"ts\":\"2024-06-01\"}\n"]),
    ) {
        let case = Case::new("log", [start.as_bytes(), &bytes].concat(), "");
        if let Ok(proposal) = sniff(&case.path("log")) {
            let config: std::result::Result<Config, _> = toml::from_str(&proposal.to_toml());
            prop_assert!(config.is_ok(), "{}", proposal.to_toml());
        }
    }
}
