//! The paging engine: signals in, pages decided, timers kept, channels served.
//!
//! The files beside this one decide, over a transaction, and know neither threads nor clocks: the simulator
//! steps them. This one runs them for real.

pub mod decide;
pub mod intake;
pub mod outbox;
pub mod requests;
#[cfg(test)]
mod stories;
#[cfg(test)]
pub mod testing;
pub mod timers;
mod wake;

pub use decide::Decided;
pub use outbox::{About, ChannelMessage, ChannelSender, ChannelTest};
pub use wake::Wake;

use crate::clock::Clock;
use crate::ringing;
use crate::storage::{Device, Storage, StorageError};
use firebell_domain::alert::Signal;
use firebell_domain::page::{Command, WaitReason};
use firebell_domain::{IntegrationId, PageId, RaiseId, SilenceId};
use firebell_protocol::sync::{CommandEnvelope, Outcome, ReceiptReport};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Timers do not count sleep, and a signal can be lost: at least this often the database is asked.
const BACKSTOP: Duration = Duration::from_secs(15);
/// Signals taken in with one change.
const BATCH_SIGNALS: usize = 1_024;
/// Pages decided about between two looks at the clock.
const DUE_AT_ONCE: u32 = 256;

struct Delivery {
    integration: IntegrationId,
    signals: Vec<Signal>,
    done: oneshot::Sender<Result<(), Unavailable>>,
}

/// It could not be stored; the sender tries again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database is not available; send it again")]
pub struct Unavailable;

/// Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    storage: Storage,
    intake: mpsc::Sender<Delivery>,
}

impl Engine {
    /// Starts the engine's jobs; they end with `stop`.
    pub fn start(
        storage: Storage,
        clock: Arc<dyn Clock>,
        wake: Wake,
        sender: Arc<dyn ChannelSender>,
        stop: CancellationToken,
    ) -> Self {
        let (intake, deliveries) = mpsc::channel(4_096);
        let engine = Self { storage, intake };
        tokio::spawn(take_in(engine.storage.clone(), deliveries));
        tokio::spawn(keep_time(engine.storage.clone(), clock.clone(), wake.clone(), stop.clone()));
        tokio::spawn(outbox::serve(engine.storage.clone(), clock, wake, sender, stop));
        engine
    }

    /// Takes signals in; returns when they are on the disk.
    pub async fn ingest(&self, integration: IntegrationId, signals: Vec<Signal>) -> Result<(), Unavailable> {
        if signals.is_empty() {
            return Ok(());
        }
        let (done, outcome) = oneshot::channel();
        self.intake.send(Delivery { integration, signals, done }).await.map_err(|_| Unavailable)?;
        outcome.await.map_err(|_| Unavailable)?
    }

    /// Does what a person asks.
    pub async fn ask(&self, page: PageId, command: Command) -> Result<Decided, StorageError> {
        self.storage.write(move |tx| requests::ask(tx, page, command)).await
    }

    /// Answers a desktop's command, once.
    pub async fn answer(&self, device: Device, envelope: CommandEnvelope) -> Result<Outcome, StorageError> {
        self.storage.write(move |tx| requests::answer(tx, &device, envelope)).await
    }

    pub async fn receipts(&self, device: Device, reports: Vec<ReceiptReport>) -> Result<(), StorageError> {
        self.storage.write(move |tx| requests::receipts(tx, &device, &reports)).await
    }

    pub async fn sent(&self, device: Device, raises: Vec<RaiseId>) -> Result<(), StorageError> {
        self.storage.write(move |tx| requests::sent(tx, &device, &raises)).await
    }

    /// Uses the acknowledge link with this id.
    pub async fn use_link(&self, id: Uuid) -> Result<requests::LinkUse, StorageError> {
        self.storage.write(move |tx| requests::use_link(tx, id)).await
    }

    /// Ends a silence early; the pages it held back ring now. False when it had ended already.
    pub async fn end_silence(&self, id: SilenceId) -> Result<bool, StorageError> {
        self.storage
            .write(move |tx| {
                let ended = tx.end_silence(id)?;
                if ended {
                    timers::release(tx, |why| *why == WaitReason::Silence { silence: id })?;
                }
                Ok(ended)
            })
            .await
    }

    /// The operator's word after a restore.
    pub async fn resume_paging(&self) -> Result<(), StorageError> {
        self.storage.write(timers::resume).await
    }
}

