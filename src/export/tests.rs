use std::fs;
use std::path::Path;

use super::*;
use crate::files::fault::{Fault, inject};
use crate::files::list;
use crate::model::{ChurnBasis, RiskBand};
use crate::segment::Stage;
use crate::time::Day;

const ALL: [ExportTarget; 3] = [
    ExportTarget::Hubspot,
    ExportTarget::Csv,
    ExportTarget::Ndjson,
];

fn label(customer_id: &str, email: Option<&str>) -> Label {
    Label {
        customer_id: customer_id.to_owned(),
        cutoff: Day::parse("2024-06-30").unwrap(),
        model_id: "m1".to_owned(),
        segment: "daily_power".to_owned(),
        segment_name: "Daily, power".to_owned(),
        confidence: 0.25,
        lifecycle: Stage::NotActivated,
        churn_probability: Some(0.125),
        churn_basis: Some(ChurnBasis::StageRate),
        risk: Some(RiskBand::Low),
        action: "Ask for a review".to_owned(),
        email: email.map(str::to_owned),
    }
}

/// Exports into `out` below a folder of its own.
fn export(labels: &[Label], targets: &[ExportTarget]) -> (tempfile::TempDir, Receipt) {
    let around = tempfile::tempdir().unwrap();
    let dir = AtomicDir::create(around.path()).unwrap();
    let receipt = files(labels, targets, &dir).unwrap();
    dir.replace("out").unwrap();
    (around, receipt)
}

fn read(around: &tempfile::TempDir, name: &str) -> String {
    fs::read_to_string(around.path().join("out").join(name)).unwrap()
}

fn names(dir: &Path) -> Vec<String> {
    list(dir).unwrap().into_iter().map(|l| l.name).collect()
}

fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let cells = |record: csv::StringRecord| record.iter().map(str::to_owned).collect();
    reader
        .records()
        .map(|record| cells(record.unwrap()))
        .collect()
}

fn reasons(receipt: &Receipt, target: ExportTarget) -> Vec<(&str, &str, &str)> {
    let of_target = receipt.rejected.iter().filter(|r| r.target == Some(target));
    of_target
        .map(|r| (&*r.customer_id, r.column, r.reason))
        .collect()
}

#[test]
fn the_files_are_these_to_the_byte() {
    let mut second = label("u2", None);
    second.churn_probability = None;
    second.churn_basis = None;
    second.risk = None;
    let (around, receipt) = export(&[label("u1", Some("a@x.org")), second], &ALL);
    assert_eq!(
        read(&around, "crm.csv"),
        "customer_id,usage_segment,usage_segment_label,usage_segment_version,usage_segment_confidence,\
         usage_lifecycle,churn_risk,churn_risk_band,next_best_action,scored_at\n\
         u1,daily_power,\"Daily, power\",m1,medium,not_activated,12,low,Ask for a review,2024-06-30\n\
         u2,daily_power,\"Daily, power\",m1,medium,not_activated,,,Ask for a review,2024-06-30\n"
    );
    assert_eq!(
        read(&around, "hubspot.csv"),
        "email,usage_segment,usage_segment_label,usage_segment_version,churn_risk,churn_risk_band,\
         next_best_action,usage_lifecycle,usage_segment_confidence,scored_at\n\
         a@x.org,daily_power,\"Daily, power\",m1,12,low,Ask for a review,not_activated,medium,2024-06-30\n"
    );
    assert_eq!(
        read(&around, "crm.ndjson").lines().last().unwrap(),
        "{\"customer_id\":\"u2\",\"usage_segment\":\"daily_power\",\"usage_segment_label\":\"Daily, power\",\
         \"usage_segment_version\":\"m1\",\"usage_segment_confidence\":\"medium\",\
         \"usage_lifecycle\":\"not_activated\",\"churn_risk\":null,\"churn_risk_band\":null,\
         \"next_best_action\":\"Ask for a review\",\"scored_at\":\"2024-06-30\"}"
    );
    assert_eq!(
        read(&around, "picklist.csv"),
        "value,label\ndaily_power,\"Daily, power\"\n"
    );
    let out = names(&around.path().join("out"));
    assert_eq!(
        out,
        ["crm.csv", "crm.ndjson", "hubspot.csv", "picklist.csv"]
    );
    let written: Vec<_> = receipt.targets.iter().flat_map(|t| &t.files).collect();
    for file in written {
        let on_disk = crate::files::checksum(&around.path().join("out").join(&file.written.path));
        assert_eq!(
            on_disk.unwrap(),
            (file.written.bytes, file.written.blake3.clone())
        );
    }
}

