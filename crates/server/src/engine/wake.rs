//! Signals from commits to the engine's jobs: "look again". They carry nothing, so none can be wrong; one that is
//! lost is made up for by the backstop.

use crate::storage::Committed;
use std::sync::Arc;
use tokio::sync::Notify;

#[derive(Clone, Default)]
pub struct Wake {
    pages: Arc<Notify>,
    outbox: Arc<Notify>,
    tickets: Arc<Notify>,
}

impl Wake {
    /// To be called after every commit.
    pub fn after(&self, committed: &Committed) {
        if committed.due.is_some() {
            self.pages.notify_one();
        }
        if committed.outbox {
            self.outbox.notify_one();
        }
        if committed.tickets {
            self.tickets.notify_one();
        }
    }

    /// Another node may have committed anything.
    pub fn look_again(&self) {
        self.pages.notify_one();
        self.outbox.notify_one();
        self.tickets.notify_one();
    }

    pub(super) async fn pages(&self) {
        self.pages.notified().await;
    }
    pub(super) async fn outbox(&self) {
        self.outbox.notified().await;
    }
    pub async fn tickets(&self) {
        self.tickets.notified().await;
    }
}
