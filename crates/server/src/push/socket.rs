//! One desktop's connection.

use super::follow::{self, Told, TurnedAway};
use super::library::{Intake, Next, OPERATIONS_MAX, Seen};
use super::websocket::{Upgrade, WebSocket};
use super::{Connected, Cut, Frame, PushHub, Shared, of_person, text};
use crate::app::App;
use crate::secret;
use crate::storage::{Chain, Device, StorageError};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use firebell_domain::RaiseId;
use firebell_protocol::sync::{ByeCode, ClientMessage, ServerMessage};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

const HELLO_WITHIN: Duration = Duration::from_secs(10);
const PING_EVERY: Duration = Duration::from_secs(15);
/// Three pings without an answer.
const SILENT_MAX: Duration = Duration::from_secs(45);
/// A socket that takes longer over one message is closed; it catches up when it comes back.
const SEND_WITHIN: Duration = Duration::from_secs(10);

/// `GET /sync`. May be called by: a device, with its token. One whose token was revoked is let in as far as its
/// hello, to be told so: 401 says only that the token is unknown here, which a proxy or a restored server can say too.
pub async fn sync(State(app): State<Arc<App>>, headers: HeaderMap, upgrade: Upgrade) -> Response {
    let Some(token) = secret::bearer(&headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    let device = match app.storage.device_by_token(secret::hash(token)).await {
        Ok(Some(device)) => device,
        Ok(None) => return StatusCode::UNAUTHORIZED.into_response(),
        Err(error) => {
            tracing::error!(error = %Chain(&error), "a device cannot be looked up");
            return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")]).into_response();
        }
    };
    let hub = app.push.clone();
    upgrade.accept(move |socket| async move { hub.serve(socket, device).await })
}

static CONNECTIONS: AtomicU64 = AtomicU64::new(1);

/// How a connection ended.
enum End {
    Closed,
    Bye(ByeCode, &'static str),
}

impl From<StorageError> for End {
    fn from(error: StorageError) -> Self {
        tracing::error!(error = %Chain(&error), "a connection cannot be served");
        Self::Bye(ByeCode::Restarting, "The server's database is not available; come back shortly.")
    }
}

impl PushHub {
    async fn serve(&self, socket: WebSocket, device: Device) {
        let shared = &self.shared;
        let number = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        let (cut, cuts) = mpsc::channel(1);
        let before = shared.connected().insert(device.id, Connected { number, cut });
        if let Some(before) = before {
            let _already = before.cut.try_send(Cut::Replaced);
        }
        metrics::gauge!("firebell_connected_devices").increment(1);
        let intake = Intake::new(shared.storage.clone(), shared.library.clone(), device.clone());
        let frames = shared.frames.subscribe();
        let (id, name, seen) = (device.id, String::new(), Seen::default());
        let mut connection = Connection { shared, socket, device, name, at: 0, frames, intake, seen };
        let end = connection.run(cuts).await;
        connection.seen.leave(shared, &connection.device, &connection.name);
        connection.close(end).await;
        metrics::gauge!("firebell_connected_devices").decrement(1);
        let mut connected = shared.connected();
        if connected.get(&id).is_some_and(|c| c.number == number) {
            connected.remove(&id);
        }
    }
}

struct Connection<'a> {
    shared: &'a Shared,
    socket: WebSocket,
    device: Device,
    /// The person's.
    name: String,
    /// The place of the last operation sent.
    at: u64,
    frames: broadcast::Receiver<Frame>,
    intake: Intake,
    seen: Seen,
}

impl Connection<'_> {
    /// What happens seldom is boxed: else its room is kept for as long as the connection lasts.
    async fn run(&mut self, mut cuts: mpsc::Receiver<Cut>) -> End {
        if let Err(end) = Box::pin(self.greet()).await {
            return end;
        }
        // Spread over the period, so that a thousand desktops are not pinged in the same instant.
        let first = Duration::from_millis(self.device.id.0.as_u128() as u64 % PING_EVERY.as_millis() as u64);
        let mut ping = tokio::time::interval_at(Instant::now() + first, PING_EVERY);
        let (mut pings, mut heard) = (0u64, Instant::now());
        loop {
            let is_full = self.intake.is_full();
            let step = tokio::select! {
                biased;
                Some(cut) = cuts.recv() => Err(match cut {
                    Cut::Revoked => End::Bye(ByeCode::Revoked, follow::REMOVED),
                    Cut::Replaced => End::Closed,
                }),
                () = self.shared.stop.cancelled() => {
                    Err(End::Bye(ByeCode::Restarting, "The server restarts; come back at once."))
                }
                frame = self.frames.recv() => self.pass_on(frame).await,
                next = self.intake.next() => match next {
                    Next::Answer(Ok(answer)) => self.send(text(&answer)).await,
                    Next::Answer(Err(error)) => Err(error.into()),
                    Next::Room => Ok(()),
                    Next::TooFarAhead => {
                        Err(End::Bye(ByeCode::TooSlow, "You are too far ahead; come back and go on."))
                    }
                },
                message = self.socket.next(), if !is_full => {
                    heard = Instant::now();
                    Box::pin(self.hear(message)).await
                }
                _ = ping.tick() => {
                    if heard.elapsed() > SILENT_MAX {
                        return End::Closed;
                    }
                    pings += 1;
                    let server_time = self.shared.clock.now();
                    self.send(text(&ServerMessage::Ping { n: pings, server_time })).await
                }
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// From the desktop's first words to the live tail.
    async fn greet(&mut self) -> Result<(), End> {
        let hello = tokio::time::timeout(HELLO_WITHIN, self.socket.next()).await;
        let Ok(Some(Ok(Message::Text(hello)))) = hello else {
            return Err(End::Bye(ByeCode::Protocol, "Say hello first."));
        };
        let Ok(ClientMessage::Hello { protocol, app, cursor, writer, .. }) = serde_json::from_str(&hello)
        else {
            return Err(End::Bye(ByeCode::Protocol, "Say hello first."));
        };
        let (storage, device, now) = (&self.shared.storage, self.device.clone(), self.shared.clock.now());
        let greeting =
            storage.read(move |db| follow::greet(db, &device, protocol, cursor, writer, now)).await?;
        let told = greeting.map_err(|TurnedAway(code, words)| End::Bye(code, words))?;
        tracing::info!(device = %self.device.id, person = %self.device.person, app, "desktop connected");
        for told in told {
            if let ServerMessage::Welcome(welcome) = &told.message {
                self.name = welcome.you.name.clone();
            }
            self.tell(told).await?;
        }
        let device = self.device.id;
        self.shared.storage.write(move |tx| tx.device_answered(device, tx.now())).await?;
        self.read_on().await
    }

    async fn tell(&mut self, told: Told) -> Result<(), End> {
        self.send(text(&told.message)).await?;
        self.at = told.at;
        self.note_sent(told.raises);
        Ok(())
    }

    /// Everything in the log after `at`.
    async fn read_on(&mut self) -> Result<(), End> {
        loop {
            let (device, at) = (self.device.clone(), self.at);
            match self.shared.storage.read(move |db| follow::read_on(db, &device, at)).await? {
                Some(told) => self.tell(told).await?,
                None => return Ok(()),
            }
        }
    }

    async fn pass_on(&mut self, frame: Result<Frame, broadcast::error::RecvError>) -> Result<(), End> {
        let frame = match frame {
            Ok(frame) => frame,
            Err(broadcast::error::RecvError::Lagged(_)) => return Box::pin(self.read_on()).await,
            Err(broadcast::error::RecvError::Closed) => {
                return Err(End::Bye(ByeCode::Restarting, "The server restarts; come back at once."));
            }
        };
        match frame.places {
            None if frame.but == Some(self.device.id) => Ok(()),
            None => match frame.told_to(&self.device.person, &self.shared.sight) {
                Some(text) => self.send(text.clone()).await,
                None => Ok(()),
            },
            Some((_, last)) if last <= self.at => Ok(()),
            Some((first, last)) if first == self.at + 1 => {
                let Some(text) = frame.told_to(&self.device.person, &self.shared.sight).cloned() else {
                    return Box::pin(self.read_on()).await;
                };
                self.send(text).await?;
                self.at = last;
                self.note_sent(of_person(&frame.raises, &self.device.person));
                Ok(())
            }
            Some(_) => Box::pin(self.read_on()).await,
        }
    }

    async fn hear(&mut self, message: Option<Result<Message, Error>>) -> Result<(), End> {
        let text_of = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(Ok(Message::Binary(_))) => {
                return Err(End::Bye(ByeCode::Protocol, "Messages are JSON text."));
            }
            Some(Ok(Message::Close(_) | Message::Frame(_)) | Err(_)) | None => return Err(End::Closed),
        };
        let Ok(message) = serde_json::from_str::<ClientMessage>(&text_of) else {
            return Err(End::Bye(ByeCode::Protocol, "A message could not be read."));
        };
        self.shared.answers.note(self.device.id, self.shared.clock.now());
        match message {
            ClientMessage::Pong { .. } | ClientMessage::Hello { .. } | ClientMessage::Unknown => Ok(()),
            ClientMessage::Submit { ops } if ops.len() > OPERATIONS_MAX => {
                Err(End::Bye(ByeCode::Protocol, "More than 1,000 changes came in one message."))
            }
            ClientMessage::Submit { ops } => {
                self.intake.submit(ops, text_of.len());
                Ok(())
            }
            ClientMessage::Presence(presence) => {
                self.seen.tell(self.shared, &self.device, &self.name, presence);
                Ok(())
            }
            ClientMessage::Receipts { receipts } => {
                self.shared.engine.receipts(self.device.clone(), receipts).await?;
                Ok(())
            }
            ClientMessage::Command(envelope) => {
                let (counter, page) = (envelope.counter, envelope.page);
                let outcome = self.shared.engine.answer(self.device.clone(), envelope).await?;
                self.send(text(&ServerMessage::Answer { counter, page, outcome })).await
            }
            ClientMessage::SignOff => {
                self.shared.answers.forget(self.device.id);
                let device = self.device.id;
                self.shared.storage.write(move |tx| tx.device_signed_off(device)).await?;
                Err(End::Closed)
            }
        }
    }

    /// Puts "sent" on the record, without making the connection wait for the disk.
    fn note_sent(&self, raises: Vec<RaiseId>) {
        if raises.is_empty() {
            return;
        }
        let (engine, device) = (self.shared.engine.clone(), self.device.clone());
        tokio::spawn(async move {
            if let Err(error) = engine.sent(device, raises).await {
                tracing::warn!(error = %Chain(&error), "a receipt could not be stored");
            }
        });
    }

    async fn send(&mut self, text: Utf8Bytes) -> Result<(), End> {
        match tokio::time::timeout(SEND_WITHIN, self.socket.send(text)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Closed),
            Err(_) => Err(End::Bye(ByeCode::TooSlow, "The connection is too slow; come back and catch up.")),
        }
    }

    async fn close(&mut self, end: End) {
        if let End::Bye(code, words) = end {
            let bye = text(&ServerMessage::Bye { code, words: words.to_owned() });
            let farewell = async {
                // It may be gone already; then there is nobody to tell.
                let _gone = self.socket.send(bye).await;
                let _gone = self.socket.close().await;
            };
            let _slow = tokio::time::timeout(Duration::from_secs(2), farewell).await;
        }
    }
}
