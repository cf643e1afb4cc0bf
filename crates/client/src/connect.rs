//! Opening a connection to the team server, and why it failed in plain words.

use crate::tls;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};

const CONNECT_WITHIN: Duration = Duration::from_secs(10);

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// On failure: why, in words.
pub(crate) async fn connect(address: &str, token: &str) -> Result<Socket, String> {
    let unreachable = |why: &str| {
        format!("The team server cannot be reached: {why}. Check the network; it is tried again.")
    };
    let mut request = address.into_client_request().map_err(|e| unreachable(&e.to_string()))?;
    let bearer = HeaderValue::from_str(&format!("Bearer {token}"))
        .map_err(|_| "The token in the keychain is not one. Sign out and join the team again.".to_owned())?;
    request.headers_mut().insert(AUTHORIZATION, bearer);
    let connector = Connector::Rustls(tls::config());
    let attempt = tokio_tungstenite::connect_async_tls_with_config(request, None, true, Some(connector));
    match timeout(CONNECT_WITHIN, attempt).await {
        Err(_) => Err(unreachable("it does not answer")),
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(WsError::Http(answer))) => Err(match answer.status().as_u16() {
            // Who was removed is told so in the connection. This may be a proxy, or a server restored from a backup
            // older than this computer: the token is kept.
            401 | 403 => "The server does not know this computer. It is tried again; if it stays so, ask the operator, \
                          or sign out and join the team again with a new invite."
                .into(),
            status => unreachable(&format!("it answered with status {status}")),
        }),
        Ok(Err(e)) => Err(unreachable(&why(&e))),
    }
}

/// The usual faults in plain words.
pub(crate) fn why(e: &WsError) -> String {
    use std::io::ErrorKind as Kind;
    match e {
        WsError::Io(e) => match e.kind() {
            Kind::ConnectionRefused => "nothing answers at its address".into(),
            Kind::ConnectionReset => "the connection was cut".into(),
            Kind::HostUnreachable | Kind::NetworkUnreachable => "this computer has no network to it".into(),
            Kind::TimedOut => "it does not answer".into(),
            Kind::InvalidData => format!("its certificate is not trusted here ({e})"),
            _ => format!("the network failed ({e})"),
        },
        WsError::Tls(e) => format!("its encryption cannot be trusted ({e})"),
        WsError::ConnectionClosed | WsError::AlreadyClosed => "it closed the connection".into(),
        e => format!("{e}"),
    }
}
