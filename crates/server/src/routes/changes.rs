//! Deployments and other changes: where pipelines post them, and where people and scripts read them.

use super::caller::{Asked, Caller, now};
use super::intake::{No, look_up, read as read_body, trouble, unknown_key};
use super::{Trouble, Web};
use crate::changes;
use crate::ingest::body::{self, BODY_MAX};
use crate::ingest::{changes as ingest, pagerduty};
use crate::storage::{Chain, ChangeFilter, read};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use firebell_domain::change_event::{ChangeEvent, NewChange};
use firebell_domain::{Instant, IntegrationId, ServiceId};
use serde::Deserialize;
use serde_json::json;

/// Changes listed at most.
const LIST_MAX: u32 = 500;
/// Services that can be asked for at once.
pub const SERVICES_MAX: usize = 100;

/// `POST /in/{key}/deployment`. May be called by: whoever knows the key of any integration.
pub async fn deployment(
    State(web): State<Web>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Trouble> {
    let taken = posted(&web, &key, &headers, body).await;
    count("deployment", taken.as_ref().err().map(Trouble::status));
    let change = taken?;
    let answer =
        json!({ "status": "accepted", "id": change.id, "service": change.service, "count": change.count });
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

async fn posted(web: &Web, key: &str, headers: &HeaderMap, body: Body) -> Result<ChangeEvent, Trouble> {
    let now = now(web);
    let known = look_up(web, key, now).await?.ok_or_else(unknown_key)?;
    web.0.rates.take(&known.integration, known.per_minute, now).map_err(Trouble::too_fast)?;
    let bytes = read_body(headers, body, BODY_MAX).await?;
    let value = body::read(&bytes).map_err(|bad| trouble(&bad))?;
    let new = ingest::deployment(&value).map_err(Trouble::bad_input)?;
    keep(web, known.integration, new).await?.ok_or_else(unknown_key)
}

/// `POST /v2/change/enqueue`, as PagerDuty answers it. May be called by: whoever knows the routing key in the body.
pub async fn enqueue(State(web): State<Web>, headers: HeaderMap, body: Body) -> Response {
    let taken = enqueued(&web, &headers, body).await;
    count("change", taken.as_ref().err().map(|no| no.status));
    match taken {
        Ok(()) => {
            let answer = json!({ "status": "success", "message": "Change event processed" });
            (StatusCode::ACCEPTED, Json(answer)).into_response()
        }
        Err(no) => no.into_response(),
    }
}

async fn enqueued(web: &Web, headers: &HeaderMap, body: Body) -> Result<(), No> {
    let now = now(web);
    let unknown = || No::invalid(400, "routing_key: is unknown or was revoked");
    let failed = |error: crate::storage::StorageError| {
        tracing::error!(error = %Chain(&error), "a change event cannot be taken in");
        No::unavailable()
    };
    let bytes = read_body(headers, body, BODY_MAX).await.map_err(|t| No::invalid(t.status(), t.detail()))?;
    let value = body::read(&bytes).map_err(|bad| No::invalid(bad.status(), bad.to_string()))?;
    let parsed = ingest::change_event(&value);
    let Some(key) = pagerduty::routing_key(&value) else {
        return Err(No::wrong(parsed.err().unwrap_or_default()));
    };
    let known = look_up(web, key, now).await.map_err(failed)?.ok_or_else(unknown)?;
    web.0.rates.take(&known.integration, known.per_minute, now).map_err(No::too_fast)?;
    let new = parsed.map_err(No::wrong)?;
    keep(web, known.integration, new).await.map_err(failed)?.map(drop).ok_or_else(unknown)
}

/// On the disk when this returns.
async fn keep(
    web: &Web,
    integration: IntegrationId,
    new: NewChange,
) -> Result<Option<ChangeEvent>, crate::storage::StorageError> {
    web.app().storage.write(move |tx| changes::posted(tx, &integration, new)).await
}

fn count(kind: &'static str, refused: Option<u16>) {
    let outcome = match refused {
        None => "accepted",
        Some(429) => "too_fast",
        Some(_) => "refused",
    };
    metrics::counter!("firebell_ingest_requests_total", "kind" => kind, "outcome" => outcome).increment(1);
}

/// `?service=shop,search&from=2026-…&until=2026-…&limit=500`
#[derive(Deserialize)]
pub struct Wanted {
    service: Option<String>,
    from: Option<Instant>,
    until: Option<Instant>,
    limit: Option<u32>,
}

/// `GET /api/v1/changes`. May be called by: a device. The newest first, by when they take effect; planned ones stand at their
/// start. `from` and `until` are half-open; 500 at most.
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Vec<ChangeEvent>>, Trouble> {
    let filter = ChangeFilter {
        services: services(&caller, "service", wanted.service.as_deref())?,
        from: wanted.from,
        until: wanted.until,
        limit: wanted.limit.unwrap_or(LIST_MAX).clamp(1, LIST_MAX),
    };
    Ok(Json(web.app().storage.read(move |db| read::changes(db, &filter)).await?))
}

/// Services by their ids, with commas between them; none when nobody asks for any.
pub fn services(caller: &Caller, field: &str, text: Option<&str>) -> Result<Vec<ServiceId>, Trouble> {
    let named = text.unwrap_or_default().split(',').map(str::trim).filter(|s| !s.is_empty());
    let found: Vec<ServiceId> = named.map(ServiceId::new).collect();
    if let Some(odd) = found.iter().find(|s| caller.team.team.service(s).is_none()) {
        return Err(Trouble::field(field, format!("there is no service `{odd}`")));
    }
    if found.len() > SERVICES_MAX {
        return Err(Trouble::field(field, format!("names more than {SERVICES_MAX} services; ask for fewer")));
    }
    Ok(found)
}
