//! The library's stories, as those who write tell them, with a small office; the real server is the simulator's part.

mod catching_up;
mod comings;
mod comments;
mod history;
mod importing;
mod names;
mod parts;
mod postmortems;
mod relating;
mod restored;
mod sight;
mod telling;
mod texts;
mod triaged;

use super::{Fetch, Library, NewEntry, Output};
use crate::pager::Moment;
use firebell_domain::incident::{Declaration, IncidentCommand, Status, declare};
use firebell_domain::refusal::{Refusal, RefusalCode};
use firebell_domain::team::{Role, Team};
use firebell_domain::timeline::EntryKind;
use firebell_domain::{DeviceId, IncidentId, Severity};
use firebell_log::{Change, Era, Operation, OperationBody, RecordId, Scope, WriterId};
use firebell_protocol::library::TextUpdate;
use firebell_protocol::sync::{
    ClientMessage, LogChunk, OpAnswer, OpOutcome, ServerMessage, Submission, TeamView, Welcome, You,
};
use firebell_store::library::LibraryStore;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A team server as one value: answers submissions and keeps the log.
struct Office {
    era: Era,
    log: Vec<Operation>,
    answers: BTreeMap<(WriterId, u64), (String, OpOutcome)>,
    /// Entries with this word are refused.
    forbidden: &'static str,
}

impl Office {
    fn new() -> Self {
        let era = Era(Uuid::from_u128(1));
        Self { era, log: vec![], answers: BTreeMap::new(), forbidden: "FORBIDDEN" }
    }

    fn heard(&self, writer: WriterId) -> u64 {
        self.answers.keys().filter(|(w, _)| *w == writer).map(|(_, c)| *c).max().unwrap_or(0)
    }

    fn welcome(&self, person: &str, library: &Library, at: Moment) -> ServerMessage {
        let yaml = json!({ "team": { "name": "Acme", "time_zone": "Europe/Berlin" },
            "people": [{ "id": person, "name": person, "email": format!("{person}@example.com") }] });
        let team: Team = serde_json::from_value(yaml).unwrap();
        let you = You {
            person: person.into(),
            name: person.into(),
            role: Role::Responder,
            device: DeviceId(Uuid::from_u128(9)),
        };
        ServerMessage::Welcome(Box::new(Welcome {
            protocol: 1,
            capabilities: vec![],
            era: self.era,
            server_time: at.now,
            you,
            team: TeamView { version: 1, team, shifts: vec![] },
            paging_held: false,
            newest: self.log.len() as u64,
            heard: self.heard(library.writer()),
        }))
    }

    fn place(&mut self, at: Moment, body: OperationBody) -> u64 {
        let seq = self.log.len() as u64 + 1;
        self.log.push(Operation { scope: Scope::Team, seq, at: at.now, body });
        seq
    }

    fn take(&mut self, submission: &Submission, at: Moment) -> OpOutcome {
        let op = &submission.op;
        let key = (op.id.writer, op.id.counter);
        if let Some((hash, outcome)) = self.answers.get(&key) {
            return if *hash == op.hash() { outcome.clone() } else { OpOutcome::Forked };
        }
        let heard = self.heard(op.id.writer);
        if submission.after > heard || op.id.counter <= heard {
            return OpOutcome::Missing { heard };
        }
        let refused = op.change.to_string().contains(self.forbidden) || self.hides(op);
        let about = op.change().map(|change| change.subject()).and_then(|record| record.as_incident());
        let unknown = about.is_some_and(|id| !self.knows(id));
        let body = match op.change() {
            _ if refused => None,
            Some(Change::Entry(_) | Change::Record { .. }) if unknown => None,
            Some(Change::Command(asked)) => match asked.command {
                IncidentCommand::Declare(declaration) => {
                    let event =
                        declare(asked.incident, 7, declaration, op.author.clone(), None, at.now).unwrap();
                    Some(OperationBody::Incident {
                        incident: asked.incident,
                        version: 1,
                        events: vec![event],
                        happened_at: vec![],
                        asked: Some(op.id),
                    })
                }
                other => self.decide(asked.incident, other, op, at),
            },
            Some(Change::Settled { incident, events }) => Some(OperationBody::Incident {
                incident,
                version: 1,
                happened_at: events.iter().map(|e| e.at).collect(),
                events: events.into_iter().map(|e| e.event).collect(),
                asked: Some(op.id),
            }),
            _ => Some(OperationBody::Written(op.clone())),
        };
        let outcome = match body {
            Some(body) => OpOutcome::Accepted { seq: self.place(at, body), stamp: op.stamp },
            None if unknown => OpOutcome::Refused {
                refusal: Refusal::new(RefusalCode::NotFound, "The team does not know this incident."),
            },
            None => OpOutcome::Refused {
                refusal: Refusal::new(RefusalCode::BadInput, "This word is not allowed; choose another one."),
            },
        };
        self.answers.insert(key, (op.hash(), outcome.clone()));
        outcome
    }

