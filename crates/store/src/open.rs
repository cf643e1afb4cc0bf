//! Opening: the key, the journal, the migrations.

use crate::migration::Migrations;
use crate::{Connect, Store, StoreError, migration};
use rusqlite::{Connection, ErrorCode};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

impl Store {
    /// Opens the store, or makes it. `key`: 64 hexadecimal digits, used as they are (no derivation).
    pub fn open(path: &Path, key: &str) -> Result<Self, StoreError> {
        Self::over(open_database(path, key, path.exists(), |path| Connection::open(path), migration::ALL)?)
    }

    /// The same on a simulated disk. The mark of the key stays in a real folder, which `path` names.
    #[cfg(any(test, feature = "faults"))]
    pub fn open_on(path: &Path, key: &str, disk: &crate::testing::FaultyDisk) -> Result<Self, StoreError> {
        let existed = disk.exists(&path.to_string_lossy());
        Self::over(open_database(path, key, existed, on_disk(disk), migration::ALL)?)
    }

    fn over((db, connect): (Connection, Connect)) -> Result<Self, StoreError> {
        Ok(Self { db, connect: Some(connect) })
    }

    /// A store that lives as long as the value, without encryption: for the simulator and for tests.
    pub fn in_memory() -> Result<Self, StoreError> {
        let mut db = Connection::open_in_memory()?;
        migration::migrate(&mut db, migration::ALL)?;
        Ok(Self { db, connect: None })
    }

    /// Passes on what came of a change; see [`mend`].
    pub(crate) fn mended<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        mend(&mut self.db, self.connect.as_ref(), &result);
        result
    }

    /// Moves a store that cannot be opened out of the way, with everything that belongs to it; the new name.
    /// `suffix` keeps several apart, a date for example.
    pub fn set_aside(path: &Path, suffix: &str) -> Result<PathBuf, StoreError> {
        let aside = with_ending(path, &format!(".aside-{suffix}"));
        for ending in ["-wal", "-shm", ".key-mark"] {
            let part = with_ending(path, ending);
            if part.exists() {
                std::fs::rename(&part, with_ending(&aside, ending)).map_err(StoreError::Folder)?;
            }
        }
        std::fs::rename(path, &aside).map_err(StoreError::Folder)?;
        Ok(aside)
    }
}

/// Opens an encrypted file, or makes it, and brings its schema up to date. With it: how to open it once more.
pub(crate) fn open_database(
    path: &Path,
    key: &str,
    existed: bool,
    connect: impl Fn(&Path) -> rusqlite::Result<Connection> + Send + 'static,
    migrations: Migrations,
) -> Result<(Connection, Connect), StoreError> {
    if key.len() != 64 || !key.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(StoreError::BadKey);
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(StoreError::Folder)?;
    }
    // The mark is made after the first migrations: a file without them was emptied.
    let has_content = existed && key_mark(path).exists();
    let attempt = || match unlock(connect(path)?, key, has_content, migrations)? {
        Some(db) => Ok(db),
        None => Err(StoreError::Corrupt(path.to_owned())),
    };
    // A read that failed once looks like damage to SQLCipher; damage looks the same the second time.
    let opened = match attempt() {
        Err(error) if is_unreadable(&error) => attempt(),
        other => other,
    };
    let db = match opened {
        Err(error) if is_unreadable(&error) => {
            let same_key = matches!(std::fs::read_to_string(key_mark(path)), Ok(mark) if mark == digest(key));
            let path = path.to_owned();
            return Err(if same_key { StoreError::Corrupt(path) } else { StoreError::WrongKey(path) });
        }
        other => other?,
    };
    if !existed || !key_mark(path).exists() {
        std::fs::write(key_mark(path), digest(key)).map_err(StoreError::Folder)?;
    }
    let (path, key) = (path.to_owned(), key.to_owned());
    let connect = move || {
        unlock(connect(&path)?, &key, true, migrations)?.ok_or_else(|| StoreError::Corrupt(path.clone()))
    };
    Ok((db, Box::new(connect)))
}

/// `None`: there is nothing in it and should be.
fn unlock(
    mut db: Connection,
    key: &str,
    has_content: bool,
    migrations: Migrations,
) -> Result<Option<Connection>, StoreError> {
    // The key is checked to be hexadecimal in `open_database`; a pragma takes no parameters.
    db.execute_batch(&format!("PRAGMA key = \"x'{key}'\";"))?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0))?;
    if has_content && tables == 0 {
        return Ok(None);
    }
    prepare(&mut db, migrations)?;
    Ok(Some(db))
}

pub(crate) fn prepare(db: &mut Connection, migrations: Migrations) -> Result<(), StoreError> {
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    migration::migrate(db, migrations)
}

/// After a failure of the disk the connection is made anew: SQLCipher remembers a read that failed for as long as a
/// connection lives, and refuses everything that follows. Whether it was.
pub(crate) fn mend<T>(
    db: &mut Connection,
    connect: Option<&Connect>,
    result: &Result<T, StoreError>,
) -> bool {
    if is_fault(result)
        && let Some(connect) = connect
        && let Ok(new) = connect()
    {
        *db = new;
        return true;
    }
    false
}

/// Whether the disk failed, and not only for want of room.
pub(crate) fn is_fault<T>(result: &Result<T, StoreError>) -> bool {
    use ErrorCode::{ConstraintViolation, DatabaseBusy, DiskFull};
    matches!(result, Err(StoreError::Database(rusqlite::Error::SqliteFailure(e, _)))
        if !matches!(e.code, ConstraintViolation | DatabaseBusy | DiskFull))
}

/// How a simulated disk is connected to.
#[cfg(any(test, feature = "faults"))]
pub(crate) fn on_disk(
    disk: &crate::testing::FaultyDisk,
) -> impl Fn(&Path) -> rusqlite::Result<Connection> + Send + 'static {
    let vfs = disk.vfs_name().to_owned();
    move |path| Connection::open_with_flags_and_vfs(path, rusqlite::OpenFlags::default(), vfs.as_str())
}

pub(crate) fn is_unreadable(error: &StoreError) -> bool {
    matches!(error, StoreError::Database(rusqlite::Error::SqliteFailure(e, _))
        if matches!(e.code, ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
}

pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// SQLCipher says "not a database" for a wrong key and for a damaged first page alike. A digest of the key beside
/// the file (256 random bits: it gives nothing away) tells them apart.
fn key_mark(path: &Path) -> PathBuf {
    with_ending(path, ".key-mark")
}

fn digest(key: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"firebell store key mark\0");
    hash.update(key.to_ascii_lowercase().as_bytes());
    hex::encode(hash.finalize())
}
