//! Maintenance windows in which alerts are kept but ring nobody.

use super::sql::{Db, Row, Value};
use super::{StorageError, Tx};
use firebell_domain::{Instant, PersonId, ServiceId, SilenceId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    pub id: SilenceId,
    /// All services when absent.
    pub service: Option<ServiceId>,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub reason: String,
    pub by: Option<PersonId>,
}

const COLUMNS: &str = "id, service, starts_at, ends_at, reason, author";

fn silence(row: &Row) -> Result<Silence, StorageError> {
    Ok(Silence {
        id: row.parse(0)?,
        service: row.opt_text(1)?.map(ServiceId::new),
        starts_at: row.instant(2)?,
        ends_at: row.instant(3)?,
        reason: row.text(4)?.to_owned(),
        by: row.opt_text(5)?.map(PersonId::new),
    })
}

/// Those that have not ended, the first to end first.
pub fn current(db: &mut Db, now: Instant) -> Result<Vec<Silence>, StorageError> {
    let sql = format!("SELECT {COLUMNS} FROM silences WHERE ends_at > ?1 ORDER BY ends_at");
    db.rows(&sql, &[now.into()])?.iter().map(silence).collect()
}

impl Tx<'_> {
    pub fn add_silence(&mut self, s: &Silence) -> Result<(), StorageError> {
        self.execute(
            "INSERT INTO silences (id, service, starts_at, ends_at, reason, author) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &[
                s.id.to_string().into(),
                s.service.as_ref().map(|s| s.as_str().to_owned()).into(),
                s.starts_at.into(),
                s.ends_at.into(),
                Value::from(s.reason.as_str()),
                s.by.as_ref().map(|p| p.as_str().to_owned()).into(),
            ],
        )?;
        Ok(())
    }

    /// Ends it now. False when it had ended or never was.
    pub fn end_silence(&mut self, id: SilenceId) -> Result<bool, StorageError> {
        let now = self.now();
        let ended = self.execute(
            "UPDATE silences SET ends_at = ?2 WHERE id = ?1 AND ends_at > ?2",
            &[id.to_string().into(), now.into()],
        )?;
        Ok(ended > 0)
    }

    /// The silence that holds a service back now; of several, the one that ends last.
    pub fn silence_over(&mut self, service: &ServiceId) -> Result<Option<Silence>, StorageError> {
        let now = self.now();
        let found = current(self.db, now)?;
        Ok(found
            .into_iter()
            .filter(|s| s.starts_at <= now && s.service.as_ref().is_none_or(|x| x == service))
            .max_by_key(|s| s.ends_at))
    }
}
