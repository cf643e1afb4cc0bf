//! Private incidents: what is taken out of sight leaves this computer, what comes into sight is fetched whole.
//!
//! What the team's log says last about an incident counts, in the order of its places: a part of the log that was asked
//! for before it was taken away, and comes after, brings nothing back.
//!
//! **Invariant.** After the change in which an incident is gone, nothing that others wrote about it is in the library. What
//! was written here and not sent is kept as a draft, with the author's own words only.

use super::commit::Commit;
use super::ops::{State, Stored, int, number};
use super::{LibraryStore, Queries, ops, words};
use crate::StoreError;
use crate::following::{read, write};
use firebell_domain::incident::{IncidentEvent, RecordedIncident};
use firebell_domain::{IncidentId, PersonId};
use firebell_log::text::inserted_words;
use firebell_log::{Change, OpId, Operation, OperationBody, RecordId, Written};
use firebell_protocol::library::{Draft, DraftChange};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a draft says whose incident is gone.
const GONE: &str = "You can no longer see this incident. These are your own words that had not been sent.";

/// An incident that has come into sight: its whole history has to be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub incident: IncidentId,
    /// The place in the log that said so.
    pub seq: u64,
    /// So far it was fetched.
    pub upto: u64,
}

/// A part of what was wanted has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryPart {
    /// As it was asked for.
    pub wanted: Wanted,
    /// Known up to here now; `None`: to the end.
    pub upto: Option<u64>,
}

/// What the log said last about an incident.
struct Said {
    seq: u64,
    gone: bool,
}

fn said(db: &Connection, incident: IncidentId) -> Result<Option<Said>, StoreError> {
    let found = db
        .prepare_cached("SELECT seq, gone FROM sight WHERE incident = ?1")?
        .query_row([incident.0.as_bytes()], |r| Ok(Said { seq: number(r.get(0)?), gone: r.get(1)? }))
        .optional()?;
    Ok(found)
}

impl Commit<'_, '_> {
    /// Whether this operation is of a time before the incident was taken away, and came late.
    pub(super) fn is_taken_away(&self, operation: &Operation) -> Result<bool, StoreError> {
        if !self.meta.sees_less {
            return Ok(false);
        }
        for incident in operation.body.incidents() {
            if let Some(said) = said(self.fold.db, incident)?
                && said.gone
                && operation.seq < said.seq
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Others see the incident than before: `reader`, unless they have seen all of it until now, needs its history. Asked
    /// for before these events are taken in.
    pub(super) fn came_into_sight(
        &mut self,
        incident: IncidentId,
        version: u64,
        events: &[IncidentEvent],
        seq: u64,
        reader: Option<&PersonId>,
    ) -> Result<(), StoreError> {
        if version == 1 || events.iter().all(|event| event.sight().is_none()) {
            return Ok(());
        }
        if said(self.fold.db, incident)?.is_some_and(|said| said.seq >= seq)
            || self.knows_version(incident, version)?
        {
            return Ok(());
        }
        let known: Vec<(u64, Vec<RecordedIncident>)> = super::incidents::history(self.fold.db, incident)?
            .into_iter()
            .take_while(|(known, _)| *known < version)
            .collect();
        let before = super::incidents::fold(&known).filter(|before| before.version + 1 == version);
        let saw_it = before.is_some_and(|before| match reader {
            Some(reader) => before.is_seen_by(reader),
            None => !before.is_private(),
        });
        if saw_it { Ok(()) } else { self.say(incident, seq, false) }
    }

    fn knows_version(&self, incident: IncidentId, version: u64) -> Result<bool, StoreError> {
        Ok(self
            .fold
            .db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM incident_event WHERE incident = ?1 AND local = 0 AND version = ?2)",
            )?
            .query_row(params![incident.0.as_bytes(), int(version)], |r| r.get(0))?)
    }

