//! The whole core against a small team server on this computer.

mod no_news;
mod room;
mod runs;

use crate::ClientApp;
use crate::desk::{Desk, TrayState};
use crate::keychain::{DEVICE_TOKEN, Keychain, KeychainError, MemoryKeychain, STORE_KEY};
use crate::loopback::RecordingHost;
use crate::pager::tests::world::{TheTeam, device};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Json, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use firebell_domain::PageId;
use firebell_domain::page::Status;
use firebell_protocol::rest::{EnrolRequest, EnrolResponse, Problem};
use firebell_protocol::sync::{ByeCode, ClientMessage, ServerMessage};
use firebell_protocol::window::{Change, Stage, WindowState};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use uuid::Uuid;

const TOKEN: &str = "device-token-of-256-bits";
const REMOVED: &str = "This device was removed from the team.";

/// What the server does to everybody connected.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    Say(Box<ServerMessage>),
    HangUp,
}

#[derive(Clone)]
pub(crate) struct Server {
    pub team: Arc<Mutex<TheTeam>>,
    pub deeds: broadcast::Sender<Deed>,
    /// Everything desktops say.
    heard: mpsc::UnboundedSender<ClientMessage>,
    address: String,
    /// What it makes of a token, when it does not know it as a member's.
    pub door: Arc<Mutex<Door>>,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Door {
    Open,
    /// A server restored from an old backup, or a proxy before it: 401.
    Stranger,
    /// The token was revoked.
    Removed,
}

impl Server {
    async fn start() -> (Self, mpsc::UnboundedReceiver<ClientMessage>) {
        Self::start_with(axum::Router::new()).await
    }

    /// With more routes than the session's own.
    pub async fn start_with(more: axum::Router) -> (Self, mpsc::UnboundedReceiver<ClientMessage>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (heard, hearing) = mpsc::unbounded_channel();
        let team = Arc::new(Mutex::new(TheTeam::of_ana()));
        let server = Self {
            team,
            deeds: broadcast::Sender::new(16),
            heard,
            address,
            door: Arc::new(Mutex::new(Door::Open)),
        };
        let routes = axum::Router::new()
            .route("/sync", get(sync))
            .route("/api/v1/devices", post(enrol))
            .with_state(server.clone())
            .merge(more);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (server, hearing)
    }

    fn invite(&self) -> String {
        format!("firebell://join?server={}&token=invite", self.address)
    }

    fn fire(&self, n: u64) -> PageId {
        let page = PageId(Uuid::from_u128(100 + u128::from(n)));
        let operation = self.team.lock().unwrap().fire(page, n, now());
        self.say(ServerMessage::Operations { operations: vec![operation] });
        page
    }

    /// It goes away, and has another view of its devices when it is back.
    pub fn comes_back(&self, door: Door) {
        *self.door.lock().unwrap() = door;
        self.deeds.send(Deed::HangUp).unwrap();
    }

