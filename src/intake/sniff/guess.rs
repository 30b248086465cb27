//! What each column is, by its name and by what it holds.

use std::collections::BTreeSet;

use super::sample::{Cells, Sample};
use crate::config::DurationUnit;
use crate::intake::cells::Decimal;
use crate::intake::instant::formats_of;

/// Most distinct names of events, or of platforms, in the sample.
const MOST_EVENTS: usize = 300;
const MOST_PLATFORMS: usize = 30;

/// Words in the names of columns, the surest first.
const AT: [&str; 14] = [
    "timestamp",
    "ts",
    "occurred",
    "event_time",
    "time",
    "datetime",
    "at",
    "date",
    "created",
    "when",
    "day",
    "received",
    "updated",
    "modified",
];
const CUSTOMER: [&str; 18] = [
    "customer",
    "user",
    "uid",
    "userid",
    "customerid",
    "client",
    "member",
    "subscriber",
    "account",
    "person",
    "visitor",
    "actor",
    "src",
    "sender",
    "author",
    "player",
    "distinct",
    "email",
];
const NOT_CUSTOMER: [&str; 8] = [
    "event",
    "session",
    "order",
    "transaction",
    "message",
    "request",
    "product",
    "item",
];
const EVENT: [&str; 10] = [
    "event",
    "action",
    "activity",
    "verb",
    "eventname",
    "type",
    "operation",
    "feature",
    "what",
    "page",
];
const VALUE: [&str; 15] = [
    "value", "amount", "revenue", "price", "total", "spend", "spent", "paid", "payment", "cost",
    "gmv", "sales", "usd", "eur", "dollars",
];
const DURATION: [&str; 7] = [
    "duration", "elapsed", "dwell", "seconds", "secs", "millis", "minutes",
];
const PLATFORM: [&str; 6] = ["platform", "device", "os", "browser", "client", "app"];

/// Indices of the columns by role.
pub(super) struct Roles {
    pub(super) at: usize,
    pub(super) time_format: &'static str,
    /// Other formats that read the same times, and other columns that hold times.
    pub(super) other_formats: Vec<&'static str>,
    pub(super) other_times: Vec<usize>,
    pub(super) customer: Option<usize>,
    pub(super) event: Option<usize>,
    pub(super) value: Option<usize>,
    pub(super) duration: Option<(usize, DurationUnit)>,
    pub(super) platform: Option<usize>,
}

/// A column seen from outside.
struct Profile<'a> {
    index: usize,
    /// Words of its name, in lower case.
    words: Vec<String>,
    texts: &'a [String],
    n_distinct: usize,
    formats: Vec<&'static str>,
    is_number: bool,
}

impl<'a> Profile<'a> {
    fn new(index: usize, cells: &'a Cells) -> Self {
        let texts = &cells.texts;
        let formats = match (cells.is_instant, texts.is_empty()) {
            (true, _) => vec!["iso8601"],
            (_, true) => Vec::new(),
            _ => formats_of(texts.iter().map(String::as_str))
                .into_iter()
                .map(|(name, _)| name)
                .collect(),
        };
        Self {
            index,
            words: words(&cells.column.to_string()),
            texts,
            n_distinct: texts.iter().collect::<BTreeSet<_>>().len(),
            formats,
            is_number: !texts.is_empty()
                && texts
                    .iter()
                    .all(|text| Decimal::parse(text.as_bytes()).is_some()),
        }
    }

    /// How surely the name means one of `hints`: 0 for not at all.
    fn named(&self, hints: &[&str]) -> usize {
        let place = hints
            .iter()
            .position(|hint| self.words.iter().any(|word| word == hint));
        place.map_or(0, |place| hints.len() - place)
    }

    /// Whether nearly every row has a cell of its own.
    fn is_key(&self) -> bool {
        self.n_distinct * 10 > self.texts.len() * 9 && self.texts.len() > 20
    }

    /// Share of cells that have one or two decimal places, as amounts of money do.
    fn money_share(&self) -> f64 {
        let places = |text: &String| text.split_once('.').map_or(0, |(_, places)| places.len());
        let n = self
            .texts
            .iter()
            .filter(|text| (1..=2).contains(&places(text)))
            .count();
        n as f64 / self.texts.len().max(1) as f64
    }

    fn is_category(&self, most: usize) -> bool {
        !self.is_number
            && !self.is_key()
            && self.formats.is_empty()
            && (1..=most).contains(&self.n_distinct)
    }
}

