//! "Nothing is new": one key, and a moment to take it back before the team hears of it.

use firebell_domain::{IncidentId, Instant};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long it can be taken back.
pub(crate) const TAKEN_BACK_WITHIN: Duration = Duration::from_secs(5);

struct Waiting {
    at: Instant,
    task: tokio::task::AbortHandle,
}

/// What goes out in a moment, by incident.
#[derive(Default)]
pub(crate) struct NoNews {
    waiting: Mutex<HashMap<IncidentId, Waiting>>,
    /// Why the last one did not go out, until the person has seen that.
    unsent: Mutex<HashMap<IncidentId, String>>,
}

impl NoNews {
    fn lock(&self) -> MutexGuard<'_, HashMap<IncidentId, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unsent_ones(&self) -> MutexGuard<'_, HashMap<IncidentId, String>> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It did not go out, and why.
    pub fn failed(&self, incident: IncidentId, words: String) {
        self.unsent_ones().insert(incident, words);
    }

    /// Why the last one of this incident did not go out.
    pub fn unsent(&self, incident: IncidentId) -> Option<String> {
        self.unsent_ones().get(&incident).cloned()
    }

    /// The person has seen that it did not go out, or an update went out since.
    pub fn seen(&self, incident: IncidentId) {
        self.unsent_ones().remove(&incident);
    }

    /// When the one of this incident goes out.
    pub fn at(&self, incident: IncidentId) -> Option<Instant> {
        self.lock().get(&incident).map(|w| w.at)
    }

    /// False: one waits already.
    pub fn begin(
        &self,
        incident: IncidentId,
        at: Instant,
        task: impl FnOnce() -> tokio::task::AbortHandle,
    ) -> bool {
        let mut waiting = self.lock();
        if waiting.contains_key(&incident) {
            return false;
        }
        self.seen(incident);
        waiting.insert(incident, Waiting { at, task: task() });
        true
    }

    /// It goes out now, and can no longer be taken back. False: it was taken back.
    pub fn go(&self, incident: IncidentId) -> bool {
        self.lock().remove(&incident).is_some()
    }

    /// False: it is too late.
    pub fn take_back(&self, incident: IncidentId) -> bool {
        self.lock().remove(&incident).map(|waiting| waiting.task.abort()).is_some()
    }
}
