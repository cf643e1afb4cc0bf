//! Incidents: the fold of what was decided, and over it what was asked here and not heard by the team yet.

use super::fold::{Fold, Stale};
use super::ops::{Stored, int, number};
use super::{Queries, entries, fields, listing, ops};
use crate::StoreError;
use crate::following::{read, write};
use firebell_domain::incident::{Incident, IncidentEvent, RecordedIncident, begin, decide};
use firebell_domain::team::Team;
use firebell_domain::{IncidentId, PersonId};
use firebell_log::{Asked, Change, OpId, RecordId};
use firebell_protocol::library::{IncidentDetail, IncidentRow, PendingCommand};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The next version of an incident, as decided.
pub(super) struct Version {
    pub incident: IncidentId,
    pub local: bool,
    pub version: u64,
    pub seq: Option<u64>,
    pub events: Vec<RecordedIncident>,
    pub asked: Option<OpId>,
}

/// What was asked here and is not part of an incident's history yet. An answer comes before the change that follows from
/// it: until then nothing flickers. A command of this name on another incident is a copy's, which writes under the same
/// name. The kind is said twice for the index, whose own condition has to be among these word for word.
pub(super) const PENDING: &str =
    "WHERE subject = ?1 AND kind IN ('command', 'settled') AND kind = 'command' AND own <> 0 AND state IN (0, 1)
     AND NOT EXISTS (SELECT 1 FROM incident_event WHERE incident = op.subject
                     AND asked_writer = op.writer AND asked_counter = op.counter)
     ORDER BY counter";

/// What was offered of an incident when a team was joined.
pub(super) const OFFERED: &str = "WHERE subject = ?1 AND kind IN ('command', 'settled') AND kind = 'settled' AND state <> 3 ORDER BY counter LIMIT 1";

impl Fold<'_> {
    pub(super) fn add_version(&mut self, version: &Version) -> Result<(), StoreError> {
        self.db
            .prepare_cached(
                "INSERT OR REPLACE INTO incident_event
                   (incident, local, version, seq, asked_writer, asked_counter, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                version.incident.0.as_bytes(),
                version.local,
                int(version.version),
                version.seq.map(int),
                version.asked.as_ref().map(|a| a.writer.0.as_bytes()),
                version.asked.map(|a| int(a.counter)),
                write("incident_event", &version.events)?,
            ])?;
        self.stale(version.incident).state = true;
        Ok(())
    }

    /// What was decided here about an incident is gone.
    pub(super) fn forget_local(&mut self, incident: IncidentId) -> Result<(), StoreError> {
        self.db
            .prepare_cached("DELETE FROM incident_event WHERE incident = ?1 AND local = 1")?
            .execute([incident.0.as_bytes()])?;
        self.stale(incident).state = true;
        Ok(())
    }

    /// Works out the row of an incident.
    pub(super) fn refresh_incident(&mut self, id: IncidentId, stale: Stale) -> Result<(), StoreError> {
        let new = self
            .db
            .prepare_cached("INSERT OR IGNORE INTO view_incident (id) VALUES (?1)")?
            .execute([id.0.as_bytes()])?;
        if stale.state || new == 1 {
            self.refresh_state(id)?;
        }
        self.db
            .prepare_cached(
                "UPDATE view_incident SET entries = entries + ?2,
                   pending = EXISTS (SELECT 1 FROM op WHERE own = 1 AND state = 0 AND subject = ?1)
                 WHERE id = ?1",
            )?
            .execute(params![id.0.as_bytes(), stale.entries])?;
        if stale.state || stale.people || new == 1 {
            self.refresh_people(id)?;
        }
        if stale.state || stale.words || new == 1 {
            let (shown, was): (Option<String>, String) = self
                .db
                .prepare_cached("SELECT shown, title FROM view_incident WHERE id = ?1")?
                .query_row([id.0.as_bytes()], |r| Ok((r.get(0)?, r.get(1)?)))?;
            let shown: Option<Incident> = shown.map(|body| read("view_incident", &body)).transpose()?;
            let titled = fields::text(self.db, RecordId::INCIDENT, id.0, "title")?;
            let title = titled.or_else(|| shown.as_ref().map(|i| i.title.clone())).unwrap_or_default();
            if title != was {
                self.db
                    .prepare_cached("UPDATE view_incident SET title = ?2 WHERE id = ?1")?
                    .execute(params![id.0.as_bytes(), title])?;
            }
            self.index_incident(id, &title, shown.as_ref())?;
        }
        Ok(())
    }

    /// After it was taken out of sight: nothing is listed of it, unless it came back in the same change.
    pub(super) fn forget_incident(&mut self, id: IncidentId) -> Result<(), StoreError> {
        self.db
            .prepare_cached(
                "DELETE FROM view_incident WHERE id = ?1 AND shown IS NULL
                   AND NOT EXISTS (SELECT 1 FROM op WHERE subject = ?1 AND state <> 3)",
            )?
            .execute([id.0.as_bytes()])?;
        Ok(())
    }

    fn refresh_state(&self, id: IncidentId) -> Result<(), StoreError> {
        let settled = fold(&history(self.db, id)?);
        let mut shown = settled.clone();
        for (op, asked) in pending(self.db, id)? {
            let _events = overlay(&mut shown, &op, asked);
        }
        let listed = shown.as_ref();
        let declared = listed.and_then(|i| i.moments.declared_at).map_or(0, |at| at.timestamp_millis());
        self.db
            .prepare_cached(
                "UPDATE view_incident SET settled = ?2, shown = ?3, number = ?4, open = ?5, severity = ?6,
                   declared_at = ?7, status = ?8, listed = ?9 WHERE id = ?1",
            )?
            .execute(params![
                id.0.as_bytes(),
                settled.as_ref().map(|i| write("view_incident", i)).transpose()?,
                listed.map(|i| write("view_incident", i)).transpose()?,
                listed.map_or(0, |i| int(i.number)),
                listed.is_some_and(|i| i.status.is_open()),
                listed.map_or(0, |i| i.severity.number()),
                declared,
                listed.map(|i| listing::status_id(i.status)).unwrap_or_default(),
                listed.is_some(),
            ])?;
        self.db
            .prepare_cached("DELETE FROM view_incident_service WHERE incident = ?1")?
            .execute([id.0.as_bytes()])?;
        for service in listed.map_or(&[][..], |i| &i.services) {
            self.db
                .prepare_cached(
                    "INSERT OR IGNORE INTO view_incident_service (service, declared_at, incident)
                     VALUES (?1, ?2, ?3)",
                )?
                .execute(params![service.as_str(), declared, id.0.as_bytes()])?;
        }
        Ok(())
    }
}

