//! The library: everything the team wrote (incidents, timelines, postmortems, runbooks), in an encrypted file of its own, so that
//! paging neither waits for it nor is damaged by it.
//!
//! The log of operations (`base.sql`) is what is kept; the views (`views.sql`) are made from it, and can be dropped and
//! made again. Beside the file stands another one with everything that was written here and is not sent.
//!
//! **Invariants.** What was written here and [`LibraryStore::commit`] acknowledged is in the file of unsent changes, synced,
//! until the team's server has answered and the answer is on the disk. The views are what a rebuild would make, whatever
//! the order in which operations came.

mod alone;
mod change;
mod check;
mod commit;
mod copied;
mod digest;
mod disk;
mod drafts;
mod entries;
mod era;
mod fields;
mod fold;
mod incidents;
mod listing;
mod meta;
mod open;
mod ops;
mod postmortems;
mod readers;
mod runbooks;
mod search;
mod sight;
#[cfg(test)]
mod tests;
mod texts;
mod unsent;
mod views;
mod words;

pub use alone::Alone;
pub use change::{
    Joined, LibraryChange, LocalIncident, NewEra, NewOwn, NewWriter, OwnOp, Place, Repaired, Touched, Waiting,
};
pub use firebell_protocol::incidents::IncidentFilter;
pub use listing::Listed;
pub use postmortems::PostmortemListed;
pub use readers::Readers;
pub use sight::{HistoryPart, Wanted};
pub use texts::TextWrite;

use firebell_log::{Stamp, WriterId};
use rusqlite::Connection;

/// The library as its one writer holds it. Synchronous. What can be asked is on [`Queries`].
pub struct LibraryStore {
    queries: Queries,
    /// Opens the same file once more. `None`: it is in memory.
    connect: Option<crate::Connect>,
    /// `None`: it is in memory.
    path: Option<std::path::PathBuf>,
    meta: meta::Meta,
    unsent: Option<unsent::Unsent>,
    readers: Option<Readers>,
    /// A sync may have failed, and what came of it is not known.
    doubtful: bool,
    /// Pages in the write-ahead log from which on a commit writes them back.
    long: u32,
}

/// What can be asked of a library.
pub struct Queries {
    db: Connection,
}

impl std::ops::Deref for LibraryStore {
    type Target = Queries;
    fn deref(&self) -> &Queries {
        &self.queries
    }
}

impl LibraryStore {
    /// `None`: in memory, where there is one connection only; ask the store itself.
    pub fn readers(&self) -> Option<Readers> {
        self.readers.clone()
    }

    /// Under whose name is written here.
    pub fn writer(&self) -> WriterId {
        self.meta.writer
    }

    /// Letters that others may have seen under this name were refused: what was counted after this one may give their names
    /// to other letters, and is not to be offered before it has another name. The same of what was typed while letters
    /// of this name were on their way.
    pub fn spent_after(&self) -> Option<u64> {
        self.meta.spent_after
    }

    /// The person was told of this before.
    pub fn was_told(&self, name: &str) -> bool {
        self.meta.told.contains_key(name)
    }

    pub fn place(&self) -> Place {
        self.meta.place
    }

    /// The last counter that was ever used by this writer; 0 when there was none.
    pub fn last_counter(&self) -> u64 {
        self.meta.last_counter
    }

    /// The latest stamp that was made or seen here.
    pub fn last_stamp(&self) -> Stamp {
        self.meta.last_stamp
    }
}

impl std::fmt::Debug for LibraryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LibraryStore")
    }
}
