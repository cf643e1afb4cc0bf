//! Alerts: one row each, the firing one of a key found by its index.

use super::sql::{Db, Row, Value};
use super::{StorageError, Tx};
use firebell_domain::alert::Alert;
use firebell_domain::{Instant, IntegrationId, PageId, ServiceId};

/// The columns are the truth where the body says the same thing.
fn alert(row: &Row) -> Result<Alert, StorageError> {
    let mut found: Alert = row.json(0)?;
    found.firing = row.flag(1)?;
    found.resolved_at = row.opt_instant(2)?;
    Ok(found)
}

/// The alerts of a page, the last seen first.
pub fn of_page(db: &mut Db, page: PageId, limit: u32) -> Result<Vec<Alert>, StorageError> {
    let rows = db.rows(
        "SELECT body, firing, resolved_at FROM alerts WHERE page = ?1 ORDER BY last_seen DESC, id LIMIT ?2",
        &[page.to_string().into(), i64::from(limit.clamp(1, 1_000)).into()],
    )?;
    rows.iter().map(alert).collect()
}

/// The alerts of these services that fired at any time from `from` until before `until`; those that began last come first.
pub fn around(
    db: &mut Db,
    services: &[ServiceId],
    from: Instant,
    until: Instant,
    limit: u32,
) -> Result<Vec<Alert>, StorageError> {
    if services.is_empty() {
        return Ok(vec![]);
    }
    let mut params = vec![Value::from(from), until.into(), i64::from(limit.clamp(1, 1_000)).into()];
    params.extend(services.iter().map(|s| Value::from(s.as_str())));
    let places: Vec<String> = (4..=params.len()).map(|i| format!("?{i}")).collect();
    let places = places.join(",");
    // An alert is of its page's service. Open pages are few, and those that ended lie in an index by their end.
    let sql = format!(
        "SELECT body, firing, resolved_at FROM alerts
         WHERE page IN (SELECT id FROM pages WHERE service IN ({places}) AND is_open = 1
                        UNION ALL
                        SELECT id FROM pages WHERE service IN ({places}) AND is_open = 0 AND resolved_at >= ?1)
           AND (firing = 1 OR resolved_at >= ?1) AND (first_seen IS NULL OR first_seen < ?2)
         ORDER BY first_seen DESC, id LIMIT ?3"
    );
    let mut found: Vec<Alert> = db.rows(&sql, &params)?.iter().map(alert).collect::<Result<_, _>>()?;
    found.retain(|a| a.first_seen < until);
    Ok(found)
}

impl Tx<'_> {
    /// The firing alerts with these keys.
    pub fn firing_alerts(
        &mut self,
        integration: &IntegrationId,
        keys: &[&str],
    ) -> Result<Vec<Alert>, StorageError> {
        let mut found = Vec::new();
        for chunk in keys.chunks(64) {
            let places: Vec<String> = (2..chunk.len() + 2).map(|i| format!("?{i}")).collect();
            let sql = format!(
                "SELECT body, firing, resolved_at FROM alerts WHERE integration = ?1 AND firing = 1 AND dedup_key IN ({})",
                places.join(",")
            );
            let mut params = vec![Value::from(integration.as_str())];
            params.extend(chunk.iter().map(|k| Value::from(*k)));
            for row in &self.rows(&sql, &params)? {
                found.push(alert(row)?);
            }
        }
        Ok(found)
    }

    /// Adds or replaces alerts by id. The ended ones are written first: a key fires at most once at a time.
    pub fn save_alerts(&mut self, alerts: &[&Alert]) -> Result<(), StorageError> {
        for firing in [false, true] {
            let mut rows = Vec::new();
            for a in alerts.iter().filter(|a| a.firing == firing) {
                rows.push(vec![
                    Value::from(a.id.to_string()),
                    a.integration.as_str().into(),
                    a.dedup_key.as_str().into(),
                    a.page.to_string().into(),
                    a.firing.into(),
                    a.resolved_at.into(),
                    a.last_seen.into(),
                    serde_json::to_string(a).map_err(|e| StorageError::damaged(e.to_string()))?.into(),
                    a.first_seen.into(),
                ]);
            }
            self.db.insert_many(
                "INSERT INTO alerts (id, integration, dedup_key, page, firing, resolved_at, last_seen, body, first_seen)",
                "ON CONFLICT (id) DO UPDATE SET page = excluded.page, firing = excluded.firing,
                 resolved_at = excluded.resolved_at, last_seen = excluded.last_seen, body = excluded.body",
                &rows,
            )?;
        }
        Ok(())
    }

    /// A person resolved the page: its alerts end with it.
    pub fn end_alerts_of(&mut self, page: PageId) -> Result<(), StorageError> {
        let now = self.now();
        self.execute(
            "UPDATE alerts SET firing = 0, resolved_at = ?2 WHERE page = ?1 AND firing = 1",
            &[page.to_string().into(), now.into()],
        )?;
        Ok(())
    }
}
