//! Looks whether an address answers, without becoming a way into a network of ours.
//!
//! The server and the desktop both look, each from its own network, by the same rules: a name is resolved first, every
//! address it stands for is judged ([`firebell_domain::network`]), and the connection goes to a judged address and to no
//! other. Redirects are followed by hand, each judged like the first address.

mod address;
mod guard;
mod probe;
#[cfg(test)]
mod tests;

pub use address::{BadAddress, check, refuse_literal};
pub use guard::{Guard, Lookup, NotAllowed, SystemLookup};
pub use probe::{BODY_MAX, Probe, REDIRECTS_MAX};
