//! What a shell holds: one responder's computer, running.

mod membership;
pub(crate) mod shelf;

use crate::attachments::Attachments;
use crate::clock::Clock;
use crate::computer::{bus_session, computer_name};
use crate::desk::{Desk, TrayState};
use crate::gather::Gathering;
use crate::host::Host;
use crate::keychain::Keychain;
use crate::notice::Notice;
use crate::pager::{AskError, ConnectionWords, Moment, Output, Responder};
use crate::postmortem::Language;
use crate::rest::Server;
use crate::room::NoNews;
use crate::runs::Runs;
use crate::session::Signal;
use crate::words::{error, of_ask, of_store};
use crate::{attachments, commands, session, tls, vault};
use firebell_domain::team::Team;
use firebell_domain::{IncidentId, Instant, PageId, PersonId, RaiseId};
use firebell_protocol::sync::{ClientMessage, PageRequest};
use firebell_protocol::window::{Change, Place, Settings, Stage, WindowError, WindowState};
use firebell_store::{Notification, StoreError};
use shelf::Shelf;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// One profile's core. Made by [`ClientApp::start`] inside a tokio runtime; cheap to share.
pub struct ClientApp {
    pub(crate) me: Weak<ClientApp>,
    pub(crate) profile: String,
    pub(crate) data_dir: PathBuf,
    pub(crate) keychain: Arc<dyn Keychain>,
    pub(crate) host: Arc<dyn Host>,
    pub(crate) clock: Clock,
    pub(crate) signals: mpsc::UnboundedSender<Signal>,
    pub(crate) shelf: Shelf,
    pub(crate) attachments: Attachments,
    pub(crate) no_news: NoNews,
    pub(crate) language: Language,
    pub(crate) gathering: Gathering,
    pub(crate) runs: Runs,
    state: Mutex<State>,
    desk: watch::Sender<Desk>,
    changes: broadcast::Sender<Change>,
    notices: (mpsc::UnboundedSender<Notice>, Mutex<Option<mpsc::UnboundedReceiver<Notice>>>),
    overdue: watch::Sender<Vec<Notice>>,
}

pub(crate) struct State {
    /// `None` until keychain and store are open.
    pub responder: Option<Responder>,
    pub cannot_page: String,
    pub token: Option<String>,
    pub connection: ConnectionWords,
    pub outgoing: Option<mpsc::UnboundedSender<ClientMessage>>,
}

impl ClientApp {
    /// Opens keychain and store (again and again, if need be) and keeps the connection. Returns at once.
    pub fn start(
        profile: &str,
        data_dir: &Path,
        keychain: Arc<dyn Keychain>,
        host: Arc<dyn Host>,
    ) -> Arc<Self> {
        let (signals, heard) = mpsc::unbounded_channel();
        let (shelf, told) = Shelf::new();
        let (say, said) = mpsc::unbounded_channel();
        let app = Arc::new_cyclic(|me| Self {
            me: me.clone(),
            profile: profile.to_owned(),
            data_dir: data_dir.to_owned(),
            keychain,
            host,
            clock: Clock::start(),
            signals,
            shelf,
            attachments: Attachments::new(),
            no_news: NoNews::default(),
            language: Language::default(),
            gathering: Gathering::default(),
            runs: Runs::default(),
            state: Mutex::new(State {
                responder: None,
                cannot_page: "Firebell is starting.".into(),
                token: None,
                connection: ConnectionWords::default(),
                outgoing: None,
            }),
            desk: watch::Sender::new(Desk::closed(TrayState::CannotPage, "Firebell is starting.")),
            changes: broadcast::Sender::new(256),
            notices: (say, Mutex::new(Some(said))),
            overdue: watch::Sender::new(vec![]),
        });
        tokio::spawn(session::run(Arc::downgrade(&app), heard));
        tokio::spawn(session::tick(Arc::downgrade(&app)));
        tokio::spawn(attachments::run(Arc::downgrade(&app)));
        let weak = Arc::downgrade(&app);
        let library =
            std::thread::Builder::new().name("library".into()).spawn(move || shelf::run(&weak, &told));
        if let Err(e) = library {
            // Nothing is taken in then; pages are not concerned.
            tracing::error!(error = %e, "no thread for the library");
        }
        app
    }

    /// The desk as it should be now, and every later one. Let go of what `borrow` gives before calling anything
    /// else here: a desk is published while the core is locked.
    pub fn desk(&self) -> watch::Receiver<Desk> {
        self.desk.subscribe()
    }

    /// What windows are told. One that lags asks for everything again.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// What the person is told, in order, from the start on. For one shell: `None` for whoever asks second.
    pub fn notices(&self) -> Option<mpsc::UnboundedReceiver<Notice>> {
        self.notices.1.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take()
    }

    /// Updates that are overdue and ring here, because no server can ring for them.
    pub fn overdue(&self) -> watch::Receiver<Vec<Notice>> {
        self.overdue.subscribe()
    }

    /// The person has heard that this incident's update is overdue.
    pub fn overdue_heard(&self, incident: IncidentId) -> Result<(), WindowError> {
        self.write(|library, at| library.overdue_heard(incident, at))
    }

