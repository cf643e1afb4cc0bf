//! The team's memory: one handle over SQLite or PostgreSQL.
//!
//! Every change is a closure over a [`Tx`], run by the one writer of this node, which commits many of them at
//! once (group commit) and isolates each with a savepoint. Nobody else holds a transaction. Reads go to a few
//! connections of their own.

mod alerts;
mod blobs;
mod cadences;
mod changes;
mod channels;
mod devices;
mod incidents;
mod integrations;
mod meta;
mod open;
mod operations;
mod outbox;
mod pages;
mod playbooks;
mod pool;
mod schema;
mod sight;
mod silences;
mod sql;
#[cfg(test)]
mod story;
mod teams;
mod texts;
mod tickets;
mod trackers;
mod tx;
mod written;

pub use blobs::{Declared, PART};
pub use cadences::CadenceRow;
pub use changes::ChangeFilter;
pub use channels::Channel;
pub use devices::{Device, EnrolRefusal, NewDevice};
pub use incidents::{Changed, Kept};
pub use open::{DatabaseUrl, FolderLock, open_db};
pub use operations::{Cut, OfOpen};
pub use outbox::{OutboxRow, Saying};
pub use pages::PageFilter;
pub use playbooks::{PlaybookRecord, PlaybookVersions, Saved};
pub use pool::{Chain, Storage};
pub use schema::TABLES;
pub use sight::SeenBy;
pub use silences::Silence;
pub use sql::{Db, Row, Value};
#[cfg(test)]
pub use story::databases;
pub use teams::TeamRecord;
pub use tickets::{NextTry, TicketRow};
pub use trackers::{Seen, TrackerRow};
pub use tx::{Committed, Tx, transact};
pub use written::{Answered, NewAnswer, Writer};

/// Reads, over a connection that the caller has.
pub mod read {
    pub use super::alerts::{around as alerts_around, of_page as alerts};
    pub use super::blobs::{
        declared as declared_blobs, part as blob_part, to_remove as blobs_to_remove, total as blobs_total,
        whole as whole_blob,
    };
    pub use super::cadences::{due as due_cadences, next_due as next_cadence_due};
    pub use super::changes::list as changes;
    pub use super::devices::{all as devices, by_id as device};
    pub use super::incidents::{by_id as incident, list as incidents};
    pub use super::meta::{era, held};
    pub use super::operations::{
        after as operations_after, is_whole as log_is_whole, library as library_after,
        newest as newest_operation, of_open, of_subject, of_subject_after, within as operations_within,
    };
    pub use super::outbox::next_due as next_outbox_due;
    pub use super::pages::{
        by_id as page, due as due_pages, history, list as pages, next_due as next_page_due,
    };
    pub use super::playbooks::{as_of as playbook_as_of, versions as playbook_versions};
    pub use super::sight::{all as sights, hidden_from};
    pub use super::teams::newest as team;
    pub use super::texts::to_merge as texts_to_merge;
    pub use super::tickets::next_due as next_ticket_due;
    pub use super::trackers::{all as trackers, next_look};
    pub use super::written::heard;
}

/// What can go wrong with the database. Callers of routes say 503 for all of them but `Damaged`.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("the SQLite database cannot be used")]
    Sqlite(#[from] rusqlite::Error),
    #[error("PostgreSQL cannot be used")]
    Postgres(#[from] postgres::Error),
    #[error("the database holds something that cannot be read: {0}")]
    Damaged(String),
    #[error("the database was written by a newer version (it has `{0}`); install that version again")]
    TooNew(String),
    #[error("the data folder is in use by another firebell-server; stop it, or use another --data-dir")]
    InUse,
    #[error("the data folder cannot be used: {0}")]
    Folder(String),
    #[error("there is no team yet; run `firebell-server init --team NAME --admin EMAIL` first")]
    NoTeam,
    #[error("somebody else changed it at the same time; look again and repeat")]
    Conflict,
    #[error("the database is shutting down")]
    Closed,
}

impl StorageError {
    /// True when the connection is of no use any more; a new one may be.
    pub(crate) fn is_connection_lost(&self) -> bool {
        use postgres::error::Severity;
        let Self::Postgres(error) = self else { return false };
        // What the client itself found has no code; with a fatal error PostgreSQL ends the session.
        let is_fatal = |e: &postgres::error::DbError| {
            matches!(e.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
        };
        error.is_closed() || error.as_db_error().is_none_or(is_fatal)
    }

    pub(crate) fn damaged(words: impl Into<String>) -> Self {
        Self::Damaged(words.into())
    }
}
