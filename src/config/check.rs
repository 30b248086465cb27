//! What no single key can know: contradictions between keys, and values outside their range.

use jiff::tz::TimeZone;

use super::{ChurnKind, Config};
use crate::time::Day;

/// Collects problems with their advice.
struct Problems(Vec<(String, Option<String>)>);

impl Problems {
    fn unless(&mut self, fine: bool, message: impl FnOnce() -> String) {
        if !fine {
            self.0.push((message(), None));
        }
    }

    fn unless_help(&mut self, fine: bool, message: impl FnOnce() -> String, help: &str) {
        if !fine {
            self.0.push((message(), Some(help.into())));
        }
    }
}

/// Every problem of a configuration, as message and advice; empty if it can be run.
pub(super) fn problems(config: &Config) -> Vec<(String, Option<String>)> {
    let mut problems = Problems(Vec::new());
    sources(config, &mut problems);
    windows(config, &mut problems);
    rules(config, &mut problems);
    learning(config, &mut problems);
    problems.0
}

fn sources(config: &Config, problems: &mut Problems) {
    let customers = config.customers.as_ref();
    let outcomes = config.outcomes.as_ref();
    let paths = [
        ("events.paths", Some(&config.events.paths)),
        ("customers.paths", customers.map(|c| &c.paths)),
        ("outcomes.paths", outcomes.map(|o| &o.paths)),
    ];
    for (key, paths) in paths {
        problems.unless(paths.is_none_or(|p| !p.is_empty()), || {
            format!("{key} is empty")
        });
    }
    let zones = [
        ("product.timezone", Some(&config.product.timezone)),
        ("events.timezone", config.events.timezone.as_ref()),
        (
            "customers.timezone",
            customers.and_then(|c| c.timezone.as_ref()),
        ),
        (
            "outcomes.timezone",
            outcomes.and_then(|o| o.timezone.as_ref()),
        ),
    ];
    for (key, zone) in zones {
        if let Some(zone) = zone {
            problems.unless_help(
                TimeZone::get(zone).is_ok(),
                || format!("{key} = \"{}\" is no time zone", zone.escape_debug()),
                "use an IANA name such as Europe/Berlin, or UTC",
            );
        }
    }
    problems.unless(config.events.session_gap_minutes > 0, || {
        "events.session_gap_minutes must be at least 1".into()
    });
    share(
        "intake.max_reject_share",
        config.intake.max_reject_share,
        problems,
    );
    problems.unless(config.intake.max_line_bytes >= 64, || {
        "intake.max_line_bytes must be at least 64".into()
    });
    problems.unless_help(
        config.churn.kind == ChurnKind::Usage || outcomes.is_some(),
        || "churn.kind = \"contract\" needs an [outcomes] section".into(),
        "name the file of dated cancellations under [outcomes], or set churn.kind = \"usage\"",
    );
}

fn windows(config: &Config, problems: &mut Problems) {
    let windows = &config.windows;
    problems.unless(windows.observation_days >= 7, || {
        "windows.observation_days must be at least 7".into()
    });
    problems.unless(windows.horizon_days >= 1, || {
        "windows.horizon_days must be at least 1".into()
    });
    problems.unless(windows.gap_days >= 0, || {
        "windows.gap_days must not be negative".into()
    });
    for (key, days) in [
        ("windows.observation_days", windows.observation_days),
        ("windows.horizon_days", windows.horizon_days),
        ("windows.gap_days", windows.gap_days),
    ] {
        problems.unless(days <= 36_500, || {
            format!("{key} = {days} is more than a hundred years")
        });
    }
    if let Some(cutoff) = &windows.cutoff {
        problems.unless_help(
            Day::parse(cutoff).is_some(),
            || format!("windows.cutoff = \"{}\" is no date", cutoff.escape_debug()),
            "write it as 2024-06-30",
        );
    }
}