    pub(crate) fn say(&self, notice: Notice) {
        // Nobody shows notices here.
        let _unheard = self.notices.0.send(notice);
    }

    pub(crate) fn overdue_is(&self, overdue: Vec<Notice>) {
        self.overdue.send_replace(overdue);
    }

    /// One command of the table.
    pub async fn call(&self, name: &str, args: serde_json::Value) -> Result<serde_json::Value, WindowError> {
        let answer = self.call_text(name, args).await?;
        serde_json::from_str(&answer).map_err(|e| error("store", format!("The answer cannot be read: {e}.")))
    }

    /// The same, with its answer as JSON text: for a shell, which only hands it on.
    pub async fn call_text(&self, name: &str, args: serde_json::Value) -> Result<String, WindowError> {
        match self.me.upgrade() {
            Some(app) => commands::call(app, name, args).await,
            None => Err(error("store", "Firebell is closing; start it again.")),
        }
    }

    /// Asks something of a page. It is on this disk when this returns; the counter names it.
    pub fn ask(&self, page: PageId, request: PageRequest) -> Result<u64, WindowError> {
        self.step(|r, at| r.ask(page, request, at).map_err(of_ask))
    }

    pub fn question_repeat(&self, counter: u64) -> Result<u64, WindowError> {
        self.step(|r, at| r.question_repeat(counter, at).map_err(of_ask))
    }

    pub fn question_dismiss(&self, counter: u64) -> Result<(), WindowError> {
        self.stepped(|r, at| r.question_dismiss(counter, at))
    }

    /// The notification server took it, or the pager window is on the screen.
    pub fn presented(&self, raise: &RaiseId) -> Result<(), WindowError> {
        self.stepped(|r, at| r.presented(raise, at))
    }

    /// The person moved to the page: focus or a click.
    pub fn seen(&self, page: PageId) -> Result<(), WindowError> {
        self.stepped(|r, at| r.seen(page, at))
    }

    /// The person has heard the alarm of an unreachable desktop.
    pub fn alarm_quiet(&self) -> Result<(), WindowError> {
        self.stepped(|r, at| Ok::<_, StoreError>(r.alarm_quiet(at)))
    }

    pub fn settings(&self) -> Settings {
        self.lock().responder.as_ref().map(|r| r.settings().clone()).unwrap_or_default()
    }

    pub(crate) fn settings_set(&self, settings: Settings) -> Result<(), WindowError> {
        self.stepped(|r, at| r.settings_set(settings, at))
    }

    /// Back from sleep, or the network changed: connect now.
    pub fn wake(&self) {
        self.signal(Signal::Wake);
    }

    /// Tells the team that this computer can no longer be reached. Waits 2 s at most, and 3 s more while commands run;
    /// nothing is sent afterwards.
    pub async fn sign_off(&self) {
        self.runs.stop_all().await;
        // What was typed in the last moment is written down first.
        if let Err(e) = self.write(|library, at| library.flush(at)) {
            tracing::info!(words = e.words, "nothing was written down at the end");
        }
        let (done, told) = oneshot::channel();
        self.signal(Signal::SignOff(done));
        let _ = tokio::time::timeout(std::time::Duration::from_secs(2), told).await;
    }

    /// Joins by a link that was clicked, under this computer's name.
    pub async fn join_link(&self, link: &str) -> Result<(), WindowError> {
        self.call("enrol", serde_json::json!({ "link": link, "device_name": computer_name() }))
            .await
            .map(drop)
    }

    /// Tells the main window where to go.
    pub fn show(&self, place: Place) {
        self.tell(Change::Show { place });
    }

    /// Remembers the notification that stands for a raise. `daemon`: the notification daemon's unique bus name.
    pub fn notified(&self, raise: &RaiseId, daemon: String, id: u32) -> Result<(), WindowError> {
        let notification = Notification { daemon, session: bus_session(), id };
        self.stepped(|r, _| r.notified(raise, notification).map(|()| vec![]))
    }

    /// The notification of a page (daemon, id), if it is of this session: a restarted shell closes it. The caller
    /// compares the daemon's name with the one that owns the bus name now.
    pub fn notification_of(&self, page: PageId) -> Option<(String, u32)> {
        let state = self.lock();
        let n = state.responder.as_ref()?.notification_of(page)?;
        (n.session == bus_session()).then(|| (n.daemon.clone(), n.id))
    }

    pub(crate) fn window(&self) -> WindowState {
        let state = self.lock();
        let at = self.clock.moment();
        if let Some(responder) = &state.responder {
            let mut window = responder.window(&self.profile, &state.connection, at);
            drop(state);
            if window.me.is_none() {
                window.me = self.alone();
            }
            return window;
        }
        WindowState {
            now: at.now,
            profile: self.profile.clone(),
            stage: Stage::CannotPage { words: state.cannot_page.clone() },
            connection: firebell_protocol::window::Connection {
                state: firebell_protocol::window::ConnectionState::Offline,
                since: at.now,
                server: None,
                words: String::new(),
                unreachable_alarm: false,
            },
            me: None,
            team: None,
            shifts: vec![],
            on_call: vec![],
            pages: vec![],
            questions: vec![],
            queued: 0,
            paging_held: false,
            settings: Settings::default(),
            clock_offset_ms: 0,
        }
    }

