//! A seeded world of servers, desktops, networks, clocks and people, in which paging has to keep its promises.
//!
//! The rules, the engine, the log and the desktop's core are the real ones, over in-memory databases; the world
//! only decides when things happen and what fails. One seed is one world, always the same.

pub mod desktop;
pub mod faults;
pub mod library;
pub mod monitor;
pub mod oracle;
pub mod plant;
pub mod queue;
pub mod server;
pub mod world;

pub use library::run as run_library;
pub use plant::Plant;
pub use world::{Report, run};
