//! One decided change, as everybody sees it.

use crate::Scope;
use firebell_domain::page::PageEvent;
use firebell_domain::{Instant, PageId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A change with its place in the scope's sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Operation {
    pub scope: Scope,
    pub seq: u64,
    /// The server's time.
    pub at: Instant,
    pub body: OperationBody,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OperationBody {
    /// The page's next version, made by these events in order. Version 1 begins with `Opened`.
    Page { page: PageId, version: u64, events: Vec<PageEvent> },
    /// The team's document changed; followers ask for the newest.
    Team { version: u64 },
    /// Kept by a follower that is older than the operation, so that it can be read after an update.
    #[serde(other)]
    Unknown,
}
