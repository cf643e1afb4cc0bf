//! The team's playbook on its way: what the window is told of it, and the bodies of `/api/v1/playbook`.

use firebell_domain::playbook::{Playbook, PlaybookChanges};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The playbook that holds on this computer, online or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PlaybookState {
    /// Of the team's document as this computer has it; 0 without a team.
    pub version: u64,
    /// What holds: the field's default with the team's changes.
    pub playbook: Playbook,
    /// What holds where a team decided nothing.
    pub usual: Playbook,
    /// What the team does otherwise.
    pub changes: PlaybookChanges,
    /// The person of this computer is an admin of the team.
    pub may_edit: bool,
    /// The names of those who may, in the order of the team.
    pub editors: Vec<String>,
}
