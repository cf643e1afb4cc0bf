//! What is written together.

use crate::{
    Identity, LedgerRow, OutboxRow, Store, StoreError, Typed, following, ledger, outbox, receipts, settings,
    typed,
};
use firebell_domain::page::{Page, Recorded};
use firebell_domain::receipt::ReceiptState;
use firebell_domain::{PageId, RaiseId};
use firebell_log::Cursor;
use firebell_protocol::sync::{ReceiptReport, TeamView};
use firebell_protocol::window::Settings;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum CursorMove {
    #[default]
    Stay,
    To(Cursor),
    /// What is known cannot be trusted: start over with a snapshot.
    Forget,
}

/// Changes that happen together or not at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changeset {
    /// Pages and history that are not in this changeset are gone. Ledger and outbox stay.
    pub start_over: bool,
    pub cursor: CursorMove,
    pub identity: Option<Identity>,
    pub team: Option<TeamView>,
    pub paging_held: Option<bool>,
    pub pages: Vec<Page>,
    /// Appended to the page's history.
    pub history: Vec<(PageId, Vec<Recorded>)>,
    /// Whole rows, over older ones of the same raise.
    pub ledger: Vec<LedgerRow>,
    /// Whole rows, over older ones of the same counter; a new counter is used up.
    pub outbox: Vec<OutboxRow>,
    pub outbox_done: Vec<u64>,
    pub receipts: Vec<ReceiptReport>,
    pub receipts_done: Vec<(RaiseId, ReceiptState)>,
    pub settings: Option<Settings>,
    /// Over what was typed into the same form before.
    pub typed: Vec<Typed>,
}

impl Changeset {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Store {
    /// Fails when nothing could be written now: a full disk, a lost folder. Changes nothing.
    pub fn try_write(&self) -> Result<(), StoreError> {
        // Dropped without a commit: rolled back, also when the write fails.
        self.db.unchecked_transaction()?.execute("UPDATE counter SET last = last", [])?;
        Ok(())
    }

    /// Writes everything in one transaction, synced to the disk when this returns. After an error nothing of it is
    /// there, and it can be tried again.
    pub fn commit(&mut self, change: &Changeset) -> Result<(), StoreError> {
        if change.is_empty() {
            return Ok(());
        }
        let result = self.write(change);
        self.mended(result)
    }

    fn write(&mut self, change: &Changeset) -> Result<(), StoreError> {
        let tx = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        if change.start_over {
            tx.execute_batch("DELETE FROM page_history; DELETE FROM page")?;
        }
        for page in &change.pages {
            following::put_page(&tx, page)?;
        }
        for (page, events) in &change.history {
            following::append_history(&tx, *page, events)?;
        }
        if change.pages.iter().any(|p| !p.is_open()) {
            following::prune(&tx)?;
        }
        match change.cursor {
            CursorMove::Stay => {}
            CursorMove::To(cursor) => following::set_cursor(&tx, cursor)?,
            CursorMove::Forget => {
                tx.execute("DELETE FROM cursor", [])?;
            }
        }
        if let Some(identity) = &change.identity {
            let body = following::write("identity", identity)?;
            tx.execute("INSERT OR REPLACE INTO identity (one, body) VALUES (1, ?1)", [body])?;
        }
        if let Some(team) = &change.team {
            following::set_team(&tx, team)?;
        }
        if let Some(held) = change.paging_held {
            settings::put(&tx, "paging_held", &held)?;
        }
        if let Some(chosen) = &change.settings {
            settings::put(&tx, "settings", chosen)?;
        }
        for words in &change.typed {
            typed::put(&tx, words)?;
        }
        for row in &change.ledger {
            ledger::put(&tx, row)?;
        }
        for row in &change.outbox {
            outbox::put(&tx, row)?;
        }
        for counter in &change.outbox_done {
            outbox::remove(&tx, *counter)?;
        }
        for receipt in &change.receipts {
            receipts::put(&tx, receipt)?;
        }
        for (raise, state) in &change.receipts_done {
            receipts::remove(&tx, raise, *state)?;
        }
        Ok(tx.commit()?)
    }
}
