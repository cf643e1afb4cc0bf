//! What can be asked of a page.

use super::event::{Actor, WaitReason};
use crate::escalation::Plan;
use crate::receipt::ReceiptState;
use crate::{ChannelId, DeviceId, Instant, PersonId, RaiseId, Severity};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where somebody acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    Notification,
    PagerWindow,
    Tray,
    Window,
    /// The one-time link of an ntfy push or a webhook.
    Link,
    Api,
    Monitoring,
}

/// A command, with who gives it. The time is an argument of [`super::decide`].
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Stops the ringing for everybody and says who has it. `claimed_at`: when the person did it, by their own
    /// device's clock (offline, that is earlier than the server's time; it is kept, not used).
    Acknowledge {
        by: Actor,
        via: Via,
        claimed_at: Option<Instant>,
    },
    /// The next step now.
    Escalate {
        by: PersonId,
    },
    Reassign {
        by: PersonId,
        to: PersonId,
    },
    Snooze {
        by: PersonId,
        until: Instant,
    },
    Resolve {
        by: Actor,
    },
    Note {
        by: PersonId,
        text: String,
    },
    /// A device's word about a raise.
    Receipt {
        device: DeviceId,
        device_name: String,
        raise: RaiseId,
        state: ReceiptState,
        claimed_at: Option<Instant>,
    },
    /// How sending by a channel went.
    ChannelResult {
        raise: RaiseId,
        channel: ChannelId,
        error: Option<String>,
    },
    /// The incident that the page is about became more severe.
    Raise(Box<Raise>),
    /// Alerts joined, or were said again.
    Fire(Box<Firing>),
    /// Alerts ended; `firing`: how many are left.
    Clear {
        ended: u32,
        firing: u32,
    },
    /// The silence that held the page back ended early.
    Release,
    /// Whatever is due.
    Tick,
}

/// Alerts that fire on a page that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Firing {
    pub new_alerts: u32,
    pub repeats: u32,
    /// Of the last one.
    pub summary: String,
    /// Of the worst one.
    pub severity: Severity,
    /// The chain for `severity`, used when that is worse than the page's.
    pub plan: Plan,
    /// When it may begin to ring, if it has to ring (again), and why not now.
    pub ring_from: Instant,
    pub waiting: Option<WaitReason>,
}

/// A page that is there becomes more severe without an alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Raise {
    pub severity: Severity,
    pub plan: Plan,
    /// When it may begin to ring anew, and why not now.
    pub ring_from: Instant,
    pub waiting: Option<WaitReason>,
    /// Whoever just did what it rings for: the first step does not ring them (docs/adr/nobody-is-rung-for-their-own-word.md).
    pub author: Option<PersonId>,
}
