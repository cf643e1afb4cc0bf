//! Opening a library, and what is done when it cannot be opened.

use super::meta::Meta;
use super::unsent::{self, Unsent};
use super::{LibraryStore, Queries, Readers, Repaired};
use crate::migration::{self, Migrations};
use crate::open::{is_fault, is_unreadable, mend, open_database, with_ending};
use crate::{Connect, SideFileContent, Store, StoreError};
use firebell_log::WriterId;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) const MIGRATIONS: Migrations = &[
    ("2026-11-25 library", include_str!("base.sql")),
    ("2026-11-25 sight", include_str!("sight.sql")),
    // After a server was restored, what was written under former names may wait, too.
    ("2026-11-26 former names", "CREATE INDEX op_former ON op (writer, counter) WHERE own = 2 AND state = 0"),
    // 1: written here before the team had told of the incident that it is about. Of older ones nobody knows.
    ("2026-11-27 early", "ALTER TABLE op ADD COLUMN early INTEGER NOT NULL DEFAULT 0"),
];

/// Statements that are kept prepared.
const STATEMENTS: usize = 128;
/// Memory for pages, in KiB: of the writer, and of each reader.
const CACHE: (i64, i64) = (16 << 10, 8 << 10);

impl LibraryStore {
    /// Opens the library, or makes it, and the file of unsent changes beside it (`library.unsent` for `library.db`).
    /// What only that file knows is put back. `key`: 64 hexadecimal digits. `fresh`: who writes in it, when it is new
    /// and no unsent change says who did.
    pub fn open(path: &Path, key: &str, fresh: WriterId) -> Result<Self, StoreError> {
        Ok(Self::open_counting(path, key, fresh)?.0)
    }

    /// The same; a library that is damaged, or was encrypted with another key, is put aside and a new one made. What
    /// was written here and not sent is in it again; what the team knows comes from the team. So it is with the file of
    /// unsent changes, which is written anew from the library.
    pub fn open_or_repair(
        path: &Path,
        key: &str,
        fresh: WriterId,
    ) -> Result<(Self, Option<Repaired>), StoreError> {
        match Self::open_counting(path, key, fresh) {
            Ok((store, _)) => Ok((store, None)),
            Err(error) if is_lost(&error, path) => {
                tracing::error!(%error, "the library cannot be opened and is put aside");
                let (store, repaired) = Self::repair(path, key, fresh)?;
                Ok((store, Some(repaired)))
            }
            Err(error) if is_lost(&error, &side_path(path)) => {
                Self::without_side_file(path, key, fresh, &error)
            }
            Err(error) => Err(error),
        }
    }

    fn without_side_file(
        path: &Path,
        key: &str,
        fresh: WriterId,
        error: &StoreError,
    ) -> Result<(Self, Option<Repaired>), StoreError> {
        tracing::error!(%error, "the file of unsent changes cannot be read and is put aside");
        let aside = Store::set_aside(&side_path(path), &fresh.to_string())?;
        let (store, recovered) = Self::open_counting(path, key, fresh)?;
        Ok((store, Some(Repaired { aside, recovered })))
    }

    /// Puts the library aside whatever its state, and makes a new one: also for one that turned out to be damaged while
    /// it was in use. Nobody may have it open.
    pub fn repair(path: &Path, key: &str, fresh: WriterId) -> Result<(Self, Repaired), StoreError> {
        let aside = if path.exists() { Store::set_aside(path, &fresh.to_string())? } else { path.to_owned() };
        let recovered = match Self::open_counting(path, key, fresh) {
            Err(error) if is_lost(&error, &side_path(path)) => {
                Self::without_side_file(path, key, fresh, &error).map(|(store, _)| (store, 0))
            }
            other => other,
        };
        let (store, recovered) = recovered?;
        Ok((store, Repaired { aside, recovered }))
    }

    /// A library that lives as long as the value, without encryption and without a file of unsent changes.
    pub fn in_memory(fresh: WriterId) -> Result<Self, StoreError> {
        let mut db = Connection::open_in_memory()?;
        migration::migrate(&mut db, MIGRATIONS)?;
        Self::in_memory_over(db, fresh)
    }

    pub(super) fn in_memory_over(db: Connection, fresh: WriterId) -> Result<Self, StoreError> {
        Self::begin(db, None, None, fresh, None, None)
    }

    /// On the disk as [`Self::open`], but readable for everybody, and without a file of unsent changes.
    #[cfg(any(test, feature = "plain"))]
    pub fn open_plain(path: &Path, fresh: WriterId) -> Result<Self, StoreError> {
        let mut db = Connection::open(path)?;
        crate::open::prepare(&mut db, MIGRATIONS)?;
        Self::begin(db, None, None, fresh, None, None)
    }

