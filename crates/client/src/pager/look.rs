//! Looking at a responder without changing it.

use super::Responder;
use crate::desk::Desk;
use firebell_domain::PageId;
use firebell_domain::page::Page;
use firebell_domain::team::Team;
use firebell_log::Cursor;
use firebell_protocol::window::Settings;
use firebell_store::{Identity, LedgerRow, OutboxRow, StoreError};

impl Responder {
    /// What the desk should look like, as of the last step.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The team as last heard; `None` when signed out.
    pub fn team(&self) -> Option<&Team> {
        self.team.as_ref().map(|view| &view.team)
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn pages(&self) -> impl Iterator<Item = &Page> {
        self.pages.values()
    }

    pub fn page(&self, page: PageId) -> Option<&Page> {
        self.pages.get(&page)
    }

    /// Every raise this computer ever took in.
    pub fn ledger(&self) -> impl Iterator<Item = &LedgerRow> {
        self.ledger.values()
    }

    /// What was asked and is not settled.
    pub fn outbox(&self) -> impl Iterator<Item = &OutboxRow> {
        self.outbox.values().map(|o| &o.row)
    }

    pub fn cursor(&self) -> Option<Cursor> {
        self.cursor
    }

    pub fn is_connected(&self) -> bool {
        self.link.welcomed
    }

    pub fn clock_offset_ms(&self) -> i64 {
        self.clock_offset_ms
    }

    /// Fails when the store cannot be written, without changing anything.
    pub fn try_write(&self) -> Result<(), StoreError> {
        self.store.try_write()
    }
}
