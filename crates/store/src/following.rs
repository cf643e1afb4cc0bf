//! What is followed of the team's log: cursor, pages with their history, the team.

use crate::{Store, StoreError};
use firebell_domain::PageId;
use firebell_domain::page::{Page, Recorded};
use firebell_log::{Cursor, Era};
use firebell_protocol::sync::TeamView;
use rusqlite::{OptionalExtension, Transaction};
use serde::{Serialize, de::DeserializeOwned};

/// Ended pages that are kept.
const ENDED_KEPT: u32 = 200;

pub(crate) fn read<T: DeserializeOwned>(table: &'static str, body: &str) -> Result<T, StoreError> {
    serde_json::from_str(body).map_err(|source| StoreError::Row { table, source })
}

pub(crate) fn write<T: Serialize>(table: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::Row { table, source })
}

impl Store {
    /// `None`: nothing is known, or what is known cannot be trusted; start over with a snapshot.
    pub fn cursor(&self) -> Result<Option<Cursor>, StoreError> {
        let row: Option<(String, i64)> = self
            .db
            .query_row("SELECT era, seq FROM cursor", [], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()?;
        // An era that cannot be read is one nobody knows: a snapshot follows.
        Ok(row.and_then(|(era, seq)| {
            Some(Cursor { era: Era(uuid::Uuid::parse_str(&era).ok()?), seq: u64::try_from(seq).ok()? })
        }))
    }

    /// All pages that are kept, open ones and the newest ended ones.
    pub fn pages(&self) -> Result<Vec<Page>, StoreError> {
        let mut query = self.db.prepare("SELECT body FROM page")?;
        let bodies = query.query_map([], |r| r.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        bodies.iter().map(|b| read("page", b)).collect()
    }

    /// Everything that is known to have happened to a page, in order.
    pub fn history(&self, page: PageId) -> Result<Vec<Recorded>, StoreError> {
        let mut query =
            self.db.prepare_cached("SELECT body FROM page_history WHERE page = ?1 ORDER BY place")?;
        let bodies =
            query.query_map([page.to_string()], |r| r.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        bodies.iter().map(|b| read("page_history", b)).collect()
    }

    pub fn team(&self) -> Result<Option<TeamView>, StoreError> {
        let body: Option<String> = self.db.query_row("SELECT body FROM team", [], |r| r.get(0)).optional()?;
        body.map(|b| read("team", &b)).transpose()
    }
}

pub(crate) fn set_cursor(tx: &Transaction, cursor: Cursor) -> Result<(), StoreError> {
    // SQLite's integers are signed; a sequence of 2^63 is never reached.
    let seq = i64::try_from(cursor.seq).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT OR REPLACE INTO cursor (one, era, seq) VALUES (1, ?1, ?2)",
        (cursor.era.0.to_string(), seq),
    )?;
    Ok(())
}

pub(crate) fn set_team(tx: &Transaction, team: &TeamView) -> Result<(), StoreError> {
    tx.execute("INSERT OR REPLACE INTO team (one, body) VALUES (1, ?1)", [write("team", team)?])?;
    Ok(())
}

pub(crate) fn put_page(tx: &Transaction, page: &Page) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO page (id, resolved, updated_at, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET resolved = excluded.resolved, updated_at = excluded.updated_at,
           body = excluded.body",
    )?
    .execute((
        page.id.to_string(),
        !page.is_open(),
        page.updated_at.timestamp_millis(),
        write("page", page)?,
    ))?;
    Ok(())
}

pub(crate) fn append_history(tx: &Transaction, page: PageId, events: &[Recorded]) -> Result<(), StoreError> {
    let id = page.to_string();
    let last: i64 = tx
        .prepare_cached("SELECT coalesce(max(place), 0) FROM page_history WHERE page = ?1")?
        .query_row([&id], |r| r.get(0))?;
    let mut insert = tx.prepare_cached("INSERT INTO page_history (page, place, body) VALUES (?1, ?2, ?3)")?;
    for (place, event) in (last + 1..).zip(events) {
        insert.execute((&id, place, write("page_history", event)?))?;
    }
    Ok(())
}

/// Ended pages beyond the newest 200 go, with their history.
pub(crate) fn prune(tx: &Transaction) -> Result<(), StoreError> {
    tx.prepare_cached(
        "DELETE FROM page WHERE id IN (SELECT id FROM page WHERE resolved = 1 ORDER BY updated_at DESC LIMIT -1 OFFSET ?1)",
    )?
    .execute([ENDED_KEPT])?;
    Ok(())
}
