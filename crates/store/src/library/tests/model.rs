//! The library against a naive model: every operation in a map, everything worked out from scratch.

use super::super::digest::canonical;
use super::super::{LibraryChange, LibraryStore, NewEra, NewOwn};
use super::*;
use firebell_domain::incident::{Incident, RecordedIncident, Status, decide};
use firebell_log::record::winner;
use firebell_log::{Era, FieldWrite, StateDigest};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};

#[derive(Clone, Copy, PartialEq)]
enum Stands {
    Waiting,
    Settled,
    Refused,
}

#[derive(Default)]
struct Model {
    ops: BTreeMap<OpId, (Written, Stands, Option<u64>)>,
    versions: BTreeMap<(IncidentId, u64), Vec<RecordedIncident>>,
}

impl Model {
    fn deliver(&mut self, operation: &Operation) {
        match &operation.body {
            OperationBody::Written(op) => {
                self.ops.insert(op.id, (op.clone(), Stands::Settled, Some(operation.seq)));
            }
            OperationBody::Incident { incident, version, events, .. } => {
                let events = events.iter().map(|e| RecordedIncident { at: operation.at, event: e.clone() });
                self.versions.insert((*incident, *version), events.collect());
            }
            _ => {}
        }
    }

    fn answer(&mut self, id: OpId, outcome: &OpOutcome) {
        let Some((op, stands, place)) = self.ops.get_mut(&id) else { return };
        match outcome {
            OpOutcome::Accepted { seq, stamp } if *stands != Stands::Refused => {
                (*stands, *place, op.stamp) = (Stands::Settled, Some(*seq), *stamp);
            }
            OpOutcome::Refused { .. } if *stands == Stands::Waiting => *stands = Stands::Refused,
            _ => {}
        }
    }

    fn begin_era(&mut self, me: WriterId) {
        self.ops.retain(|id, _| id.writer == me);
        self.versions.clear();
        for (_, stands, seq) in self.ops.values_mut() {
            *seq = None;
            if *stands == Stands::Settled {
                *stands = Stands::Waiting;
            }
        }
    }

    fn digest(&self) -> StateDigest {
        let mut digest = StateDigest::default();
        let mut fields: BTreeMap<(RecordId, String), Vec<FieldWrite>> = BTreeMap::new();
        let mut entries: BTreeMap<EntryId, Vec<_>> = BTreeMap::new();
        let mut texts: BTreeMap<DocumentId, TextDocument> = BTreeMap::new();
        for (op, stands, seq) in self.ops.values().filter(|(_, s, _)| *s != Stands::Refused) {
            let _ = stands;
            match op.change().unwrap() {
                Change::Record { record, field, value, replaces } => {
                    fields.entry((record, field)).or_default().push(FieldWrite {
                        id: op.id,
                        stamp: op.stamp,
                        author: op.author.clone(),
                        value,
                        replaces,
                    });
                }
                Change::Entry(entry) => {
                    let order = (seq.is_none(), *seq, op.stamp, op.id);
                    entries.entry(entry.id).or_default().push((order, entry, op.author.clone()));
                }
                Change::Text { document, update } => {
                    let text = texts.entry(document).or_insert_with(|| TextDocument::new(0));
                    text.apply(&update.0).unwrap();
                }
                Change::Command(_) | Change::Settled { .. } => {}
            }
        }
        for ((record, field), writes) in &fields {
            let won = winner(writes).unwrap();
            digest.add("field", &format!("{record} {field} {} {}", canonical(&won.value), won.id));
        }
        for same in entries.values() {
            let (_, entry, author) = same.iter().min_by_key(|(order, ..)| *order).unwrap();
            let entry = canonical(&serde_json::to_value(entry).unwrap());
            digest.add("entry", &format!("{entry} {author}"));
        }
        for (document, text) in &texts {
            digest.add("text", &format!("{document} {}", text.text()));
        }
        for incident in self.incidents() {
            digest.add("incident", &canonical(&serde_json::to_value(incident).unwrap()));
        }
        digest
    }

    fn incidents(&self) -> Vec<Incident> {
        let ids: BTreeSet<IncidentId> = self.versions.keys().map(|(id, _)| *id).collect();
        ids.into_iter().filter_map(|id| fold(|version| self.versions.get(&(id, version)))).collect()
    }
}

