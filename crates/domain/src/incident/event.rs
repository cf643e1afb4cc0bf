//! What happened to an incident. The events are its history; everything else about it is a fold of them.

use super::{Declaration, Moment, Status};
use crate::playbook::IncidentRole;
use crate::update::StatusUpdate;
use crate::{IncidentId, Instant, PageId, PersonId, ServiceId, Severity};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum IncidentEvent {
    /// The first event of every incident.
    Declared {
        incident: IncidentId,
        /// Short number for people, counted by the team from 1.
        number: u64,
        by: PersonId,
        /// When it was declared on a computer that the team could not hear, by the team's clock.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        claimed_at: Option<Instant>,
        declaration: Declaration,
    },
    SeverityChanged {
        by: PersonId,
        from: Severity,
        to: Severity,
        reason: String,
    },
    StatusChanged {
        by: PersonId,
        from: Status,
        to: Status,
        /// Announced ones that were left out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        skipped: Vec<Status>,
    },
    /// Resolved, and it was not over.
    Reopened {
        by: PersonId,
    },
    Merged {
        by: PersonId,
        into: IncidentId,
    },
    FalseAlarm {
        by: PersonId,
        reason: String,
    },
    Closed {
        by: PersonId,
    },
    MomentCorrected {
        by: PersonId,
        moment: Moment,
        from: Option<Instant>,
        to: Option<Instant>,
        reason: String,
    },
    /// The team saw it, and now only these people do; whoever declared it is always among them. With a declaration:
    /// nobody else ever saw it.
    MadePrivate {
        by: PersonId,
        people: Vec<PersonId>,
        reason: String,
    },
    MadePublic {
        by: PersonId,
        reason: String,
    },
    /// Others see the private incident than before.
    PeopleChanged {
        by: PersonId,
        /// Everybody who sees it now.
        people: Vec<PersonId>,
        added: Vec<PersonId>,
        removed: Vec<PersonId>,
        reason: String,
    },
    /// Without a hand-over: it was free, or its holder did not answer, or the commander decided so.
    RoleAssigned {
        by: PersonId,
        role: IncidentRole,
        from: Option<PersonId>,
        to: PersonId,
        reason: String,
    },
    RoleLeft {
        by: PersonId,
        role: IncidentRole,
        from: PersonId,
        reason: String,
    },
    RoleOffered {
        by: PersonId,
        role: IncidentRole,
        to: PersonId,
        reason: String,
    },
    RoleConfirmed {
        by: PersonId,
        role: IncidentRole,
        /// How things stand, in the words of the next holder.
        status: String,
    },
    /// All three steps are done.
    RoleHandedOver {
        role: IncidentRole,
        from: PersonId,
        to: PersonId,
    },
    OfferWithdrawn {
        by: PersonId,
        role: IncidentRole,
        reason: String,
    },
    UpdateSent {
        by: PersonId,
        update: Box<StatusUpdate>,
    },
    PeoplePaged {
        by: PersonId,
        people: Vec<PersonId>,
        message: String,
    },
    /// A page is about this incident. `by`: `None` when it was opened for it.
    PageLinked {
        by: Option<PersonId>,
        page: PageId,
    },
    /// The first human acknowledged one of its pages.
    Acknowledged {
        by: PersonId,
        page: PageId,
        at: Instant,
    },
    /// What a page of alerts said that is about it, and when that was.
    Alerted {
        page: PageId,
        /// The page's number.
        number: u64,
        title: String,
        service: ServiceId,
        source: Option<String>,
        /// Different ones, when the incident was declared or the page linked.
        alerts: u32,
        at: Instant,
    },
    /// A step of one of its pages rang these people. Nobody: it stood for no one.
    Rung {
        page: PageId,
        /// The page's number.
        number: u64,
        people: Vec<PersonId>,
        /// From 0.
        step: u32,
        /// The policy was gone through in vain, and these are the team's admins.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[ts(optional, as = "Option<bool>")]
        admins: bool,
        at: Instant,
    },
    /// By a newer version: kept, and understood after an update.
    #[serde(other)]
    Unknown,
}

impl IncidentEvent {
    /// Who sees the incident from here on: `None` when this changes nothing about it, `Some(None)` for the whole team.
    pub fn sight(&self) -> Option<Option<&[PersonId]>> {
        match self {
            Self::MadePrivate { people, .. } | Self::PeopleChanged { people, .. } => Some(Some(people)),
            Self::MadePublic { .. } => Some(None),
            _ => None,
        }
    }

    /// Whether this takes the incident out of a person's sight who had it there.
    pub fn takes_from(&self, person: &PersonId) -> bool {
        match self {
            Self::MadePrivate { people, .. } => !people.contains(person),
            Self::PeopleChanged { removed, .. } => removed.contains(person),
            _ => false,
        }
    }

    /// Whoever did it; nobody of what this version does not know, or of what the server did by itself.
    pub fn author(&self) -> Option<&PersonId> {
        match self {
            Self::Declared { by, .. }
            | Self::SeverityChanged { by, .. }
            | Self::StatusChanged { by, .. }
            | Self::Reopened { by }
            | Self::Merged { by, .. }
            | Self::FalseAlarm { by, .. }
            | Self::Closed { by }
            | Self::MomentCorrected { by, .. }
            | Self::MadePrivate { by, .. }
            | Self::MadePublic { by, .. }
            | Self::PeopleChanged { by, .. }
            | Self::RoleAssigned { by, .. }
            | Self::RoleLeft { by, .. }
            | Self::RoleOffered { by, .. }
            | Self::RoleConfirmed { by, .. }
            | Self::RoleHandedOver { from: by, .. }
            | Self::OfferWithdrawn { by, .. }
            | Self::UpdateSent { by, .. }
            | Self::PeoplePaged { by, .. }
            | Self::Acknowledged { by, .. } => Some(by),
            Self::PageLinked { by, .. } => by.as_ref(),
            Self::Alerted { .. } | Self::Rung { .. } | Self::Unknown => None,
        }
    }

    /// When it happened. `recorded`: when it was decided, which is later for what was heard of late.
    pub fn happened_at(&self, recorded: Instant) -> Instant {
        match self {
            Self::Declared { claimed_at, .. } => claimed_at.unwrap_or(recorded),
            Self::Acknowledged { at, .. } | Self::Alerted { at, .. } | Self::Rung { at, .. } => *at,
            _ => recorded,
        }
    }

    /// The title of a declaration.
    pub fn declared_title(&self) -> Option<&str> {
        match self {
            Self::Declared { declaration, .. } => Some(&declaration.title),
            _ => None,
        }
    }
}

/// An event with the time it was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordedIncident {
    pub at: Instant,
    pub event: IncidentEvent,
}
