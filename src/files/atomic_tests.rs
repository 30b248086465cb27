use super::*;
use crate::files::fault::{Fault, inject};
use crate::files::{PREFIX, hash, list, write_atomic};

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn names(dir: &Path) -> Vec<String> {
    list(dir).unwrap().into_iter().map(|l| l.name).collect()
}

fn visible(dir: &Path) -> Vec<String> {
    let mut names = names(dir);
    names.retain(|name| !name.starts_with(PREFIX));
    names
}

fn folder(parent: &Path, text: &str) -> Result<AtomicDir> {
    let dir = AtomicDir::create(parent)?;
    dir.write("a", text.as_bytes())?;
    dir.write("b", text.as_bytes())?;
    Ok(dir)
}

#[test]
fn a_committed_file_has_its_bytes_its_size_and_its_hash_and_no_trace_beside_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("made/on/the/way");
    let written = write_atomic(&path, b"habitus").unwrap();
    assert_eq!(read(&path), "habitus");
    assert_eq!(written.path, path);
    assert_eq!(written.bytes, 7);
    assert_eq!(written.blake3, hash(b"habitus"));
    assert_eq!(names(path.parent().unwrap()), ["way"]);
}

#[test]
fn a_file_larger_than_the_buffer_and_written_in_pieces_is_hashed_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large");
    let piece: Vec<u8> = (0..=250).cycle().take(70_001).collect();
    let mut file = AtomicFile::create(&path).unwrap();
    for part in [&piece[..3], &piece[3..], &piece] {
        file.write_all(part).unwrap();
    }
    let written = file.commit().unwrap();
    let whole = fs::read(&path).unwrap();
    assert_eq!(whole.len(), 140_002);
    assert_eq!(written.blake3, hash(&whole));
}

#[test]
fn a_dropped_file_leaves_the_old_one_and_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f");
    write_atomic(&path, b"old").unwrap();
    let mut file = AtomicFile::create(&path).unwrap();
    file.write_all(b"half").unwrap();
    drop(file);
    assert_eq!(read(&path), "old");
    assert_eq!(names(dir.path()), ["f"]);
}

#[cfg(unix)]
#[test]
fn a_committed_file_has_the_mode_that_any_new_file_has() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let plain = dir.path().join("plain");
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&plain)
        .unwrap();
    let ours = dir.path().join("ours");
    write_atomic(&ours, b"").unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&plain), mode(&ours));
}

#[test]
fn a_new_folder_takes_a_free_name_only_and_may_try_another() {
    let dir = tempfile::tempdir().unwrap();
    assert!(
        folder(dir.path(), "one")
            .unwrap()
            .commit_new("v0001")
            .unwrap()
    );
    write_atomic(&dir.path().join("v0002"), b"a file").unwrap();
    let mut second = folder(dir.path(), "two").unwrap();
    assert!(!second.commit_new("v0001").unwrap());
    assert!(!second.commit_new("v0002").unwrap());
    assert!(second.commit_new("v0003").unwrap());
    drop(second);
    assert_eq!(names(dir.path()), ["v0001", "v0002", "v0003"]);
    assert_eq!(read(&dir.path().join("v0001/a")), "one");
    assert_eq!(read(&dir.path().join("v0003/b")), "two");
}

#[test]
fn replacing_takes_away_everything_the_old_folder_had() {
    let dir = tempfile::tempdir().unwrap();
    write_atomic(&dir.path().join("run/stale"), b"x").unwrap();
    write_atomic(&dir.path().join(".tmp-old-run/older"), b"x").unwrap();
    folder(dir.path(), "new").unwrap().replace("run").unwrap();
    assert_eq!(names(dir.path()), ["run"]);
    assert_eq!(names(&dir.path().join("run")), ["a", "b"]);
}

#[test]
fn f_d53_names_that_are_not_plain_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut folder = folder(dir.path(), "x").unwrap();
    let long = "x".repeat(129);
    for name in [
        "", ".", "..", "../x", "a/b", "..\\x", "/etc", ".tmp-x", "a b", "%2e\n", "ä", &long,
    ] {
        assert!(
            matches!(folder.write(name, b""), Err(Error::BadName { .. })),
            "{name}"
        );
        assert!(
            matches!(folder.commit_new(name), Err(Error::BadName { .. })),
            "{name}"
        );
    }
}

