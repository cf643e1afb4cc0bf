//! Incidents, for scripts: read only. They are written by desktops, through the log.

use super::caller::{Asked, Caller, id};
use super::{Trouble, Web};
use crate::library::{self, IncidentRecord};
use crate::storage::read;
use axum::Json;
use axum::extract::{Path, State};
use firebell_domain::incident::Incident;
use serde::Deserialize;

/// Incidents listed at most.
const LIST_MAX: u32 = 200;

/// `?limit=200`
#[derive(Deserialize)]
pub struct Wanted {
    limit: Option<u32>,
}

/// `GET /api/v1/incidents`. May be called by: a device. Those that its person sees: open ones first, then the newest; 200 at most.
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Vec<Incident>>, Trouble> {
    let limit = wanted.limit.unwrap_or(LIST_MAX).clamp(1, LIST_MAX);
    let listed = web.app().storage.read(move |db| read::incidents(db, &caller.person, false, limit));
    Ok(Json(listed.await?))
}

/// `GET /api/v1/incidents/{id}`. May be called by: a device. `{"incident", "fields", "history", "timeline"}`. A private
/// one that its person may not see is not there.
pub async fn one(
    State(web): State<Web>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<IncidentRecord>, Trouble> {
    let id = id(&text)?;
    let found = web.app().storage.read(move |db| library::incident(db, &caller.person, id)).await?;
    found.map(Json).ok_or_else(|| Trouble::not_found("There is no such incident."))
}
