//! Private incidents: who is taken away keeps nothing, who is added gets everything, whenever they connect.

use super::*;
use firebell_domain::PersonId;
use firebell_domain::incident::{Incident, IncidentEvent, decide};
use firebell_log::Written;
use firebell_store::library::Wanted;

impl Office {
    fn incident(&self, id: IncidentId) -> Option<Incident> {
        let mut found: Option<Incident> = None;
        for operation in &self.log {
            let OperationBody::Incident { incident, version, events, .. } = &operation.body else { continue };
            if *incident != id {
                continue;
            }
            match &mut found {
                None => found = Incident::from_first(operation.at, events),
                Some(known) => events.iter().for_each(|event| known.apply(operation.at, event)),
            }
            if let Some(known) = &mut found {
                known.version = *version;
            }
        }
        found
    }

    pub(super) fn sees(&self, person: &str, id: IncidentId) -> bool {
        self.incident(id).is_some_and(|incident| incident.is_seen_by(&person.into()))
    }

    /// Entries that were accepted.
    pub(super) fn notes(&self, id: IncidentId) -> usize {
        let about =
            |o: &&Operation| matches!(o.body, OperationBody::Written(_)) && o.body.incidents().contains(&id);
        self.log.iter().filter(about).count()
    }

    fn is_hidden(&self, person: &str, id: IncidentId) -> bool {
        self.incident(id).is_some_and(|incident| !incident.is_seen_by(&person.into()))
    }

    /// What is about an incident that its author may not see.
    pub(super) fn hides(&self, op: &Written) -> bool {
        let about = op.change().and_then(|change| change.subject().as_incident());
        about.is_some_and(|incident| self.is_hidden(op.author.as_str(), incident))
    }

    pub(super) fn told(&self, person: &str, log: impl Iterator<Item = Operation>) -> Vec<Operation> {
        log.map(|operation| operation.told_to(&person.into(), |id| self.is_hidden(person, id))).collect()
    }

    pub(super) fn history(&self, person: &str, wanted: Wanted) -> LogChunk {
        let newest = self.log.len() as u64;
        let about = |o: &&Operation| o.seq > wanted.upto && o.body.incidents().contains(&wanted.incident);
        let mut operations: Vec<Operation> = self.log.iter().filter(about).cloned().collect();
        if self.is_hidden(person, wanted.incident) {
            operations.clear();
        }
        // Small parts, so that there are several.
        let more = operations.len() > 2;
        operations.truncate(2);
        let upto = operations.last().filter(|_| more).map_or(newest, |o| o.seq);
        LogChunk { era: self.era, after: wanted.upto, upto, newest, operations }
    }

    pub(super) fn decide(
        &self,
        id: IncidentId,
        command: IncidentCommand,
        op: &Written,
        at: Moment,
    ) -> Option<OperationBody> {
        let begun = command.declaration().is_some();
        let known = self.incident(id);
        let events = match &known {
            Some(known) => decide(known, command, op.author.clone(), at.now),
            None if begun => firebell_domain::incident::begin(id, 7, &command, &op.author, None, at.now),
            None => return None,
        };
        let version = known.map_or(0, |known| known.version) + 1;
        let asked = Some(op.id);
        Some(OperationBody::Incident {
            incident: id,
            version,
            events: events.ok()?,
            happened_at: vec![],
            asked,
        })
    }
}

impl Computer {
    fn ask(&mut self, office: &mut Office, incident: IncidentId, command: IncidentCommand, now: Moment) {
        let ((), outputs) = self.library.incident_ask(incident, command, now).unwrap();
        self.follow(office, outputs, now);
    }

    fn declare_privately(&mut self, office: &mut Office, people: &[&str], now: Moment) -> IncidentId {
        let declaration = Declaration {
            title: "SECRET payroll".into(),
            severity: Severity::Sev2,
            services: vec![],
            detection: None,
            detected_at: None,
            page: None,
            commands: false,
        };
        let (id, outputs) = self.library.declare_privately(declaration, named(people), now).unwrap();
        self.follow(office, outputs, now);
        id
    }

