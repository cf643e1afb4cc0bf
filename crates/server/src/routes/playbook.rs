//! How the team runs incidents: everybody reads it, admins edit it.

use super::caller::{Asked, Body, Caller};
use super::{Trouble, Web};
use crate::storage::{PlaybookRecord, Saved, read};
use axum::Json;
use axum::extract::{DefaultBodyLimit, Path, State};
use firebell_domain::PersonId;
use firebell_domain::playbook::PlaybookChanges;
use firebell_domain::team::Team;
use firebell_protocol::playbook::{
    PlaybookBody, PlaybookVersion, PlaybookVersionRow, PlaybookVersions, SavePlaybook,
};
use firebell_protocol::rest::FieldError;
use serde::Deserialize;

/// Bytes of a `PUT`: twice what a playbook may have, since JSON can be spelled at length.
const BODY_MAX: usize = 512 * 1024;

/// Before the name of a person in the author of a version; what the command line did has none.
const PERSON: &str = "person:";

pub fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(BODY_MAX)
}

/// Who made a version: the person, if it was one, and words.
fn author(author: &str, team: &Team) -> (Option<PersonId>, String) {
    match author.strip_prefix(PERSON) {
        Some(id) => {
            let id = PersonId::new(id);
            // Somebody who has left the team is known by the id alone.
            let name = team.person(&id).map_or_else(|| id.to_string(), |p| p.name.clone());
            (Some(id), name)
        }
        None if author == "init" => (None, "the beginning of the team".into()),
        None => (None, format!("firebell-server {author}")),
    }
}

fn body(version: u64, changes: PlaybookChanges) -> Json<PlaybookBody> {
    Json(PlaybookBody { version, playbook: changes.playbook(), changes })
}

/// `GET /api/v1/playbook`. May be called by: a device.
pub async fn holds(caller: Caller) -> Json<PlaybookBody> {
    body(caller.team.version, caller.team.team.playbook.clone().unwrap_or_default())
}

/// `PUT /api/v1/playbook`. May be called by: a device of an admin. Makes a version of the team in which only the playbook is
/// another one. 409 `stale` when somebody saved another playbook since the expected version: nothing is changed then.
pub async fn save(
    State(web): State<Web>,
    caller: Caller,
    Body(new): Body<SavePlaybook>,
) -> Result<Json<PlaybookBody>, Trouble> {
    if !caller.is_admin() {
        return Err(Trouble::not_allowed("Only an admin edits the playbook. Ask one of them."));
    }
    let changes = new.changes.tidied();
    let problems = changes.check();
    if !problems.is_empty() {
        let named = problems.into_iter().map(|p| FieldError {
            field: if p.path.is_empty() { "changes".into() } else { p.path },
            words: p.words,
        });
        return Err(Trouble::bad_input(named.collect()));
    }
    let by = format!("{PERSON}{}", caller.person);
    let (expected, wanted) = (new.expected, changes.clone());
    let saved = web.app().storage.write(move |tx| tx.put_playbook(expected, wanted.clone(), &by)).await?;
    match saved {
        Saved::Holds(version) => Ok(body(version, changes)),
        Saved::Stale(record) => Err(stale(&record, &caller.team.team)),
    }
}

fn stale(record: &PlaybookRecord, team: &Team) -> Trouble {
    let (_, by) = author(&record.author, team);
    let at = record.at.format("%Y-%m-%d %H:%M UTC");
    let words = format!(
        "The playbook was changed meanwhile, by {by} on {at} (version {version}). Nothing of yours was saved. Look at what is \
         different now, then save on top of it: send `expected` {version}.",
        version = record.version,
    );
    Trouble::new(409, "stale", words)
}

/// `?before=12`
#[derive(Deserialize)]
pub struct Earlier {
    before: Option<u64>,
}

/// `GET /api/v1/playbook/versions`. May be called by: a device. Newest first, in parts.
pub async fn versions(
    State(web): State<Web>,
    caller: Caller,
    Asked(earlier): Asked<Earlier>,
) -> Result<Json<PlaybookVersions>, Trouble> {
    let looked = web.app().storage.read(move |db| read::playbook_versions(db, earlier.before)).await?;
    let row = |(record, before): (PlaybookRecord, Option<PlaybookChanges>)| {
        let (person, by) = author(&record.author, &caller.team.team);
        let before = before.unwrap_or_default().playbook();
        let differences = before.differences(&record.changes.playbook());
        PlaybookVersionRow { version: record.version, at: record.at, person, by, differences }
    };
    Ok(Json(PlaybookVersions {
        versions: looked.found.into_iter().map(row).collect(),
        before: looked.before,
    }))
}

/// `GET /api/v1/playbook/versions/{version}`. May be called by: a device. What held as of this version of the team.
pub async fn version(
    State(web): State<Web>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<PlaybookVersion>, Trouble> {
    let none = || Trouble::not_found("There is no such version of the playbook.");
    let version: u64 = text.parse().map_err(|_| none())?;
    let found = web.app().storage.read(move |db| read::playbook_as_of(db, version)).await?;
    let PlaybookRecord { version, at, author: by, changes } = found.ok_or_else(none)?;
    let (person, by) = author(&by, &caller.team.team);
    Ok(Json(PlaybookVersion { version, at, person, by, playbook: changes.playbook(), changes }))
}
