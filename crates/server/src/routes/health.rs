//! For those who run the server: is it alive, can it page, how much does it do.

use super::{Trouble, Web};
use crate::secret;
use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

/// A database that takes longer over one write than this is not ready.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// Collects the process's figures; `None` when somebody else does already.
pub fn recorder() -> Option<PrometheusHandle> {
    PrometheusBuilder::new().install_recorder().ok()
}

/// `GET /healthz`. May be called by: everybody. The process answers.
pub async fn alive() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// `GET /readyz`. May be called by: everybody. A page that came in now would be stored and rung.
pub async fn ready(State(web): State<Web>) -> Result<Json<Value>, Trouble> {
    let app = web.app();
    if app.stop.is_cancelled() {
        return Err(Trouble::unavailable());
    }
    let written = tokio::time::timeout(READY_WITHIN, app.storage.ping()).await;
    written.map_err(|_| Trouble::unavailable())??;
    let forgotten = app.storage.forgotten_pages().await?;
    let held = app.storage.held().await?;
    Ok(Json(json!({ "status": "ready", "paging_held": held, "forgotten_pages": forgotten })))
}

/// `GET /metrics`. May be called by: this machine (not through a proxy), or whoever sends the settings'
/// `metrics_token` as a bearer token.
pub async fn metrics(State(web): State<Web>, request: Request) -> Result<Response, Trouble> {
    let (mut parts, _body) = request.into_parts();
    let token = web.app().config.metrics_token.as_deref();
    let by_token = match (token, secret::bearer(&parts.headers)) {
        (Some(token), Some(said)) => secret::same(token.as_bytes(), said.as_bytes()),
        _ => false,
    };
    // A proxy on this machine speaks for others.
    let is_proxied = parts.headers.keys().any(|name| {
        let name = name.as_str();
        matches!(name, "forwarded" | "via" | "x-real-ip") || name.starts_with("x-forwarded-")
    });
    let peer = ConnectInfo::<SocketAddr>::from_request_parts(&mut parts, &web).await.ok();
    let is_here = !is_proxied && peer.is_some_and(|ConnectInfo(a)| a.ip().is_loopback());
    if !by_token && !is_here {
        return Err(Trouble::new(
            401,
            "unauthorized",
            "Set `metrics_token` in the settings file and send it as `Authorization: Bearer …`.",
        ));
    }
    metrics::gauge!("firebell_paging_held").set(if web.app().storage.held().await? { 1.0 } else { 0.0 });
    metrics::gauge!("firebell_forgotten_pages").set(web.app().storage.forgotten_pages().await? as f64);
    let text = web.0.metrics.as_ref().map(PrometheusHandle::render).unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
