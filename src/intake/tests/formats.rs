//! NDJSON and Parquet, and that the same events are the same in every form.

use polars::prelude::*;

use super::*;

#[test]
fn a_19_bad_json_lines_are_rejected_one_by_one() {
    let deep = "[".repeat(10_000);
    let good = r#"{"user":"a","ts":"2024-06-01","what":"x"}"#;
    let lines = [
        good.to_owned(),
        r#"{"user":"a","ts":"2024-06-01","#.to_owned(),
        r#"{"user":"a","ts":"2024-06-01","what":"x",}"#.to_owned(),
        r#"{"user":"a","user":"b","ts":"2024-06-01","what":"x"}"#.to_owned(),
        r#"{"user":-00.0,"ts":"2024-06-01","what":"x"}"#.to_owned(),
        format!(r#"{{"user":{deep},"ts":"2024-06-01","what":"x"}}"#),
        format!(r#"{{"user":"a","ts":"2024-06-01","what":"x","other":{deep}}}"#),
        deep,
        String::new(),
        r#"["user"]"#.to_owned(),
        r#"{"user":["a"],"ts":"2024-06-01","what":"x"}"#.to_owned(),
        r#"{"user":{"id":"a"},"ts":"2024-06-01","what":"x"}"#.to_owned(),
        format!("{good}{good}"),
        r#"{"user":"\ud800","ts":"2024-06-01","what":"x"}"#.to_owned(),
        r#"{"user":null,"ts":"2024-06-01","what":"x"}"#.to_owned(),
        r#"{"ts":"2024-06-01","what":"x"}"#.to_owned(),
        good.to_owned(),
    ];
    let (rows, rejects) = Case::ndjson(lines.join("\n")).rows();
    assert_eq!(rows, [row("a", 0, "x"), row("a", 0, "x")]);
    let reasons = [
        (2, "bad-json"),
        (3, "bad-json"),
        (4, "duplicate-key"),
        (5, "bad-json"),
        (6, "bad-json"),
        (7, "bad-json"),
        (8, "bad-json"),
        (10, "bad-json"),
        (11, "not-a-scalar"),
        (12, "not-a-scalar"),
        (13, "bad-json"),
        (14, "bad-json"),
        (15, "missing-customer"),
        (16, "missing-customer"),
    ];
    assert_eq!(rejects, reasons);
}

#[test]
fn a_19_numbers_keep_the_text_they_have() {
    let ids = [
        "1.10",
        "-0",
        "1E5",
        "123456789012345678901234567890",
        "18446744073709551615",
        "-7",
        "true",
    ];
    let lines: Vec<String> = ids
        .iter()
        .map(|id| {
            format!(
                "{{\"a\":{{\"b\":[1.5,\"}}\"]}},\"user\":{id} ,\"ts\":\"2024-06-01\",\"what\":1}}"
            )
        })
        .collect();
    let expected: Vec<Row> = ids.iter().map(|id| row(id, 0, "1")).collect();
    assert_eq!(Case::ndjson(lines.join("\n")).rows(), (expected, vec![]));
}

fn parquet(columns: Vec<Column>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut frame = DataFrame::new_infer_height(columns).unwrap();
    ParquetWriter::new(&mut bytes)
        .with_row_group_size(Some(2))
        .finish(&mut frame)
        .unwrap();
    bytes
}

fn instants(name: &str, unit: TimeUnit, zone: Option<TimeZone>) -> Column {
    let per_second = match unit {
        TimeUnit::Nanoseconds => 1_000_000_000,
        TimeUnit::Microseconds => 1_000_000,
        TimeUnit::Milliseconds => 1_000,
    };
    let at: Vec<i64> = [0, 3_600, 86_400]
        .map(|s| (1_717_200_000 + s) * per_second)
        .to_vec();
    // A cast would lose the zone without saying so.
    let values = Int64Chunked::from_vec(name.into(), at);
    values.into_datetime(unit, zone).into_column()
}

fn users() -> Column {
    Column::new("user".into(), ["a", "b", "a"])
}

#[test]
fn a_18_timestamps_of_every_unit_with_and_without_zone_are_the_same_instants() {
    let named = "columns = { customer = \"user\", at = \"ts\" }\ntimezone = \"Europe/Berlin\"";
    let read = |columns: Vec<Column>, settings: &str| {
        Case::new("e.parquet", parquet(columns), settings).rows()
    };
    let expected = |shift: i64| {
        let row = |user, at: i64| row(user, at - shift, "event");
        (vec![row("a", 0), row("b", 3_600), row("a", 86_400)], vec![])
    };
    for unit in [
        TimeUnit::Nanoseconds,
        TimeUnit::Microseconds,
        TimeUnit::Milliseconds,
    ] {
        let utc = vec![
            users(),
            instants("ts", unit, TimeZone::opt_try_new(Some("UTC")).unwrap()),
        ];
        assert_eq!(read(utc, named), expected(0), "{unit:?}");
        // A wall clock of Berlin, two hours before UTC.
        assert_eq!(
            read(vec![users(), instants("ts", unit, None)], named),
            expected(7_200),
            "{unit:?}"
        );
    }
    let days = instants("ts", TimeUnit::Milliseconds, None)
        .cast(&DataType::Date)
        .unwrap();
    let midnights = vec![
        row("a", -7_200, "event"),
        row("b", -7_200, "event"),
        row("a", 79_200, "event"),
    ];
    assert_eq!(read(vec![users(), days], named), (midnights, vec![]));
    let seconds = Column::new(
        "ts".into(),
        [1_717_200_000_i64, 1_717_203_600, 1_717_286_400],
    );
    let epoch = format!("{named}\ntime_format = \"epoch_s\"");
    assert_eq!(read(vec![users(), seconds.clone()], &epoch), expected(0));
    assert_eq!(
        read(
            vec![users(), seconds.cast(&DataType::Float64).unwrap()],
            &epoch
        ),
        expected(0)
    );
    let dates = Column::new("ts".into(), [20_240_601, 20_240_601, 20_240_602]);
    let pattern = "columns = { customer = \"user\", at = \"ts\" }\ntime_format = \"%Y%m%d\"";
    let midnights = vec![
        row("a", 0, "event"),
        row("b", 0, "event"),
        row("a", 86_400, "event"),
    ];
    assert_eq!(read(vec![users(), dates], pattern), (midnights, vec![]));
}

#[test]
fn a_18_whole_numbers_are_ids_and_null_ids_are_rejected() {
    let ids = Column::new("user".into(), [Some(7_i64), None, Some(-1)]);
    let big = Column::new("what".into(), [u64::MAX, 0, 1]);
    let at = instants("ts", TimeUnit::Microseconds, None);
    let (rows, rejects) = Case::new("e.parquet", parquet(vec![at, ids, big]), NAMED).rows();
    assert_eq!(
        rows,
        [row("7", 0, "18446744073709551615"), row("-1", 86_400, "1")]
    );
    assert_eq!(rejects, [(2, "missing-customer")]);
    for small in [
        DataType::Int8,
        DataType::Int16,
        DataType::UInt8,
        DataType::UInt16,
    ] {
        let ids = Column::new("user".into(), [7, 8, 9]).cast(&small).unwrap();
        let what = Column::new("what".into(), [1, 2, 3]).cast(&small).unwrap();
        let at = instants("ts", TimeUnit::Microseconds, None);
        let (rows, rejects) = Case::new("e.parquet", parquet(vec![at, ids, what]), NAMED).rows();
        assert_eq!(
            rows,
            [
                row("7", 0, "1"),
                row("8", 3_600, "2"),
                row("9", 86_400, "3")
            ],
            "{small}"
        );
        assert_eq!(rejects, []);
    }
    let floats = Column::new("user".into(), [7.0, 8.0, 9.0]);
    let at = instants("ts", TimeUnit::Microseconds, None);
    let error = Case::new(
        "e.parquet",
        parquet(vec![at, floats, users().with_name("what".into())]),
        NAMED,
    )
    .refused();
    assert_eq!(error.code(), "input/column-type");
    assert!(error.to_string().contains("Float64"));
}

#[test]
fn a_17_corrupt_parquet_is_refused_and_never_panics() {
    let bytes = parquet(vec![
        users(),
        instants("ts", TimeUnit::Microseconds, None),
        users().with_name("what".into()),
    ]);
    let read = |bytes: &[u8]| Case::new("e.parquet", bytes, NAMED).read();
    assert!(read(&bytes).is_ok());
    for cut in [4, 8, 12, bytes.len() / 2, bytes.len() - 1] {
        assert_eq!(
            read(&bytes[..cut]).unwrap_err().code(),
            "input/corrupt-parquet",
            "{cut}"
        );
    }
    for at in (4..bytes.len()).step_by(3) {
        let mut broken = bytes.clone();
        broken[at] ^= 0xff;
        if let Err(error) = read(&broken) {
            assert!(error.code().starts_with("input/"), "{error}");
        }
    }
    let not = Case::new(
        "e.csv",
        "user,ts\n",
        &format!("format = \"parquet\"\n{NAMED}"),
    )
    .refused();
    assert_eq!(not.code(), "input/corrupt-parquet");
}

#[test]
fn the_same_events_are_the_same_in_every_form() {
    type Event = [&'static str; 7];
    let events: [Event; 6] = [
        [
            "007",
            "2024-06-01 10:00:00",
            "open, close",
            "29.33",
            "1.5",
            "web",
            "1",
        ],
        [
            "a \"b\"",
            "2024-06-01 10:00:01.25",
            "tür",
            "",
            "0",
            "ios",
            "2",
        ],
        [
            "007",
            "2024-12-24 00:00:00",
            "open, close",
            "-0.000001",
            "",
            "",
            "3",
        ],
        ["x", "2024-03-31 02:30:00", "gap", "1", "1", "web", "4"],
        ["", "2024-06-01 10:00:00", "nobody", "1", "1", "web", "5"],
        [
            "x",
            "2024-06-01 10:00:00",
            "much",
            "1000000000000000",
            "1",
            "web",
            "6",
        ],
    ];
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(["user", "ts", "what", "eur", "min", "on", "id"])
        .unwrap();
    let mut json = String::new();
    for [user, ts, what, eur, min, on, id] in events {
        writer
            .write_record([user, ts, what, eur, min, on, id])
            .unwrap();
        let number = |text: &str| {
            if text.is_empty() {
                "null".to_owned()
            } else {
                text.to_owned()
            }
        };
        json += &format!(
            "{{\"eur\":{},\"min\":{},\"on\":{on:?},\"id\":{id},\"user\":{user:?},\"ts\":{ts:?},\"what\":{what:?}}}\n",
            number(eur),
            number(min)
        );
    }
    let texts = |name: &str, pick: fn(&Event) -> &'static str| {
        let some = |event| Some(pick(event)).filter(|text| !text.is_empty());
        let values: Vec<Option<&str>> = events.iter().map(some).collect();
        Column::new(name.into(), values)
    };
    let floats = |column: Column| column.cast(&DataType::Float64).unwrap();
    let parquet = parquet(vec![
        texts("user", |e| e[0]),
        texts("ts", |e| e[1]),
        texts("what", |e| e[2]),
        floats(texts("eur", |e| e[3])),
        floats(texts("min", |e| e[4])),
        texts("on", |e| e[5]),
        texts("id", |e| e[6]).cast(&DataType::Int32).unwrap(),
    ]);
    let csv = writer.into_inner().unwrap();
    let settings = "columns = { customer = \"user\", at = \"ts\", event = \"what\", value = \"eur\", duration = \"min\", platform = \"on\", \
                    id = \"id\" }\nduration_unit = \"min\"\ntimezone = \"Europe/Berlin\"";
    let read = |content: Vec<u8>| {
        let intake = Case::new("events", content, settings).ok();
        let rejects: Vec<(usize, &str, String)> = intake
            .rejects
            .into_iter()
            .map(|r| (r.file, r.reason, r.column))
            .collect();
        (intake.events, rejects, intake.notes)
    };
    let gz = {
        let mut encoder = flate2::read::GzEncoder::new(csv.as_slice(), flate2::Compression::fast());
        let mut packed = Vec::new();
        std::io::Read::read_to_end(&mut encoder, &mut packed).unwrap();
        packed
    };
    let zst = zstd::encode_all(csv.as_slice(), 1).unwrap();
    let expected = read(csv);
    assert_eq!(expected.0.value, [Some(29_330_000), None, Some(-1)]);
    assert_eq!(expected.0.seconds, [90, 0, 0]);
    assert_eq!(expected.0.customers, ["007", "a \"b\""]);
    let reasons: Vec<&str> = expected.1.iter().map(|reject| reject.1).collect();
    assert_eq!(
        reasons,
        ["nonexistent-local-time", "missing-customer", "bad-value"]
    );
    for content in [json.into_bytes(), parquet, gz, zst] {
        assert_eq!(read(content), expected);
    }
}