    fn sees_nothing_of(&self, incident: IncidentId) {
        let store = self.library.store();
        assert_eq!(store.incident(incident).unwrap(), None, "{}", self.person);
        assert!(
            store.incidents(&Default::default(), 100, 0).unwrap().iter().all(|r| r.incident.id != incident)
        );
        for words in ["SECRET", "payroll", "queue"] {
            assert_eq!(store.search(words, 20).unwrap(), [], "{} finds {words}", self.person);
        }
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
        let (kept, remade) = (store.digest().unwrap(), store.copied().unwrap());
        let mut remade = remade;
        remade.rebuild().unwrap();
        assert_eq!(remade.digest().unwrap(), kept, "the views are what the log says");
    }

    fn is_told(&self, incident: IncidentId) -> Refusal {
        let set = IncidentCommand::SetStatus { to: Status::Resolved };
        let store = self.library.store().copied().unwrap();
        let mut copy = Library::open(store, Some(self.person.into()), ids(99)).unwrap();
        match copy.incident_ask(incident, set, at(900)) {
            Err(super::super::LibraryError::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    }
}

fn named(people: &[&str]) -> Vec<PersonId> {
    people.iter().map(|person| (*person).into()).collect()
}

pub(super) fn private(people: &[&str]) -> IncidentCommand {
    IncidentCommand::MakePrivate { people: named(people), reason: "it is about a person".into() }
}

pub(super) fn people(add: &[&str], remove: &[&str]) -> IncidentCommand {
    IncidentCommand::ChangePeople { add: named(add), remove: named(remove), reason: "as agreed".into() }
}

/// An incident of Ana's that Ben has on his computer, with his words in it.
fn shared(office: &mut Office, ana: &mut Computer, ben: &mut Computer) -> IncidentId {
    ana.connect(office, at(0));
    ben.connect(office, at(0));
    let incident = ana.declare(office, "SECRET payroll", at(1));
    ana.note(office, incident, "SECRET in the queue", at(2));
    ben.hear(office, at(3));
    ben.note(office, incident, "SECRET seen by Ben", at(3));
    assert_eq!(ben.timeline(incident).len(), 2);
    assert_eq!(ben.library.store().search("payroll", 9).unwrap().len(), 1);
    incident
}

#[test]
fn whoever_is_removed_while_looking_has_nothing_left_of_it() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    let incident = shared(&mut office, &mut ana, &mut ben);
    let other = ben.declare(&mut office, "Search is slow", at(4));
    ana.hear(&mut office, at(4));
    ana.ask(&mut office, incident, private(&[]), at(5));
    ana.note(&mut office, incident, "SECRET in the queue, again", at(6));
    ben.hear(&mut office, at(6));
    ben.sees_nothing_of(incident);
    assert_eq!(ben.is_told(incident).words, "You can no longer see this incident.");
    assert_eq!(ben.library.sync_state().unwrap().drafts, 0, "everything he wrote had been sent");
    // The places are counted all the same, and the rest is as it was.
    assert_eq!(ben.library.store().place().upto, office.log.len() as u64);
    assert_eq!(ben.title(other), "Search is slow");
    assert_eq!(ana.timeline(incident).len(), 3);
}

#[test]
fn whoever_was_offline_then_loses_it_with_the_next_connection_and_keeps_only_unsent_words() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    let incident = shared(&mut office, &mut ana, &mut ben);
    ben.disconnect(at(4));
    ben.note(&mut office, incident, "my own unsent words", at(5));
    ben.retitle(&mut office, incident, "my own title", at(5));
    ben.ask(&mut office, incident, IncidentCommand::SetStatus { to: Status::Resolved }, at(5));
    ana.ask(&mut office, incident, private(&[]), at(6));
    ana.note(&mut office, incident, "SECRET in the queue, again", at(7));
    assert_eq!(ben.timeline(incident).len(), 3, "he cannot know yet");

