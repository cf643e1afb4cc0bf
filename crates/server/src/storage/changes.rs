//! Deployments and other changes: one row each, a repetition found by the hash of its content.

use super::sql::{Db, Value};
use super::{StorageError, Tx};
use firebell_domain::change_event::ChangeEvent;
use firebell_domain::{Instant, ServiceId};

/// Which changes are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeFilter {
    /// All services when empty.
    pub services: Vec<ServiceId>,
    /// Half-open, by when they take effect.
    pub from: Option<Instant>,
    pub until: Option<Instant>,
    /// 1 to 500.
    pub limit: u32,
}

/// The newest first, by when they take effect.
pub fn list(db: &mut Db, filter: &ChangeFilter) -> Result<Vec<ChangeEvent>, StorageError> {
    let (mut wanted, mut params) = (vec!["1 = 1".to_owned()], Vec::<Value>::new());
    for (bound, time) in [(">=", filter.from), ("<", filter.until)] {
        if let Some(time) = time {
            params.push(time.into());
            wanted.push(format!("at {bound} ?{}", params.len()));
        }
    }
    if !filter.services.is_empty() {
        let first = params.len() + 1;
        params.extend(filter.services.iter().map(|s| Value::from(s.as_str())));
        let places: Vec<String> = (first..=params.len()).map(|i| format!("?{i}")).collect();
        wanted.push(format!("service IN ({})", places.join(",")));
    }
    params.push(i64::from(filter.limit.clamp(1, 500)).into());
    let sql = format!(
        "SELECT body FROM change_events WHERE {} ORDER BY at DESC, id DESC LIMIT ?{}",
        wanted.join(" AND "),
        params.len()
    );
    db.rows(&sql, &params)?.iter().map(|row| row.json(0)).collect()
}

impl Tx<'_> {
    /// The change with this content that was last said.
    pub fn change_with(&mut self, content: &str) -> Result<Option<ChangeEvent>, StorageError> {
        let row = self.row(
            "SELECT body FROM change_events WHERE content = ?1 ORDER BY last_seen DESC LIMIT 1",
            &[content.into()],
        )?;
        row.map(|r| r.json(0)).transpose()
    }

    /// Adds or replaces a change by its id.
    pub fn save_change(&mut self, change: &ChangeEvent, content: &str) -> Result<(), StorageError> {
        let body = serde_json::to_string(change).map_err(|e| StorageError::damaged(e.to_string()))?;
        self.execute(
            "INSERT INTO change_events (id, service, at, content, last_seen, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET last_seen = excluded.last_seen, body = excluded.body",
            &[
                change.id.to_string().into(),
                change.service.as_str().into(),
                change.at.into(),
                content.into(),
                change.last_seen.into(),
                body.into(),
            ],
        )?;
        Ok(())
    }

    /// Removes some of the changes that took effect, and were last said, before this time; how many.
    pub fn forget_changes(&mut self, before: Instant, limit: u32) -> Result<u64, StorageError> {
        self.execute(
            "DELETE FROM change_events WHERE id IN
               (SELECT id FROM change_events WHERE at < ?1 AND last_seen < ?1 LIMIT ?2)",
            &[before.into(), i64::from(limit).into()],
        )
    }
}
