//! The bytes of what is attached to entries, in an encrypted file of their own: ten megabytes that are written keep neither
//! the library's writer nor its readers waiting.
//!
//! **Invariants.** What was attached here is kept until the server has it. What others attached goes when room is needed, and
//! with the incident when that is taken out of sight.

use crate::migration::Migrations;
use crate::open::{is_unreadable, mend, open_database};
use crate::{Connect, Store, StoreError};
use firebell_domain::IncidentId;
use firebell_domain::attachment::MediaType;
use firebell_log::Era;
use rusqlite::{Connection, OptionalExtension, params};
use std::path::{Path, PathBuf};
use uuid::Uuid;

const MIGRATIONS: Migrations = &[("2026-11-26 attachments", include_str!("attachments.sql"))];

/// Bytes of what can be fetched again.
const CACHE_MAX: u64 = 256 << 20;

/// How far the server has an attachment, for one incident that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// It is to be sent. Empty words: there was no reason yet why not.
    Waiting {
        words: String,
    },
    Known,
    /// The server does not take it, and why.
    Refused {
        words: String,
    },
}

/// The attachments of one profile. Synchronous.
pub struct AttachmentStore {
    db: Connection,
    connect: Option<Connect>,
    path: Option<PathBuf>,
    cache_max: u64,
}

impl std::fmt::Debug for AttachmentStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AttachmentStore")
    }
}

impl AttachmentStore {
    /// Opens the file or makes it; one that cannot be read is put aside first. `key`: 64 hexadecimal digits. `suffix`: of the
    /// name of what is put aside.
    pub fn open_or_repair(path: &Path, key: &str, suffix: &str) -> Result<Self, StoreError> {
        match Self::open(path, key) {
            Err(error) if error.is_lost() || is_unreadable(&error) => {
                tracing::error!(%error, "the attachments cannot be read and are put aside");
                Store::set_aside(path, suffix)?;
                Self::open(path, key)
            }
            other => other,
        }
    }

    pub fn open(path: &Path, key: &str) -> Result<Self, StoreError> {
        let connect = |path: &Path| Connection::open(path);
        Self::over(path, open_database(path, key, path.exists(), connect, MIGRATIONS)?)
    }

    /// On a simulated disk; the mark of the key stays in a real folder, which `path` names.
    #[cfg(test)]
    pub(crate) fn open_on(
        path: &Path,
        key: &str,
        disk: &crate::testing::FaultyDisk,
    ) -> Result<Self, StoreError> {
        let existed = disk.exists(&path.to_string_lossy());
        Self::over(path, open_database(path, key, existed, crate::open::on_disk(disk), MIGRATIONS)?)
    }

    fn over(path: &Path, (db, connect): (Connection, Connect)) -> Result<Self, StoreError> {
        // What is taken out of sight leaves the free places of the file, too.
        db.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
        Ok(Self { db, connect: Some(connect), path: Some(path.to_owned()), cache_max: CACHE_MAX })
    }

    #[cfg(test)]
    pub(crate) fn set_cache_max(&mut self, bytes: u64) {
        self.cache_max = bytes;
    }

