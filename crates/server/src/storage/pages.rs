//! Pages, and what the server knows of who saw them.

use super::sql::{Db, Row, Value};
use super::{StorageError, Tx};
use firebell_domain::page::{Page, PageEvent, Recorded};
use firebell_domain::receipt::ReceiptState;
use firebell_domain::{DeviceId, Instant, PageId, RaiseId, ServiceId, Urgency};
use firebell_log::OperationBody;

/// Which pages to list, newest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct PageFilter {
    /// `Some(true)`: open ones, `Some(false)`: ended ones.
    pub open: Option<bool>,
    /// Ended ones must have ended after this.
    pub resolved_after: Option<Instant>,
    /// 1 to 1,000.
    pub limit: u32,
}

fn page(row: &Row) -> Result<Page, StorageError> {
    row.json(0)
}

/// What alerts find a page by. Of an incident's page it is a name that no service has: no alert joins it, and it stands
/// beside the page that its service's alerts have open.
fn joined_by(page: &Page) -> String {
    match page.origin {
        None => page.service.as_str().to_owned(),
        Some(_) => format!("incident/{}", page.id),
    }
}

fn urgency_name(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::High => "high",
        Urgency::Low => "low",
        Urgency::None => "none",
    }
}

pub fn by_id(db: &mut Db, id: PageId) -> Result<Option<Page>, StorageError> {
    db.row("SELECT body FROM pages WHERE id = ?1", &[id.to_string().into()])?.as_ref().map(page).transpose()
}

pub fn list(db: &mut Db, filter: PageFilter) -> Result<Vec<Page>, StorageError> {
    let limit = i64::from(filter.limit.clamp(1, 1_000));
    let after = filter.resolved_after.map_or(i64::MIN, |t| t.timestamp_micros());
    let rows = match filter.open {
        Some(true) => db.rows("SELECT body FROM pages WHERE is_open = 1 ORDER BY number DESC LIMIT ?1", &[limit.into()]),
        Some(false) => db.rows(
            "SELECT body FROM pages WHERE is_open = 0 AND resolved_at > ?1 ORDER BY resolved_at DESC LIMIT ?2",
            &[after.into(), limit.into()],
        ),
        None => db.rows("SELECT body FROM pages ORDER BY number DESC LIMIT ?1", &[limit.into()]),
    }?;
    rows.iter().map(page).collect()
}

/// Everything that happened to a page, in order.
pub fn history(db: &mut Db, id: PageId) -> Result<Vec<Recorded>, StorageError> {
    let rows =
        db.rows("SELECT at, body FROM operations WHERE page = ?1 ORDER BY seq", &[id.to_string().into()])?;
    let mut found = Vec::new();
    for row in &rows {
        let at = row.instant(0)?;
        if let OperationBody::Page { events, .. } = row.json(1)? {
            found.extend(events.into_iter().map(|event| Recorded { at, event }));
        }
    }
    Ok(found)
}

/// The pages with something due, the most overdue first.
pub fn due(db: &mut Db, now: Instant, limit: u32) -> Result<Vec<PageId>, StorageError> {
    let rows = db.rows(
        "SELECT id FROM pages WHERE next_due IS NOT NULL AND next_due <= ?1 ORDER BY next_due LIMIT ?2",
        &[now.into(), i64::from(limit).into()],
    )?;
    rows.iter().map(|r| r.parse(0)).collect()
}

/// When the next thing is due on any page.
pub fn next_due(db: &mut Db) -> Result<Option<Instant>, StorageError> {
    let row =
        db.row("SELECT next_due FROM pages WHERE next_due IS NOT NULL ORDER BY next_due LIMIT 1", &[])?;
    row.map(|r| r.instant(0)).transpose()
}

/// Open pages that nothing would ever happen to again: the server's own audit. A SEV4 is only listed.
pub fn forgotten(db: &mut Db) -> Result<u64, StorageError> {
    let row = db.row(
        "SELECT COUNT(*) FROM pages WHERE is_open = 1 AND next_due IS NULL AND urgency <> 'none'",
        &[],
    )?;
    row.map_or(Ok(0), |r| r.u64(0))
}

