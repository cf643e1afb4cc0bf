//! The team's services: how they are, as seen from this server.

use super::caller::{Caller, now};
use super::{Trouble, Web};
use axum::Json;
use axum::extract::{Path, State};
use firebell_domain::ServiceId;
use firebell_domain::health::{HealthCheck, HealthFrom};
use firebell_domain::network::AllowList;
use std::time::Duration;

/// Looks a minute for each person. A triage needs one; nobody scans a network with this.
const LOOKS_A_MINUTE: u32 = 30;

/// `GET /api/v1/services/{id}/health`, and `POST`. May be called by: a device. Looks now, from the server's network, at the
/// address that stands in the team's file; a person cannot name another one. The answer says what was found: that a
/// service is ill is not an error of this request.
pub async fn health(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<HealthCheck>, Trouble> {
    let team = &caller.team.team;
    let id = ServiceId::new(id);
    let service = team.service(&id).ok_or_else(|| Trouble::not_found("There is no such service."))?;
    let Some(url) = &service.health else {
        return Err(Trouble::not_found(
            "This service names no health address. An admin can write one in the team's file, under `health`.",
        ));
    };
    if service.health_from == HealthFrom::Desktop {
        return Err(Trouble::new(
            409,
            "from_desktop",
            "The health of this service is looked at from desktops (`health_from: desktop`), not from the server.",
        ));
    }
    let at = now(&web);
    web.0.looks.take(&caller.person, Some(LOOKS_A_MINUTE), at).map_err(Trouble::too_often)?;
    let within = u64::try_from(team.playbook().triage.health_timeout.as_millis()).unwrap_or(5_000);
    let allowed = AllowList::of(&team.team.health_allow);
    let outcome = web.app().probe.look(url, &allowed, Duration::from_millis(within)).await;
    Ok(Json(HealthCheck { service: id, from: HealthFrom::Server, at, outcome }))
}