    fn change<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let done = (|| {
            let transaction = self.db.unchecked_transaction()?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })();
        mend(&mut self.db, self.connect.as_ref(), &done);
        done
    }

    /// Keeps what a person attached here. Nothing names it yet. `now_ms`: since 1970.
    pub fn add(&mut self, hash: &str, kind: MediaType, bytes: &[u8], now_ms: i64) -> Result<(), StoreError> {
        self.change(|db| put(db, hash, kind, bytes, now_ms))
    }

    /// An entry of the incident is about to name it: it is to be sent. `None`: its bytes are not here. Otherwise what they are.
    pub fn name(&mut self, hash: &str, incident: IncidentId) -> Result<Option<(MediaType, u64)>, StoreError> {
        self.change(|db| {
            let Some(found) = described(db, hash)? else { return Ok(None) };
            db.prepare_cached(
                "INSERT INTO blob_of (hash, incident, state, words) VALUES (?1, ?2, 0, '') ON CONFLICT DO NOTHING",
            )?
            .execute(params![hash, incident.0.as_bytes()])?;
            Ok(Some(found))
        })
    }

    /// Keeps what was fetched for an incident, and makes room where that is too much.
    pub fn keep(
        &mut self,
        hash: &str,
        kind: MediaType,
        bytes: &[u8],
        incident: IncidentId,
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let most = self.cache_max;
        self.change(|db| {
            put(db, hash, kind, bytes, now_ms)?;
            set(db, hash, incident, 1, "")?;
            make_room(db, most, hash)
        })
    }

    /// What it is, and its bytes; looked at now.
    pub fn get(&mut self, hash: &str, now_ms: i64) -> Result<Option<(MediaType, Vec<u8>)>, StoreError> {
        self.change(|db| {
            let Some((kind, _)) = described(db, hash)? else { return Ok(None) };
            let bytes = db
                .prepare_cached("SELECT bytes FROM blob_bytes WHERE hash = ?1")?
                .query_row([hash], |r| r.get(0))?;
            db.prepare_cached("UPDATE blob SET used_ms = ?2 WHERE hash = ?1")?
                .execute(params![hash, now_ms])?;
            Ok(Some((kind, bytes)))
        })
    }

    /// `None`: no entry of this incident names what is here.
    pub fn sending(&self, hash: &str, incident: IncidentId) -> Result<Option<Sending>, StoreError> {
        let found: Option<(i64, String)> = self
            .db
            .prepare_cached("SELECT state, words FROM blob_of WHERE hash = ?1 AND incident = ?2")?
            .query_row(params![hash, incident.0.as_bytes()], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()?;
        Ok(found.map(|(state, words)| match state {
            0 => Sending::Waiting { words },
            1 => Sending::Known,
            _ => Sending::Refused { words },
        }))
    }

    /// What is to be sent, the oldest first, with the time since 1970 in milliseconds when it was attached.
    pub fn waiting(&self) -> Result<Vec<(String, IncidentId, i64)>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT hash, incident, added_ms FROM blob_of JOIN blob USING (hash) WHERE state = 0 ORDER BY added_ms, hash",
        )?;
        let rows =
            query.query_map([], |r| Ok((r.get(0)?, IncidentId(Uuid::from_bytes(r.get(1)?)), r.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub fn set_sending(
        &mut self,
        hash: &str,
        incident: IncidentId,
        sending: &Sending,
    ) -> Result<(), StoreError> {
        let most = self.cache_max;
        self.change(|db| match sending {
            Sending::Waiting { words } => set(db, hash, incident, 0, words),
            Sending::Known => {
                set(db, hash, incident, 1, "")?;
                make_room(db, most, hash)
            }
            Sending::Refused { words } => set(db, hash, incident, 2, words),
        })
    }

    /// The log has begun anew: a server that was restored may have lost what it had, and is offered everything that is here.
    /// Whether it has.
    pub fn follow(&mut self, era: Era) -> Result<bool, StoreError> {
        self.change(|db| {
            let held: Option<String> = db
                .prepare_cached("SELECT value FROM meta WHERE key = 'era'")?
                .query_row([], |r| r.get(0))
                .optional()?;
            let era = era.0.to_string();
            if held.as_ref() == Some(&era) {
                return Ok(false);
            }
            db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('era', ?1)", [era])?;
            db.execute("UPDATE blob_of SET state = 0, words = ''", [])?;
            Ok(held.is_some())
        })
    }

    /// The incidents that name something here.
    pub fn incidents(&self) -> Result<Vec<IncidentId>, StoreError> {
        let mut query = self.db.prepare_cached("SELECT DISTINCT incident FROM blob_of")?;
        let rows = query.query_map([], |r| Ok(IncidentId(Uuid::from_bytes(r.get(0)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The incident was taken out of sight: what only it names goes.
    pub fn forget_incident(&mut self, incident: IncidentId) -> Result<(), StoreError> {
        self.change(|db| {
            let hashes: Vec<String> = db
                .prepare_cached("DELETE FROM blob_of WHERE incident = ?1 RETURNING hash")?
                .query_map([incident.0.as_bytes()], |r| r.get(0))?
                .collect::<Result<_, _>>()?;
            for hash in hashes {
                let named: bool = db
                    .prepare_cached("SELECT EXISTS (SELECT 1 FROM blob_of WHERE hash = ?1)")?
                    .query_row([&hash], |r| r.get(0))?;
                if !named {
                    remove(db, &hash)?;
                }
            }
            Ok(())
        })?;
        self.leave_the_disk()
    }

    /// What was never named, or waits for an entry that never came: `hash` of an incident.
    pub fn forget(&mut self, hash: &str, incident: IncidentId) -> Result<(), StoreError> {
        self.change(|db| {
            db.prepare_cached("DELETE FROM blob_of WHERE hash = ?1 AND incident = ?2")?
                .execute(params![hash, incident.0.as_bytes()])?;
            Ok(())
        })
    }

    /// Removes what was attached before `before_ms` and is named by nothing.
    pub fn forget_unnamed(&mut self, before_ms: i64) -> Result<(), StoreError> {
        self.change(|db| {
            let old: Vec<String> = db
                .prepare_cached(
                    "SELECT hash FROM blob WHERE added_ms < ?1 AND hash NOT IN (SELECT hash FROM blob_of)",
                )?
                .query_map([before_ms], |r| r.get(0))?
                .collect::<Result<_, _>>()?;
            old.iter().try_for_each(|hash| remove(db, hash))
        })
    }

    /// Everything goes, also what was put aside: signed out.
    pub fn purge(&mut self) -> Result<(), StoreError> {
        self.change(|db| {
            Ok(db.execute_batch(
                "DELETE FROM blob_bytes; DELETE FROM blob; DELETE FROM blob_of; DELETE FROM meta",
            )?)
        })?;
        self.leave_the_disk()?;
        if let Some((folder, name)) = self.path.as_ref().and_then(|p| Some((p.parent()?, p.file_name()?))) {
            let begin = format!("{}.aside-", name.to_string_lossy());
            for entry in std::fs::read_dir(folder).map_err(StoreError::Folder)? {
                let entry = entry.map_err(StoreError::Folder)?;
                if entry.file_name().to_string_lossy().starts_with(&begin) {
                    std::fs::remove_file(entry.path()).map_err(StoreError::Folder)?;
                }
            }
        }
        Ok(())
    }

    /// Out of the write-ahead log, too.
    fn leave_the_disk(&mut self) -> Result<(), StoreError> {
        Ok(self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
}

fn described(db: &Connection, hash: &str) -> Result<Option<(MediaType, u64)>, StoreError> {
    let found: Option<(String, i64)> = db
        .prepare_cached("SELECT media_type, size FROM blob WHERE hash = ?1")?
        .query_row([hash], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    Ok(found
        .and_then(|(kind, size)| Some((MediaType::by_name(&kind)?, u64::try_from(size).unwrap_or_default()))))
}

fn put(db: &Connection, hash: &str, kind: MediaType, bytes: &[u8], now_ms: i64) -> Result<(), StoreError> {
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    db.prepare_cached(
        "INSERT INTO blob (hash, media_type, size, added_ms, used_ms) VALUES (?1, ?2, ?3, ?4, ?4)
         ON CONFLICT (hash) DO UPDATE SET added_ms = ?4, used_ms = ?4",
    )?
    .execute(params![hash, kind.name(), size, now_ms])?;
    db.prepare_cached("INSERT INTO blob_bytes (hash, bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![hash, bytes])?;
    Ok(())
}

fn set(db: &Connection, hash: &str, incident: IncidentId, state: i64, words: &str) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO blob_of (hash, incident, state, words)
         SELECT hash, ?2, ?3, ?4 FROM blob WHERE hash = ?1",
    )?
    .execute(params![hash, incident.0.as_bytes(), state, words])?;
    Ok(())
}

fn remove(db: &Connection, hash: &str) -> Result<(), StoreError> {
    for sql in ["DELETE FROM blob_bytes WHERE hash = ?1", "DELETE FROM blob WHERE hash = ?1"] {
        db.prepare_cached(sql)?.execute([hash])?;
    }
    Ok(())
}

/// Removes what was looked at longest ago, of what the server has for every incident that names it, and never `just`.
fn make_room(db: &Connection, most: u64, just: &str) -> Result<(), StoreError> {
    let mut query = db.prepare_cached(
        "SELECT hash, size FROM blob WHERE EXISTS (SELECT 1 FROM blob_of o WHERE o.hash = blob.hash)
         AND NOT EXISTS (SELECT 1 FROM blob_of o WHERE o.hash = blob.hash AND o.state <> 1)
         ORDER BY used_ms DESC, hash",
    )?;
    let rows = query.query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?)))?;
    let mut kept = 0u64;
    for row in rows.collect::<Result<Vec<_>, _>>()? {
        let (hash, size) = row;
        kept = kept.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
        if kept > most && hash != just {
            remove(db, &hash)?;
            db.prepare_cached("DELETE FROM blob_of WHERE hash = ?1")?.execute([hash])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
