//! What the window is told of postmortems and of actions.

use crate::library::{FieldView, IncidentRow};
use crate::room::PlacedFinding;
use firebell_domain::playbook::Need;
use firebell_domain::postmortem::{
    Action, Alike, Comment, LanguageNote, Line, Missing, OpenToPublish, Postmortem, PostmortemFacts,
    Published, Section, Stage, Step, Waits,
};
use firebell_domain::runbook::{Block, Difference};
use firebell_domain::{IncidentId, Instant, PersonId};
use firebell_log::OpId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// A postmortem as it stands on this computer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PostmortemView {
    pub incident: IncidentId,
    pub postmortem: Postmortem,
    /// The written one, or the usual one.
    pub title: String,
    pub facts: PostmortemFacts,
    /// All candidates for the timeline, oldest first.
    pub lines: Vec<Line>,
    pub sections: Vec<SectionView>,
    /// In the order of the text; those whose words are gone last in their section.
    pub comments: Vec<PlacedComment>,
    pub missing: Vec<Missing>,
    /// Where it goes from here, the usual way first.
    pub steps: Vec<Step>,
    /// What is said before it is published.
    pub open_to_publish: Vec<OpenToPublish>,
    pub public: PublicVersion,
    /// It is closed, and its incident only resolved, which can be closed now, too.
    pub lets_close: bool,
    pub published: Option<PublishedSince>,
    /// A good time for the review meeting.
    pub meeting_suggested: Option<Instant>,
    pub due: Option<PostmortemDue>,
    /// Its fields by name, for their history and for which of them are pending.
    pub fields: BTreeMap<String, FieldView>,
    /// The team does not know all of it yet: a field, or words of a section.
    pub pending: bool,
    /// Only these people see it; `None`: the whole team.
    pub people: Option<Vec<PersonId>>,
    /// Whoever looks at it changes it, too; else they read along.
    pub may_write: bool,
}

/// The text for people outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PublicVersion {
    /// To open for its text.
    pub document: String,
    /// What it says, read.
    pub blocks: Vec<Block>,
    pub says: bool,
    /// What to look at again: words of ours, hosts, names.
    pub notes: Vec<PublicNote>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PublicNote {
    pub text: String,
    pub finding: PlacedFinding,
}

/// What was published, beside what stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PublishedSince {
    pub last: Published,
    /// Passages that read otherwise now.
    pub changed: u32,
}

/// A document that was published, as it stood then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PublishedRead {
    /// Each time that it was published, the one that stands first.
    pub versions: Vec<PublishedRow>,
    /// Which of them this is.
    pub write: OpId,
    /// What it says, read.
    pub blocks: Vec<Block>,
    /// Its end was not read: it is too long.
    pub cut: bool,
    /// What has to be done to it to have what stands now.
    pub difference: Difference,
    /// Whoever reads it may publish what was corrected.
    pub may_write: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PublishedRow {
    pub write: OpId,
    pub published: Published,
}

/// A section with what is written in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SectionView {
    pub section: Section,
    /// To open for its text.
    pub document: String,
    /// What it says, read.
    pub blocks: Vec<Block>,
    /// What the language check points at, in its text first.
    pub language: Vec<LanguageNote>,
    /// It says something.
    pub says: bool,
    /// Its end was not read: it is too long.
    pub cut: bool,
}

/// A comment with where its passage is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlacedComment {
    pub comment: Comment,
    /// In its section's text, in UTF-16 units; `None`: the words are gone.
    pub place: Option<(u32, u32)>,
    /// What stands there now; empty when the words are gone.
    pub words: String,
    /// It suggests other words for those that do not stand there any more.
    pub changed: bool,
    pub mine: bool,
}

/// A comment on what is selected in an editor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewComment {
    pub section: String,
    /// Of the text, as the editor has it.
    pub version: u32,
    /// In UTF-16 units.
    pub place: (u32, u32),
    pub text: String,
    /// What to write instead.
    pub suggestion: Option<String>,
}

/// What a section said after a sitting of its authors, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SectionVersion {
    /// Names it: the last write of the sitting.
    pub write: OpId,
    /// Several wrote at the same time.
    pub authors: Vec<PersonId>,
    /// When the last of it was written.
    pub at: Instant,
    /// Lines that came and went since the one before.
    pub added: u32,
    pub removed: u32,
    /// Not yet known to the team.
    pub pending: bool,
}

/// By when what has to be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PostmortemDue {
    pub need: Need,
    pub draft_due: Instant,
    pub reminder: Instant,
    pub review_by: Instant,
    pub owner: Option<PersonId>,
}

/// One postmortem as listed: one that was begun, or one that is needed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PostmortemRow {
    pub incident: IncidentRow,
    pub title: String,
    pub started: bool,
    pub stage: Stage,
    pub authors: Vec<PersonId>,
    pub due: Option<PostmortemDue>,
    pub actions: u32,
    /// Those that are not done or dropped.
    pub actions_open: u32,
    /// Something of it is not yet known to the team.
    pub pending: bool,
}

/// An action with where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ActionRow {
    pub action: Action,
    pub incident: IncidentId,
    pub number: u64,
    pub postmortem: String,
    /// Days since it was due; `None`: it is not overdue.
    pub days_overdue: Option<u32>,
}

/// In which form a postmortem is written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum PostmortemFormat {
    Markdown,
    /// One page that stands by itself.
    Html,
    Pdf,
    /// As data, which can be imported.
    Yaml,
    /// As data, the same shape.
    Json,
}

impl PostmortemFormat {
    /// How the name of the file ends.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Yaml => "yaml",
            Self::Json => "json",
        }
    }
}

/// What came of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PostmortemImported {
    pub incident: IncidentId,
    pub title: String,
    /// A sentence each; its words stand in a section.
    pub not_understood: Vec<String>,
}

/// An incident that was like another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SimilarRow {
    pub incident: IncidentRow,
    pub why: Vec<Alike>,
    /// There is one to be read.
    pub has_postmortem: bool,
}

/// One thing that waits for the person of this computer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WaitingRow {
    pub incident: IncidentId,
    pub number: u64,
    /// The title of the postmortem that it is about.
    pub postmortem: String,
    pub waits: Waits,
    pub is_late: bool,
}

/// All actions of the team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ActionBoard {
    /// What is late first, the longest; then by priority and by when they are due.
    pub rows: Vec<ActionRow>,
    /// Done ÷ created in the last 90 days, 0 to 1; `None` without any.
    pub follow_through: Option<f64>,
    /// Whoever looks at it changes them, too; else they read along.
    pub may_write: bool,
}
