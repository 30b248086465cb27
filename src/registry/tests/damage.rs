//! Versions that someone or something has changed.

use super::*;
use crate::registry::manifest::seal_of;

/// Overwrites in place, as a failing disk would.
fn put(path: &Path, bytes: &[u8]) {
    files::write_atomic(path, bytes).unwrap();
}

fn assert_unusable(registry: &Registry, file: &str, listed: bool) {
    let version = Version(1);
    let error = registry.load(version).unwrap_err();
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains(file), "{error}");
    let problems = registry.verify(version).unwrap();
    assert!(problems.iter().any(|p| p.contains(file)), "{problems:?}");
    assert!(registry.promote(version, true).is_err());
    if listed {
        let problem = registry.list().unwrap()[0].problem.clone().unwrap();
        assert!(problem.contains(file), "{problem}");
    }
}

#[test]
fn f_e67_flipping_any_byte_of_any_file_is_found_and_the_file_named() {
    let registry = registry(1);
    for name in ["evidence.json", "model.json", MANIFEST] {
        let path = registry.path(Version(1)).join(name);
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            fs_overwrite(&path, &flipped);
            let error = registry.load(Version(1)).unwrap_err();
            assert!(
                matches!(&error, Error::Corrupt { path: named, .. } if *named == path),
                "byte {at} of {name}: {error}"
            );
            assert_eq!(registry.verify(Version(1)).unwrap(), [error.to_string()]);
        }
        fs_overwrite(&path, &whole);
    }
    registry.load(Version(1)).unwrap();
}

/// Faster than [`put`]: the loop above writes hundreds of times and wants no sync.
#[allow(clippy::disallowed_methods, reason = "a test that damages a file")]
fn fs_overwrite(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}

#[test]
fn f_e67_the_message_has_both_hashes() {
    let registry = registry(1);
    let path = registry.path(Version(1)).join("model.json");
    put(&path, b"{\"k\":4}");
    let message = registry.load(Version(1)).unwrap_err().to_string();
    assert!(message.contains(&files::hash(b"{\"k\":3}")), "{message}");
    assert!(message.contains(&files::hash(b"{\"k\":4}")), "{message}");
}

#[test]
fn f_e68_a_missing_an_extra_and_an_empty_file_make_a_version_unusable() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 4] = [
        ("model.json", |path| files::remove(path).unwrap()),
        ("model.json", |path| put(path, b"")),
        ("extra.json", |path| put(path, b"x")),
        (MANIFEST, |path| files::remove(path).unwrap()),
    ];
    for (name, damage) in damages {
        let registry = registry(1);
        damage(&registry.path(Version(1)).join(name));
        assert_unusable(&registry, name, true);
    }
}

#[test]
fn f_e68_something_else_under_the_name_of_a_version_is_unusable_and_its_number_taken() {
    let registry = registry(0);
    put(&registry.path(Version(1)), b"no folder");
    assert_unusable(&registry, "v0001", true);
    assert_eq!(registry.add(&FILES, &meta(true)).unwrap(), Version(2));
}

#[test]
fn f_d54_a_manifest_that_names_a_path_is_refused() {
    for name in [
        "../../x",
        "/etc/passwd",
        "..",
        "a/b",
        "..\\x",
        MANIFEST,
        "model.json",
    ] {
        let registry = registry(1);
        let path = registry.path(Version(1)).join(MANIFEST);
        let mut manifest = Manifest::read(&registry.path(Version(1))).unwrap();
        // The last of them is no path but a name that is there already.
        manifest.files.push(ManifestFile {
            name: name.to_owned(),
            bytes: 0,
            blake3: files::hash(b""),
        });
        put(&path, &manifest.seal().unwrap());
        assert_unusable(&registry, MANIFEST, true);
    }
}