    fn say(&mut self, incident: IncidentId, seq: u64, gone: bool) -> Result<(), StoreError> {
        self.fold
            .db
            .prepare_cached(
                "INSERT OR REPLACE INTO sight (incident, seq, gone, upto) VALUES (?1, ?2, ?3, 0)",
            )?
            .execute(params![incident.0.as_bytes(), int(seq), gone])?;
        self.meta.sees_less = true;
        self.fold.touched.sync = true;
        Ok(())
    }

    pub(super) fn history_came(&mut self, part: &HistoryPart) -> Result<(), StoreError> {
        let Wanted { incident, seq, .. } = part.wanted;
        let (db, id) = (self.fold.db, incident.0.as_bytes());
        // Unless the log has said something else meanwhile: then it is fetched from the beginning, or not at all.
        match part.upto {
            None => db
                .prepare_cached("DELETE FROM sight WHERE incident = ?1 AND seq = ?2 AND gone = 0")?
                .execute(params![id, int(seq)])?,
            Some(upto) => db
                .prepare_cached("UPDATE sight SET upto = ?3 WHERE incident = ?1 AND seq = ?2 AND gone = 0")?
                .execute(params![id, int(seq), int(upto)])?,
        };
        self.fold.touched.sync = true;
        Ok(())
    }

    /// The person may not see this incident any more. `asked`: their own command that brought it about.
    pub(super) fn gone(
        &mut self,
        incident: IncidentId,
        asked: Option<OpId>,
        seq: u64,
    ) -> Result<(), StoreError> {
        if said(self.fold.db, incident)?.is_some_and(|said| said.seq > seq) {
            return Ok(());
        }
        self.say(incident, seq, true)?;
        self.forget_drafts(incident, asked)?;
        self.forget_log(incident)?;
        self.fold.gone.insert(incident.0);
        self.fold.stale(incident).state = true;
        // What was deleted is still in the free places of the file.
        self.meta.shorten = true;
        Ok(())
    }

    /// Everything that waits, or was not accepted: into one draft, with nobody else's words.
    fn forget_drafts(&mut self, incident: IncidentId, asked: Option<OpId>) -> Result<(), StoreError> {
        let db = self.fold.db;
        let record = RecordId::incident(incident);
        let tail = "WHERE subject = ?1 AND own > 0 AND state IN (0, 3) ORDER BY id";
        let (mut changes, mut kept, mut first) = (vec![], vec![], None);
        for stored in ops::select(db, tail, [incident.0.as_bytes()])? {
            let change = stored.op.change();
            if stored.state == State::Waiting {
                if let Some(change) = &change {
                    self.fold.remove(&stored, change)?;
                }
                self.answered.push(stored.op.id.counter);
            }
            let own = own_words(change.as_ref(), &stored);
            if Some(stored.op.id) == asked || own.text.trim().is_empty() {
                ops::delete(db, stored.row)?;
                continue;
            }
            first.get_or_insert(stored.given_at);
            changes.push(own);
            kept.push(stored);
        }
        let dropped = db
            .prepare_cached("DELETE FROM draft WHERE kind IN (?1, ?2) AND record = ?3")?
            .execute(params![RecordId::INCIDENT, RecordId::POSTMORTEM, record.id.as_bytes()])?;
        self.fold.touched.drafts |= dropped > 0 || !kept.is_empty();
        let Some(first) = first else { return Ok(()) };
        let draft = Draft {
            id: 0,
            record: record.clone(),
            title: String::new(),
            words: GONE.into(),
            at: super::fields::time(firebell_log::Stamp { ms: first, tick: 0 }),
            changes: joined(changes),
            can_repeat: false,
        };
        db.prepare_cached("INSERT INTO draft (kind, record, declares, body) VALUES (?1, ?2, 0, ?3)")?
            .execute(params![record.kind, record.id.as_bytes(), write("draft", &draft)?])?;
        let id = db.last_insert_rowid();
        for mut stored in kept {
            stored.state = State::Refused;
            ops::update(db, &stored)?;
            db.prepare_cached("UPDATE op SET draft = ?2 WHERE id = ?1")?.execute(params![stored.row, id])?;
        }
        Ok(())
    }