    fn knows(&self, id: IncidentId) -> bool {
        self.log.iter().any(|o| matches!(o.body, OperationBody::Incident { incident, .. } if incident == id))
    }

    /// As it was when its log was so long, in a new era.
    fn restored(self, length: usize) -> Self {
        let is_kept = |outcome: &OpOutcome| match outcome {
            OpOutcome::Accepted { seq, .. } => *seq <= length as u64,
            _ => false,
        };
        Self {
            era: Era(Uuid::from_u128(self.era.0.as_u128() + 1)),
            log: self.log[..length].to_vec(),
            answers: self.answers.into_iter().filter(|(_, (_, outcome))| is_kept(outcome)).collect(),
            ..self
        }
    }

    fn chunk(&self, person: &str, fetch: Fetch) -> LogChunk {
        let (after, until) = match fetch {
            Fetch::Open | Fetch::OpenEntries => (0, 0),
            Fetch::History(wanted) => return self.history(person, wanted),
            // Small parts, so that there are several.
            Fetch::Part { after, until } => (after, until.min(after + 3)),
        };
        let inside = |o: &&Operation| o.seq > after && o.seq <= until;
        let operations = self.told(person, self.log.iter().filter(inside).cloned());
        LogChunk { era: self.era, after, upto: until, newest: self.log.len() as u64, operations }
    }
}

struct Computer {
    person: &'static str,
    library: Library,
    online: bool,
    /// What the connection brought it to.
    heard: u64,
    /// Answers take their time: those that are on their way.
    slow: bool,
    on_its_way: Vec<(Fetch, LogChunk)>,
}

fn at(second: i64) -> Moment {
    let start: firebell_domain::Instant = "2026-11-25T02:13:00Z".parse().unwrap();
    Moment { now: start + chrono::TimeDelta::seconds(second), awake_ms: second as u64 * 1_000 }
}

fn ids(seed: u128) -> super::Ids {
    let mut next = seed << 64;
    Box::new(move || {
        next += 1;
        Uuid::from_u128(next)
    })
}

impl Computer {
    fn new(person: &'static str, seed: u128) -> Self {
        let store = LibraryStore::in_memory(WriterId(Uuid::from_u128(seed))).unwrap();
        let library = Library::open(store, Some(person.into()), ids(seed)).unwrap();
        Self { person, library, online: false, heard: 0, slow: false, on_its_way: vec![] }
    }

    /// As after a crash: what was committed is there.
    fn crash(&mut self, seed: u128) {
        let fresh = LibraryStore::in_memory(WriterId(Uuid::nil())).unwrap();
        let placeholder = Library::open(fresh, None, ids(0)).unwrap();
        let store = std::mem::replace(&mut self.library, placeholder).into_store();
        self.library = Library::open(store, Some(self.person.into()), ids(seed)).unwrap();
        self.online = false;
    }

    fn connect(&mut self, office: &mut Office, now: Moment) {
        self.online = true;
        self.heard = office.log.len() as u64;
        let welcome = office.welcome(self.person, &self.library, now);
        let outputs = self.library.on_message(&welcome, now).unwrap();
        self.follow(office, outputs, now);
    }

    fn disconnect(&mut self, now: Moment) {
        self.online = false;
        self.library.on_disconnected(now);
    }

    fn follow(&mut self, office: &mut Office, outputs: Vec<Output>, now: Moment) {
        self.act(office, outputs, now);
        self.hear(office, now);
    }

