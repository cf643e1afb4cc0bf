//! Errors as `application/problem+json`, with a stable code for programs and a sentence for people.

use crate::storage::{Chain, StorageError};
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use firebell_domain::refusal::{Refusal, RefusalCode};
use firebell_protocol::rest::{FieldError, Problem};

/// Seconds after which a sender should try again when the database is not there.
pub const RETRY_AFTER: u64 = 5;

/// Why a request was not carried out.
#[derive(Clone, Debug)]
pub struct Trouble {
    problem: Box<Problem>,
    retry_after: Option<u64>,
}

impl Trouble {
    pub fn new(status: u16, code: &str, detail: impl Into<String>) -> Self {
        let title = StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or("Error");
        let problem = Problem {
            kind: "about:blank".into(),
            title: title.into(),
            status,
            code: code.into(),
            detail: detail.into(),
            errors: vec![],
        };
        Self { problem: Box::new(problem), retry_after: None }
    }

    pub fn status(&self) -> u16 {
        self.problem.status
    }

    pub fn detail(&self) -> &str {
        &self.problem.detail
    }

    pub fn unauthorized() -> Self {
        Self::new(401, "unauthorized", "Send the device's token as `Authorization: Bearer …`.")
    }

    pub fn not_found(detail: &str) -> Self {
        Self::new(404, "not_found", detail)
    }

    pub fn not_allowed(detail: &str) -> Self {
        Self::new(403, "not_allowed", detail)
    }

    /// Wrong fields, each with what to do.
    pub fn bad_input(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => format!("{}: {}.", one.field, one.words.trim_end_matches('.')),
            more => format!("{} fields are wrong; `errors` names them.", more.len()),
        };
        let mut trouble = Self::new(400, "bad_input", detail);
        trouble.problem.errors = errors;
        trouble
    }

    pub fn field(field: &str, words: impl Into<String>) -> Self {
        Self::bad_input(vec![FieldError { field: field.into(), words: words.into() }])
    }

    /// Storage is not there: it is worth trying again.
    pub fn unavailable() -> Self {
        let words = "The server's database is not available. Send the request again in a few seconds.";
        Self { retry_after: Some(RETRY_AFTER), ..Self::new(503, "unavailable", words) }
    }

    pub fn too_fast(seconds: u64) -> Self {
        let words = format!("This comes faster than it may. Send the request again in {seconds} s.");
        Self { retry_after: Some(seconds), ..Self::new(429, "too_fast", words) }
    }

    /// A person asks for more than one person needs.
    pub fn too_often(seconds: u64) -> Self {
        let words = format!("You ask for this more often than is needed. Ask again in {seconds} s.");
        Self { retry_after: Some(seconds), ..Self::new(429, "too_fast", words) }
    }
}

impl From<StorageError> for Trouble {
    fn from(error: StorageError) -> Self {
        tracing::error!(error = %Chain(&error), "a request could not be carried out");
        Self::unavailable()
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        let (status, code) = match refusal.code {
            RefusalCode::BadInput => (400, "bad_input"),
            RefusalCode::NotFound => (404, "not_found"),
            RefusalCode::NotAllowed => (403, "not_allowed"),
            RefusalCode::AlreadyAcknowledged => (409, "already_acknowledged"),
            RefusalCode::AlreadyResolved => (409, "already_resolved"),
            RefusalCode::Stale => (409, "stale"),
            RefusalCode::NothingToDo => (409, "nothing_to_do"),
        };
        Self::new(status, code, refusal.words)
    }
}

impl From<JsonRejection> for Trouble {
    fn from(rejection: JsonRejection) -> Self {
        let status = rejection.status().as_u16();
        let code = match status {
            413 => "too_large",
            415 => "not_json",
            _ => "bad_input",
        };
        // A body that is JSON and yet not what was asked for is wrong input like any other.
        let status = if status == 422 { 400 } else { status };
        Self::new(status, code, format!("{}.", rejection.body_text().trim_end_matches('.')))
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self.problem).unwrap_or_default();
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