    /// The server as this device, for REST.
    pub(crate) fn server(&self) -> Result<Server, WindowError> {
        let state = self.lock();
        let identity = state.responder.as_ref().and_then(|r| r.identity());
        let (Some(identity), Some(token)) = (identity, &state.token) else {
            return Err(error(
                "refused",
                "This computer is signed out. Join a team with an invite link first.",
            ));
        };
        Ok(Server { http: http()?, base: identity.server.clone(), token: Some(token.clone()) })
    }

    pub(crate) fn signal(&self, signal: Signal) {
        // Nobody listens only when the runtime is shutting down.
        let _ = self.signals.send(signal);
    }

    pub(crate) fn tell(&self, change: Change) {
        // No window is open: nobody to tell.
        let _ = self.changes.send(change);
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Reads from the responder.
    pub(crate) fn read<T>(&self, f: impl FnOnce(&Responder, Moment) -> T) -> Result<T, WindowError> {
        let state = self.lock();
        match &state.responder {
            Some(responder) => Ok(f(responder, self.clock.moment())),
            None => Err(error("keychain", state.cannot_page.clone())),
        }
    }

    /// Whoever works here; `None` when nobody does.
    pub(crate) fn person(&self) -> Option<PersonId> {
        let state = self.lock();
        let member = state.responder.as_ref().and_then(|r| r.identity()).map(|i| i.you.person.clone());
        drop(state);
        member.or_else(|| self.alone().map(|you| you.person))
    }

    /// The team's time, as well as it is known here.
    pub(crate) fn team_time(&self) -> Instant {
        let at = self.clock.moment();
        self.lock().responder.as_ref().map_or(at.now, |r| r.server_time(at))
    }

    /// The team as this computer knows it; `None` alone, and before it heard of it.
    pub(crate) fn team(&self) -> Option<Team> {
        self.lock().responder.as_ref().and_then(|r| r.team()).map(|view| view.team.clone())
    }

    /// Steps the responder and does what follows, in order.
    pub(crate) fn step<T>(
        &self,
        f: impl FnOnce(&mut Responder, Moment) -> Result<(T, Vec<Output>), WindowError>,
    ) -> Result<T, WindowError> {
        self.step_in(&mut self.lock(), f)
    }

    /// [`Self::step`], together with other changes to the state.
    fn step_in<T>(
        &self,
        state: &mut State,
        f: impl FnOnce(&mut Responder, Moment) -> Result<(T, Vec<Output>), WindowError>,
    ) -> Result<T, WindowError> {
        let at = self.clock.moment();
        let Some(responder) = &mut state.responder else {
            return Err(error("keychain", state.cannot_page.clone()));
        };
        let (value, outputs) = f(responder, at)?;
        self.follow(state, outputs);
        Ok(value)
    }

    pub(crate) fn stepped<E: Into<AskError>>(
        &self,
        f: impl FnOnce(&mut Responder, Moment) -> Result<Vec<Output>, E>,
    ) -> Result<(), WindowError> {
        self.step(|r, at| f(r, at).map(|outputs| ((), outputs)).map_err(|e| of_ask(e.into())))
    }

    fn follow(&self, state: &mut State, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(message) => {
                    if let Some(outgoing) = &state.outgoing {
                        // A connection that just ended: the responder hears of it and sends again.
                        let _ = outgoing.send(message);
                    }
                }
                Output::DeskChanged => self.publish(state),
                Output::Changed(change) => self.tell(change),
                Output::Reconnect => self.signal(Signal::Reconnect),
                Output::Revoked { words } => {
                    if let Some(app) = self.me.upgrade() {
                        tokio::spawn(async move {
                            if let Err(e) = app.forget_device(words).await {
                                tracing::error!(error = %e, "the device was revoked and could not be forgotten");
                            }
                        });
                    }
                }
            }
        }
    }

    /// Publishes the desk as the responder sees it.
    pub(crate) fn publish(&self, state: &State) {
        let desk = match &state.responder {
            Some(responder) => responder.desk().clone(),
            None => Desk::closed(TrayState::CannotPage, state.cannot_page.clone()),
        };
        self.desk.send_if_modified(|held| {
            let changed = *held != desk;
            *held = desk;
            changed
        });
    }

    /// Diagnoses and commands need to know where the store is.
    pub(crate) fn store_path(&self) -> PathBuf {
        vault::store_path(&self.data_dir)
    }

    pub(crate) fn library_path(&self) -> PathBuf {
        vault::library_path(&self.data_dir)
    }

    pub(crate) fn store_failed(&self, e: &StoreError) -> String {
        of_store(e).words
    }
}

/// For what is asked of a server at once.
pub(crate) fn http() -> Result<reqwest::Client, WindowError> {
    tls::http().map_err(|e| {
        tracing::error!(error = ?e, "no HTTP client");
        error(
            "offline",
            "This computer cannot make encrypted connections. Restart Firebell, or tell the operator.",
        )
    })
}
