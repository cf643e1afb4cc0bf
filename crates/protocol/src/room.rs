//! What the window is told of an incident's room, and of an update that is being written.

use crate::library::IncidentDetail;
use firebell_domain::playbook::Audience;
use firebell_domain::room::Room;
use firebell_domain::update::{Finding, StatusUpdate, Told};
use firebell_domain::{Instant, PersonId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// An incident with its room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct IncidentInRoom {
    #[serde(flatten)]
    pub detail: IncidentDetail,
    pub room: Room,
    /// When the room is another one by the passing of time alone: ask again then.
    pub changes_at: Option<Instant>,
    /// "Nothing is new" that goes out at this time unless it is taken back.
    pub no_news_at: Option<Instant>,
}

/// An update as it would be sent now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Composed {
    /// What was filled in, with the title, services and names that the incident has.
    pub told: Told,
    /// All audiences, in their order.
    pub texts: Vec<ComposedText>,
    /// When the next one would come by the cadence, as a beginning; `None`: none is due.
    pub next_update: Option<Instant>,
    /// The latest time that this severity allows for the next one.
    pub latest: Option<Instant>,
    /// The update that was sent last.
    pub last: Option<SentUpdate>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ComposedText {
    pub audience: Audience,
    /// By this severity, without anybody having to think of it.
    pub is_told: bool,
    /// From the template; empty when it cannot be filled in.
    pub text: String,
    /// What is wrong with the template; empty when nothing is.
    pub trouble: String,
    /// Places to look at again, of a text for people outside.
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SentUpdate {
    pub by: PersonId,
    pub at: Instant,
    pub update: StatusUpdate,
}
