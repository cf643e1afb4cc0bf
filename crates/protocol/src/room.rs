//! What the window is told of an incident's room, and of an update that is being written.

use crate::library::{IncidentDetail, IncidentRow};
use firebell_domain::incident::Status;
use firebell_domain::playbook::{Audience, Stakeholder};
use firebell_domain::related::SuggestedWhy;
use firebell_domain::room::Room;
use firebell_domain::update::{Finding, Rule, StatusUpdate, Told};
use firebell_domain::{Instant, PersonId, ServiceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
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
    /// Why the last "nothing is new" did not go out, until the person has seen that.
    pub no_news_unsent: Option<String>,
}

/// An update as it would be sent now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Composed {
    /// What was filled in, with the title, services and names that the incident has.
    pub told: Told,
    /// What readers outside are told instead of the title, unless somebody says better; `None`: the title is a person's words.
    pub headline: Option<String>,
    /// All audiences, in their order.
    pub texts: Vec<ComposedText>,
    /// What was written over the templates. A correction begins with those texts of the first version that no template made.
    pub written: BTreeMap<Audience, String>,
    /// As the incident is now, on this computer.
    pub status: Status,
    /// What an update can announce now, the present status among them; empty when it is over for good.
    pub statuses: Vec<Status>,
    /// When the next one would come by the cadence, as a beginning; `None`: none is due.
    pub next_update: Option<Instant>,
    /// The latest time that this severity allows for the next one.
    pub latest: Option<Instant>,
    /// Lengths to choose from, the shortest first.
    pub next_choices: Vec<NextChoice>,
    /// What is wrong with the time that was chosen.
    pub next_trouble: Option<NextTrouble>,
    /// Those who must know by this severity, and hear of it when it is sent.
    pub readers: Vec<Reader>,
    /// The update that was sent last.
    pub last: Option<SentUpdate>,
    /// The update that this one takes the place of. It moves neither the status nor the time of the next one.
    pub corrects: Option<SentUpdate>,
    /// One of this computer that the team does not know yet: when it was sent here.
    pub waiting_since: Option<Instant>,
    /// Why it could not be sent as it is filled in; empty when it could. What the texts hold is checked when it is sent.
    pub refused: String,
}

/// When the next update comes, as a person chooses it. It is reckoned from the moment of sending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum NextTime {
    /// By the cadence of the severity.
    #[default]
    Cadence,
    Within {
        minutes: u32,
    },
    At {
        at: Instant,
    },
    /// As soon as there is something to say.
    WhenKnown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NextChoice {
    pub minutes: u32,
    /// False: later than the severity allows.
    pub is_allowed: bool,
    /// What the cadence says.
    pub is_usual: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NextTrouble {
    /// Later than the severity allows.
    TooLate,
    Past,
}

/// An incident that may have to do with this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RelatedSuggestion {
    pub row: IncidentRow,
    pub why: SuggestedWhy,
    /// Of which service it is.
    pub service: ServiceId,
}

/// Somebody who hears of an update without having to look for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Reader {
    pub person: PersonId,
    pub who: Stakeholder,
    /// Whose text they get: the first of these that is sent, else any.
    pub texts: Vec<Audience>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ComposedText {
    pub audience: Audience,
    /// By this severity, without anybody having to think of it.
    pub is_told: bool,
    /// As it would be sent; empty when the template cannot be filled in.
    pub text: String,
    /// What the template makes of it now, where something else was written over it.
    pub from_template: Option<String>,
    /// What is wrong with the template; empty when nothing is.
    pub trouble: String,
    /// Places to look at again, of a text for people outside.
    pub findings: Vec<PlacedFinding>,
}

/// A finding at its place in a text of the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlacedFinding {
    /// UTF-16 code units, as the window counts.
    pub start: usize,
    /// Exclusive.
    pub end: usize,
    pub rule: Rule,
    pub why: String,
    /// What to write instead.
    pub suggestion: String,
}

impl PlacedFinding {
    /// `text`: the one in which it was found.
    pub fn of(finding: Finding, text: &str) -> Self {
        let Finding { start, end, rule, why, suggestion } = finding;
        let units = |to: usize| text.get(..to).map_or(0, |before| before.encode_utf16().count());
        Self { start: units(start), end: units(end), rule, why, suggestion }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SentUpdate {
    pub by: PersonId,
    pub at: Instant,
    pub update: StatusUpdate,
}
