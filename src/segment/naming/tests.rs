use proptest::prelude::*;

use super::*;

const WEEKS: f64 = 90.0 / 7.0;

fn entry(feature: &str, title: &str, unit: &str, median: f64, z: f64) -> ProfileEntry {
    ProfileEntry {
        feature: feature.into(),
        title: title.into(),
        unit: unit.into(),
        q25: median,
        median,
        q75: median,
        z: Some(z),
    }
}

/// Median and z of active days, events per active day, breadth, top share and trend.
fn profile(values: [(f64, f64); 5]) -> ClusterProfile {
    let [days, events, breadth, share, trend] = values;
    ClusterProfile {
        n: 10,
        entries: vec![
            entry("active_days", "active days", "days", days.0, days.1),
            entry(
                "events_per_active_day",
                "events per active day",
                "per active day",
                events.0,
                events.1,
            ),
            entry(
                "breadth",
                "different features",
                "features",
                breadth.0,
                breadth.1,
            ),
            entry(
                "top_event_share",
                "share of the most used feature",
                "share",
                share.0,
                share.1,
            ),
            entry("trend", "trend", "log ratio", trend.0, trend.1),
        ],
    }
}

fn names(clusters: &[ClusterProfile]) -> Vec<String> {
    let named = name_clusters(clusters, WEEKS);
    named.into_iter().map(|naming| naming.name).collect()
}

#[test]
fn a_product_of_every_day_gets_names_one_can_say() {
    let clusters = [
        profile([
            (60.0, 1.8),
            (12.0, 0.9),
            (11.0, 1.6),
            (0.3, -0.7),
            (0.0, 0.1),
        ]),
        profile([
            (34.0, 0.6),
            (6.0, 0.1),
            (6.0, 0.2),
            (0.5, 0.0),
            (-0.9, -1.7),
        ]),
        profile([
            (14.0, -0.3),
            (3.0, -0.6),
            (2.0, -0.9),
            (0.9, 1.4),
            (0.0, 0.1),
        ]),
        profile([
            (5.0, -1.2),
            (4.0, -0.2),
            (3.0, -0.4),
            (0.6, 0.3),
            (0.7, 1.1),
        ]),
        profile([
            (5.0, -1.2),
            (4.0, -0.2),
            (3.0, -0.4),
            (0.6, 0.3),
            (0.0, 0.1),
        ]),
    ];
    let expected = [
        "Daily broad users",
        "Frequent declining users",
        "Weekly single-feature users",
        "Occasional growing users",
        "Occasional users",
    ];
    assert_eq!(names(&clusters), expected);
    let named = name_clusters(&clusters, WEEKS);
    assert_eq!(named[2].slug, "weekly_single_feature_users");
    let descriptions: Vec<&str> = named
        .iter()
        .map(|naming| naming.description.as_str())
        .collect();
    assert_eq!(
        descriptions[..3],
        [
            "Active on 60 of the last 90 days, 11 different features, 12 events per active day; use is steady.",
            "Active on 34 of the last 90 days, 6 different features, 6 events per active day; use is falling.",
            "Active on 14 of the last 90 days, 90% of use in the most used feature, 2 different features; \
             use is steady.",
        ]
    );
}

#[test]
fn a_word_must_be_true_in_natural_units() {
    // Below the average trend, but growing; few features for this product, but not one.
    let clusters = [
        profile([(20.0, 0.0), (5.0, 0.2), (5.0, 0.3), (0.5, 0.0), (0.1, -1.5)]),
        profile([(10.0, 0.0), (5.0, 0.2), (6.0, -0.9), (0.5, 0.8), (0.1, 0.0)]),
    ];
    assert_eq!(
        names(&clusters),
        ["Weekly users", "Occasional focused users"]
    );
}

#[test]
fn clusters_that_share_a_name_are_told_apart_by_what_differs_most() {
    let shared = [(60.0, 1.0), (8.0, 0.0), (9.0, 1.5), (0.4, 0.0), (0.0, 0.0)];
    let (mut intense, mut calm) = (shared, shared);
    intense[1] = (20.0, 1.3);
    calm[1] = (6.0, -0.1);
    assert_eq!(
        names(&[profile(intense), profile(calm)]),
        [
            "Daily broad intense users",
            "Daily broad users with fewer events per active day"
        ]
    );
    let mut rarer = shared;
    rarer[0] = (55.0, 0.8);
    assert_eq!(
        names(&[profile(shared), profile(rarer)]),
        [
            "Daily broad users with more active days",
            "Daily broad users with fewer active days"
        ]
    );
}

