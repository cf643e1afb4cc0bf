//! What a person can ask of an incident.

use super::{Detection, Moment, Status};
use crate::playbook::IncidentRole;
use crate::update::StatusUpdate;
use crate::{IncidentId, Instant, PageId, PersonId, ServiceId, Severity};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What it takes to declare: everything else can come later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Declaration {
    /// 1–200 characters.
    pub title: String,
    pub severity: Severity,
    #[serde(default)]
    pub services: Vec<ServiceId>,
    #[serde(default)]
    pub detection: Option<Detection>,
    /// The first signal, when it was before the declaration.
    #[serde(default)]
    pub detected_at: Option<Instant>,
    /// The page it grew out of.
    #[serde(default)]
    pub page: Option<PageId>,
    /// Whoever declares it commands it, until the role moves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub commands: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum IncidentCommand {
    Declare(Declaration),
    /// Only these people and whoever declares it will see it. A word of its own, so that a server which is too old to
    /// keep it among them refuses it.
    DeclarePrivately {
        declaration: Declaration,
        people: Vec<PersonId>,
    },
    SetSeverity {
        to: Severity,
        #[serde(default)]
        reason: String,
    },
    /// `investigating`, `identified`, `monitoring` or `resolved`; from resolved to `investigating` reopens; `closed` ends a
    /// resolved one.
    SetStatus {
        to: Status,
    },
    Merge {
        into: IncidentId,
    },
    FalseAlarm {
        reason: String,
    },
    /// `None`: it did not happen.
    CorrectMoment {
        moment: Moment,
        at: Option<Instant>,
        reason: String,
    },
    /// From now on only these people, whoever asks and whoever declared it see it.
    MakePrivate {
        people: Vec<PersonId>,
        reason: String,
    },
    /// The whole team sees it.
    MakePublic {
        reason: String,
    },
    /// Who sees a private one: more, fewer, others.
    ChangePeople {
        add: Vec<PersonId>,
        remove: Vec<PersonId>,
        reason: String,
    },
    /// Gives a role that is free, or takes one from its holder, which asks for a reason.
    AssignRole {
        role: IncidentRole,
        to: PersonId,
        /// Who had it as far as the author knew.
        #[serde(default)]
        instead_of: Option<PersonId>,
        #[serde(default)]
        reason: String,
    },
    /// The role is free again.
    LeaveRole {
        role: IncidentRole,
        #[serde(default)]
        reason: String,
    },
    /// The holder offers; the first of three steps.
    OfferRole {
        role: IncidentRole,
        to: PersonId,
        reason: String,
    },
    /// The next holder says how things stand; the second step.
    ConfirmRole {
        role: IncidentRole,
        status: String,
    },
    /// The holder lets go; the third step, and the role moves.
    ReleaseRole {
        role: IncidentRole,
    },
    /// Ends a hand-over before its third step, by either of the two.
    WithdrawOffer {
        role: IncidentRole,
        #[serde(default)]
        reason: String,
    },
    /// Tells those who have to know, and changes the status where the update announces another one.
    SendUpdate {
        update: Box<StatusUpdate>,
    },
    /// Rings these people, day or night.
    PagePeople {
        people: Vec<PersonId>,
        /// What they are wanted for; 1–500 characters.
        message: String,
    },
    /// This page is about the incident.
    LinkPage {
        page: PageId,
    },
}

impl IncidentCommand {
    /// Whoever asks for this is at work in the incident.
    pub fn is_work_of(&self, by: &PersonId) -> bool {
        match self {
            Self::AssignRole { to, .. } => to == by,
            Self::ConfirmRole { .. } | Self::SendUpdate { .. } | Self::SetStatus { .. } => true,
            _ => false,
        }
    }

    /// What is declared, and among whom; `None` for what is asked of an incident that is there.
    pub fn declaration(&self) -> Option<(&Declaration, Option<&[PersonId]>)> {
        match self {
            Self::Declare(declaration) => Some((declaration, None)),
            Self::DeclarePrivately { declaration, people } => Some((declaration, Some(people))),
            _ => None,
        }
    }
}
