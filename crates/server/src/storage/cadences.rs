//! When the next update of each open incident is missed, and who was rung for it.

use super::sql::{Db, Row, Value};
use super::{StorageError, Tx};
use firebell_domain::{IncidentId, Instant, PageId};

/// An open incident's next update, as the engine keeps time of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CadenceRow {
    pub incident: IncidentId,
    /// When to look at it; `None`: nothing changes by the passing of time.
    pub due: Option<Instant>,
    /// When the update was missed that is not made up for.
    pub missed_at: Option<Instant>,
    /// How many misses in a row somebody was rung for.
    pub told: u32,
    /// The page that rings for them, or rang.
    pub page: Option<PageId>,
}

impl CadenceRow {
    pub fn new(incident: IncidentId) -> Self {
        Self { incident, due: None, missed_at: None, told: 0, page: None }
    }
}

fn cadence(row: &Row) -> Result<CadenceRow, StorageError> {
    Ok(CadenceRow {
        incident: row.parse(0)?,
        due: row.opt_instant(1)?,
        missed_at: row.opt_instant(2)?,
        told: u32::try_from(row.int(3)?).unwrap_or(u32::MAX),
        page: row.opt_text(4)?.map(|_| row.parse(4)).transpose()?,
    })
}

/// The incidents whose next update wants a look, the most overdue first.
pub fn due(db: &mut Db, now: Instant, limit: u32) -> Result<Vec<IncidentId>, StorageError> {
    let rows = db.rows(
        "SELECT incident FROM cadences WHERE due IS NOT NULL AND due <= ?1 ORDER BY due LIMIT ?2",
        &[now.into(), i64::from(limit).into()],
    )?;
    rows.iter().map(|r| r.parse(0)).collect()
}

/// When the next one wants a look.
pub fn next_due(db: &mut Db) -> Result<Option<Instant>, StorageError> {
    let row = db.row("SELECT due FROM cadences WHERE due IS NOT NULL ORDER BY due LIMIT 1", &[])?;
    row.map(|r| r.instant(0)).transpose()
}

impl Tx<'_> {
    pub fn cadence(&mut self, incident: IncidentId) -> Result<Option<CadenceRow>, StorageError> {
        let sql = "SELECT incident, due, missed_at, told, page FROM cadences WHERE incident = ?1";
        self.row(sql, &[incident.to_string().into()])?.as_ref().map(cadence).transpose()
    }

    pub fn save_cadence(&mut self, row: &CadenceRow) -> Result<(), StorageError> {
        self.wants_time(row.due);
        self.execute(
            "INSERT INTO cadences (incident, due, missed_at, told, page) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (incident) DO UPDATE SET due = excluded.due, missed_at = excluded.missed_at,
             told = excluded.told, page = excluded.page",
            &[
                row.incident.to_string().into(),
                row.due.into(),
                row.missed_at.into(),
                u64::from(row.told).into(),
                row.page.map(|p| p.to_string()).into(),
            ],
        )?;
        Ok(())
    }

    /// The incident is over.
    pub fn end_cadence(&mut self, incident: IncidentId) -> Result<(), StorageError> {
        self.execute("DELETE FROM cadences WHERE incident = ?1", &[incident.to_string().into()])?;
        Ok(())
    }

    /// Looks at one again at this time: it could not be decided now.
    pub fn postpone_cadence(&mut self, incident: IncidentId, until: Instant) -> Result<(), StorageError> {
        let id = incident.to_string().into();
        self.execute("UPDATE cadences SET due = ?2 WHERE incident = ?1", &[id, until.into()])?;
        Ok(())
    }

    /// The team keeps another cadence now: all are looked at.
    pub(super) fn look_at_cadences(&mut self) -> Result<(), StorageError> {
        let now = self.now();
        if self.execute("UPDATE cadences SET due = ?1", &[now.into()])? > 0 {
            self.wants_time(Some(now));
        }
        Ok(())
    }

    /// This page is about the incident.
    pub fn link_page(&mut self, incident: IncidentId, page: PageId) -> Result<(), StorageError> {
        self.execute(
            "INSERT INTO incident_pages (page, incident) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            &[page.to_string().into(), Value::from(incident.to_string())],
        )?;
        Ok(())
    }

    /// The incidents that a page is about; several people may declare from one page.
    pub fn incidents_of_page(&mut self, page: PageId) -> Result<Vec<IncidentId>, StorageError> {
        let rows = self.rows(
            "SELECT incident FROM incident_pages WHERE page = ?1 ORDER BY incident",
            &[page.to_string().into()],
        )?;
        rows.iter().map(|r| r.parse(0)).collect()
    }
}
