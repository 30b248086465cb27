//! A rich report input for the tests: eight segments, one of them tiny, two with hostile names.

use std::path::PathBuf;

use super::{DataQuality, Latest, LatestRow, ReportInput};
use crate::churn::{LeakageProof, Quality};
use crate::cluster::KTrial;
use crate::config::ChurnKind;
use crate::intake::InputFile;
use crate::segment::{Origin, ProfileEntry, Segment};
use crate::stats::calibration::CalibrationBin;
use crate::stats::survival::KaplanMeier;
use crate::stats::{Estimate, Test};
use crate::time::{Day, Window};
use crate::validate::{Check, Evidence, Gate, SegmentEvidence};

/// Slug, name, description, action, owner, customers, daily hazard, origin.
type Plan = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
    usize,
    f64,
    Origin,
);

const PLANS: [Plan; 8] = [
    (
        "daily_power",
        "Daily power users",
        "Active on 22 of 30 days, using 9 of 12 features; usage is growing.",
        "Invite to the beta programme and ask for a reference.",
        Some("Customer success"),
        1_204,
        0.0006,
        Origin::Learnt,
    ),
    (
        "weekly_teams",
        "Steady weekly teams",
        "Active on 9 of 30 days, mostly in the same three features.",
        "Show the two features their peers use next.",
        Some("Product marketing"),
        3_120,
        0.004,
        Origin::Learnt,
    ),
    (
        "single_feature",
        "Single-feature specialists",
        "Come for exports and little else: 86% of their events are one feature.",
        "Recommend scheduled exports.",
        Some("Product marketing"),
        2_240,
        0.006,
        Origin::Learnt,
    ),
    (
        "fading",
        "Fading explorers who once used nearly everything there is",
        "Used 8 of 12 features, but half as often in the last four weeks as before.",
        "Call within the week; ask what changed.",
        Some("Customer success"),
        1_480,
        0.024,
        Origin::Learnt,
    ),
    (
        "hostile",
        "<script>alert(1)</script>\"><img src=x onerror=alert(1)>",
        "</style><b onload='x'>https://example.org//x url(y) \u{1b}]0;x\u{7} ]]> & \u{202e}backwards",
        "Open https://example.org/?a=1&b=2 @import",
        Some("<o'wner>"),
        640,
        0.012,
        Origin::Learnt,
    ),
    (
        "tiny",
        "Night-shift pilots",
        "Active at night only.",
        "Ask them to join an interview.",
        None,
        7,
        0.01,
        Origin::Learnt,
    ),
    (
        "new",
        "New",
        "Signed up within the last 14 days.",
        "Send the welcome series.",
        Some("Lifecycle marketing"),
        910,
        0.015,
        Origin::Rule,
    ),
    (
        "dormant",
        "Dormant",
        "No meaningful use for 30 days or more.",
        "Win back with what is new since they left.",
        Some("Lifecycle marketing"),
        2_879,
        0.055,
        Origin::Rule,
    ),
];

/// Title, unit and median of every feature, and how it follows the segment.
const FEATURES: [(&str, &str, f64, f64); 9] = [
    ("active days", "days", 9.0, 1.0),
    ("sessions", "count", 14.0, 1.1),
    ("events per active day", "per day", 21.5, 0.4),
    ("minutes per session", "minutes", 12.25, 0.3),
    ("breadth", "features", 5.0, 0.8),
    ("top event share", "share", 0.42, -0.6),
    ("trend", "log ratio", 0.05, 0.5),
    ("weekend share", "share", 0.11, -0.2),
    ("days since last use", "days", 4.0, -1.0),
];

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn wilson(p: f64, n: usize) -> Estimate {
    let (n, z) = (n as f64, 1.96);
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    Estimate {
        value: p,
        low: (centre - half).max(0.0),
        high: (centre + half).min(1.0),
        n: count(n),
    }
}

fn count(x: f64) -> u64 {
    format!("{x:.0}").parse().unwrap()
}

fn curve(n: usize, hazard: f64) -> KaplanMeier {
    let mut curve = KaplanMeier::default();
    let (mut left, mut survival) = (n as f64, 1.0);
    for time in 1..=60 {
        let (at_risk, events) = (left.floor(), (left * hazard).round());
        if at_risk < 1.0 {
            break;
        }
        survival *= 1.0 - events / at_risk;
        curve.times.push(f64::from(time));
        curve.at_risk.push(count(at_risk));
        curve.events.push(count(events));
        curve.survival.push(survival);
        curve.std_err.push(0.01);
        curve.low.push((survival - 0.02).max(0.0));
        curve.high.push((survival + 0.02).min(1.0));
        left -= events + left * 0.002;
    }
    curve
}

