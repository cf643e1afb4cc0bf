//! Where the library stands beside the pager: on a thread and behind a lock of its own, so that paging never waits for
//! a long history to be taken in.

use super::ClientApp;
use crate::library::{Fetch, Library, LibraryError, Output};
use crate::rest::Server;
use crate::session::Signal;
use crate::words::{error, of_library, of_store};
use firebell_domain::DeviceId;
use firebell_domain::team::Role;
use firebell_log::WriterId;
use firebell_protocol::library::SyncState;
use firebell_protocol::sync::{ClientMessage, LogChunk, ServerMessage, You};
use firebell_protocol::window::{Change, WindowError};
use firebell_store::StoreError;
use firebell_store::library::{Alone, Queries, Readers};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak, mpsc};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// What was typed is on the disk this long after the first key, at the latest.
const TEXT_EVERY: Duration = Duration::from_millis(300);
const IDLE: Duration = Duration::from_secs(5);
/// After something could not be taken in, a new connection is made this much later, so that a full disk does not cut the
/// pager's connection all the time; milliseconds.
const RECONNECT_MS: u64 = 30_000;
/// Operations asked for at once.
const CHUNK: u32 = 4_000;

/// What the library's thread is told.
pub(crate) enum Event {
    /// A message of the server, on this connection.
    Heard(Box<ServerMessage>, UnboundedSender<ClientMessage>),
    Disconnected,
    Fetched(Fetch, Option<Box<LogChunk>>),
    /// Something was typed: look at the clock.
    Typed,
    /// Signed out.
    Purge,
    /// The library is open, or will not be.
    Opened,
}

/// What the lock is about.
pub(crate) struct Held {
    library: Option<Library>,
    /// Why there is none, in words.
    words: String,
    /// It is still being opened: what is told meanwhile is kept for it.
    opening: bool,
    early: Vec<Event>,
    /// Everything is to be deleted, and was not yet.
    purge: bool,
    /// After something could not be taken in: when to connect anew, in milliseconds awake.
    reconnect_at_ms: Option<u64>,
    /// The connection that has welcomed us.
    outgoing: Option<UnboundedSender<ClientMessage>>,
}

/// What others may know at any time, also while a long part of the log is being taken in.
#[derive(Clone, Default)]
struct Known {
    writer: Option<WriterId>,
    readers: Option<Readers>,
    alone: Option<Alone>,
}

pub(crate) struct Shelf {
    held: Mutex<Held>,
    known: Mutex<Known>,
    events: mpsc::Sender<Event>,
    runtime: tokio::runtime::Handle,
}

impl Shelf {
    /// Inside a tokio runtime. The receiver belongs to [`run`].
    pub(crate) fn new() -> (Self, mpsc::Receiver<Event>) {
        let (events, told) = mpsc::channel();
        let held = Held {
            library: None,
            words: "The library is being opened.".into(),
            opening: true,
            early: vec![],
            purge: false,
            reconnect_at_ms: None,
            outgoing: None,
        };
        let runtime = tokio::runtime::Handle::current();
        (Self { held: Mutex::new(held), known: Mutex::default(), events, runtime }, told)
    }

    pub(crate) fn tell(&self, event: Event) {
        // The thread ends only with the app.
        let _ended = self.events.send(event);
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who writes on this computer. Waits for nothing: a connection says it first.
    pub(crate) fn writer(&self) -> Option<WriterId> {
        self.known().writer
    }

    /// After every step of the library.
    fn make_known(&self, library: &Library) {
        let store = library.store();
        *self.known() =
            Known { writer: Some(library.writer()), readers: store.readers(), alone: store.alone().cloned() };
    }
}

impl ClientApp {
    /// The library is open, or why it is not.
    pub(crate) fn library_opened(&self, opened: Result<Library, String>) {
        {
            let mut held = self.shelf.lock();
            held.opening = false;
            match opened {
                Ok(library) => {
                    self.shelf.make_known(&library);
                    held.library = Some(library);
                }
                Err(words) => {
                    tracing::error!(words, "the library cannot be opened; pages are not concerned");
                    held.words = words;
                }
            }
        }
        self.shelf.tell(Event::Opened);
        self.tell(Change::Library);
        self.tell(Change::Sync);
    }

