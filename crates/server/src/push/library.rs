//! What a connection says of the library: operations to take in, and where the person's cursor stands.
//!
//! Taking in may wait for the disk, and behind other desktops that come back with much to say. It is done beside the
//! connection, so that a page that comes in meanwhile is told at once; and a few at a time, so that it is stored at
//! once. A desktop that is too far ahead is not listened to for a while; it is told everything meanwhile.

use super::{Frame, Shared};
use crate::library;
use crate::storage::{Device, Storage, StorageError};
use firebell_domain::IncidentId;
use firebell_log::RecordId;
use firebell_protocol::sync::{Presence, ServerMessage, Submission};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Duration, Instant};

/// Changes with operations of the library that wait for the writer at once, on this node.
pub(super) const AT_ONCE: usize = 2;
/// Operations of one change: pages wait no longer than these take.
const CHANGE_MAX: usize = 64;
/// Bytes of texts' updates in one change, unless a single one is larger: some thousand pieces to be put in their places.
const UPDATES_MAX: usize = 64 * 1_024;
/// Messages that a desktop may be ahead. It waits for answers with 8 on their way.
const AHEAD_MAX: usize = 64;
/// Their bytes. The largest message is half of it; a desktop with many long texts meets this.
const AHEAD_BYTES: u32 = 4 * 1_024 * 1_024;
/// Operations of one message; a desktop sends 100.
pub(super) const OPERATIONS_MAX: usize = 1_000;
/// How long a desktop that is too far ahead is not listened to. It is far below the silence after which a connection
/// counts as dead; and what the person answers to a page waits as long.
const ROOM_WITHIN: Duration = Duration::from_secs(10);
/// Cursors told on at most, of one connection in one second.
const PRESENCE_MAX: u32 = 10;
/// Characters of a document's name.
const DOCUMENT_MAX: usize = 160;

type Answer = Result<ServerMessage, StorageError>;

/// A message, and the room that it takes until it is answered.
struct Ahead {
    ops: Vec<Submission>,
    room: OwnedSemaphorePermit,
}

/// One connection's way into the library. Ends with the connection; what was not answered comes again.
pub(super) struct Intake {
    storage: Storage,
    turns: Arc<Semaphore>,
    device: Device,
    /// Made by the first message: most desktops write nothing for as long as they are connected, and its queues are
    /// larger than everything else that a connection keeps.
    lane: Option<Lane>,
    /// A message that there is no room for yet, its bytes, and since when.
    held: Option<(Vec<Submission>, u32, Instant)>,
}

struct Lane {
    submitted: mpsc::Sender<Ahead>,
    answers: mpsc::Receiver<Answer>,
    /// Bytes.
    room: Arc<Semaphore>,
}

impl Intake {
    pub(super) fn new(storage: Storage, turns: Arc<Semaphore>, device: Device) -> Self {
        Self { storage, turns, device, lane: None, held: None }
    }

    /// Takes a message of so many bytes. Without room for it, it is held, and no other one may come before
    /// [`Next::Room`].
    pub(super) fn submit(&mut self, ops: Vec<Submission>, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(AHEAD_BYTES);
        let lane = self.lane.get_or_insert_with(|| {
            let (submitted, queue) = mpsc::channel(AHEAD_MAX);
            let (answer, answers) = mpsc::channel(AHEAD_MAX);
            let (storage, turns, device) = (self.storage.clone(), self.turns.clone(), self.device.clone());
            tokio::spawn(take_in(storage, turns, device, queue, answer));
            Lane { submitted, answers, room: Arc::new(Semaphore::new(AHEAD_BYTES as usize)) }
        });
        let room = lane.room.clone().try_acquire_many_owned(bytes);
        match (lane.submitted.try_reserve(), room) {
            (Ok(place), Ok(room)) => place.send(Ahead { ops, room }),
            _ => self.held = Some((ops, bytes, Instant::now())),
        }
    }

    /// Whether a message is held.
    pub(super) fn is_full(&self) -> bool {
        self.held.is_some()
    }

