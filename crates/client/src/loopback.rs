//! The core behind a loopback address, for tests of the window in a browser. Never part of an installation.
//!
//! It serves the built window with the shell's content security policy, the table of commands and the changes.
//! In place of a shell's hands it has [`RecordingHost`].

mod files;
mod keychain;
mod recording;
#[cfg(test)]
mod tests;

pub use keychain::FileKeychain;
pub use recording::RecordingHost;

use crate::ClientApp;
use crate::words::error;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use firebell_protocol::window::{Change, WindowError};
use futures_util::stream::{self, Stream};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;

/// As in the shell's configuration.
pub const CONTENT_SECURITY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
     font-src 'self'; connect-src 'self'; script-src 'self'";

/// Bytes of the arguments of a command: an attachment of 10 MiB as base64, and one that is a little too large and told so.
const CALL_MAX: usize = 24 << 20;

#[derive(Clone)]
struct Served {
    app: Arc<ClientApp>,
    host: Arc<RecordingHost>,
    ui: PathBuf,
    /// `127.0.0.1:PORT` and `localhost:PORT`.
    names: Arc<[String]>,
}

/// The routes. `listen`: where they will be served; requests for another host or from another origin are refused,
/// so that no web page reaches a core through the person's browser.
pub fn routes(app: Arc<ClientApp>, host: Arc<RecordingHost>, ui: PathBuf, listen: SocketAddr) -> Router {
    let names = [listen.to_string(), format!("localhost:{}", listen.port())].into();
    let served = Served { app, host, ui, names };
    Router::new()
        .route("/call/{name}", post(call).layer(DefaultBodyLimit::max(CALL_MAX)))
        .route("/changes", get(changes))
        .route("/calls-of-the-host", get(calls))
        .fallback(get(file))
        .layer(middleware::from_fn_with_state(served.clone(), guard))
        .with_state(served)
}

async fn guard(State(served): State<Served>, request: Request, next: Next) -> Response {
    let known = |name: Option<&HeaderValue>| {
        name.and_then(|n| n.to_str().ok()).is_some_and(|n| served.names.iter().any(|known| known == n))
    };
    let origin_is_known = match request.headers().get(ORIGIN).map(|o| o.to_str().unwrap_or_default()) {
        None => true,
        Some(origin) => served.names.iter().any(|n| origin == format!("http://{n}")),
    };
    let mut response = if known(request.headers().get(HOST)) && origin_is_known {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "Only this computer's own window may ask.").into_response()
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn call(
    State(served): State<Served>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A form of another origin can send text without asking first; JSON it cannot.
    let json = headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !json.starts_with("application/json") {
        return refused(error("bad_input", "Content-Type: send application/json."));
    }
    let args = if body.is_empty() { Ok(serde_json::Value::Null) } else { serde_json::from_slice(&body) };
    match args {
        Err(e) => refused(error("bad_input", format!("The arguments of {name} are not JSON: {e}."))),
        Ok(args) => match served.app.call_text(&name, args).await {
            Ok(answer) => ([(CONTENT_TYPE, "application/json")], answer).into_response(),
            Err(e) => refused(e),
        },
    }
}

fn refused(e: WindowError) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, axum::Json(e)).into_response()
}

async fn changes(State(served): State<Served>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let heard = stream::unfold(served.app.changes(), |mut changes| async move {
        let change = match changes.recv().await {
            Ok(change) => change,
            // Whatever was missed, asking for the state again makes good.
            Err(RecvError::Lagged(_)) => Change::State,
            Err(RecvError::Closed) => return None,
        };
        let event = Event::default().json_data(&change).unwrap_or_default();
        Some((Ok(event), changes))
    });
    Sse::new(heard).keep_alive(KeepAlive::default())
}

/// What the window made the host do, for tests.
async fn calls(State(served): State<Served>) -> axum::Json<Vec<String>> {
    axum::Json(served.host.calls())
}

async fn file(State(served): State<Served>, request: Request) -> Response {
    files::serve(&served.ui, request.uri().path()).await
}

/// What a shell does with the desk: puts what rings on the screen.
pub async fn present(app: Arc<ClientApp>) {
    let mut desk = app.desk();
    loop {
        let ringing = desk.borrow_and_update().ringing.clone();
        for page in ringing {
            if let Err(e) = app.presented(&page.raise) {
                tracing::warn!(error = %e, "a raise could not be marked as presented");
            }
        }
        if desk.changed().await.is_err() {
            return;
        }
    }
}
