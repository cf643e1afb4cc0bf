//! The library's stories, in the words of the people who write, with a small office that takes everything in order.
//! The real server is the simulator's and the journeys' part.

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
        let refused = op.change.to_string().contains(self.forbidden);
        let body = match op.change() {
            _ if refused => None,
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
                other => panic!("the office does not know {other:?}"),
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
            None => OpOutcome::Refused {
                refusal: Refusal::new(RefusalCode::BadInput, "This word is not allowed; choose another one."),
            },
        };
        self.answers.insert(key, (op.hash(), outcome.clone()));
        outcome
    }

    fn chunk(&self, fetch: Fetch) -> LogChunk {
        let (after, until) = match fetch {
            Fetch::Open => (0, 0),
            // Small parts, so that there are several.
            Fetch::Part { after, until } => (after, until.min(after + 3)),
        };
        let inside = |o: &&Operation| o.seq > after && o.seq <= until;
        let operations = self.log.iter().filter(inside).cloned().collect();
        LogChunk { era: self.era, after, upto: until, newest: self.log.len() as u64, operations }
    }
}

struct Computer {
    person: &'static str,
    library: Library,
    online: bool,
    /// What the connection brought it to.
    heard: u64,
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
        Self { person, library, online: false, heard: 0 }
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
                Output::Fetch(fetch) if self.online => {
                    self.library.on_chunk(fetch, &office.chunk(fetch), now).unwrap()
                }
                _ => vec![],
            };
            self.follow(office, more, now);
        }
        self.hear(office, now);
    }

    /// The live tail.
    fn hear(&mut self, office: &mut Office, now: Moment) {
        if self.online && self.heard < office.log.len() as u64 {
            let operations = office.log[self.heard as usize..].to_vec();
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
fn a_cloned_disk_goes_on_under_another_name() {
    let mut office = Office::new();
    let (mut ana, mut clone) = (Computer::new("ana", 1), Computer::new("ana", 1));
    // What it makes up from now on is its own.
    clone.crash(77);
    ana.connect(&mut office, at(0));
    let incident = ana.declare(&mut office, "Slow", at(1));
    // The clone has the same writer, and writes something else under the same counter.
    let elsewhere = clone.declare(&mut office, "From the clone", at(2));
    clone.note(&mut office, elsewhere, "not lost", at(3));
    let same = clone.library.writer();
    clone.connect(&mut office, at(4));
    assert_ne!(clone.library.writer(), same);
    assert_eq!(clone.library.sync_state().unwrap().waiting, 0);
    ana.hear(&mut office, at(5));
    for c in [&ana, &clone] {
        assert_eq!(c.title(incident), "Slow");
        assert_eq!(c.title(elsewhere), "From the clone");
        assert_eq!(c.timeline(elsewhere), [("not lost".into(), false)]);
    }
    assert_eq!(ana.digest(), clone.digest());
}

#[test]
fn a_copy_that_counts_on_keeps_nothing_that_is_written_here_from_being_seen_or_sent() {
    let mut office = Office::new();
    let (mut ana, mut clone) = (Computer::new("ana", 1), Computer::new("ana", 1));
    clone.crash(77);
    clone.connect(&mut office, at(0));
    let elsewhere = clone.declare(&mut office, "From the clone", at(1));
    // The team has heard more under this name than was ever written here.
    ana.connect(&mut office, at(2));
    assert_eq!(ana.title(elsewhere), "From the clone");
    ana.disconnect(at(3));
    let offline = ana.declare(&mut office, "On the train", at(4));
    assert_eq!(ana.title(offline), "On the train", "the copy's command of the same name is another one");
    ana.connect(&mut office, at(5));
    assert_eq!(ana.library.sync_state().unwrap().waiting, 0);

    let (mut ben, mut other) = (Computer::new("ben", 2), Computer::new("ben", 2));
    other.crash(78);
    other.connect(&mut office, at(6));
    other.note(&mut office, elsewhere, "by the other", at(7));
    other.declare(&mut office, "By the other", at(7));
    other.declare(&mut office, "By the other, too", at(7));
    ben.connect(&mut office, at(8));
    let online = ben.declare(&mut office, "Slow", at(9));
    assert_eq!(ben.library.sync_state().unwrap().waiting, 0, "sent at once, not with the next connection");
    for c in [&mut ana, &mut clone, &mut ben, &mut other] {
        c.hear(&mut office, at(10));
        assert_eq!((c.title(online), c.title(offline)), ("Slow".into(), "On the train".into()));
    }
    assert_eq!(ana.digest(), other.digest());
}

#[test]
fn a_restored_server_is_offered_what_it_forgot() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let incident = ana.declare(&mut office, "Slow", at(1));
    let (log, answers) = (office.log.clone(), office.answers.clone());
    ana.note(&mut office, incident, "by ana", at(2));
    ben.hear(&mut office, at(2));
    ben.note(&mut office, incident, "by ben", at(3));
    ana.disconnect(at(4));
    ben.disconnect(at(4));
    office = Office { era: Era(Uuid::from_u128(2)), log, answers, ..Office::new() };
    ana.connect(&mut office, at(5));
    ben.connect(&mut office, at(6));
    ana.hear(&mut office, at(7));
    for c in [&ana, &ben] {
        let mut found = c.timeline(incident);
        found.sort();
        assert_eq!(found, [("by ana".into(), false), ("by ben".into(), false)], "{}", c.person);
    }
    assert_eq!(ana.digest(), ben.digest());
}

#[test]
fn somebody_who_was_alone_brings_the_history_along_and_nothing_is_decided_again() {
    let mut office = Office::new();
    let store = LibraryStore::in_memory(WriterId(Uuid::from_u128(1))).unwrap();
    let library = Library::open(store, None, ids(1)).unwrap();
    let mut ana = Computer { person: "ana", library, online: false, heard: 0 };
    ana.library.start_alone("Ana", at(0)).unwrap();
    let incident = ana.declare(&mut office, "My laptop's build is broken", at(1));
    ana.note(&mut office, incident, "found alone", at(2));
    let resolve = IncidentCommand::SetStatus { to: Status::Resolved };
    ana.library.incident_ask(incident, resolve, at(3)).unwrap();
    let row = ana.library.store().incident_row(incident).unwrap().unwrap();
    assert_eq!((row.incident.number, row.incident.status, row.pending), (1, Status::Resolved, false));
    assert_eq!(ana.timeline(incident), [("found alone".into(), false)]);
    assert!(ana.library.sync_state().unwrap().alone);
    let (runbook, _) = ana.library.runbook_create("Builds", at(4)).unwrap();
    let body = format!("{}#body", RecordId::runbook(runbook));
    let (opened, _) = ana.library.text_open(&body, at(4)).unwrap();
    let typed = TextUpdate { client: "w".into(), changes: json!([[0, "Clean first 🔥"]]) };
    assert!(ana.library.text_push(&body, opened.version, &[typed], at(4)).unwrap().0);
    ana.library.tick(at(5)).unwrap();

    ana.connect(&mut office, at(10));
    let mut ben = Computer::new("ben", 2);
    ben.connect(&mut office, at(11));
    for c in [&mut ana, &mut ben] {
        let row = c.library.store().incident_row(incident).unwrap().unwrap();
        assert_eq!(row.incident.status, Status::Resolved);
        assert_eq!(row.incident.declared_by.as_str(), "ana", "{}", c.person);
        assert_eq!(row.incident.moments.resolved_at, Some(at(3).now));
        assert_eq!(c.timeline(incident), [("found alone".into(), false)]);
        assert_eq!(c.library.text_open(&body, at(12)).unwrap().0.text, "Clean first 🔥");
    }
    assert!(!ana.library.sync_state().unwrap().alone);
    assert_eq!(ana.digest(), ben.digest());
}

#[test]
fn two_editors_on_two_computers_lose_no_character() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    let (runbook, outputs) = ana.library.runbook_create("Restart", at(1)).unwrap();
    ana.follow(&mut office, outputs, at(1));
    ben.connect(&mut office, at(2));
    let body = format!("{}#body", RecordId::runbook(runbook));
    let mut versions = vec![];
    for (c, text) in [(&mut ana, "from Ana"), (&mut ben, "from Ben")] {
        let (opened, _) = c.library.text_open(&body, at(3)).unwrap();
        let typed = TextUpdate { client: "w".into(), changes: json!([[0, text]]) };
        assert!(c.library.text_push(&body, opened.version, std::slice::from_ref(&typed), at(3)).unwrap().0);
        assert!(!c.library.text_push(&body, opened.version, &[typed], at(3)).unwrap().0, "an old version");
        versions.push(opened.version);
    }
    for c in [&mut ana, &mut ben] {
        assert!(c.library.is_typing());
        let outputs = c.library.tick(at(4)).unwrap();
        c.follow(&mut office, outputs, at(4));
        assert!(!c.library.is_typing());
    }
    ana.hear(&mut office, at(5));
    let (updates, _) = ana.library.text_updates(&body, versions[0], at(5)).unwrap();
    assert_eq!(updates.updates.len(), 2, "her own keys, and Ben's: {updates:?}");
    let texts: Vec<String> =
        [&mut ana, &mut ben].map(|c| c.library.text_open(&body, at(6)).unwrap().0.text).to_vec();
    assert_eq!(texts[0], texts[1]);
    assert!(texts[0].contains("from Ana") && texts[0].contains("from Ben"), "{texts:?}");
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

#[test]
fn a_long_time_offline_is_told_in_parts_and_all_of_it_arrives() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    let incident = ana.declare(&mut office, "Slow", at(1));
    let long = "x".repeat(9_000);
    for n in 0..300 {
        ana.note(&mut office, incident, &format!("{n} {long}"), at(2));
    }
    let welcome = office.welcome("ana", &ana.library, at(3));
    let outputs = ana.library.on_message(&welcome, at(3)).unwrap();
    let sent: usize = outputs
        .iter()
        .filter_map(|o| match o {
            Output::Send(m @ ClientMessage::Submit { .. }) => Some(serde_json::to_string(m).unwrap().len()),
            _ => None,
        })
        .sum();
    assert!((500_000..1_400_000).contains(&sent), "{sent} bytes at once, of 2.7 million");
    ana.disconnect(at(4));
    ana.connect(&mut office, at(5));
    assert_eq!(office.log.len(), 301);
    assert_eq!(ana.library.sync_state().unwrap().waiting, 0);
}

