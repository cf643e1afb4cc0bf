//! What a person can ask of an incident.

use super::{Detection, Moment, Status};
use crate::{IncidentId, Instant, PageId, ServiceId, Severity};
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
}
