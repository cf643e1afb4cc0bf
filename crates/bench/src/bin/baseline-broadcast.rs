//! The limit of `push.fanout_ms`: whatever is posted is sent to every WebSocket there is, as one shared text.
//! Prints the address at which it listens, and serves until it is ended.

use anyhow::Result;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use tokio::sync::broadcast;

type Frames = broadcast::Sender<Utf8Bytes>;

async fn take(State(frames): State<Frames>, body: String) -> StatusCode {
    let _nobody = frames.send(body.into());
    StatusCode::ACCEPTED
}

async fn follow(State(frames): State<Frames>, upgrade: WebSocketUpgrade) -> Response {
    let mut frames = frames.subscribe();
    upgrade.read_buffer_size(4 * 1_024).write_buffer_size(0).on_upgrade(move |mut socket| async move {
        // The greeting for which listeners wait.
        if socket.send(Message::text("welcome")).await.is_err() {
            return;
        }
        while let Ok(frame) = frames.recv().await {
            if socket.send(Message::Text(frame)).await.is_err() {
                return;
            }
        }
    })
}

#[tokio::main]
async fn main() -> Result<()> {
    let router = axum::Router::new().route("/in", post(take)).route("/sync", get(follow));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap_or_default());
    axum::serve(listener, router.with_state(Frames::new(1_024))).await?;
    Ok(())
}
