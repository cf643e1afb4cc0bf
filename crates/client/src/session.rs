//! The session: opens what there is to open, connects, listens, and comes back.

#[cfg(test)]
pub(crate) mod tests;

use crate::address::sync_address;
use crate::app::ClientApp;
use crate::app::shelf::Event;
use crate::connect::{Socket, connect, why};
use crate::vault;
use firebell_protocol::sync::{ByeCode, ClientMessage, ServerMessage};
use firebell_protocol::window::Change;
use futures_util::{SinkExt, StreamExt};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

/// The server pings every 15 s; silence for this long is a dead connection.
const DEAD_AFTER: Duration = Duration::from_secs(40);
const SEND_WITHIN: Duration = Duration::from_secs(20);
const BACK_OFF_MIN: Duration = Duration::from_millis(200);
const BACK_OFF_MAX: Duration = Duration::from_secs(15);
/// A connection that held this long was a good one: the next fault starts again with the shortest wait.
const GOOD_AFTER: Duration = Duration::from_secs(10);
const OPEN_AGAIN_AFTER: Duration = Duration::from_secs(3);

/// What the rest of the app tells the session.
pub(crate) enum Signal {
    /// Connect now, whatever was waited for; a standing connection is not trusted.
    Wake,
    Reconnect,
    /// Enrolled or signed out: another token.
    OtherDevice,
    /// Say good-bye and stay away.
    SignOff(oneshot::Sender<()>),
}

/// Why a connection ended.
enum End {
    Lost(String),
    /// The person or the system wants a new one: at once.
    Now,
    /// Not a fault: come back soon, without words.
    Soon,
    SignedOff(oneshot::Sender<()>),
}

/// Time passes for the responder once a second.
pub(crate) async fn tick(app: Weak<ClientApp>) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        second.tick().await;
        let Some(app) = app.upgrade() else { return };
        // Not open yet, or the disk is full: the next second tries again, and commands say why.
        let _ = app.stepped(|r, at| r.tick(at));
    }
}

pub(crate) async fn run(app: Weak<ClientApp>, mut signals: mpsc::UnboundedReceiver<Signal>) {
    if !open(&app, &mut signals).await {
        return;
    }
    let mut attempt: u32 = 0;
    loop {
        let Some(held) = app.upgrade() else { return };
        let Some((address, token)) = target(&held) else {
            drop(held);
            match signals.recv().await {
                Some(Signal::SignOff(done)) => drop(done.send(())),
                Some(_) => continue,
                None => return,
            }
            return;
        };
        set_connecting(&held, true);
        let socket = tokio::select! {
            socket = connect(&address, &token) => socket,
            signal = signals.recv() => match signal {
                Some(Signal::SignOff(done)) => { let _ = done.send(()); return }
                Some(Signal::Wake | Signal::OtherDevice | Signal::Reconnect) => continue,
                None => return,
            },
        };
        let since = Instant::now();
        let end = match socket {
            Ok(socket) => follow(&held, socket, &mut signals).await,
            Err(words) => End::Lost(words),
        };
        held.lock().outgoing = None;
        held.shelf.tell(Event::Disconnected);
        let _ = held.stepped(|r, at| Ok::<_, firebell_store::StoreError>(r.on_disconnected(at)));
        set_connecting(&held, false);
        if since.elapsed() > GOOD_AFTER {
            attempt = 0;
        }
        let wait = match end {
            End::SignedOff(done) => {
                let _ = done.send(());
                return;
            }
            End::Now => Duration::ZERO,
            // With some jitter: a server that restarts sends everybody away at once.
            End::Soon => back_off(attempt.max(2)),
            End::Lost(words) => {
                tracing::info!(words, attempt, "not connected");
                say(&held, words);
                back_off(attempt)
            }
        };
        attempt = attempt.saturating_add(1);
        drop(held);
        let until = Instant::now() + wait;
        loop {
            tokio::select! {
                () = sleep_until(until) => break,
                signal = signals.recv() => match signal {
                    Some(Signal::SignOff(done)) => { let _ = done.send(()); return }
                    Some(Signal::Wake | Signal::OtherDevice) => { attempt = 0; break }
                    // That connection is gone already.
                    Some(Signal::Reconnect) => {}
                    None => return,
                },
            }
        }
    }
}

