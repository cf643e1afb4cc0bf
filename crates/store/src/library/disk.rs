//! When what is in the file is on the disk, and what leaves it.
//!
//! A commit is appended to the write-ahead log. Most are not synced: what a crash could take of them comes back by itself
//! ([`LibraryChange::comes_back`]); one that is synced takes those before it along. What is in the log is written back into
//! the database when nobody waits for it, or when the log is long; that, too, syncs it.
//!
//! **Invariant.** The file of unsent changes forgets nothing before the answer is on the disk. So a sync that failed is
//! looked after before anything else is written: nobody knows which pages of the log the disk has forgotten, and what
//! is appended behind those would be lost with them.

use super::LibraryStore;
use super::meta::Meta;
use super::unsent::Unsent;
use crate::StoreError;
use rusqlite::ErrorCode;

/// Pages of 4 KiB in the log from which on a commit writes them back itself.
pub(super) const LONG: u32 = 4_000;
/// Fewer are left in the log when nobody waits.
const WORTH_IT: u32 = 200;

impl LibraryStore {
    /// Whether commits are on the disk when they return, from now on.
    pub(super) fn sync_commits(&self, always: bool) -> Result<(), StoreError> {
        let level = if always { "FULL" } else { "NORMAL" };
        Ok(self.queries.db.pragma_update(None, "synchronous", level)?)
    }

    /// Writes what was committed back into the database, for when nobody waits.
    pub fn write_back(&mut self) {
        self.write_back_from(WORTH_IT);
    }

    pub(super) fn write_back_if_long(&mut self) {
        self.write_back_from(self.long);
    }

    /// What was committed stays so if it fails: then it is looked after ([`Self::be_sure`]).
    fn write_back_from(&mut self, pages: u32) {
        let checkpoint = |how: &str| {
            self.queries
                .db
                .prepare_cached(&format!("PRAGMA wal_checkpoint({how})"))?
                .query_row([], |r| Ok((r.get::<_, i64>(1)?, r.get::<_, i64>(2)?)))
        };
        let written = match checkpoint("NOOP") {
            Ok((log, back)) if log >= i64::from(pages) && back < log => checkpoint("PASSIVE").map(drop),
            other => other.map(drop),
        };
        if let Err(error) = written {
            tracing::warn!(%error, "the library's log could not be written back");
            self.doubt();
        }
    }

    /// A sync may have failed.
    pub(super) fn doubt(&mut self) {
        self.doubtful = self.unsent.is_some();
        if let Err(error) = self.be_sure() {
            tracing::warn!(%error, "what is in the library's log is not certain");
        }
    }

    /// After a sync that may have failed: everything is written into the database and the log begun anew. If the disk has
    /// lost something nevertheless, it is put back from the file of unsent changes.
    pub(super) fn be_sure(&mut self) -> Result<(), StoreError> {
        if !self.doubtful {
            return Ok(());
        }
        let busy: bool = self.queries.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))?;
        if busy {
            let code = rusqlite::ffi::Error { code: ErrorCode::DatabaseBusy, extended_code: 5 };
            return Err(rusqlite::Error::SqliteFailure(code, None).into());
        }
        let found = Meta::load(&self.queries.db)?;
        if let Some(found) = found.filter(|found| *found != self.meta)
            && let Some(unsent) = &self.unsent
        {
            let (unsent, content) = Unsent::open(&unsent.path, &unsent.key)?;
            tracing::warn!("the disk has lost what was committed; it is put back");
            self.unsent = Some(unsent);
            self.meta = found;
            self.reconcile(&content)?;
        }
        self.doubtful = false;
        Ok(())
    }

    /// What was deleted leaves the disk. Nothing depends on it: tried, and tried again at the next opening, when nobody
    /// reads.
    pub(super) fn give_back(&mut self) {
        if !self.meta.shorten {
            return;
        }
        let meta = Meta { shorten: false, ..self.meta.clone() };
        let db = &self.queries.db;
        let checkpoint = || db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get::<_, bool>(0));
        let done = checkpoint().and_then(|_| db.execute_batch("VACUUM")).and_then(|()| checkpoint());
        let done = match done {
            Ok(false) => meta.save(db),
            Ok(true) => {
                tracing::info!("somebody reads: the library is shortened later");
                return;
            }
            Err(error) => Err(error.into()),
        };
        match done {
            Ok(()) => self.meta = meta,
            Err(error) => {
                tracing::warn!(%error, "the library could not be shortened");
                self.doubt();
            }
        }
    }
}
