//! Where monitoring systems post. The order of the checks: key, rate, size, text, fields; accepted only when it is on
//! the disk.

use super::caller::now;
use super::problem::RETRY_AFTER;
use super::{Trouble, Web};
use crate::ingest::body::{self, BODY_MAX, BadBody};
use crate::ingest::{self, pagerduty};
use crate::secret::{self, TokenHash};
use crate::storage::StorageError;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use firebell_domain::alert::SignalKind;
use firebell_domain::team::IntegrationKind;
use firebell_domain::{Instant, IntegrationId};
use firebell_protocol::rest::FieldError;
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long a body may take to arrive.
pub const BODY_WITHIN: Duration = Duration::from_secs(10);
/// How long a known key is believed without asking the database again (another node may have revoked it).
const KEY_FOR: chrono::TimeDelta = chrono::TimeDelta::seconds(2);
/// Bytes of a body that is read although its key is over its rate, in case it is an answer to an alert.
const ANSWER_MAX: usize = 8 * 1024;

/// Keys that were looked up a moment ago.
#[derive(Default)]
pub struct Keys(Mutex<HashMap<TokenHash, Known>>);

#[derive(Clone)]
pub(super) struct Known {
    pub integration: IntegrationId,
    pub per_minute: Option<u32>,
    asked: Instant,
}

impl Keys {
    pub fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn get(&self, hash: &TokenHash, now: Instant) -> Option<Known> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.get(hash).filter(|k| (now - k.asked).abs() < KEY_FOR).cloned()
    }

    fn keep(&self, hash: TokenHash, known: Known) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, known);
    }
}

/// The integration of a key; `None` for keys that are unknown, revoked, or of an integration that is gone.
pub(super) async fn look_up(web: &Web, key: &str, now: Instant) -> Result<Option<Known>, StorageError> {
    let hash = secret::hash(key);
    if let Some(known) = web.0.keys.get(&hash, now) {
        return Ok(Some(known));
    }
    let storage = &web.app().storage;
    let Some(id) = storage.integration_by_key(hash).await? else { return Ok(None) };
    let team = storage.team().await?;
    let Some(integration) = team.team.integration(&id) else { return Ok(None) };
    let known = Known { integration: id, per_minute: integration.rate, asked: now };
    web.0.keys.keep(hash, known.clone());
    Ok(Some(known))
}

