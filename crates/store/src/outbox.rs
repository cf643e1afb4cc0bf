//! What the person asked and the team has not settled yet.

use crate::following::{read, write};
use crate::{Store, StoreError};
use firebell_domain::{Instant, PageId, RaiseId};
use firebell_protocol::sync::PageRequest;
use rusqlite::Transaction;
use serde::{Deserialize, Serialize};

/// One command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutboxRow {
    pub counter: u64,
    pub page: PageId,
    pub page_title: String,
    pub request: PageRequest,
    pub decided_on: u64,
    /// By this computer's clock.
    pub given_at: Instant,
    pub good_for_ms: u64,
    /// The raise that rang for the person when they asked.
    pub raise: Option<RaiseId>,
    pub state: CommandState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum CommandState {
    /// Not yet known to the team: sent again after every reconnect until it is answered.
    Queued,
    /// Accepted; the page's change that follows from it has not come in yet.
    Answered,
    /// Not done; the person decides.
    Question { words: String, can_repeat: bool },
}

impl Store {
    /// In the order in which they were given.
    pub fn outbox(&self) -> Result<Vec<OutboxRow>, StoreError> {
        let mut query = self.db.prepare("SELECT body FROM outbox ORDER BY counter")?;
        let bodies = query.query_map([], |r| r.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        bodies.iter().map(|b| read("outbox", b)).collect()
    }

    /// The last counter given to a command by this device; 0 when there was none.
    pub fn last_counter(&self) -> Result<u64, StoreError> {
        let last: i64 = self.db.query_row("SELECT last FROM counter", [], |r| r.get(0))?;
        Ok(u64::try_from(last).unwrap_or(0))
    }
}

/// The counter is used up in the same transaction.
pub(crate) fn put(tx: &Transaction, row: &OutboxRow) -> Result<(), StoreError> {
    let counter = i64::try_from(row.counter).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT OR REPLACE INTO outbox (counter, body) VALUES (?1, ?2)",
        (counter, write("outbox", row)?),
    )?;
    tx.execute("UPDATE counter SET last = max(last, ?1)", [counter])?;
    Ok(())
}

pub(crate) fn remove(tx: &Transaction, counter: u64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM outbox WHERE counter = ?1", [i64::try_from(counter).unwrap_or(i64::MAX)])?;
    Ok(())
}