/// Full jitter: everybody's server came back at the same moment.
fn back_off(attempt: u32) -> Duration {
    let cap = BACK_OFF_MIN.saturating_mul(1 << attempt.min(10)).min(BACK_OFF_MAX);
    BACK_OFF_MIN + cap.saturating_sub(BACK_OFF_MIN).mul_f64(rand::random::<f64>())
}

/// Until keychain and store are open: at every signal, and every few seconds.
async fn open(app: &Weak<ClientApp>, signals: &mut mpsc::UnboundedReceiver<Signal>) -> bool {
    loop {
        let Some(held) = app.upgrade() else { return false };
        let (keychain, data_dir, at) = (held.keychain.clone(), held.data_dir.clone(), held.clock.moment());
        match tokio::task::spawn_blocking(move || vault::open(keychain.as_ref(), &data_dir, at)).await {
            Ok(Ok(opened)) => {
                let me = opened.responder.identity().map(|i| i.you.person.clone());
                held.opened(opened);
                tokio::spawn(open_library(held.clone(), me));
                return true;
            }
            Ok(Err(words)) => held.not_opened(words),
            Err(_) => held.not_opened("The keychain could not be asked. Start Firebell again.".into()),
        }
        drop(held);
        tokio::select! {
            () = sleep(OPEN_AGAIN_AFTER) => {}
            signal = signals.recv() => match signal {
                Some(Signal::SignOff(done)) => { let _ = done.send(()); return false }
                Some(_) => {}
                None => return false,
            },
        }
    }
}

/// After the pager, and whatever becomes of it, pages ring.
async fn open_library(app: Arc<ClientApp>, me: Option<firebell_domain::PersonId>) {
    let (keychain, data_dir, at) = (app.keychain.clone(), app.data_dir.clone(), app.clock.moment());
    let opened = tokio::task::spawn_blocking(move || {
        let is_member = me.is_some();
        let library = vault::open_library(keychain.as_ref(), &data_dir, me);
        // Who works alone is a member of nothing and keeps what is theirs.
        let is_left = !is_member && matches!(&library, Ok(library) if library.me().is_none());
        (library, vault::open_attachments(keychain.as_ref(), &data_dir, at, is_left))
    })
    .await;
    let opened = opened.map(|(library, attachments)| {
        match attachments {
            Ok(store) => app.attachments.opened(store),
            Err(words) => tracing::error!(words, "the attachments cannot be opened; all else goes on"),
        }
        library
    });
    app.library_opened(opened.unwrap_or_else(|_| {
        Err("The library could not be opened; the log says why. Start Firebell again.".into())
    }));
}

/// Where to connect, as whom; `None` when signed out or the address is refused.
fn target(app: &Arc<ClientApp>) -> Option<(String, String)> {
    let mut state = app.lock();
    let server = state.responder.as_ref()?.identity()?.server.clone();
    let token = state.token.clone()?;
    match sync_address(&server) {
        Ok(address) => Some((address, token)),
        Err(words) => {
            state.connection.words = words;
            None
        }
    }
}

fn set_connecting(app: &Arc<ClientApp>, connecting: bool) {
    let mut state = app.lock();
    if state.connection.connecting != connecting {
        state.connection.connecting = connecting;
        app.tell(Change::State);
    }
}

fn say(app: &Arc<ClientApp>, words: String) {
    let mut state = app.lock();
    // Whoever has just been signed out is told why that was, not that the connection ended with it.
    let signed_in = state.responder.as_ref().is_some_and(|r| r.identity().is_some());
    if signed_in && state.connection.words != words {
        state.connection.words = words;
        app.tell(Change::State);
    }
}

