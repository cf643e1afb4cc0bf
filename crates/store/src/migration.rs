//! Dated, additive migrations. One that has been released is never changed: another follows it.

use crate::StoreError;
use rusqlite::{Connection, TransactionBehavior};

/// Name (the date first: they are in order) and statements.
pub(crate) type Migrations = &'static [(&'static str, &'static str)];

/// Those of the paging store.
pub(crate) const ALL: Migrations =
    &[("2026-11-21 first", include_str!("first.sql")), ("2026-11-25 typed", include_str!("typed.sql"))];

/// Brings the schema up to date. Each migration is one transaction: torn in the middle, it never happened.
pub(crate) fn migrate(db: &mut Connection, all: &[(&str, &str)]) -> Result<(), StoreError> {
    db.execute_batch("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID")?;
    let done: Vec<String> = db
        .prepare("SELECT name FROM migration ORDER BY name")?
        .query_map([], |r| r.get(0))?
        .collect::<Result<_, _>>()?;
    if let Some(unknown) = done.iter().find(|name| all.iter().all(|(known, _)| known != name)) {
        return Err(StoreError::Newer(unknown.clone()));
    }
    for (name, sql) in all {
        if done.iter().any(|d| d == name) {
            continue;
        }
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(sql)?;
        tx.execute("INSERT INTO migration (name) VALUES (?1)", [name])?;
        tx.commit()?;
    }
    Ok(())
}
