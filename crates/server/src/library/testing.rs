//! What the stories of the library begin with: people's computers that write.

use crate::clock::{Clock, SystemClock};
use crate::engine::testing;
use crate::storage::{DatabaseUrl, Device, NewDevice, Storage};
use firebell_domain::incident::{Declaration, IncidentCommand};
use firebell_domain::timeline::{Entry, EntryKind};
use firebell_domain::{DeviceId, EntryId, IncidentId, Severity};
use firebell_log::text::{TextChange, TextDocument, client_id};
use firebell_log::{Asked, Bytes, Change, DocumentId, Era, OpId, RecordId, Scope, Stamp, WriterId, Written};
use firebell_protocol::sync::{OpAnswer, OpOutcome, Submission};
use std::sync::Arc;
use uuid::Uuid;

pub fn open(url: &DatabaseUrl) -> Storage {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Storage::open(url, clock.clone(), clock.now(), None, |_| {}).unwrap()
}

/// With the team: Ana (an admin), Ben (a responder) and Eve (a stakeholder).
pub async fn with_team(url: &DatabaseUrl) -> Storage {
    let storage = open(url);
    let mut team = testing::team();
    let eve = serde_json::json!({ "id": "eve", "name": "Eve Reads", "email": "eve@example.com", "role": "stakeholder" });
    team.people.push(serde_json::from_value(eve).unwrap());
    storage.write(move |tx| tx.put_team(0, &team, "init")).await.unwrap();
    storage.write(|tx| tx.set_era(Era(Uuid::now_v7()))).await.unwrap();
    storage
}

/// One library of one person: counts, and remembers what it submitted.
pub struct Desktop {
    pub device: Device,
    pub writer: WriterId,
    pub counter: u64,
}

impl Desktop {
    pub async fn of(storage: &Storage, person: &str) -> Self {
        let (id, hash) = (DeviceId(Uuid::now_v7()), crate::secret::hash(&Uuid::now_v7().to_string()));
        let (person, new) = (
            person.to_owned(),
            NewDevice { id, name: "laptop".into(), platform: "linux".into(), token_hash: hash },
        );
        let device = storage
            .write(move |tx| {
                let tomorrow = tx.now() + chrono::TimeDelta::days(1);
                tx.create_invite(&new.token_hash, &person.as_str().into(), tomorrow)?;
                tx.enrol(&new.token_hash, &new)?.unwrap();
                tx.device(id)
            })
            .await
            .unwrap()
            .unwrap();
        Self { device, writer: WriterId(Uuid::now_v7()), counter: 0 }
    }

    /// The next operation.
    pub fn write(&mut self, change: &Change) -> Submission {
        self.counter += 1;
        let id = OpId { writer: self.writer, counter: self.counter };
        let stamp = Stamp { ms: 1_000 + self.counter as i64, tick: 0 };
        let op = Written::new(id, Scope::Team, self.device.person.clone(), stamp, change);
        Submission { after: self.counter - 1, op, waited_ms: 0 }
    }

    pub async fn submit(&self, storage: &Storage, ops: Vec<Submission>) -> Vec<OpAnswer> {
        let device = self.device.clone();
        storage.write(move |tx| super::submit(tx, &device, ops)).await.unwrap()
    }

    /// Writes and submits one change.
    pub async fn say(&mut self, storage: &Storage, change: &Change) -> OpOutcome {
        let submission = self.write(change);
        self.submit(storage, vec![submission]).await.remove(0).outcome
    }

    /// Types at the end of a text; the change, and the document as it then is here.
    pub fn types(&self, text: &mut TextDocument, document: &DocumentId, words: &str) -> Change {
        let at = text.len_utf16();
        let update = text.edit(&[TextChange { at, delete: 0, insert: words.into() }]).unwrap();
        Change::Text { document: document.clone(), update: Bytes(update) }
    }

    pub fn text(&self, document: &DocumentId) -> TextDocument {
        TextDocument::new(client_id(self.writer, document))
    }
}

pub fn incident_id(n: u128) -> IncidentId {
    IncidentId(Uuid::from_u128(n))
}

pub fn command(incident: IncidentId, command: IncidentCommand, decided_on: u64) -> Change {
    let given_at = SystemClock.now();
    Change::Command(Asked { incident, command, decided_on, given_at, good_for_ms: 3_600_000 })
}

pub fn declare(incident: IncidentId, title: &str) -> Change {
    let declaration = Declaration {
        title: title.into(),
        severity: Severity::Sev2,
        services: vec![],
        detection: None,
        detected_at: None,
        page: None,
        commands: false,
    };
    command(incident, IncidentCommand::Declare(declaration), 0)
}

pub fn note(incident: IncidentId, text: &str) -> Change {
    Change::Entry(Entry {
        id: EntryId(Uuid::now_v7()),
        incident,
        kind: EntryKind::Note,
        text: text.into(),
        reason: None,
        at: SystemClock.now(),
        corrects: None,
        run: None,
        attachments: vec![],
    })
}

pub fn field(record: RecordId, field: &str, value: &str, replaces: Option<OpId>) -> Change {
    Change::Record { record, field: field.into(), value: value.into(), replaces }
}

pub fn runbook(n: u128) -> RecordId {
    RecordId { kind: RecordId::RUNBOOK.into(), id: Uuid::from_u128(n) }
}

pub fn body_of(record: RecordId) -> DocumentId {
    DocumentId { record, section: "body".into() }
}

/// The words of a refusal.
#[track_caller]
pub fn refusal(outcome: &OpOutcome) -> &firebell_domain::Refusal {
    match outcome {
        OpOutcome::Refused { refusal } => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[track_caller]
pub fn place(outcome: &OpOutcome) -> u64 {
    match outcome {
        OpOutcome::Accepted { seq, .. } => *seq,
        other => panic!("not accepted: {other:?}"),
    }
}

/// Only these people see it.
pub fn declare_privately(incident: IncidentId, title: &str, people: &[&str]) -> Change {
    let Change::Command(Asked { command: IncidentCommand::Declare(declaration), .. }) =
        declare(incident, title)
    else {
        unreachable!("that is what it makes")
    };
    let people = people_of(people);
    command(incident, IncidentCommand::DeclarePrivately { declaration, people }, 0)
}

pub fn make_private(incident: IncidentId, people: &[&str]) -> Change {
    let (people, reason) = (people_of(people), "about a person".into());
    command(incident, IncidentCommand::MakePrivate { people, reason }, 1)
}

pub fn change_people(incident: IncidentId, add: &[&str], remove: &[&str]) -> Change {
    let (add, remove, reason) = (people_of(add), people_of(remove), "they are needed".into());
    command(incident, IncidentCommand::ChangePeople { add, remove, reason }, 1)
}

/// By somebody who saw this version of it.
pub fn make_public(incident: IncidentId, decided_on: u64) -> Change {
    command(incident, IncidentCommand::MakePublic { reason: "it is over".into() }, decided_on)
}

fn people_of(people: &[&str]) -> Vec<firebell_domain::PersonId> {
    people.iter().map(|person| (*person).into()).collect()
}