fn profile(hazard: f64, origin: Origin) -> Vec<ProfileEntry> {
    let level = -(hazard * 250.0).ln() * 0.8;
    FEATURES
        .iter()
        .map(|&(title, unit, middle, follows)| {
            let median = middle * (0.4 * level * follows).exp();
            ProfileEntry {
                feature: title.replace(' ', "_"),
                title: title.into(),
                unit: unit.into(),
                q25: median * 0.7,
                median,
                q75: median * 1.4,
                z: (origin == Origin::Learnt).then_some(level * follows),
            }
        })
        .collect()
}

/// The input.
pub(crate) fn sample() -> ReportInput {
    let cutoff = day("2024-06-01");
    let total: usize = PLANS.iter().map(|plan| plan.5).sum();
    let segments = PLANS
        .iter()
        .map(
            |&(slug, name, description, action, owner, n, hazard, origin)| Segment {
                id: format!("seg_{slug}"),
                slug: slug.into(),
                name: name.into(),
                description: description.into(),
                origin,
                n,
                share: n as f64 / total as f64,
                value_share: Some(n as f64 / total as f64 * 0.9),
                profile: profile(hazard, origin),
                action: action.into(),
                owner: owner.map(String::from),
            },
        )
        .collect();
    let evidence = PLANS
        .iter()
        .map(|&(slug, name, .., n, hazard, _)| SegmentEvidence {
            slug: slug.into(),
            name: name.into(),
            n,
            retention: Some(wilson((-30.0 * hazard).exp(), n)),
            mean_churn_probability: Some(1.0 - (-29.0 * hazard).exp()),
            survival: curve(n, hazard),
        })
        .collect();
    let latest = PLANS
        .iter()
        .map(|&(slug, name, .., n, hazard, _)| LatestRow {
            slug: slug.into(),
            name: name.into(),
            n: n + n / 50,
            n_in_use: n + n / 50,
            n_high_risk: if hazard > 0.02 { n / 2 } else { n / 90 },
            expected_churned: Some(n as f64 * (1.0 - (-30.0 * hazard).exp())),
            mrr_at_risk: Some(n as f64 * hazard * 700.0),
        })
        .collect();
    ReportInput {
        product: "Acme Notes".into(),
        currency: "EUR".into(),
        timezone: "Europe/Berlin".into(),
        model_id: "m_0123456789ab".into(),
        habitus_version: "0.1.0".into(),
        observation: Window {
            start: cutoff - 90,
            end: cutoff,
        },
        segments,
        k_trials: trials(),
        method: "k-means".into(),
        preparation: preparation(),
        churn_kind: ChurnKind::Usage,
        high_risk: 0.6,
        churn: Ok(quality(cutoff)),
        proof: LeakageProof {
            n_customers: 200,
            cutoffs: vec![cutoff, cutoff - 30, cutoff - 60],
            n_values: 10_800,
            n_deleted: 12_301,
            n_invented: 6_000,
        },
        evidence: Evidence {
            cutoff,
            outcome: Window {
                start: cutoff,
                end: cutoff + 30,
            },
            segments: evidence,
            retention: Some(wilson(0.713, total)),
            log_rank: Some(Test {
                statistic: 4_812.37,
                df: 7,
                p_value: 1e-300,
            }),
            cramers_v: Some(0.47),
        },
        gate: gate(),
        latest: Some(Latest {
            cutoff: cutoff + 30,
            rows: latest,
        }),
        usage: usage(),
        volume: volume(),
        data: data(total),
    }
}

fn trials() -> Vec<KTrial> {
    let silhouettes = [0.281, 0.304, 0.331, 0.347, 0.312, 0.298];
    silhouettes
        .iter()
        .zip(3_usize..)
        .map(|(&silhouette, k)| KTrial {
            k,
            within_sum_of_squares: 48_000.0 / k as f64,
            silhouette,
            n_silhouette: 5_000,
            n_smallest: 900 / k,
            allowed: k < 8,
        })
        .collect()
}

fn preparation() -> Vec<(String, String)> {
    let done = FEATURES
        .iter()
        .map(|f| (f.0.to_string(), "log1p, z".to_string()));
    let dropped = (
        "api calls".to_string(),
        "dropped: the same for every customer".to_string(),
    );
    done.chain([dropped]).collect()
}

