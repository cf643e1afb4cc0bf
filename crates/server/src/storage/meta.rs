//! Single facts: the era, the server's secret, whether paging is held.

use super::sql::{Db, Value};
use super::{StorageError, Tx};
use firebell_log::{Era, WriterId};

pub const ERA: &str = "era";
const HELD: &str = "paging_held";
const RESTORED: &str = "restored";
const PAGE_NUMBER: &str = "page_number";
const OWN_WRITER: &str = "own_writer";

pub fn get(db: &mut Db, key: &str) -> Result<Option<String>, StorageError> {
    match db.row("SELECT value FROM meta WHERE key = ?1", &[key.into()])? {
        Some(row) => Ok(Some(row.text(0)?.to_owned())),
        None => Ok(None),
    }
}

/// The era of this log; `None` before `init`.
pub fn era(db: &mut Db) -> Result<Option<Era>, StorageError> {
    let text = get(db, ERA)?;
    text.map(|t| t.parse().map(Era).map_err(|_| StorageError::damaged("the era cannot be read"))).transpose()
}

pub fn held(db: &mut Db) -> Result<bool, StorageError> {
    Ok(get(db, HELD)?.is_some_and(|v| v == "1"))
}

impl Tx<'_> {
    pub fn meta(&mut self, key: &str) -> Result<Option<String>, StorageError> {
        get(self.db, key)
    }

    pub fn set_meta(&mut self, key: &str, value: &str) -> Result<(), StorageError> {
        self.execute(
            "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            &[Value::from(key), value.into()],
        )?;
        Ok(())
    }

    /// True after a restore, until the operator's word: nobody is rung.
    pub fn held(&mut self) -> Result<bool, StorageError> {
        held(self.db)
    }

    /// This log, or what it was made from, was a backup once: it may lack what desktops have seen.
    pub fn was_restored(&mut self) -> Result<bool, StorageError> {
        Ok(self.meta(RESTORED)?.is_some())
    }

    pub fn set_held(&mut self, held: bool) -> Result<(), StorageError> {
        self.set_meta(HELD, if held { "1" } else { "0" })
    }

    /// A new life of the log: every follower starts over.
    pub fn set_era(&mut self, era: Era) -> Result<(), StorageError> {
        self.set_meta(ERA, &era.0.to_string())
    }

    /// The name under which the server counts what it writes itself: another one in every era, for a backup does not know how
    /// far the last one had come.
    pub fn own_writer(&mut self, new: impl FnOnce() -> WriterId) -> Result<WriterId, StorageError> {
        let era = self.meta(ERA)?.ok_or(StorageError::NoTeam)?;
        let kept = self.meta(OWN_WRITER)?;
        let of_era = kept.as_deref().and_then(|text| text.strip_prefix(&era)?.strip_prefix(' '));
        if let Some(id) = of_era.and_then(|id| id.parse().ok()) {
            return Ok(WriterId(id));
        }
        let writer = new();
        self.set_meta(OWN_WRITER, &format!("{era} {writer}"))?;
        Ok(writer)
    }

    /// 1, 2, 3, … for people to say.
    pub fn next_page_number(&mut self) -> Result<u64, StorageError> {
        let last: u64 = self.meta(PAGE_NUMBER)?.and_then(|t| t.parse().ok()).unwrap_or(0);
        self.set_meta(PAGE_NUMBER, &(last + 1).to_string())?;
        Ok(last + 1)
    }
}
