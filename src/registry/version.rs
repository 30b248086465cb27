//! Numbers of versions.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of a model version, written `v0007`; ordered by number, so `v10000` follows `v9999`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u32);

impl Version {
    /// Parses `v` and at least four digits, in the one way [`Version`] is printed.
    ///
    /// # Edge cases
    /// `v00007` is refused: it would be a second name of `v0007`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('v')?;
        let version = Self(digits.parse().ok()?);
        (version.to_string() == text).then_some(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{:04}", self.0)
    }
}

impl Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("expected a version such as v0007"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_printed_with_at_least_four_digits_and_read_back() {
        for (number, text) in [(7, "v0007"), (9_999, "v9999"), (10_000, "v10000")] {
            assert_eq!(Version(number).to_string(), text);
            assert_eq!(Version::parse(text), Some(Version(number)));
        }
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for text in [
            "",
            "v",
            "v7",
            "v007",
            "v00007",
            "V0007",
            "0007",
            "v+007",
            "v-007",
            "v000x",
            " v0007",
            "v0007/",
            "v99999999999",
            "v٠٠٠٧",
        ] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
