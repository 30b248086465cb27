//! Section A: files and text, and how they are found.

use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::Write as _;

use proptest::prelude::*;

use super::*;

const TWO: &str = "user,ts,what\na,2024-06-01,x\nb,2024-06-02,y\n";

fn two() -> Vec<Row> {
    vec![row("a", 0, "x"), row("b", 86_400, "y")]
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

fn zstd(content: &[u8]) -> Vec<u8> {
    zstd::encode_all(content, 3).unwrap()
}

#[test]
fn a_01_quotes_commas_newlines_and_empty_fields_are_read_as_csv_spectrum_has_them() {
    let (rows, rejects) = Case::csv(
        "user,ts,what\r\n\"Ha \"\"ha\"\" ha\",2024-06-01,\"1, 2\"\r\n\"a\nb\",2024-06-01,\"x\r\ny\"\r\n\"\",2024-06-01,z\r\nc,\
         2024-06-01,\"{\"\"k\"\": 1}\"",
    )
    .rows();
    assert_eq!(
        rows,
        [
            row("Ha \"ha\" ha", 0, "1, 2"),
            row("a\nb", 0, "x\r\ny"),
            row("c", 0, "{\"k\": 1}")
        ]
    );
    assert_eq!(
        rejects,
        [(6, "missing-customer")],
        "the record before spans three lines"
    );
}

#[test]
fn a_02_a_byte_order_mark_is_ignored() {
    assert_eq!(Case::csv(format!("\u{feff}{TWO}")).rows().0, two());
    assert_eq!(
        Case::ndjson("\u{feff}{\"user\":\"a\",\"ts\":\"2024-06-01\",\"what\":\"x\"}")
            .rows()
            .0,
        [row("a", 0, "x")]
    );
    assert_eq!(
        Case::csv("\u{feff}\"user\",ts,what\na,2024-06-01,x\n")
            .rows()
            .0,
        [row("a", 0, "x")]
    );
}

#[test]
fn a_03_utf_16_and_utf_32_are_refused_with_advice() {
    let wide = |unit: fn(u32) -> Vec<u8>| -> Vec<u8> {
        TWO.chars().flat_map(|c| unit(c.into())).collect()
    };
    let le16 = wide(|c| c.to_le_bytes()[..2].to_vec());
    let be16 = wide(|c| c.to_be_bytes()[2..].to_vec());
    let with_mark = |mark: &[u8], text: &[u8]| [mark, text].concat();
    for (content, encoding) in [
        (with_mark(b"\xff\xfe", &le16), "UTF-16"),
        (with_mark(b"\xfe\xff", &be16), "UTF-16"),
        (le16[..le16.len() - 1].to_vec(), "UTF-16"),
        (be16, "UTF-16"),
        (le16, "UTF-16"),
        (
            with_mark(b"\xff\xfe\0\0", &wide(|c| c.to_le_bytes().to_vec())),
            "UTF-32",
        ),
        (wide(|c| c.to_le_bytes().to_vec()), "UTF-32"),
        (wide(|c| c.to_be_bytes().to_vec()), "UTF-32"),
    ] {
        let error = Case::csv(content).refused();
        assert_eq!(error.code(), "input/encoding");
        assert!(error.to_string().contains(encoding), "{error}");
        assert!(help(&error).contains("iconv"));
    }
}

#[test]
fn a_04_invalid_utf_8_in_a_mapped_field_rejects_its_row_only() {
    let case = Case::csv(
        b"user,ts,what,note\na,2024-06-01,x,caf\xe9\nab\xe9,2024-06-01,x,\nb,2024-06-02,y,\n",
    );
    assert_eq!(case.rows(), (two(), vec![(3, "invalid-utf8")]));
    let reject = case.ok().rejects.remove(0);
    assert_eq!(
        (reject.column.as_str(), reject.detail.as_str()),
        ("user", "byte 2 of the field is not UTF-8")
    );
    let json = Case::ndjson(b"{\"user\":\"a\xe9\",\"ts\":\"2024-06-01\",\"what\":\"x\"}\n");
    assert_eq!(json.rows().1, [(1, "invalid-utf8")]);
}

#[test]
fn a_05_invalid_utf_8_in_the_header_is_refused() {
    let error = Case::csv(b"user,ts,what,caf\xe9\na,2024-06-01,x,1\n").refused();
    assert_eq!(error.code(), "input/bad-header");
    assert!(error.to_string().contains("column 4"));
}

#[test]
fn a_06_nul_bytes_reject_the_row_wherever_they_are() {
    let case = Case::csv(
        "user,ts,what,note\na,2024-06-01,x,\na\0,2024-06-01,x,\na,2024-06-01,x,\0\nb,2024-06-02,y,\n",
    );
    assert_eq!(case.rows(), (two(), vec![(3, "nul-byte"), (4, "nul-byte")]));
    let json = Case::ndjson(r#"{"user":"a\u0000","ts":"2024-06-01","what":"x"}"#);
    assert_eq!(json.rows().1, [(1, "nul-byte")]);
}

#[test]
fn a_07_too_few_and_too_many_fields_are_rejected_and_never_padded() {
    let case =
        Case::csv("user,ts,what\na,2024-06-01,x\nb,2024-06-01\nb,2024-06-01,x,\nb,2024-06-02,y\n");
    assert_eq!(
        case.rows(),
        (
            two(),
            vec![(3, "wrong-field-count"), (4, "wrong-field-count")]
        )
    );
    let details: Vec<String> = case.ok().rejects.into_iter().map(|r| r.detail).collect();
    assert_eq!(
        details,
        ["expected 3 fields, found 2", "expected 3 fields, found 4"]
    );
}

#[test]
fn a_08_a_quote_never_closed_is_refused_at_the_line_where_it_opens() {
    for (content, line) in [
        ("user,ts,what\na,2024-06-01,\"x\nb,2024-06-02,y\n", 2),
        ("user,ts,what\n\"a\nb\",2024-06-01,\"x\nb,2024-06-02,y\n", 3),
        (
            "user,ts,what\n\na,2024-06-01,x\r\n\r\"b,2024-06-02,y\r\n\r\n",
            5,
        ),
        ("\"user,ts,what\n", 1),
        ("user,ts,what\na,2024-06-01,\"", 2),
    ] {
        let Error::Input {
            code, line: found, ..
        } = Case::csv(content).refused()
        else {
            panic!()
        };
        assert_eq!(
            (code, found),
            ("input/unclosed-quote", Some(line)),
            "{content}"
        );
    }
    // Longer than what is read at once and than what a line may be.
    let long = format!(
        "user,ts,what\n{}\"b,{}",
        "a,2024-06-01,x\n".repeat(20_000),
        "\n".repeat(1 << 21)
    );
    let Error::Input { line, .. } = Case::csv(long).refused() else {
        panic!()
    };
    assert_eq!(line, Some(20_002));
    assert_eq!(
        Case::csv("user,ts,what\na,2024-06-01,\"x\"\nb,2024-06-02,\"y\"").rows(),
        (two(), vec![])
    );
}

#[test]
fn a_09_a_line_over_the_limit_is_rejected_and_the_next_one_read() {
    let long = "z".repeat(3 << 20);
    let settings = "[intake]\nmax_line_bytes = 64";
    for field in [
        long.as_str(),
        &long[..65],
        &format!("\"{}\n{long}\"", &long[..40]),
    ] {
        let lines = 5 + field.matches('\n').count();
        let content = format!(
            "user,ts,what\na,2024-06-01,x\n{field},2024-06-01,x\n{field}\nb,2024-06-02,y\nc,,"
        );
        let (rows, rejects) = Case::csv(content).and(settings).rows();
        assert_eq!(rows, two());
        let second = if field.contains('\n') { 5 } else { 4 };
        let last = u64::try_from(lines + field.matches('\n').count() + 1).unwrap();
        assert_eq!(
            rejects,
            [
                (3, "line-too-long"),
                (second, "line-too-long"),
                (last, "missing-timestamp")
            ]
        );
    }
    let object =
        |user: &str| format!("{{\"user\":\"{user}\",\"ts\":\"2024-06-01\",\"what\":\"x\"}}\n");
    let content = [object("a"), object(&long), object("b")].concat();
    let (rows, rejects) = Case::ndjson(content).and(settings).rows();
    assert_eq!(rows, [row("a", 0, "x"), row("b", 0, "x")]);
    assert_eq!(rejects, [(2, "line-too-long")]);
    let header = Case::csv(format!("{long},ts\n")).and(settings).refused();
    assert_eq!(header.code(), "input/bad-header");
}

#[test]
fn a_10_line_endings_and_blank_lines_do_not_matter_but_are_counted() {
    let broken = "user,ts\na,\nb,2024-06-02\n";
    let settings = "columns = { customer = \"user\", at = \"ts\" }";
    for (content, line) in [
        (broken.to_owned(), 2),
        (broken.replace('\n', "\r\n"), 2),
        (broken.replace('\n', "\r"), 2),
        (broken.replace('\n', "\r\n\r\n"), 3),
        ("\n\nuser,ts\r\na,\rb,2024-06-02".to_owned(), 4),
        ("user,ts\r\r\na,\n\n\n\rb,2024-06-02\n\n\n".to_owned(), 3),
    ] {
        let case = Case::new("e.csv", &content, settings);
        let expected = (
            vec![row("b", 86_400, "event")],
            vec![(line, "missing-timestamp")],
        );
        assert_eq!(case.rows(), expected, "{content:?}");
        let blanks = Case::new(
            "e.txt",
            content.replace("a,", "a -").replace(',', "  "),
            &format!("{settings}\ndelimiter = \"blanks\""),
        );
        assert_eq!(
            blanks.rows(),
            (expected.0, vec![(line, "bad-timestamp")]),
            "{content:?}"
        );
    }
}

#[test]
fn a_11_no_bytes_and_no_rows_are_two_complaints() {
    let empty = Case::csv("").refused();
    assert_eq!(empty.code(), "input/empty");
    assert_eq!(Case::csv("\n\n").refused().code(), "input/empty");
    assert_eq!(Case::csv(gzip(b"")).refused().code(), "input/empty");
    let header = Case::csv("user,ts,what\n").refused();
    assert_eq!(header.code(), "input/no-events");
    assert!(header.to_string().contains("events.csv"));
    assert_ne!(empty.to_string(), header.to_string());
    let other = Case::new("*.csv", "", NAMED)
        .with("a.csv", "user,ts,what\n")
        .with("b.csv", TWO);
    fs::remove_file(other.path("*.csv")).unwrap();
    assert_eq!(other.rows().0, two(), "a day without events is no mistake");
}

#[test]
fn a_12_columns_are_found_by_name_in_any_order_and_missing_ones_name_the_key() {
    assert_eq!(
        Case::csv("x,what,ts,user\n0,x,2024-06-01,a\n").rows().0,
        [row("a", 0, "x")]
    );
    let missing = Case::csv("user,when,what\na,2024-06-01,x\n").refused();
    assert_eq!(missing.code(), "input/missing-column");
    assert!(missing.to_string().contains("no column `ts`"));
    assert_eq!(
        help(&missing),
        "the columns are: `user`, `when`, `what`; set events.columns.at"
    );
    let twice = Case::csv("user,ts,what,ts\na,2024-06-01,x,2024-06-01\n").refused();
    assert_eq!(twice.code(), "input/duplicate-column");
    assert!(help(&twice).contains("events.columns.at"));
    let json = Case::ndjson("{\"user\":\"a\",\"ts\":\"2024-06-01\",\"event\":\"x\"}").refused();
    assert_eq!(json.code(), "input/missing-column");
    assert!(
        help(&json).contains("`event`; set events.columns.event"),
        "{}",
        help(&json)
    );
}

#[test]
fn a_12_without_a_header_columns_are_positions() {
    let content = "a,2024-06-01,x\nb,2024-06-02,y\n";
    let positions = "header = false\ncolumns = { customer = 1, at = 2, event = 3 }";
    let case = Case::new("e.csv", content, positions);
    assert_eq!(case.rows(), (two(), vec![]));
    let with_header = Case::new(
        "e.csv",
        TWO,
        "columns = { customer = 1, at = 2, event = \"what\" }",
    );
    assert_eq!(with_header.rows().0, two());
    let named = Case::new("e.csv", content, &format!("header = false\n{NAMED}")).refused();
    assert_eq!(named.code(), "config/invalid");
    assert!(named.to_string().contains("events.columns.customer"));
    for position in [0, 4] {
        let settings = format!("header = false\ncolumns = {{ customer = {position}, at = 2 }}");
        let error = Case::new("e.csv", content, &settings).refused();
        assert_eq!(error.code(), "input/missing-column");
        assert!(
            error
                .to_string()
                .contains(&format!("no column {position}, the file has 3"))
        );
    }
    let json = Case::new("e.ndjson", "{}", "columns = { customer = 1, at = 2 }").refused();
    assert_eq!(json.code(), "config/invalid");
}

#[test]
fn a_13_another_delimiter_is_refused_with_a_guess() {
    for (mark, name) in [(";", ";"), ("\t", "tab"), ("|", "|"), ("  ", "blanks")] {
        let error = Case::csv(TWO.replace(',', mark)).refused();
        let advice = format!("looks like `{name}`: set events.delimiter = \"{name}\"");
        assert!(help(&error).contains(&advice), "{}", help(&error));
        let fixed = Case::csv(TWO.replace(',', mark)).and(&format!("delimiter = \"{name}\""));
        assert_eq!(fixed.rows().0, two());
    }
    let error = Case::csv(TWO).and("delimiter = \"blanks\"").refused();
    assert!(help(&error).contains("set events.delimiter = \",\""));
}

#[test]
fn a_15_a_bomb_is_stopped_at_the_limit() {
    let content = [TWO.as_bytes(), &vec![b'\n'; 10 << 20]].concat();
    for packed in [gzip(&content), zstd(&content)] {
        let case = Case::csv(&packed).and("[intake]\nmax_uncompressed_bytes = 1000000");
        let Error::Limit { got, max, help, .. } = case.refused() else {
            panic!()
        };
        assert_eq!(max, 1_000_000);
        assert!(got < 2_000_000, "{got}");
        assert!(help.unwrap().contains("intake.max_uncompressed_bytes"));
        assert_eq!(
            Case::csv(&packed).rows().0,
            two(),
            "the default allows a GiB"
        );
    }
}

#[test]
fn a_16_all_members_are_read_and_truncated_ones_refused_whatever_the_name() {
    let (head, tail) = TWO.split_at(20);
    for pack in [gzip, zstd] {
        assert_eq!(Case::csv(pack(TWO.as_bytes())).rows().0, two());
        let members = [pack(head.as_bytes()), pack(tail.as_bytes())].concat();
        assert_eq!(Case::csv(&members).rows().0, two());
        for cut in [1, 5, 9, 12] {
            let error = Case::csv(&members[..members.len() - cut]).refused();
            assert_eq!(error.code(), "input/corrupt-compression", "{error}");
        }
    }
    let plain = Case::new("e.csv.gz", TWO, NAMED);
    assert_eq!(plain.rows().0, two());
    let zip = Case::csv(b"PK\x03\x04rest").refused();
    assert_eq!(zip.code(), "input/unknown-compression");
    assert!(help(&zip).contains("CSV"));
}

#[test]
fn a_20_hostile_strings_are_kept_byte_for_byte() {
    let long = "é".repeat(5_001);
    let hostile = [
        "\u{202e}abc",
        "👩‍👩‍👧",
        "../../etc",
        "NaN",
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "\u{1b}]0;x\u{7}",
        " a ",
        "007",
        "Ångström",
        "A\u{30a}ngstro\u{308}m",
        "-1",
        long.as_str(),
    ];
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(["user", "ts", "what"]).unwrap();
    let mut json = String::new();
    for text in hostile {
        csv.write_record([text, "2024-06-01", text]).unwrap();
        json += &format!(
            "{}\n",
            serde_json::json!({"user": text, "ts": "2024-06-01", "what": text})
        );
    }
    let expected: Vec<Row> = hostile.iter().map(|text| row(text, 0, text)).collect();
    assert_eq!(
        Case::csv(csv.into_inner().unwrap()).rows(),
        (expected.clone(), vec![])
    );
    assert_eq!(Case::ndjson(json).rows(), (expected, vec![]));
}

#[test]
fn e_71_a_file_that_changes_while_it_is_read_is_refused() {
    let case = Case::csv(TWO.repeat(50_000).replace("\nuser,ts,what", ""));
    let path = case.path("events.csv");
    let calls = Cell::new(0);
    let grow = |_, _| {
        calls.set(calls.get() + 1);
        if calls.get() == 3 {
            OpenOptions::new()
                .append(true)
                .open(&path)
                .unwrap()
                .write_all(b"c,2024-06-01,x\n")
                .unwrap();
        }
    };
    let error = read(&case.config(), case.folder.path(), &grow).unwrap_err();
    assert_eq!(error.code(), "input/changed");
    case.ok();
}

#[test]
fn files_are_listed_by_kind_and_path_with_their_checksums() {
    let case = Case::new("b*.csv", "", NAMED)
        .with("b2.csv", "user,ts,what\nb,2024-06-02,y\nb,,\n")
        .with("b1.csv", "user,ts,what\na,2024-06-01,x\n")
        .with("a.csv", "id\nq\n")
        .and("[customers]\npaths = [\"a.csv\"]\ncolumns = { id = \"id\" }");
    fs::remove_file(case.path("b*.csv")).unwrap();
    let told = Cell::new((0, 0));
    let intake = read(&case.config(), case.folder.path(), &|read, all| {
        told.set((read, all))
    })
    .unwrap();
    let listed: Vec<_> = intake
        .files
        .iter()
        .map(|f| (f.kind, f.path.clone(), f.n_rows, f.n_rejected))
        .collect();
    assert_eq!(
        listed,
        [
            ("customers", case.path("a.csv"), 1, 0),
            ("events", case.path("b1.csv"), 1, 0),
            ("events", case.path("b2.csv"), 2, 1)
        ]
    );
    let bytes = fs::read(case.path("a.csv")).unwrap();
    assert_eq!(
        intake.files[0].blake3,
        format!("b3:{}", blake3::hash(&bytes).to_hex())
    );
    assert_eq!(intake.files[0].bytes, 5);
    assert_eq!(intake.rejects[0].file, 2);
    assert_eq!(rows(&intake), two());
    assert_eq!(
        told.get(),
        (intake.files.iter().map(|f| f.bytes).sum(), told.get().1)
    );
    assert_eq!(told.get().0, told.get().1);
    assert!((intake.reject_share() - 1.0 / 3.0).abs() < 1e-12);
    assert!(Intake::default().reject_share().abs() < 1e-12);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_14_any_bytes_are_read_rejected_or_refused(
        bytes in prop::collection::vec(prop_oneof![
            3 => prop::sample::select(b"\"\r\n,a2{}:[] \t;".to_vec()),
            1 => any::<u8>(),
        ], 0..200),
        start in prop::sample::select(vec!["", "user,ts,what\n", "{\"user\":\"a\",\"ts\":\"2024-06-01\"}\n", "\u{1f}\u{8b}", "PAR1"]),
        delimiter in prop::sample::select(vec![",", "blanks"]),
    ) {
        let content = [start.as_bytes(), &bytes].concat();
        let case = Case::csv(content).and(&format!("delimiter = \"{delimiter}\"\n[intake]\nmax_line_bytes = 50"));
        if let Ok(intake) = case.read() {
            check_account(&intake);
        }
    }

    #[test]
    fn a_10_csv_is_what_the_csv_crate_reads_however_long_its_fields_are(
        fields in prop::collection::vec(prop::collection::vec("[a\"\r\n, é]{0,6}", 3), 1..30),
        stretch in 1_usize..60_000,
    ) {
        // Stretched fields cross the borders of what is read at once.
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["user", "ts", "what", "long"]).unwrap();
        let mut expected = Vec::new();
        for field in &fields {
            let (user, what) = (format!("u{}", field[0]), format!("w{}", field[1]));
            writer.write_record([&user, "2024-06-01", &what, &field[2].repeat(stretch / 20)]).unwrap();
            expected.push(row(&user, 0, &what));
        }
        let case = Case::csv(writer.into_inner().unwrap());
        prop_assert_eq!(case.rows(), (expected, vec![]));
    }
}
