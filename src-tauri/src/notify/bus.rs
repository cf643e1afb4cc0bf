//! The notifier over D-Bus (`org.freedesktop.Notifications`).
//!
//! One connection for all notifications. It listens before it first speaks, so that a daemon's quick answer
//! cannot be missed, and it watches who owns the daemon's name.

use super::board::{Action, Board};
use super::notices::{Notice, Notices, Say};
use super::{DaemonHealth, Notifier, Screen, Told, Wanted, escape, tidy};
use crate::words;
use firebell_protocol::PageId;
use futures_util::StreamExt;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};
use zbus::message::Type;
use zbus::names::{BusName, OwnedUniqueName, WellKnownName};
use zbus::zvariant::Value;
use zbus::{Connection, MatchRule, Message, MessageStream, connection, fdo};

const NAME: &str = "org.freedesktop.Notifications";
const BUS: &str = "org.freedesktop.DBus";
const PATH: &str = "/org/freedesktop/Notifications";
/// The reason of `NotificationClosed` that names the person.
const DISMISSED: u32 = 2;
/// A daemon that does not answer within this is treated as absent; the alarm and the pager window go on.
const PATIENCE: Duration = Duration::from_secs(5);
/// A storm of alerts is counted on the screen this often.
const REWORD_EVERY: Duration = Duration::from_secs(1);
/// How soon a failed daemon is asked again while something rings.
const AGAIN: Duration = Duration::from_secs(5);

/// Starts the notifier on the session bus, or on the bus at `address`. Must be called inside the runtime.
pub fn start(address: Option<String>) -> Notifier {
    let (screen, wanted) = watch::channel(Screen::default());
    let (tell, told) = mpsc::unbounded_channel();
    let (healthy, health) = watch::channel(DaemonHealth::Unknown);
    let (notices, said) = mpsc::unbounded_channel();
    tokio::spawn(keep_running(address, wanted, said, tell, healthy));
    Notifier { screen, notices, told, health }
}

/// A lost bus is connected to again for as long as somebody wants notifications.
async fn keep_running(
    address: Option<String>,
    mut wanted: watch::Receiver<Screen>,
    mut said: mpsc::UnboundedReceiver<Notice>,
    mut tell: mpsc::UnboundedSender<Told>,
    mut healthy: watch::Sender<DaemonHealth>,
) {
    let (mut board, mut notices) = (Board::default(), Notices::default());
    loop {
        match Bus::connect(address.as_deref()).await {
            Ok(bus) => {
                let reword_from = Instant::now();
                let mut hand = Hand { bus, board, notices, wanted, said, tell, healthy, reword_from };
                let ended = hand.run().await;
                Hand { board, notices, wanted, said, tell, healthy, .. } = hand;
                if ended == Ended::NobodyWants {
                    return;
                }
                board.daemon_is(None);
                notices.daemon_is(None);
            }
            Err(error) => {
                if *healthy.borrow() == DaemonHealth::Unknown {
                    tracing::warn!(%error, "no session bus: pages are shown in the pager window only");
                }
                healthy.send_replace(DaemonHealth::Absent { words: error.to_string() });
            }
        }
        tokio::select! {
            gone = tell.closed() => return gone,
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}

/// One connection, and everything it hears in the order it was said.
struct Bus {
    connection: Connection,
    /// Tells the unique names of this bus from those of an earlier one: both count from `:1.0`.
    guid: String,
    heard: mpsc::UnboundedReceiver<Message>,
    owner: Option<OwnedUniqueName>,
}

impl Bus {
    async fn connect(address: Option<&str>) -> zbus::Result<Self> {
        let connection = match address {
            Some(address) => connection::Builder::address(address)?.build().await?,
            None => connection::Builder::session()?.build().await?,
        };
        let bus = fdo::DBusProxy::new(&connection).await?;
        // One stream of everything, so that what one daemon said last stays before what the next says first.
        // It is read at once into a queue without bounds: a full one would stop the connection, and with it
        // the answer that we might be waiting for.
        let mut stream = MessageStream::from(&connection);
        let (hear, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                if message.message_type() == Type::Signal && hear.send(message).is_err() {
                    return;
                }
            }
        });
        let signals = MatchRule::builder().msg_type(Type::Signal).interface(NAME)?.path(PATH)?.build();
        let owners = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender(BUS)?
            .interface(BUS)?
            .member("NameOwnerChanged")?
            .arg(0, NAME)?
            .build();
        bus.add_match_rule(signals).await?;
        bus.add_match_rule(owners).await?;
        let guid = bus.get_id().await?.to_string();
        let owner = bus.get_name_owner(BusName::WellKnown(WellKnownName::try_from(NAME)?)).await.ok();
        Ok(Self { connection, guid, heard, owner })
    }

    /// Whether the bus knows a daemon that it starts when somebody calls.
    async fn can_start_one(&self) -> bool {
        let names = async { fdo::DBusProxy::new(&self.connection).await?.list_activatable_names().await };
        matches!(timeout(PATIENCE, names).await, Ok(Ok(names)) if names.iter().any(|name| name.as_str() == NAME))
    }

    fn daemon(&self, unique: &str) -> String {
        format!("{}/{unique}", self.guid)
    }

    /// To `to`, or to whoever owns the name (the bus may start one).
    async fn call<B>(&self, to: Option<&str>, method: &str, body: &B) -> Result<Message, String>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let call = self.connection.call_method(Some(to.unwrap_or(NAME)), PATH, Some(NAME), method, body);
        match timeout(PATIENCE, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(words::daemon_is_silent(PATIENCE.as_secs())),
        }
    }
}

