//! Where the team's tickets are made: everybody reads where, admins set it up. The token goes in and never out.

use super::caller::{Asked, Body, Caller};
use super::{Trouble, Web};
use crate::storage::{TrackerRow, read};
use crate::tickets::check_address;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use firebell_domain::postmortem::{Tracker, TrackerSetup, problem_of_token};
use firebell_protocol::rest::{FieldError, SaveTracker, TrackerView};
use serde::Deserialize;

fn view(row: TrackerRow, is_admin: bool) -> TrackerView {
    let setup = match row.setup {
        TrackerSetup::Jira { address, kind, project, issue_type, account } => {
            // Whose account it is is nobody else's matter.
            let account = if is_admin { account } else { String::new() };
            TrackerSetup::Jira { address, kind, project, issue_type, account }
        }
        other => other,
    };
    TrackerView { setup, last_heard: row.last_heard, last_error: row.last_error.filter(|_| is_admin) }
}

fn may(caller: &Caller) -> Result<(), Trouble> {
    if caller.is_admin() {
        return Ok(());
    }
    Err(Trouble::not_allowed("Only an admin sets up where tickets are made. Ask one of them."))
}

/// `GET /api/v1/tracker`. May be called by: a device. All that are set up; the account and the last failure for admins only.
pub async fn list(State(web): State<Web>, caller: Caller) -> Result<Json<Vec<TrackerView>>, Trouble> {
    let rows = web.app().storage.read(read::trackers).await?;
    Ok(Json(rows.into_iter().map(|row| view(row, caller.is_admin())).collect()))
}

/// `PUT /api/v1/tracker`. May be called by: a device of an admin. Sets one up, or anew; what waits for it is tried at once.
pub async fn save(
    State(web): State<Web>,
    caller: Caller,
    Body(new): Body<SaveTracker>,
) -> Result<Json<TrackerView>, Trouble> {
    may(&caller)?;
    let setup = new.setup.tidied();
    let networks = &caller.team.team.team.health_allow;
    let named = |field: &str, words: String| FieldError { field: format!("setup.{field}"), words };
    let mut errors: Vec<FieldError> =
        setup.problems().into_iter().map(|(field, words)| named(field, words)).collect();
    if let Err(bad) = check_address(setup.address(), networks, web.app().config.allow_loopback_channels) {
        errors.push(named("address", bad.to_string()));
    }
    if let Some(words) = new.token.as_deref().and_then(problem_of_token) {
        errors.push(FieldError { field: "token".into(), words: words.into() });
    }
    if !errors.is_empty() {
        return Err(Trouble::bad_input(errors));
    }
    let (wanted, token) = (setup.clone(), new.token);
    let saved = web.app().storage.write(move |tx| {
        let kept = tx.tracker(wanted.tracker())?.filter(|kept| is_for_the_same(&kept.setup, &wanted));
        let Some(token) = token.or_else(|| kept.map(|kept| kept.token)) else { return Ok(None) };
        tx.save_tracker(&wanted, &token)?;
        tx.tracker(wanted.tracker())
    });
    match saved.await? {
        Some(row) => Ok(Json(view(row, true))),
        None => Err(Trouble::field("token", "send the token that belongs to this address and account")),
    }
}

/// A token goes nowhere but where it was meant for.
pub fn is_for_the_same(kept: &TrackerSetup, new: &TrackerSetup) -> bool {
    let account = |setup: &TrackerSetup| match setup {
        TrackerSetup::Jira { account, .. } => account.clone(),
        TrackerSetup::Github { .. } => String::new(),
    };
    kept.address() == new.address() && account(kept) == account(new)
}

/// `?tracker=jira`
#[derive(Deserialize)]
pub struct Which {
    tracker: Tracker,
}

/// `DELETE /api/v1/tracker?tracker=jira`. May be called by: a device of an admin. Tickets that are made stay where they are,
/// and are followed no more.
pub async fn remove(
    State(web): State<Web>,
    caller: Caller,
    Asked(which): Asked<Which>,
) -> Result<StatusCode, Trouble> {
    may(&caller)?;
    let removed = web.app().storage.write(move |tx| tx.remove_tracker(which.tracker)).await?;
    if removed {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Trouble::not_found(&format!("No {} is set up.", which.tracker.name())))
}