    /// What happens next. Never ends before the connection does; may be broken off.
    pub(super) async fn next(&mut self) -> Next {
        let Some(lane) = &mut self.lane else { return std::future::pending().await };
        let answered = async {
            match lane.answers.recv().await {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        };
        let Some((_, bytes, since)) = self.held else { return Next::Answer(answered.await) };
        let room =
            async { (lane.room.clone().acquire_many_owned(bytes).await, lane.submitted.reserve().await) };
        tokio::select! {
            biased;
            answer = answered => Next::Answer(answer),
            (room, place) = room => {
                // Nobody takes in any more when the connection is being cut.
                if let (Ok(room), Ok(place), Some((ops, ..))) = (room, place, self.held.take()) {
                    place.send(Ahead { ops, room });
                }
                Next::Room
            }
            () = tokio::time::sleep_until(since + ROOM_WITHIN) => Next::TooFarAhead,
        }
    }
}

/// What a connection hears from its intake.
pub(super) enum Next {
    Answer(Answer),
    /// The message that was held is taken: listen again.
    Room,
    /// There was none for too long.
    TooFarAhead,
}

async fn take_in(
    storage: Storage,
    turns: Arc<Semaphore>,
    device: Device,
    mut queue: mpsc::Receiver<Ahead>,
    answers: mpsc::Sender<Answer>,
) {
    while let Some(Ahead { ops, room: _until_answered }) = queue.recv().await {
        let mut ops = ops.into_iter().peekable();
        while let Some(writer) = ops.peek().map(|s| s.op.id.writer) {
            let (mut change, mut updates) = (Vec::new(), 0);
            let mut fits = |s: &Submission| {
                updates += update_len(s);
                s.op.id.writer == writer && updates <= UPDATES_MAX
            };
            while change.len() < CHANGE_MAX
                && let Some(next) = ops.next_if(|s| fits(s) || change.is_empty())
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

/// As base64.
fn update_len(submission: &Submission) -> usize {
    submission.op.change.get("update").and_then(serde_json::Value::as_str).map_or(0, str::len)
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
        if about(&presence).is_some_and(|incident| shared.sight.is_hidden(incident, &device.person)) {
            return;
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
    let (person, about) = (device.person.clone(), about(&presence));
    let message = ServerMessage::Presence { person, name: name.to_owned(), device: device.id, presence };
    let about = about.into_iter().collect();
    let frame = Frame { but: Some(device.id), about, ..Frame::aside(&message) };
    // Nobody else is connected.
    let _nobody = shared.frames.send(frame);
}

/// The incident whose text it is, `postmortem/<uuid>#summary`.
fn about(presence: &Presence) -> Option<IncidentId> {
    let (kind, rest) = presence.document.split_once('/')?;
    let id = rest.split('#').next()?.parse().ok()?;
    RecordId { kind: kind.to_owned(), id }.about()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::testing::{Desktop, incident_id, note, with_team};
    use crate::storage::DatabaseUrl;
    use std::task::{Context, Poll, Waker};

    fn is_waiting(intake: &mut Intake) -> bool {
        let next = std::pin::pin!(intake.next());
        matches!(next.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending)
    }

    #[tokio::test]
    async fn four_megabytes_wait_for_the_writer_and_the_next_message_for_room() {
        let storage = with_team(&DatabaseUrl::Memory).await;
        let mut ana = Desktop::of(&storage, "ana").await;
        let message = vec![ana.write(&note(incident_id(1), "of an incident that nobody knows"))];
        let turns = Arc::new(Semaphore::new(0));
        let mut intake = Intake::new(storage, turns.clone(), ana.device);
        for _ in 0..2 {
            intake.submit(message.clone(), 2 << 20);
            assert!(!intake.is_full() && is_waiting(&mut intake));
        }
        intake.submit(message, 100);
        assert!(intake.is_full() && is_waiting(&mut intake));
        if let Some((_, _, since)) = &mut intake.held {
            *since -= ROOM_WITHIN;
        }
        assert!(matches!(intake.next().await, Next::TooFarAhead));
        turns.add_permits(1);
        let (mut answers, mut found_room) = (0, 0);
        while answers < 3 {
            match intake.next().await {
                Next::Answer(answer) => answers += usize::from(answer.is_ok()),
                Next::Room => found_room += 1,
                Next::TooFarAhead => tokio::task::yield_now().await,
            }
        }
        assert!(found_room == 1 && !intake.is_full());
    }
}
