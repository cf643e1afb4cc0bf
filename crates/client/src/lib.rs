//! One responder's computer without a window: session, pages, ledger, commands. Knows nothing of Tauri.
//!
//! [`pager::Responder`] decides, without I/O; the session connects it to the team server; `ClientApp` is what a
//! shell holds.

pub mod bindings;
pub mod desk;
pub mod host;
pub mod keychain;
pub mod pager;
