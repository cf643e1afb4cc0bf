//! What a person can ask of an incident.

use super::{Detection, Moment, Status};
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
}

impl IncidentCommand {
    /// What is declared, and among whom; `None` for what is asked of an incident that is there.
    pub fn declaration(&self) -> Option<(&Declaration, Option<&[PersonId]>)> {
        match self {
            Self::Declare(declaration) => Some((declaration, None)),
            Self::DeclarePrivately { declaration, people } => Some((declaration, Some(people))),
            _ => None,
        }
    }
}
