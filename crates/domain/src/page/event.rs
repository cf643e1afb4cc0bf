//! What happened to a page. The events of a page are its history, in the words of `words` for people.

use super::command::Via;
use crate::escalation::Plan;
use crate::liveness::{ChannelKind, Liveness};
use crate::receipt::ReceiptState;
use crate::{
    ChannelId, DeviceId, IncidentId, Instant, PageId, PersonId, RaiseId, ServiceId, Severity, SilenceId,
    Urgency,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    Person {
        person: PersonId,
    },
    /// The monitoring system, by a signal.
    Monitoring,
    /// Firebell itself.
    Server,
}

impl Actor {
    pub fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Person { person } => Some(person),
            _ => None,
        }
    }
}

/// The incident that a page was opened for. Absent: alerts asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(rename = "PageOrigin")]
pub struct Origin {
    pub incident: IncidentId,
    pub why: WantedFor,
}

/// What people are rung for by an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WantedFor {
    /// Its severity: by the policy of a service.
    Severity,
    /// Somebody named them.
    Named,
    /// An update was missed.
    Update,
}

/// Why a chain started (again).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RoundReason {
    Opened,
    /// The round before found nobody.
    Repeat,
    /// Acknowledged, and then nothing happened.
    Forgotten,
    Reassigned,
    /// Somebody had it and asked for the next person.
    Escalated,
    SnoozeEnded,
    SeverityRaised,
    /// It fired again shortly after it was resolved.
    Flapped,
    /// Every round was gone through: the team's admins are alarmed.
    Exhausted,
}

/// Why a page does not ring yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WaitReason {
    BusinessHours,
    Silence {
        silence: SilenceId,
    },
    /// Restored from a backup: the operator's word is waited for.
    Held,
}

/// A channel that is due for a raise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChannelUse {
    pub channel: ChannelId,
    pub kind: ChannelKind,
    pub at: Instant,
}

/// One person, rung by a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Raised {
    pub person: PersonId,
    /// How reachable they were at that moment.
    pub liveness: Liveness,
    pub channels: Vec<ChannelUse>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PageEvent {
    /// The first event of every page.
    Opened {
        page: PageId,
        /// Short number for people, counted by the team.
        number: u64,
        service: ServiceId,
        urgency: Urgency,
        severity: Severity,
        title: String,
        source: Option<String>,
        runbook: Option<String>,
        started_at: Instant,
        alerts: u32,
        repeats: u32,
        plan: Plan,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        origin: Option<Origin>,
    },
    /// It does not ring before `until`.
    Deferred {
        until: Instant,
        why: WaitReason,
    },
    /// What held it back is over, earlier than said.
    Released,
    /// Alerts joined (`new_alerts`) or were said again (`repeats`): nobody is rung for that.
    Folded {
        new_alerts: u32,
        repeats: u32,
        summary: String,
    },
    AlertsEnded {
        ended: u32,
        firing: u32,
    },
    SeverityRaised {
        from: Severity,
        to: Severity,
        plan: Plan,
    },
    /// The chain begins at `base`. `first` takes the place of the first step's targets.
    RoundStarted {
        round: u32,
        turn: u32,
        why: RoundReason,
        base: Instant,
        first: Option<PersonId>,
    },
    /// A step was due. `nobody` names the targets that stood for no one. `base` is where the following steps
    /// are counted from: earlier than before when this step was not worth waiting for, later when it was late.
    Stepped {
        round: u32,
        step: u32,
        raised: Vec<Raised>,
        nobody: Vec<String>,
        /// Milliseconds after its due time.
        late_ms: i64,
        /// False: nobody rung by this step can see it, the next one follows at once.
        waited: bool,
        base: Instant,
    },
    ChannelUsed {
        raise: RaiseId,
        channel: ChannelId,
        kind: ChannelKind,
    },
    /// The outcome of sending by a channel; `error` in words.
    ChannelResult {
        raise: RaiseId,
        channel: ChannelId,
        error: Option<String>,
    },
    Receipt {
        raise: RaiseId,
        device: DeviceId,
        device_name: String,
        state: ReceiptState,
        claimed_at: Option<Instant>,
    },
    /// `until`: when it comes back if nothing happens.
    Acknowledged {
        by: Actor,
        via: Via,
        claimed_at: Option<Instant>,
        until: Option<Instant>,
    },
    Escalated {
        by: PersonId,
        base: Instant,
    },
    Reassigned {
        by: PersonId,
        to: PersonId,
    },
    Snoozed {
        by: PersonId,
        until: Instant,
    },
    Noted {
        by: PersonId,
        text: String,
        until: Option<Instant>,
    },
    Resolved {
        by: Actor,
    },
}

/// An event with the server's time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Recorded {
    pub at: Instant,
    pub event: PageEvent,
}
