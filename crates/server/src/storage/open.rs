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
            // The rest is not repeated: it may hold a password.
            None => {
                let scheme = text.split(':').next().unwrap_or_default();
                Err(format!("--database: `{scheme}` is none of `sqlite:`, `sqlite:PATH` and `postgres://…`"))
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
            make_private(path)?;
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
            // A plan that was made while the tables were small reads them whole for ever after.
            client.batch_execute("SET plan_cache_mode = force_custom_plan")?;
            Db::Postgres { client: Box::new(client), statements: HashMap::new() }
        }
    };
    schema::migrate(&mut db)?;
    Ok(db)
}

/// A new file is its owner's alone, whatever the folder is: it holds secrets of links and channels. SQLite gives the
/// files beside it the same permissions.
fn make_private(path: &Path) -> Result<(), StorageError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(StorageError::Folder(format!("{}: {e}", path.display())))
        }
        _ => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_new_database_can_be_read_by_its_owner_only_whatever_the_folder_is() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut db = open_db(&DatabaseUrl::Sqlite(folder.path().join("firebell.db"))).unwrap();
        db.batch("CREATE TABLE scratch (a)").unwrap();
        let mut seen = 0;
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{:?}", entry.file_name());
            seen += 1;
        }
        assert_eq!(seen, 3, "the database and the two files beside it");
    }

    #[test]
    fn a_mistyped_address_is_refused_without_repeating_its_password() {
        let words = DatabaseUrl::parse("postgress://ana:hunter2@db/firebell", Path::new("/")).unwrap_err();
        assert!(words.contains("postgress") && !words.contains("hunter2"), "{words}");
    }
}