/// Events with the version they made. Of versions after a gap nothing is known yet.
type History = Vec<(u64, Vec<RecordedIncident>)>;

/// What happened, as far as it is known without a gap: by the team's log, or else as decided here.
pub(super) fn history(db: &Connection, id: IncidentId) -> Result<History, StoreError> {
    for local in [false, true] {
        let mut query = db.prepare_cached(
            "SELECT version, body FROM incident_event WHERE incident = ?1 AND local = ?2 ORDER BY version",
        )?;
        let mut rows = query.query(params![id.0.as_bytes(), local])?;
        let mut versions: History = vec![];
        while let Some(row) = rows.next()? {
            let (version, body): (i64, String) = (row.get(0)?, row.get(1)?);
            if number(version) != versions.len() as u64 + 1 {
                break;
            }
            versions.push((number(version), read("incident_event", &body)?));
        }
        if !versions.is_empty() {
            return Ok(versions);
        }
    }
    // Offered to a team, and the file that knew more was lost: the offer itself says what happened.
    let offered = ops::select(db, OFFERED, [id.0.as_bytes()])?.pop();
    Ok(match offered.and_then(|stored| stored.op.change()) {
        Some(Change::Settled { events, .. }) => vec![(1, events)],
        _ => vec![],
    })
}

pub(super) fn fold(history: &History) -> Option<Incident> {
    let mut incident: Option<Incident> = None;
    for (version, events) in history {
        for recorded in events {
            match &mut incident {
                None => incident = Incident::from_declared(recorded.at, &recorded.event),
                Some(known) => known.apply(recorded.at, &recorded.event),
            }
        }
        if let Some(known) = &mut incident {
            known.version = *version;
        }
    }
    incident
}

