//! The few things that are asked of the server at once, and so need it.

use crate::words::error;
use firebell_domain::attachment::SIZE_MAX;
use firebell_protocol::rest::Problem;
use firebell_protocol::window::WindowError;
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// 10 MiB by a bad line.
const BYTES_WITHIN: Duration = Duration::from_secs(180);

/// Something did not reach the server.
pub(crate) struct Unsent {
    /// It is of no use to send it again.
    pub refused: bool,
    pub error: WindowError,
}

impl Unsent {
    fn later(error: WindowError) -> Self {
        Self { refused: false, error }
    }
}

/// One server, as one device.
#[derive(Clone)]
pub(crate) struct Server {
    pub http: reqwest::Client,
    /// Checked by [`crate::address::server_address`].
    pub base: String,
    /// `None` only for enrolment.
    pub token: Option<String>,
}

impl Server {
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, WindowError> {
        read(self.send::<()>(Method::GET, path, None).await?).await
    }

    /// For what takes as long as somebody else takes.
    pub(crate) async fn get_within<T: DeserializeOwned>(
        &self,
        path: &str,
        within: Duration,
    ) -> Result<T, WindowError> {
        read(self.answer(self.request(Method::GET, path).timeout(within)).await?).await
    }

    pub(crate) async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, WindowError> {
        read(self.send(Method::POST, path, Some(body)).await?).await
    }

    pub(crate) async fn put<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, WindowError> {
        read(self.send(Method::PUT, path, Some(body)).await?).await
    }

    /// Whether the server has what stands at this address.
    pub(crate) async fn has(&self, path: &str) -> Result<bool, Unsent> {
        let request = self.request(Method::HEAD, path);
        let response = request.send().await.map_err(|e| Unsent::later(self.unreachable(&e)))?;
        match response.status().as_u16() {
            200..300 => Ok(true),
            404 => Ok(false),
            status => Err(Unsent::later(refused(status, None))),
        }
    }

    pub(crate) async fn put_bytes(&self, path: &str, kind: &str, bytes: Vec<u8>) -> Result<(), Unsent> {
        let request = self.request(Method::PUT, path).timeout(BYTES_WITHIN).body(bytes);
        let request = request.header(reqwest::header::CONTENT_TYPE, kind);
        let response = request.send().await.map_err(|e| Unsent::later(self.unreachable(&e)))?;
        let status = response.status().as_u16();
        if response.status().is_success() {
            return Ok(());
        }
        let error = refused(status, response.json::<Problem>().await.ok());
        // What is wrong with the bytes is wrong with them tomorrow; everything else may pass.
        Err(Unsent { refused: matches!(status, 403 | 413 | 415), error })
    }

    /// At most as many as an attachment may have.
    pub(crate) async fn get_bytes(&self, path: &str) -> Result<Vec<u8>, WindowError> {
        let request = self.request(Method::GET, path).timeout(BYTES_WITHIN);
        let mut response = request.send().await.map_err(|e| self.unreachable(&e))?;
        if !response.status().is_success() {
            let status = response.status().as_u16();
            return Err(refused(status, response.json::<Problem>().await.ok()));
        }
        let mut bytes = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|e| self.unreachable(&e))? {
            if (bytes.len() + part.len()) as u64 > SIZE_MAX {
                return Err(error(
                    "offline",
                    "The server sends more than an attachment may have. Tell the operator.",
                ));
            }
            bytes.extend_from_slice(&part);
        }
        Ok(bytes)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// For routes whose answer says nothing.
    pub(crate) async fn tell(&self, method: Method, path: &str) -> Result<(), WindowError> {
        self.send::<()>(method, path, None).await.map(drop)
    }

    async fn send<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
    ) -> Result<Response, WindowError> {
        self.answer(self.asking(method, path, body)).await
    }

    fn asking<B: Serialize>(&self, method: Method, path: &str, body: Option<&B>) -> RequestBuilder {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        request
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, WindowError> {
        let response = request.send().await.map_err(|e| self.unreachable(&e))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let problem = response.json::<Problem>().await.ok();
        Err(refused(status, problem))
    }

    fn unreachable(&self, e: &reqwest::Error) -> WindowError {
        tracing::info!(error = ?e, "a request did not reach the server");
        let base = &self.base;
        if is_distrust(e) {
            return error(
                "offline",
                format!(
                    "The certificate of the team server at {base} is not trusted on this computer. Check its clock, and \
                     whether the organisation's own certificate authority is installed on it."
                ),
            );
        }
        let why = if e.is_timeout() { "does not answer" } else { "cannot be reached" };
        let words = format!(
            "The team server at {base} {why}. Check the network (and the VPN, if there is one) and try again."
        );
        error("offline", words)
    }
}

/// True when the other side's certificate was the reason.
fn is_distrust(e: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(e);
    while let Some(e) = source {
        if matches!(e.downcast_ref::<rustls::Error>(), Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        // An I/O error hides what it wraps from `source`.
        let inner = e.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref());
        source = match inner {
            Some(inner) => Some(inner),
            None => e.source(),
        };
    }
    false
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, WindowError> {
    response.json().await.map_err(|e| {
        tracing::warn!(error = %e, "an answer of the server cannot be read");
        error("offline", "The server's answer cannot be read. It may be of another version; try again, or tell the operator.")
    })
}

fn refused(status: u16, problem: Option<Problem>) -> WindowError {
    let Some(problem) = problem else {
        let code = if status >= 500 { "offline" } else { "refused" };
        let words = format!(
            "The server answered with status {status} and no explanation. Try again, or tell the operator."
        );
        return error(code, words);
    };
    let code = match (problem.code.as_str(), status) {
        ("bad_input", _) | (_, 400 | 422) => "bad_input",
        ("stale", _) => "stale",
        (_, 500..) => "offline",
        _ => "refused",
    };
    let mut words = problem.detail;
    for e in problem.errors {
        // One error is often the detail itself.
        if words.contains(e.words.trim_end_matches('.')) {
            continue;
        }
        words.push_str(&format!(" {}: {}.", e.field, e.words.trim_end_matches('.')));
    }
    error(code, words)
}
