//! Opening a connection, and the lock that makes one process the owner of a SQLite file.

use super::sql::Db;
use super::{StorageError, schema};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Which database, from `--database` or `FIREBELL_DATABASE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite(PathBuf),
    /// Private to one connection; for the simulator and tests.
    Memory,
    Postgres(String),
}

impl DatabaseUrl {
    /// `sqlite:` (in the data folder), `sqlite:PATH`, `postgres://…` or `postgresql://…`.
    pub fn parse(text: &str, data_dir: &Path) -> Result<Self, String> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        match text.strip_prefix("sqlite:") {
            Some("") => Ok(Self::Sqlite(data_dir.join("firebell.db"))),
            Some(path) => Ok(Self::Sqlite(PathBuf::from(path.trim_start_matches("//")))),
            None => {
                Err(format!("--database: `{text}` is neither `sqlite:`, `sqlite:PATH` nor `postgres://…`"))
            }
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "postgres",
            _ => "sqlite",
        }
    }
}

/// A connection with the newest schema. May be called anywhere; the PostgreSQL client insists on a thread outside
/// of any async runtime, so it gets one.
pub fn open_db(url: &DatabaseUrl) -> Result<Db, StorageError> {
    if !matches!(url, DatabaseUrl::Postgres(_)) {
        return connect(url);
    }
    let outside = std::thread::scope(|scope| scope.spawn(|| connect(url)).join());
    outside.unwrap_or_else(|_| Err(StorageError::Folder("the PostgreSQL client failed to start".into())))
}

impl Db {
    /// Takes over an open SQLite connection and brings it to the newest schema.
    pub fn adopt(connection: rusqlite::Connection) -> Result<Self, StorageError> {
        let mut db = Self::Sqlite(connection);
        schema::migrate(&mut db)?;
        Ok(db)
    }
}

fn connect(url: &DatabaseUrl) -> Result<Db, StorageError> {
    let mut db = match url {
        DatabaseUrl::Memory => sqlite(rusqlite::Connection::open_in_memory()?)?,
        DatabaseUrl::Sqlite(path) => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)
                    .map_err(|e| StorageError::Folder(format!("{}: {e}", folder.display())))?;
            }
            sqlite(rusqlite::Connection::open(path)?)?
        }
        DatabaseUrl::Postgres(url) => {
            let mut config: postgres::Config = url.parse()?;
            config.connect_timeout(std::time::Duration::from_secs(5));
            config.application_name("firebell-server");
            let mut client = config.connect(postgres::NoTls)?;
            // A node that stops in the middle of a change must not hold the others up.
            client.batch_execute(
                "SET idle_in_transaction_session_timeout = '5s'; SET lock_timeout = '8s'; SET statement_timeout = '30s'",
            )?;
            Db::Postgres { client: Box::new(client), statements: HashMap::new() }
        }
    };
    schema::migrate(&mut db)?;
    Ok(db)
}

fn sqlite(connection: rusqlite::Connection) -> Result<Db, StorageError> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A page that was accepted is on the disk, not in the operating system's hands.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -32_000)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(Db::Sqlite(connection))
}

/// Held as long as the process owns the data folder.
#[derive(Debug)]
pub struct FolderLock(
    #[allow(dead_code, reason = "held for its lock, which ends with the file")] std::fs::File,
);

impl FolderLock {
    /// Fails with [`StorageError::InUse`] when another process has it.
    pub fn take(folder: &Path) -> Result<Self, StorageError> {
        let bad = |e: std::io::Error| StorageError::Folder(format!("{}: {e}", folder.display()));
        std::fs::create_dir_all(folder).map_err(bad)?;
        let file = std::fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("firebell.lock"))
            .map_err(bad)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(std::fs::TryLockError::WouldBlock) => Err(StorageError::InUse),
            Err(std::fs::TryLockError::Error(e)) => Err(bad(e)),
        }
    }
}