impl Tx<'_> {
    pub fn page(&mut self, id: PageId) -> Result<Option<Page>, StorageError> {
        by_id(self.db, id)
    }

    /// Everything that happened to a page in the commits before this one.
    pub fn page_history(&mut self, id: PageId) -> Result<Vec<Recorded>, StorageError> {
        history(self.db, id)
    }

    pub fn open_pages(&mut self) -> Result<Vec<Page>, StorageError> {
        let rows = self.rows("SELECT body FROM pages WHERE is_open = 1", &[])?;
        rows.iter().map(page).collect()
    }

    /// The page that alerts of this service and urgency join: the open one, else the last that resolved after
    /// `flapping_since`.
    pub fn page_to_join(
        &mut self,
        service: &ServiceId,
        urgency: Urgency,
        flapping_since: Instant,
    ) -> Result<Option<Page>, StorageError> {
        let key = [Value::from(service.as_str()), urgency_name(urgency).into()];
        let open =
            self.row("SELECT body FROM pages WHERE service = ?1 AND urgency = ?2 AND is_open = 1", &key)?;
        if let Some(row) = open {
            return page(&row).map(Some);
        }
        let [service, urgency] = key;
        let ended = self.row(
            "SELECT body FROM pages WHERE service = ?1 AND urgency = ?2 AND is_open = 0 AND resolved_at > ?3
             ORDER BY resolved_at DESC LIMIT 1",
            &[service, urgency, flapping_since.into()],
        )?;
        ended.as_ref().map(page).transpose()
    }

    /// Stores the next version of a page with the events that made it. `page.version` is the version they were
    /// decided on (0 for a new page); it is counted up here. Another version in the database is a conflict.
    pub fn save_page(&mut self, page: &mut Page, events: Vec<PageEvent>) -> Result<(), StorageError> {
        let is_new = matches!(events.first(), Some(PageEvent::Opened { .. }));
        let before = page.version;
        if !is_new {
            page.version += 1;
        }
        let next_due = page.next_timer().map(|t| t.due);
        self.wants_time(next_due);
        let body = serde_json::to_string(page).map_err(|e| StorageError::damaged(e.to_string()))?;
        let id = Value::from(page.id.to_string());
        let changed = if is_new {
            self.execute(
                "INSERT INTO pages (id, number, version, service, urgency, is_open, resolved_at, next_due, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                &[
                    id,
                    page.number.into(),
                    page.version.into(),
                    joined_by(page).into(),
                    urgency_name(page.urgency).into(),
                    page.is_open().into(),
                    page.resolved_at.into(),
                    next_due.into(),
                    body.into(),
                ],
            )?
        } else {
            self.execute(
                "UPDATE pages SET version = ?2, is_open = ?3, resolved_at = ?4, next_due = ?5, body = ?6, urgency = ?8
                 WHERE id = ?1 AND version = ?7",
                &[
                    id,
                    page.version.into(),
                    page.is_open().into(),
                    page.resolved_at.into(),
                    next_due.into(),
                    body.into(),
                    before.into(),
                    urgency_name(page.urgency).into(),
                ],
            )?
        };
        if changed != 1 {
            return Err(StorageError::Conflict);
        }
        self.record(Some(page.id), OperationBody::Page { page: page.id, version: page.version, events });
        Ok(())
    }

    /// Moves the timer of a page whose decision keeps failing, so that it is tried again later and holds
    /// nothing up.
    pub fn postpone(&mut self, id: PageId, until: Instant) -> Result<(), StorageError> {
        self.execute("UPDATE pages SET next_due = ?2 WHERE id = ?1", &[id.to_string().into(), until.into()])?;
        Ok(())
    }

    /// False when this receipt is on the record already.
    pub fn add_receipt(
        &mut self,
        raise: &RaiseId,
        device: DeviceId,
        state: ReceiptState,
    ) -> Result<bool, StorageError> {
        let state = match state {
            ReceiptState::Sent => "sent",
            ReceiptState::Delivered => "delivered",
            ReceiptState::Shown => "shown",
            ReceiptState::Seen => "seen",
        };
        let added = self.execute(
            "INSERT INTO receipts (page, round, step, person, device, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO NOTHING",
            &[
                raise.page.to_string().into(),
                u64::from(raise.round).into(),
                u64::from(raise.step).into(),
                Value::from(raise.person.as_str()),
                device.to_string().into(),
                state.into(),
            ],
        )?;
        Ok(added > 0)
    }
}
