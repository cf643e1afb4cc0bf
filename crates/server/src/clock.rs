//! The server's clock: the only place that reads the time of day.

use firebell_domain::Instant;

pub trait Clock: Send + Sync {
    fn now(&self) -> Instant;
}

/// The machine's.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        std::time::SystemTime::now().into()
    }
}
