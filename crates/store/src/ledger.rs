//! The ledger: every raise this computer took in, and how far it came with it.

use crate::{Store, StoreError};
use chrono::DateTime;
use firebell_domain::{Instant, PageId, PersonId, RaiseId};
use firebell_log::Era;
use rusqlite::{Row, Transaction};

/// One raise.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerRow {
    pub raise: RaiseId,
    /// The era and the version of the page in which it was taken in: an older raise of the same era is refused.
    pub era: Era,
    pub page_version: u64,
    pub received_at: Instant,
    /// The notification server took it, or the pager window was on the screen.
    pub presented_at: Option<Instant>,
    pub seen_at: Option<Instant>,
    /// It no longer wants anybody here: it never rings again.
    pub handled_at: Option<Instant>,
    pub notification: Option<Notification>,
}

/// The notification on the screen that stands for a raise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The notification daemon's unique bus name: ids of another daemon mean nothing.
    pub daemon: String,
    /// Boot and session bus: unique names of another session mean nothing.
    pub session: String,
    pub id: u32,
}

impl Store {
    /// The whole ledger.
    pub fn ledger(&self) -> Result<Vec<LedgerRow>, StoreError> {
        let mut query = self.db.prepare(
            "SELECT page, round, step, person, era, page_version, received_at, presented_at, seen_at, handled_at,
                    daemon, session, notification FROM ledger",
        )?;
        Ok(query.query_map([], row)?.collect::<Result<_, _>>()?)
    }

    /// Forgets raises that were handled before `before` and whose page is gone.
    pub fn prune_ledger(&mut self, before: Instant) -> Result<(), StoreError> {
        let pruned = self.db.execute(
            "DELETE FROM ledger WHERE handled_at < ?1 AND page NOT IN (SELECT id FROM page)",
            [before.timestamp_millis()],
        );
        self.mended(pruned.map(drop).map_err(StoreError::from))
    }
}

pub(crate) fn raise_of(r: &Row) -> rusqlite::Result<RaiseId> {
    Ok(RaiseId {
        page: PageId(uuid_of(r, 0)?),
        round: r.get(1)?,
        step: r.get(2)?,
        person: PersonId(r.get(3)?),
    })
}

fn uuid_of(r: &Row, column: usize) -> rusqlite::Result<uuid::Uuid> {
    let text: String = r.get(column)?;
    uuid::Uuid::parse_str(&text).map_err(|e| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(e))
    })
}

pub(crate) fn instant(ms: i64) -> Instant {
    // Written from an instant, so it is one; a foreign number becomes the beginning of time.
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

fn row(r: &Row) -> rusqlite::Result<LedgerRow> {
    let at = |column| Ok::<_, rusqlite::Error>(r.get::<_, Option<i64>>(column)?.map(instant));
    let notification = match (r.get(10)?, r.get(11)?, r.get(12)?) {
        (Some(daemon), Some(session), Some(id)) => Some(Notification { daemon, session, id }),
        _ => None,
    };
    Ok(LedgerRow {
        raise: raise_of(r)?,
        era: Era(uuid_of(r, 4)?),
        page_version: u64::try_from(r.get::<_, i64>(5)?).unwrap_or(0),
        received_at: instant(r.get(6)?),
        presented_at: at(7)?,
        seen_at: at(8)?,
        handled_at: at(9)?,
        notification,
    })
}

pub(crate) fn put(tx: &Transaction, row: &LedgerRow) -> Result<(), StoreError> {
    let ms = |t: Option<Instant>| t.map(|t| t.timestamp_millis());
    let n = row.notification.as_ref();
    tx.prepare_cached(
        "INSERT OR REPLACE INTO ledger (page, round, step, person, era, page_version, received_at, presented_at, seen_at,
           handled_at, daemon, session, notification) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(rusqlite::params![
        row.raise.page.to_string(),
        row.raise.round,
        row.raise.step,
        row.raise.person.as_str(),
        row.era.0.to_string(),
        i64::try_from(row.page_version).unwrap_or(i64::MAX),
        row.received_at.timestamp_millis(),
        ms(row.presented_at),
        ms(row.seen_at),
        ms(row.handled_at),
        n.map(|n| &n.daemon),
        n.map(|n| &n.session),
        n.map(|n| n.id),
    ])?;
    Ok(())
}