    /// Without hearing what is new.
    fn act(&mut self, office: &mut Office, outputs: Vec<Output>, now: Moment) {
        for output in outputs {
            let more = match output {
                Output::Send(ClientMessage::Submit { ops }) if self.online => {
                    let writer = ops[0].op.id.writer;
                    let mut answers = vec![];
                    for s in &ops {
                        let outcome = office.take(s, now);
                        let stop = matches!(outcome, OpOutcome::Forked | OpOutcome::Missing { .. });
                        answers.push(OpAnswer { counter: s.op.id.counter, outcome });
                        if stop {
                            break;
                        }
                    }
                    self.library.on_message(&ServerMessage::Answers { writer, answers }, now).unwrap()
                }
                Output::Fetch(fetch) if self.online && self.slow => {
                    self.on_its_way.push((fetch, office.chunk(self.person, fetch)));
                    vec![]
                }
                Output::Fetch(fetch) if self.online => {
                    self.library.on_chunk(fetch, office.chunk(self.person, fetch), now).unwrap()
                }
                _ => vec![],
            };
            self.act(office, more, now);
        }
    }

    /// The live tail.
    fn hear(&mut self, office: &mut Office, now: Moment) {
        if self.online && self.heard < office.log.len() as u64 {
            let operations = office.told(self.person, office.log[self.heard as usize..].iter().cloned());
            self.heard = office.log.len() as u64;
            let outputs = self.library.on_message(&ServerMessage::Operations { operations }, now).unwrap();
            self.follow(office, outputs, now);
        }
    }

    fn declare(&mut self, office: &mut Office, title: &str, now: Moment) -> IncidentId {
        let declaration = Declaration {
            title: title.into(),
            severity: Severity::Sev2,
            services: vec![],
            detection: None,
            detected_at: None,
            page: None,
            commands: false,
        };
        let (id, outputs) = self.library.declare(declaration, now).unwrap();
        self.follow(office, outputs, now);
        id
    }

    fn note(&mut self, office: &mut Office, incident: IncidentId, text: &str, now: Moment) {
        let new = NewEntry {
            incident,
            kind: EntryKind::Note,
            text: text.into(),
            reason: None,
            at: None,
            corrects: None,
            attachments: vec![],
        };
        let (_, outputs) = self.library.entry_add(new, now).unwrap();
        self.follow(office, outputs, now);
    }

    fn retitle(&mut self, office: &mut Office, incident: IncidentId, title: &str, now: Moment) {
        let held = self.library.store().incident(incident).unwrap().unwrap();
        let replaces = held.fields.get("title").map(|f| f.write);
        let record = RecordId::incident(incident);
        let (_, outputs) = self.library.record_set(record, "title", json!(title), replaces, now).unwrap();
        self.follow(office, outputs, now);
    }

    /// These words, into a text, at this place of it.
    fn types(&mut self, office: &mut Office, body: &str, place: usize, words: &str, now: Moment) {
        let (opened, _) = self.library.text_open(body, now).unwrap();
        let rest = opened.text.encode_utf16().count() - place;
        let keep = |units: usize| (units > 0).then(|| json!(units));
        // An editor has no line ends inside its lines.
        let lines = words.split('\n').map(serde_json::Value::from);
        let put = std::iter::once(json!(0)).chain(lines).collect();
        let changes = keep(place).into_iter().chain([put]).chain(keep(rest)).collect();
        let typed = TextUpdate { client: "w".into(), changes };
        assert!(self.library.text_push(body, opened.version, &[typed], now).unwrap().0);
        let ((), outputs) = self.library.flush(now).unwrap();
        self.follow(office, outputs, now);
    }

    fn timeline(&self, incident: IncidentId) -> Vec<(String, bool)> {
        let held = self.library.store().incident(incident).unwrap();
        let entries = held.map(|i| i.timeline).unwrap_or_default();
        entries.into_iter().map(|e| (e.entry.text, e.pending)).collect()
    }

    fn title(&self, incident: IncidentId) -> String {
        self.library.store().incident_row(incident).unwrap().map(|r| r.title).unwrap_or_default()
    }

    fn digest(&self) -> String {
        self.library.store().digest().unwrap().to_string()
    }
}

