//! Which action waits for which: one that begins only when another is done. They form no ring, or none of it could begin.

use super::{Action, ActionStatus, Postmortem};
use crate::refusal::RefusalCode;
use crate::{ActionId, Refusal};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The action that another one waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "ActionBefore")]
pub struct Before {
    pub id: ActionId,
    pub title: String,
    pub status: ActionStatus,
}

/// Says in each of them which one it waits for. One that was removed is waited for no longer.
pub(super) fn find(actions: &mut [Action]) {
    let before = |action: &Action| {
        let one = actions.iter().find(|one| Some(one.id) == action.after)?;
        Some(Before { id: one.id, title: one.title.clone(), status: one.status })
    };
    let found: Vec<Option<Before>> = actions.iter().map(before).collect();
    for (action, before) in actions.iter_mut().zip(found) {
        action.before = before;
    }
}

impl Postmortem {
    /// Whether an action may wait for another one.
    ///
    /// # Errors
    /// That one is not there, or waits for this one already.
    pub(super) fn may_wait(&self, action: ActionId, other: ActionId) -> Result<(), Refusal> {
        let of = |id: ActionId| self.actions.iter().find(|action| action.id == id);
        let Some(first) = of(other) else {
            let words = "The action that it is to wait for is not there any more. Look at the list again.";
            return Err(Refusal::new(RefusalCode::NotFound, words));
        };
        let mut at = Some(first);
        // Two who did not hear of each other can make a ring: it is walked round once.
        for _ in &self.actions {
            let Some(now) = at else { break };
            if now.after == Some(action) {
                let words = format!(
                    "“{}” waits for this action already, so neither could begin. Choose another one.",
                    first.title
                );
                return Err(Refusal::new(RefusalCode::NotAllowed, words));
            }
            at = now.after.and_then(of);
        }
        Ok(())
    }
}
