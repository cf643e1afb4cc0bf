//! Backups: one SQLite file, whatever the server's database is, so that it can be restored into either.

use crate::storage::{DatabaseUrl, Db, StorageError, TABLES, open_db};
use firebell_log::Era;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Rows copied at a time; of the parts of attachments, which have up to 256 KiB each, fewer.
const CHUNK: i64 = 4_000;
const PARTS: i64 = 16;

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("`{0}` exists already; choose another file, or remove it")]
    Exists(PathBuf),
    #[error("`{0}` is not a backup of Firebell")]
    NotABackup(PathBuf),
    #[error("`{path}` cannot be written: {why}")]
    File { path: PathBuf, why: std::io::Error },
}

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> BackupError {
    move |why| BackupError::File { path: path.to_owned(), why }
}

/// Writes everything that was committed at one moment to a new file, while the server goes on.
pub fn backup(db: &mut Db, file: &Path) -> Result<(), BackupError> {
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let part = beside(file, "part");
    let _was_not_there = std::fs::remove_file(&part);
    private(&part)?;
    let mut copy = open_db(&DatabaseUrl::Sqlite(part.clone()))?;
    db.begin_snapshot()?;
    let copied = copy_all(db, &mut copy);
    db.batch("ROLLBACK")?;
    copied?;
    copy.batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")?;
    drop(copy);
    std::fs::File::open(&part).and_then(|f| f.sync_all()).map_err(file_error(&part))?;
    std::fs::rename(&part, file).map_err(file_error(file))
}

/// Replaces the database by a backup: a new era begins, and paging is held until the operator's word. Nobody may
/// be using the database. A SQLite file that was there is kept beside it; its new name is returned.
pub fn restore(url: &DatabaseUrl, file: &Path) -> Result<Option<PathBuf>, BackupError> {
    let mut source = read_backup(file)?;
    let mut kept = None;
    if let DatabaseUrl::Sqlite(path) = url
        && path.exists()
    {
        let aside = beside(path, &format!("before-restore-{}", Uuid::now_v7().simple()));
        for ending in ["", "-wal", "-shm"] {
            let (from, to) = (with_ending(path, ending), with_ending(&aside, ending));
            if from.exists() {
                std::fs::rename(&from, &to).map_err(file_error(&from))?;
            }
        }
        kept = Some(aside);
    }
    let mut target = open_db(url)?;
    target.batch("BEGIN")?;
    let restored = fill(&mut source, &mut target);
    if restored.is_err() {
        target.batch("ROLLBACK")?;
    }
    restored?;
    target.batch("COMMIT")?;
    Ok(kept)
}

fn fill(source: &mut Db, target: &mut Db) -> Result<(), StorageError> {
    for table in TABLES {
        target.execute(&format!("DELETE FROM {}", table.name), &[])?;
    }
    copy_all(source, target)?;
    for (key, value) in [
        ("era", Era(Uuid::now_v7()).0.to_string()),
        ("paging_held", "1".to_owned()),
        ("restored", "1".to_owned()),
    ] {
        target.execute(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            &[key.into(), value.into()],
        )?;
    }
    Ok(())
}

/// Opens a copy of the backup, so that an older one can be brought to the newest schema without touching it.
fn read_backup(file: &Path) -> Result<Db, BackupError> {
    let bad = || BackupError::NotABackup(file.to_owned());
    let looks_right = rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
        .and_then(|c| c.query_row("SELECT COUNT(*) FROM migrations", [], |r| r.get::<_, i64>(0)))
        .is_ok_and(|n| n > 0);
    if !looks_right {
        return Err(bad());
    }
    // A file without a name, which SQLite removes by itself: with its attachments a backup may not fit into memory.
    let mut copy = rusqlite::Connection::open("").map_err(StorageError::from)?;
    {
        let source = rusqlite::Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
            .map_err(|_| bad())?;
        let steps = rusqlite::backup::Backup::new(&source, &mut copy).map_err(StorageError::from)?;
        steps.run_to_completion(1_000, std::time::Duration::ZERO, None).map_err(|_| bad())?;
    }
    Ok(Db::adopt(copy)?)
}

