//! What is attached to entries: who named it, and its bytes, in parts, so that no change keeps the one writer long.
//!
//! **Invariant.** Bytes are read only for an incident for which somebody has sent them: that one knows a hash does not open
//! what another incident hides.

use super::sql::{Db, Value};
use super::{StorageError, Tx};
use firebell_domain::attachment::{Attachment, MediaType};
use firebell_domain::{IncidentId, Instant, PersonId};

/// Bytes of a part.
pub const PART: usize = 256 << 10;

/// What is known of an attachment before its bytes are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    pub media_type: MediaType,
    /// Bytes.
    pub size: u64,
    /// Its bytes were sent for this incident.
    pub sent: bool,
}

/// How entries that this person may see name it: those of `incident`, or of any. Empty: none does.
pub fn declared(
    db: &mut Db,
    person: &PersonId,
    hash: &str,
    incident: Option<IncidentId>,
) -> Result<Vec<Declared>, StorageError> {
    let rows = db.rows(
        "SELECT media_type, size, sent FROM attachments WHERE hash = ?1 AND (?2 = '' OR incident = ?2)
         AND (incident NOT IN (SELECT incident FROM sights WHERE private = 1)
              OR incident IN (SELECT incident FROM sight_people WHERE person = ?3)) ORDER BY sent DESC",
        &[hash.into(), incident.map_or(String::new(), |i| i.to_string()).into(), person.as_str().into()],
    )?;
    rows.iter()
        .map(|r| Ok(Declared { media_type: kind(r.text(0)?)?, size: r.u64(1)?, sent: r.flag(2)? }))
        .collect()
}

fn kind(name: &str) -> Result<MediaType, StorageError> {
    MediaType::by_name(name)
        .ok_or_else(|| StorageError::damaged(format!("`{name}` is no type of an attachment")))
}

/// Type and bytes of what is here as a whole.
pub fn whole(db: &mut Db, hash: &str) -> Result<Option<(MediaType, u64)>, StorageError> {
    let row = db.row("SELECT media_type, size FROM blobs WHERE hash = ?1 AND whole = 1", &[hash.into()])?;
    row.map(|r| Ok((kind(r.text(0)?)?, r.u64(1)?))).transpose()
}

/// The part with this number, from 0; `None` after the last.
pub fn part(db: &mut Db, hash: &str, number: u64) -> Result<Option<Vec<u8>>, StorageError> {
    let sql = "SELECT bytes FROM blob_parts WHERE hash = ?1 AND part = ?2";
    let row = db.row(sql, &[hash.into(), number.into()])?;
    row.map(|r| r.blob(0).map(<[u8]>::to_vec)).transpose()
}

/// Bytes of everything that is kept, or being sent.
pub fn total(db: &mut Db) -> Result<u64, StorageError> {
    let row = db.row("SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM blobs", &[])?;
    row.map_or(Ok(0), |r| r.u64(0))
}

/// What can go: begun before `before` and never finished, or kept since then with nothing that names it.
pub fn to_remove(db: &mut Db, before: Instant, limit: u32) -> Result<Vec<String>, StorageError> {
    let rows = db.rows(
        "SELECT hash FROM blobs WHERE at < ?1
         AND (whole = 0 OR NOT EXISTS (SELECT 1 FROM attachments WHERE attachments.hash = blobs.hash))
         ORDER BY at LIMIT ?2",
        &[before.into(), i64::from(limit).into()],
    )?;
    rows.iter().map(|r| Ok(r.text(0)?.to_owned())).collect()
}

impl Tx<'_> {
    /// What names them was accepted: from now on, whoever sees the incident may send them.
    pub fn name_attachments(
        &mut self,
        incident: IncidentId,
        named: &[Attachment],
    ) -> Result<(), StorageError> {
        for attachment in named {
            self.execute(
                "INSERT INTO attachments (hash, incident, media_type, size, sent) VALUES (?1, ?2, ?3, ?4, 0)
                 ON CONFLICT (hash, incident, media_type, size) DO NOTHING",
                &[
                    attachment.hash.as_str().into(),
                    incident.to_string().into(),
                    attachment.media_type.name().into(),
                    attachment.size.into(),
                ],
            )?;
        }
        Ok(())
    }

    /// Room is taken for a blob; its parts follow. False: it would be more than `quota` bytes in all.
    pub fn begin_blob(
        &mut self,
        hash: &str,
        media_type: MediaType,
        size: u64,
        quota: u64,
    ) -> Result<bool, StorageError> {
        let now = self.now();
        let known = self.row("SELECT 1 FROM blobs WHERE hash = ?1", &[hash.into()])?.is_some();
        if !known && total(self.db)?.saturating_add(size) > quota {
            return Ok(false);
        }
        self.execute(
            "INSERT INTO blobs (hash, size, media_type, at, whole) VALUES (?1, ?2, ?3, ?4, 0)
             ON CONFLICT (hash) DO UPDATE SET at = excluded.at",
            &[hash.into(), size.into(), media_type.name().into(), now.into()],
        )?;
        Ok(true)
    }

    /// Somebody who sends the same at the same time writes the same.
    pub fn add_part(&mut self, hash: &str, number: u64, bytes: Vec<u8>) -> Result<(), StorageError> {
        self.execute(
            "INSERT INTO blob_parts (hash, part, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (hash, part) DO NOTHING",
            &[hash.into(), number.into(), Value::from(bytes)],
        )?;
        Ok(())
    }

    /// The bytes were sent for this incident. False: parts are missing, since they were removed meanwhile.
    pub fn finish_blob(&mut self, hash: &str, incident: IncidentId) -> Result<bool, StorageError> {
        let finished = self.execute(
            "UPDATE blobs SET whole = 1 WHERE hash = ?1
             AND size = (SELECT COALESCE(SUM(LENGTH(bytes)), 0) FROM blob_parts WHERE hash = ?1)",
            &[hash.into()],
        )?;
        if finished == 0 {
            return Ok(false);
        }
        self.sent_for(hash, incident)?;
        Ok(true)
    }

    /// Who sent it has shown to have the bytes, which may have been here before.
    pub fn sent_for(&mut self, hash: &str, incident: IncidentId) -> Result<(), StorageError> {
        let sql = "UPDATE attachments SET sent = 1 WHERE hash = ?1 AND incident = ?2";
        self.execute(sql, &[hash.into(), incident.to_string().into()])?;
        Ok(())
    }

    pub fn remove_blob(&mut self, hash: &str, before: Instant) -> Result<bool, StorageError> {
        // Asked again: it may have been named, or begun anew, since it was listed.
        let removed = self.execute(
            "DELETE FROM blobs WHERE hash = ?1 AND at < ?2
             AND (whole = 0 OR NOT EXISTS (SELECT 1 FROM attachments WHERE attachments.hash = blobs.hash))",
            &[hash.into(), before.into()],
        )?;
        if removed == 0 {
            return Ok(false);
        }
        self.execute("DELETE FROM blob_parts WHERE hash = ?1", &[hash.into()])?;
        Ok(true)
    }
}