/// How the screen is, after an attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Agrees {
    Yes,
    /// Only words are old; they are due then.
    Soon(Instant),
    /// The daemon did not do its part.
    No,
}

impl Agrees {
    /// When to look again without having been told to.
    async fn again(self) {
        match self {
            Agrees::Yes => std::future::pending().await,
            Agrees::Soon(due) => tokio::time::sleep_until(due).await,
            Agrees::No => tokio::time::sleep(AGAIN).await,
        }
    }
}

#[derive(PartialEq, Eq)]
enum Ended {
    NobodyWants,
    BusLost,
}

struct Hand {
    bus: Bus,
    board: Board,
    notices: Notices,
    wanted: watch::Receiver<Screen>,
    said: mpsc::UnboundedReceiver<Notice>,
    tell: mpsc::UnboundedSender<Told>,
    healthy: watch::Sender<DaemonHealth>,
    /// When a notification may be put in other words again.
    reword_from: Instant,
}

impl Hand {
    async fn run(&mut self) -> Ended {
        let owner = self.bus.owner.as_ref().map(|owner| self.bus.daemon(owner));
        self.board.daemon_is(owner);
        self.notices.daemon_is(self.board.daemon());
        let mut agrees = self.make_agree().await;
        let mut is_said = self.say_what_waits().await;
        // After the pages. A daemon can come with the post that needed it, so this is looked at every time.
        let mut known = self.board.daemon().map(str::to_owned);
        self.ask_health().await;
        loop {
            let recovered =
                agrees == Agrees::Yes && matches!(*self.healthy.borrow(), DaemonHealth::Absent { .. });
            if known.as_deref() != self.board.daemon() || (recovered && known.is_some()) {
                known = self.board.daemon().map(str::to_owned);
                self.ask_health().await;
            }
            tokio::select! {
                // What was clicked comes before what is wanted next: the click meant what was on the screen.
                biased;
                message = self.bus.heard.recv() => match message {
                    Some(message) => {
                        if self.hear(&message) {
                            agrees = self.make_agree().await;
                            is_said = self.say_what_waits().await;
                        }
                    }
                    None => return Ended::BusLost,
                },
                changed = self.wanted.changed() => match changed {
                    Ok(()) => agrees = self.make_agree().await,
                    Err(_) => return Ended::NobodyWants,
                },
                () = agrees.again() => agrees = self.make_agree().await,
                // After the pages.
                Some(notice) = self.said.recv() => {
                    self.notices.add(notice);
                    is_said = self.say_what_waits().await;
                }
                () = tokio::time::sleep(AGAIN), if !is_said => is_said = self.say_what_waits().await,
            }
        }
    }