#[test]
fn f_e60_an_error_names_the_operation_and_the_path_not_the_temporary_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.json");
    let mut messages = Vec::new();
    for at in 1.. {
        let (result, reached) = inject(at, Fault::Full, || write_atomic(&path, b"x"));
        if !reached {
            break;
        }
        if let Err(error) = result {
            messages.push(
                error
                    .to_string()
                    .replace(&*dir.path().to_string_lossy(), ""),
            );
        }
    }
    assert_eq!(
        messages,
        [
            "cannot create a temporary folder in : no storage space",
            "cannot create /model.json: no storage space",
            "cannot write /model.json: no storage space",
            "cannot sync /model.json: no storage space",
            "cannot rename a finished file to /model.json: no storage space",
            "cannot sync : no storage space",
        ]
    );
}

#[test]
fn f_e60_an_error_in_a_folder_names_the_path_with_the_folder() {
    let around = tempfile::tempdir().unwrap();
    let dir = AtomicDir::create(around.path()).unwrap();
    // Creating is the first step, writing the second.
    let (result, _) = inject(2, Fault::Full, || dir.write("model.json", b"x"));
    let message = result.unwrap_err().to_string();
    let folder = around.path().to_string_lossy();
    assert!(
        message.starts_with(&format!("cannot write {folder}/.tmp-")),
        "{message}"
    );
    assert!(
        message.ends_with("/model.json: no storage space"),
        "{message}"
    );
}

#[test]
fn f_e58_whichever_step_fails_a_file_is_the_old_or_the_new_and_the_next_run_succeeds() {
    for fault in Fault::ALL {
        for at in 1.. {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("f");
            write_atomic(&path, b"old").unwrap();
            let (result, reached) = inject(at, fault, || write_atomic(&path, b"new"));
            assert_eq!(visible(dir.path()), ["f"]);
            let text = read(&path);
            assert!(text == "new" || text == "old" && result.is_err());
            if fault != Fault::Killed && result.is_err() {
                assert_eq!(names(dir.path()), ["f"], "step {at}");
            }
            write_atomic(&path, b"new").unwrap();
            assert_eq!(read(&path), "new");
            if !reached {
                assert!(at > 6, "only {at} steps were tried");
                break;
            }
        }
    }
}

#[test]
fn f_e58_whichever_step_fails_a_new_folder_is_whole_or_absent() {
    for fault in Fault::ALL {
        for at in 1.. {
            let dir = tempfile::tempdir().unwrap();
            let (result, reached) = inject(at, fault, || folder(dir.path(), "x")?.commit_new("v"));
            match visible(dir.path()).as_slice() {
                [] => assert!(result.is_err()),
                [name] => {
                    assert_eq!(name, "v");
                    assert_eq!(visible(&dir.path().join("v")), ["a", "b"]);
                }
                more => panic!("{more:?}"),
            }
            if !reached {
                break;
            }
        }
    }
}

#[test]
fn f_e59_whichever_step_fails_a_replaced_folder_is_the_old_or_the_new_and_never_lost() {
    let replace = |dir: &Path| folder(dir, "new")?.replace("run");
    for fault in Fault::ALL {
        for at in 1.. {
            let dir = tempfile::tempdir().unwrap();
            folder(dir.path(), "old").unwrap().replace("run").unwrap();
            let (result, reached) = inject(at, fault, || replace(dir.path()));
            let place = dir.path().join("run");
            // Only a kill between the two renames finds the old folder aside.
            let aside = dir.path().join(".tmp-old-run");
            let place = if fault == Fault::Killed && !place.exists() {
                aside
            } else {
                place
            };
            let text = read(&place.join("a"));
            assert_eq!(text, read(&place.join("b")));
            assert!(text == "new" || text == "old" && result.is_err());
            replace(dir.path()).unwrap();
            assert_eq!(read(&dir.path().join("run/a")), "new");
            if !reached {
                break;
            }
        }
    }
}
