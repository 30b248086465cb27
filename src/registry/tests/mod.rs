use std::collections::BTreeMap;
use std::fs;

use super::*;

mod damage;
mod faults;
mod writers;

const FILES: [(&str, &[u8]); 2] = [("evidence.json", b"{}"), ("model.json", b"{\"k\":3}")];

/// A registry in a folder that goes when this is dropped.
struct Fixture {
    around: tempfile::TempDir,
    registry: Registry,
}

impl std::ops::Deref for Fixture {
    type Target = Registry;
    fn deref(&self) -> &Registry {
        &self.registry
    }
}

fn meta(gate_passed: bool) -> Meta {
    Meta {
        model_id: "m1".to_owned(),
        created_at: "1970-01-01T00:00:00Z".to_owned(),
        hashes: BTreeMap::from([("config".to_owned(), "b3:00".to_owned())]),
        gate_passed,
    }
}

/// A registry with `n` versions that passed the gate.
fn registry(n: u32) -> Fixture {
    let around = tempfile::tempdir().unwrap();
    let registry = Registry::open(&around.path().join("models")).unwrap();
    for number in 1..=n {
        assert_eq!(registry.add(&FILES, &meta(true)).unwrap(), Version(number));
    }
    Fixture { around, registry }
}

#[test]
fn opening_and_asking_write_nothing() {
    let registry = registry(0);
    assert!(registry.list().unwrap().is_empty());
    assert!(registry.gc(false).unwrap().is_empty());
    assert!(registry.resolve("latest").is_err());
    assert!(files::list(registry.around.path()).unwrap().is_empty());
}

#[test]
fn a_version_is_loaded_as_it_was_added() {
    let registry = registry(1);
    let loaded = registry.load(Version(1)).unwrap();
    let added = FILES.map(|(name, bytes)| (name.to_owned(), bytes.to_vec()));
    assert_eq!(loaded.files, BTreeMap::from(added));
    assert_eq!(loaded.manifest.model_id, "m1");
    assert_eq!(loaded.manifest.hashes["config"], "b3:00");
    assert_eq!(loaded.manifest.format_version, FORMAT_VERSION);
    assert!(loaded.manifest.gate_passed);
    assert!(registry.verify(Version(1)).unwrap().is_empty());
}

#[test]
fn the_order_in_which_files_are_added_does_not_change_the_manifest() {
    let registry = registry(1);
    let [a, b] = FILES;
    registry.add(&[b, a], &meta(true)).unwrap();
    let manifest = |v| fs::read(registry.path(Version(v)).join(MANIFEST)).unwrap();
    assert_eq!(manifest(1), manifest(2));
}

#[test]
fn f_d53_names_outside_the_allow_list_are_refused_before_any_path_is_made() {
    let registry = registry(1);
    let long = "v".repeat(300);
    for name in [
        "", "../x", "..\\x", "/etc", "a/b", "CON", "%2e%2e", "v1", "Current", "v0001/..", ".tmp-1",
        "v0001\n", &long,
    ] {
        let refused = registry.resolve(name).unwrap_err();
        assert!(
            matches!(refused, Error::BadName { .. }),
            "{name}: {refused}"
        );
    }
    for name in ["", "../x", "a/b", "Model.json", MANIFEST, ".hidden", "a b"] {
        let refused = registry.add(&[(name, b"")], &meta(true)).unwrap_err();
        assert!(
            matches!(refused, Error::BadName { .. }),
            "{name}: {refused}"
        );
    }
}

#[test]
fn names_mean_the_largest_number_the_promoted_one_or_themselves() {
    let registry = registry(3);
    registry.promote(Version(2), false).unwrap();
    assert_eq!(registry.resolve("latest").unwrap(), Version(3));
    assert_eq!(registry.resolve("current").unwrap(), Version(2));
    assert_eq!(registry.resolve("v0001").unwrap(), Version(1));
    let current: Vec<_> = registry.list().unwrap();
    let current: Vec<_> = current.iter().map(|entry| entry.is_current).collect();
    assert_eq!(current, [false, true, false]);
}

