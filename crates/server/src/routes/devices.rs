//! Devices: enrolled by an invite, listed, removed.

use super::caller::{Body, Caller, id, now};
use super::{Trouble, Web};
use crate::secret;
use crate::storage::{EnrolRefusal, NewDevice};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use firebell_domain::DeviceId;
use firebell_domain::liveness::{Contact, GRACE_AFTER_START, device};
use firebell_protocol::rest::{DeviceView, EnrolRequest, EnrolResponse};

/// What stands in the way of enrolling.
enum No {
    Invite(EnrolRefusal),
    /// The person was removed from the team after they were invited.
    Gone,
}

/// `POST /api/v1/devices`. May be called by: whoever has an invite's token.
pub async fn enrol(
    State(web): State<Web>,
    Body(body): Body<EnrolRequest>,
) -> Result<(StatusCode, Json<EnrolResponse>), Trouble> {
    let name = body.device_name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Trouble::field("device_name", "must be 1 to 100 characters on one line"));
    }
    if body.platform.chars().count() > 100 || body.platform.chars().any(char::is_control) {
        return Err(Trouble::field("platform", "must be 100 characters at most, on one line"));
    }
    let device_token = secret::token();
    let new = NewDevice {
        id: DeviceId(uuid::Uuid::new_v4()),
        name,
        platform: body.platform,
        token_hash: secret::hash(&device_token),
    };
    let (device, invite) = (new.id, secret::hash(body.token.trim()));
    let outcome = web
        .app()
        .storage
        .write(move |tx| {
            let person = match tx.enrol(&invite, &new)? {
                Ok(person) => person,
                Err(refusal) => return Ok(Err(No::Invite(refusal))),
            };
            let record = tx.team()?;
            match record.team.person(&person) {
                Some(person) => Ok(Ok((person.clone(), record.team.team.name.clone()))),
                None => {
                    tx.revoke_device(new.id)?;
                    Ok(Err(No::Gone))
                }
            }
        })
        .await?;
    let (person, team) = outcome.map_err(|no| {
        let (code, words) = match no {
            No::Invite(EnrolRefusal::UsedOrUnknown) => {
                ("invite_unknown", "This invite was used before, or never made. Ask an admin for a new one.")
            }
            No::Invite(EnrolRefusal::Expired) => {
                ("invite_expired", "This invite is too old. Ask an admin for a new one.")
            }
            No::Gone => {
                ("invite_unknown", "The person of this invite is no longer in the team. Ask an admin.")
            }
        };
        Trouble::new(401, code, words)
    })?;
    let answer = EnrolResponse { device, device_token, person: person.id, name: person.name, team };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `GET /api/v1/devices`. May be called by: a device; one's own, all of them for admins.
pub async fn list(State(web): State<Web>, caller: Caller) -> Result<Json<Vec<DeviceView>>, Trouble> {
    let now = now(&web);
    let devices = web.app().storage.devices().await?;
    let fleet: Vec<Contact> = devices.iter().map(|d| d.contact()).collect();
    // What this node's start means for liveness is the engine's to say; a list need not doubt.
    let long_ago = now - GRACE_AFTER_START.delta();
    let seen = devices
        .into_iter()
        .filter(|d| caller.is_admin() || d.person == caller.person)
        .map(|d| DeviceView {
            device: d.id,
            liveness: device(d.contact(), &fleet, long_ago, now),
            person: d.person,
            name: d.name,
            enrolled_at: d.enrolled_at,
            last_answer: d.last_answer,
        })
        .collect();
    Ok(Json(seen))
}

/// `DELETE /api/v1/devices/{id}`. May be called by: its person, or an admin. Cuts its connection.
pub async fn revoke(
    State(web): State<Web>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<StatusCode, Trouble> {
    let id: DeviceId = id(&text)?;
    let (person, is_admin) = (caller.person.clone(), caller.is_admin());
    let revoked = web
        .app()
        .storage
        .write(move |tx| match tx.device(id)? {
            Some(device) if is_admin || device.person == person => tx.revoke_device(id),
            _ => Ok(false),
        })
        .await?;
    if !revoked {
        return Err(Trouble::not_found("There is no such device of yours."));
    }
    web.app().push.cut(id);
    tracing::info!(device = %id, by = %caller.person, "a device was removed");
    Ok(StatusCode::NO_CONTENT)
}