/// What was asked here and is not part of the history yet, in order.
fn pending(db: &Connection, id: IncidentId) -> Result<Vec<(Stored, Asked)>, StoreError> {
    let asked = ops::select(db, PENDING, [id.0.as_bytes()])?;
    Ok(asked
        .into_iter()
        .filter_map(|stored| match stored.op.change() {
            Some(Change::Command(asked)) => Some((stored, asked)),
            _ => None,
        })
        .collect())
}

/// What the incident will be when the team hears the command, and the events that make it so; nothing, when it would be
/// refused as things stand.
fn overlay(shown: &mut Option<Incident>, stored: &Stored, asked: Asked) -> Vec<RecordedIncident> {
    let by = PersonId::new(stored.op.author.as_str());
    let at = asked.given_at;
    let events = match shown {
        None => {
            let events = begin(asked.incident, 0, &asked.command, &by, None, at).unwrap_or_default();
            *shown = Incident::from_first(at, &events);
            events
        }
        Some(incident) => {
            let events = decide(incident, asked.command, by, at).unwrap_or_default();
            events.iter().for_each(|event: &IncidentEvent| incident.apply(at, event));
            events
        }
    };
    events.into_iter().map(|event| RecordedIncident { at, event }).collect()
}

pub(super) const ROW: &str = "shown, title, pending, entries";

pub(super) fn row(r: &Row) -> Result<IncidentRow, StoreError> {
    let body: String = r.get(0)?;
    Ok(IncidentRow {
        incident: read("view_incident", &body)?,
        title: r.get(1)?,
        pending: r.get(2)?,
        entries: u32::try_from(r.get::<_, i64>(3)?).unwrap_or(0),
    })
}

impl Queries {
    /// What happened to an incident, and what was asked here and is not known to the team yet, as if it had happened.
    /// Empty when it is not known.
    pub fn incident_record(&self, id: IncidentId) -> Result<Vec<RecordedIncident>, StoreError> {
        let history = history(&self.db, id)?;
        let mut shown = fold(&history);
        let mut record: Vec<_> = history.into_iter().flat_map(|(_, events)| events).collect();
        for (op, asked) in pending(&self.db, id)? {
            record.extend(overlay(&mut shown, &op, asked));
        }
        Ok(record)
    }

    /// The team, as the log's followers were told of it last.
    pub fn team(&self) -> Result<Option<Team>, StoreError> {
        let body: Option<String> = self.db.query_row("SELECT body FROM team", [], |r| r.get(0)).optional()?;
        body.map(|body| read("team", &body)).transpose()
    }

    /// One incident with everything about it; `None` when it is not known here, or was not accepted.
    pub fn incident(&self, id: IncidentId) -> Result<Option<IncidentDetail>, StoreError> {
        let Some(row) = self.incident_row(id)? else { return Ok(None) };
        let asked = pending(&self.db, id)?;
        Ok(Some(IncidentDetail {
            row,
            fields: fields::all(&self.db, &RecordId::incident(id))?,
            timeline: entries::timeline(&self.db, id)?,
            history: history(&self.db, id)?.into_iter().flat_map(|(_, events)| events).collect(),
            asked: asked
                .into_iter()
                .map(|(stored, asked)| PendingCommand {
                    op: stored.op.id,
                    command: asked.command,
                    given_at: asked.given_at,
                })
                .collect(),
        }))
    }
}

/// The title that an incident has here; empty when nothing is known of it.
pub(super) fn title(db: &Connection, id: IncidentId) -> Result<String, StoreError> {
    let title: Option<String> = db
        .prepare_cached("SELECT title FROM view_incident WHERE id = ?1")?
        .query_row([id.0.as_bytes()], |r| r.get(0))
        .optional()?;
    Ok(title.unwrap_or_default())
}

/// There is something to show of it.
pub(super) fn is_shown(db: &Connection, id: IncidentId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM view_incident WHERE id = ?1 AND shown IS NOT NULL)";
    Ok(db.prepare_cached(sql)?.query_row([id.0.as_bytes()], |r| r.get(0))?)
}

/// The team has told of it.
pub(super) fn is_settled(db: &Connection, id: IncidentId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM view_incident WHERE id = ?1 AND settled IS NOT NULL)";
    Ok(db.prepare_cached(sql)?.query_row([id.0.as_bytes()], |r| r.get(0))?)
}
