//! How fast one integration key may post, or one person look at health or send attachments: a bucket of tokens that
//! refills steadily.

use firebell_domain::Instant;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Requests a minute, and the largest burst, of an integration that does not say (contract).
pub const DEFAULT_PER_MINUTE: u32 = 600;

/// The parts of one request. So fine that what a moment gives back is never rounded away, however often one asks.
const REQUEST: i64 = 60_000_000;

/// The buckets of everybody who is known: all integrations, or all people. Strangers do not get this far, so there are never
/// more.
pub struct Rates<K> {
    buckets: Mutex<HashMap<K, Bucket>>,
}

impl<K> Default for Rates<K> {
    fn default() -> Self {
        Self { buckets: Mutex::default() }
    }
}

struct Bucket {
    /// In parts of a request: as many as come back in a microsecond at one request a minute.
    parts: i64,
    at: Instant,
}

impl<K: Clone + Eq + Hash> Rates<K> {
    /// Takes one request out of the bucket; `Err` says in how many seconds there is one again.
    pub fn take(&self, who: &K, per_minute: Option<u32>, now: Instant) -> Result<(), u64> {
        let per_minute = i64::from(per_minute.unwrap_or(DEFAULT_PER_MINUTE).max(1));
        let full = per_minute * REQUEST;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(who.clone()).or_insert(Bucket { parts: full, at: now });
        // A clock that was set back refills nothing and forgets nothing.
        let passed = (now - bucket.at).num_microseconds().unwrap_or(i64::MAX).clamp(0, REQUEST);
        bucket.parts = (bucket.parts + passed * per_minute).min(full);
        bucket.at = now;
        if bucket.parts >= REQUEST {
            bucket.parts -= REQUEST;
            return Ok(());
        }
        let a_second = per_minute * 1_000_000;
        let seconds = (REQUEST - bucket.parts + a_second - 1) / a_second;
        Err(u64::try_from(seconds).unwrap_or(1).max(1))
    }

    /// Gives a request back: it was an answer to an alert, and those are never held back.
    pub fn give_back(&self, who: &K) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(who) {
            bucket.parts += REQUEST;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use firebell_domain::IntegrationId;

    #[test]
    fn six_hundred_at_once_and_then_ten_a_second() {
        let (rates, key) = (Rates::default(), IntegrationId::from("prod"));
        let now: Instant = "2026-11-21T02:00:00Z".parse().unwrap();
        assert!((0..600).all(|_| rates.take(&key, None, now).is_ok()));
        assert_eq!(rates.take(&key, None, now), Err(1));
        let later = now + TimeDelta::seconds(1);
        assert_eq!((0..20).filter(|_| rates.take(&key, None, later).is_ok()).count(), 10);
        assert!(rates.take(&"other".into(), None, now).is_ok(), "keys do not share");
    }

    #[test]
    fn a_sender_that_asks_all_the_time_gets_its_share_all_the_same() {
        let (rates, key) = (Rates::default(), IntegrationId::from("slow"));
        let start: Instant = "2026-11-21T02:00:00Z".parse().unwrap();
        let every_300_us = (0..200_000).map(|n| start + TimeDelta::microseconds(n * 300));
        let taken = every_300_us.filter(|now| rates.take(&key, Some(5), *now).is_ok()).count();
        assert_eq!(taken, 5 + 4, "the burst, and one every 12 s of the minute");
    }

    #[test]
    fn a_slow_key_is_told_how_long_to_wait() {
        let (rates, key) = (Rates::default(), IntegrationId::from("slow"));
        let now: Instant = "2026-11-21T02:00:00Z".parse().unwrap();
        assert_eq!(rates.take(&key, Some(2), now), Ok(()));
        assert_eq!(rates.take(&key, Some(2), now), Ok(()));
        assert_eq!(rates.take(&key, Some(2), now), Err(30));
        assert_eq!(rates.take(&key, Some(2), now - TimeDelta::hours(1)), Err(30), "the clock was set back");
        rates.give_back(&key);
        assert_eq!(rates.take(&key, Some(2), now), Ok(()));
    }
}
