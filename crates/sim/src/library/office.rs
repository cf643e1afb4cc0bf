//! The team's server: its database, which crashes, is backed up and restored.

use crate::plant::Plant;
use firebell_log::{Era, Operation};
use firebell_server::storage::{Committed, Db, StorageError, Tx, read, transact};
use rusqlite::Connection;
use rusqlite::backup::Backup;
use std::collections::BTreeMap;
use std::time::Duration;

pub struct Office {
    pub db: Db,
    pub up: bool,
    /// Counts starts, so that what belongs to an earlier life is ignored.
    pub life: u32,
    /// Place in the log up to which each connection was told.
    pub told: BTreeMap<u64, u64>,
    backups: Vec<Db>,
    /// Planted: what is on the disk, when not everything is that should be.
    synced: Option<Db>,
}

impl Office {
    pub fn new(db: Db) -> Self {
        Self { db, up: true, life: 1, told: BTreeMap::new(), backups: vec![], synced: None }
    }

    pub fn commit<T>(
        &mut self,
        now: firebell_domain::Instant,
        work: impl FnOnce(&mut Tx) -> Result<T, StorageError>,
    ) -> Result<(T, Committed), StorageError> {
        transact(&mut self.db, &|| now, now, work)
    }

    pub fn newest(&mut self) -> Result<u64, StorageError> {
        read::newest_operation(&mut self.db)
    }

    pub fn after(&mut self, seq: u64) -> Result<Vec<Operation>, StorageError> {
        read::operations_after(&mut self.db, seq, 10_000)
    }

    pub fn back_up(&mut self) -> Result<(), StorageError> {
        self.backups.push(copy(&self.db)?);
        Ok(())
    }

    pub fn has_backup(&self) -> bool {
        !self.backups.is_empty()
    }

    /// Goes on from an old backup, as `firebell-server restore` does: in a new era.
    pub fn restore(
        &mut self,
        which: usize,
        era: Era,
        now: firebell_domain::Instant,
        plant: Option<Plant>,
    ) -> Result<(), StorageError> {
        let which = which % self.backups.len().max(1);
        // What was backed up later is of a life of the log that is over.
        self.backups.truncate(which + 1);
        let Some(backup) = self.backups.last() else { return Ok(()) };
        self.db = copy(backup)?;
        self.synced = None;
        if plant != Some(Plant::EraIgnored) {
            self.commit(now, |tx| {
                tx.set_era(era)?;
                tx.set_meta("restored", "1")
            })?;
        }
        Ok(())
    }

    /// Planted: only now and then is the disk told to keep what it has.
    pub fn sync(&mut self) -> Result<(), StorageError> {
        self.synced = Some(copy(&self.db)?);
        Ok(())
    }

    pub fn crash(&mut self) {
        self.up = false;
        self.life += 1;
        self.told.clear();
        if let Some(disk) = self.synced.take() {
            self.db = disk;
        }
    }
}

fn copy(db: &Db) -> Result<Db, StorageError> {
    let Db::Sqlite(from) = db else { unreachable!("the world's database is SQLite") };
    let mut to = Connection::open_in_memory()?;
    Backup::new(from, &mut to)?.run_to_completion(1_000, Duration::ZERO, None)?;
    Db::adopt(to)
}