#[test]
fn what_does_not_exist_is_told_with_what_to_do() {
    let empty = registry(0);
    let two = registry(2);
    let help = |registry: &Registry, name| {
        let error = registry.resolve(name).unwrap_err();
        assert_eq!(error.code(), "registry/not-found");
        error.help().unwrap().to_owned()
    };
    assert!(help(&empty, "latest").contains("habitus train"));
    assert!(help(&empty, "v0001").contains("habitus train"));
    assert!(help(&two, "current").contains("habitus models promote"));
    assert_eq!(
        help(&two, "v0009"),
        "there are versions from v0001 to v0002"
    );
    for error in [
        two.load(Version(9)).unwrap_err(),
        two.verify(Version(9)).unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "version `v0009` does not exist");
    }
}

#[test]
fn a_version_that_failed_the_gate_is_promoted_by_force_only_and_on_record() {
    let registry = registry(1);
    registry.promote(Version(1), true).unwrap();
    let failed = registry.add(&FILES, &meta(false)).unwrap();
    let refused = registry.promote(failed, false).unwrap_err();
    assert_eq!(refused.to_string(), "v0002 did not pass the gate");
    assert!(refused.help().unwrap().contains("--force"));
    assert_eq!(registry.resolve("current").unwrap(), Version(1));
    let moved = registry.promote(failed, true).unwrap();
    let expected = Promotion {
        from: Some(Version(1)),
        to: failed,
    };
    assert_eq!(moved, expected);
    let text = fs::read_to_string(registry.dir.join(CURRENT)).unwrap();
    assert_eq!(
        text,
        "{\"version\":\"v0002\",\"forced\":true,\"previous\":[\"v0001\"]}\n"
    );
}

#[test]
fn rolling_back_goes_one_version_further_each_time_and_then_says_so() {
    let registry = registry(3);
    assert!(registry.rollback().is_err());
    for number in [1, 3, 3, 2] {
        registry.promote(Version(number), false).unwrap();
    }
    for number in [3, 1] {
        assert_eq!(registry.rollback().unwrap().to, Version(number));
        assert_eq!(registry.resolve("current").unwrap(), Version(number));
    }
    let end = registry.rollback().unwrap_err();
    assert_eq!(end.to_string(), "version before `v0001` does not exist");
}

#[test]
fn f_e70_versions_are_ordered_by_number_and_gaps_are_kept() {
    let registry = registry(2);
    for number in [9_998, 9_999] {
        copy_version(&registry, Version(1), Version(number));
    }
    assert_eq!(registry.add(&FILES, &meta(true)).unwrap(), Version(10_000));
    assert_eq!(registry.resolve("latest").unwrap(), Version(10_000));
    let listed = registry.list().unwrap();
    let numbers: Vec<_> = listed.iter().map(|entry| entry.version.0).collect();
    assert_eq!(numbers, [1, 2, 9_998, 9_999, 10_000]);
    assert!(listed.iter().all(|entry| entry.problem.is_none()));
}

#[test]
fn f_e70_an_alias_to_a_removed_version_is_an_error_and_its_number_is_not_given_again() {
    let registry = registry(2);
    registry.promote(Version(2), false).unwrap();
    files::remove(&registry.path(Version(2))).unwrap();
    let gone = registry.resolve("current").unwrap_err();
    assert_eq!(gone.to_string(), "version `v0002` does not exist");
    assert_eq!(registry.add(&FILES, &meta(true)).unwrap(), Version(3));
    assert!(registry.resolve("current").is_err());
    registry.promote(Version(3), false).unwrap();
    assert_eq!(registry.resolve("current").unwrap(), Version(3));
}

#[test]
fn the_last_number_is_a_limit_not_a_wrap() {
    let registry = registry(1);
    copy_version(&registry, Version(1), Version(u32::MAX));
    let refused = registry.add(&FILES, &meta(true)).unwrap_err();
    assert!(matches!(refused, Error::Limit { .. }), "{refused}");
}

fn copy_version(registry: &Registry, from: Version, to: Version) {
    let loaded = registry.load(from).unwrap();
    let target = registry.path(to);
    let manifest = fs::read(registry.path(from).join(MANIFEST)).unwrap();
    files::write_atomic(&target.join(MANIFEST), &manifest).unwrap();
    for (name, bytes) in &loaded.files {
        files::write_atomic(&target.join(name), bytes).unwrap();
    }
}
