//! Pages, for scripts and people: what there is, and what can be asked of it.

use super::caller::{Asked, Body, Caller, id, now};
use super::{Trouble, Web};
use crate::engine::Decided;
use crate::engine::requests::as_command;
use crate::storage::PageFilter;
use axum::Json;
use axum::extract::{Path, State};
use firebell_domain::alert::Alert;
use firebell_domain::page::{Page, Status, Via};
use firebell_domain::{Instant, PageId, PersonId, Span};
use firebell_protocol::sync::{PageRequest, PageSnapshot};
use serde::Deserialize;

/// Pages listed when nobody says how many.
const LIST: u32 = 100;

/// `?status=open&limit=100`
#[derive(Deserialize)]
pub struct Wanted {
    status: Option<String>,
    limit: Option<u32>,
}

/// `GET /api/v1/pages`. May be called by: a device. Newest first; `status` is open, triggered, acknowledged, snoozed
/// or resolved.
pub async fn list(
    State(web): State<Web>,
    _caller: Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Vec<Page>>, Trouble> {
    let limit = wanted.limit.unwrap_or(LIST).clamp(1, 1_000);
    let (open, status) = match wanted.status.as_deref() {
        None => (None, None),
        Some("open") => (Some(true), None),
        Some("triggered") => (Some(true), Some(Status::Triggered)),
        Some("acknowledged") => (Some(true), Some(Status::Acknowledged)),
        Some("snoozed") => (Some(true), Some(Status::Snoozed)),
        Some("resolved") => (Some(false), None),
        Some(_) => {
            return Err(Trouble::field(
                "status",
                "must be open, triggered, acknowledged, snoozed or resolved",
            ));
        }
    };
    // Open pages are few: what is not wanted of them is left out here.
    let ask = if status.is_some() { 1_000 } else { limit };
    let filter = PageFilter { open, resolved_after: None, limit: ask };
    let mut pages = web.app().storage.pages(filter).await?;
    pages.retain(|p| status.is_none_or(|s| p.status == s));
    pages.truncate(limit as usize);
    Ok(Json(pages))
}

async fn snapshot(web: &Web, id: PageId) -> Result<PageSnapshot, Trouble> {
    let storage = &web.app().storage;
    let page = storage.page(id).await?.ok_or_else(|| Trouble::not_found("There is no such page."))?;
    let history = storage.history(id).await?;
    Ok(PageSnapshot { page, history })
}

/// `GET /api/v1/pages/{id}`. May be called by: a device. `{"page", "history"}`
pub async fn one(
    State(web): State<Web>,
    _caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<PageSnapshot>, Trouble> {
    snapshot(&web, id(&text)?).await.map(Json)
}

/// `?limit=100`
#[derive(Deserialize)]
pub struct Limit {
    limit: Option<u32>,
}

/// `GET /api/v1/pages/{id}/alerts`. May be called by: a device. The newest first.
pub async fn alerts(
    State(web): State<Web>,
    _caller: Caller,
    Path(text): Path<String>,
    Asked(wanted): Asked<Limit>,
) -> Result<Json<Vec<Alert>>, Trouble> {
    let id: PageId = id(&text)?;
    let storage = &web.app().storage;
    if storage.page(id).await?.is_none() {
        return Err(Trouble::not_found("There is no such page."));
    }
    Ok(Json(storage.alerts(id, wanted.limit.unwrap_or(LIST).clamp(1, 1_000)).await?))
}

async fn ask(
    web: &Web,
    caller: &Caller,
    text: &str,
    request: PageRequest,
) -> Result<Json<PageSnapshot>, Trouble> {
    caller.may_act()?;
    let id: PageId = id(text)?;
    match web.app().engine.ask(id, as_command(&caller.person, request, None)).await? {
        Decided::Done { .. } => snapshot(web, id).await.map(Json),
        Decided::Refused(refusal) => Err(refusal.into()),
        Decided::NoSuchPage => Err(Trouble::not_found("There is no such page.")),
    }
}

/// `POST /api/v1/pages/{id}/acknowledge`. May be called by: a device of a responder or admin.
pub async fn acknowledge(
    State(web): State<Web>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<PageSnapshot>, Trouble> {
    ask(&web, &caller, &text, PageRequest::Acknowledge { via: Via::Api }).await
}

/// `POST /api/v1/pages/{id}/resolve`. May be called by: a device of a responder or admin.
pub async fn resolve(
    State(web): State<Web>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<PageSnapshot>, Trouble> {
    ask(&web, &caller, &text, PageRequest::Resolve).await
}

/// `POST /api/v1/pages/{id}/escalate`. May be called by: a device of a responder or admin.
pub async fn escalate(
    State(web): State<Web>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<PageSnapshot>, Trouble> {
    ask(&web, &caller, &text, PageRequest::Escalate).await
}

/// `{"until":"2026-…"}` or `{"for":"15m"}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snooze {
    until: Option<Instant>,
    #[serde(rename = "for")]
    long: Option<Span>,
}

/// `POST /api/v1/pages/{id}/snooze`. May be called by: a device of a responder or admin.
pub async fn snooze(
    State(web): State<Web>,
    caller: Caller,
    Path(text): Path<String>,
    Body(body): Body<Snooze>,
) -> Result<Json<PageSnapshot>, Trouble> {
    let until = match (body.until, body.long) {
        (Some(until), None) => until,
        (None, Some(long)) => now(&web) + long.delta(),
        _ => return Err(Trouble::field("until", "write either until (a time) or for (15m, 1h)")),
    };
    ask(&web, &caller, &text, PageRequest::Snooze { until }).await
}

/// `{"to":"ben"}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reassign {
    to: PersonId,
}

/// `POST /api/v1/pages/{id}/reassign`. May be called by: a device of a responder or admin.
pub async fn reassign(
    State(web): State<Web>,
    caller: Caller,
    Path(text): Path<String>,
    Body(body): Body<Reassign>,
) -> Result<Json<PageSnapshot>, Trouble> {
    ask(&web, &caller, &text, PageRequest::Reassign { to: body.to }).await
}

/// `{"text":"…"}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    text: String,
}

/// `POST /api/v1/pages/{id}/notes`. May be called by: a device of a responder or admin.
pub async fn note(
    State(web): State<Web>,
    caller: Caller,
    Path(text): Path<String>,
    Body(body): Body<Note>,
) -> Result<Json<PageSnapshot>, Trouble> {
    ask(&web, &caller, &text, PageRequest::Note { text: body.text }).await
}
