//! Telling desktops: every operation, in order, to every device that is connected to this node.
//!
//! The log is the truth: a socket follows it from the desktop's cursor. What a commit hands over directly only
//! saves a read; a gap (another node committed) is read from the database.

pub mod follow;
mod frames;
mod library;
mod liveness;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod private;
mod sight;
mod socket;
mod tail;
mod view;
mod websocket;

pub use socket::sync;
pub use view::team_view;

use crate::clock::Clock;
use crate::engine::Engine;
use crate::storage::{Committed, Storage};
use firebell_domain::{DeviceId, IncidentId, PersonId, RaiseId};
use firebell_log::Operation;
use firebell_protocol::sync::ServerMessage;
use sight::Sight;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, broadcast, mpsc};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::sync::CancellationToken;

/// Frames a slow socket may be behind before it is closed and has to catch up from the log.
const BEHIND_MAX: usize = 1_024;

/// Something for every socket, made text once.
#[derive(Clone)]
struct Frame {
    /// First and last place of the operations in it; `None` for what is not in the log.
    places: Option<(u64, u64)>,
    text: Utf8Bytes,
    /// Whom it rings.
    raises: Arc<[RaiseId]>,
    /// Whose word it is: not told to them.
    but: Option<DeviceId>,
    /// The incidents that it says something about.
    about: Arc<[IncidentId]>,
    /// The same places for whoever sees none of the private incidents among them.
    outside: Option<Outside>,
}

/// A frame without what is private in it.
#[derive(Clone)]
struct Outside {
    private: Arc<[IncidentId]>,
    text: Utf8Bytes,
}

impl Frame {
    /// Something that is not in the log.
    fn aside(message: &ServerMessage) -> Self {
        let text = text(message);
        Self { places: None, text, raises: [].into(), but: None, about: [].into(), outside: None }
    }

    /// As this person may hear it now; `None`: it has to be put together for them alone.
    fn told_to(&self, person: &PersonId, sight: &Sight) -> Option<&Utf8Bytes> {
        let hidden: Vec<IncidentId> =
            self.about.iter().filter(|incident| sight.is_hidden(**incident, person)).copied().collect();
        if hidden.is_empty() {
            return Some(&self.text);
        }
        self.outside.as_ref().filter(|outside| *outside.private == *hidden).map(|outside| &outside.text)
    }
}

/// Why a socket is closed from this side.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Revoked,
    /// The same device connected again.
    Replaced,
}

struct Connected {
    number: u64,
    cut: mpsc::Sender<Cut>,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct PushHub {
    shared: Arc<Shared>,
}

struct Shared {
    storage: Storage,
    engine: Engine,
    clock: Arc<dyn Clock>,
    frames: broadcast::Sender<Frame>,
    connected: Mutex<HashMap<DeviceId, Connected>>,
    answers: liveness::Answers,
    sight: Sight,
    /// Who may hand the library's operations to the writer.
    library: Arc<Semaphore>,
    stop: CancellationToken,
}

/// Where commits are handed to the hub; made before the storage, which needs it.
pub struct Commits {
    sender: mpsc::UnboundedSender<Committed>,
    sight: Sight,
    receiver: mpsc::UnboundedReceiver<Committed>,
}

impl Default for Commits {
    fn default() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self { sender, sight: Sight::default(), receiver }
    }
}

impl Commits {
    /// To be called with every commit, in order.
    pub fn listener(&self) -> impl Fn(&Committed) + Send + use<> {
        let (sender, sight) = (self.sender.clone(), self.sight.clone());
        move |committed| {
            // Before whoever asked for it is answered: what is sent from then on is sent to those who may see it.
            sight.hear(committed);
            if !committed.operations.is_empty() {
                // Without a hub (command line) nobody listens.
                let _nobody = sender.send(committed.clone());
            }
        }
    }
}

impl PushHub {
    /// Starts following the log. `hints`: another node's commits, for PostgreSQL.
    pub fn start(
        storage: Storage,
        engine: Engine,
        clock: Arc<dyn Clock>,
        commits: Commits,
        hints: Option<mpsc::UnboundedReceiver<()>>,
        stop: CancellationToken,
    ) -> Self {
        let (frames, _) = broadcast::channel(BEHIND_MAX);
        let shared = Arc::new(Shared {
            storage,
            engine,
            clock,
            frames,
            connected: Mutex::default(),
            answers: liveness::Answers::default(),
            sight: commits.sight,
            library: Arc::new(Semaphore::new(library::AT_ONCE)),
            stop,
        });
        tokio::spawn(tail::follow(shared.clone(), commits.receiver, hints));
        tokio::spawn(liveness::keep(shared.clone()));
        Self { shared }
    }

    /// How many desktops are connected to this node.
    pub fn connected(&self) -> usize {
        self.shared.connected().len()
    }

    /// Cuts a revoked device's connection, at once.
    pub fn cut(&self, device: DeviceId) {
        if let Some(connected) = self.shared.connected().get(&device) {
            // Full: it is being cut already.
            let _already = connected.cut.try_send(Cut::Revoked);
        }
    }
}

impl Shared {
    fn connected(&self) -> std::sync::MutexGuard<'_, HashMap<DeviceId, Connected>> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message as the text of a frame.
fn text(message: &ServerMessage) -> Utf8Bytes {
    // Every message is made of maps with text keys, which JSON can always write.
    serde_json::to_string(message)
        .map_or_else(|_| Utf8Bytes::from_static("{\"type\":\"unknown\"}"), Utf8Bytes::from)
}

fn raises_in(operations: &[Operation]) -> Vec<RaiseId> {
    use firebell_domain::page::PageEvent;
    use firebell_log::OperationBody;
    let mut found = Vec::new();
    for operation in operations {
        let OperationBody::Page { page, events, .. } = &operation.body else { continue };
        for event in events {
            if let PageEvent::Stepped { round, step, raised, .. } = event {
                found.extend(raised.iter().map(|r| RaiseId {
                    page: *page,
                    round: *round,
                    step: *step,
                    person: r.person.clone(),
                }));
            }
        }
    }
    found
}

fn of_person(raises: &[RaiseId], person: &PersonId) -> Vec<RaiseId> {
    raises.iter().filter(|r| &r.person == person).cloned().collect()
}
