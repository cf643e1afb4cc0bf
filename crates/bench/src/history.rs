//! A team's history: incidents that were declared, written about, and mostly resolved, one after the other.

use crate::dice::{Dice, Prose};
use firebell_domain::incident::{Declaration, IncidentCommand, IncidentEvent, Status};
use firebell_domain::timeline::{Entry, EntryKind};
use firebell_domain::{EntryId, IncidentId, Instant, PersonId, Severity};
use firebell_log::text::{TextChange, TextDocument, client_id};
use firebell_log::{
    Asked, Bytes, Change, DocumentId, OpId, Operation, OperationBody, RecordId, Scope, Stamp, WriterId,
    Written,
};
use serde_json::Value;
use std::collections::VecDeque;
use uuid::Uuid;

const KINDS: [EntryKind; 7] = [
    EntryKind::Checking,
    EntryKind::Theory,
    EntryKind::Found,
    EntryKind::Need,
    EntryKind::Decision,
    EntryKind::Action,
    EntryKind::Note,
];

/// How much happened.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub incidents: usize,
    /// The last ones are open.
    pub open: usize,
    /// Two fields of each incident, and entries.
    pub writes: usize,
    /// Lines written into one runbook, one before each incident.
    pub lines: usize,
}

impl Size {
    pub fn operations(&self) -> usize {
        self.incidents + (self.incidents - self.open) + self.writes + self.lines
    }
}

/// Everything in its order, made as it is asked for.
pub struct History {
    size: Size,
    seed: u64,
    dice: Dice,
    prose: Prose,
    incident: usize,
    made: usize,
    author: PersonId,
    writer: WriterId,
    runbook: TextDocument,
    body: DocumentId,
    next: VecDeque<Change>,
}

impl History {
    pub fn new(size: Size, seed: u64, author: &str) -> Self {
        let mut dice = Dice::seeded(seed);
        let writer = WriterId(dice.uuid());
        let record = RecordId { kind: RecordId::RUNBOOK.into(), id: dice.uuid() };
        let body = DocumentId { record, section: "body".into() };
        let runbook = TextDocument::new(client_id(writer, &body));
        let (prose, author) = (Prose::new(), PersonId::new(author));
        Self {
            size,
            seed,
            dice,
            prose,
            incident: 0,
            made: 0,
            author,
            writer,
            runbook,
            body,
            next: VecDeque::new(),
        }
    }

    /// How the incidents of this seed are called, in their order.
    pub fn incident_id(seed: u64, n: usize) -> IncidentId {
        IncidentId(Uuid::from_u128((u128::from(seed) << 64) | (n as u128 + 1)))
    }

    pub fn writer(&self) -> WriterId {
        self.writer
    }

    /// All changes as they were written, each under its name.
    pub fn written(mut self) -> impl Iterator<Item = Written> {
        let mut counter = 0;
        std::iter::from_fn(move || {
            let change = self.change()?;
            counter += 1;
            let stamp = Stamp { ms: time(counter).timestamp_millis(), tick: 0 };
            let id = OpId { writer: self.writer, counter };
            Some(Written::new(id, Scope::Team, self.author.clone(), stamp, &change))
        })
    }

    /// The same as it stands in a team's log.
    pub fn operations(self) -> impl Iterator<Item = Operation> {
        let mut number = 0;
        self.written().map(move |op| {
            let (seq, at) = (op.id.counter, time(op.id.counter));
            let body = match op.change() {
                Some(Change::Command(asked)) => {
                    let (version, event) = decided(&asked, &op.author, &mut number);
                    let (incident, happened_at) = (asked.incident, vec![]);
                    let events = vec![event];
                    OperationBody::Incident { incident, version, events, happened_at, asked: Some(op.id) }
                }
                _ => OperationBody::Written(op),
            };
            Operation { scope: Scope::Team, seq, at, body }
        })
    }

    fn change(&mut self) -> Option<Change> {
        if self.next.is_empty() && self.incident < self.size.incidents {
            self.live_through();
        }
        self.next.pop_front()
    }

    /// One incident, from its declaration on.
    fn live_through(&mut self) {
        let n = self.incident;
        self.incident += 1;
        let id = Self::incident_id(self.seed, n);
        let record = RecordId::incident(id);
        let field = |field: &str, value: String| Change::Record {
            record: record.clone(),
            field: field.into(),
            value: Value::String(value),
            replaces: None,
        };
        if n < self.size.lines {
            self.type_on();
        }
        let declaration = Declaration {
            title: self.prose.sentence(&mut self.dice, 6),
            severity: [Severity::Sev1, Severity::Sev2, Severity::Sev3][n % 3],
            services: vec![],
            detection: None,
            detected_at: None,
            page: None,
            commands: false,
        };
        self.next.push_back(command(id, IncidentCommand::Declare(declaration), 0));
        let due = self.size.writes * (n + 1) / self.size.incidents;
        for name in ["title", "impact"] {
            if self.made < due {
                self.made += 1;
                let words = self.prose.sentence(&mut self.dice, 7);
                self.next.push_back(field(name, words));
            }
        }
        while self.made < due {
            self.made += 1;
            let entry = self.entry(id, time(self.made as u64));
            self.next.push_back(Change::Entry(entry));
        }
        if n + self.size.open < self.size.incidents {
            self.next.push_back(command(id, IncidentCommand::SetStatus { to: Status::Resolved }, 1));
        }
    }

    fn entry(&mut self, incident: IncidentId, at: Instant) -> Entry {
        let words = 8 + self.dice.below(14);
        Entry {
            id: EntryId(self.dice.uuid()),
            incident,
            kind: KINDS[self.dice.below(KINDS.len())],
            text: self.prose.sentence(&mut self.dice, words),
            reason: None,
            at,
            corrects: None,
            run: None,
            attachments: vec![],
        }
    }

    fn type_on(&mut self) {
        let insert = format!("{}\n", self.prose.sentence(&mut self.dice, 5));
        let at = self.runbook.len_utf16();
        if let Ok(update) = self.runbook.edit(&[TextChange { at, delete: 0, insert }]) {
            self.next.push_back(Change::Text { document: self.body.clone(), update: Bytes(update) });
        }
    }
}

fn command(incident: IncidentId, command: IncidentCommand, decided_on: u64) -> Change {
    let good_for_ms = u64::from(u32::MAX);
    Change::Command(Asked { incident, command, decided_on, given_at: time(0), good_for_ms })
}

/// What a server makes of the two commands that occur here.
fn decided(asked: &Asked, by: &PersonId, number: &mut u64) -> (u64, IncidentEvent) {
    let by = by.clone();
    match &asked.command {
        IncidentCommand::Declare(declaration) => {
            *number += 1;
            let (incident, declaration) = (asked.incident, declaration.clone());
            (1, IncidentEvent::Declared { incident, number: *number, by, claimed_at: None, declaration })
        }
        _ => {
            let (from, to) = (Status::Investigating, Status::Resolved);
            (2, IncidentEvent::StatusChanged { by, from, to, skipped: vec![] })
        }
    }
}

/// A second for every operation, from the first day of 2026 on.
fn time(n: u64) -> Instant {
    chrono::DateTime::from_timestamp(1_767_225_600 + n as i64, 0).unwrap_or_default()
}
