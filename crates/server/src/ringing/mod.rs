//! What an incident does to people (domain §2, §6): it rings them by its severity or by name, it rings whoever runs it when an
//! update is missed, and it tells those who must know.
//!
//! The files here work over a transaction that the caller has, and know neither threads nor clocks.
//!
//! **Invariant.** What an incident does to people is in the commit that changes the incident: there is no declared incident
//! whose page was lost.

mod cadence;
mod heard;
mod pages;
#[cfg(test)]
mod stories;
mod telling;

pub use cadence::{fire, keep, put_aside};
pub use heard::{goes_on, heard, worked};
pub use pages::follow;
pub use telling::{said, tell};