fn copy_all(from: &mut Db, to: &mut Db) -> Result<(), StorageError> {
    for table in TABLES {
        if table.name == "meta" || table.name == "scopes" {
            to.execute(&format!("DELETE FROM {}", table.name), &[])?;
        }
        let columns = table.columns.join(", ");
        let select =
            format!("SELECT {columns} FROM {} ORDER BY {} LIMIT ?1 OFFSET ?2", table.name, table.order);
        let insert = format!("INSERT INTO {} ({columns})", table.name);
        let at_once = if table.name == "blob_parts" { PARTS } else { CHUNK };
        let mut offset = 0i64;
        loop {
            let rows = from.rows(&select, &[at_once.into(), offset.into()])?;
            let count = i64::try_from(rows.len()).unwrap_or(at_once);
            let rows: Vec<_> = rows.into_iter().map(crate::storage::Row::into_values).collect();
            to.insert_many(&insert, "", &rows)?;
            offset += count;
            if count < at_once {
                break;
            }
        }
    }
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    with_ending(path, &format!(".{ending}"))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Creates the file so that only its owner can read it: it holds the server's secrets.
fn private(path: &Path) -> Result<(), BackupError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(|_file| ()).map_err(file_error(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};
    use crate::engine::testing;
    use crate::storage::{Storage, databases, read};
    use firebell_domain::IncidentId;
    use firebell_domain::attachment::MediaType;
    use std::sync::Arc;

    #[tokio::test]
    async fn a_backup_taken_while_alerts_come_in_is_restored_into_either_database_and_paging_is_held() {
        let folder = tempfile::tempdir().unwrap();
        for (n, url) in databases(folder.path()).into_iter().enumerate() {
            let clock: Arc<dyn Clock> = Arc::new(SystemClock);
            let storage = Storage::open(&url, clock.clone(), clock.now(), None, |_| {}).unwrap();
            storage.write(|tx| tx.put_team(0, &testing::team(), "init")).await.unwrap();
            storage.write(|tx| tx.set_era(Era(Uuid::from_u128(1)))).await.unwrap();
            let page = storage.write(|tx| testing::fire(tx, "disk")).await.unwrap();
            let parts: Vec<Vec<u8>> = (0..40u8).map(|n| vec![n; 100_000]).collect();
            let (hash, sent) = ("a1".repeat(32), parts.clone());
            let named = hash.clone();
            let kept = storage.write(move |tx| {
                tx.begin_blob(&named, MediaType::Text, 4_000_000, 5_000_000)?;
                (0..).zip(sent).try_for_each(|(n, part)| tx.add_part(&named, n, part))?;
                tx.finish_blob(&named, IncidentId(Uuid::nil()))
            });
            assert!(kept.await.unwrap());
            let file = folder.path().join(format!("backup-{n}.db"));
            let target = file.clone();
            let (backed_up, fired) = tokio::join!(
                async {
                    tokio::task::spawn_blocking(move || {
                        std::thread::scope(|s| {
                            s.spawn(|| backup(&mut open_db(&url).unwrap(), &target)).join().unwrap()
                        })
                    })
                    .await
                    .unwrap()
                },
                storage.write(|tx| testing::fire(tx, "during"))
            );
            backed_up.unwrap();
            fired.unwrap();

            let restored = DatabaseUrl::Sqlite(folder.path().join(format!("restored-{n}.db")));
            restore(&restored, &file).unwrap();
            let again = Storage::open(&restored, clock.clone(), clock.now(), None, |_| {}).unwrap();
            assert!(again.held().await.unwrap());
            assert_ne!(again.era().await.unwrap(), Era(Uuid::from_u128(1)));
            assert_eq!(again.page(page).await.unwrap().unwrap().title, "disk");
            assert!(!again.history(page).await.unwrap().is_empty());
            let whole = again.read(move |db| {
                let parts = (0..41).map(|n| read::blob_part(db, &hash, n)).collect::<Result<Vec<_>, _>>()?;
                Ok((read::whole_blob(db, &hash)?, parts))
            });
            let (whole, found) = whole.await.unwrap();
            assert_eq!(whole, Some((MediaType::Text, 4_000_000)));
            assert_eq!(found, parts.into_iter().map(Some).chain([None]).collect::<Vec<_>>());
            let kept = restore(&restored, &file).unwrap();
            assert!(kept.is_some_and(|k| k.exists()), "what was there is kept");
        }
    }

    #[test]
    fn a_file_that_is_no_backup_is_refused_and_nothing_is_touched() {
        let folder = tempfile::tempdir().unwrap();
        let (file, target) = (folder.path().join("notes.txt"), folder.path().join("firebell.db"));
        std::fs::write(&file, "not a database").unwrap();
        std::fs::write(&target, "precious").unwrap();
        let refused = restore(&DatabaseUrl::Sqlite(target.clone()), &file);
        assert!(matches!(refused, Err(BackupError::NotABackup(_))));
        assert_eq!(std::fs::read_to_string(target).unwrap(), "precious");
    }
}
