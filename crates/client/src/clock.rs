//! The only place in this crate that asks what time it is.

use crate::pager::Moment;
use std::time::{Instant as Monotonic, SystemTime};

/// The wall clock, and a clock that stands still in sleep (`CLOCK_MONOTONIC` on Linux does not count it).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Monotonic,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { started: Monotonic::now() }
    }

    #[allow(clippy::disallowed_methods)]
    pub(crate) fn moment(self) -> Moment {
        let awake_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Moment { now: SystemTime::now().into(), awake_ms }
    }
}