/// One connection, from hello to its end.
async fn follow(app: &Arc<ClientApp>, socket: Socket, signals: &mut mpsc::UnboundedReceiver<Signal>) -> End {
    let (mut sink, mut stream) = socket.split();
    let (outgoing, mut to_send) = mpsc::unbounded_channel();
    app.lock().outgoing = Some(outgoing.clone());
    let writer = app.shelf.writer();
    let _ = app.stepped(|r, at| Ok::<_, firebell_store::StoreError>(r.on_connected(writer, at)));
    let lost = |why: &str| {
        End::Lost(format!("The connection to the team server was lost: {why}. It is tried again."))
    };
    let mut dead_at = Instant::now() + DEAD_AFTER;
    // Kept beyond the turn in which it came, so that what was queued before is sent first.
    let mut signing_off: Option<oneshot::Sender<()>> = None;
    loop {
        tokio::select! {
            biased;
            message = to_send.recv() => {
                let Some(message) = message else { return lost("it was closed here") };
                if let Err(words) = send(&mut sink, &message).await {
                    return lost(&words);
                }
            }
            signal = signals.recv(), if signing_off.is_none() => match signal {
                Some(Signal::SignOff(done)) => {
                    let _ = send(&mut sink, &ClientMessage::SignOff).await;
                    let _ = timeout(Duration::from_secs(1), sink.close()).await;
                    signing_off = Some(done);
                    dead_at = Instant::now() + Duration::from_secs(1);
                }
                Some(Signal::Wake | Signal::OtherDevice) => return End::Now,
                Some(Signal::Reconnect) => return End::Soon,
                None => return lost("Firebell is closing"),
            },
            frame = stream.next() => {
                dead_at = if signing_off.is_some() { dead_at } else { Instant::now() + DEAD_AFTER };
                let text = match frame {
                    Some(Ok(Message::Text(text))) => text,
                    Some(Ok(Message::Close(_))) | None => {
                        return signing_off.map_or_else(|| lost("the server closed it"), End::SignedOff);
                    }
                    Some(Ok(_)) => continue,
                    Some(Err(e)) => return signing_off.map_or_else(|| lost(&why(&e)), End::SignedOff),
                };
                if signing_off.is_some() {
                    continue;
                }
                if let Some(end) = hear(app, &text, &outgoing) {
                    return end;
                }
            }
            () = sleep_until(dead_at) => {
                return signing_off.map_or_else(|| lost("the server has not been heard for 40 s"), End::SignedOff);
            }
        }
    }
}

/// Takes in one message; an end when the connection has to.
fn hear(app: &Arc<ClientApp>, text: &str, outgoing: &mpsc::UnboundedSender<ClientMessage>) -> Option<End> {
    let message: ServerMessage = match serde_json::from_str(text) {
        Ok(message) => message,
        Err(e) => {
            tracing::warn!(error = %e, "a message of the server cannot be read");
            return Some(End::Lost(
                "The server said something this version does not understand. Update Firebell, or tell the operator.".into(),
            ));
        }
    };
    let end = match &message {
        ServerMessage::Bye { code: ByeCode::Restarting, .. } => Some(End::Soon),
        ServerMessage::Bye { code: ByeCode::Revoked, .. } => None,
        ServerMessage::Bye { words, .. } => Some(End::Lost(words.clone())),
        _ => None,
    };
    let welcomed = matches!(message, ServerMessage::Welcome(_));
    let for_library = concerns_library(&message).then(|| Box::new(message.clone()));
    if let Err(e) = app.stepped(|r, at| r.on_message(message, at)) {
        return Some(End::Lost(e.words));
    }
    if welcomed {
        say(app, String::new());
    }
    // The pager comes first, and the library's thread takes its time.
    if let Some(message) = for_library {
        app.shelf.tell(Event::Heard(message, outgoing.clone()));
    }
    end
}

fn concerns_library(message: &ServerMessage) -> bool {
    matches!(
        message,
        ServerMessage::Welcome(_)
            | ServerMessage::Operations { .. }
            | ServerMessage::Answers { .. }
            | ServerMessage::Presence { .. }
            | ServerMessage::Team { .. }
            | ServerMessage::Ping { .. }
    )
}

async fn send(
    sink: &mut (impl futures_util::Sink<Message, Error = WsError> + Unpin),
    message: &ClientMessage,
) -> Result<(), String> {
    let text = serde_json::to_string(message).map_err(|e| e.to_string())?;
    match timeout(SEND_WITHIN, sink.send(Message::text(text))).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(e)) => Err(why(&e)),
        Err(_) => Err("the server does not read".into()),
    }
}
