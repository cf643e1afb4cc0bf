//! Follows the log and makes frames of it.

use super::frames::{self, BYTES_MAX, OPERATIONS_MAX};
use super::{Cut, Frame, Shared, team_view};
use crate::storage::{self, Chain, Committed, StorageError};
use firebell_domain::DeviceId;
use firebell_log::{Operation, OperationBody};
use firebell_protocol::sync::ServerMessage;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// A hint can be lost: at least this often the log is looked at.
const BACKSTOP: Duration = Duration::from_secs(15);
/// Shifts are sent for three weeks; a desktop that stays connected gets them anew.
const TEAM_EVERY: Duration = Duration::from_secs(6 * 3_600);

pub async fn follow(
    shared: Arc<Shared>,
    mut commits: mpsc::UnboundedReceiver<Committed>,
    mut hints: Option<mpsc::UnboundedReceiver<()>>,
) {
    let mut at = None;
    let mut team = tokio::time::interval(TEAM_EVERY);
    team.tick().await;
    loop {
        let committed = tokio::select! {
            () = shared.stop.cancelled() => return,
            committed = commits.recv() => committed,
            Some(()) = hint(&mut hints) => None,
            _ = team.tick() => { tell_team(&shared).await; None }
            () = tokio::time::sleep(BACKSTOP) => None,
        };
        let outcome = match (at, committed) {
            (Some(last), Some(committed))
                if committed.operations.first().is_some_and(|o| o.seq == last + 1) =>
            {
                tell(&shared, committed.operations, &mut at).await
            }
            (Some(last), Some(committed)) if committed.operations.last().is_some_and(|o| o.seq <= last) => {
                Ok(())
            }
            _ => catch_up(&shared, &mut at).await,
        };
        if let Err(error) = outcome {
            tracing::error!(error = %Chain(&error), "the log cannot be followed; trying on");
        }
    }
}

async fn hint(hints: &mut Option<mpsc::UnboundedReceiver<()>>) -> Option<()> {
    match hints {
        Some(hints) => hints.recv().await,
        None => std::future::pending().await,
    }
}

async fn catch_up(shared: &Shared, at: &mut Option<u64>) -> Result<(), StorageError> {
    let Some(mut last) = *at else {
        shared.sight.learn(shared.storage.read(storage::read::sights).await?);
        // Sockets read what came before from the database themselves; the first commit seen is told whole.
        let newest = shared.storage.newest_operation().await?;
        let first = newest.saturating_sub(u64::from(OPERATIONS_MAX));
        *at = Some(first);
        return Box::pin(catch_up(shared, at)).await;
    };
    loop {
        let cut = storage::Cut { operations: OPERATIONS_MAX, bytes: BYTES_MAX as u64 };
        let operations =
            shared.storage.read(move |db| storage::read::operations_within(db, last, cut)).await?;
        let Some(newest) = operations.last().map(|o| o.seq) else { return Ok(()) };
        last = newest;
        tell(shared, operations, at).await?;
    }
}

async fn tell(shared: &Shared, operations: Vec<Operation>, at: &mut Option<u64>) -> Result<(), StorageError> {
    let Some(last) = operations.last().map(|o| o.seq) else { return Ok(()) };
    let team_changed = operations.iter().any(|o| matches!(o.body, OperationBody::Team { .. }));
    if operations.iter().any(|o| o.body.changes_sight()) {
        // Perhaps another node's. Before the frames: nobody is sent more than they may see when this is done.
        shared.sight.learn(shared.storage.read(storage::read::sights).await?);
    }
    *at = Some(last);
    for frame in frames::of(operations, &shared.sight) {
        // No socket is listening: they read the log when they connect.
        let _nobody = shared.frames.send(frame);
    }
    if team_changed {
        tell_team(shared).await;
    }
    Ok(())
}

/// The team, and whether paging is held. Devices that were revoked, here or by another node, are cut off.
async fn tell_team(shared: &Shared) {
    if let Ok(devices) = shared.storage.devices().await {
        let known: HashSet<DeviceId> = devices.into_iter().map(|d| d.id).collect();
        for (device, connected) in shared.connected().iter() {
            if !known.contains(device) {
                // Full: it is being cut already.
                let _already = connected.cut.try_send(Cut::Revoked);
            }
        }
    }
    let (Ok(record), Ok(held)) = (shared.storage.team().await, shared.storage.held().await) else { return };
    let team = Box::new(team_view(&record, shared.clock.now()));
    for message in [ServerMessage::Team { team }, ServerMessage::PagingHeld { held }] {
        let _nobody = shared.frames.send(Frame::aside(&message));
    }
}
