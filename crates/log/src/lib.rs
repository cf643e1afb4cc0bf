//! The operation log (design §4), pure; used by desktop and server alike.
//!
//! A person's change is [`Written`] on one device under an [`OpId`]. The server gives it a place in its scope's
//! sequence ([`Operation`]) and everybody follows from a [`Cursor`]. Four kinds of [`Change`] merge in four ways:
//! [`record`] (the last writer of a field), journal (entries only grow), text (characters interleave), commands
//! (decided once, by the authority).
//!
//! **Invariant.** What a set of operations means does not depend on the order in which they came.

mod change;
mod clock;
mod cursor;
mod digest;
mod operation;
pub mod record;
mod sight;
pub mod text;
mod written;

pub use change::{Asked, Bytes, Change, DocumentId};
pub use clock::{AHEAD_MAX_MS, HybridClock, effective};
pub use cursor::{CommandId, Cursor, Era, Scope};
pub use digest::StateDigest;
pub use operation::{Operation, OperationBody};
pub use record::{FieldWrite, RecordId};
pub use text::{TextChange, TextDocument, TextError};
pub use written::{OpId, SCHEMA, Stamp, WriterId, Written};