    fn say(&self, message: ServerMessage) {
        let _ = self.deeds.send(Deed::Say(Box::new(message)));
    }
}

fn now() -> firebell_domain::Instant {
    std::time::SystemTime::now().into()
}

async fn enrol(State(server): State<Server>, Json(request): Json<EnrolRequest>) -> Response {
    if request.token != "invite" {
        let problem = Problem {
            kind: "about:blank".into(),
            title: "Unauthorized".into(),
            status: 401,
            code: "unauthorized".into(),
            detail: "This invite was used before. Ask an admin for a new one.".into(),
            errors: vec![],
        };
        return (StatusCode::UNAUTHORIZED, Json(problem)).into_response();
    }
    drop(server);
    Json(EnrolResponse {
        device: device(),
        device_token: TOKEN.into(),
        person: "ana".into(),
        name: "Ana Ruiz".into(),
        team: "Acme".into(),
    })
    .into_response()
}

async fn sync(State(server): State<Server>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    let door = *server.door.lock().unwrap();
    if headers["authorization"] != format!("Bearer {TOKEN}") || door == Door::Stranger {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    upgrade.on_upgrade(move |socket| async move {
        if door == Door::Removed { turn_away(socket).await } else { serve(server, socket).await }
    })
}

async fn turn_away(mut socket: WebSocket) {
    let _hello = socket.recv().await;
    let bye = ServerMessage::Bye { code: ByeCode::Revoked, words: REMOVED.into() };
    let _ = socket.send(Message::text(serde_json::to_string(&bye).unwrap())).await;
}

async fn serve(server: Server, mut socket: WebSocket) {
    let mut deeds = server.deeds.subscribe();
    loop {
        let said = tokio::select! {
            deed = deeds.recv() => match deed {
                Ok(Deed::Say(message)) => vec![*message],
                _ => return,
            },
            message = socket.recv() => {
                let Some(Ok(Message::Text(text))) = message else { return };
                let message: ClientMessage = serde_json::from_str(&text).unwrap();
                let _ = server.heard.send(message.clone());
                server.team.lock().unwrap().hear(message, now())
            }
        };
        for message in said {
            let text = serde_json::to_string(&message).unwrap();
            if socket.send(Message::text(text)).await.is_err() {
                return;
            }
        }
    }
}

pub(crate) struct Laptop {
    pub app: Arc<ClientApp>,
    keychain: Arc<MemoryKeychain>,
    _dir: tempfile::TempDir,
}

impl Laptop {
    pub fn start() -> Self {
        Self::start_with(Arc::new(MemoryKeychain::default()))
    }

    fn start_with(keychain: Arc<MemoryKeychain>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let host = Arc::new(RecordingHost::default());
        let app = ClientApp::start("test", dir.path(), keychain.clone(), host);
        Self { app, keychain, _dir: dir }
    }

    async fn desk(&self, wanted: impl Fn(&Desk) -> bool) -> Desk {
        let mut desk = self.app.desk();
        let found = tokio::time::timeout(Duration::from_secs(20), desk.wait_for(|d| wanted(d))).await;
        match found {
            Ok(found) => found.unwrap().clone(),
            Err(_) => panic!("the desk never became so; it is {:?}", self.app.desk().borrow().clone()),
        }
    }

    pub async fn window(&self, wanted: impl Fn(&WindowState) -> bool) -> WindowState {
        let mut changes = self.app.changes();
        let found = async {
            loop {
                let state: WindowState = self.call("state", serde_json::json!({})).await.unwrap();
                if wanted(&state) {
                    return state;
                }
                while !matches!(changes.recv().await, Ok(Change::State)) {}
            }
        };
        tokio::time::timeout(Duration::from_secs(20), found).await.expect("the window never became so")
    }

    pub async fn call<T: serde::de::DeserializeOwned>(
        &self,
        name: &str,
        args: serde_json::Value,
    ) -> Result<T, firebell_protocol::window::WindowError> {
        self.app.call(name, args).await.map(|v| serde_json::from_value(v).unwrap())
    }

    async fn is_signed_out_with(&self, words: &str) {
        self.desk(|d| d.tray == TrayState::SignedOut).await;
        let window = self.window(|w| w.stage == Stage::SignedOut).await;
        assert_eq!(window.connection.words, words);
        let gone = async {
            while self.keychain.get(DEVICE_TOKEN).unwrap().is_some() {
                tokio::task::yield_now().await
            }
        };
        tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap();
    }

    pub async fn joins(&self, server: &Server) {
        self.desk(|d| d.tray == TrayState::SignedOut).await;
        let args = serde_json::json!({ "link": server.invite(), "device_name": "Ana's laptop" });
        self.call::<()>("enrol", args).await.unwrap();
        self.window(|w| w.connection.state == firebell_protocol::window::ConnectionState::Connected).await;
    }
}

#[tokio::test]
async fn an_invite_becomes_a_desk_that_rings_and_is_answered() {
    let (server, _heard) = Server::start().await;
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    assert_eq!(laptop.keychain.get(DEVICE_TOKEN).unwrap().as_deref(), Some(TOKEN));
    assert_eq!(laptop.keychain.get(STORE_KEY).unwrap().unwrap().len(), 64);
    laptop.desk(|d| d.tray == TrayState::OnCall).await;

    let page = server.fire(1);
    let desk = laptop.desk(|d| d.tray == TrayState::Ringing).await;
    laptop.app.presented(&desk.ringing[0].raise).unwrap();
    let args = serde_json::json!({ "page": page, "request": { "do": "acknowledge", "via": "pager_window" } });
    assert_eq!(laptop.call::<u64>("ask", args).await.unwrap(), 1);
    laptop.desk(|d| d.ringing.is_empty() && d.tray == TrayState::OnCall).await;
    laptop.window(|w| w.queued == 0 && w.pages[0].page.status == Status::Acknowledged).await;
    assert_eq!(server.team.lock().unwrap().pages[&page].status, Status::Acknowledged);
}

#[tokio::test]
async fn a_connection_that_breaks_comes_back_with_what_was_missed() {
    let (server, _heard) = Server::start().await;
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    server.deeds.send(Deed::HangUp).unwrap();
    server.fire(1);
    laptop.desk(|d| d.ringing.len() == 1).await;
}

#[tokio::test]
async fn a_server_that_finds_us_too_old_is_not_stormed() {
    let (server, mut heard) = Server::start().await;
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    while heard.try_recv().is_ok() {}
    server.team.lock().unwrap().finds_us_too_old = true;
    laptop.app.wake();
    let mut came_at = vec![];
    while came_at.len() < 4 {
        let said = tokio::time::timeout(Duration::from_secs(20), heard.recv()).await.unwrap().unwrap();
        if matches!(said, ClientMessage::Hello { .. }) {
            came_at.push(std::time::Instant::now());
        }
    }
    assert!(came_at[3] - came_at[0] >= super::BACK_OFF_MIN * 3, "{came_at:?}");
    laptop.window(|w| w.connection.words.contains("too old")).await;
}

#[tokio::test]
async fn a_revoked_device_forgets_its_token_and_says_why() {
    let (server, _heard) = Server::start().await;
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    server.say(ServerMessage::Bye { code: ByeCode::Revoked, words: REMOVED.into() });
    laptop.is_signed_out_with(REMOVED).await;
    laptop.joins(&server).await;
}

#[tokio::test]
async fn a_device_revoked_while_it_was_away_forgets_its_token_when_it_is_back() {
    let (server, _heard) = Server::start().await;
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    server.comes_back(Door::Removed);
    laptop.is_signed_out_with(REMOVED).await;
}

#[tokio::test]
async fn a_server_that_does_not_know_us_signs_nobody_out() {
    let (server, _heard) = Server::start().await;
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    server.comes_back(Door::Stranger);
    let window = laptop.window(|w| w.connection.words.contains("does not know this computer")).await;
    assert!(window.connection.words.contains("tried again"), "{}", window.connection.words);
    assert_eq!(laptop.keychain.get(DEVICE_TOKEN).unwrap().as_deref(), Some(TOKEN));
    // The right backup is restored, or the proxy repaired.
    *server.door.lock().unwrap() = Door::Open;
    laptop.window(|w| w.connection.state == firebell_protocol::window::ConnectionState::Connected).await;
}

#[tokio::test]
async fn a_locked_keychain_is_said_and_waited_for() {
    let keychain = Arc::new(MemoryKeychain::default());
    keychain.fail_with(Some(KeychainError::Locked));
    let laptop = Laptop::start_with(keychain.clone());
    let desk = laptop.desk(|d| d.words.contains("locked")).await;
    assert_eq!(desk.tray, TrayState::CannotPage);
    let state = laptop.window(|w| matches!(w.stage, Stage::CannotPage { .. })).await;
    assert!(state.pages.is_empty());
    let refused = laptop.call::<()>(
        "enrol",
        serde_json::json!({ "link": "firebell://join?server=https://x.example&token=t", "device_name": "x" }),
    );
    assert_eq!(refused.await.unwrap_err().code, "keychain");
    keychain.fail_with(None);
    laptop.call::<()>("retry", serde_json::Value::Null).await.unwrap();
    laptop.desk(|d| d.tray == TrayState::SignedOut).await;
}

#[tokio::test]
async fn going_away_on_purpose_is_said() {
    let (server, mut heard) = Server::start().await;
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    laptop.app.sign_off().await;
    let mut last = None;
    while let Ok(message) = heard.try_recv() {
        last = Some(message);
    }
    // What was sent may still be on its way.
    if last != Some(ClientMessage::SignOff) {
        let next = tokio::time::timeout(Duration::from_secs(10), heard.recv()).await.unwrap();
        assert_eq!(next, Some(ClientMessage::SignOff));
    }
}

#[tokio::test]
async fn an_invite_that_was_used_a_server_that_is_away_and_a_bad_link_each_say_what_to_do() {
    let (server, _heard) = Server::start().await;
    let laptop = Laptop::start();
    laptop.desk(|d| d.tray == TrayState::SignedOut).await;
    let join = |link: String| {
        let args = serde_json::json!({ "link": link, "device_name": "Ana's laptop" });
        laptop.call::<()>("enrol", args)
    };
    let used = join(server.invite().replace("=invite", "=used")).await.unwrap_err();
    assert_eq!(used.code, "refused");
    assert!(used.words.contains("used before") && used.words.contains("new one"), "{}", used.words);
    let away = join("firebell://join?server=http://127.0.0.1:1&token=t".into()).await.unwrap_err();
    assert_eq!(away.code, "offline");
    assert!(away.words.contains("Check the network"), "{}", away.words);
    assert_eq!(join("hello".into()).await.unwrap_err().code, "bad_input");
}

#[tokio::test]
async fn a_page_is_shown_even_when_its_alerts_cannot_be_asked_for() {
    let (server, _heard) = Server::start().await;
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    let page = server.fire(1);
    laptop.desk(|d| d.ringing.len() == 1).await;
    let args = serde_json::json!({ "page": page });
    let detail: firebell_protocol::window::PageDetail = laptop.call("page", args).await.unwrap();
    assert_eq!(detail.row.page.id, page);
    assert!(!detail.history.is_empty());
    assert!(detail.alerts_words.is_some());
}

#[tokio::test]
async fn a_lost_key_sets_the_store_aside_and_starts_anew() {
    let (server, _heard) = Server::start().await;
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    laptop.app.sign_off().await;
    laptop.keychain.delete(STORE_KEY).unwrap();
    let host = Arc::new(RecordingHost::default());
    let again = Laptop {
        app: ClientApp::start("test", laptop._dir.path(), laptop.keychain.clone(), host),
        keychain: laptop.keychain.clone(),
        _dir: tempfile::tempdir().unwrap(),
    };
    let window = again.window(|w| w.stage == Stage::SignedOut).await;
    assert!(window.connection.words.contains("set aside"), "{}", window.connection.words);
    again.joins(&server).await;
}