    /// What the team has, and everything that is made from it.
    fn forget_log(&mut self, incident: IncidentId) -> Result<(), StoreError> {
        let (db, id) = (self.fold.db, incident.0);
        for stored in ops::select(db, "WHERE subject = ?1 AND state IN (1, 2)", [id.as_bytes()])? {
            if let Some(change) = stored.op.change() {
                self.fold.remove(&stored, &change)?;
            }
            ops::delete(db, stored.row)?;
        }
        // What this version does not understand names it somewhere.
        for stored in ops::select(db, "WHERE kind = 'unknown'", ())? {
            if OperationBody::Written(stored.op).incidents().contains(&incident) {
                ops::delete(db, stored.row)?;
            }
        }
        let held: BTreeMap<(Vec<u8>, i64), String> = db
            .prepare_cached("SELECT writer, counter, body FROM held")?
            .query_map([], |r| Ok(((r.get(0)?, r.get(1)?), r.get(2)?)))?
            .collect::<Result<_, _>>()?;
        for ((writer, counter), body) in held {
            if OperationBody::Written(read::<Written>("held", &body)?).incidents().contains(&incident) {
                db.execute("DELETE FROM held WHERE writer = ?1 AND counter = ?2", params![writer, counter])?;
            }
        }
        db.prepare_cached("DELETE FROM incident_event WHERE incident = ?1")?.execute([id.as_bytes()])?;
        for kind in [RecordId::INCIDENT, RecordId::POSTMORTEM] {
            db.prepare_cached("DELETE FROM text_state WHERE substr(document, 1, length(?1)) = ?1")?
                .execute([format!("{kind}/{id}#")])?;
        }
        Ok(())
    }
}

/// What the person wrote in it, and nothing that was there before.
fn own_words(change: Option<&Change>, stored: &Stored) -> DraftChange {
    let text = match change {
        Some(Change::Text { update, .. }) => inserted_words(&update.0).unwrap_or_default(),
        change => words::text(change, &stored.op.change),
    };
    DraftChange { what: words::what(change), text }
}

/// The keys of one text belong together.
fn joined(changes: Vec<DraftChange>) -> Vec<DraftChange> {
    let mut all: Vec<DraftChange> = vec![];
    for change in changes {
        match all.last_mut() {
            Some(last) if last.what == change.what && change.what.starts_with("text of") => {
                last.text.push_str(&change.text);
            }
            _ => all.push(change),
        }
    }
    all
}

impl Queries {
    /// The incident was taken out of this person's sight.
    pub fn is_gone(&self, incident: IncidentId) -> Result<bool, StoreError> {
        Ok(said(&self.db, incident)?.is_some_and(|said| said.gone))
    }

    fn next_wanted(&self) -> Result<Option<Wanted>, StoreError> {
        let found = self
            .db
            .prepare_cached("SELECT incident, seq, upto FROM sight WHERE gone = 0 ORDER BY seq LIMIT 1")?
            .query_row([], |r| {
                let incident = IncidentId(Uuid::from_bytes(r.get(0)?));
                Ok(Wanted { incident, seq: number(r.get(1)?), upto: number(r.get(2)?) })
            })
            .optional()?;
        Ok(found)
    }
}

impl LibraryStore {
    /// The next incident whose history has to be fetched.
    pub fn wanted(&self) -> Result<Option<Wanted>, StoreError> {
        if self.meta.sees_less { self.queries.next_wanted() } else { Ok(None) }
    }

    /// What was deleted leaves the disk, if it has not yet: somebody may have been reading.
    pub fn shorten(&mut self) {
        self.give_back();
    }
}
