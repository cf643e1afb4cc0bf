//! The loopback is for this computer's own window only.

use super::{RecordingHost, routes};
use crate::ClientApp;
use crate::keychain::MemoryKeychain;
use std::sync::Arc;

async fn serve(ui: &std::path::Path, data: &std::path::Path) -> String {
    let host = Arc::new(RecordingHost::default());
    let app = ClientApp::start("test", data, Arc::new(MemoryKeychain::default()), host.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = listener.local_addr().unwrap();
    let routes = routes(app, host, ui.to_owned(), listen);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{listen}")
}

#[tokio::test]
async fn it_serves_the_window_and_the_table_to_its_own_origin_only() {
    let (ui, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(ui.path().join("index.html"), "<!doctype html>").unwrap();
    std::fs::write(data.path().join("secret.txt"), "secret").unwrap();
    let base = serve(ui.path(), data.path()).await;
    let http = crate::tls::http().unwrap();

    let index = http.get(format!("{base}/pager/7")).send().await.unwrap();
    assert_eq!(index.headers()["content-security-policy"], super::CONTENT_SECURITY);
    assert_eq!(index.text().await.unwrap(), "<!doctype html>");
    let climbing = http.get(format!("{base}/..%2f..%2fsecret.txt")).send().await.unwrap();
    assert_eq!(climbing.status(), 404);

    let call = |name: &str| http.post(format!("{base}/call/{name}")).json(&serde_json::json!({}));
    assert_eq!(call("sounds").send().await.unwrap().status(), 200);
    let unknown = call("make_tea").header("origin", &base).send().await.unwrap();
    assert_eq!(unknown.status(), 422);
    assert_eq!(unknown.json::<serde_json::Value>().await.unwrap()["code"], "unknown_command");

    assert_eq!(call("state").header("origin", "https://evil.example").send().await.unwrap().status(), 403);
    assert_eq!(call("state").header("host", "evil.example").send().await.unwrap().status(), 403);
    let form = http.post(format!("{base}/call/sounds")).body("{}").header("content-type", "text/plain");
    assert_eq!(form.send().await.unwrap().status(), 422);
}
