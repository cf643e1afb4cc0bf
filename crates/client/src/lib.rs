//! One responder's computer without a window: session, pages, ledger, commands. Knows nothing of Tauri.
//!
//! [`pager::Responder`] decides, without I/O; the session connects it to the team server; [`ClientApp`] is what a
//! shell holds. The window's commands are one table, which every shell serves.

mod address;
mod app;
mod attachments;
pub mod bindings;
mod clock;
mod commands;
mod computer;
mod connect;
pub mod desk;
mod diagnosis;
pub mod documents;
pub mod enrol;
mod export;
mod gather;
pub mod host;
#[cfg(test)]
mod house;
pub mod keychain;
pub mod library;
pub mod link;
pub mod loopback;
mod mitigation;
pub mod notice;
pub mod pager;
pub mod paper;
pub mod postmortem;
mod rest;
mod room;
mod runs;
mod session;
mod tls;
mod vault;
mod words;

pub use app::ClientApp;
pub use commands::names as command_names;
pub use computer::computer_name;
pub use host::Host;
