//! The log: what followers are told, in order; and the answers to what they asked.

use super::sql::{Db, Value};
use super::{StorageError, Tx};
use firebell_domain::PageId;
use firebell_log::{CommandId, Operation, Scope};
use firebell_protocol::sync::Outcome;

/// The operations after `seq`, in order.
pub fn after(db: &mut Db, seq: u64, limit: u32) -> Result<Vec<Operation>, StorageError> {
    let rows = db.rows(
        "SELECT seq, at, body FROM operations WHERE scope = 'team' AND seq > ?1 ORDER BY seq LIMIT ?2",
        &[seq.into(), i64::from(limit).into()],
    )?;
    rows.iter()
        .map(|r| Ok(Operation { scope: Scope::Team, seq: r.u64(0)?, at: r.instant(1)?, body: r.json(2)? }))
        .collect()
}

/// The place of the newest operation, 0 when there is none.
pub fn newest(db: &mut Db) -> Result<u64, StorageError> {
    db.row("SELECT seq FROM scopes WHERE scope = 'team'", &[])?.map_or(Ok(0), |r| r.u64(0))
}

impl Tx<'_> {
    /// The answer this command got before, if it was asked before.
    pub fn answer_to(&mut self, id: CommandId) -> Result<Option<(PageId, Outcome)>, StorageError> {
        let row = self.row(
            "SELECT page, outcome FROM answers WHERE device = ?1 AND counter = ?2",
            &[id.device.to_string().into(), id.counter.into()],
        )?;
        row.map(|r| Ok((r.parse(0)?, r.json(1)?))).transpose()
    }

    /// Answers a command, once and for all.
    pub fn answer(&mut self, id: CommandId, page: PageId, outcome: &Outcome) -> Result<(), StorageError> {
        let text = serde_json::to_string(outcome).map_err(|e| StorageError::damaged(e.to_string()))?;
        let now = self.now();
        self.execute(
            "INSERT INTO answers (device, counter, at, page, outcome) VALUES (?1, ?2, ?3, ?4, ?5)",
            &[
                id.device.to_string().into(),
                id.counter.into(),
                now.into(),
                page.to_string().into(),
                Value::from(text),
            ],
        )?;
        Ok(())
    }
}
