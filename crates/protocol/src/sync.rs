//! `/sync`: one WebSocket per desktop, JSON text messages, one message a frame.
//!
//! The desktop connects with `Authorization: Bearer <device token>` and says [`ClientMessage::Hello`] first. The
//! server answers [`ServerMessage::Welcome`], then either [`ServerMessage::Snapshot`] (unknown era, no cursor,
//! or too far behind) or the operations after the cursor, then the live tail. Messages of an unknown `type` are
//! ignored by both sides.
//!
//! A token that was revoked is answered with [`ServerMessage::Bye`] after its hello, and the desktop forgets it. 401
//! says only that the token is unknown here (a restored server, a proxy): the desktop keeps it and comes back.

use firebell_domain::page::{Page, Recorded, Via};
use firebell_domain::receipt::ReceiptState;
use firebell_domain::schedule::Shift;
use firebell_domain::team::{Role, Team};
use firebell_domain::{DeviceId, Instant, PageId, PersonId, RaiseId, Refusal, ScheduleId};
use firebell_log::{Cursor, Era, Operation, Stamp, WriterId, Written};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Raised when an old desktop could no longer understand the server.
pub const PROTOCOL: u32 = 1;
/// The oldest protocol the server still speaks.
pub const PROTOCOL_MIN: u32 = 1;
/// What this version can do beyond the protocol's first words.
pub const CAPABILITIES: &[&str] = &["pages", "receipts", "commands", "log"];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    Hello {
        protocol: u32,
        app: String,
        capabilities: Vec<String>,
        cursor: Option<Cursor>,
        /// Who writes on this computer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        writer: Option<WriterId>,
    },
    /// The answer to `Ping`.
    Pong {
        n: u64,
    },
    Receipts {
        receipts: Vec<ReceiptReport>,
    },
    Command(CommandEnvelope),
    /// What was written here, in the order of its counters; sent again after every reconnect until it is answered.
    Submit {
        ops: Vec<Submission>,
    },
    /// Where the person's cursor stands in a text, for those who write in it too. Never stored.
    Presence(Presence),
    /// This device goes away on purpose and can no longer be reached.
    SignOff,
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReceiptReport {
    pub raise: RaiseId,
    pub state: ReceiptState,
    /// By the device's own clock.
    pub at: Instant,
}

/// Something a person asked, once: a resend with the same counter gets the same answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandEnvelope {
    /// 1, 2, 3, … for the life of the device.
    pub counter: u64,
    pub page: PageId,
    pub request: PageRequest,
    /// The version of the page the person saw.
    pub decided_on: u64,
    /// By the device's own clock.
    pub given_at: Instant,
    /// How long after `given_at` it still means what was meant, in milliseconds.
    pub good_for_ms: u64,
    /// How long it had been waiting on the device when it was sent, in milliseconds of the device's clock. The
    /// server compares this, not clocks.
    pub waited_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum PageRequest {
    Acknowledge { via: Via },
    Escalate,
    Reassign { to: PersonId },
    Snooze { until: Instant },
    Resolve,
    Note { text: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    Welcome(Box<Welcome>),
    /// Everything a desktop needs to begin: open pages, and those that ended in the last day (100 at most).
    Snapshot {
        cursor: Cursor,
        pages: Vec<PageSnapshot>,
    },
    Operations {
        operations: Vec<Operation>,
    },
    Team {
        team: Box<TeamView>,
    },
    Answer {
        counter: u64,
        page: PageId,
        outcome: Outcome,
    },
    /// What became of operations that were submitted: each counter exactly once, the same answer however often
    /// it is asked.
    Answers {
        writer: WriterId,
        answers: Vec<OpAnswer>,
    },
    /// Where somebody else's cursor stands.
    Presence {
        person: PersonId,
        name: String,
        device: DeviceId,
        presence: Presence,
    },
    Ping {
        n: u64,
        server_time: Instant,
    },
    /// After a restore, until the operator's word: nobody is paged.
    PagingHeld {
        held: bool,
    },
    /// The last message before the server closes.
    Bye {
        code: ByeCode,
        words: String,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    pub protocol: u32,
    pub capabilities: Vec<String>,
    pub era: Era,
    pub server_time: Instant,
    pub you: You,
    pub team: TeamView,
    pub paging_held: bool,
    /// The newest place in the log of this era.
    #[serde(default)]
    pub newest: u64,
    /// The last counter of this computer's writer that was answered; what comes after it is offered again, also what
    /// was accepted before the server was restored from a backup.
    #[serde(default)]
    pub heard: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct You {
    pub person: PersonId,
    pub name: String,
    pub role: Role,
    pub device: DeviceId,
}

/// The team with its shifts as instants: desktops never compute a rota.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TeamView {
    pub version: u64,
    pub team: Team,
    /// From a day ago to three weeks ahead.
    pub shifts: Vec<ScheduleShifts>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ScheduleShifts {
    pub schedule: ScheduleId,
    pub name: String,
    pub shifts: Vec<Shift>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageSnapshot {
    pub page: Page,
    pub history: Vec<Recorded>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    Accepted,
    Refused { refusal: Refusal },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ByeCode {
    /// The device was removed from the team: forget the token.
    Revoked,
    /// This version is too old for the server.
    TooOld,
    /// Did not speak the protocol.
    Protocol,
    /// The server restarts; come back at once.
    Restarting,
    /// It did not read fast enough; come back and catch up.
    TooSlow,
}

/// An operation on its way to the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// The writer's operation before this one that still stands; 0 for the first. The server takes this one only
    /// when it has answered that one, so that nothing is taken out of order.
    pub after: u64,
    pub op: Written,
    /// How long it had been waiting on the device when it was sent, in milliseconds of the device's clock.
    #[serde(default)]
    pub waited_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpAnswer {
    pub counter: u64,
    pub outcome: OpOutcome,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum OpOutcome {
    /// It has its place in the log. The author adopts the stamp.
    Accepted { seq: u64, stamp: Stamp },
    /// It has not, and never will; the words go back to the author as a draft.
    Refused { refusal: Refusal },
    /// Another operation has this name: a copy of this store writes too. Whoever hears this goes on as another
    /// writer and gives what was not answered new names.
    Forked,
    /// Out of order: send again from the one after this counter. Not an answer.
    Missing { heard: u64 },
}

/// A cursor in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Presence {
    /// `runbook/<uuid>#body`
    pub document: String,
    /// UTF-16 offsets; `None`: the person has left the text.
    pub selection: Option<(u32, u32)>,
}

/// The answer of `GET /api/v1/log?after=N&until=M`: everything of the log after `after` up to and including `upto`
/// but pages, which have a snapshot of their own. Compaction may have left out what later operations contain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogChunk {
    pub era: Era,
    pub after: u64,
    pub upto: u64,
    /// The newest place, for progress.
    pub newest: u64,
    pub operations: Vec<Operation>,
}
