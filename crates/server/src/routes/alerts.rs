//! Alerts across pages: what else fires.

use super::caller::{Asked, Caller, now};
use super::changes::services;
use super::{Trouble, Web};
use crate::storage::read;
use axum::Json;
use axum::extract::State;
use chrono::TimeDelta;
use firebell_domain::Instant;
use firebell_domain::gather::AlertGlance;
use serde::Deserialize;

/// Alerts listed at most.
const LIST_MAX: u32 = 500;

/// `?services=shop,search&from=2026-…&until=2026-…&limit=200`
#[derive(Deserialize)]
pub struct Wanted {
    services: Option<String>,
    from: Option<Instant>,
    until: Option<Instant>,
    limit: Option<u32>,
}

/// `GET /api/v1/alerts`. May be called by: a device. Those that fired at any time from `from` (an hour before `until`) until before
/// `until` (now), without their details; those that began last come first. Of all services when none is named; 500 at most.
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Vec<AlertGlance>>, Trouble> {
    let mut services = services(&caller, "services", wanted.services.as_deref())?;
    if services.is_empty() {
        services = caller.team.team.services.iter().map(|s| s.id.clone()).collect();
    }
    // What begins at this very moment is meant, too.
    let until = wanted.until.unwrap_or_else(|| now(&web) + TimeDelta::seconds(1));
    let hour_before = until.checked_sub_signed(TimeDelta::hours(1));
    let from = wanted.from.or(hour_before).unwrap_or(until);
    if from > until {
        return Err(Trouble::field("from", "must be before until"));
    }
    let limit = wanted.limit.unwrap_or(LIST_MAX).clamp(1, LIST_MAX);
    let found =
        web.app().storage.read(move |db| read::alerts_around(db, &services, from, until, limit)).await?;
    Ok(Json(found.into_iter().map(AlertGlance::of).collect()))
}
