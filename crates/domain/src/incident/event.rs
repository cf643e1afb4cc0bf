//! What happened to an incident. The events are its history; everything else about it is a fold of them.

use super::{Declaration, Moment, Status};
use crate::{IncidentId, Instant, PersonId, Severity};
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
    /// By a newer version: kept, and understood after an update.
    #[serde(other)]
    Unknown,
}

/// An event with the time it was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordedIncident {
    pub at: Instant,
    pub event: IncidentEvent,
}