    /// On a simulated disk. The file of unsent changes and the mark of the key stay in a real folder, which `path` names.
    #[cfg(any(test, feature = "faults"))]
    pub fn open_on(
        path: &Path,
        key: &str,
        fresh: WriterId,
        disk: &crate::testing::FaultyDisk,
    ) -> Result<Self, StoreError> {
        let existed = disk.exists(&path.to_string_lossy());
        let (unsent, content) = Unsent::open(&side_path(path), key)?;
        let opened = open_database(path, key, existed, crate::open::on_disk(disk), MIGRATIONS)?;
        let mut store = Self::over(path, opened, fresh_or_last(fresh, &content), Some(unsent), None)?;
        store.reconcile(&content)?;
        Ok(store)
    }

    fn open_counting(path: &Path, key: &str, fresh: WriterId) -> Result<(Self, usize), StoreError> {
        let connect = |path: &Path| Connection::open(path);
        let opened = open_database(path, key, path.exists(), connect, MIGRATIONS)?;
        let (unsent, content) = Unsent::open(&side_path(path), key)?;
        let (owned, key) = (path.to_owned(), key.to_owned());
        let readers = Readers::new(Box::new(move || reader(&owned, &key)));
        let mut store =
            Self::over(path, opened, fresh_or_last(fresh, &content), Some(unsent), Some(readers))?;
        let recovered = store.reconcile(&content)?;
        Ok((store, recovered))
    }

    fn over(
        path: &Path,
        (db, connect): (Connection, Connect),
        fresh: WriterId,
        unsent: Option<Unsent>,
        readers: Option<Readers>,
    ) -> Result<Self, StoreError> {
        Self::begin(db, Some(connect), Some(path.to_owned()), fresh, unsent, readers)
    }

    fn begin(
        db: Connection,
        connect: Option<Connect>,
        path: Option<PathBuf>,
        fresh: WriterId,
        unsent: Option<Unsent>,
        readers: Option<Readers>,
    ) -> Result<Self, StoreError> {
        tune(&db)?;
        let meta = Meta::load(&db)?.unwrap_or_else(|| Meta::new(fresh));
        let queries = Queries { db };
        let (doubtful, long) = (false, super::disk::LONG);
        let mut store = Self { queries, connect, path, meta, unsent, readers, doubtful, long };
        store.rebuild_if_needed()?;
        Ok(store)
    }

    /// Passes on what came of a change; after a failure of the disk, on a new connection.
    pub(super) fn mended<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if is_fault(&result) {
            if mend(&mut self.queries.db, self.connect.as_ref(), &result) {
                tune(&self.queries.db)?;
            }
            self.doubt();
        }
        result
    }
}

fn tune(db: &Connection) -> Result<(), StoreError> {
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.pragma_update(None, "cache_size", -CACHE.0)?;
    // Done here (`disk.rs`): SQLite itself would not say when it fails.
    db.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
    Ok(())
}

/// Who writes in a library that is new: whoever wrote what is not sent yet, so that it keeps its names.
fn fresh_or_last(fresh: WriterId, content: &SideFileContent) -> WriterId {
    unsent::last_writer(content).unwrap_or(fresh)
}

/// Whether starting over with this file helps. Damage of the library may also be found after it could be opened.
fn is_lost(error: &StoreError, file: &Path) -> bool {
    match error {
        StoreError::WrongKey(path) | StoreError::Corrupt(path) => path == file,
        StoreError::Row { .. } => file.extension().is_none_or(|ending| ending != "unsent"),
        other => is_unreadable(other),
    }
}

/// Deletes everything that was ever put aside of this library, with what was unsent or without.
pub(super) fn remove_put_aside(path: Option<&Path>, unsent: bool) -> Result<(), StoreError> {
    let Some(path) = path else { return Ok(()) };
    let begins: Vec<_> = [Some(path.to_owned()), unsent.then(|| side_path(path))]
        .iter()
        .flatten()
        .filter_map(|path| Some(format!("{}.aside-", path.file_name()?.to_string_lossy())))
        .collect();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for entry in std::fs::read_dir(folder).map_err(StoreError::Folder)? {
        let entry = entry.map_err(StoreError::Folder)?;
        let name = entry.file_name();
        if begins.iter().any(|begin| name.to_string_lossy().starts_with(begin)) {
            std::fs::remove_file(entry.path()).map_err(StoreError::Folder)?;
        }
    }
    Ok(())
}

/// `library.unsent` beside `library.db`.
pub(super) fn side_path(path: &Path) -> PathBuf {
    if path.extension().is_some() { path.with_extension("unsent") } else { with_ending(path, ".unsent") }
}

fn reader(path: &Path, key: &str) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    // The writer was opened with this key: it is hexadecimal.
    db.execute_batch(&format!("PRAGMA key = \"x'{key}'\";"))?;
    db.busy_timeout(Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    db.pragma_update(None, "cache_size", -CACHE.1)?;
    Ok(db)
}