    /// Reads from the library, on a connection that waits for nobody's write.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Queries) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, WindowError> {
        let Some(readers) = self.shelf.known().readers.clone() else {
            let words = self.shelf.lock().words.clone();
            return Err(error("store", words));
        };
        let read = tokio::task::spawn_blocking(move || readers.read(f)).await;
        match read {
            Ok(read) => read.map_err(|e| of_store(&e)),
            Err(_) => Err(error("store", "The library could not be read; the log says why. Try again.")),
        }
    }

    /// Who works here without a team, as the window knows people.
    pub(crate) fn alone(&self) -> Option<You> {
        let alone = self.shelf.known().alone.clone()?;
        // Nobody pages a computer without a team, so it has no name as a device.
        let device = DeviceId(uuid::Uuid::nil());
        Some(You { person: alone.person, name: alone.name, role: Role::Responder, device })
    }

    pub(crate) fn sync_state(&self) -> Result<SyncState, WindowError> {
        let held = self.shelf.lock();
        match &held.library {
            Some(library) => library.sync_state().map_err(|e| of_store(&e)),
            None => Ok(SyncState { notice: Some(held.words.clone()), ..SyncState::default() }),
        }
    }

    /// Steps the library and does what follows.
    pub(crate) fn write<T>(
        &self,
        f: impl FnOnce(&mut Library, crate::pager::Moment) -> Result<(T, Vec<Output>), LibraryError>,
    ) -> Result<T, WindowError> {
        let at = self.clock.moment();
        let mut held = self.shelf.lock();
        let Some(library) = &mut held.library else { return Err(error("store", held.words.clone())) };
        let stepped = f(library, at).map_err(of_library);
        self.shelf.make_known(library);
        let (value, outputs) = stepped?;
        self.follow_library(&held, outputs);
        Ok(value)
    }

    /// As [`Self::write`], for commands: other tasks go on meanwhile.
    pub(crate) async fn written<T: Send + 'static>(
        self: Arc<Self>,
        f: impl FnOnce(&mut Library, crate::pager::Moment) -> Result<(T, Vec<Output>), LibraryError>
        + Send
        + 'static,
    ) -> Result<T, WindowError> {
        let written = tokio::task::spawn_blocking(move || self.write(f)).await;
        written.unwrap_or_else(|_| {
            Err(error("store", "The library could not be written; the log says why. Try again."))
        })
    }

    fn follow_library(&self, held: &Held, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(message) => {
                    if let Some(outgoing) = &held.outgoing {
                        // A connection that just ended: it is sent again on the next one.
                        let _gone = outgoing.send(message);
                    }
                }
                Output::Fetch(fetch) => self.fetch(fetch),
                Output::Changed(change) => self.tell(change),
                Output::Notice(notice) => self.say(*notice),
                Output::Overdue(overdue) => self.overdue_is(overdue),
            }
        }
    }

    fn fetch(&self, fetch: Fetch) {
        let server = self.server();
        let events = self.shelf.events.clone();
        self.shelf.runtime.spawn(async move {
            let chunk = match server {
                Ok(server) => chunk(&server, fetch).await,
                Err(e) => Err(e),
            };
            if let Err(e) = &chunk {
                tracing::info!(words = e.words, "a part of the log could not be fetched");
            }
            let _ended = events.send(Event::Fetched(fetch, chunk.ok().map(Box::new)));
        });
    }
}

async fn chunk(server: &Server, fetch: Fetch) -> Result<LogChunk, WindowError> {
    let path = match fetch {
        Fetch::Open => "/api/v1/log/open".to_owned(),
        Fetch::History(wanted) => {
            format!("/api/v1/log/incident/{}?after={}&limit={CHUNK}", wanted.incident, wanted.upto)
        }
        Fetch::OpenEntries => "/api/v1/log/open?entries=true".to_owned(),
        Fetch::Part { after, until } => format!("/api/v1/log?after={after}&until={until}&limit={CHUNK}"),
    };
    server.get(&path).await
}

