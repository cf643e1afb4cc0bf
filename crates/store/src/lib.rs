//! A desktop's SQLite, encrypted: what it follows of the team's log, what it has rung, what it still has to tell.
//!
//! **Invariant.** No caller holds a transaction: everything that belongs together is one [`Changeset`], written by
//! [`Store::commit`] or not at all.

pub mod attachments;
mod changeset;
mod error;
mod following;
mod identity;
mod ledger;
pub mod library;
mod migration;
mod open;
mod outbox;
mod receipts;
mod settings;
mod side_file;
#[cfg(any(test, feature = "faults"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod typed;

pub use changeset::{Changeset, CursorMove};
pub use error::StoreError;
pub use identity::Identity;
pub use ledger::{LedgerRow, Notification};
pub use outbox::{CommandState, OutboxRow};
pub use side_file::{SideFile, SideFileContent};
pub use typed::Typed;

use rusqlite::Connection;

/// One profile's store. Synchronous: a call takes the time of one synced write.
pub struct Store {
    db: Connection,
    /// Opens the same database once more. `None`: it is in memory.
    connect: Option<Connect>,
}

pub(crate) type Connect = Box<dyn Fn() -> Result<Connection, StoreError> + Send>;

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}
