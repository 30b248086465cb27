//! Which of the common formats would read some times: for advice and for proposals, never for reading.

use jiff::tz::TimeZone;

use super::Instants;
use crate::config::TimeFormat;
use crate::intake::cells::{Cell, Nulls};

/// Formats worth proposing, with the words for them.
const CANDIDATES: [(&str, &str); 13] = [
    ("iso8601", "ISO 8601"),
    ("epoch_s", "seconds since 1970"),
    ("epoch_ms", "milliseconds"),
    ("epoch_us", "microseconds"),
    ("epoch_ns", "nanoseconds"),
    ("%Y%m%d", "dates"),
    ("%Y%m%d%H%M%S", "dates and times"),
    ("%Y/%m/%d", "dates"),
    ("%Y/%m/%d %H:%M:%S", "dates and times"),
    ("%d.%m.%Y", "dates"),
    ("%d.%m.%Y %H:%M", "dates and times"),
    ("%d/%m/%Y", "dates"),
    ("%m/%d/%Y", "dates"),
];

/// The formats, among the common ones, in which every sample is a date between 1990 and 2099, as
/// `(name in the configuration, words for it)`.
pub(crate) fn formats_of<'a>(
    samples: impl Iterator<Item = &'a str> + Clone,
) -> Vec<(&'static str, &'static str)> {
    let nulls = Nulls::new(&[]);
    let fits = |name: &str| {
        let format = TimeFormat::from(name.to_owned());
        Instants::new(&format, TimeZone::UTC, "").is_ok_and(|mut instants| {
            samples.clone().all(|text| {
                matches!(
                    instants.read(Cell::Text(text.as_bytes()), &nulls),
                    Ok(Some(_))
                )
            })
        })
    };
    CANDIDATES
        .into_iter()
        .filter(|(name, _)| fits(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_recognised_by_their_samples() {
        let names = |samples: &[&str]| -> Vec<&str> {
            formats_of(samples.iter().copied())
                .into_iter()
                .map(|(name, _)| name)
                .collect()
        };
        assert_eq!(names(&["1717200000", "1717200001"]), ["epoch_s"]);
        assert_eq!(names(&["1717200000250"]), ["epoch_ms"]);
        assert_eq!(names(&["1717200000250000"]), ["epoch_us"]);
        assert_eq!(names(&["1717200000250000000"]), ["epoch_ns"]);
        assert_eq!(names(&["19970118"]), ["%Y%m%d"]);
        assert_eq!(names(&["20240601100000"]), ["%Y%m%d%H%M%S"]);
        assert_eq!(names(&["01/02/2024"]), ["%d/%m/%Y", "%m/%d/%Y"]);
        assert_eq!(names(&["01/02/2024", "01/31/2024"]), ["%m/%d/%Y"]);
        assert_eq!(names(&["2024-06-01 10:00:00"]), ["iso8601"]);
        assert_eq!(names(&["7", "Female"]), [""; 0]);
    }
}
