//! For tests: a simulated disk, and SQLite on it.

mod disk;
pub mod faulty_vfs;
mod files;
#[cfg(test)]
mod paging_store;

pub use disk::{Crash, Disk, DiskError, Fault, Handle};
pub use faulty_vfs::FaultyDisk;
pub(crate) use files::Simulated;