fn quality(cutoff: Day) -> Quality {
    let rates = (0..=400).map(|i| f64::from(i) / 400.0);
    let shares = [0.02, 0.05, 0.08, 0.13, 0.19, 0.27, 0.38, 0.52, 0.68, 0.86];
    let weights = [0.92, -0.61, -0.44, 0.31, -0.22, -0.15, 0.09, -0.06, 0.03];
    Quality {
        kind: ChurnKind::Usage,
        training_cutoffs: vec![cutoff - 30, cutoff - 60, cutoff - 90],
        n_train: 27_310,
        n_train_churned: 5_112,
        test_cutoff: cutoff,
        n_test: 9_594,
        n_test_churned: 1_803,
        auc: Some(Estimate {
            value: 0.823,
            low: 0.811,
            high: 0.835,
            n: 9_594,
        }),
        auc_recency: Some(Estimate {
            value: 0.781,
            low: 0.767,
            high: 0.794,
            n: 9_594,
        }),
        brier: 0.118,
        brier_base: 0.152,
        calibration: shares
            .iter()
            .map(|&predicted| CalibrationBin {
                predicted,
                observed: wilson(predicted * 0.94 + 0.012, 959),
            })
            .collect(),
        roc: rates.map(|fpr| (fpr, fpr.powf(0.215))).collect(),
        coefficients: FEATURES
            .iter()
            .rev()
            .zip(weights)
            .map(|(feature, weight)| (feature.0.to_string(), weight))
            .collect(),
    }
}

fn gate() -> Gate {
    let check = |name: &str, found: &str| Check {
        name: name.into(),
        passed: true,
        found: found.into(),
    };
    Gate {
        passed: true,
        checks: vec![
            check(
                "mean silhouette at least 0.25",
                "0.347 at k = 6 (n = 5,000)",
            ),
            check("no learnt segment above 70% of customers", "largest 25.0%"),
            check("segments differ in survival, p at most 0.05", "p < 0.001"),
            check("AUC at least 0.6 at the low end of its interval", "0.811"),
        ],
    }
}

fn usage() -> [[u64; 24]; 7] {
    let mut usage = [[0; 24]; 7];
    for (weekday, hours) in (0_u32..).zip(&mut usage) {
        for (hour, n) in (0_u32..).zip(hours.iter_mut()) {
            let x = f64::from(hour);
            let bump = |at: f64| (-(x - at) * (x - at) / 6.0).exp();
            let level = if weekday < 5 {
                4_200.0 - 150.0 * f64::from(weekday)
            } else {
                900.0
            };
            *n = count(level * (bump(10.0) + 0.8 * bump(15.0) + 0.25 * bump(21.0)));
        }
    }
    usage
}

fn volume() -> Vec<(Day, u64, u64)> {
    let first = day("2024-01-08");
    (0..175)
        .filter(|i| !(100..104).contains(i))
        .map(|i| {
            let day = first + i;
            let level = if day.is_weekend() { 0.35 } else { 1.0 };
            let wave = 1.0 + f64::from((i * 37) % 11) / 60.0 + f64::from(i) / 400.0;
            (
                day,
                count(61_000.0 * level * wave),
                count(4_100.0 * level * wave),
            )
        })
        .collect()
}

fn data(n_customers: usize) -> DataQuality {
    let file = |name: &str, kind, bytes, n_rows, n_rejected| InputFile {
        path: PathBuf::from("/srv//data").join(name),
        kind,
        bytes,
        blake3: format!("b3:{}", "0f1e2d3c4b5a6978".repeat(4)),
        n_rows,
        n_rejected,
    };
    DataQuality {
        files: vec![
            file("customers.csv", "customers", 812_440, 12_480, 0),
            file(
                "events-2024-h1.parquet",
                "events",
                184_220_113,
                9_412_800,
                1_204,
            ),
            file("https:<img src=x>.csv.gz", "events", 1_220_113, 40_100, 36),
        ],
        n_event_rows: 9_452_900,
        n_rejected: 1_240,
        n_duplicates: 20_311,
        n_future: 0,
        n_used: 9_431_349,
        rejects_by_reason: vec![
            ("events".into(), "bad-timestamp".into(), 1_102),
            ("events".into(), "missing-customer".into(), 138),
        ],
        n_customers,
        n_without_events: 1_020,
        first_day: Some(day("2024-01-08")),
        last_day: Some(day("2024-06-30")),
        data_end: Some(day("2024-07-01")),
        notes: vec![
            "No events on 4 days from 17 Apr 2024: was tracking down?".into(),
            "`heartbeat` was left out: it is not meaningful use.".into(),
        ],
    }
}
