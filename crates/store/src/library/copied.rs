//! A library once more.

use super::LibraryStore;
use crate::StoreError;
use rusqlite::Connection;
use rusqlite::backup::Backup;
use std::time::Duration;

/// Pages copied at a time: all there are, for nobody else is in the file.
const PAGES: i32 = 10_000;

impl LibraryStore {
    /// Everything that is saved here, in a library of its own in memory: what somebody has who copies the whole disk.
    pub fn copied(&self) -> Result<Self, StoreError> {
        let mut db = Connection::open_in_memory()?;
        Backup::new(&self.queries.db, &mut db)?.run_to_completion(PAGES, Duration::ZERO, None)?;
        Self::in_memory_over(db, self.meta.writer)
    }
}