/// Reads a body to its end, or to one byte over the limit.
pub(super) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Vec<u8>, Trouble> {
    let too_large = || Trouble::new(413, "too_large", BadBody::TooLarge.to_string());
    let said =
        headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    if said.is_some_and(|n| n > limit as u64) {
        return Err(too_large());
    }
    let reading = async {
        let mut bytes = Vec::with_capacity(said.map_or(1_024, |n| n as usize));
        let mut stream = body.into_data_stream();
        while let Some(chunk) = stream.next().await {
            let chunk =
                chunk.map_err(|_| Trouble::new(400, "broken_off", "The body broke off. Send it again."))?;
            if bytes.len() + chunk.len() > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    let slow = || Trouble::new(408, "too_slow", "The body did not arrive within 10 s. Send it again.");
    tokio::time::timeout(BODY_WITHIN, reading).await.map_err(|_| slow())?
}

pub(super) fn trouble(bad: &BadBody) -> Trouble {
    let code = match bad {
        BadBody::TooLarge => "too_large",
        BadBody::NotUtf8 => "not_utf8",
        BadBody::Nul => "nul",
        BadBody::TooDeep => "too_deep",
        BadBody::NotJson(_) => "not_json",
    };
    Trouble::new(bad.status(), code, bad.to_string())
}

pub(super) fn unknown_key() -> Trouble {
    let words =
        "This integration key is unknown or was revoked. Make one with `firebell-server integration add`.";
    Trouble::new(401, "unknown_key", words)
}

/// `POST /in/{key}/{kind}`. May be called by: whoever knows the key.
pub async fn webhook(
    State(web): State<Web>,
    Path((key, kind)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Trouble> {
    let now = now(&web);
    let known = look_up(&web, &key, now).await?.ok_or_else(unknown_key)?;
    let kind = match kind.as_str() {
        "alertmanager" => IntegrationKind::Alertmanager,
        "generic" => IntegrationKind::Generic,
        _ => {
            return Err(Trouble::not_found(
                "There is no such kind of integration. Post to …/alertmanager, …/generic or …/deployment.",
            ));
        }
    };
    let over = web.0.rates.take(&known.integration, known.per_minute, now).err();
    let limit = if over.is_some() { ANSWER_MAX } else { BODY_MAX };
    let bytes = read(&headers, body, limit).await.map_err(|trouble| match over {
        Some(seconds) if trouble.status() == 413 => {
            count(kind, "too_fast");
            Trouble::too_fast(seconds)
        }
        _ => {
            count(kind, "refused");
            trouble
        }
    })?;
    let value = body::read(&bytes).map_err(|bad| {
        count(kind, "refused");
        trouble(&bad)
    })?;
    let parsed = ingest::parse(kind, &value);
    let only_answers =
        !parsed.signals.is_empty() && parsed.signals.iter().all(|s| s.kind != SignalKind::Trigger);
    match over {
        Some(seconds) if !only_answers => {
            count(kind, "too_fast");
            return Err(Trouble::too_fast(seconds));
        }
        None if only_answers => web.0.rates.give_back(&known.integration),
        _ => {}
    }
    if parsed.is_refused() {
        count(kind, "refused");
        return Err(Trouble::bad_input(parsed.errors));
    }
    let accepted = parsed.signals.len();
    let dedup_key = match parsed.signals.as_slice() {
        [one] if kind == IntegrationKind::Generic => Some(one.dedup_key.clone()),
        _ => None,
    };
    web.app().engine.ingest(known.integration, parsed.signals).await.map_err(|_| Trouble::unavailable())?;
    count(kind, "accepted");
    let mut answer = json!({ "status": "accepted", "accepted": accepted });
    if let Some(key) = dedup_key {
        answer["dedup_key"] = key.into();
    }
    if !parsed.errors.is_empty() {
        answer["errors"] = json!(parsed.errors);
    }
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

/// `POST /v2/enqueue`, as PagerDuty answers it. May be called by: whoever knows the routing key in the body.
pub async fn enqueue(State(web): State<Web>, headers: HeaderMap, body: Body) -> Response {
    let kind = IntegrationKind::Pagerduty;
    match event(&web, &headers, body).await {
        Ok(key) => {
            count(kind, "accepted");
            let answer = json!({ "status": "success", "message": "Event processed", "dedup_key": key });
            (StatusCode::ACCEPTED, Json(answer)).into_response()
        }
        Err(no) => {
            count(kind, if no.status == 429 { "too_fast" } else { "refused" });
            no.into_response()
        }
    }
}

/// A refusal in PagerDuty's shape.
pub(super) struct No {
    pub status: u16,
    pub errors: Vec<String>,
    pub retry_after: Option<u64>,
}

impl No {
    pub fn invalid(status: u16, error: impl Into<String>) -> Self {
        Self { status, errors: vec![error.into()], retry_after: None }
    }
    /// Wrong fields, each with what to do.
    pub fn wrong(errors: Vec<FieldError>) -> Self {
        let errors = errors.into_iter().map(|e| format!("{}: {}", e.field, e.words)).collect();
        Self { status: 400, errors, retry_after: None }
    }
    pub fn too_fast(seconds: u64) -> Self {
        Self { status: 429, errors: vec![format!("retry in {seconds} s")], retry_after: Some(seconds) }
    }
    pub fn unavailable() -> Self {
        let words = "The server's database is not available; send the event again".to_owned();
        Self { status: 503, errors: vec![words], retry_after: Some(RETRY_AFTER) }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let (status, message) = match self.status {
            429 => ("throttle exceeded", "Events for this routing key arrive too quickly. Retry later."),
            503 => ("unavailable", "Event was not processed. Retry later."),
            _ => ("invalid event", "Event object is invalid"),
        };
        let answer: Value = json!({ "status": status, "message": message, "errors": self.errors });
        let code = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (code, Json(answer)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

async fn event(web: &Web, headers: &HeaderMap, body: Body) -> Result<String, No> {
    let now = now(web);
    let bytes = read(headers, body, BODY_MAX).await.map_err(|t| No::invalid(t.status(), t.detail()))?;
    let value = body::read(&bytes).map_err(|bad| No::invalid(bad.status(), bad.to_string()))?;
    let parsed = pagerduty::parse(&value, || uuid::Uuid::new_v4().simple().to_string());
    let Some(key) = pagerduty::routing_key(&value) else {
        return Err(No::wrong(parsed.err().unwrap_or_default()));
    };
    let known = look_up(web, key, now).await.map_err(|error| {
        tracing::error!(error = %crate::storage::Chain(&error), "a key cannot be looked up");
        No::unavailable()
    })?;
    let Some(known) = known else {
        return Err(No::invalid(400, "routing_key: is unknown or was revoked"));
    };
    if !pagerduty::is_answer(&value)
        && let Err(seconds) = web.0.rates.take(&known.integration, known.per_minute, now)
    {
        return Err(No::too_fast(seconds));
    }
    let event = parsed.map_err(No::wrong)?;
    let key = event.signal.dedup_key.clone();
    let taken = web.app().engine.ingest(known.integration, vec![event.signal]).await;
    taken.map_err(|_| No::unavailable())?;
    Ok(key)
}

fn count(kind: IntegrationKind, outcome: &'static str) {
    metrics::counter!("firebell_ingest_requests_total", "kind" => kind.name(), "outcome" => outcome)
        .increment(1);
}
