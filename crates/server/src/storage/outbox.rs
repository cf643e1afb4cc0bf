//! What is to be sent by channels. A row is written in the same commit as the event that wants it, and leased by
//! the node that sends it; the lease's epoch fences off a node that woke up too late.

use super::sql::{Row, Value};
use super::{Db, StorageError, Tx};
use firebell_domain::notice::Heard;
use firebell_domain::{ChannelId, IncidentId, Instant, PageId, PersonId, RaiseId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Something to say about an incident that rings nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saying {
    pub incident: IncidentId,
    pub heard: Heard,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Stable over repeats; also the id inside the acknowledge link.
    pub id: Uuid,
    /// Nil, as in `raise`, for what is no page.
    pub page: PageId,
    pub raise: RaiseId,
    /// What is said instead of a page; there is nothing to acknowledge then.
    pub saying: Option<Saying>,
    pub channel: ChannelId,
    /// How often it was tried before.
    pub attempts: u32,
    pub epoch: u64,
    pub created_at: Instant,
    pub link_used: bool,
}

const COLUMNS: &str = "id, page, raise_id, channel, attempts, epoch, created_at, link_used_at, notice";

fn outbox_row(row: &Row) -> Result<OutboxRow, StorageError> {
    Ok(OutboxRow {
        id: row.parse(0)?,
        page: row.parse(1)?,
        raise: row.json(2)?,
        channel: row.parse(3)?,
        attempts: u32::try_from(row.int(4)?).unwrap_or(0),
        epoch: row.u64(5)?,
        created_at: row.instant(6)?,
        link_used: row.opt_int(7)?.is_some(),
        saying: row.opt_text(8)?.map(|_| row.json(8)).transpose()?,
    })
}

/// The row behind an acknowledge link.
pub fn by_id(db: &mut Db, id: Uuid) -> Result<Option<OutboxRow>, StorageError> {
    let sql = format!("SELECT {COLUMNS} FROM outbox WHERE id = ?1");
    db.row(&sql, &[id.to_string().into()])?.as_ref().map(outbox_row).transpose()
}

/// When the next row is due.
pub fn next_due(db: &mut Db) -> Result<Option<Instant>, StorageError> {
    let row = db.row(
        "SELECT CASE WHEN due > lease_until THEN due ELSE lease_until END AS at FROM outbox
         WHERE done_at IS NULL ORDER BY at LIMIT 1",
        &[],
    )?;
    row.map(|r| r.instant(0)).transpose()
}

impl Tx<'_> {
    pub fn add_to_outbox(
        &mut self,
        id: Uuid,
        raise: &RaiseId,
        channel: ChannelId,
    ) -> Result<(), StorageError> {
        self.add_row(id, raise, channel, None)
    }

    /// To be said to this person, at once.
    pub fn say_by_channel(
        &mut self,
        id: Uuid,
        person: &PersonId,
        channel: ChannelId,
        saying: &Saying,
    ) -> Result<(), StorageError> {
        let nobody = RaiseId { page: PageId(Uuid::nil()), round: 0, step: 0, person: person.clone() };
        self.add_row(id, &nobody, channel, Some(saying))
    }

    fn add_row(
        &mut self,
        id: Uuid,
        raise: &RaiseId,
        channel: ChannelId,
        saying: Option<&Saying>,
    ) -> Result<(), StorageError> {
        let now = self.now();
        let damaged = |e: serde_json::Error| StorageError::damaged(e.to_string());
        let text = serde_json::to_string(raise).map_err(damaged)?;
        let saying = saying.map(serde_json::to_string).transpose().map_err(damaged)?;
        self.execute(
            "INSERT INTO outbox (id, page, raise_id, channel, due, attempts, lease_until, epoch, created_at, notice)
             VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, ?5, ?6)",
            &[
                id.to_string().into(),
                raise.page.to_string().into(),
                Value::from(text),
                channel.to_string().into(),
                now.into(),
                saying.into(),
            ],
        )?;
        self.wants_outbox();
        Ok(())
    }

    /// Leases what is due until `lease_until`; each row comes back with the epoch of this claim.
    pub fn claim_outbox(&mut self, lease_until: Instant, limit: u32) -> Result<Vec<OutboxRow>, StorageError> {
        let now = self.now();
        let sql = format!(
            "UPDATE outbox SET lease_until = ?2, epoch = epoch + 1 WHERE id IN
             (SELECT id FROM outbox WHERE done_at IS NULL AND due <= ?1 AND lease_until <= ?1 ORDER BY due LIMIT ?3)
             RETURNING {COLUMNS}"
        );
        let rows = self.rows(&sql, &[now.into(), lease_until.into(), i64::from(limit).into()])?;
        rows.iter().map(outbox_row).collect()
    }

    /// It was sent, or given up. False when another node has claimed it since.
    pub fn finish_outbox(&mut self, row: &OutboxRow) -> Result<bool, StorageError> {
        let now = self.now();
        let changed = self.execute(
            "UPDATE outbox SET done_at = ?3 WHERE id = ?1 AND epoch = ?2 AND done_at IS NULL",
            &[row.id.to_string().into(), row.epoch.into(), now.into()],
        )?;
        Ok(changed > 0)
    }

    /// To be tried again at `due`. False when another node has claimed it since.
    pub fn retry_outbox(&mut self, row: &OutboxRow, due: Instant) -> Result<bool, StorageError> {
        let changed = self.execute(
            "UPDATE outbox SET due = ?3, attempts = attempts + 1, lease_until = 0 WHERE id = ?1 AND epoch = ?2 AND done_at IS NULL",
            &[row.id.to_string().into(), row.epoch.into(), due.into()],
        )?;
        Ok(changed > 0)
    }

    pub fn outbox_row(&mut self, id: Uuid) -> Result<Option<OutboxRow>, StorageError> {
        by_id(self.db, id)
    }

    /// The acknowledge link was used; false when it had been before.
    pub fn use_link(&mut self, id: Uuid) -> Result<bool, StorageError> {
        let now = self.now();
        let changed = self.execute(
            "UPDATE outbox SET link_used_at = ?2 WHERE id = ?1 AND link_used_at IS NULL",
            &[id.to_string().into(), now.into()],
        )?;
        Ok(changed > 0)
    }
}
