//! The rules of Firebell, as pure functions.
//!
//! Nothing here does I/O, waits, reads a clock or draws a random number: time and ids are arguments. The
//! desktop and the server run the same functions, so they cannot disagree about what a rule means.
//!
//! The life of a page is in [`page`], that of an incident in [`incident`]; who is rung, and when, in [`escalation`]; who can be reached in
//! [`liveness`]; what an operator writes down in [`team`];
//! how a team wants its incidents run in [`playbook`], with [`cadence`] and [`update`] beside it; who hears of one without
//! being rung in [`notice`]; what helps at night in [`runbook`], and what is run of it in [`run`].

pub mod alert;
pub mod attachment;
pub mod business;
pub mod cadence;
pub mod change_event;
pub mod escalation;
pub mod gather;
pub mod health;
pub mod ids;
pub mod incident;
pub mod language;
pub mod liveness;
mod nearest;
pub mod network;
pub mod notice;
pub mod page;
pub mod playbook;
pub mod postmortem;
pub mod receipt;
pub mod refusal;
pub mod related;
pub mod room;
pub mod run;
pub mod runbook;
pub mod schedule;
pub mod severity;
pub mod span;
pub mod team;
pub mod timeline;
pub mod triage;
pub mod update;

pub use ids::*;
pub use refusal::Refusal;
pub use severity::{Severity, Urgency};
pub use span::Span;

/// An instant, always UTC. People see it in their own zone.
pub type Instant = chrono::DateTime<chrono::Utc>;
