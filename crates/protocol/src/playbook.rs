//! The team's playbook on its way: what the window is told of it, and the bodies of `/api/v1/playbook`.

use firebell_domain::language::Rule;
use firebell_domain::playbook::{Difference, Playbook, PlaybookChanges};
use firebell_domain::update::{Finding, TemplateError};
use firebell_domain::{Instant, PersonId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The playbook that holds on this computer, online or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PlaybookState {
    /// Of the team's document as this computer has it; 0 without a team.
    pub version: u64,
    /// What holds: the field's default with the team's changes.
    pub playbook: Playbook,
    /// What holds where a team decided nothing.
    pub usual: Playbook,
    /// What the team does otherwise.
    pub changes: PlaybookChanges,
    /// The person of this computer is an admin of the team.
    pub may_edit: bool,
    /// The names of those who may, in the order of the team.
    pub editors: Vec<String>,
    /// What templates can say, for the editor's help.
    pub variables: Vec<TemplateVariable>,
    /// The rules of the language check that come with the product: each can be left out.
    pub language: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TemplateVariable {
    pub name: String,
    /// What it is, in a few words.
    pub is: String,
}

/// What a template makes of an incident that never was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TemplatePreview {
    /// Empty when there are mistakes.
    pub text: String,
    /// In the order of the lines.
    pub errors: Vec<TemplateError>,
    /// Words of the text that do not belong outside; only for audiences outside.
    pub findings: Vec<Finding>,
}

/// `GET /api/v1/playbook`, and the answer to a `PUT`: what holds now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PlaybookBody {
    /// Of the team's document. A `PUT` names it, so that nobody saves over what they have not seen.
    pub version: u64,
    pub changes: PlaybookChanges,
    /// The default with these changes.
    pub playbook: Playbook,
}

/// `PUT /api/v1/playbook`. Also how an older one is restored: with its changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavePlaybook {
    pub changes: PlaybookChanges,
    /// A version with the playbook that these changes were made from.
    pub expected: u64,
}

/// `GET /api/v1/playbook/versions/{version}`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PlaybookVersion {
    pub version: u64,
    pub at: Instant,
    /// Who saved it in the app; `None`: it came otherwise, and `by` says how.
    pub person: Option<PersonId>,
    /// A name, or a few words.
    pub by: String,
    pub changes: PlaybookChanges,
    pub playbook: Playbook,
}

/// One line of `GET /api/v1/playbook/versions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PlaybookVersionRow {
    pub version: u64,
    pub at: Instant,
    pub person: Option<PersonId>,
    pub by: String,
    /// From the one before it, in words; of the first one, from what is usual.
    pub differences: Vec<Difference>,
}

/// `GET /api/v1/playbook/versions?before=…`: newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct PlaybookVersions {
    pub versions: Vec<PlaybookVersionRow>,
    /// Ask for those before this version for older ones; `None`: these are all.
    pub before: Option<u64>,
}
