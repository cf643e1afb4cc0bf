//! What the person chose, and small facts of the team.

use crate::following::{read, write};
use crate::{Store, StoreError};
use firebell_protocol::window::Settings;
use rusqlite::{OptionalExtension, Transaction};
use serde::{Serialize, de::DeserializeOwned};

impl Store {
    /// The settings; the usual ones when none were chosen or they cannot be read (an older version's).
    pub fn settings(&self) -> Result<Settings, StoreError> {
        Ok(self.setting("settings")?.unwrap_or_default())
    }

    /// After a restore, until the operator's word.
    pub fn paging_held(&self) -> Result<bool, StoreError> {
        Ok(self.setting("paging_held")?.unwrap_or(false))
    }

    fn setting<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let body: Option<String> =
            self.db.query_row("SELECT body FROM setting WHERE name = ?1", [name], |r| r.get(0)).optional()?;
        Ok(body.and_then(|b| read("setting", &b).ok()))
    }
}

pub(crate) fn put<T: Serialize>(tx: &Transaction, name: &str, value: &T) -> Result<(), StoreError> {
    tx.execute(
        "INSERT OR REPLACE INTO setting (name, body) VALUES (?1, ?2)",
        (name, write("setting", value)?),
    )?;
    Ok(())
}