/// Signals that come in while the disk is busy are taken in together.
async fn take_in(storage: Storage, mut deliveries: mpsc::Receiver<Delivery>) {
    let mut waiting = Vec::new();
    while deliveries.recv_many(&mut waiting, BATCH_SIGNALS).await > 0 {
        let mut group = Vec::new();
        let mut size = 0;
        for delivery in waiting.drain(..) {
            size += delivery.signals.len();
            group.push(delivery);
            if size >= BATCH_SIGNALS {
                store(&storage, std::mem::take(&mut group)).await;
                size = 0;
            }
        }
        if !group.is_empty() {
            store(&storage, group).await;
        }
    }
}

async fn store(storage: &Storage, group: Vec<Delivery>) {
    let batch: Arc<Vec<(IntegrationId, Vec<Signal>)>> =
        Arc::new(group.iter().map(|d| (d.integration.clone(), d.signals.clone())).collect());
    let together = {
        let batch = batch.clone();
        storage.write(move |tx| intake::ingest(tx, &batch, &mut Uuid::now_v7)).await
    };
    match together {
        Ok(()) => group.into_iter().for_each(|d| {
            let _gone = d.done.send(Ok(()));
        }),
        // One of them may be what cannot be stored: each gets its own chance.
        Err(error) => {
            tracing::warn!(error = %crate::storage::Chain(&error), deliveries = group.len(), "taking signals in one by one");
            for delivery in group {
                let one = [(delivery.integration.clone(), delivery.signals)];
                let outcome = storage.write(move |tx| intake::ingest(tx, &one, &mut Uuid::now_v7)).await;
                if let Err(error) = &outcome {
                    tracing::error!(error = %crate::storage::Chain(error), integration = %delivery.integration, "signals could not be stored");
                }
                let _gone = delivery.done.send(outcome.map_err(|_| Unavailable));
            }
        }
    }
}

/// Wakes when something is due, when a commit says so, and every 15 s whatever happens.
async fn keep_time(storage: Storage, clock: Arc<dyn Clock>, wake: Wake, stop: CancellationToken) {
    let mut failing = false;
    loop {
        let (heard, looked) = (wake.pages(), clock.now());
        let more = match fire_due(&storage, looked).await {
            Ok(more) => {
                failing = false;
                more
            }
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    tracing::error!(error = %crate::storage::Chain(&error), "timers cannot be read; trying on");
                }
                false
            }
        };
        let wait = match storage.next_due().await.ok().flatten() {
            _ if more => Duration::ZERO,
            // Due when we looked, and yet not done (held, failing): no busy loop.
            Some(due) if due <= looked => Duration::from_secs(1),
            Some(due) => (due - clock.now()).to_std().unwrap_or(Duration::ZERO).min(BACKSTOP),
            None => BACKSTOP,
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
            () = heard => {}
        }
    }
}

/// Fires what is due, each page for itself; true when there was as much as fits at once.
async fn fire_due(storage: &Storage, now: firebell_domain::Instant) -> Result<bool, StorageError> {
    if storage.held().await? {
        return Ok(false);
    }
    let due = storage.due_pages(now, DUE_AT_ONCE).await?;
    let more = due.len() == DUE_AT_ONCE as usize;
    let fired = due.into_iter().map(|page| async move {
        let outcome = storage.write(move |tx| timers::fire(tx, page)).await;
        if let Err(error) = outcome {
            tracing::error!(%page, error = %crate::storage::Chain(&error), "a page could not be decided; put aside");
            metrics::counter!("firebell_pages_put_aside_total").increment(1);
            storage.write(move |tx| timers::put_aside(tx, page)).await.err()
        } else {
            None
        }
    });
    match futures_util::future::join_all(fired).await.into_iter().flatten().next() {
        Some(error) => Err(error),
        None => Ok(more | fire_cadences(storage, now).await?),
    }
}

/// Rings for updates that were missed, each incident for itself; true when there was as much as fits at once.
async fn fire_cadences(storage: &Storage, now: firebell_domain::Instant) -> Result<bool, StorageError> {
    let due = storage.due_cadences(now, DUE_AT_ONCE).await?;
    let more = due.len() == DUE_AT_ONCE as usize;
    for incident in due {
        if let Err(error) = storage.write(move |tx| ringing::fire(tx, incident)).await {
            tracing::error!(%incident, error = %crate::storage::Chain(&error), "a missed update could not be told; put aside");
            storage.write(move |tx| ringing::put_aside(tx, incident)).await?;
        }
    }
    Ok(more)
}