fn fold<'a>(events: impl Fn(u64) -> Option<&'a Vec<RecordedIncident>>) -> Option<Incident> {
    let mut incident: Option<Incident> = None;
    for version in 1.. {
        let Some(events) = events(version) else { break };
        for recorded in events {
            match &mut incident {
                None => incident = Incident::from_declared(recorded.at, &recorded.event),
                Some(known) => known.apply(recorded.at, &recorded.event),
            }
        }
        incident.as_mut()?.version = version;
    }
    incident
}

/// The team's server, as far as Ana's computer can tell.
#[derive(Clone, Default)]
struct Server {
    log: Vec<Operation>,
    answers: BTreeMap<u64, OpOutcome>,
    versions: BTreeMap<(IncidentId, u64), Vec<RecordedIncident>>,
}

impl Server {
    fn seq(&self) -> u64 {
        self.log.len() as u64 + 1
    }

    fn heard(&self) -> u64 {
        self.answers.keys().last().copied().unwrap_or(0)
    }

    fn takes(&mut self, op: &Written, refuse: bool) {
        let (seq, counter) = (self.seq(), op.id.counter);
        // The era is told by the length of the log: a stamp is corrected otherwise after a restore.
        let stamp = Stamp { ms: op.stamp.ms.min(at(500).timestamp_millis() + seq as i64), ..op.stamp };
        let accepted = match op.change().unwrap() {
            _ if refuse => false,
            Change::Command(asked) => self.decide(&asked, Some(op.id)),
            _ => {
                self.log.push(logged(seq, Written { stamp, ..op.clone() }));
                true
            }
        };
        let outcome = if accepted { OpOutcome::Accepted { seq, stamp } } else { super::refused("No.") };
        self.answers.insert(counter, outcome);
    }

    fn decide(&mut self, asked: &Asked, by: Option<OpId>) -> bool {
        let (id, seq) = (asked.incident, self.seq());
        let known = fold(|version| self.versions.get(&(id, version)));
        let events = match (&known, &asked.command) {
            (None, IncidentCommand::Declare(d)) => {
                firebell_domain::incident::declare(id, seq, d.clone(), "ben".into(), None, at(seq as i64))
                    .map(|event| vec![event])
            }
            (None, _) => return false,
            (Some(known), command) => decide(known, command.clone(), "ben".into(), at(seq as i64)),
        };
        let Ok(events) = events else { return false };
        let version = known.map_or(0, |i| i.version) + 1;
        let recorded = events.iter().map(|e| RecordedIncident { at: at(seq as i64), event: e.clone() });
        self.versions.insert((id, version), recorded.collect());
        self.log.push(decided(seq, id, version, events, by));
        true
    }
}

#[derive(Clone, Debug)]
enum What {
    Title { record: u8, value: u8, replaces: Option<u8> },
    Note { id: u8, incident: u8 },
    Types { runbook: u8 },
    Declares { incident: u8 },
    SetsStatus { incident: u8, to: u8 },
}

#[derive(Clone, Debug)]
enum Step {
    Writes(What),
    OthersWrite(u8, What),
    ServerTakes { refuse: bool },
    AnswersArrive { skip: u8 },
    LogArrives(Vec<u8>),
    Backup,
    Restore,
    Rebuild,
    Compact,
    DropsDraft,
}

fn any_what() -> impl Strategy<Value = What> {
    prop_oneof![
        3 => (0u8..4, any::<u8>(), prop::option::of(any::<u8>()))
            .prop_map(|(record, value, replaces)| What::Title { record, value, replaces }),
        3 => (0u8..12, 0u8..2).prop_map(|(id, incident)| What::Note { id, incident }),
        2 => (0u8..2).prop_map(|runbook| What::Types { runbook }),
        1 => (0u8..2).prop_map(|incident| What::Declares { incident }),
        1 => (0u8..2, 0u8..5).prop_map(|(incident, to)| What::SetsStatus { incident, to }),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any_what().prop_map(Step::Writes),
        6 => (2u8..4, any_what()).prop_map(|(who, what)| Step::OthersWrite(who, what)),
        5 => prop::bool::weighted(0.25).prop_map(|refuse| Step::ServerTakes { refuse }),
        3 => (0u8..3).prop_map(|skip| Step::AnswersArrive { skip }),
        5 => prop::collection::vec(any::<u8>(), 1..12).prop_map(Step::LogArrives),
        1 => Just(Step::Backup),
        1 => Just(Step::Restore),
        1 => Just(Step::Rebuild),
        1 => Just(Step::Compact),
        1 => Just(Step::DropsDraft),
    ]
}

