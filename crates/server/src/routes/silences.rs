//! Maintenance: alerts are kept but do not ring.

use super::caller::{Body, Caller, id, now};
use super::{Trouble, Web};
use crate::storage::Silence;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::TimeDelta;
use firebell_domain::SilenceId;
use firebell_protocol::rest::{NewSilence, SilenceView};

fn view(s: Silence) -> SilenceView {
    SilenceView {
        id: s.id,
        service: s.service,
        starts_at: s.starts_at,
        ends_at: s.ends_at,
        reason: s.reason,
        by: s.by,
    }
}

/// `GET /api/v1/silences`. May be called by: a device. Those that have not ended.
pub async fn list(State(web): State<Web>, _caller: Caller) -> Result<Json<Vec<SilenceView>>, Trouble> {
    let found = web.app().storage.silences(now(&web)).await?;
    Ok(Json(found.into_iter().map(view).collect()))
}

/// `POST /api/v1/silences`. May be called by: a device of a responder or admin.
pub async fn add(
    State(web): State<Web>,
    caller: Caller,
    Body(new): Body<NewSilence>,
) -> Result<(StatusCode, Json<SilenceView>), Trouble> {
    caller.may_act()?;
    let now = now(&web);
    let starts_at = new.starts_at.unwrap_or(now);
    let reason = new.reason.trim().to_owned();
    if let Some(service) = &new.service
        && caller.team.team.service(service).is_none()
    {
        return Err(Trouble::field("service", format!("there is no service `{service}`")));
    }
    if starts_at > now + TimeDelta::days(366) {
        return Err(Trouble::field("starts_at", "must be within a year from now"));
    }
    if new.ends_at <= now
        || new.ends_at <= starts_at
        || new.ends_at > starts_at.max(now) + TimeDelta::days(30)
    {
        return Err(Trouble::field(
            "ends_at",
            "must be after the start, in the future, and at most 30 days after the start",
        ));
    }
    // A NUL could not even be stored by PostgreSQL.
    if reason.is_empty() || reason.chars().count() > 500 || reason.chars().any(char::is_control) {
        return Err(Trouble::field("reason", "must be 1 to 500 characters on one line"));
    }
    let silence = Silence {
        id: SilenceId(uuid::Uuid::new_v4()),
        service: new.service,
        starts_at,
        ends_at: new.ends_at,
        reason,
        by: Some(caller.person),
    };
    let stored = silence.clone();
    web.app().storage.write(move |tx| tx.add_silence(&stored)).await?;
    Ok((StatusCode::CREATED, Json(view(silence))))
}

/// `DELETE /api/v1/silences/{id}`. May be called by: a device of a responder or admin. What it held back rings now.
pub async fn end(
    State(web): State<Web>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<StatusCode, Trouble> {
    caller.may_act()?;
    let id: SilenceId = id(&text)?;
    if web.app().engine.end_silence(id).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Trouble::not_found("This silence has ended, or never was."))
}
