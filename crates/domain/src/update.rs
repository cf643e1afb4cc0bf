//! Status updates: templates filled with what is known of an incident, and a second look at text for people outside (domain §6).
//!
//! Templates are written by the team's admins, so they are checked as they are typed ([`check_template`]) and rendered in a
//! sandbox ([`render`]): they see the facts and a handful of filters, and can neither loop for ever nor fill the memory.
//! The check of public text ([`check_public`]) only points; it never holds an update back.

mod facts;
mod headline;
mod no_news;
mod public;
mod render;
mod sent;
mod template;
#[cfg(test)]
mod tests;

pub use facts::{Facts, Told, VARIABLES};
pub use headline::headline;
pub use no_news::no_news;
pub use public::{Finding, Insiders, Rule, check_public};
pub use render::render;
pub use sent::{StatusUpdate, announceable};
pub use template::{SOURCE_MAX, TemplateError, check_template};
