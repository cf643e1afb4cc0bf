//! What the window is told of a runbook's text, its versions, and of the commands that are run from it.

use crate::library::RunbookRow;
use firebell_domain::run::RunRecord;
use firebell_domain::runbook::{Block, MatchedBy, Section, Standing, Step};
use firebell_domain::{EntryId, IncidentId, Instant, PersonId};
use firebell_log::OpId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A runbook's text as it stands now, read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RunbookRead {
    pub blocks: Vec<Block>,
    pub sections: Vec<Section>,
    /// Sections that the playbook wants and that say nothing yet.
    pub missing: Vec<String>,
    pub steps: Vec<StepView>,
    /// Names the text; said again by whoever has reviewed it.
    pub digest: String,
    pub standing: Standing,
    /// When the next review is due; `None` while there is none that counts.
    pub review_due: Option<Instant>,
    /// Why no command of it can be run here now; `None` when those that need no shell can.
    pub not_run: Option<String>,
    /// The text differs from the newest version that was kept.
    pub changed: bool,
    /// Its end was not read: it is too long.
    pub cut: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct StepView {
    pub step: Step,
    /// The strategy of the playbook that it carries out, by its id.
    pub strategy: Option<String>,
    /// Why this one cannot be run; it can be copied.
    pub refused: Option<String>,
}

/// The runbook that belongs to an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RunbookFound {
    pub row: RunbookRow,
    pub by: MatchedBy,
}

/// A version of a runbook's text, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RunbookVersionRow {
    /// Names it.
    pub write: OpId,
    pub author: PersonId,
    pub at: Instant,
    pub note: String,
    /// Lines that came and went since the one before.
    pub added: u32,
    pub removed: u32,
    /// The last review was of this text.
    pub reviewed: bool,
    /// Not yet known to the team.
    pub pending: bool,
}

/// A command as it would be run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RunPrepared {
    /// The words, arguments filled in. Each goes to the program as it stands here.
    pub argv: Vec<String>,
    /// The same as one line, quoted so that it can be pasted into a terminal.
    pub line: String,
    /// Where the program was found.
    pub program: String,
    pub warnings: Vec<String>,
    /// Seconds until it is stopped.
    pub time_out_s: u32,
}

/// A run on this computer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RunState {
    pub record: RunRecord,
    pub incident: IncidentId,
    /// The entry that says how it ended, or that it began.
    pub entry: EntryId,
    /// What was asked for from `after` on.
    pub lines: Vec<RunLine>,
    /// Lines so far; ask for what comes after it.
    pub total: u64,
    /// Somebody pressed stop, and it has not ended yet.
    pub stopping: bool,
    /// Lines in the middle that were too many to keep.
    pub skipped: u64,
    /// Why the end could not be written into the timeline.
    pub unrecorded: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RunLine {
    /// From 0, in the order in which they came.
    pub number: u64,
    /// It came on the error stream.
    pub is_error: bool,
    pub text: String,
}