/// `userId`, `user-id` and `USER_ID` are all `user` and `id`, and the two together.
fn words(name: &str) -> Vec<String> {
    let mut spaced = String::new();
    let mut after_lower = false;
    for letter in name.chars() {
        if letter.is_uppercase() && after_lower {
            spaced.push(' ');
        }
        if letter.is_alphanumeric() {
            spaced.extend(letter.to_lowercase());
        } else {
            spaced.push(' ');
        }
        after_lower = letter.is_lowercase();
    }
    let mut words: Vec<String> = spaced.split_whitespace().map(str::to_owned).collect();
    words.push(words.join("_"));
    words
}

/// The best of `profiles`: the highest rank, of equals the first; ranks of `None` are out.
fn best<'p, 'a, R: Ord>(
    profiles: &'p [Profile<'a>],
    taken: &[usize],
    rank: impl Fn(&Profile<'a>) -> Option<R>,
) -> Option<&'p Profile<'a>> {
    profiles
        .iter()
        .filter(|profile| !taken.contains(&profile.index))
        .filter_map(|profile| rank(profile).map(|rank| (rank, profile)))
        .rev()
        .max_by(|a, b| a.0.cmp(&b.0))
        .map(|(_, profile)| profile)
}

/// Guesses the roles; `None` if no column holds times.
pub(super) fn roles(sample: &Sample) -> Option<Roles> {
    let profiles: Vec<Profile<'_>> = sample
        .columns
        .iter()
        .enumerate()
        .map(|(index, cells)| Profile::new(index, cells))
        .collect();
    let at = best(&profiles, &[], |p| {
        (!p.formats.is_empty()).then(|| (p.named(&AT), !p.is_number))
    })?;
    let times: Vec<usize> = profiles
        .iter()
        .filter(|p| !p.formats.is_empty())
        .map(|p| p.index)
        .collect();
    // A number that would do as seconds may still be an id.
    let is_time = |p: &Profile<'_>| p.index == at.index || (!p.formats.is_empty() && !p.is_number);
    let customer = best(&profiles, &[at.index], |p| {
        let no_amount = !(p.is_number && p.texts.iter().any(|text| text.contains('.')));
        (p.n_distinct > 0 && no_amount && !is_time(p)).then(|| {
            let other = p.named(&NOT_CUSTOMER) > 0;
            (
                !other,
                if other { 0 } else { p.named(&CUSTOMER) },
                !p.is_key(),
                p.n_distinct,
            )
        })
    });
    let mut taken = vec![at.index];
    taken.extend(customer.map(|p| p.index));
    let platform = best(&profiles, &taken, |p| {
        let named = p.named(&PLATFORM);
        (named > 0 && p.is_category(MOST_PLATFORMS)).then_some(named)
    });
    taken.extend(platform.map(|p| p.index));
    let is_id = |p: &Profile<'_>| p.words.iter().any(|word| word == "id" || word == "uuid");
    let event = best(&profiles, &taken, |p| {
        (p.is_category(MOST_EVENTS) && p.n_distinct > 1 && !is_id(p))
            .then(|| (p.named(&EVENT), p.n_distinct))
    });
    taken.extend(event.map(|p| p.index));
    let duration = best(&profiles, &taken, |p| {
        let named = p.named(&DURATION);
        let none_negative = p.texts.iter().all(|text| !text.starts_with('-'));
        (named > 0 && p.is_number && none_negative && p.formats.is_empty()).then_some(named)
    });
    taken.extend(duration.map(|p| p.index));
    let value = best(&profiles, &taken, |p| {
        let named = p.named(&VALUE);
        let is_money = p.money_share() > 0.5;
        (p.is_number && p.formats.is_empty() && (named > 0 || is_money))
            .then_some((named, is_money))
    });
    Some(Roles {
        at: at.index,
        time_format: at.formats.first().copied().unwrap_or("iso8601"),
        other_formats: at.formats.iter().skip(1).copied().collect(),
        other_times: times
            .into_iter()
            .filter(|index| !taken.contains(index))
            .collect(),
        customer: customer.map(|p| p.index),
        event: event.map(|p| p.index),
        value: value.map(|p| p.index),
        duration: duration.map(|p| (p.index, unit(&p.words))),
        platform: platform.map(|p| p.index),
    })
}

fn unit(words: &[String]) -> DurationUnit {
    let any = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
    if any(&["ms", "millis", "milliseconds"]) {
        DurationUnit::Millis
    } else if any(&["min", "mins", "minutes"]) {
        DurationUnit::Minutes
    } else if any(&["h", "hours"]) {
        DurationUnit::Hours
    } else {
        DurationUnit::Seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words_however_they_are_written() {
        assert_eq!(words("userId"), ["user", "id", "user_id"]);
        assert_eq!(words("USER_ID"), ["user", "id", "user_id"]);
        assert_eq!(words("customerID"), ["customer", "id", "customer_id"]);
        assert_eq!(words("event-time"), ["event", "time", "event_time"]);
    }
}
