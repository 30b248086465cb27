//! What `run` leaves on the disk, and whether the stated process predicts it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;

use polars::prelude::{ParquetReader, SerReader};

use super::*;

fn small() -> Settings {
    Settings {
        customers: 150,
        days: 50,
        start: Day::parse("2025-01-20").unwrap(),
        ..Settings::default()
    }
}

fn run_into(dir: &Path, settings: &Settings) -> Simulated {
    run(settings, dir, &|_| {}).unwrap()
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(String::from).collect()
}

/// Names and bytes of all files.
fn contents(dir: &Path, simulated: &Simulated) -> Vec<(String, Vec<u8>)> {
    let read = |written: &Written| {
        let name = written
            .path
            .strip_prefix(dir)
            .unwrap()
            .display()
            .to_string();
        (name, fs::read(&written.path).unwrap())
    };
    simulated.files.iter().map(read).collect()
}

#[test]
fn the_same_settings_give_the_same_bytes_on_any_number_of_threads() {
    for format in [Format::Parquet, Format::Csv] {
        let settings = Settings { format, ..small() };
        let on_threads = |n| {
            let dir = tempfile::tempdir().unwrap();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build();
            let simulated = pool.unwrap().install(|| run_into(dir.path(), &settings));
            contents(dir.path(), &simulated)
        };
        let once = on_threads(1);
        assert_eq!(once, on_threads(3));
        assert_eq!(once, on_threads(8));
    }
}

#[test]
fn another_seed_gives_another_product() {
    let hashes = |seed| {
        let dir = tempfile::tempdir().unwrap();
        let simulated = run_into(dir.path(), &Settings { seed, ..small() });
        simulated.files.into_iter().map(|written| written.blake3)
    };
    let (one, two): (BTreeSet<String>, BTreeSet<String>) =
        (hashes(1).collect(), hashes(2).collect());
    assert!(one.is_disjoint(&two));
}

#[test]
fn there_is_a_file_per_month_and_one_per_table() {
    let dir = tempfile::tempdir().unwrap();
    let simulated = run_into(dir.path(), &small());
    let names: Vec<String> = contents(dir.path(), &simulated)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let expected = [
        "events/events-2025-01.parquet",
        "events/events-2025-02.parquet",
        "events/events-2025-03.parquet",
        "customers.csv",
        "outcomes.csv",
        "truth.csv",
    ];
    assert_eq!(names, expected);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 4);
}

#[test]
fn tables_have_headers_and_the_customers_of_the_population() {
    let dir = tempfile::tempdir().unwrap();
    let settings = small();
    let simulated = run_into(dir.path(), &settings);
    let population = population(&settings);
    let ids: Vec<String> = population.iter().map(Truth::customer_id).collect();
    let first = |line: &String| line.split(',').next().unwrap().to_string();

    let customers = lines(&dir.path().join("customers.csv"));
    assert_eq!(
        customers[0],
        "customer_id,account_id,signed_up_at,plan,mrr,email,timezone"
    );
    assert!(customers[1..].iter().map(first).eq(ids.clone()));

    let truth = lines(&dir.path().join("truth.csv"));
    assert!(truth[0].starts_with("customer_id,archetype,rhythm,daily_rate,"));
    assert!(truth[1..].iter().map(first).eq(ids));

    let outcomes = lines(&dir.path().join("outcomes.csv"));
    assert_eq!(outcomes[0], "customer_id,churned_at");
    let end = settings.period().end;
    let expected = population.iter().filter_map(|c| {
        let day = c.cancelled.filter(|&day| day < end)?;
        Some(format!("{},{day}", c.customer_id()))
    });
    assert!(outcomes[1..].iter().cloned().eq(expected));

    let n_churned = population.iter().filter(|c| c.churned.is_some()).count();
    assert_eq!(
        (simulated.n_customers, simulated.n_churned),
        (150, n_churned)
    );
}

#[test]
fn parquet_and_text_hold_the_same_rows_in_the_order_of_time() {
    let parquet = tempfile::tempdir().unwrap();
    let text = tempfile::tempdir().unwrap();
    let columnar = run_into(parquet.path(), &small());
    let textual = run_into(
        text.path(),
        &Settings {
            format: Format::Csv,
            ..small()
        },
    );
    let mut n_rows = 0;
    for (columnar, textual) in columnar.files.iter().zip(&textual.files[..3]) {
        let frame = ParquetReader::new(File::open(&columnar.path).unwrap())
            .finish()
            .unwrap();
        let lines = lines(&textual.path);
        assert_eq!(
            lines[0],
            "user_id,timestamp,event,platform,duration_seconds,value"
        );
        assert_eq!(lines.len() - 1, frame.height());
        assert_eq!(frame.dtypes()[1].to_string(), "datetime[ms, UTC]");
        let timestamps = frame.column("timestamp").unwrap().datetime().unwrap();
        for (row, line) in lines[1..].iter().enumerate() {
            let fields: Vec<&str> = line.split(',').collect();
            let cell = |name: &str| frame.column(name).unwrap().get(row).unwrap();
            for name in ["user_id", "event", "platform"] {
                let column = frame.get_column_index(name).unwrap();
                assert_eq!(cell(name).get_str(), Some(fields[column]));
            }
            let at: jiff::Timestamp = fields[1].parse().unwrap();
            assert_eq!(timestamps.phys.get(row), Some(at.as_millisecond()));
            for (name, field) in [("duration_seconds", fields[4]), ("value", fields[5])] {
                assert_eq!(cell(name).extract::<u16>(), field.parse().ok());
            }
        }
        assert!(timestamps.phys.iter().is_sorted());
        n_rows += frame.height() as u64;
    }
    assert_eq!((columnar.n_events, textual.n_events), (n_rows, n_rows));
}

