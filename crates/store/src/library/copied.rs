//! A library once more.

use super::meta::Meta;
use super::{LibraryStore, ops};
use crate::StoreError;
use firebell_log::Written;
use rusqlite::Connection;
use rusqlite::backup::Backup;
use std::time::Duration;

/// Pages copied at a time: all there are, for nobody else is in the file.
const PAGES: i32 = 10_000;

impl LibraryStore {
    /// Everything that is saved here, in a library of its own in memory: what somebody has who copies the whole disk.
    pub fn copied(&self) -> Result<Self, StoreError> {
        Self::in_memory_over(self.copied_file()?, self.meta.writer)
    }

    /// The same, opened for the first time by a newer version of the program. `read`: what that one reads of an operation
    /// that was kept and not understood; `None`: as little as before.
    pub fn copied_for_a_newer_version(
        &self,
        read: impl Fn(&Written) -> Option<Written>,
    ) -> Result<Self, StoreError> {
        let db = self.copied_file()?;
        for stored in ops::select(&db, "WHERE kind = 'unknown'", ())? {
            if let Some(op) = read(&stored.op) {
                let sql = "UPDATE op SET schema = ?2, change = ?3 WHERE id = ?1";
                db.execute(sql, (stored.row, op.schema, op.change.to_string()))?;
            }
        }
        Meta { schema: 0, ..self.meta.clone() }.save(&db)?;
        Self::in_memory_over(db, self.meta.writer)
    }

    fn copied_file(&self) -> Result<Connection, StoreError> {
        let mut db = Connection::open_in_memory()?;
        Backup::new(&self.queries.db, &mut db)?.run_to_completion(PAGES, Duration::ZERO, None)?;
        Ok(db)
    }
}
