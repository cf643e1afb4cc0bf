//! The team's half of the library: what desktops wrote is taken in, decided, told on, and kept small.
//!
//! The files here work over a transaction or a connection that the caller has, and know neither threads nor clocks:
//! the simulator steps them. `jobs` runs them for real.
//!
//! **Invariant.** Every counter of a writer gets one answer, in the same commit as its operation; asked again, it gets
//! the same one.

mod accept;
mod changes;
mod compact;
mod incidents;
mod jobs;
mod log;
mod own;
#[cfg(test)]
mod properties;
mod sight;
#[cfg(test)]
mod stories;
#[cfg(test)]
pub mod testing;
mod texts;
mod words;

pub use accept::submit;
pub use compact::{AT_LEAST, Merged, OLDER_THAN, merge};
pub use incidents::happened;
pub use jobs::{compact, keep_small, remove_unnamed};
pub use log::{
    CHUNK_BYTES, CHUNK_OPERATIONS, IncidentRecord, TimelineEntry, chunk, history, incident, know_course,
    last_author, open,
};
pub use own::{AUTHOR, FieldNow, fields, write};
pub use sight::as_told;