    /// Takes one signal. True when the daemon changed, so that everything must be looked at again.
    fn hear(&mut self, message: &Message) -> bool {
        let header = message.header();
        let member = header.member().map_or("", |member| member.as_str());
        let Some(sender) = header.sender().map(|sender| sender.as_str()) else { return false };
        if sender == BUS && member == "NameOwnerChanged" {
            let Ok((name, _, new)) = message.body().deserialize::<(String, String, String)>() else {
                return false;
            };
            if name != NAME {
                return false;
            }
            let new = (!new.is_empty()).then(|| self.bus.daemon(&new));
            let changed = self.board.daemon() != new.as_deref();
            self.notices.daemon_is(new.as_deref());
            self.board.daemon_is(new);
            return changed;
        }
        // A signal speaks for the daemon that sent it; the board knows which one holds which id.
        if header.interface().is_none_or(|interface| interface.as_str() != NAME) {
            return false;
        }
        let daemon = self.bus.daemon(sender);
        match member {
            "ActionInvoked" => {
                if let Ok((id, button)) = message.body().deserialize::<(u32, String)>() {
                    let page = self.board.clicked(&daemon, id, &button);
                    let told = page.or_else(|| self.notices.clicked(&daemon, id, &button));
                    told.into_iter().for_each(|told| self.say(told));
                }
            }
            "NotificationClosed" => {
                if let Ok((id, reason)) = message.body().deserialize::<(u32, u32)>() {
                    self.board.left(&daemon, id, reason == DISMISSED);
                    let heard = self.notices.left(&daemon, id, reason == DISMISSED);
                    heard.into_iter().for_each(|told| self.say(told));
                }
            }
            _ => {}
        }
        false
    }

    /// Makes the screen agree with what is wanted.
    async fn make_agree(&mut self) -> Agrees {
        let screen = self.wanted.borrow_and_update().clone();
        self.board.tidy(&screen);
        loop {
            // Planned anew after every step: an answer can show that the daemon is another one.
            let mut plan = self.board.plan(&screen);
            plan.sort_by_key(|action| matches!(action, Action::Reword { .. }));
            let (wanted, replaces) = match plan.into_iter().next() {
                None => return Agrees::Yes,
                Some(Action::Close { page, id }) => {
                    self.close(page, id).await;
                    continue;
                }
                Some(Action::Reword { .. }) if Instant::now() < self.reword_from => {
                    return Agrees::Soon(self.reword_from);
                }
                Some(Action::Reword { wanted, replaces }) => {
                    self.reword_from = Instant::now() + REWORD_EVERY;
                    (wanted, replaces)
                }
                Some(Action::Post { wanted, replaces }) => (wanted, replaces),
            };
            match self.post(&wanted, replaces).await {
                Ok((daemon, id)) => {
                    self.board.was_posted(wanted.clone(), &daemon, id);
                    self.say(Told::Presented { raise: wanted.raise, daemon, id });
                }
                Err(words) => {
                    self.daemon_failed(words);
                    return Agrees::No;
                }
            }
        }
    }

    async fn close(&mut self, page: PageId, id: u32) {
        let to = self.board.daemon().and_then(unique_name).map(str::to_owned);
        // Refused means that it is gone already.
        if let Err(error) = self.bus.call(to.as_deref(), "CloseNotification", &(id,)).await {
            tracing::debug!(error, "a notification could not be closed");
        }
        self.board.was_closed(page);
    }

    /// Says what waits. False when the daemon did not take it: it is tried again.
    async fn say_what_waits(&mut self) -> bool {
        while let Some(notice) = self.notices.next().cloned() {
            let (incident, say) = match notice {
                Notice::Say(say) => (say.incident, Some(say)),
                Notice::Over(incident) => (incident, None),
            };
            let there = self.notices.rings_at(incident);
            match say {
                Some(say) => {
                    let replaces = there.filter(|_| say.rings).map_or(0, |(_, id)| id);
                    match self.post_notice(&say, replaces).await {
                        Ok((daemon, id)) => self.notices.was_posted(say, daemon, id),
                        Err(words) => {
                            self.daemon_failed(words);
                            return false;
                        }
                    }
                }
                None => {
                    if let Some((daemon, id)) = there {
                        let to = unique_name(&daemon);
                        // Refused means that it is gone already.
                        let _gone = self.bus.call(to, "CloseNotification", &(id,)).await;
                        self.notices.was_closed(&daemon, id);
                    }
                }
            }
            self.notices.done();
        }
        true
    }