#[test]
fn every_bad_row_of_a_text_log_is_bad_in_one_of_four_ways() {
    let dir = tempfile::tempdir().unwrap();
    let simulated = run_into(
        dir.path(),
        &Settings {
            format: Format::Csv,
            trouble: Trouble {
                bad_rows: 0.05,
                ..Trouble::default()
            },
            ..small()
        },
    );
    let is_good = |line: &[u8]| {
        let Ok(line) = std::str::from_utf8(line) else {
            return false;
        };
        let fields: Vec<&str> = line.split(',').collect();
        fields.len() == 6 && !fields[0].is_empty() && fields[1].parse::<jiff::Timestamp>().is_ok()
    };
    let (mut n_good, mut n_bad) = (0, 0);
    for written in &simulated.files[..3] {
        let bytes = fs::read(&written.path).unwrap();
        for line in bytes.trim_ascii_end().split(|&byte| byte == b'\n').skip(1) {
            if is_good(line) {
                n_good += 1;
            } else {
                n_bad += 1;
            }
        }
    }
    assert!(n_bad > 50);
    assert_eq!(n_bad, simulated.extra_rows.n_bad_rows);
    assert_eq!(n_good + n_bad, simulated.n_events);
}

#[test]
fn nothing_is_overwritten_and_nothing_half_made_is_left() {
    for taken in ["events", "customers.csv", "outcomes.csv", "truth.csv"] {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(taken)).unwrap();
        let message = run(&small(), dir.path(), &|_| {}).unwrap_err().to_string();
        assert!(message.contains(taken) && message.contains("exists already"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
    let dir = tempfile::tempdir().unwrap();
    let senseless = Settings {
        customers: 0,
        ..small()
    };
    assert!(run(&senseless, dir.path(), &|_| {}).is_err());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn progress_rises_to_one() {
    let dir = tempfile::tempdir().unwrap();
    let told = RefCell::new(Vec::new());
    run(&small(), dir.path(), &|share| told.borrow_mut().push(share)).unwrap();
    let told = told.into_inner();
    assert_eq!(told.len(), 50);
    assert!(told.is_sorted());
    assert_eq!(told.last(), Some(&1.0));
}

#[test]
fn months_are_cut_to_the_period() {
    let day = |text| Day::parse(text).unwrap();
    let period = Window {
        start: day("2024-12-31"),
        end: day("2025-02-03"),
    };
    let starts: Vec<String> = months(period).iter().map(|m| m.start.to_string()).collect();
    assert_eq!(starts, ["2024-12-31", "2025-01-01", "2025-02-01"]);
    assert_eq!(
        months(period).iter().map(|m| m.days()).sum::<i32>(),
        period.days()
    );
}

#[test]
fn the_stated_process_predicts_silence_from_recency() {
    let settings = Settings {
        customers: 6_000,
        ..Settings::default()
    };
    let cutoff = settings.start + 150;
    let outcome = Window {
        start: cutoff,
        end: settings.period().end,
    };
    let is_active = |c: &Truth, day| c.active_on(settings.seed, day).is_some();
    // By predicted probability in tenths: sum, variance, observed.
    let mut bins = [(0.0, 0.0, 0.0); 10];
    for customer in population(&settings)
        .iter()
        .filter(|c| c.signed_up < cutoff)
    {
        let first = customer.signed_up.max(settings.start);
        let last = (first.0..cutoff.0)
            .map(Day)
            .rev()
            .find(|&day| is_active(customer, day));
        let probability = oracle::churn_probability(customer, first, last, outcome);
        let observed = !(cutoff.0..outcome.end.0).any(|day| is_active(customer, Day(day)));
        let bin = (0..9)
            .find(|&i| probability < f64::from(i + 1) / 10.0)
            .unwrap_or(9);
        let bin = &mut bins[usize::try_from(bin).unwrap()];
        bin.0 += probability;
        bin.1 += probability * (1.0 - probability);
        bin.2 += f64::from(u8::from(observed));
    }
    for (mean, variance, observed) in bins {
        assert!(
            (observed - mean).abs() < 4.0 * f64::sqrt(variance) + 1e-9,
            "{observed} {mean}"
        );
    }
    // It is no foregone conclusion: several bins are well filled, and their outcomes differ.
    assert!(bins.iter().filter(|bin| bin.0 > 20.0).count() >= 4);
}