#[test]
fn every_label_is_accounted_for_at_every_target() {
    let labels = [
        label("u1", Some("a@x.org")),
        label("u2", None),
        label("u3", Some("  ")),
        label("=u4", Some("d@x.org")),
        label("u5", Some("=e@x.org")),
        label("u6", Some("no address")),
    ];
    let (_around, receipt) = export(&labels, &ALL);
    assert_eq!(receipt.n_labels, 6);
    for t in &receipt.targets {
        assert_eq!(t.n_rows + t.n_rejected + t.n_without_email, 6, "{t:?}");
        let in_files: u64 = t.files.iter().map(|file| file.n_rows).sum();
        assert_eq!(in_files, t.n_rows);
    }
    let rows: Vec<_> = receipt
        .targets
        .iter()
        .map(|t| (t.target, t.n_rows))
        .collect();
    let expected = [
        (ExportTarget::Csv, 5),
        (ExportTarget::Ndjson, 6),
        // The id of u4 is not in this file.
        (ExportTarget::Hubspot, 2),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn f_d48_dangerous_texts_stay_out_of_csv_unchanged_in_json_and_are_told() {
    let mut named = label("u3", Some("c@x.org"));
    named.segment_name = "@Power".to_owned();
    let labels = [label("-u1", None), label("u2", None), named];
    let (around, receipt) = export(&labels, &ALL);
    let ids: Vec<_> = rows(&read(&around, "crm.csv"))
        .into_iter()
        .map(|r| r[0].clone())
        .collect();
    assert_eq!(ids, ["u2"]);
    assert_eq!(
        reasons(&receipt, ExportTarget::Csv),
        [
            ("-u1", "customer_id", "formula"),
            ("u3", "usage_segment_label", "formula"),
        ]
    );
    assert!(read(&around, "crm.ndjson").starts_with("{\"customer_id\":\"-u1\","));
    assert_eq!(
        read(&around, "export_rejects.csv"),
        "customer_id,target,column,reason\n\
         \\u{2d}u1,csv,customer_id,formula\n\
         u3,csv,usage_segment_label,formula\n\
         u3,hubspot,usage_segment_label,formula\n"
    );
    assert_eq!(receipt.side_files.len(), 2);
}

#[test]
fn customers_who_share_an_address_are_all_kept_out() {
    let labels = [
        label("u1", Some("Ann@X.org")),
        label("u2", Some("bob@x.org")),
        label("u3", Some("ann@x.ORG")),
        label("u4", Some(" ann@x.org")),
    ];
    let (around, receipt) = export(&labels, &[ExportTarget::Hubspot]);
    let emails: Vec<_> = rows(&read(&around, "hubspot.csv"))
        .into_iter()
        .map(|r| r[0].clone())
        .collect();
    assert_eq!(emails, ["bob@x.org"]);
    let expected = ["u1", "u3", "u4"].map(|id| (id, "email", "duplicate-email"));
    assert_eq!(reasons(&receipt, ExportTarget::Hubspot), expected);
}

#[test]
fn what_is_no_address_is_kept_out() {
    for email in ["x", "@x.org", "a@", "a@b@c", "a b@x.org", "a@x.org "] {
        let (_around, receipt) = export(&[label("u1", Some(email))], &[ExportTarget::Hubspot]);
        assert_eq!(receipt.targets[0].n_rejected, 1, "{email}");
    }
}

#[test]
fn names_in_any_script_pass_unchanged_and_in_the_order_given() {
    let ids = ["zoë", "Ørsted, \"A\"", "李雷", "мария", "two\nlines", "a"];
    let labels = ids.map(|id| label(id, Some("x@x.org")));
    let (around, _) = export(&labels, &ALL);
    let read_back: Vec<_> = rows(&read(&around, "crm.csv"))
        .into_iter()
        .map(|r| r[0].clone())
        .collect();
    assert_eq!(read_back, ids);
}

#[test]
fn a_target_named_twice_is_written_once_and_none_is_fine() {
    let (_around, receipt) = export(&[], &[ExportTarget::Csv, ExportTarget::Csv]);
    assert_eq!(receipt.targets.len(), 1);
    let (around, _) = export(&[], &[]);
    assert_eq!(names(&around.path().join("out")), ["picklist.csv"]);
}

#[test]
fn hubspot_files_are_split_at_the_limit() {
    let around = tempfile::tempdir().unwrap();
    let dir = AtomicDir::create(around.path()).unwrap();
    let labels: Vec<_> = (1..=5)
        .map(|i| label("u", Some(&format!("{i}@x.org"))))
        .collect();
    let limits = Limits {
        rows: 2,
        ..Limits::HUBSPOT
    };
    let (receipt, _) = hubspot::csv(&labels, &dir, limits).unwrap();
    dir.replace("out").unwrap();
    let files: Vec<_> = receipt
        .files
        .iter()
        .map(|f| (f.written.path.to_str().unwrap(), f.n_rows))
        .collect();
    assert_eq!(
        files,
        [
            ("hubspot.csv", 2),
            ("hubspot-2.csv", 2),
            ("hubspot-3.csv", 1)
        ]
    );
    assert_eq!(rows(&read(&around, "hubspot-3.csv"))[0][0], "5@x.org");
}

#[test]
fn the_label_file_has_every_field_and_reads_back_as_the_labels() {
    let mut plain = label("u2", None);
    plain.churn_probability = None;
    plain.churn_basis = None;
    plain.risk = None;
    plain.confidence = 0.1 + 0.2;
    let labels = [label("u1", Some("a@x.org")), plain, label("+u3", None)];
    let file = labels_csv(&labels).unwrap();
    let mut reader = csv::Reader::from_reader(&*file.bytes);
    let read: Vec<Label> = reader.deserialize().collect::<csv::Result<_>>().unwrap();
    assert_eq!(read, labels[..2]);
    assert_eq!(file.rejected.len(), 1);
    assert_eq!(file.rejected[0].customer_id, "+u3");
    assert_eq!(file.rejected[0].target, None);
}

#[test]
fn f_e59_whichever_step_of_exporting_fails_the_folder_is_the_old_or_the_new() {
    let run = |around: &Path, labels: &[Label]| {
        let dir = AtomicDir::create(around)?;
        files(labels, &ALL, &dir)?;
        dir.replace("out")
    };
    let old = [label("old", None)];
    let new = [label("new", Some("a@x.org")), label("=new", None)];
    for fault in Fault::ALL {
        for at in 1.. {
            let around = tempfile::tempdir().unwrap();
            run(around.path(), &old).unwrap();
            let (result, reached) = inject(at, fault, || run(around.path(), &new));
            // Between the two renames a kill finds the old folder aside.
            let place = [
                around.path().join("out"),
                around.path().join(".tmp-old-out"),
            ]
            .into_iter()
            .find(|place| place.exists())
            .unwrap();
            let n_files = names(&place).len();
            let id = rows(&fs::read_to_string(place.join("crm.csv")).unwrap())[0][0].clone();
            match &*id {
                "new" => assert_eq!(n_files, 5),
                _ => assert!(n_files == 4 && result.is_err()),
            }
            run(around.path(), &new).unwrap();
            assert_eq!(names(&around.path().join("out")).len(), 5);
            if !reached {
                result.unwrap();
                break;
            }
        }
    }
}
