//! A page: alerts of one service and urgency that want a person, or an incident that does, and the ringing of people until
//! one answers.
//!
//! [`decide`] says what happens; [`Page::apply`] does it. A page is the fold of its events, on the server and on
//! every desktop alike. Design §5 and domain §3 are the sources of the rules.

mod command;
mod decide;
mod event;
mod state;
mod timer;

pub use command::{Command, Firing, Raise, Via};
pub use decide::{OpenPage, decide, open};
pub use event::{Actor, ChannelUse, Origin, PageEvent, Raised, Recorded, RoundReason, WaitReason, WantedFor};
pub use state::{Acknowledgement, Chain, ChainKind, Page, Ringing, Status, Tally};
pub use timer::{Timer, TimerKey};

use crate::Span;

/// A page that resolved less than this ago is reopened by a firing alert (contract: flapping).
pub const FLAPPING_WITHIN: Span = Span::minutes(10);
/// Admins are alarmed again this long after an exhausted policy, until somebody answers.
pub const ADMIN_ALARM_EVERY: Span = Span::minutes(30);
/// A step that is later than this (the server was down) moves the steps after it, so that the person it rings
/// has their whole delay.
pub const LATE_STEP_SHIFTS: Span = Span::seconds(30);
/// Characters of a note.
pub const NOTE_MAX: usize = 4_000;
/// A snooze is at most this long.
pub const SNOOZE_MAX: Span = Span::hours(24 * 7);

#[cfg(test)]
mod tests;