#[test]
fn what_is_written_offline_looks_unknown_until_the_team_has_it() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    let incident = ana.declare(&mut office, "Checkout is down", at(1));
    ana.note(&mut office, incident, "all regions", at(2));
    assert_eq!(ana.timeline(incident), [("all regions".into(), true)]);
    assert!(ana.library.store().incident_row(incident).unwrap().unwrap().pending);
    assert_eq!(ana.library.sync_state().unwrap().waiting, 2);
    ana.crash(11);
    assert_eq!(ana.library.sync_state().unwrap().waiting, 2, "it is on the disk");

    ana.connect(&mut office, at(10));
    let row = ana.library.store().incident_row(incident).unwrap().unwrap();
    assert!(!row.pending);
    assert_eq!(row.incident.number, 7, "the team's number");
    assert_eq!(ana.timeline(incident), [("all regions".into(), false)]);
    assert_eq!(ana.library.sync_state().unwrap().waiting, 0);
}

#[test]
fn two_who_renamed_it_at_the_same_time_agree_on_the_later_and_keep_the_other() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    let incident = ana.declare(&mut office, "Slow", at(1));
    ben.connect(&mut office, at(2));
    ana.disconnect(at(3));
    ben.retitle(&mut office, incident, "Checkout is slow", at(4));
    ana.retitle(&mut office, incident, "Payments fail", at(5));
    ana.connect(&mut office, at(6));
    ben.hear(&mut office, at(6));
    for c in [&ana, &ben] {
        assert_eq!(c.title(incident), "Payments fail", "{}", c.person);
        let history = c.library.store().field_history(&RecordId::incident(incident), "title").unwrap();
        assert_eq!(history.len(), 2);
    }
    assert_eq!(ana.digest(), ben.digest());
    // Whoever saw both decides.
    ben.retitle(&mut office, incident, "Checkout fails", at(7));
    ana.hear(&mut office, at(7));
    assert_eq!(ana.title(incident), "Checkout fails");
}

#[test]
fn an_answer_that_was_lost_is_asked_for_again_and_nothing_happens_twice() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    ana.connect(&mut office, at(0));
    let incident = ana.declare(&mut office, "Slow", at(1));
    let new = NewEntry {
        incident,
        kind: EntryKind::Found,
        text: "slow query".into(),
        reason: None,
        at: None,
        corrects: None,
        attachments: vec![],
    };
    let (_, outputs) = ana.library.entry_add(new, at(2)).unwrap();
    for output in outputs {
        if let Output::Send(ClientMessage::Submit { ops }) = output {
            // Taken, and the answer is lost with the connection.
            ops.iter().for_each(|s| drop(office.take(s, at(2))));
        }
    }
    ana.disconnect(at(3));
    assert_eq!(ana.timeline(incident), [("slow query".into(), true)]);
    ana.connect(&mut office, at(4));
    assert_eq!(ana.timeline(incident), [("slow query".into(), false)]);
    assert_eq!(office.log.len(), 2);
    assert_eq!(ana.library.sync_state().unwrap().waiting, 0);
}

#[test]
fn what_the_team_refuses_becomes_a_draft_with_its_words() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    ana.connect(&mut office, at(0));
    let incident = ana.declare(&mut office, "Slow", at(1));
    ana.note(&mut office, incident, "a FORBIDDEN word", at(2));
    assert_eq!(ana.timeline(incident), [], "it does not look as if the team knew it");
    let drafts = ana.library.store().drafts().unwrap();
    assert_eq!(drafts.len(), 1);
    assert!(drafts[0].words.contains("not allowed"), "{drafts:?}");
    assert_eq!(drafts[0].changes[0].text, "a FORBIDDEN word");
    office.forbidden = "nothing";
    let ((), outputs) = ana.library.draft_repeat(drafts[0].id, at(3)).unwrap();
    ana.follow(&mut office, outputs, at(3));
    assert_eq!(ana.timeline(incident), [("a FORBIDDEN word".into(), false)]);
    assert!(ana.library.store().drafts().unwrap().is_empty());
}

#[test]
fn somebody_who_left_finds_nothing_of_the_team_here() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    ana.connect(&mut office, at(0));
    let incident = ana.declare(&mut office, "Secret", at(1));
    ana.library.purge().unwrap();
    assert!(ana.library.store().incident(incident).unwrap().is_none());
    assert!(ana.library.store().search("Secret", 10).unwrap().is_empty());
    let refused = ana.library.runbook_create("x", at(2)).unwrap_err();
    assert!(refused.to_string().contains("Join a team"), "{refused}");
}
