//! What the team had, a restored server lost, and was offered to it before what it is about was back.

use super::{Library, Output};
use crate::pager::Moment;
use firebell_log::{Change, OpId, Written};
use firebell_store::StoreError;
use firebell_store::library::{LibraryChange, NewOwn};

impl Library {
    /// What could not be taken because its incident was not back yet is offered again now that it is. It is what it was,
    /// with its time and, of a command, what its author saw: it is not meant anew.
    pub(super) fn repeat_what_returns(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        let mut outputs = vec![];
        for draft in self.store.returning_drafts()? {
            let mut change = LibraryChange { drafts_done: vec![draft], ..LibraryChange::default() };
            let writer = self.store.writer();
            for op in self.store.draft_ops(draft)? {
                // Letters have no incident to wait for.
                debug_assert!(!matches!(op.change(), Some(Change::Text { .. })), "{op:?}");
                if declares(&op) {
                    // A copy of this computer has brought it back, and it was refused here for that.
                    continue;
                }
                let before = self.store.last_counter() + change.own.len() as u64;
                let waited_ms = self.team_time(at).timestamp_millis() - op.stamp.ms;
                change.given_at.get_or_insert(at.now.timestamp_millis() - waited_ms.max(0));
                let op = Written { id: OpId { writer, counter: before + 1 }, ..op };
                change.own.push(NewOwn { op, after: before });
            }
            outputs.extend(self.commit(&change, at)?);
        }
        Ok(outputs)
    }
}

/// It declares an incident.
fn declares(op: &Written) -> bool {
    matches!(op.change(), Some(Change::Command(asked)) if asked.command.declaration().is_some())
}