#[cfg(unix)]
#[test]
fn f_d54_links_are_refused_wherever_they_stand() {
    use std::os::unix::fs::symlink;
    #[allow(clippy::disallowed_methods, reason = "a test that moves things away")]
    let replace_by_link = |path: &Path, elsewhere: &Path| {
        // The very same contents, only not in their place.
        fs::rename(path, elsewhere).unwrap();
        symlink(elsewhere, path).unwrap();
    };
    for name in ["v0001", "v0001/model.json", "v0001/manifest.json"] {
        let registry = registry(1);
        replace_by_link(
            &registry.dir.join(name),
            &registry.around.path().join("elsewhere"),
        );
        assert_unusable(&registry, name, true);
    }
    let registry = registry(1);
    registry.promote(Version(1), false).unwrap();
    replace_by_link(
        &registry.dir.join(CURRENT),
        &registry.around.path().join("elsewhere"),
    );
    let error = registry.resolve(CURRENT).unwrap_err();
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn f_d54_collecting_garbage_removes_leftovers_only_and_follows_no_link() {
    let registry = registry(1);
    let outside = registry.around.path().join("outside/keep");
    put(&outside, b"x");
    std::os::unix::fs::symlink(outside.parent().unwrap(), registry.dir.join(".tmp-link")).unwrap();
    put(&registry.dir.join(".tmp-1-x/new/model.json"), b"half");
    put(&registry.dir.join("README.md"), b"stays");
    let leftovers = [".tmp-1-x", ".tmp-link"].map(|name| registry.dir.join(name));
    assert_eq!(registry.gc(true).unwrap(), leftovers);
    assert!(leftovers.iter().all(|path| path.exists()));
    assert_eq!(registry.gc(false).unwrap(), leftovers);
    assert!(outside.exists());
    let left: Vec<_> = files::list(&registry.dir).unwrap();
    let left: Vec<_> = left.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(left, [".lock", "README.md", "v0001"]);
}

#[test]
fn garbage_is_not_collected_under_the_hands_of_a_run_that_holds_the_lock() {
    let registry = registry(1);
    put(&registry.dir.join(".tmp-1-x/new/model.json"), b"half");
    let held = registry.lock(None).unwrap();
    assert_eq!(registry.gc(false).unwrap_err().code(), "registry/locked");
    drop(held);
    assert_eq!(registry.gc(false).unwrap().len(), 1);
}

#[test]
fn f_d55_an_oversized_or_deep_manifest_is_refused() {
    let registry = registry(1);
    let path = registry.path(Version(1)).join(MANIFEST);
    put(&path, &vec![b' '; (1 << 20) + 1]);
    let error = registry.load(Version(1)).unwrap_err();
    assert!(matches!(error, Error::Limit { .. }), "{error}");
    put(&path, "[".repeat(1 << 19).as_bytes());
    assert_unusable(&registry, MANIFEST, true);
    // Deep under a good seal.
    let body = format!("  \"format_version\": {}", "[".repeat(1 << 19));
    let sealed = seal_of(body.as_bytes()) + &body;
    put(&path, sealed.as_bytes());
    assert_unusable(&registry, MANIFEST, true);
}

#[test]
fn f_e69_another_format_is_refused_with_both_numbers() {
    for found in [FORMAT_VERSION - 1, FORMAT_VERSION + 1] {
        let registry = registry(1);
        let path = registry.path(Version(1)).join(MANIFEST);
        let mut manifest = Manifest::read(&registry.path(Version(1))).unwrap();
        manifest.format_version = found;
        put(&path, &manifest.seal().unwrap());
        let error = registry.load(Version(1)).unwrap_err();
        assert!(matches!(error, Error::Incompatible { .. }), "{error}");
        let message = error.to_string();
        assert!(message.contains(&format!("format {found},")), "{message}");
        assert!(error.help().is_some());
        assert!(registry.list().unwrap()[0].problem.is_some());
    }
}

#[test]
fn an_alias_that_cannot_be_read_is_told_with_what_to_do_and_can_be_removed() {
    let registry = registry(2);
    registry.promote(Version(1), false).unwrap();
    let path = registry.dir.join(CURRENT);
    for text in [
        "",
        "v0001",
        "{\"version\":\"../x\",\"forced\":false,\"previous\":[]}",
    ] {
        put(&path, text.as_bytes());
        let error = registry.resolve(CURRENT).unwrap_err();
        assert!(matches!(error, Error::Corrupt { .. }), "{error}");
        assert!(error.to_string().contains("remove this file"), "{error}");
    }
    files::remove(&path).unwrap();
    assert_eq!(registry.promote(Version(2), false).unwrap().from, None);
}
