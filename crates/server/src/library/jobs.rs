//! What is done for the library beside the requests: old updates of texts are merged, and attachments that nothing names
//! are removed, a little at a time.

use super::compact::{self, AT_LEAST, Merged, OLDER_THAN};
use crate::clock::Clock;
use crate::storage::{Chain, Storage, StorageError, Tx, read};
use chrono::TimeDelta;
use firebell_domain::Instant;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A server that has just started has other things to do.
const FIRST: Duration = Duration::from_secs(15 * 60);
const EVERY: Duration = Duration::from_secs(6 * 3_600);
/// Documents looked at in one round; the longest first.
const DOCUMENTS: u32 = 1_000;

/// Merges what is older than `before`, document by document, each step a change of its own. Answers with (texts, updates
/// merged away). Safe to break off, and on several nodes at once.
pub async fn compact(
    storage: &Storage,
    before: Instant,
    at_least: u64,
    stop: &CancellationToken,
) -> Result<(u64, u64), StorageError> {
    let (mut texts, mut updates) = (0, 0);
    let documents = storage.read(move |db| read::texts_to_merge(db, at_least.max(2), DOCUMENTS)).await?;
    for (document, subject) in documents {
        let (mut at_least, mut gone) = (at_least, 0);
        while !stop.is_cancelled() {
            let (document, subject) = (document.clone(), subject.clone());
            let step = storage
                .write(move |tx: &mut Tx<'_>| compact::merge(tx, &document, &subject, before, at_least));
            let Merged { gone: now_gone, more } = step.await?;
            gone += now_gone;
            // What follows in the same round joins whatever its number.
            at_least = 2;
            if !more || now_gone == 0 {
                break;
            }
        }
        texts += u64::from(gone > 0);
        updates += gone;
    }
    Ok((texts, updates))
}

/// Attachments that no entry names are kept so long: somebody may be about to write it.
const UNNAMED_FOR: TimeDelta = TimeDelta::days(7);

/// Removes attachments that no entry has named since `before`, or whose sending broke off before it; how many.
pub async fn remove_unnamed(
    storage: &Storage,
    before: Instant,
    stop: &CancellationToken,
) -> Result<u64, StorageError> {
    let mut removed = 0;
    for hash in storage.read(move |db| read::blobs_to_remove(db, before, DOCUMENTS)).await? {
        if stop.is_cancelled() {
            break;
        }
        removed += u64::from(storage.write(move |tx: &mut Tx<'_>| tx.remove_blob(&hash, before)).await?);
    }
    Ok(removed)
}

/// Compacts now and then, until `stop`.
pub async fn keep_small(storage: Storage, clock: Arc<dyn Clock>, stop: CancellationToken) {
    let mut every = tokio::time::interval_at(tokio::time::Instant::now() + FIRST, EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = every.tick() => {}
            () = stop.cancelled() => return,
        }
        match compact(&storage, clock.now() - OLDER_THAN, AT_LEAST, &stop).await {
            Ok((0, _)) => {}
            Ok((texts, updates)) => tracing::info!(texts, updates, "old updates of texts were merged"),
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "old updates of texts cannot be merged; trying on")
            }
        }
        match remove_unnamed(&storage, clock.now() - UNNAMED_FOR, &stop).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, "attachments that nothing names were removed"),
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "attachments cannot be removed; trying on")
            }
        }
    }
}
