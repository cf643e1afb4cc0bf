//! Without a team: what is written here is settled by that, and is offered as a whole when a team is joined.

use super::commit::Commit;
use super::incidents::{self, row};
use super::ops::{Arrival, State, Whose};
use super::{Joined, LibraryStore, Queries, ops};
use crate::StoreError;
use firebell_domain::incident::RecordedIncident;
use firebell_domain::{IncidentId, PersonId};
use firebell_log::{Change, DocumentId, Written};
use firebell_protocol::library::IncidentRow;
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who works alone on this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alone {
    /// [`Alone::PERSON`]: becomes the member when a team is joined.
    pub person: PersonId,
    pub name: String,
}

impl Alone {
    /// Stands for whoever it is until a team gives them a name.
    pub const PERSON: &str = "me";

    /// Under this name for people.
    pub fn called(name: &str) -> Self {
        Self { person: PersonId::new(Self::PERSON), name: name.to_owned() }
    }
}

/// How something that is written here comes into the log.
pub(super) fn state_of_own(commit: &Commit) -> State {
    if commit.meta.alone.is_some() { State::DecidedHere } else { State::Waiting }
}

/// An unsent change that a lost library had: whoever wrote it alone still does, unless this library met a team since.
pub(super) fn state_of_recovered(commit: &mut Commit, op: &Written) -> State {
    let met_a_team = commit.meta.place.era.is_some() || !commit.meta.former.is_empty();
    if op.author.as_str() != Alone::PERSON || met_a_team && commit.meta.alone.is_none() {
        return State::Waiting;
    }
    commit.meta.alone.get_or_insert_with(|| Alone::called("Me"));
    State::DecidedHere
}

/// What was decided alone is offered to a team, under new names and the member's; so is what waits, which is among the
/// operations of `joined`, too.
pub(super) fn join(commit: &mut Commit, joined: &Joined) -> Result<(), StoreError> {
    for stored in ops::select(commit.fold.db, "WHERE own = 1 AND state IN (0, 2) ORDER BY counter", ())? {
        if let Some(change) = stored.op.change() {
            commit.fold.remove(&stored, &change)?;
        }
        ops::delete(commit.fold.db, stored.row)?;
    }
    commit.fold.db.execute("UPDATE op SET own = 2 WHERE own = 1", [])?;
    commit.meta.become_writer(joined.writer);
    commit.meta.alone = None;
    let mut after = 0;
    for op in &joined.ops {
        let arrival =
            Arrival { whose: Whose::Own, state: State::Waiting, seq: None, given_at: op.stamp.ms, after };
        after = op.id.counter;
        commit.take(op, &arrival)?;
    }
    commit.fold.touched.sync = true;
    commit.fold.touched.everything = true;
    Ok(())
}

impl LibraryStore {
    /// Who works here without a team, if somebody does.
    pub fn alone(&self) -> Option<&Alone> {
        self.meta.alone.as_ref()
    }
}

impl Queries {
    /// An incident as listed; `None` when it is not known.
    pub fn incident_row(&self, id: IncidentId) -> Result<Option<IncidentRow>, StoreError> {
        let sql = format!("SELECT {} FROM view_incident WHERE id = ?1 AND shown IS NOT NULL", incidents::ROW);
        let mut query = self.db.prepare_cached(&sql)?;
        let mut rows = query.query([id.0.as_bytes()])?;
        match rows.next()? {
            Some(found) => row(found).map(Some),
            None => Ok(None),
        }
    }

    /// The largest number that an incident has here; 0 without any.
    pub fn last_number(&self) -> Result<u64, StoreError> {
        let number: Option<i64> = self
            .db
            .query_row("SELECT max(number) FROM view_incident", [], |r| r.get(0))
            .optional()?
            .flatten();
        Ok(ops::number(number.unwrap_or(0)))
    }

    /// What was decided here about each incident, in the order of their numbers.
    pub fn local_history(&self) -> Result<Vec<(IncidentId, Vec<RecordedIncident>)>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT DISTINCT e.incident FROM incident_event e LEFT JOIN view_incident v ON v.id = e.incident
             WHERE e.local = 1 ORDER BY v.number",
        )?;
        let ids: Vec<[u8; 16]> = query.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?;
        ids.into_iter()
            .map(|id| {
                let id = IncidentId(Uuid::from_bytes(id));
                let history = incidents::history(&self.db, id)?;
                Ok((id, history.into_iter().flat_map(|(_, events)| events).collect()))
            })
            .collect()
    }

    /// What [`Joined`] has to offer beside the history of the incidents, in order: what was written here alone but for
    /// commands, which were decided, and what waits.
    pub fn written_alone(&self) -> Result<Vec<Written>, StoreError> {
        let tail = "WHERE own = 1 AND (state = 2 AND kind <> 'command' OR state = 0) ORDER BY counter";
        let all = ops::select(&self.db, tail, ())?;
        Ok(all.into_iter().map(|stored| stored.op).collect())
    }

    /// Updates of a text that the team has.
    pub fn settled_document(&self, document: &DocumentId) -> Result<Vec<Vec<u8>>, StoreError> {
        settled_updates(&self.db, &document.to_string())
    }
}

fn settled_updates(db: &Connection, document: &str) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut query = db.prepare_cached("SELECT body FROM text_state WHERE document = ?1 ORDER BY rowid")?;
    let mut all: Vec<Vec<u8>> = query.query_map([document], |r| r.get(0))?.collect::<Result<_, _>>()?;
    for stored in ops::select(db, "WHERE document = ?1 AND state = 1 ORDER BY id", [document])? {
        if let Some(Change::Text { update, .. }) = stored.op.change() {
            all.push(update.0);
        }
    }
    Ok(all)
}