    async fn post_notice(&self, say: &Say, replaces: u32) -> Result<(String, u32), String> {
        let hints: HashMap<&str, Value<'_>> = HashMap::from([
            // Normal: whoever does not want to be disturbed is not. What rings is critical, as a page is.
            ("urgency", Value::U8(if say.rings { 2 } else { 1 })),
            ("resident", Value::Bool(say.rings)),
            ("category", Value::from("x-firebell.notice")),
            ("desktop-entry", Value::from("firebell")),
            ("suppress-sound", Value::Bool(say.rings)),
        ]);
        let stays = if say.rings { 0 } else { -1 };
        self.notify(
            &say.title,
            &say.body,
            replaces,
            &["open", words::OPEN, "default", words::OPEN],
            hints,
            stays,
        )
        .await
    }

    async fn post(&self, wanted: &Wanted, replaces: u32) -> Result<(String, u32), String> {
        let hints: HashMap<&str, Value<'_>> = HashMap::from([
            ("urgency", Value::U8(2)),
            ("resident", Value::Bool(true)),
            ("category", Value::from("x-firebell.page")),
            ("desktop-entry", Value::from("firebell")),
            // The alarm is ours, with its own volume.
            ("suppress-sound", Value::Bool(true)),
        ]);
        let buttons = ["acknowledge", words::ACKNOWLEDGE, "open", words::OPEN, "default", words::OPEN];
        self.notify(&wanted.title, &wanted.body, replaces, &buttons, hints, 0).await
    }

    /// `stays`: 0 for as long as it is not taken down, -1 as the daemon likes.
    async fn notify(
        &self,
        title: &str,
        body: &str,
        replaces: u32,
        buttons: &[&str],
        hints: HashMap<&str, Value<'_>>,
        stays: i32,
    ) -> Result<(String, u32), String> {
        let (title, body) = (tidy(title, 120), escape(&tidy(body, 500)));
        let notification = (words::APP, replaces, "firebell", title, body, buttons, hints, stays);
        // An id may only be replaced at the daemon that gave it out.
        let to = if replaces == 0 { None } else { self.board.daemon().and_then(unique_name) };
        let answer = self.bus.call(to, "Notify", &notification).await?;
        let daemon = answer.header().sender().map(|sender| self.bus.daemon(sender));
        let id = answer.body().deserialize::<u32>().map_err(|error| error.to_string())?;
        daemon.map(|daemon| (daemon, id)).ok_or_else(|| words::DAEMON_WITHOUT_NAME.to_owned())
    }

    fn daemon_failed(&self, words: String) {
        if !matches!(*self.healthy.borrow(), DaemonHealth::Absent { .. }) {
            tracing::warn!(error = words, "the notification daemon did not take a page");
        }
        self.healthy.send_replace(DaemonHealth::Absent { words });
    }

    /// After the pages: what it is called and whether it can show buttons.
    async fn ask_health(&self) {
        let Some(daemon) = self.board.daemon().and_then(unique_name) else {
            let health = match self.bus.can_start_one().await {
                true => DaemonHealth::Asleep,
                false => DaemonHealth::Absent { words: words::NO_DAEMON.to_owned() },
            };
            self.healthy.send_replace(health);
            return;
        };
        let about = self.bus.call(Some(daemon), "GetServerInformation", &()).await;
        let can = self.bus.call(Some(daemon), "GetCapabilities", &()).await;
        let health = match (about, can) {
            (Ok(about), Ok(can)) => {
                let (name, ..) =
                    about.body().deserialize::<(String, String, String, String)>().unwrap_or_default();
                let can = can.body().deserialize::<Vec<String>>().unwrap_or_default();
                DaemonHealth::Present { name, buttons: can.iter().any(|can| can == "actions") }
            }
            (Err(words), _) | (_, Err(words)) => DaemonHealth::Absent { words },
        };
        self.healthy.send_replace(health);
    }

    fn say(&self, told: Told) {
        // Nobody listens only when the app is ending.
        let _ = self.tell.send(told);
    }
}

/// The bus's name within the name that [`Bus::daemon`] makes.
fn unique_name(daemon: &str) -> Option<&str> {
    daemon.split_once('/').map(|(_, unique)| unique)
}
