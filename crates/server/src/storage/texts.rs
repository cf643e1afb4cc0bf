//! Texts that several people write: each document's state, and how many updates of it stand in the log.

use super::sql::{Db, Value};
use super::{StorageError, Tx};
use firebell_log::DocumentId;

/// The documents with at least this many updates in the log, the longest first, as (document, subject).
pub fn to_merge(db: &mut Db, at_least: u64, limit: u32) -> Result<Vec<(String, String)>, StorageError> {
    let rows = db.rows(
        "SELECT document, subject FROM texts WHERE updates >= ?1 ORDER BY updates DESC, document LIMIT ?2",
        &[at_least.into(), i64::from(limit).into()],
    )?;
    rows.iter().map(|r| Ok((r.text(0)?.to_owned(), r.text(1)?.to_owned()))).collect()
}

impl Tx<'_> {
    /// Everything that was accepted of a document, as one update; empty when it is new.
    pub fn text_state(&mut self, document: &DocumentId) -> Result<Vec<u8>, StorageError> {
        let row = self.row("SELECT state FROM texts WHERE document = ?1", &[document.to_string().into()])?;
        row.map_or(Ok(vec![]), |r| r.blob(0).map(<[u8]>::to_vec))
    }

    /// `updates`: how many more of them stand in the log.
    pub fn save_text(
        &mut self,
        document: &DocumentId,
        state: Vec<u8>,
        updates: u64,
    ) -> Result<(), StorageError> {
        self.execute(
            "INSERT INTO texts (document, subject, state, updates) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (document) DO UPDATE SET state = excluded.state, updates = texts.updates + excluded.updates",
            &[
                document.to_string().into(),
                document.record.to_string().into(),
                Value::from(state),
                updates.into(),
            ],
        )?;
        Ok(())
    }

    /// So many updates of a document were merged away.
    pub(super) fn text_merged(&mut self, document: &DocumentId, gone: u64) -> Result<(), StorageError> {
        self.execute(
            "UPDATE texts SET updates = updates - ?2 WHERE document = ?1",
            &[document.to_string().into(), gone.into()],
        )?;
        Ok(())
    }
}
