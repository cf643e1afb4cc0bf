//! Runbooks (domain §7): what a body says, which of its commands can be run, whether somebody has looked at it, and
//! which one belongs to an alert.
//!
//! **How commands are written.** A fenced block whose language is `sh`, `bash`, `shell`, `zsh` or `console` holds commands,
//! one a line (a backslash at its end continues it). In `console` only lines that begin with `$ ` are commands, the others
//! are what they print. Blocks of other languages, or of none, are shown and never run. A word in angle brackets or
//! double braces (`<namespace>`, `{{namespace}}`) is asked for. A second word after the language names the strategy of the
//! playbook that the block belongs to (```` ```sh rollback ````); without it the nearest heading that bears the name
//! of a strategy decides, and in the section "Rollback" it is `rollback`.

mod command;
mod field;
mod mark;
mod matching;
mod read;
mod review;
mod section;
mod step;
#[cfg(test)]
mod tests;
mod tree;
mod version;

pub(crate) use command::is_invisible;
pub use command::{CommandLine, VALUE_MAX};
pub use field::check_field;
pub use mark::Mark;
pub use matching::{Candidate, Firing, MatchedBy, runbook_for};
pub use read::{BODY_MAX, Reading, read, read_marked};
pub(crate) use read::{with_images_as, with_pictures_as, without_pictures};
pub use review::{Reviewed, Standing, digest, standing};
pub use section::{Section, SectionKind, missing, template};
pub use step::Step;
pub use tree::{Block, Inline};
pub(crate) use tree::{pictures, plain};
pub use version::{Difference, Edit, Line, LineKind, Tally, Version, compare, edits, tally};
