//! What a person of the team may do.

use crate::refusal::{Refusal, RefusalCode};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May change the team, and is alarmed when paging runs out of people.
    Admin,
    #[default]
    Responder,
    /// Reads; is never paged.
    Stakeholder,
}

impl Role {
    /// Whether they may change anything.
    ///
    /// # Errors
    /// The words name what to do instead.
    pub fn may_act(self) -> Result<(), Refusal> {
        match self {
            Self::Admin | Self::Responder => Ok(()),
            Self::Stakeholder => Err(Refusal::new(
                RefusalCode::NotAllowed,
                "A stakeholder reads. Ask an admin for the role of a responder.",
            )),
        }
    }
}
