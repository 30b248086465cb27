//! Part A of the catalogue: files and text.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::project::{Project, SIMULATED};

/// Two good rows.
const TWO: &str = "user,ts,what\na,2024-06-01,x\nb,2024-06-02,y\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Rows, rejected, duplicates, future, used, customers of a project without faults.
fn reads_two(project: &Project) {
    assert_eq!(project.counts().0, [2, 0, 0, 0, 2, 2]);
}

fn pairs(rows: &[(u64, &str)]) -> Vec<(u64, String)> {
    rows.iter()
        .map(|&(line, reason)| (line, reason.to_string()))
        .collect()
}

#[test]
fn a_01_quotes_commas_and_newlines_inside_quotes_are_one_field() {
    let project = Project::csv(
        "user,ts,what\r\n\"a, \"\"b\"\"\",2024-06-01,\"x\ny\"\r\nc,2024-06-02,\"\"\r\n",
    );
    let rejected = project.rejected("events.csv");
    assert_eq!(rejected.len(), 1, "{rejected:?}");
    assert_eq!(rejected[0].0, 4, "the record before spans two lines");
}

#[test]
fn a_02_a_byte_order_mark_is_ignored() {
    reads_two(&Project::csv(format!("\u{feff}{TWO}")));
}

#[test]
fn a_03_utf_16_is_refused_with_advice() {
    let wide: Vec<u8> = "\u{feff}"
        .chars()
        .chain(TWO.chars())
        .flat_map(|c| (c as u16).to_le_bytes())
        .collect();
    Project::csv(wide)
        .refused("input/encoding")
        .says(&["events.csv", "UTF-16", "iconv"]);
}

#[test]
fn a_04_invalid_utf_8_rejects_its_row_and_names_the_byte() {
    let project = Project::csv(b"user,ts,what\na,2024-06-01,x\nb\xe9,2024-06-02,y\n");
    let rows = project.rejected("events.csv");
    let expected = (
        3,
        "user".into(),
        "invalid-utf8".into(),
        "byte 1 of the field is not UTF-8".into(),
    );
    assert_eq!(rows, [expected]);
}

#[test]
fn a_05_invalid_utf_8_in_the_header_is_refused() {
    Project::csv(b"user,ts,what,caf\xe9\na,2024-06-01,x,1\n")
        .refused("input/bad-header")
        .says(&["column 4"]);
}

#[test]
fn a_06_a_nul_byte_rejects_its_row() {
    let project = Project::csv("user,ts,what\na\0,2024-06-01,x\nb,2024-06-02,y\n");
    assert_eq!(project.reasons("events.csv"), pairs(&[(2, "nul-byte")]));
}

#[test]
fn a_07_rows_with_too_few_or_too_many_fields_are_rejected_and_never_padded() {
    let project = Project::csv("user,ts,what\na,2024-06-01\nb,2024-06-02,y\nc,2024-06-03,z,\n");
    let rows: Vec<_> = project
        .rejected("events.csv")
        .into_iter()
        .map(|r| (r.0, r.2, r.3))
        .collect();
    let row = |line, found| {
        (
            line,
            "wrong-field-count".to_string(),
            format!("expected 3 fields, found {found}"),
        )
    };
    assert_eq!(rows, [row(2, 2), row(4, 4)]);
}

#[test]
fn a_08_a_quote_never_closed_is_refused_at_the_line_where_it_opened() {
    let project = Project::csv("user,ts,what\na,2024-06-01,x\nb,2024-06-02,\"y\nc,2024-06-03,z\n");
    project
        .refused("input/unclosed-quote")
        .says(&["events.csv:3:"]);
}

#[test]
fn a_09_a_line_over_the_limit_is_rejected_and_the_next_one_read() {
    let long = "z".repeat(3 << 20);
    let project = Project::csv(format!(
        "user,ts,what\na,2024-06-01,{long}\nb,2024-06-02,y\n"
    ));
    assert_eq!(
        project.reasons("events.csv"),
        pairs(&[(2, "line-too-long")])
    );
}

#[test]
fn a_10_line_endings_and_blank_lines_do_not_matter() {
    reads_two(&Project::csv(
        "\nuser,ts,what\r\na,2024-06-01,x\rb,2024-06-02,y",
    ));
    reads_two(&Project::csv(format!("{TWO}\n\r\n\n")));
    reads_two(&Project::csv(TWO.replace('\n', "\r")));
}