struct World {
    store: LibraryStore,
    model: Model,
    server: Server,
    backup: Server,
    typists: HashMap<(WriterId, u8), Typist>,
    counters: HashMap<WriterId, u64>,
    written: Vec<OpId>,
    eras: u128,
    clock: i64,
    refused_words: BTreeMap<u64, String>,
}

impl World {
    fn new() -> Self {
        Self {
            store: library(),
            model: Model::default(),
            server: Server::default(),
            backup: Server::default(),
            typists: HashMap::new(),
            counters: HashMap::new(),
            written: vec![],
            eras: 0,
            clock: 0,
            refused_words: BTreeMap::new(),
        }
    }

    fn change(&mut self, who: WriterId, what: &What) -> Change {
        let record = |n: u8| match n {
            0 | 1 => RecordId::incident(incident(u128::from(n) + 70)),
            _ => RecordId::runbook(runbook(u128::from(n))),
        };
        match what {
            What::Title { record: n, value, replaces } => {
                let replaces = replaces
                    .filter(|_| !self.written.is_empty())
                    .map(|n| self.written[usize::from(n) % self.written.len()]);
                title(record(*n), &format!("title {value}"), replaces)
            }
            What::Note { id, incident: n } => {
                note(u128::from(*id), incident(u128::from(*n) + 70), &format!("note {id}"))
            }
            What::Types { runbook } => {
                self.clock += 1;
                let words = format!("word{} ", self.clock);
                let new = || Typist::new(who, body(u128::from(*runbook) + 2));
                self.typists.entry((who, *runbook)).or_insert_with(new).types(&words)
            }
            What::Declares { incident: n } => declare(incident(u128::from(*n) + 70), "Checkout is down"),
            What::SetsStatus { incident: n, to } => {
                let all = [
                    Status::Investigating,
                    Status::Identified,
                    Status::Monitoring,
                    Status::Resolved,
                    Status::Closed,
                ];
                let to = all[usize::from(*to)];
                command(incident(u128::from(*n) + 70), IncidentCommand::SetStatus { to })
            }
        }
    }

