//! A server without threads, on a clock that the story moves, and people who ask it for things.

use crate::engine::{decide, testing, timers};
use crate::library;
use crate::ringing;
use crate::storage::{DatabaseUrl, Db, Device, StorageError, Tx, open_db, read, transact};
use firebell_domain::incident::{Declaration, Incident, IncidentCommand, IncidentEvent};
use firebell_domain::page::{Actor, Command, Page, PageEvent, Via};
use firebell_domain::playbook::Audience;
use firebell_domain::refusal::Refusal;
use firebell_domain::timeline::{Entry, EntryKind};
use firebell_domain::update::{StatusUpdate, Told};
use firebell_domain::{DeviceId, EntryId, IncidentId, Instant, PageId, Severity, UpdateId};
use firebell_log::{Asked, Change, OpId, OperationBody, Scope, Stamp, WriterId, Written};
use firebell_protocol::sync::{OpOutcome, Submission};
use std::collections::BTreeMap;
use uuid::Uuid;

pub struct World {
    db: Db,
    pub now: Instant,
    pub operations: Vec<OperationBody>,
    counters: BTreeMap<&'static str, u64>,
}

impl World {
    /// A Saturday night. PostgreSQL has a clock of its own: there, no time passes in a story.
    pub fn at(url: &DatabaseUrl) -> Self {
        let db = open_db(url).unwrap();
        let now = "2026-11-21T02:13:00Z".parse().unwrap();
        let mut team = testing::team();
        let more: Vec<firebell_domain::team::Person> = serde_json::from_value(serde_json::json!([
            { "id": "chi", "name": "Chi Tanaka", "email": "chi@example.com" },
            { "id": "dev", "name": "Dev Anand", "email": "dev@example.com" },
        ]))
        .unwrap();
        team.people.extend(more);
        let mut other = team.policies[0].clone();
        other.id = "mail".into();
        let mut mail = team.services[0].clone();
        (mail.id, mail.name, mail.policy) = ("mail".into(), "Mail".into(), "mail".into());
        team.policies.push(other);
        team.services.push(mail);
        team.team.executives = vec!["chi".into()];
        let group =
            serde_json::json!({ "id": "payments", "members": ["ben"], "lead": "ben", "manager": "dev" });
        team.groups.push(serde_json::from_value(group).unwrap());
        team.services[0].group = Some("payments".into());
        let mut world = Self { db, now, operations: vec![], counters: BTreeMap::new() };
        world.run(|tx| tx.put_team(0, &team, "init"));
        world
    }

    pub fn new() -> Self {
        Self::at(&DatabaseUrl::Memory)
    }

    /// A policy that rings for incidents of no service, as that of payments does.
    pub fn with_default(&mut self) {
        self.run(|tx| {
            let record = tx.team()?;
            let mut team = record.team.clone();
            team.policies.push(firebell_domain::escalation::Policy {
                id: "default".into(),
                ..team.policies[0].clone()
            });
            tx.put_team(record.version, &team, "apply").map(drop)
        });
    }

    /// What a person writes into the timeline, this long ago.
    pub fn write(&mut self, person: &'static str, id: IncidentId, text: &str, waited_ms: u64) {
        let (device, mut words) = self.words(person, id, page_people(&[], ""));
        let entry = Entry {
            id: EntryId(Uuid::now_v7()),
            incident: id,
            kind: EntryKind::Note,
            text: text.into(),
            reason: None,
            at: self.now,
            corrects: None,
            run: None,
            attachments: vec![],
        };
        let op = words.op;
        words.op = Written::new(op.id, op.scope, op.author, op.stamp, &Change::Entry(entry));
        words.waited_ms = waited_ms;
        let answer = self.run(|tx| library::submit(tx, &device, vec![words])).remove(0);
        assert!(matches!(answer.outcome, OpOutcome::Accepted { .. }), "{answer:?}");
    }

    pub fn try_run<T>(
        &mut self,
        work: impl FnOnce(&mut Tx) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let now = self.now;
        let (value, committed) = transact(&mut self.db, &|| now, now, work)?;
        self.operations.extend(committed.operations.into_iter().map(|o| o.body));
        Ok(value)
    }

    pub fn run<T>(&mut self, work: impl FnOnce(&mut Tx) -> Result<T, StorageError>) -> T {
        self.try_run(work).unwrap()
    }

    /// Time passes, and the engine does what is due at each moment.
    pub fn wait_minutes(&mut self, minutes: i64) {
        let until = self.now + chrono::TimeDelta::minutes(minutes);
        loop {
            self.engine();
            let next = [read::next_page_due(&mut self.db), read::next_cadence_due(&mut self.db)]
                .into_iter()
                .filter_map(Result::unwrap)
                .min();
            match next.filter(|at| *at <= until && self.now < until) {
                // Due and not done (held): looked at again after a while, as the engine does.
                Some(at) if at <= self.now => self.now = until.min(self.now + chrono::TimeDelta::minutes(1)),
                Some(at) => self.now = at,
                None => break,
            }
        }
        self.now = until;
    }

    /// What is due now.
    pub fn engine(&mut self) {
        let now = self.now;
        for page in read::due_pages(&mut self.db, now, 100).unwrap() {
            self.run(|tx| timers::fire(tx, page));
        }
        for incident in read::due_cadences(&mut self.db, now, 100).unwrap() {
            self.run(|tx| ringing::fire(tx, incident));
        }
    }