    ben.connect(&mut office, at(8));
    ben.sees_nothing_of(incident);
    let drafts = ben.library.store().drafts().unwrap();
    let kept = serde_json::to_string(&drafts).unwrap();
    assert!(kept.contains("my own unsent words") && kept.contains("my own title"), "{kept}");
    assert!(!kept.contains("SECRET") && !kept.contains("queue"), "{kept}");
    assert!(
        drafts.iter().all(|draft| draft.words.starts_with("You can no longer see this incident.")
            || draft.words.contains("not allowed")),
        "{kept}"
    );
    let state = ben.library.sync_state().unwrap();
    assert_eq!((state.waiting, state.drafts), (0, drafts.len() as u32));
    // He writes on elsewhere, and is heard.
    let other = ben.declare(&mut office, "Search is slow", at(9));
    ana.hear(&mut office, at(9));
    assert_eq!(ana.title(other), "Search is slow");
}

#[test]
fn a_part_of_the_log_that_was_on_its_way_brings_nothing_back() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    let incident = ana.declare(&mut office, "SECRET payroll", at(1));
    ana.note(&mut office, incident, "SECRET in the queue", at(2));
    // Ben's computer is new: the server answered his question before Ana hid it, and the answer comes after.
    ben.online = true;
    ben.heard = office.log.len() as u64;
    let outputs = ben.library.on_message(&office.welcome("ben", &ben.library, at(3)), at(3)).unwrap();
    let fetch = outputs.iter().find_map(|o| match o {
        Output::Fetch(fetch) => Some(*fetch),
        _ => None,
    });
    let (open, part) = (fetch.unwrap(), Fetch::Part { after: 0, until: 2 });
    let mut outputs = vec![];
    for asked in [open, Fetch::OpenEntries] {
        outputs = ben.library.on_chunk(asked, office.chunk("ben", asked), at(3)).unwrap();
    }
    assert!(outputs.contains(&Output::Fetch(part)), "{outputs:?}");
    let on_its_way = office.chunk("ben", part);
    assert_eq!(on_its_way.operations.len(), 2);
    ana.ask(&mut office, incident, private(&[]), at(4));
    let operations = office.told("ben", office.log[2..].iter().cloned());
    ben.heard = office.log.len() as u64;
    let outputs = ben.library.on_message(&ServerMessage::Operations { operations }, at(5)).unwrap();
    ben.follow(&mut office, outputs, at(5));
    let outputs = ben.library.on_chunk(part, on_its_way, at(6)).unwrap();
    ben.follow(&mut office, outputs, at(6));
    ben.sees_nothing_of(incident);
    // Named again, everything comes.
    ana.ask(&mut office, incident, people(&["ben"], &[]), at(7));
    ben.hear(&mut office, at(8));
    assert_eq!(ben.title(incident), "SECRET payroll");
    assert_eq!(ben.timeline(incident), [("SECRET in the queue".into(), false)]);
    assert_eq!(ben.digest(), ana.digest());
}

