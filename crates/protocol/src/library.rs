//! What the window is told of the library: incidents, timelines, runbooks, search, and how far the team knows it.

use firebell_domain::incident::{Incident, IncidentCommand, RecordedIncident};
use firebell_domain::runbook::Reviewed;
use firebell_domain::timeline::Entry;
use firebell_domain::{EntryId, IncidentId, Instant, PersonId, RunbookId};
use firebell_log::{OpId, RecordId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use ts_rs::TS;

/// How far this computer and the team know the same. The window makes the sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SyncState {
    /// There is no team: this computer is its own authority.
    pub alone: bool,
    pub connected: bool,
    /// Since when there is no connection; `None` with one, or alone.
    pub offline_since: Option<Instant>,
    /// Changes that the team does not know yet.
    pub waiting: u32,
    /// The oldest 100 of them.
    pub waiting_first: Vec<WaitingChange>,
    /// Changes that were not accepted and wait for the person.
    pub drafts: u32,
    /// The history of the team that still has to come.
    pub catching_up: Option<Progress>,
    /// What the person should know about the store: it was repaired, it is full.
    pub notice: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WaitingChange {
    pub op: OpId,
    pub record: RecordId,
    /// The title of the incident or runbook.
    pub title: String,
    /// In words: "title", "a note", "status: resolved".
    pub what: String,
    pub at: Instant,
}

/// One incident as listed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct IncidentRow {
    /// As decided, or as it will be when the team hears of it (`pending`).
    pub incident: Incident,
    /// The record's title, or the declared one.
    pub title: String,
    /// Something about it is not yet known to the team.
    pub pending: bool,
    /// Entries of its timeline.
    pub entries: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct IncidentDetail {
    pub row: IncidentRow,
    /// `title`, `impact`, `links`, … by name.
    pub fields: BTreeMap<String, FieldView>,
    /// Oldest first, by when it happened.
    pub timeline: Vec<EntryView>,
    pub history: Vec<RecordedIncident>,
    /// What was asked here and not answered yet, oldest first.
    pub asked: Vec<PendingCommand>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PendingCommand {
    pub op: OpId,
    pub command: IncidentCommand,
    pub given_at: Instant,
}

/// A field as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FieldView {
    #[ts(type = "unknown")]
    pub value: Value,
    /// The write it comes from: named as `replaces` by whoever changes it.
    pub write: OpId,
    pub author: PersonId,
    pub at: Instant,
    /// Not yet known to the team.
    pub pending: bool,
    /// Writes that say something else and lost against it without having been seen by its author.
    pub overruled: u32,
}

/// One write in a field's history, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FieldVersion {
    pub write: OpId,
    #[ts(type = "unknown")]
    pub value: Value,
    pub author: PersonId,
    pub at: Instant,
    pub pending: bool,
    pub standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The field has this value.
    Current,
    /// Somebody saw it and wrote another, or what it says stands in another write.
    Replaced,
    /// Written at the same time as a later one that says something else; nobody has looked at it.
    Overruled,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct EntryView {
    pub entry: Entry,
    pub author: PersonId,
    pub pending: bool,
    /// The newest entry that takes its place.
    pub corrected_by: Option<EntryId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RunbookRow {
    pub id: RunbookId,
    pub title: String,
    pub owner: Option<PersonId>,
    pub service: Option<String>,
    /// Day (`2026-11-25`) of the last review.
    pub last_reviewed: Option<String>,
    /// The last review, of the text as it stood then. Older ones have a day alone.
    pub reviewed: Option<Reviewed>,
    /// Day on which its commands were last tried.
    pub tested_on: Option<String>,
    /// An alert with all of these labels is about it.
    pub labels: BTreeMap<String, String>,
    /// Links by which alerts name it.
    pub urls: Vec<String>,
    pub archived: bool,
    pub pending: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RunbookDetail {
    pub row: RunbookRow,
    /// `title`, `owner`, `service`, `last_reviewed`, `reviewed`, `tested_on`, `labels`, `urls`, `archived` by name;
    /// `version` without its text.
    pub fields: BTreeMap<String, FieldView>,
    /// The document to open for its body.
    pub body: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SearchHit {
    pub kind: HitKind,
    /// The id of the incident, entry or runbook; the slug of a person or service.
    pub id: String,
    /// Where an entry belongs.
    pub incident: Option<IncidentId>,
    pub title: String,
    /// The place that matched; what matched stands between U+E000 and U+E001.
    pub excerpt: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HitKind {
    Incident,
    Entry,
    /// By the id of its incident.
    Postmortem,
    Runbook,
    Person,
    Service,
}

/// What was not accepted, with the words kept: changes about one record that were refused together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Draft {
    pub id: u64,
    pub record: RecordId,
    pub title: String,
    /// Why, and what can be done.
    pub words: String,
    pub at: Instant,
    pub changes: Vec<DraftChange>,
    /// It can be sent again as it is.
    pub can_repeat: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DraftChange {
    /// In words: "a note", "title".
    pub what: String,
    /// The person's own words.
    pub text: String,
}

/// A text as the editor opens it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TextOpened {
    pub version: u32,
    pub text: String,
    pub peers: Vec<Peer>,
}

/// A change set of the editor (`@codemirror/collab`): its id of the editing window, and the change as CodeMirror
/// writes it to JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TextUpdate {
    pub client: String,
    #[ts(type = "unknown")]
    pub changes: Value,
}

/// What follows a version of the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TextUpdates {
    pub updates: Vec<TextUpdate>,
    pub peers: Vec<Peer>,
    /// The version asked from is too old: open the text again. What was not pushed yet is kept by the editor.
    pub reopen: bool,
}

/// Somebody else who writes in the same text now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Peer {
    pub person: PersonId,
    pub name: String,
    pub device: String,
    /// UTF-16 offsets.
    pub selection: (u32, u32),
}
