//! Incidents, timelines, runbooks, texts, search, drafts, and how far the team knows them.

use super::Nothing;
use crate::ClientApp;
use crate::app::shelf::Event;
use crate::library::{GONE, NewEntry};
use crate::words::error;
use firebell_domain::attachment::Attachment;
use firebell_domain::incident::{Declaration, IncidentCommand};
use firebell_domain::timeline::EntryKind;
use firebell_domain::{EntryId, IncidentId, Instant, PersonId, RunbookId};
use firebell_log::{OpId, RecordId};
use firebell_protocol::library::{
    Draft, FieldVersion, IncidentRow, RunbookDetail, RunbookRow, SearchHit, SyncState, TextOpened,
    TextUpdate, TextUpdates,
};
use firebell_protocol::window::WindowError;
use firebell_store::library::IncidentFilter;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// Rows of a list; more are found by searching.
const LIST_MAX: u32 = 5_000;

fn gone(what: &str) -> WindowError {
    error("refused", format!("This {what} is not known on this computer (any more). Look at the list again."))
}

pub(super) async fn sync_state(app: Arc<ClientApp>, _: Nothing) -> Result<SyncState, WindowError> {
    tokio::task::spawn_blocking(move || app.sync_state()).await.unwrap_or_else(|_| {
        Err(error("store", "The library could not be read; the log says why. Try again."))
    })
}

#[derive(Deserialize)]
pub(super) struct Name {
    name: String,
}

pub(super) async fn alone_start(app: Arc<ClientApp>, args: Name) -> Result<(), WindowError> {
    app.clone().written(move |l, at| l.start_alone(&args.name, at)).await?;
    app.tell(firebell_protocol::window::Change::State);
    Ok(())
}