    /// The next word of this person's computer, not yet submitted.
    pub fn words(
        &mut self,
        person: &'static str,
        id: IncidentId,
        command: IncidentCommand,
    ) -> (Device, Submission) {
        let counter = self.counters.entry(person).or_default();
        *counter += 1;
        let number = person.bytes().fold(0_u128, |n, b| n * 256 + u128::from(b));
        let op = OpId { writer: WriterId(Uuid::from_u128(number)), counter: *counter };
        let asked =
            Asked { incident: id, command, decided_on: 1_000, given_at: self.now, good_for_ms: 86_400_000 };
        let stamp = Stamp { ms: *counter as i64, tick: 0 };
        let op = Written::new(op, Scope::Team, person.into(), stamp, &Change::Command(asked));
        let device = Device {
            id: DeviceId(Uuid::from_u128(number)),
            person: person.into(),
            name: "laptop".into(),
            enrolled_at: self.now,
            last_answer: None,
            signed_off: false,
            revoked: false,
        };
        (device, Submission { after: op.id.counter - 1, op, waited_ms: 0 })
    }

    pub fn try_ask(
        &mut self,
        person: &'static str,
        id: IncidentId,
        command: IncidentCommand,
    ) -> Result<(), Refusal> {
        let (device, words) = self.words(person, id, command);
        let answer = self.run(|tx| library::submit(tx, &device, vec![words])).remove(0);
        match answer.outcome {
            OpOutcome::Refused { refusal } => Err(refusal),
            OpOutcome::Accepted { .. } => Ok(()),
            other => panic!("{other:?}"),
        }
    }

    /// Asked this long before the team could be told.
    pub fn ask_late(&mut self, person: &'static str, id: IncidentId, command: IncidentCommand, minutes: u64) {
        let (device, mut words) = self.words(person, id, command);
        words.waited_ms = minutes * 60_000;
        let answer = self.run(|tx| library::submit(tx, &device, vec![words])).remove(0);
        assert!(matches!(answer.outcome, OpOutcome::Accepted { .. }), "{answer:?}");
    }

    /// As [`World::engine`], by the database's own clock.
    pub fn engine_now(&mut self) {
        let (story, now) = (self.now, self.run(|tx| Ok(tx.now())));
        self.now = now;
        self.engine();
        self.now = story;
    }

    #[track_caller]
    pub fn ask(&mut self, person: &'static str, id: IncidentId, command: IncidentCommand) {
        self.try_ask(person, id, command).unwrap();
    }

    pub fn page(&mut self, id: PageId) -> Page {
        self.run(|tx| tx.page(id)).unwrap()
    }

    /// Open ones, in the order in which they opened.
    pub fn open(&mut self) -> Vec<Page> {
        let mut pages = self.run(|tx| tx.open_pages());
        pages.sort_by_key(|p| p.number);
        pages
    }

    pub fn incident(&mut self, id: IncidentId) -> Incident {
        self.run(|tx| tx.incident(id)).unwrap().incident
    }

    pub fn acknowledge(&mut self, page: PageId, person: &str) {
        let by = Actor::Person { person: person.into() };
        self.run(|tx| {
            decide::command(tx, page, Command::Acknowledge { by, via: Via::Api, claimed_at: None })
        });
    }

    /// What happened to incidents, as the log says it.
    pub fn happened(&self) -> Vec<&IncidentEvent> {
        let mut found = vec![];
        for operation in &self.operations {
            if let OperationBody::Incident { events, .. } = operation {
                found.extend(events);
            }
        }
        found
    }

    /// How often this page began to ring anew.
    pub fn rounds(&self, id: PageId) -> usize {
        let of = |o: &OperationBody| match o {
            OperationBody::Page { page, events, .. } if *page == id => {
                events.iter().filter(|e| matches!(e, PageEvent::RoundStarted { .. })).count()
            }
            _ => 0,
        };
        self.operations.iter().map(of).sum()
    }
}

pub fn incident(n: u128) -> IncidentId {
    IncidentId(Uuid::from_u128(n))
}

pub fn declaration(severity: Severity, services: &[&str]) -> Declaration {
    Declaration {
        title: "Checkout is down".into(),
        severity,
        services: services.iter().map(|s| (*s).into()).collect(),
        detection: None,
        detected_at: None,
        page: None,
        commands: true,
    }
}

pub fn declare(severity: Severity, services: &[&str]) -> IncidentCommand {
    IncidentCommand::Declare(declaration(severity, services))
}

pub fn declare_from(page: PageId, severity: Severity, services: &[&str]) -> IncidentCommand {
    IncidentCommand::Declare(Declaration { page: Some(page), ..declaration(severity, services) })
}

pub fn severity(to: Severity) -> IncidentCommand {
    IncidentCommand::SetSeverity { to, reason: "more users than we thought".into() }
}

pub fn page_people(people: &[&str], message: &str) -> IncidentCommand {
    let people = people.iter().map(|p| (*p).into()).collect();
    IncidentCommand::PagePeople { people, message: message.into() }
}

pub fn update() -> IncidentCommand {
    let told = Told { impact: "Nobody can pay".into(), ..Told::default() };
    let texts = BTreeMap::from([(Audience::Internal, "Nobody can pay. We look.".to_owned())]);
    let update = StatusUpdate { id: UpdateId(Uuid::now_v7()), told, texts, corrects: None };
    IncidentCommand::SendUpdate { update: Box::new(update) }
}