    fn does(&mut self, step: &Step) {
        let me = writer(1);
        self.clock += 7;
        match step {
            Step::Writes(what) => {
                let change = self.change(me, what);
                let counter = self.store.last_counter() + 1;
                let op = written(me, counter, "ana", self.clock * 31 % 900, &change);
                self.written.push(op.id);
                self.model.ops.insert(op.id, (op.clone(), Stands::Waiting, None));
                let own = vec![NewOwn { op, after: counter - 1 }];
                self.commit(LibraryChange { own, ..LibraryChange::default() });
            }
            Step::OthersWrite(who, what) => {
                let who = writer(u128::from(*who));
                let change = self.change(who, what);
                match &change {
                    Change::Command(asked) => drop(self.server.decide(asked, None)),
                    change => {
                        let counter = self.counters.entry(who).or_default();
                        *counter += 1;
                        let op = written(who, *counter, "ben", self.clock * 17 % 900, change);
                        self.written.push(op.id);
                        self.server.log.push(logged(self.server.seq(), op));
                    }
                }
            }
            Step::ServerTakes { refuse } => {
                let next = self.store.unanswered().unwrap();
                let next = next.iter().find(|own| !self.server.answers.contains_key(&own.counter));
                if let Some(own) = next {
                    assert!(own.after <= self.server.heard(), "{own:?} waits for what is not answered");
                    self.server.takes(&own.op, *refuse);
                }
            }
            Step::AnswersArrive { skip } => {
                let waiting = self.store.unanswered().unwrap();
                let answers: Vec<(u64, OpOutcome)> = self
                    .server
                    .answers
                    .iter()
                    .skip(usize::from(*skip))
                    .map(|(counter, outcome)| (*counter, outcome.clone()))
                    .collect();
                for (counter, outcome) in &answers {
                    let id = OpId { writer: me, counter: *counter };
                    if let OpOutcome::Refused { .. } = outcome
                        && let Some(own) = waiting.iter().find(|own| own.counter == *counter)
                    {
                        self.refused_words.insert(*counter, words_of(&own.op));
                    }
                    self.model.answer(id, outcome);
                }
                self.commit(LibraryChange { answers, ..LibraryChange::default() });
                self.no_word_is_lost();
            }
            Step::LogArrives(places) => {
                let log = &self.server.log;
                let some = places.iter().filter_map(|n| log.get(usize::from(*n) % log.len().max(1)));
                let settled: Vec<Operation> = some.cloned().collect();
                settled.iter().for_each(|operation| self.model.deliver(operation));
                self.commit(LibraryChange { settled, ..LibraryChange::default() });
            }
            Step::Backup => self.backup = self.server.clone(),
            Step::Restore => {
                self.server = self.backup.clone();
                self.eras += 1;
                self.model.begin_era(me);
                let new_era = Some(NewEra { era: Era(Uuid::from_u128(self.eras)) });
                self.commit(LibraryChange { new_era, ..LibraryChange::default() });
            }
            Step::Rebuild => self.store.rebuild().unwrap(),
            Step::Compact => drop(self.store.compact(firebell_domain::Instant::MAX_UTC).unwrap()),
            Step::DropsDraft => {
                if let Some(draft) = self.store.drafts().unwrap().first() {
                    for op in self.store.draft_ops(draft.id).unwrap() {
                        self.refused_words.remove(&op.id.counter);
                    }
                    self.commit(LibraryChange { drafts_done: vec![draft.id], ..LibraryChange::default() });
                }
            }
        }
    }

    fn commit(&mut self, change: LibraryChange) {
        self.store.commit(&change).unwrap();
    }

    fn no_word_is_lost(&self) {
        let drafts = self.store.drafts().unwrap();
        for (counter, words) in &self.refused_words {
            let kept = drafts.iter().flat_map(|d| &d.changes).any(|c| c.text.contains(words.trim()));
            assert!(kept, "{words:?} of operation {counter} is in no draft: {drafts:#?}");
        }
    }

    fn agrees(&self, step: &Step) {
        assert_eq!(self.store.digest().unwrap(), self.model.digest(), "after {step:?}");
        assert_eq!(self.store.check().unwrap(), Vec::<String>::new(), "after {step:?}");
    }
}

/// The person's own words in a change.
fn words_of(op: &Written) -> String {
    match op.change().unwrap() {
        Change::Record { value, .. } => value.as_str().unwrap().to_owned(),
        Change::Entry(entry) => entry.text,
        Change::Text { update, .. } => {
            // Every word is ASCII and stands in the update as it was typed.
            let text = String::from_utf8_lossy(&update.0);
            let start = text.find("word").unwrap();
            text[start..].split(' ').next().unwrap().to_owned()
        }
        Change::Command(asked) => match asked.command {
            IncidentCommand::Declare(declaration) => declaration.title,
            _ => String::new(),
        },
        Change::Settled { .. } => String::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn whatever_comes_in_whatever_order_the_library_says_what_the_log_says(
        steps in prop::collection::vec(any_step(), 1..60)
    ) {
        let mut world = World::new();
        for step in &steps {
            world.does(step);
            world.agrees(step);
        }
        let before = world.store.digest().unwrap();
        world.store.rebuild().unwrap();
        prop_assert_eq!(world.store.digest().unwrap(), before);
        // Once everything has come, both computers know the same: this one and one that only reads the log.
        let mut reader = LibraryStore::in_memory(writer(9)).unwrap();
        while let Some(own) = world.store.unanswered().unwrap().first().cloned() {
            if !world.server.answers.contains_key(&own.counter) {
                world.server.takes(&own.op, false);
            }
            world.does(&Step::AnswersArrive { skip: 0 });
        }
        let log = world.server.log.clone();
        settle(&mut reader, log.iter().rev().cloned().collect());
        settle(&mut world.store, log);
        prop_assert_eq!(world.store.digest().unwrap(), reader.digest().unwrap());
    }
}
