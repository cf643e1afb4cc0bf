//! When each device last answered, written to the database now and then instead of at every ping.

use super::Shared;
use crate::storage::Chain;
use firebell_domain::{DeviceId, Instant};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Far below the 60 s after which a silent device is dead.
const EVERY: Duration = Duration::from_secs(5);

#[derive(Default)]
pub struct Answers(Mutex<HashMap<DeviceId, Instant>>);

impl Answers {
    pub fn note(&self, device: DeviceId, at: Instant) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(device, at);
    }

    /// It signed off: what it answered before no longer says that it is there.
    pub fn forget(&self, device: DeviceId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&device);
    }

    fn take(&self) -> HashMap<DeviceId, Instant> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub async fn keep(shared: Arc<Shared>) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let stopping = tokio::select! {
            _ = every.tick() => false,
            () = shared.stop.cancelled() => true,
        };
        let answers = shared.answers.take();
        if !answers.is_empty() {
            let stored = shared
                .storage
                .write(move |tx| {
                    answers.into_iter().try_for_each(|(device, at)| tx.device_answered(device, at))
                })
                .await;
            if let Err(error) = stored {
                tracing::warn!(error = %Chain(&error), "when devices answered could not be stored");
            }
        }
        if stopping {
            return;
        }
    }
}
