//! What one authority tells its followers, in order: operations with a place in their scope's sequence, and the
//! identity of what was asked. Pure; used by desktop and server alike.

mod cursor;
mod operation;

pub use cursor::{CommandId, Cursor, Era, Scope};
pub use operation::{Operation, OperationBody};
