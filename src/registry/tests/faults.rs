//! The N-th change of the disk fails, for every N.

use super::*;
use crate::files::fault::{Fault, inject};

/// After a fault: (a) every visible version is whole, (b) the alias means a whole version, (c) only
/// temporaries are left over and can be collected, (d) the same work succeeds now.
fn check(registry: &Registry, current: &[u32], again: impl FnOnce()) {
    for entry in registry.list().unwrap() {
        assert_eq!(entry.problem, None);
        assert!(registry.verify(entry.version).unwrap().is_empty());
    }
    let resolved = registry.resolve(CURRENT).unwrap();
    assert!(current.contains(&resolved.0), "{resolved}");
    registry.load(resolved).unwrap();
    registry.gc(false).unwrap();
    for left in files::list(&registry.dir).unwrap() {
        let known = left.name == CURRENT || left.name == ".lock";
        assert!(known || Version::parse(&left.name).is_some(), "{left:?}");
    }
    again();
}

/// Runs `work` with every fault at every step, on a fresh registry each time; returns the steps of a run
/// without a fault.
fn at_every_step(current: &[u32], work: impl Fn(&Registry) -> Result<()>) -> u64 {
    let mut steps = 0;
    for fault in Fault::ALL {
        for at in 1.. {
            let registry = registry(2);
            registry.promote(Version(1), false).unwrap();
            registry.promote(Version(2), false).unwrap();
            let (result, reached) = inject(at, fault, || work(&registry));
            check(&registry, current, || work(&registry).unwrap());
            if !reached {
                result.unwrap();
                steps = at - 1;
                break;
            }
        }
    }
    steps
}

#[test]
fn f_e58_whichever_step_of_adding_fails_the_registry_stays_whole() {
    let steps = at_every_step(&[2], |registry| {
        let version = registry.add(&FILES, &meta(true))?;
        assert_eq!(registry.load(version).unwrap().files.len(), FILES.len());
        Ok(())
    });
    // Two folders, three files of create, write and sync, two syncs and a rename, the private folder gone.
    assert_eq!(steps, 15);
}

#[test]
fn f_e59_whichever_step_of_promoting_fails_the_alias_is_the_old_or_the_new() {
    let steps = at_every_step(&[1, 2], |registry| {
        registry.promote(Version(1), false).map(drop)
    });
    assert_eq!(steps, 7);
}

#[test]
fn f_e59_whichever_step_of_rolling_back_fails_the_alias_is_the_old_or_the_new() {
    at_every_step(&[1, 2], |registry| match registry.rollback() {
        // Only where the first attempt had got through already.
        Err(Error::NotFound { .. }) => Ok(()),
        other => other.map(drop),
    });
}
