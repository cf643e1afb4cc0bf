//! What a connection says of the library: operations to take in, and where the person's cursor stands.
//!
//! Taking in may wait for the disk, and behind other desktops that come back with much to say. It is done beside the
//! connection, so that a page that comes in meanwhile is told at once; and a few at a time, so that it is stored at
//! once.

use super::{Frame, Shared, text};
use crate::library;
use crate::storage::{Device, Storage, StorageError};
use firebell_protocol::sync::{Presence, ServerMessage, Submission};
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Duration, Instant};

/// Changes with operations of the library that wait for the writer at once, on this node.
pub(super) const AT_ONCE: usize = 2;
/// Operations of one change: pages wait no longer than these take.
const CHANGE_MAX: usize = 64;
/// Messages that a desktop may be ahead; it waits for answers long before.
const AHEAD_MAX: usize = 16;
/// Cursors told on at most, of one connection in one second.
const PRESENCE_MAX: u32 = 10;
/// Characters of a document's name.
const DOCUMENT_MAX: usize = 160;

type Answer = Result<ServerMessage, StorageError>;

/// One connection's way into the library. Ends with the connection; what was not answered comes again.
pub(super) struct Intake {
    submitted: mpsc::Sender<Vec<Submission>>,
    answers: mpsc::Receiver<Answer>,
}

impl Intake {
    pub(super) fn start(storage: Storage, turns: Arc<Semaphore>, device: Device) -> Self {
        let (submitted, queue) = mpsc::channel(AHEAD_MAX);
        let (answer, answers) = mpsc::channel(AHEAD_MAX);
        tokio::spawn(take_in(storage, turns, device, queue, answer));
        Self { submitted, answers }
    }

    /// False when the desktop is too far ahead.
    pub(super) fn submit(&self, ops: Vec<Submission>) -> bool {
        self.submitted.try_send(ops).is_ok()
    }

    /// The next answers. Never ends before the connection does.
    pub(super) async fn answer(&mut self) -> Answer {
        match self.answers.recv().await {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }
}

async fn take_in(
    storage: Storage,
    turns: Arc<Semaphore>,
    device: Device,
    mut queue: mpsc::Receiver<Vec<Submission>>,
    answers: mpsc::Sender<Answer>,
) {
    while let Some(ops) = queue.recv().await {
        let mut ops = ops.into_iter().peekable();
        while let Some(writer) = ops.peek().map(|s| s.op.id.writer) {
            let mut change = Vec::new();
            while change.len() < CHANGE_MAX
                && let Some(next) = ops.next_if(|s| s.op.id.writer == writer)
            {
                change.push(next);
            }
            let Ok(_turn) = turns.acquire().await else { return };
            if answers.is_closed() {
                return;
            }
            let (device, count) = (device.clone(), change.len());
            let answer = match storage.write(move |tx| library::submit(tx, &device, change)).await {
                // A device that was revoked is not answered; its connection is being cut.
                Ok(found) if found.is_empty() => return,
                Ok(answers) => {
                    metrics::counter!("firebell_operations_answered_total").increment(answers.len() as u64);
                    // Stopped in the middle: what follows in this message would be out of order too.
                    if answers.len() < count || answers.last().is_some_and(|a| stops(&a.outcome)) {
                        ops = Vec::new().into_iter().peekable();
                    }
                    Ok(ServerMessage::Answers { writer, answers })
                }
                Err(error) => Err(error),
            };
            if answers.send(answer).await.is_err() {
                return;
            }
        }
    }
}

fn stops(outcome: &firebell_protocol::sync::OpOutcome) -> bool {
    use firebell_protocol::sync::OpOutcome::{Forked, Missing};
    matches!(outcome, Forked | Missing { .. })
}

/// Where one connection's person was seen last.
#[derive(Default)]
pub(super) struct Seen {
    /// The text that the others see them in.
    document: Option<String>,
    second: Option<Instant>,
    told: u32,
}

impl Seen {
    /// Tells the other desktops of this node, unless it comes too fast: then the next one says it better.
    pub(super) fn tell(&mut self, shared: &Shared, device: &Device, name: &str, presence: Presence) {
        let now = Instant::now();
        if self.second.is_none_or(|s| now - s >= Duration::from_secs(1)) {
            (self.second, self.told) = (Some(now), 0);
        }
        // Whoever leaves is told on in any case: nobody would take their cursor away later.
        let leaves = presence.selection.is_none();
        if presence.document.chars().count() > DOCUMENT_MAX || (!leaves && self.told >= PRESENCE_MAX) {
            return;
        }
        if leaves && self.document.as_deref() != Some(&presence.document) {
            return;
        }
        self.told += 1;
        self.document = (!leaves).then(|| presence.document.clone());
        send(shared, device, name, presence);
    }

    /// The connection ended.
    pub(super) fn leave(&mut self, shared: &Shared, device: &Device, name: &str) {
        if let Some(document) = self.document.take() {
            send(shared, device, name, Presence { document, selection: None });
        }
    }
}

fn send(shared: &Shared, device: &Device, name: &str, presence: Presence) {
    let person = device.person.clone();
    let message = ServerMessage::Presence { person, name: name.to_owned(), device: device.id, presence };
    let frame = Frame { places: None, text: text(&message), raises: [].into(), but: Some(device.id) };
    // Nobody else is connected.
    let _nobody = shared.frames.send(frame);
}
