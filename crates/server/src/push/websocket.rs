//! The WebSocket of one desktop. It is not axum's, because a long text has to go out in pieces: the library's buffer
//! keeps the size of the largest frame for as long as the connection lasts, and a greeting carries the whole team.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

/// A longer text is sent as several frames, which every WebSocket library joins. A page is about 1 KiB.
const FRAME_MAX: usize = 3 * 1_024;
/// What desktops say is short; something longer gets a buffer of its own, and gives it back.
const READ_AT_ONCE: usize = 1_024;
/// Room for the largest update of a text (1 MiB), which travels as base64.
const MESSAGE_MAX: usize = 2 * 1_024 * 1_024;

/// A request that asks for a WebSocket.
pub struct Upgrade {
    response: Response,
    upgrading: OnUpgrade,
}

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let upgrading = parts.extensions.remove::<OnUpgrade>().ok_or_else(refuse)?;
        let request = Request::from_parts(parts.clone(), ());
        let response = create_response_with_body(&request, Body::empty).map_err(|_| refuse())?;
        Ok(Self { response, upgrading })
    }
}

fn refuse() -> Response {
    let wanted = [(header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_VERSION, "13")];
    (StatusCode::UPGRADE_REQUIRED, wanted, "This address is a WebSocket, for Firebell's desktops.")
        .into_response()
}

impl Upgrade {
    /// The answer to the request; `serve` begins when it is out.
    pub fn accept<F: Future<Output = ()> + Send>(
        self,
        serve: impl FnOnce(WebSocket) -> F + Send + 'static,
    ) -> Response {
        let upgrading = self.upgrading;
        tokio::spawn(async move {
            // It may have gone before the answer reached it.
            let Ok(upgraded) = upgrading.await else { return };
            let config = WebSocketConfig::default()
                .read_buffer_size(READ_AT_ONCE)
                .write_buffer_size(0)
                .max_message_size(Some(MESSAGE_MAX))
                .max_frame_size(Some(MESSAGE_MAX));
            let stream = TokioIo::new(upgraded);
            let stream = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
            serve(WebSocket { stream: Box::new(stream), is_amid: false }).await;
        });
        self.response
    }
}

pub struct WebSocket {
    /// Boxed, because a future keeps room for it wherever it is handed on.
    stream: Box<WebSocketStream<TokioIo<Upgraded>>>,
    /// Part of a text is out, and the rest is not.
    is_amid: bool,
}

impl WebSocket {
    pub async fn next(&mut self) -> Option<Result<Message, Error>> {
        self.stream.next().await
    }

    /// Sends a text whole. When this is dropped on the way, nothing can be said here any more.
    pub async fn send(&mut self, text: Utf8Bytes) -> Result<(), Error> {
        if self.is_amid {
            return Err(Error::ConnectionClosed);
        }
        if text.len() <= FRAME_MAX {
            return self.stream.send(Message::Text(text)).await;
        }
        self.is_amid = true;
        let mut rest = Bytes::from(text);
        let mut kind = Data::Text;
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(FRAME_MAX));
            let frame = Frame::message(piece, OpCode::Data(kind), rest.is_empty());
            self.stream.send(Message::Frame(frame)).await?;
            kind = Data::Continue;
        }
        self.is_amid = false;
        Ok(())
    }

    /// Says that this was all.
    pub async fn close(&mut self) -> Result<(), Error> {
        let frame = CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::from_static("bye") };
        self.stream.send(Message::Close(Some(frame))).await
    }
}
