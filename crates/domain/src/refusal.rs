//! "Not allowed now", as opposed to "broken": a stable code and words for a person.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why a command was not carried out. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// Somebody else has it already.
    AlreadyAcknowledged,
    AlreadyResolved,
    /// It was queued offline and the world moved on: asked again as a question.
    Stale,
    /// A name, time or text that makes no sense here; the words name it.
    BadInput,
    /// There is nobody left to go to.
    NothingToDo,
    NotFound,
    /// The role of the person does not allow it.
    NotAllowed,
}

/// A refusal. `words` is a whole sentence that says what is so and what can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, TS)]
#[error("{words}")]
pub struct Refusal {
    pub code: RefusalCode,
    pub words: String,
}

impl Refusal {
    pub fn new(code: RefusalCode, words: impl Into<String>) -> Self {
        Self { code, words: words.into() }
    }
}