#[test]
fn a_paste_that_no_server_takes_is_refused_at_once_and_the_text_stays() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    ana.connect(&mut office, at(0));
    let (runbook, _) = ana.library.runbook_create("Logs", at(1)).unwrap();
    let body = format!("{}#body", RecordId::runbook(runbook));
    let (opened, _) = ana.library.text_open(&body, at(1)).unwrap();
    let paste = TextUpdate { client: "w".into(), changes: json!([[0, "x".repeat(1_500_000)]]) };
    let refused = ana.library.text_push(&body, opened.version, &[paste], at(2)).unwrap_err();
    assert!(refused.to_string().contains("paste it in parts"), "{refused}");
    // Two that fit, typed within a moment, do not become one that does not.
    let part = || TextUpdate { client: "w".into(), changes: json!([[0, "y".repeat(700_000)]]) };
    let (opened, _) = ana.library.text_open(&body, at(2)).unwrap();
    assert!(ana.library.text_push(&body, opened.version, &[part()], at(2)).unwrap().0);
    let again = TextUpdate { client: "w".into(), changes: json!([700_000, [0, "z".repeat(700_000)]]) };
    assert!(ana.library.text_push(&body, opened.version + 1, &[again], at(2)).unwrap().0);
    let outputs = ana.library.tick(at(3)).unwrap();
    ana.follow(&mut office, outputs, at(3));
    let texts = office.log.iter().filter(
        |o| matches!(&o.body, OperationBody::Written(w) if matches!(w.change(), Some(Change::Text { .. }))),
    );
    assert_eq!(texts.count(), 2);
}

