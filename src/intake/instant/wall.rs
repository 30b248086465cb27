//! Wall clocks of a zone.

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::time::MICROS_PER_SECOND;

/// What a wall-clock time is in its zone, in microseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Local {
    Once(i64),
    /// The earlier of two instants.
    Twice(i64),
    Never,
}

/// Resolves wall-clock times of a zone; remembers the range in which the current offset is beyond doubt.
#[derive(Clone, Debug)]
pub(super) struct WallClock {
    zone: TimeZone,
    /// Wall-clock seconds `[from, until)` in which `offset` (seconds east of UTC) holds and no time comes twice.
    from: i64,
    until: i64,
    offset: i64,
}

impl WallClock {
    /// The wall clock of `zone`.
    pub(super) fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            from: 0,
            until: 0,
            offset: 0,
        }
    }

    /// The instant of a wall-clock time, both in microseconds; `None` outside the range of jiff.
    pub(super) fn resolve(&mut self, civil: i64) -> Option<Local> {
        let second = civil.div_euclid(MICROS_PER_SECOND);
        if (self.from..self.until).contains(&second) {
            return Some(Local::Once(civil - self.offset * MICROS_PER_SECOND));
        }
        let wall = Offset::UTC.to_datetime(Timestamp::from_second(second).ok()?);
        let at = |offset: Offset| civil - i64::from(offset.seconds()) * MICROS_PER_SECOND;
        match self.zone.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Gap { .. } => Some(Local::Never),
            AmbiguousOffset::Fold { before, .. } => Some(Local::Twice(at(before))),
            AmbiguousOffset::Unambiguous { offset } => {
                self.remember(second, i64::from(offset.seconds()));
                Some(Local::Once(at(offset)))
            }
        }
    }

    /// Finds how far around `second` its offset holds without doubt.
    fn remember(&mut self, second: i64, offset: i64) {
        (self.from, self.until, self.offset) = (second, second + 1, offset);
        let (Ok(instant), Ok(next)) = (
            Timestamp::from_second(second - offset),
            Timestamp::from_second(second - offset + 1),
        ) else {
            return;
        };
        // A transition at `t` moves the wall clock from `t + old` to `t + new`: the times between are skipped or come
        // twice, so the doubt lies between the smaller and the larger of the two.
        self.from = self.zone.preceding(next).next().map_or(i64::MIN, |t| {
            let at = t.timestamp().as_second();
            let old = Timestamp::from_second(at - 1).map_or(offset, |t| self.offset_at(t));
            at + offset.max(old)
        });
        self.until = self.zone.following(instant).next().map_or(i64::MAX, |t| {
            t.timestamp().as_second() + offset.min(i64::from(t.offset().seconds()))
        });
    }

    fn offset_at(&self, instant: Timestamp) -> i64 {
        i64::from(self.zone.to_offset(instant).seconds())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn wall_clocks_agree_with_jiff(
            zone in prop::sample::select(vec![
                "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Gaza",
            ]),
            start in 631_152_000_i64..4_000_000_000,
            steps in prop::collection::vec(-40_000_i64..40_000, 1..200),
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let mut clock = WallClock::new(zone.clone());
            // Walk around the next transition, where the doubt is.
            let near = zone.following(Timestamp::from_second(start).unwrap()).next().map_or(start, |t| {
                t.timestamp().as_second() + i64::from(t.offset().seconds())
            });
            for step in steps {
                let second = near + step / 4;
                let wall = Offset::UTC.to_datetime(Timestamp::from_second(second).unwrap());
                let ambiguous = zone.to_ambiguous_timestamp(wall);
                let expected = match ambiguous.offset() {
                    AmbiguousOffset::Gap { .. } => Local::Never,
                    AmbiguousOffset::Fold { .. } => Local::Twice(ambiguous.earlier().unwrap().as_microsecond()),
                    AmbiguousOffset::Unambiguous { .. } => Local::Once(ambiguous.unambiguous().unwrap().as_microsecond()),
                };
                prop_assert_eq!(clock.resolve(second * MICROS_PER_SECOND), Some(expected));
            }
        }
    }
}
