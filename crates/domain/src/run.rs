//! Commands of a runbook that are run on somebody's desktop: who may, what is kept of it, and what nobody may see.
//!
//! A run leaves two entries of the timeline: one before the program is started, so that it is on record whatever
//! happens to the computer, and one at its end that takes the first one's place.

mod line;
mod permission;
mod record;
mod secrets;
#[cfg(test)]
mod tests;

pub use line::{LINE_MAX, plain_line};
pub use permission::{Asking, CommandRule, CommandsHere, is_reviewed, may_run};
pub use record::{KEPT_FIRST, KEPT_LAST, KEPT_WIDTH, RunOutcome, RunOutput, RunRecord};
pub use secrets::{MASK, Secrets, mask, mask_argv, shown};