#[test]
fn keys_are_written_down_together_and_before_anything_that_closes_the_text() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    let (runbook, _) = ana.library.runbook_create("Restart", at(0)).unwrap();
    let body = format!("{}#body", RecordId::runbook(runbook));
    let (opened, _) = ana.library.text_open(&body, at(0)).unwrap();
    let soon = |ms: u64| Moment { awake_ms: 1_000 + ms, ..at(1) };
    for (n, key) in ["a", "b", "c"].into_iter().enumerate() {
        let mut set = if n == 0 { vec![] } else { vec![json!(n)] };
        set.push(json!([0, key]));
        let typed = TextUpdate { client: "w".into(), changes: set.into() };
        let when = soon(n as u64 * 80);
        assert!(ana.library.text_push(&body, opened.version + n as u32, &[typed], when).unwrap().0);
        ana.library.tick(when).unwrap();
    }
    assert!(ana.library.is_typing(), "nothing is 300 ms old");
    let before = ana.library.store().last_counter();
    // The welcome of a team comes in between.
    ana.connect(&mut office, soon(250));
    assert_eq!(ana.library.store().last_counter(), before + 1, "three keys, one operation");
    assert_eq!(ana.library.text_open(&body, soon(260)).unwrap().0.text, "abc");
    assert_eq!(ana.library.sync_state().unwrap().waiting, 0);
}
