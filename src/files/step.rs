//! The one place through which everything that changes the disk passes, and where faults are injected.

use std::io;
use std::path::Path;

use crate::error::{Error, Result};

/// Runs one change of the disk; a failure names `op` and `path`.
pub(super) fn step<T>(
    op: &'static str,
    path: &Path,
    change: impl FnOnce() -> io::Result<T>,
) -> Result<T> {
    counted(change).map_err(|source| Error::io(op, path, source))
}

/// Runs one change of the disk where only an [`io::Error`] can be returned.
pub(super) fn counted<T>(change: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    injected()?;
    change()
}

#[cfg(not(any(test, feature = "failpoints")))]
fn injected() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
use fault::injected;
#[cfg(all(feature = "failpoints", not(test)))]
use process::injected;

/// Faults of a whole process: `HABITUS_FAIL_AT=N:enospc|eio|abort` hits the N-th step.
#[cfg(all(feature = "failpoints", not(test)))]
mod process {
    use std::io;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static STEPS: AtomicU64 = AtomicU64::new(0);
    static PLAN: OnceLock<Option<(u64, String)>> = OnceLock::new();

    pub(super) fn injected() -> io::Result<()> {
        let Some((at, fault)) = PLAN.get_or_init(plan) else {
            return Ok(());
        };
        if STEPS.fetch_add(1, Ordering::SeqCst) + 1 != *at {
            return Ok(());
        }
        match fault.as_str() {
            "enospc" => Err(io::ErrorKind::StorageFull.into()),
            "eio" => Err(io::Error::other("injected input/output error")),
            _ => std::process::abort(),
        }
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "a test hook that no released program contains"
    )]
    fn plan() -> Option<(u64, String)> {
        let text = std::env::var("HABITUS_FAIL_AT").ok()?;
        let (at, fault) = text.split_once(':')?;
        Some((at.parse().ok()?, fault.to_owned()))
    }
}

/// Faults of one thread, for loops over N within a test.
#[cfg(test)]
pub(crate) mod fault {
    use std::cell::Cell;
    use std::io;

    /// What happens at the chosen step.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Fault {
        /// The disk is full, once.
        Full,
        /// The device fails, once.
        Broken,
        /// The process is gone: no later step happens either, not even tidying up.
        Killed,
    }

    impl Fault {
        pub(crate) const ALL: [Self; 3] = [Self::Full, Self::Broken, Self::Killed];
    }

    #[derive(Clone, Copy)]
    struct Plan {
        at: u64,
        fault: Fault,
        done: u64,
    }

    thread_local! {
        static PLAN: Cell<Option<Plan>> = const { Cell::new(None) };
    }

    /// Runs `work` on this thread with `fault` at its `at`-th step (from 1), and tells whether it got so far.
    pub(crate) fn inject<T>(at: u64, fault: Fault, work: impl FnOnce() -> T) -> (T, bool) {
        PLAN.set(Some(Plan { at, fault, done: 0 }));
        let answer = work();
        let reached = PLAN.take().is_some_and(|plan| plan.done >= at);
        (answer, reached)
    }

    pub(super) fn injected() -> io::Result<()> {
        let Some(mut plan) = PLAN.get() else {
            return Ok(());
        };
        plan.done += 1;
        PLAN.set(Some(plan));
        match plan.fault {
            Fault::Full if plan.done == plan.at => Err(io::ErrorKind::StorageFull.into()),
            Fault::Broken if plan.done == plan.at => Err(io::Error::other("device failed")),
            Fault::Killed if plan.done >= plan.at => Err(io::Error::other("killed")),
            _ => Ok(()),
        }
    }
}
