//! The table of routes, walked through without credentials.

use super::*;
use crate::channels::Senders;
use crate::cli::{Desk, Request as Asked};
use crate::config::Config;
use crate::storage::DatabaseUrl;
use std::net::SocketAddr;

/// A server with a team, on a port of its own.
async fn serve() -> (String, tempfile::TempDir) {
    let (url, folder, _desk) = serve_with_desk().await;
    (url, folder)
}

async fn serve_with_desk() -> (String, tempfile::TempDir, Desk) {
    let folder = tempfile::tempdir().unwrap();
    let (url, desk) = serve_on(DatabaseUrl::Sqlite(folder.path().join("firebell.db"))).await;
    (url, folder, desk)
}

/// The same on a database of the caller's choice, and the operator's desk beside it. Its admin is ops@example.com.
pub(super) async fn serve_on(database: DatabaseUrl) -> (String, Desk) {
    serve_with(Config::default(), database).await
}

/// With settings of the caller's choice.
pub(super) async fn serve_with(config: Config, database: DatabaseUrl) -> (String, Desk) {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let senders = Arc::new(Senders::new(true).unwrap());
    let app = App::start(config, &database, None, senders).unwrap();
    let desk = Desk { storage: app.storage.clone(), database, public_url: None, live: None };
    let init = Asked::Init { team: "Acme".into(), admin: "ops@example.com".into(), time_zone: "UTC".into() };
    desk.execute(init).await.unwrap();
    let links = Links { secret: b"secret".to_vec(), public_url: "http://localhost".into() };
    let router = router(Web::new(app, links, None));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    (url, desk)
}

/// Somebody of the team, at a computer.
pub(super) struct Member {
    url: String,
    token: String,
    client: reqwest::Client,
}

impl Member {
    /// Invites somebody (`role`: of whoever is new) and joins with what was sent.
    pub(super) async fn join(url: &str, desk: &Desk, email: &str, role: Option<&str>) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let role = role.map(|role| serde_json::from_value(role.into()).unwrap());
        let invite = desk.execute(Asked::Invite { email: email.into(), role }).await.unwrap().text;
        let enrol = serde_json::json!({ "token": told(&invite, "token "), "device_name": "laptop" });
        let enrolled = client.post(format!("{url}/api/v1/devices")).json(&enrol).send().await.unwrap();
        let enrolled: serde_json::Value = enrolled.json().await.unwrap();
        let token = enrolled["device_token"].as_str().unwrap().to_owned();
        Self { url: url.to_owned(), token, client }
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    /// The same with a body that is no JSON.
    pub(super) async fn send_bytes(&self, method: &str, path: &str, body: Vec<u8>) -> (u16, Vec<u8>) {
        let request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.url));
        let answer = request.bearer_auth(&self.token).body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
    }

    /// Status and body of the answer.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> (u16, serde_json::Value) {
        let request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.url));
        let request = request.bearer_auth(&self.token);
        let request = if let Some(body) = &body { request.json(body) } else { request };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

/// The word after `name` in what an operator is told.
fn told(text: &str, name: &str) -> String {
    let line = text.lines().find_map(|l| l.strip_prefix(name)).unwrap();
    line.trim().to_owned()
}

fn filled(path: &str) -> String {
    path.replace("{key}", "0123456789abcdef0123456789abcdef")
        .replace("{kind}", "generic")
        .replace("{id}", &uuid::Uuid::nil().to_string())
        .replace("{hash}", &"a1".repeat(32))
        .replace("{token}", "AAAA")
}

#[tokio::test]
async fn whatever_is_not_public_refuses_strangers() {
    let (url, _folder) = serve().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for route in table() {
        for token in [None, Some(""), Some("wrong"), Some("0123456789abcdef0123456789abcdef")] {
            let mut request = client
                .request(route.method.parse().unwrap(), format!("{url}{}", filled(route.path)))
                // A proxy in front: nobody is this machine any more.
                .header("x-forwarded-for", "192.0.2.1");
            if route.path == "/sync" {
                request = request
                    .header("connection", "upgrade")
                    .header("upgrade", "websocket")
                    .header("sec-websocket-version", "13")
                    .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
            }
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            if ["POST", "PUT"].contains(&route.method) {
                request = request.header("content-type", "application/json").body("{}");
            }
            let status = request.send().await.unwrap().status().as_u16();
            let refused: &[u16] = match route.who {
                Who::Public if route.path == "/api/v1/devices" => &[400],
                Who::Public => &[200],
                Who::IntegrationKey if route.path.starts_with("/v2/") => &[400],
                Who::IntegrationKey | Who::Device | Who::Operator => &[401],
                Who::Link => &[404],
            };
            assert!(refused.contains(&status), "{} {} with {token:?}: {status}", route.method, route.path);
        }
    }
}

#[tokio::test]
async fn an_address_that_is_not_there_says_so_in_the_same_shape() {
    let (url, _folder) = serve().await;
    for (method, path, status) in [("GET", "/api/v1/nothing", 404), ("PATCH", "/api/v1/pages", 405)] {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.request(method.parse().unwrap(), format!("{url}{path}")).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["status"], status);
    }
}

#[tokio::test]
async fn wrong_input_of_a_member_is_named_and_never_a_fault_of_the_server() {
    let (url, _folder, desk) = serve_with_desk().await;
    let Member { client, token, .. } = Member::join(&url, &desk, "ops@example.com", None).await;

    let tomorrow = chrono::Utc::now() + chrono::TimeDelta::days(1);
    for reason in ["", "two\nlines", "a\0b"] {
        let silence = serde_json::json!({ "ends_at": tomorrow, "reason": reason });
        let asked = client.post(format!("{url}/api/v1/silences")).bearer_auth(&token).json(&silence);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 400, "{reason:?}");
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["errors"][0]["field"], "reason");
    }
    for query in ["limit=many", "limit=-1", "status=odd"] {
        let answer =
            client.get(format!("{url}/api/v1/pages?{query}")).bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 400, "{query}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{query}");
    }
}

#[tokio::test]
async fn an_answer_to_an_alert_comes_through_however_fast_its_key_posts_and_however_it_is_sent() {
    let (url, _folder, desk) = serve_with_desk().await;
    let mut text = desk.execute(Asked::Export).await.unwrap().text;
    text = text.replace("integrations: []", "");
    text.push_str("\nintegrations: [{ id: g, kind: generic, service: general, rate: 1 }, { id: a, kind: alertmanager, service: general, rate: 1 }]\n");
    let applied = desk.execute(Asked::Apply { text, plan: false }).await.unwrap().text;
    let addresses: Vec<_> =
        applied.lines().filter_map(|l| l.strip_prefix("url ")).filter_map(|u| u.split_once("/in/")).collect();
    assert_eq!(addresses.len(), 2, "{applied}");
    for (_, path) in addresses {
        assert_eq!(say(&url, path, "firing").await, 202);
        assert_eq!(say(&url, path, "firing").await, 429);
        assert_eq!(say(&url, path, "resolved").await, 202, "{path}");
        assert_eq!(say(&url, path, "firing").await, 429, "the answer gave nothing away");
    }
}

/// Posts an alert in chunks, so that nobody says beforehand how long it is.
async fn say(url: &str, path: &str, status: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let alert = serde_json::json!({ "title": "disk", "dedup_key": "d", "status": status,
        "alerts": [{ "status": status, "labels": { "alertname": "disk" } }] })
    .to_string();
    let mut stream = tokio::net::TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    let request = format!(
        "POST /in/{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{alert}\r\n0\r\n\r\n",
        alert.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}