/// What a library that could not take it in does not hear again before the next connection.
fn decides(message: &ServerMessage) -> bool {
    matches!(
        message,
        ServerMessage::Welcome(_) | ServerMessage::Answers { .. } | ServerMessage::Operations { .. }
    )
}

/// The library's thread: ends with the app.
pub(crate) fn run(app: &Weak<ClientApp>, events: &mpsc::Receiver<Event>) {
    let mut wait = IDLE;
    loop {
        let event = match events.recv_timeout(wait) {
            Ok(event) => Some(event),
            Err(mpsc::RecvTimeoutError::Timeout) => None,
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        };
        let Some(app) = app.upgrade() else { return };
        wait = step(&app, event);
    }
}

/// One event; how long the next one may be waited for.
fn step(app: &Arc<ClientApp>, event: Option<Event>) -> Duration {
    let mut held = app.shelf.lock();
    if held.opening {
        held.early.extend(event);
        return IDLE;
    }
    let mut wait = IDLE;
    for event in std::mem::take(&mut held.early).into_iter().map(Some).chain([event]) {
        wait = take(app, &mut held, event);
    }
    wait
}

fn take(app: &Arc<ClientApp>, held: &mut Held, event: Option<Event>) -> Duration {
    let at = app.clock.moment();
    let Some(library) = &mut held.library else { return IDLE };
    let decisive = matches!(&event, Some(Event::Heard(m, _)) if decides(m));
    let outputs = match event {
        Some(Event::Heard(message, outgoing)) => {
            let mut era = None;
            if let ServerMessage::Welcome(welcome) = &*message {
                held.outgoing = Some(outgoing);
                era = Some(welcome.era);
            }
            let heard = library.on_message(&message, at);
            if let (Some(era), Ok(_)) = (era, &heard) {
                app.attachments.welcomed(era);
            }
            heard
        }
        Some(Event::Disconnected) => {
            held.outgoing = None;
            app.attachments.disconnected();
            Ok(library.on_disconnected(at))
        }
        Some(Event::Fetched(fetch, Some(chunk))) => {
            if let Some(next) = library.fetch_ahead(fetch, &chunk) {
                app.fetch(next);
            }
            library.on_chunk(fetch, *chunk, at)
        }
        Some(Event::Fetched(fetch, None)) => Ok(library.on_no_chunk(fetch, at)),
        Some(Event::Purge) => {
            held.outgoing = None;
            app.attachments.disconnected();
            held.purge = true;
            Ok(vec![])
        }
        Some(Event::Typed | Event::Opened) | None => Ok(vec![]),
    };
    let ticked = outputs.and_then(|mut outputs| {
        if held.purge {
            // Tried until it is done: what was the team's must not stay because a disk was full.
            outputs.extend(library.purge()?);
            app.attachments.purge()?;
            held.purge = false;
        }
        outputs.extend(library.tick(at)?);
        Ok(outputs)
    });
    let busy = library.is_typing();
    app.shelf.make_known(library);
    match ticked {
        Ok(mut outputs) => {
            if library.set_trouble(None) {
                outputs.push(Output::Changed(Change::Sync));
            }
            app.follow_library(held, outputs);
        }
        // Nothing was taken in: what was told comes again with the next connection, what was asked by the next tick.
        Err(e) => {
            tracing::error!(error = %e, "the library could not take something in");
            library.set_trouble(Some(of_store(&e).words));
            let outputs = library.on_trouble(at);
            if decisive {
                // It is not said again on this connection.
                held.reconnect_at_ms = Some(at.awake_ms + RECONNECT_MS);
            }
            app.follow_library(held, outputs);
        }
    }
    if held.reconnect_at_ms.is_some_and(|then| at.awake_ms >= then) {
        held.reconnect_at_ms = None;
        app.signal(Signal::Reconnect);
    }
    if busy { TEXT_EVERY } else { IDLE }
}
