//! The hybrid logical clock: stamps that follow the wall clock and never go back.

use crate::Stamp;
use firebell_domain::Instant;

/// The server brings a stamp down to this far ahead of its own time, in milliseconds: a clock that is wrong by hours
/// must not win every conflict until the others catch up.
pub const AHEAD_MAX_MS: i64 = 60_000;

/// One replica's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HybridClock {
    last: Stamp,
}

impl HybridClock {
    /// Goes on after the last stamp that this replica made or saw.
    pub fn after(last: Stamp) -> Self {
        Self { last }
    }

    pub fn last(&self) -> Stamp {
        self.last
    }

    /// The next stamp.
    pub fn next(&mut self, now: Instant) -> Stamp {
        let ms = now.timestamp_millis();
        self.last = if ms > self.last.ms {
            Stamp { ms, tick: 0 }
        } else {
            match self.last.tick.checked_add(1) {
                Some(tick) => Stamp { ms: self.last.ms, tick },
                None => Stamp { ms: self.last.ms.saturating_add(1), tick: 0 },
            }
        };
        self.last
    }

    /// Somebody else's stamp was seen: what is written from now on is later. One from the far future (the
    /// server lets none through) is not believed.
    pub fn see(&mut self, stamp: Stamp, now: Instant) {
        if stamp.ms <= now.timestamp_millis().saturating_add(24 * 3_600_000) {
            self.last = self.last.max(stamp);
        }
    }
}

/// The stamp as it counts: at most a minute ahead of the server.
pub fn effective(stamp: Stamp, server_now: Instant) -> Stamp {
    let most = server_now.timestamp_millis() + AHEAD_MAX_MS;
    if stamp.ms > most { Stamp { ms: most, tick: stamp.tick } } else { stamp }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Instant {
        chrono::DateTime::from_timestamp_millis(ms).unwrap()
    }

    #[test]
    fn stamps_grow_even_when_the_clock_is_set_back() {
        let mut clock = HybridClock::after(Stamp { ms: 0, tick: 0 });
        let mut last = clock.next(at(1_000));
        for ms in [1_000, 999, 5, 1_001, 1_001, 0] {
            let next = clock.next(at(ms));
            assert!(next > last, "{next:?} after {last:?}");
            last = next;
        }
        let tick_full = Stamp { ms: 7_000, tick: u32::MAX };
        assert!(HybridClock::after(tick_full).next(at(1)) > tick_full);
    }

    #[test]
    fn what_was_seen_is_followed_unless_it_is_nonsense() {
        let mut clock = HybridClock::after(Stamp { ms: 0, tick: 0 });
        clock.see(Stamp { ms: 90_000, tick: 4 }, at(1_000));
        assert_eq!(clock.next(at(1_000)), Stamp { ms: 90_000, tick: 5 });
        clock.see(Stamp { ms: i64::MAX, tick: 0 }, at(1_000));
        assert_eq!(clock.next(at(1_000)).ms, 90_000);
    }

    #[test]
    fn a_clock_that_is_hours_ahead_counts_as_a_minute() {
        assert_eq!(effective(Stamp { ms: 9_000_000, tick: 3 }, at(0)), Stamp { ms: 60_000, tick: 3 });
        assert_eq!(effective(Stamp { ms: -5, tick: 3 }, at(0)), Stamp { ms: -5, tick: 3 });
    }
}