pub(super) async fn incidents(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<IncidentRow>, WindowError> {
    app.look(|q| q.incidents(&IncidentFilter::default(), LIST_MAX, 0)).await
}

/// An incident that was looked up, and whether it was taken out of the person's sight.
pub(super) fn gone_or<T>((found, is_gone): (Option<T>, bool)) -> Result<T, WindowError> {
    found.ok_or_else(|| if is_gone { error("refused", GONE) } else { gone("incident") })
}

#[derive(Deserialize)]
pub(super) struct Declare {
    declaration: Declaration,
    /// Who sees it beside its author; `None`: the whole team.
    people: Option<Vec<PersonId>>,
}

pub(super) async fn incident_declare(app: Arc<ClientApp>, args: Declare) -> Result<IncidentId, WindowError> {
    let Declare { declaration, people } = args;
    app.written(move |l, at| match people {
        None => l.declare(declaration, at),
        Some(people) => l.declare_privately(declaration, people, at),
    })
    .await
}

#[derive(Deserialize)]
pub(super) struct AskIncident {
    incident: IncidentId,
    command: IncidentCommand,
}

pub(super) async fn incident_ask(app: Arc<ClientApp>, args: AskIncident) -> Result<(), WindowError> {
    let asked = app.clone().written(move |l, at| l.incident_ask(args.incident, args.command, at)).await;
    // The rules know people by their ids.
    asked.map_err(|e| match app.team() {
        Some(team) => WindowError { words: team.with_names(&e.words), ..e },
        None => e,
    })
}

#[derive(Deserialize)]
pub(super) struct AddEntry {
    incident: IncidentId,
    kind: EntryKind,
    text: String,
    reason: Option<String>,
    at: Option<Instant>,
    corrects: Option<EntryId>,
    #[serde(default)]
    attachments: Vec<Attachment>,
}

pub(super) async fn entry_add(app: Arc<ClientApp>, args: AddEntry) -> Result<EntryId, WindowError> {
    let AddEntry { incident, kind, text, reason, at: happened, corrects, attachments } = args;
    // On this disk first: a crash in between leaves something that nothing names, and not a name of nothing.
    let attachments = app.clone().name_attachments(incident, attachments, corrects).await?;
    let new = NewEntry { incident, kind, text, reason, at: happened, corrects, attachments };
    let added = app.clone().written(move |l, at| l.entry_add(new, at)).await;
    app.attachments.wake();
    added
}

#[derive(Deserialize)]
pub(super) struct SetRecord {
    record: RecordId,
    field: String,
    value: Value,
    replaces: Option<OpId>,
}

pub(super) async fn record_set(app: Arc<ClientApp>, args: SetRecord) -> Result<OpId, WindowError> {
    app.written(move |l, at| l.record_set(args.record, &args.field, args.value, args.replaces, at)).await
}

#[derive(Deserialize)]
pub(super) struct TheField {
    record: RecordId,
    field: String,
}

pub(super) async fn field_history(
    app: Arc<ClientApp>,
    args: TheField,
) -> Result<Vec<FieldVersion>, WindowError> {
    app.look(move |q| q.field_history(&args.record, &args.field)).await
}

pub(super) async fn runbooks(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<RunbookRow>, WindowError> {
    app.look(|q| q.runbooks()).await
}

#[derive(Deserialize)]
pub(super) struct TheRunbook {
    runbook: RunbookId,
}

pub(super) async fn runbook(app: Arc<ClientApp>, args: TheRunbook) -> Result<RunbookDetail, WindowError> {
    app.look(move |q| q.runbook(args.runbook)).await?.ok_or_else(|| gone("runbook"))
}

#[derive(Deserialize)]
pub(super) struct Title {
    title: String,
}

pub(super) async fn runbook_create(app: Arc<ClientApp>, args: Title) -> Result<RunbookId, WindowError> {
    app.written(move |l, at| l.runbook_create(&args.title, at)).await
}

#[derive(Deserialize)]
pub(super) struct Search {
    query: String,
    limit: u32,
}

pub(super) async fn search(app: Arc<ClientApp>, args: Search) -> Result<Vec<SearchHit>, WindowError> {
    app.look(move |q| q.search(&args.query, args.limit.min(200))).await
}

pub(super) async fn drafts(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<Draft>, WindowError> {
    app.look(|q| q.drafts()).await
}

#[derive(Deserialize)]
pub(super) struct TheDraft {
    id: u64,
}

pub(super) async fn draft_repeat(app: Arc<ClientApp>, args: TheDraft) -> Result<(), WindowError> {
    app.written(move |l, at| l.draft_repeat(args.id, at)).await
}

pub(super) async fn draft_discard(app: Arc<ClientApp>, args: TheDraft) -> Result<(), WindowError> {
    app.written(move |l, at| l.draft_discard(args.id, at)).await
}

#[derive(Deserialize)]
pub(super) struct TheDocument {
    document: String,
}

pub(super) async fn text_open(app: Arc<ClientApp>, args: TheDocument) -> Result<TextOpened, WindowError> {
    app.written(move |l, at| l.text_open(&args.document, at)).await
}

#[derive(Deserialize)]
pub(super) struct Push {
    document: String,
    version: u32,
    updates: Vec<TextUpdate>,
}

/// False: somebody else was faster; the editor asks what is new, and pushes again.
pub(super) async fn text_push(app: Arc<ClientApp>, args: Push) -> Result<bool, WindowError> {
    let accepted = app
        .clone()
        .written(move |l, at| l.text_push(&args.document, args.version, &args.updates, at))
        .await?;
    if accepted {
        app.shelf.tell(Event::Typed);
    }
    Ok(accepted)
}

#[derive(Deserialize)]
pub(super) struct Since {
    document: String,
    version: u32,
}

pub(super) async fn text_updates(app: Arc<ClientApp>, args: Since) -> Result<TextUpdates, WindowError> {
    app.written(move |l, at| l.text_updates(&args.document, args.version, at)).await
}

#[derive(Deserialize)]
pub(super) struct Selection {
    document: String,
    selection: Option<(u32, u32)>,
}

pub(super) async fn text_presence(app: Arc<ClientApp>, args: Selection) -> Result<(), WindowError> {
    app.written(move |l, at| l.text_presence(&args.document, args.selection, at)).await
}

/// What is wrong with the library's file, in words; empty when all is well. Reads everything.
pub(super) async fn library_check(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<String>, WindowError> {
    app.look(|q| q.check()).await
}

/// Makes everything that is shown anew from the log.
pub(super) async fn library_rebuild(app: Arc<ClientApp>, _: Nothing) -> Result<(), WindowError> {
    app.written(|l, _| l.rebuild()).await
}
