//! Many writers and readers at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::*;

#[test]
fn f_e64_versions_added_by_many_at_once_are_distinct_consecutive_and_whole() {
    const WRITERS: u32 = 8;
    const EACH: u32 = 5;
    let registry = registry(0);
    let add = || (0..EACH).map(|_| registry.add(&FILES, &meta(true)).unwrap());
    let mut versions = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| scope.spawn(|| add().collect::<Vec<_>>()))
            .collect();
        let added = writers.into_iter().map(|writer| writer.join().unwrap());
        added.flatten().collect::<Vec<_>>()
    });
    versions.sort_unstable();
    let expected: Vec<_> = (1..=WRITERS * EACH).map(Version).collect();
    assert_eq!(versions, expected);
    for version in versions {
        assert!(registry.verify(version).unwrap().is_empty());
    }
    assert!(registry.gc(true).unwrap().is_empty());
}

#[test]
fn f_e65_a_reader_finds_a_whole_version_throughout_200_promotes() {
    let registry = registry(3);
    registry.promote(Version(1), false).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut reads = 0;
            while reads == 0 || !done.load(Ordering::Relaxed) {
                let version = registry.resolve(CURRENT).unwrap();
                registry.load(version).unwrap();
                registry.list().unwrap();
                reads += 1;
            }
            reads
        });
        for i in 0..200 {
            registry.promote(Version(1 + i % 3), false).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 0);
    });
}
