//! The stage on which journeys play: the real programs on a virtual desktop (a screen, a session bus, a keychain, a
//! notification daemon and a tray of their own), a real server, a real Alertmanager, a real PostgreSQL.
//!
//! Everything a journey starts dies with the value that started it, and every wait has a deadline: when it passes,
//! the journey fails with what was waited for, and its folder under `target/journeys/` has the logs and a
//! picture of every screen.

pub mod alertmanager;
pub mod api;
pub mod cast;
pub mod core;
pub mod deadline;
pub mod desktop;
pub mod journey;
pub mod notices;
pub mod phone;
pub mod pixels;
pub mod places;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod server;
mod session;
pub mod team;
pub mod tour;
pub mod tray;
pub mod window;

pub use cast::Cast;
pub use core::Core;
pub use deadline::until;
pub use desktop::Desktop;
pub use journey::Journey;
pub use server::Server;
