//! `habitus simulate`: a made-up product with planted truth.

use super::answer::Answer;
use super::args::{Global, Simulate};
use super::context::date;
use super::talk::Talk;
use super::words;
use crate::error::Result;
use crate::pipeline::Watch;
use crate::simulate::{self, Settings, Trouble};

/// Writes events, customers, outcomes and the truth.
pub(super) fn simulate(args: &Simulate, global: &Global) -> Result<Answer> {
    let settings = Settings {
        customers: args.customers,
        days: args.days,
        start: date("--start", Some(&args.start))?.unwrap_or(Settings::default().start),
        seed: args.seed,
        format: args.events,
        events_scale: args.events_scale,
        trouble: Trouble {
            duplicates: args.duplicates,
            tracking_gap: args.tracking_gap,
            release: args.release,
            unknown_events: args.unknown_events,
            bad_rows: args.bad_rows,
        },
    };
    let talk = Talk::new(global);
    talk.stage("simulate");
    // Bars count whole units; a thousandth is fine enough.
    let progress = |share: f64| {
        let done = (1..=1000_u64)
            .take_while(|&step| step as f64 / 1000.0 <= share)
            .count() as u64;
        talk.read(done, 1000);
    };
    let simulated = simulate::run(&settings, &args.out, &progress)?;
    talk.end();
    let bytes: u64 = simulated.files.iter().map(|file| file.bytes).sum();
    let text = format!(
        "{} events of {} customers over {} days in {} files ({:.1} MB) under {}\nThe truth is in {}.\n",
        words::count(simulated.n_events),
        words::count(simulated.n_customers as u64),
        args.days,
        simulated.files.len(),
        bytes as f64 / 1e6,
        words::path(&args.out),
        words::path(&args.out.join("truth.csv")),
    );
    Answer::new(text, &simulated)
}
