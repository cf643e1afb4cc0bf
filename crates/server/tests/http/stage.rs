//! A server with a team, as a monitoring system and a script see it.

use axum::Router;
use axum::extract::State;
use firebell_server::app::App;
use firebell_server::channels::{Links, Senders};
use firebell_server::cli::{Desk, Request};
use firebell_server::config::Config;
use firebell_server::routes::{Web, router};
use firebell_server::storage::DatabaseUrl;
use futures_util::{SinkExt, StreamExt};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The longest frame a desktop is sent: as much stays allocated for each of them.
pub const FRAME_MAX: usize = 4 * 1_024;

/// Signs the links.
pub const SECRET: &[u8] = b"a secret of this server";

const TEAM: &str = r#"
team: { name: Acme }
people:
  - { id: ops, name: Olga Ops, email: ops@example.com, role: admin }
  - { id: ana, name: Ana Ruiz, email: ana@example.com }
  - { id: eve, name: Eve Reads, email: eve@example.com, role: stakeholder }
schedules:
  - { id: primary, name: Primary, layers: [{ people: [ana], turn: { unit: week, hand_off: "Mon 10:00", start: "2026-01-05" } }] }
policies:
  - { id: default, steps: [{ after: 0s, notify: [{ schedule: primary }] }, { after: 10m, notify: [{ admins: true }] }] }
services:
  - { id: shop, name: Shop, policy: default }
  - { id: search, name: Search, policy: default }
integrations:
  - { id: curl, kind: generic, service: shop }
  - { id: slow, kind: generic, service: search, rate: 2 }
  - { id: prom, kind: alertmanager, service: shop }
  - { id: duty, kind: pagerduty, service: shop }
  - { id: slow-duty, kind: pagerduty, service: search, rate: 1 }
"#;

pub struct Stage {
    pub url: String,
    pub http: Client,
    desk: Desk,
    web: Web,
    keys: Vec<(String, String)>,
    pub folder: tempfile::TempDir,
}

impl Stage {
    pub async fn set() -> Self {
        let _already = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let database = DatabaseUrl::Sqlite(folder.path().join("firebell.db"));
        let senders = Arc::new(Senders::new(true).unwrap());
        let config = Config { allow_loopback_channels: true, ..Config::default() };
        let app = App::start(config, &database, None, senders.clone()).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let links = Links { secret: SECRET.to_vec(), public_url: url.clone() };
        senders.set_links(links.clone());
        let web = Web::new(app.clone(), links, None);
        let service = router(web.clone()).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let desk = Desk {
            storage: app.storage.clone(),
            database,
            public_url: Some(url.clone()),
            live: Some(web.clone()),
        };
        let http = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut stage = Self { url, http, desk, web, keys: vec![], folder };
        let said = stage.apply(TEAM).await;
        let mut id = String::new();
        for line in said.lines() {
            if let Some(rest) = line.strip_prefix("integration ") {
                id = rest.split(' ').next().unwrap().to_owned();
            }
            if let Some(key) = line.strip_prefix("key ") {
                stage.keys.push((id.clone(), key.to_owned()));
            }
        }
        stage
    }

    pub async fn ask(&self, request: Request) -> Result<String, String> {
        self.desk.execute(request).await.map(|reply| reply.text)
    }

    pub async fn apply(&self, team: &str) -> String {
        self.ask(Request::Apply { text: team.to_owned(), plan: false }).await.unwrap()
    }

    /// The team with more people; lines of its file.
    pub async fn apply_with_people(&self, people: &str) -> String {
        self.apply(&TEAM.replace("schedules:\n", &format!("{people}schedules:\n"))).await
    }

    /// Opens `/sync`; the status when the server does not. Refuses frames that are longer than they should be.
    pub async fn connect(&self, authorization: &str) -> Result<Socket, u16> {
        let address = format!("{}/sync", self.url.replace("http", "ws"));
        let mut request = address.into_client_request().unwrap();
        request.headers_mut().insert("authorization", authorization.parse().unwrap());
        let config = WebSocketConfig::default().max_frame_size(Some(FRAME_MAX));
        match tokio_tungstenite::connect_async_with_config(request, Some(config), true).await {
            Ok((socket, _)) => Ok(socket),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// The team without something that stands in it.
    pub async fn apply_without(&self, line_with: &str) -> String {
        let team: Vec<_> = TEAM.lines().filter(|l| !l.contains(line_with)).collect();
        self.apply(&team.join("\n")).await
    }

    pub fn key(&self, integration: &str) -> &str {
        &self.keys.iter().find(|(id, _)| id == integration).expect("an integration of the team").1
    }

    pub async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> Response {
        self.http.post(format!("{}{path}", self.url)).body(body).send().await.unwrap()
    }

    /// Posts to an integration in its own format.
    pub async fn fire(&self, integration: &str, kind: &str, body: &Value) -> (u16, Value) {
        answer(self.post(&format!("/in/{}/{kind}", self.key(integration)), body.to_string()).await).await
    }

    pub async fn enqueue(&self, integration: &str, mut body: Value) -> (u16, Value) {
        body["routing_key"] = json!(self.key(integration));
        answer(self.post("/v2/enqueue", body.to_string()).await).await
    }

    /// A device of a person; its token.
    pub async fn enrol(&self, email: &str) -> Device<'_> {
        let said = self.ask(Request::Invite { email: email.into(), role: None }).await.unwrap();
        let token = said.lines().find_map(|l| l.strip_prefix("token ")).unwrap().to_owned();
        let body =
            json!({ "token": token, "device_name": format!("laptop of {email}"), "platform": "linux" });
        let request = self.http.post(format!("{}/api/v1/devices", self.url)).json(&body);
        let (status, body) = answer(request.send().await.unwrap()).await;
        assert_eq!(status, 201, "{body}");
        Device {
            stage: self,
            id: body["device"].as_str().unwrap().to_owned(),
            token: body["device_token"].as_str().unwrap().to_owned(),
        }
    }

    /// Forgets cached keys, as after a change by another node.
    pub fn forget_keys(&self) {
        self.web.forget_keys();
    }
}

pub struct Device<'s> {
    stage: &'s Stage,
    pub id: String,
    pub token: String,
}

impl Device<'_> {
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut request =
            self.stage.http.request(method, format!("{}{path}", self.stage.url)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request.send().await.unwrap()).await
    }
    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, None).await
    }
    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::POST, path, Some(body)).await
    }
    pub async fn pages(&self) -> Vec<Value> {
        let (status, pages) = self.get("/api/v1/pages").await;
        assert_eq!(status, 200, "{pages}");
        pages.as_array().unwrap().clone()
    }
}

pub async fn answer(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// Says hello; what is said back first.
pub async fn greeted(socket: &mut Socket) -> Value {
    let hello = json!({ "type": "hello", "protocol": 1, "app": "test", "capabilities": [], "cursor": null });
    socket.send(Message::text(hello.to_string())).await.unwrap();
    let said = socket.next().await.unwrap().unwrap().into_text().unwrap();
    serde_json::from_str(&said).unwrap()
}

/// Somebody's webhook: what it receives.
pub async fn receiver() -> (String, mpsc::UnboundedReceiver<Value>) {
    let (tx, rx) = mpsc::unbounded_channel();
    let app = Router::new()
        .fallback(async |State(tx): State<mpsc::UnboundedSender<Value>>, body: String| {
            let _nobody_listens = tx.send(serde_json::from_str(&body).unwrap_or(Value::String(body)));
        })
        .with_state(tx);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, rx)
}
