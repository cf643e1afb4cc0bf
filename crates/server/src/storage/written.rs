//! What became of every operation that somebody submitted, and how far each writer was heard.

use super::sql::{Db, Value};
use super::{StorageError, Tx};
use firebell_domain::{DeviceId, EntryId};
use firebell_log::{OpId, WriterId, Written};
use firebell_protocol::sync::OpOutcome;

/// One life of a desktop's library, as the server knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The first device that wrote under this name.
    pub device: DeviceId,
    /// The last counter that was answered.
    pub heard: u64,
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// Of the operation that it was given to.
    pub hash: String,
    /// Accepted or refused.
    pub outcome: OpOutcome,
}

/// The last counter of this writer that was answered; 0 when it never was.
pub fn heard(db: &mut Db, writer: WriterId) -> Result<u64, StorageError> {
    let row = db.row("SELECT heard FROM writers WHERE writer = ?1", &[writer.to_string().into()])?;
    row.map_or(Ok(0), |r| r.u64(0))
}

impl Tx<'_> {
    pub fn writer(&mut self, id: WriterId) -> Result<Option<Writer>, StorageError> {
        let row =
            self.row("SELECT device, heard FROM writers WHERE writer = ?1", &[id.to_string().into()])?;
        row.map(|r| Ok(Writer { device: r.parse(0)?, heard: r.u64(1)? })).transpose()
    }

    pub fn save_writer(&mut self, id: WriterId, writer: Writer) -> Result<(), StorageError> {
        self.execute(
            "INSERT INTO writers (writer, device, heard) VALUES (?1, ?2, ?3)
             ON CONFLICT (writer) DO UPDATE SET heard = excluded.heard",
            &[id.to_string().into(), writer.device.to_string().into(), writer.heard.into()],
        )?;
        Ok(())
    }

    /// The answer that the operation of this name got.
    pub fn answered(&mut self, id: OpId) -> Result<Option<Answered>, StorageError> {
        let row = self.row(
            "SELECT hash, outcome FROM written WHERE writer = ?1 AND counter = ?2",
            &[id.writer.to_string().into(), id.counter.into()],
        )?;
        row.map(|r| Ok(Answered { hash: r.text(0)?.to_owned(), outcome: r.json(1)? })).transpose()
    }

    /// Answers an operation, once and for all. `entry`: the timeline's entry that it writes.
    pub fn answer_written(
        &mut self,
        op: &Written,
        device: DeviceId,
        outcome: &OpOutcome,
        entry: Option<EntryId>,
    ) -> Result<(), StorageError> {
        let seq = match outcome {
            OpOutcome::Accepted { seq, .. } => Some(*seq),
            _ => None,
        };
        let text = serde_json::to_string(outcome).map_err(|e| StorageError::damaged(e.to_string()))?;
        let now = self.now();
        self.execute(
            "INSERT INTO written (writer, counter, hash, outcome, at, device, seq, entry)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            &[
                op.id.writer.to_string().into(),
                op.id.counter.into(),
                op.hash().into(),
                text.into(),
                now.into(),
                device.to_string().into(),
                seq.into(),
                entry.map(|e| e.to_string()).into(),
            ],
        )?;
        Ok(())
    }

    /// The places of the operations that wrote this entry; `None` of one that was refused.
    pub fn places_of_entry(&mut self, entry: EntryId) -> Result<Vec<Option<u64>>, StorageError> {
        let rows = self.rows(
            "SELECT seq FROM written WHERE entry = ?1 ORDER BY at, writer, counter LIMIT 16",
            &[Value::from(entry.to_string())],
        )?;
        rows.iter().map(|r| Ok(r.opt_int(0)?.map(|seq| u64::try_from(seq).unwrap_or(0)))).collect()
    }
}