#[test]
fn a_11_an_empty_file_and_one_with_a_header_only_are_two_complaints() {
    Project::csv("")
        .refused("input/empty")
        .says(&["events.csv", "0 bytes"]);
    Project::csv("user,ts,what\n")
        .refused("input/no-events")
        .says(&["events.csv"]);
}

#[test]
fn a_12_a_missing_column_lists_what_was_found_and_the_key_to_set() {
    let project = Project::csv("user,when,what\na,2024-06-01,x\n");
    project.refused("input/missing-column").says(&[
        "no column `ts`",
        "`user`, `when`, `what`",
        "set events.columns.at",
    ]);
    let twice = Project::csv("user,ts,what,ts\na,2024-06-01,x,2024-06-01\n");
    twice
        .refused("input/duplicate-column")
        .says(&["events.columns.at"]);
    reads_two(&Project::csv(
        "what,ts,user\nx,2024-06-01,a\ny,2024-06-02,b\n",
    ));
}

#[test]
fn a_13_another_delimiter_is_guessed_and_refused() {
    for (mark, name) in [(";", ";"), ("\t", "tab")] {
        let project = Project::csv(TWO.replace(',', mark));
        let advice = format!("set events.delimiter = \"{name}\"");
        project
            .refused("input/missing-column")
            .says(&["looks like", &advice]);
        let more = format!("delimiter = \"{name}\"");
        reads_two(&Project::tiny("e.csv", TWO.replace(',', mark), &more));
    }
}

#[test]
fn a_15_a_bomb_stops_at_the_limit() {
    let bomb = [TWO.as_bytes(), &vec![b'\n'; 4 << 20]].concat();
    for bytes in [gzip(&bomb), zstd::encode_all(bomb.as_slice(), 1).unwrap()] {
        let project = Project::tiny(
            "e.csv.gz",
            bytes,
            "[intake]\nmax_reject_share = 0\nmax_uncompressed_bytes = 100000",
        );
        project
            .refused("limit")
            .says(&["100000", "intake.max_uncompressed_bytes"]);
    }
}

#[test]
fn a_16_every_member_of_a_gzip_is_read_and_a_truncated_one_refused() {
    let (head, tail) = TWO.split_at(20);
    let members = [gzip(head.as_bytes()), gzip(tail.as_bytes())].concat();
    reads_two(&Project::tiny("e.csv.gz", &members, ""));
    for cut in [1, 8, 15] {
        let project = Project::tiny("e.csv.gz", &members[..members.len() - cut], "");
        project
            .refused("input/corrupt-compression")
            .says(&["e.csv.gz"]);
    }
    reads_two(&Project::tiny("misnamed.csv.gz", TWO, ""));
    reads_two(&Project::tiny("misnamed.csv", gzip(TWO.as_bytes()), ""));
    Project::tiny("e.zip", "PK\u{3}\u{4}rest", "").refused("input/unknown-compression");
}

#[test]
fn a_17_corrupt_parquet_is_refused_without_a_panic() {
    let simulated = Project::empty();
    simulated
        .ran("simulate --out data --customers 30 --days 10")
        .ends(0);
    let whole = simulated.bytes("data/events/events-2025-01.parquet");
    let config = SIMULATED.replace("data/events/*.csv", "e.parquet");
    let read = |bytes: &[u8]| {
        let project = Project::empty()
            .with("habitus.toml", &config)
            .with("e.parquet", bytes);
        for name in ["customers.csv", "outcomes.csv"] {
            std::fs::create_dir_all(project.path("data")).unwrap();
            std::fs::copy(
                simulated.path(&format!("data/{name}")),
                project.path(&format!("data/{name}")),
            )
            .unwrap();
        }
        project
    };
    assert!(read(&whole).counts().0[0] > 0);
    let zeroed = |from: usize, n: usize| {
        let mut bytes = whole.clone();
        bytes[from..from + n].fill(0);
        bytes
    };
    for bytes in [
        b"PAR1".to_vec(),
        whole[..whole.len() - 10].to_vec(),
        whole[..whole.len() / 2].to_vec(),
        zeroed(4, 200),
        zeroed(whole.len() - 300, 100),
        [
            &whole[..whole.len() - 8],
            &[0xff, 0xff, 0xff, 0x7f],
            b"PAR1",
        ]
        .concat(),
    ] {
        read(&bytes)
            .refused("input/corrupt-parquet")
            .says(&["e.parquet"]);
    }
}

