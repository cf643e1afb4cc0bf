//! What crosses a wire: the sync messages between desktop and server, the bodies of the REST routes, and what the
//! window is told. Shapes only; the rules stand in `domain`.

pub mod attachment;
pub mod incidents;
pub mod library;
pub mod mitigation;
pub mod playbook;
pub mod postmortem;
pub mod rest;
pub mod room;
pub mod runbook;
pub mod sync;
pub mod window;

/// The nouns of the domain that stand in these shapes, for those who know only the wire (the desktop shell).
pub use firebell_domain::page::Via;
pub use firebell_domain::{IncidentId, Instant, PageId, PersonId, RaiseId, Severity};
