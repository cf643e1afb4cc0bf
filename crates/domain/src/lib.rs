//! The rules of Firebell, as pure functions.
//!
//! Nothing here does I/O, waits, reads a clock or draws a random number: time and ids are arguments. The
//! desktop and the server run the same functions, so they cannot disagree about what a rule means.
//!
//! The life of a page is in [`page`], that of an incident in [`incident`]; who is rung, and when, in [`escalation`]; who can be reached in
//! [`liveness`]; what an operator writes down in [`team`];
//! how a team wants its incidents run in [`playbook`], with [`cadence`] and [`update`] beside it.

pub mod alert;
pub mod attachment;
pub mod business;
pub mod cadence;
pub mod escalation;
pub mod ids;
pub mod incident;
pub mod liveness;
mod nearest;
pub mod page;
pub mod playbook;
pub mod receipt;
pub mod refusal;
pub mod room;
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
