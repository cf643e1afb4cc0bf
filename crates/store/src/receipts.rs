//! Receipts the team's log does not show yet.

use crate::ledger::{instant, raise_of};
use crate::{Store, StoreError};
use firebell_domain::RaiseId;
use firebell_domain::receipt::ReceiptState;
use firebell_protocol::sync::ReceiptReport;
use rusqlite::{Row, Transaction};

impl Store {
    /// Oldest first.
    pub fn receipts(&self) -> Result<Vec<ReceiptReport>, StoreError> {
        let mut query =
            self.db.prepare("SELECT page, round, step, person, state, at FROM receipt ORDER BY at")?;
        Ok(query.query_map([], row)?.collect::<Result<_, _>>()?)
    }
}

fn row(r: &Row) -> rusqlite::Result<ReceiptReport> {
    let word: String = r.get(4)?;
    let state = [ReceiptState::Sent, ReceiptState::Delivered, ReceiptState::Shown, ReceiptState::Seen]
        .into_iter()
        .find(|s| name(*s) == word)
        .ok_or(rusqlite::Error::InvalidColumnType(4, word, rusqlite::types::Type::Text))?;
    Ok(ReceiptReport { raise: raise_of(r)?, state, at: instant(r.get(5)?) })
}

fn name(state: ReceiptState) -> &'static str {
    match state {
        ReceiptState::Sent => "sent",
        ReceiptState::Delivered => "delivered",
        ReceiptState::Shown => "shown",
        ReceiptState::Seen => "seen",
    }
}

pub(crate) fn put(tx: &Transaction, receipt: &ReceiptReport) -> Result<(), StoreError> {
    let r = &receipt.raise;
    tx.prepare_cached(
        "INSERT OR IGNORE INTO receipt (page, round, step, person, state, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute((
        r.page.to_string(),
        r.round,
        r.step,
        r.person.as_str(),
        name(receipt.state),
        receipt.at.timestamp_millis(),
    ))?;
    Ok(())
}

pub(crate) fn remove(tx: &Transaction, r: &RaiseId, state: ReceiptState) -> Result<(), StoreError> {
    tx.prepare_cached(
        "DELETE FROM receipt WHERE page = ?1 AND round = ?2 AND step = ?3 AND person = ?4 AND state = ?5",
    )?
    .execute((r.page.to_string(), r.round, r.step, r.person.as_str(), name(state)))?;
    Ok(())
}
