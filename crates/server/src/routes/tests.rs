//! The table of routes, walked through without credentials.

use super::*;
use crate::channels::Senders;
use crate::cli::{Desk, Request as Asked};
use crate::config::Config;
use crate::storage::DatabaseUrl;
use std::net::SocketAddr;

/// A server with a team, on a port of its own.
async fn serve() -> (String, tempfile::TempDir) {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let database = DatabaseUrl::Sqlite(folder.path().join("firebell.db"));
    let senders = Arc::new(Senders::new(true).unwrap());
    let app = App::start(Config::default(), &database, None, senders).unwrap();
    let desk = Desk { storage: app.storage.clone(), database, public_url: None, live: None };
    let init = Asked::Init { team: "Acme".into(), admin: "ops@example.com".into(), time_zone: "UTC".into() };
    desk.execute(init).await.unwrap();
    let links = Links { secret: b"secret".to_vec(), public_url: "http://localhost".into() };
    let router = router(Web::new(app, links, None));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    (url, folder)
}

fn filled(path: &str) -> String {
    path.replace("{key}", "0123456789abcdef0123456789abcdef")
        .replace("{kind}", "generic")
        .replace("{id}", &uuid::Uuid::nil().to_string())
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
            if route.method == "POST" {
                request = request.header("content-type", "application/json").body("{}");
            }
            let status = request.send().await.unwrap().status().as_u16();
            let refused: &[u16] = match route.who {
                Who::Public if route.path == "/api/v1/devices" => &[400],
                Who::Public => &[200],
                Who::IntegrationKey if route.path == "/v2/enqueue" => &[400],
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