#[test]
fn a_19_faulty_lines_of_ndjson_are_rejected_one_by_one() {
    let good = r#"{"user":"a","ts":"2024-06-01","what":"x"}"#;
    let deep = format!("{{\"user\":{}", "[".repeat(100_000));
    let lines = [
        good,
        r#"{"user":"a","ts":"2024-06-01","what":"#,
        r#"{"user":"a","ts":"2024-06-01","what":"x",}"#,
        r#"{"user":"a","user":"b","ts":"2024-06-01","what":"x"}"#,
        r#"{"user":"a","ts":-00.0,"what":"x"}"#,
        &deep,
        r#"["user"]"#,
        r#"{"user":{"id":1},"ts":"2024-06-01","what":"x"}"#,
        good,
    ];
    let project = Project::tiny("e.ndjson", lines.join("\n"), "");
    let rows = project.reasons("e.ndjson");
    let numbers: Vec<u64> = rows.iter().map(|row| row.0).collect();
    assert_eq!(numbers, [2, 3, 4, 5, 6, 7, 8], "{rows:?}");
    assert_eq!(rows[2].1, "duplicate-key");
    assert_eq!(rows[6].1, "not-a-scalar");
}

#[test]
fn a_20_hostile_ids_come_out_as_they_went_in_or_stay_out_of_csv_with_a_reason() {
    let safe = [
        "👩‍👩‍👧",
        "../../etc/passwd",
        "NaN",
        "<script>alert(1)</script>",
        "007",
        "\"quo\"te, d\"",
        "Ångström",
    ];
    let formulas = ["=cmd|' /C calc'!A0", "@SUM(1)", "+1", "-1"];
    let invisible = ["\u{202e}abc", "\u{1b}]0;x\u{7}"];
    let hostile: Vec<&str> = safe
        .iter()
        .chain(&formulas)
        .chain(&invisible)
        .copied()
        .collect();
    let project = Project::simulated();
    let quoted = |id: &str| format!("\"{}\"", id.replace('"', "\"\""));
    let files = ["data/customers.csv", "data/outcomes.csv"]
        .map(String::from)
        .into_iter();
    let events = project
        .names("data/events")
        .into_iter()
        .map(|n| format!("data/events/{n}"));
    for file in files.chain(events).collect::<Vec<_>>() {
        let text = project.text(&file);
        let renamed = text.lines().map(|line| {
            let (id, rest) = line.split_once(',').unwrap();
            let number = id.strip_prefix('c').and_then(|n| n.parse::<usize>().ok());
            match number.and_then(|n| hostile.get(n)) {
                Some(id) => format!("{},{rest}\n", quoted(id)),
                None => format!("{line}\n"),
            }
        });
        std::fs::write(project.path(&file), renamed.collect::<String>()).unwrap();
    }
    project
        .ran("run")
        .ends(0)
        .says(&["6 customers stay out of labels.csv", "export_rejects.csv"]);
    let folder = project.folder("-v0001");
    let ids = |name: &str, column: usize| -> Vec<String> {
        let mut reader = csv::Reader::from_path(project.path(&format!("{folder}/{name}"))).unwrap();
        reader
            .records()
            .map(|r| r.unwrap()[column].to_string())
            .collect()
    };
    for name in ["labels.csv", "crm.csv"] {
        let ids = ids(name, 0);
        assert!(
            safe.iter().all(|id| ids.iter().any(|found| found == id)),
            "{name}"
        );
        assert!(
            !formulas
                .iter()
                .any(|id| ids.iter().any(|found| found == id)),
            "{name}"
        );
        assert_eq!(ids.len(), 800 - formulas.len() - invisible.len(), "{name}");
    }
    let everyone: Vec<String> = project
        .text(&format!("{folder}/crm.ndjson"))
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            row["customer_id"].as_str().unwrap().to_string()
        })
        .collect();
    assert_eq!(everyone.len(), 800);
    assert!(
        hostile
            .iter()
            .all(|id| everyone.iter().any(|found| found == id))
    );
    let rejects = project.text(&format!("{folder}/export_rejects.csv"));
    assert_eq!(
        rejects.matches(",formula").count(),
        formulas.len(),
        "{rejects}"
    );
    assert!(
        !rejects
            .lines()
            .any(|line| line.starts_with(['=', '@', '+', '-'])),
        "{rejects}"
    );
    let report = project.text(&format!("{folder}/report.html"));
    assert!(!report.contains("<script>alert"));
}
