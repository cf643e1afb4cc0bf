//! Desktops that only listen: a thousand of them fit into one process.

use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use std::net::SocketAddr;
use std::time::Instant;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

const HELLO: &str = r#"{"type":"hello","protocol":1,"app":"bench","capabilities":[],"cursor":null}"#;

/// Ends its connection with this value.
pub struct Listener(JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Listener {
    /// Connects, and returns when the server has greeted it. `on_text` hears of every message, with the time at
    /// which it was whole.
    pub async fn connect(
        address: SocketAddr,
        token: &str,
        mut on_text: impl FnMut(&str, Instant) + Send + 'static,
    ) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut request = format!("ws://{address}/sync").into_client_request()?;
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse()?);
        let config = WebSocketConfig::default().read_buffer_size(8 * 1_024).write_buffer_size(0);
        let (mut socket, _) =
            tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?;
        socket.send(Message::text(HELLO)).await?;
        let welcome = socket.next().await.context("the server hung up instead of a greeting")??;
        drop(welcome);
        Ok(Self(tokio::spawn(async move {
            while let Some(Ok(message)) = socket.next().await {
                let at = Instant::now();
                let Message::Text(text) = message else { continue };
                match ping(&text) {
                    Some(n) => {
                        let pong = format!(r#"{{"type":"pong","n":{n}}}"#);
                        if socket.send(Message::text(pong)).await.is_err() {
                            return;
                        }
                    }
                    None => on_text(&text, at),
                }
            }
        })))
    }
}

fn ping(text: &str) -> Option<u64> {
    let rest = text.strip_prefix(r#"{"type":"ping","n":"#)?;
    rest.split([',', '}']).next()?.parse().ok()
}
