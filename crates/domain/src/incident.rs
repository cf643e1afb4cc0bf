//! The life of an incident (domain §1): declared, its severity and status announced, ended.
//!
//! `decide(&incident, command, by, now)` says what happens, or why not now; `apply` folds what happened. The
//! server runs both for real, a desktop without a team does too, and one that is offline runs them to show what will
//! happen. Title, impact and links are records beside it, and have no rules.

mod command;
mod decide;
mod event;
mod ringing;
mod role;
mod sight;
mod state;
mod telling;
#[cfg(test)]
mod tests;

pub use command::{Declaration, IncidentCommand};
pub use decide::{begin, decide, declare};
pub use event::{IncidentEvent, RecordedIncident};
pub use ringing::{WhyNobody, but, rings};
pub use role::{Holder, LongHours, Offer};
pub use state::{Incident, Moments};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What people announce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "IncidentStatus")]
pub enum Status {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
    /// The postmortem and its actions are done, or none is required.
    Closed,
    /// It was part of another one.
    Merged,
    FalseAlarm,
}

impl Status {
    /// Somebody still works on it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Investigating | Self::Identified | Self::Monitoring)
    }

    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Merged => "merged",
            Self::FalseAlarm => "a false alarm",
        }
    }
}

/// How it was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Detection {
    MonitoringAlert,
    SyntheticCheck,
    UserReport,
    AnomalyDetection,
    InternalDiscovery,
}

/// The moments that metrics need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Users began to suffer.
    ImpactStarted,
    /// The first signal.
    Detected,
    /// The first human acknowledged a page.
    Acknowledged,
    Declared,
    /// Users stopped suffering for the first time; the cause may remain. It stays when the incident is reopened.
    Mitigated,
    /// It was declared over for the last time; a reopened incident has none until it is over again.
    Resolved,
}

impl Moment {
    pub const ALL: [Moment; 6] = [
        Self::ImpactStarted,
        Self::Detected,
        Self::Acknowledged,
        Self::Declared,
        Self::Mitigated,
        Self::Resolved,
    ];

    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Self::ImpactStarted => "start of impact",
            Self::Detected => "detection",
            Self::Acknowledged => "acknowledgement",
            Self::Declared => "declaration",
            Self::Mitigated => "mitigation",
            Self::Resolved => "resolution",
        }
    }
}
