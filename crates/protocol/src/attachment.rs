//! What the window is told of an attachment.

use firebell_domain::attachment::MediaType;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// An attachment as it can be shown now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AttachmentView {
    pub state: AttachmentState,
    /// Why it waits, is missing or was refused; empty when there is nothing to say.
    pub words: String,
    /// `None` when it is missing.
    pub media_type: Option<MediaType>,
    /// The bytes; `None` when it is missing.
    pub base64: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentState {
    /// On this computer; the team does not have it yet.
    Waiting,
    /// On its way to the team's server.
    Sending,
    /// On this computer, and the team has it.
    Known,
    /// On this computer; the server does not take it.
    Refused,
    /// Not on this computer, and it cannot be had now.
    Missing,
}
