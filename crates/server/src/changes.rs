//! Deployments and other changes of the team's services: taken in, told apart from their repetitions, and forgotten when
//! they explain nothing any more.

use crate::clock::Clock;
use crate::ingest::changes::content;
use crate::storage::{Chain, Storage, StorageError, Tx};
use firebell_domain::alert::service_for;
use firebell_domain::change_event::{ChangeEvent, KEPT_FOR, NewChange};
use firebell_domain::{ChangeId, Instant, IntegrationId, ServiceId};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A server that has just started has other things to do.
const FIRST: Duration = Duration::from_secs(20 * 60);
const EVERY: Duration = Duration::from_secs(6 * 3_600);
/// Removed with one change: the writer has others waiting.
const AT_ONCE: u32 = 1_000;

/// Takes in what an integration's key said. `None`: the integration has left the team since its key was looked at.
pub fn posted(
    tx: &mut Tx,
    integration: &IntegrationId,
    mut new: NewChange,
) -> Result<Option<ChangeEvent>, StorageError> {
    let team = tx.team()?;
    let Some(known) = team.team.integration(integration) else { return Ok(None) };
    let Some(service) = service_for(&team.team, known, new.service.as_deref(), &new.labels()) else {
        return Ok(None);
    };
    if let (Some(word), Value::Object(details)) = (&new.service, &mut new.details)
        && word.trim() != service.id.as_str()
    {
        // Somebody will want to know why it stands at another service.
        details.insert("service".into(), word.as_str().into());
    }
    take_in(tx, service.id.clone(), Some(integration.clone()), new).map(Some)
}

/// Takes in a change of a service; a repetition is counted.
pub fn take_in(
    tx: &mut Tx,
    service: ServiceId,
    integration: Option<IntegrationId>,
    new: NewChange,
) -> Result<ChangeEvent, StorageError> {
    let (content, now) = (content(&service, &new), tx.now());
    let change = match tx.change_with(&content)?.filter(|known| known.is_said_again(&new, now)) {
        Some(mut known) => {
            known.fold(new, now);
            known
        }
        None => ChangeEvent::begin(ChangeId(Uuid::now_v7()), service, integration, new, now),
    };
    tx.save_change(&change, &content)?;
    Ok(change)
}

/// Removes what is older than `before`; how many. Safe to break off, and on several nodes at once.
pub async fn forget(
    storage: &Storage,
    before: Instant,
    stop: &CancellationToken,
) -> Result<u64, StorageError> {
    let mut gone = 0;
    while !stop.is_cancelled() {
        let now_gone = storage.write(move |tx| tx.forget_changes(before, AT_ONCE)).await?;
        gone += now_gone;
        if now_gone < u64::from(AT_ONCE) {
            break;
        }
    }
    Ok(gone)
}

/// Forgets old changes now and then, until `stop`.
pub async fn forget_old(storage: Storage, clock: Arc<dyn Clock>, stop: CancellationToken) {
    let mut every = tokio::time::interval_at(tokio::time::Instant::now() + FIRST, EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = every.tick() => {}
            () = stop.cancelled() => return,
        }
        match forget(&storage, clock.now() - KEPT_FOR, &stop).await {
            Ok(0) => {}
            Ok(changes) => tracing::info!(changes, "old changes were removed"),
            Err(error) => tracing::warn!(error = %Chain(&error), "old changes cannot be removed; trying on"),
        }
    }
}

#[cfg(test)]
mod stories;
