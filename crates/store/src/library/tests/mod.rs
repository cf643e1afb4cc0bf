//! What a library does, as the people who write in it see it.

mod disk;
mod faults;
mod files;
mod listing;
mod model;
mod sight;
mod speed;
mod story;
mod words;

use super::{HistoryPart, LibraryChange, LibraryStore, NewOwn};
use firebell_domain::incident::{Declaration, IncidentCommand, IncidentEvent};
use firebell_domain::timeline::{Entry, EntryKind};
use firebell_domain::{EntryId, IncidentId, Instant, RunbookId, Severity};
use firebell_log::text::client_id;
use firebell_log::{
    Asked, Bytes, Change, DocumentId, OpId, Operation, OperationBody, RecordId, Scope, Stamp, TextChange,
    TextDocument, WriterId, Written,
};
use firebell_protocol::sync::OpOutcome;
use uuid::Uuid;

pub(super) const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

pub(super) fn at(ms: i64) -> Instant {
    let start: Instant = "2026-11-24T02:13:00Z".parse().unwrap();
    start + chrono::TimeDelta::milliseconds(ms)
}

pub(super) fn writer(n: u128) -> WriterId {
    WriterId(Uuid::from_u128(n))
}

pub(super) fn incident(n: u128) -> IncidentId {
    IncidentId(Uuid::from_u128(n))
}

pub(super) fn runbook(n: u128) -> RunbookId {
    RunbookId(Uuid::from_u128(n))
}

pub(super) fn body(n: u128) -> DocumentId {
    DocumentId { record: RecordId::runbook(runbook(n)), section: "body".into() }
}

pub(super) fn title(record: RecordId, value: &str, replaces: Option<OpId>) -> Change {
    Change::Record { record, field: "title".into(), value: value.into(), replaces }
}

pub(super) fn note(id: u128, incident: IncidentId, text: &str) -> Change {
    Change::Entry(Entry {
        id: EntryId(Uuid::from_u128(id)),
        incident,
        kind: EntryKind::Note,
        text: text.into(),
        reason: None,
        at: at(id as i64),
        corrects: None,
        run: None,
        attachments: vec![],
    })
}

pub(super) fn declaration(title: &str) -> Declaration {
    Declaration {
        title: title.into(),
        severity: Severity::Sev2,
        services: vec!["payments-api".into()],
        detection: None,
        detected_at: None,
        page: None,
        commands: false,
    }
}

pub(super) fn command(incident: IncidentId, command: IncidentCommand) -> Change {
    Change::Command(Asked { incident, command, decided_on: 0, given_at: at(0), good_for_ms: 600_000 })
}

pub(super) fn declare(incident: IncidentId, title: &str) -> Change {
    command(incident, IncidentCommand::Declare(declaration(title)))
}

/// What one person types into a text on one computer.
pub(super) struct Typist {
    document: DocumentId,
    text: TextDocument,
}

impl Typist {
    pub fn new(writer: WriterId, document: DocumentId) -> Self {
        Self { text: TextDocument::new(client_id(writer, &document)), document }
    }

    pub fn types(&mut self, words: &str) -> Change {
        let end = self.text.len_utf16();
        let change = TextChange { at: end, delete: 0, insert: words.into() };
        let update = self.text.edit(&[change]).unwrap();
        Change::Text { document: self.document.clone(), update: Bytes(update) }
    }
}

pub(super) fn written(writer: WriterId, counter: u64, author: &str, ms: i64, change: &Change) -> Written {
    let stamp = Stamp { ms: at(ms).timestamp_millis(), tick: 0 };
    Written::new(OpId { writer, counter }, Scope::Team, author.into(), stamp, change)
}

pub(super) fn logged(seq: u64, op: Written) -> Operation {
    Operation { scope: Scope::Team, seq, at: at(seq as i64), body: OperationBody::Written(op) }
}

/// The team's server decided something.
pub(super) fn decided(
    seq: u64,
    incident: IncidentId,
    version: u64,
    events: Vec<IncidentEvent>,
    asked: Option<OpId>,
) -> Operation {
    let body = OperationBody::Incident { incident, version, events, happened_at: vec![], asked };
    Operation { scope: Scope::Team, seq, at: at(seq as i64), body }
}

pub(super) fn declared(
    seq: u64,
    incident: IncidentId,
    number: u64,
    title: &str,
    asked: Option<OpId>,
) -> Operation {
    let event = IncidentEvent::Declared {
        incident,
        number,
        by: "ben".into(),
        claimed_at: None,
        declaration: declaration(title),
    };
    decided(seq, incident, 1, vec![event], asked)
}

/// Ana's computer, with a library in memory.
pub(super) fn library() -> LibraryStore {
    LibraryStore::in_memory(writer(1)).unwrap()
}

/// Ana writes this, and it is saved.
pub(super) fn write(store: &mut LibraryStore, change: &Change) -> OpId {
    let counter = store.last_counter() + 1;
    let op = written(store.writer(), counter, "ana", counter as i64, change);
    let id = op.id;
    let own = vec![NewOwn { op, after: counter - 1 }];
    store.commit(&LibraryChange { own, ..LibraryChange::default() }).unwrap();
    id
}

pub(super) fn settle(store: &mut LibraryStore, settled: Vec<Operation>) {
    store.commit(&LibraryChange { settled, ..LibraryChange::default() }).unwrap();
}

pub(super) fn answer(store: &mut LibraryStore, answers: Vec<(u64, OpOutcome)>) {
    store.commit(&LibraryChange { answers, ..LibraryChange::default() }).unwrap();
}

pub(super) fn refused(words: &str) -> OpOutcome {
    let code = firebell_domain::refusal::RefusalCode::NotFound;
    OpOutcome::Refused { refusal: firebell_domain::Refusal::new(code, words) }
}
