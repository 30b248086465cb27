//! The vocabulary: words for what habitus knows, titles for everything else.

use super::{NOTABLE, ProfileEntry, find, z};

/// Days with meaningful use: the rhythm.
pub(super) const ACTIVE_DAYS: &str = "active_days";
/// Different features used.
pub(super) const BREADTH: &str = "breadth";
/// Share of the most used feature.
pub(super) const TOP_EVENT_SHARE: &str = "top_event_share";
/// Events on a day with use.
pub(super) const EVENTS_PER_ACTIVE_DAY: &str = "events_per_active_day";
/// Log ratio of recent to earlier use.
pub(super) const TREND: &str = "trend";

/// Log ratio from which use is called rising or falling: about a fifth more or less.
const TREND_VISIBLE: f64 = 0.2;

/// A word or two about a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trait {
    /// Stands before "users".
    Adjective(&'static str),
    /// Stands after "users with".
    Phrase(String),
}

/// Above or below what it is compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Above.
    High,
    /// Below.
    Low,
}

/// Direction of a trend in natural units.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// At least a fifth more than before.
    Rising,
    /// In between.
    Steady,
    /// At least a fifth less than before.
    Falling,
}

/// How often the median customer is active, in a word; `None` without the feature.
pub(super) fn rhythm(entries: &[ProfileEntry], weeks: f64) -> Option<&'static str> {
    let days_per_week = find(entries, ACTIVE_DAYS)?.median / weeks;
    if !(days_per_week.is_finite() && weeks > 0.0) {
        return None;
    }
    Some(match days_per_week {
        d if d >= 4.0 => "daily",
        d if d >= 2.0 => "frequent",
        d if d >= 1.0 => "weekly",
        _ => "occasional",
    })
}

/// Which way the use of the median customer goes; `None` without the feature.
pub(super) fn direction(entries: &[ProfileEntry]) -> Option<Direction> {
    let trend = find(entries, TREND)?.median;
    match trend {
        t if t >= TREND_VISIBLE => Some(Direction::Rising),
        t if t <= -TREND_VISIBLE => Some(Direction::Falling),
        t if t.is_finite() => Some(Direction::Steady),
        _ => None,
    }
}

/// The word for a feature far from the average; `None` for a trend that is not visible in natural units.
pub(super) fn notable_trait(entry: &ProfileEntry, entries: &[ProfileEntry]) -> Option<Trait> {
    let side = if z(entry) > 0.0 {
        Side::High
    } else {
        Side::Low
    };
    let adjective = match (entry.feature.as_str(), side) {
        (TREND, Side::High) => {
            return (direction(entries) == Some(Direction::Rising))
                .then_some(Trait::Adjective("growing"));
        }
        (TREND, Side::Low) => {
            return (direction(entries) == Some(Direction::Falling))
                .then_some(Trait::Adjective("declining"));
        }
        (BREADTH, Side::Low) | (TOP_EVENT_SHARE, Side::High) if is_single_feature(entries) => {
            "single-feature"
        }
        (BREADTH, Side::High) => "broad",
        (BREADTH, Side::Low) | (TOP_EVENT_SHARE, Side::High) => "focused",
        (TOP_EVENT_SHARE, Side::Low) => "varied",
        (EVENTS_PER_ACTIVE_DAY, Side::High) => "intense",
        (EVENTS_PER_ACTIVE_DAY, Side::Low) => "light",
        _ => return Some(Trait::Phrase(phrase(entry, side))),
    };
    Some(Trait::Adjective(adjective))
}

/// Few features, and nearly all use in one of them.
fn is_single_feature(entries: &[ProfileEntry]) -> bool {
    let breadth = find(entries, BREADTH);
    let share = find(entries, TOP_EVENT_SHARE);
    breadth.is_some_and(|e| z(e) <= -NOTABLE && e.median <= 2.0)
        && share.is_some_and(|e| z(e) >= NOTABLE)
}

/// "high evening share", "many exports".
fn phrase(entry: &ProfileEntry, side: Side) -> String {
    let word = match (is_countable(entry), side) {
        (true, Side::High) => "many",
        (true, Side::Low) => "few",
        (false, Side::High) => "high",
        (false, Side::Low) => "low",
    };
    format!("{word} {}", entry.title)
}

/// "higher evening share", "fewer active days".
pub(super) fn comparison(entry: &ProfileEntry, side: Side) -> String {
    let word = match (is_countable(entry), side) {
        (true, Side::High) => "more",
        (true, Side::Low) => "fewer",
        (false, Side::High) => "higher",
        (false, Side::Low) => "lower",
    };
    format!("{word} {}", entry.title)
}

/// Whether one says "more" rather than "higher": the title holds a plural and the unit is not a share.
fn is_countable(entry: &ProfileEntry) -> bool {
    let is_plural = |word: &str| word.ends_with('s') && !word.ends_with("ss");
    entry.unit != "share" && entry.title.split(' ').any(is_plural)
}

/// The text with its first letter in upper case.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
