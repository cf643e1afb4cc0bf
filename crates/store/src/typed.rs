//! What was typed into a form and not sent: it is there again after a restart, and lies on the disk encrypted.

use crate::{Store, StoreError};
use firebell_domain::Instant;
use rusqlite::{Transaction, params};

/// Forms that are remembered; of more, those touched longest ago are forgotten.
const FORMS_MAX: u32 = 500;

/// The words of one form, by a name that the window chose. Empty words: nothing is kept any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed {
    pub form: String,
    pub words: String,
    pub at: Instant,
}

impl Store {
    /// By form, in no special order.
    pub fn typed(&self) -> Result<Vec<(String, String)>, StoreError> {
        let mut query = self.db.prepare_cached("SELECT form, words FROM typed")?;
        let rows = query.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

pub(crate) fn put(tx: &Transaction, typed: &Typed) -> Result<(), StoreError> {
    if typed.words.is_empty() {
        tx.execute("DELETE FROM typed WHERE form = ?1", [&typed.form])?;
        return Ok(());
    }
    tx.execute(
        "INSERT OR REPLACE INTO typed (form, words, at) VALUES (?1, ?2, ?3)",
        params![typed.form, typed.words, typed.at.timestamp_millis()],
    )?;
    tx.execute(
        "DELETE FROM typed WHERE form NOT IN (SELECT form FROM typed ORDER BY at DESC, form LIMIT ?1)",
        [FORMS_MAX],
    )?;
    Ok(())
}