#[test]
fn clusters_that_nothing_tells_apart_are_numbered() {
    let same = profile([(60.0, 1.0), (8.0, 0.0), (9.0, 1.5), (0.4, 0.0), (0.0, 0.0)]);
    let named = name_clusters(&[same.clone(), same.clone(), same], WEEKS);
    assert_eq!(named[1].name, "Daily broad users (2)");
    let slugs: Vec<&str> = named.iter().map(|naming| naming.slug.as_str()).collect();
    assert_eq!(
        slugs,
        [
            "daily_broad_users",
            "daily_broad_users_2",
            "daily_broad_users_3"
        ]
    );
}

#[test]
fn any_set_of_features_gets_names_from_titles() {
    let cluster = |share: f64, z_share: f64, exports: f64, z_exports: f64| ClusterProfile {
        n: 5,
        entries: vec![
            entry("evening_share", "evening share", "share", share, z_share),
            entry("count:export", "exports", "events", exports, z_exports),
        ],
    };
    let clusters = [
        cluster(0.62, 1.4, 1.0, -0.2),
        cluster(0.1, -0.3, 30.0, 2.0),
        cluster(0.3, 0.1, 2.5, 0.0),
    ];
    let expected = [
        "Users with high evening share",
        "Users with many exports",
        "Typical users",
    ];
    assert_eq!(names(&clusters), expected);
    let named = name_clusters(&clusters, WEEKS);
    assert_eq!(named[0].description, "Evening share 62%, exports 1 events.");
    assert_eq!(named[0].slug, "users_with_high_evening_share");
}

#[test]
fn missing_values_and_empty_profiles_still_have_a_name() {
    let mut unknown = profile([(f64::NAN, f64::NAN); 5]);
    unknown.entries[0].z = None;
    let empty = ClusterProfile {
        n: 0,
        entries: Vec::new(),
    };
    let named = name_clusters(&[unknown, empty], WEEKS);
    assert_eq!(named[0].name, "Typical users");
    assert_eq!(named[1].slug, "typical_users_2");
    assert_eq!(named[1].description, "Customers alike in use.");
    assert_eq!(name_clusters(&[], WEEKS), []);
    let days = profile([(20.0, 0.0), (5.0, 0.0), (5.0, 0.0), (0.5, 0.0), (0.0, 0.0)]);
    assert_eq!(name_clusters(&[days], 0.0)[0].name, "Typical users");
}

#[test]
fn titles_in_other_scripts_keep_their_name_and_get_a_usable_slug() {
    let cluster = |z| ClusterProfile {
        n: 5,
        entries: vec![
            entry("count:a", "导出", "", 3.0, z),
            entry("count:b", "<b>Größe</b>", "", 1.0, 0.0),
        ],
    };
    let named = name_clusters(&[cluster(1.0), cluster(-1.0)], WEEKS);
    assert_eq!(named[0].name, "Users with high 导出");
    assert_eq!(named[0].slug, "users_with_high");
    assert_eq!(named[1].slug, "users_with_low");
}

proptest! {
    #[test]
    fn names_and_slugs_are_unique_usable_and_the_same_every_time(
        cells in prop::collection::vec(prop::array::uniform5((0.0..60.0_f64, -3_i8..4)), 1..9),
    ) {
        let clusters: Vec<ClusterProfile> = cells
            .into_iter()
            .map(|cells| profile(cells.map(|(median, z)| (median, f64::from(z) / 2.0))))
            .collect();
        let named = name_clusters(&clusters, WEEKS);
        prop_assert_eq!(named.len(), clusters.len());
        let slugs: BTreeSet<&str> = named.iter().map(|n| n.slug.as_str()).collect();
        let names: BTreeSet<&str> = named.iter().map(|n| n.name.as_str()).collect();
        prop_assert_eq!(slugs.len(), clusters.len());
        prop_assert_eq!(names.len(), clusters.len());
        for slug in slugs {
            prop_assert!(slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
            prop_assert!(!["", "non_user", "new", "dormant"].contains(&slug));
        }
        prop_assert_eq!(name_clusters(&clusters, WEEKS), named);
    }
}