fn rules(config: &Config, problems: &mut Problems) {
    let features = &config.features;
    problems.unless(features.trend_recent_weeks >= 1, || {
        "features.trend_recent_weeks must be at least 1".into()
    });
    problems.unless(features.trend_base_weeks >= 1, || {
        "features.trend_base_weeks must be at least 1".into()
    });
    let bands = features.hour_bands;
    let ascending = bands.morning < bands.afternoon
        && bands.afternoon < bands.evening
        && bands.evening < bands.night;
    problems.unless(ascending && bands.night <= 24, || {
        "features.hour_bands must ascend: morning < afternoon < evening < night <= 24".into()
    });
    let lifecycle = &config.lifecycle;
    problems.unless(
        lifecycle.new_days >= 0 && lifecycle.new_max_days >= lifecycle.new_days,
        || {
            format!(
                "lifecycle.new_max_days = {} is less than lifecycle.new_days = {}",
                lifecycle.new_max_days, lifecycle.new_days
            )
        },
    );
    problems.unless(lifecycle.dormant_days.is_none_or(|days| days >= 1), || {
        "lifecycle.dormant_days must be at least 1".into()
    });
    problems.unless(lifecycle.habitual_days_per_week <= lifecycle.power_days_per_week, || {
        format!(
            "lifecycle.habitual_days_per_week = {} is more than lifecycle.power_days_per_week = {}",
            lifecycle.habitual_days_per_week, lifecycle.power_days_per_week
        )
    });
}

fn learning(config: &Config, problems: &mut Problems) {
    let segments = &config.segments;
    problems.unless(segments.k.is_none_or(|k| k >= 2), || {
        "segments.k must be at least 2".into()
    });
    problems.unless(segments.k_min >= 2, || {
        "segments.k_min must be at least 2".into()
    });
    problems.unless(segments.k_min <= segments.k_max, || {
        format!(
            "segments.k_min = {} is more than segments.k_max = {}",
            segments.k_min, segments.k_max
        )
    });
    problems.unless(
        segments.k_max <= 50 && segments.k.is_none_or(|k| k <= 50),
        || "more than 50 segments cannot be acted on: lower segments.k or segments.k_max".into(),
    );
    problems.unless(segments.n_starts >= 1, || {
        "segments.n_starts must be at least 1".into()
    });
    problems.unless(segments.silhouette_sample >= 10, || {
        "segments.silhouette_sample must be at least 10".into()
    });
    problems.unless(!segments.features.is_empty(), || {
        "segments.features is empty".into()
    });
    share("segments.min_share", segments.min_share, problems);
    let churn = &config.churn;
    problems.unless_help(
        churn.alpha > 0.0 && churn.alpha.is_finite(),
        || format!("churn.alpha = {} must be more than 0", churn.alpha),
        "without a penalty, data that a feature separates have no best coefficients",
    );
    share("churn.medium_risk", churn.medium_risk, problems);
    share("churn.high_risk", churn.high_risk, problems);
    problems.unless(churn.medium_risk <= churn.high_risk, || {
        format!(
            "churn.medium_risk = {} is more than churn.high_risk = {}",
            churn.medium_risk, churn.high_risk
        )
    });
    let gate = &config.gate;
    share("gate.max_share", gate.max_share, problems);
    share("gate.max_p_value", gate.max_p_value, problems);
    share("gate.min_auc", gate.min_auc, problems);
    problems.unless((-1.0..=1.0).contains(&gate.min_silhouette), || {
        format!(
            "gate.min_silhouette = {} is outside -1 to 1",
            gate.min_silhouette
        )
    });
}

fn share(key: &str, value: f64, problems: &mut Problems) {
    problems.unless((0.0..=1.0).contains(&value), || {
        format!("{key} = {value} is outside 0 to 1")
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let minimal = "[events]\npaths = [\"e.csv\"]\ncolumns = { customer = \"u\", at = \"t\" }\n";
        let config: Config = toml::from_str(&format!("{minimal}{text}")).unwrap();
        problems(&config)
            .into_iter()
            .map(|(message, _)| message)
            .collect()
    }

    #[test]
    fn f_76_contradictions_name_both_keys() {
        assert_eq!(
            told("[segments]\nk_min = 6\nk_max = 4"),
            ["segments.k_min = 6 is more than segments.k_max = 4"]
        );
        assert_eq!(
            told("[churn]\nalpha = 0.0"),
            ["churn.alpha = 0 must be more than 0"]
        );
        assert_eq!(
            told("[churn]\nkind = \"contract\""),
            ["churn.kind = \"contract\" needs an [outcomes] section"]
        );
        assert_eq!(told("[segments]\nk = 1").len(), 1);
        assert_eq!(
            told("[windows]\nhorizon_days = 0\ncutoff = \"soon\"").len(),
            2
        );
        assert_eq!(told("[product]\ntimezone = \"Mars/Olympus\"").len(), 1);
        assert_eq!(
            told("[gate]\nmin_auc = 1.5\n[churn]\nhigh_risk = nan").len(),
            3
        );
    }
}
