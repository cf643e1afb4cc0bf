//! Incidents as they stand: the fold of their operations, beside which stands who last announced what.

use super::sql::{Db, Row, Value};
use super::{StorageError, Tx};
use firebell_domain::cadence::Course;
use firebell_domain::incident::{Incident, IncidentEvent};
use firebell_domain::{IncidentId, Instant, PersonId};
use firebell_log::WriterId;
use serde::{Deserialize, Serialize};

const NUMBER: &str = "incident_number";

/// An incident with what a late command is measured by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    pub incident: Incident,
    /// `None`: as declared.
    pub status: Option<Changed>,
    pub severity: Option<Changed>,
    /// Who sees it.
    #[serde(default)]
    pub sight: Option<Changed>,
    /// How its updates went; `None` in what was saved before it was kept.
    #[serde(default)]
    pub course: Option<Course>,
}

impl Kept {
    /// An incident as it was just declared.
    pub fn declared(incident: Incident) -> Self {
        let course = Some(Course::begun(&incident));
        Self { incident, status: None, severity: None, sight: None, course }
    }

    /// Takes in what happened next.
    pub fn apply(&mut self, at: Instant, event: &IncidentEvent) {
        self.incident.apply(at, event);
        if let Some(course) = &mut self.course {
            course.take(at, event, self.incident.status);
        }
    }
}

/// Who last changed something, and which version that made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    pub version: u64,
    pub at: Instant,
    pub by: PersonId,
    pub writer: WriterId,
}

fn kept(row: &Row) -> Result<Kept, StorageError> {
    row.json(0)
}

pub fn by_id(db: &mut Db, id: IncidentId) -> Result<Option<Kept>, StorageError> {
    let row = db.row("SELECT body FROM incidents WHERE id = ?1", &[id.to_string().into()])?;
    row.as_ref().map(kept).transpose()
}

/// Those that a person sees: open ones first, then the newest; at most `limit`, which is 1 to 1,000.
pub fn list(
    db: &mut Db,
    person: &PersonId,
    only_open: bool,
    limit: u32,
) -> Result<Vec<Incident>, StorageError> {
    let sql = "SELECT body FROM incidents WHERE is_open >= ?1
               AND (id NOT IN (SELECT incident FROM sights WHERE private = 1)
                    OR id IN (SELECT incident FROM sight_people WHERE person = ?3))
               ORDER BY is_open DESC, number DESC LIMIT ?2";
    let limit = i64::from(limit.clamp(1, 1_000));
    let rows = db.rows(sql, &[only_open.into(), limit.into(), person.as_str().into()])?;
    rows.iter().map(|r| Ok(kept(r)?.incident)).collect()
}

impl Tx<'_> {
    pub fn incident(&mut self, id: IncidentId) -> Result<Option<Kept>, StorageError> {
        by_id(self.db, id)
    }

    pub fn knows_incident(&mut self, id: IncidentId) -> Result<bool, StorageError> {
        Ok(self.row("SELECT 1 FROM incidents WHERE id = ?1", &[id.to_string().into()])?.is_some())
    }

    /// Adds or replaces it; who sees it is saved by [`Tx::save_sight`].
    pub fn save_incident(&mut self, kept: &Kept) -> Result<(), StorageError> {
        let body = serde_json::to_string(kept).map_err(|e| StorageError::damaged(e.to_string()))?;
        let incident = &kept.incident;
        self.execute(
            "INSERT INTO incidents (id, number, version, is_open, body, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET version = excluded.version, is_open = excluded.is_open,
             body = excluded.body, updated_at = excluded.updated_at",
            &[
                incident.id.to_string().into(),
                incident.number.into(),
                incident.version.into(),
                incident.status.is_open().into(),
                Value::from(body),
                incident.updated_at.into(),
            ],
        )?;
        Ok(())
    }

    /// 1, 2, 3, … for people to say.
    pub fn next_incident_number(&mut self) -> Result<u64, StorageError> {
        let last: u64 = self.meta(NUMBER)?.and_then(|t| t.parse().ok()).unwrap_or(0);
        self.set_meta(NUMBER, &(last + 1).to_string())?;
        Ok(last + 1)
    }
}