#[test]
fn whoever_is_added_gets_the_whole_history_also_when_the_computer_stops_in_between() {
    for crash_after in 0..6 {
        let mut office = Office::new();
        let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
        ana.connect(&mut office, at(0));
        ben.connect(&mut office, at(0));
        let incident = ana.declare_privately(&mut office, &["chi"], at(1));
        assert!(ana.library.store().incident_row(incident).unwrap().unwrap().incident.is_private());
        for n in 0..5 {
            ana.note(&mut office, incident, &format!("SECRET {n} in the queue"), at(2));
        }
        ben.hear(&mut office, at(3));
        ben.sees_nothing_of(incident);
        ana.ask(&mut office, incident, people(&["ben"], &[]), at(4));
        ana.note(&mut office, incident, "SECRET and on", at(5));

        // He hears that he was added; his computer stops while the history is fetched.
        let operations = office.told("ben", office.log[ben.heard as usize..].iter().cloned());
        ben.heard = office.log.len() as u64;
        let mut outputs = ben.library.on_message(&ServerMessage::Operations { operations }, at(6)).unwrap();
        for _ in 0..crash_after {
            let asked = outputs.iter().find_map(|o| match o {
                Output::Fetch(fetch) => Some(*fetch),
                _ => None,
            });
            let Some(asked) = asked else { break };
            outputs = ben.library.on_chunk(asked, office.chunk("ben", asked), at(6)).unwrap();
        }
        ben.crash(50 + crash_after);
        ana.note(&mut office, incident, "SECRET while he was gone", at(7));
        ben.connect(&mut office, at(8));
        assert_eq!(ben.timeline(incident).len(), 7, "after {crash_after} parts");
        assert_eq!(ben.title(incident), "SECRET payroll");
        assert_eq!(ben.digest(), ana.digest());
        assert_eq!(ben.library.store().wanted().unwrap(), None);
    }
}

#[test]
fn whoever_leaves_is_asked_for_no_words_and_whoever_comes_back_has_everything() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    let incident = shared(&mut office, &mut ana, &mut ben);
    ana.hear(&mut office, at(4));
    ana.ask(&mut office, incident, private(&["ben"]), at(4));
    ben.hear(&mut office, at(5));
    assert_eq!(ben.timeline(incident).len(), 2, "he saw it all the time");
    assert_eq!(ben.library.store().wanted().unwrap(), None, "so nothing has to be fetched");
    ben.ask(&mut office, incident, people(&[], &["ben"]), at(6));
    ben.sees_nothing_of(incident);
    assert_eq!(ben.library.sync_state().unwrap().drafts, 0, "his own leaving is no draft");
    ana.hear(&mut office, at(7));
    ana.note(&mut office, incident, "SECRET without him", at(7));
    ben.disconnect(at(8));
    ana.ask(&mut office, incident, IncidentCommand::MakePublic { reason: "it is over".into() }, at(9));
    ben.connect(&mut office, at(10));
    assert_eq!(ben.timeline(incident).len(), 3);
    assert_eq!(ben.digest(), ana.digest());
    let held = ben.library.store().incident(incident).unwrap().unwrap();
    let told: Vec<_> = held.history.iter().filter(|r| r.event.sight().is_some()).collect();
    assert_eq!(told.len(), 3);
    assert!(matches!(&told[1].event, IncidentEvent::PeopleChanged { by, removed, .. }
        if by.as_str() == "ben" && removed == &named(&["ben"])));
}

#[test]
fn declared_privately_on_a_train_it_is_private_from_the_first_moment() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    let incident = ana.declare_privately(&mut office, &["chi"], at(1));
    let row = ana.library.store().incident_row(incident).unwrap().unwrap();
    assert_eq!((row.pending, row.incident.people), (true, Some(named(&["ana", "chi"]))));
    ana.note(&mut office, incident, "SECRET in the queue", at(2));
    ben.connect(&mut office, at(3));
    ana.connect(&mut office, at(4));
    ben.hear(&mut office, at(5));
    ben.sees_nothing_of(incident);
    let row = ana.library.store().incident_row(incident).unwrap().unwrap();
    assert_eq!((row.pending, row.incident.number), (false, 7));
    // Alone there is nobody to hide from.
    let store = LibraryStore::in_memory(WriterId(Uuid::from_u128(5))).unwrap();
    let mut alone = Library::open(store, None, ids(5)).unwrap();
    alone.start_alone("Zoe", at(6)).unwrap();
    let declaration = Declaration {
        title: "My build is broken".into(),
        severity: Severity::Sev4,
        services: vec![],
        detection: None,
        detected_at: None,
        page: None,
        commands: false,
    };
    let refused = alone.declare_privately(declaration, vec![], at(7)).unwrap_err();
    assert!(refused.to_string().contains("alone"), "{refused}");
}
