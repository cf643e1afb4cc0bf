//! Why a tracker did not do what was asked, in words for whoever waits for the ticket.

use chrono::TimeDelta;
use firebell_domain::postmortem::Tracker;
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It may be otherwise later.
    Later {
        words: String,
        /// As the tracker wants it.
        wait: Option<TimeDelta>,
    },
    /// Somebody has to do something first; the words say who and what.
    Never(String),
    /// The same, of a ticket that was looked for first: it is not there, and no new one is taken.
    Refused(String),
}

/// As long as a tracker may make us wait.
const WAIT_MAX: TimeDelta = TimeDelta::hours(1);
/// Waits after the first tries that failed, in seconds; then an hour each. Never less than a minute: what was made by a
/// try whose answer was lost has to be found by its label first, and trackers take a while to index it.
const RETRY_S: [i64; 5] = [60, 120, 300, 900, 1_800];
/// From this try on the person is told.
pub const TOLD_AFTER: u32 = 3;
/// Whoever asks, and whatever for: what a try may have made is not to be found sooner.
pub const FLOOR: TimeDelta = TimeDelta::seconds(60);
/// As long as a tracker that says no more than that it wants one is given.
pub const PAUSE: TimeDelta = TimeDelta::seconds(60);

impl Trouble {
    pub fn later(words: impl Into<String>) -> Self {
        Self::Later { words: words.into(), wait: None }
    }

    pub fn too_slow(tracker: Tracker) -> Self {
        Self::later(format!("{} did not answer in time.", tracker.name()))
    }

    /// Said to the order for a new ticket, after nothing was found.
    pub fn refused(self) -> Self {
        match self {
            Self::Never(words) => Self::Refused(words),
            other => other,
        }
    }

    /// What the tracker itself asked for.
    pub fn wait(&self) -> Option<TimeDelta> {
        match self {
            Self::Later { wait, .. } => wait.map(|wait| wait.clamp(TimeDelta::zero(), WAIT_MAX)),
            Self::Never(_) | Self::Refused(_) => None,
        }
    }

    /// How long to wait after so many tries that failed; `None`: for good.
    pub fn retry(&self, attempts: u32) -> Option<TimeDelta> {
        match self {
            Self::Never(_) | Self::Refused(_) => None,
            Self::Later { .. } => {
                let own = RETRY_S.get(attempts as usize).map_or(WAIT_MAX, |s| TimeDelta::seconds(*s));
                Some(self.wait().map_or(own, |wait| wait.max(own)))
            }
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Later { words, .. } | Self::Never(words) | Self::Refused(words) => f.write_str(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracker_is_asked_ever_more_rarely_and_never_sooner_than_it_wants() {
        let own = Trouble::later("down");
        let waits: Vec<i64> = (0..7).map(|n| own.retry(n).unwrap().num_seconds()).collect();
        assert_eq!(waits, [60, 120, 300, 900, 1_800, 3_600, 3_600]);
        let wants =
            |seconds| Trouble::Later { words: "busy".into(), wait: Some(TimeDelta::seconds(seconds)) };
        assert_eq!(wants(1).retry(0).unwrap().num_seconds(), 60);
        assert_eq!(wants(600).retry(0).unwrap().num_seconds(), 600);
        assert_eq!(wants(86_400 * 365).retry(0), Some(WAIT_MAX));
        assert_eq!(wants(-5).retry(0).unwrap().num_seconds(), 60);
        assert_eq!(Trouble::Never("wrong".into()).retry(0), None);
    }
}
