//! One decided change, as everybody sees it.

use crate::{OpId, Scope, Written};
use firebell_domain::incident::IncidentEvent;
use firebell_domain::page::PageEvent;
use firebell_domain::{IncidentId, Instant, PageId};
use serde::{Deserialize, Serialize};

/// A change with its place in the scope's sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    pub scope: Scope,
    pub seq: u64,
    /// The server's time.
    pub at: Instant,
    pub body: OperationBody,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OperationBody {
    /// The page's next version, made by these events in order. Version 1 begins with `Opened`.
    Page { page: PageId, version: u64, events: Vec<PageEvent> },
    /// The team's document changed; followers ask for the newest.
    Team { version: u64 },
    /// What somebody wrote, with the stamp that counts. Never a command: those become `Incident`.
    Written(Written),
    /// The incident's next version, made by these events in order. Version 1 begins with `Declared`.
    Incident {
        incident: IncidentId,
        version: u64,
        events: Vec<IncidentEvent>,
        /// When it happened, where that was not now: settled elsewhere and imported, in the order of the events.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        happened_at: Vec<Instant>,
        /// The command it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked: Option<OpId>,
    },
    /// About something that whoever hears this may not see. It keeps the count.
    Elsewhere,
    /// Whoever hears this may not see the incident any more: nothing of it stays with them.
    Gone {
        incident: IncidentId,
        /// The command that brought it about, if it was their own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked: Option<OpId>,
    },
    /// Kept by a follower that is older than the operation, so that it can be read after an update.
    #[serde(other)]
    Unknown,
}
