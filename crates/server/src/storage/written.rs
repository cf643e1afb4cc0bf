//! What became of every operation that somebody submitted, and how far each writer was heard.

use super::sql::{Db, Value};
use super::{StorageError, Tx};
use firebell_domain::{DeviceId, EntryId};
use firebell_log::{OpId, WriterId};
use firebell_protocol::sync::OpOutcome;
use std::collections::HashMap;

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

/// An answer about to be given. `entry`: the timeline's entry that the operation writes.
#[derive(Clone, Debug)]
pub struct NewAnswer {
    pub id: OpId,
    pub answer: Answered,
    pub entry: Option<EntryId>,
}

/// Entries looked for with one statement.
const SOME: usize = 16;

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

    /// Answers operations, once and for all.
    pub fn answer_written(&mut self, device: DeviceId, answers: &[NewAnswer]) -> Result<(), StorageError> {
        let now = self.now();
        let mut rows = Vec::with_capacity(answers.len());
        for NewAnswer { id, answer, entry } in answers {
            let seq = match answer.outcome {
                OpOutcome::Accepted { seq, .. } => Some(seq),
                _ => None,
            };
            let outcome =
                serde_json::to_string(&answer.outcome).map_err(|e| StorageError::damaged(e.to_string()))?;
            rows.push(vec![
                Value::from(id.writer.to_string()),
                id.counter.into(),
                answer.hash.as_str().into(),
                outcome.into(),
                now.into(),
                device.to_string().into(),
                seq.into(),
                entry.map(|e| e.to_string()).into(),
            ]);
        }
        let head = "INSERT INTO written (writer, counter, hash, outcome, at, device, seq, entry)";
        self.db.insert_many(head, "", &rows)
    }

    /// The places of the operations that wrote these entries, where there are any; `None` of one that was refused.
    pub fn places_of_entries(
        &mut self,
        entries: &[EntryId],
    ) -> Result<HashMap<EntryId, Vec<Option<u64>>>, StorageError> {
        let mut found: HashMap<EntryId, Vec<Option<u64>>> = HashMap::new();
        for chunk in entries.chunks(SOME) {
            let places: Vec<String> = (1..=SOME).map(|i| format!("?{i}")).collect();
            let sql = format!("SELECT entry, seq FROM written WHERE entry IN ({})", places.join(","));
            // Always as many, so that the statement is prepared once.
            let ids = (0..SOME).map(|i| Value::from(chunk[i.min(chunk.len() - 1)].to_string()));
            for row in &self.rows(&sql, &ids.collect::<Vec<_>>())? {
                let seq = row.opt_int(1)?.map(|seq| u64::try_from(seq).unwrap_or(0));
                found.entry(row.parse(0)?).or_default().push(seq);
            }
        }
        Ok(found)
    }
}
