//! A night in the life of a library.

mod texts;

use super::super::{IncidentFilter, LibraryChange, LocalIncident, NewEra, NewWriter, Place};
use super::*;
use firebell_domain::incident::{RecordedIncident, Status};
use firebell_log::Era;
use firebell_protocol::library::Standing;

const ID: u128 = 7;

fn accepted(seq: u64, ms: i64) -> OpOutcome {
    OpOutcome::Accepted { seq, stamp: Stamp { ms: at(ms).timestamp_millis(), tick: 0 } }
}

#[test]
fn what_ana_writes_is_there_at_once_and_pending_until_the_team_knows() {
    let mut store = library();
    let id = incident(ID);
    settle(&mut store, vec![declared(1, id, 12, "Checkout is down", None)]);
    write(&mut store, &title(RecordId::incident(id), "Checkout fails for everybody", None));
    write(&mut store, &note(1, id, "rolled back"));
    let detail = store.incident(id).unwrap().unwrap();
    assert_eq!(detail.row.title, "Checkout fails for everybody");
    assert!(detail.row.pending && detail.fields["title"].pending && detail.timeline[0].pending);
    assert_eq!((detail.row.entries, detail.timeline[0].author.as_str()), (1, "ana"));
    let waiting = store.waiting().unwrap();
    assert_eq!(waiting.first.iter().map(|w| w.what.as_str()).collect::<Vec<_>>(), ["title", "a note"]);
    assert_eq!(waiting.first[1].title, "Checkout fails for everybody");

    answer(&mut store, vec![(1, accepted(2, 1)), (2, accepted(3, 2))]);
    let detail = store.incident(id).unwrap().unwrap();
    assert!(!detail.row.pending && !detail.fields["title"].pending && !detail.timeline[0].pending);
    assert_eq!(store.waiting().unwrap().count, 0);
    assert!(store.unanswered().unwrap().is_empty());
    assert_eq!(store.own_after(1).unwrap()[0].op.id.counter, 2);
}

#[test]
fn an_incident_declared_on_a_train_is_worked_on_before_the_team_hears_of_it() {
    let mut store = library();
    let id = incident(ID);
    let asked = write(&mut store, &declare(id, "Checkout is down"));
    write(&mut store, &command(id, IncidentCommand::SetStatus { to: Status::Identified }));
    write(&mut store, &note(1, id, "the certificate expired"));
    let row = store.incidents(&Default::default(), 10, 0).unwrap().remove(0);
    assert_eq!((row.incident.number, row.incident.status, row.pending), (0, Status::Identified, true));
    assert_eq!(store.incident(id).unwrap().unwrap().asked.len(), 2);

    // The answer comes before the change that follows from it: nothing flickers.
    answer(&mut store, vec![(1, accepted(4, 1))]);
    assert_eq!(store.incident(id).unwrap().unwrap().row.incident.status, Status::Identified);
    settle(&mut store, vec![declared(4, id, 12, "Checkout is down", Some(asked))]);
    let detail = store.incident(id).unwrap().unwrap();
    assert_eq!((detail.row.incident.number, detail.row.incident.status), (12, Status::Identified));
    assert_eq!((detail.asked.len(), detail.history.len()), (1, 1));
}

#[test]
fn a_refused_declaration_and_what_was_written_about_it_come_back_as_one_draft() {
    let mut store = library();
    let (id, other) = (incident(ID), incident(8));
    write(&mut store, &declare(id, "Checkout is down"));
    write(&mut store, &note(1, id, "looking at the replica"));
    write(&mut store, &note(2, other, "unrelated"));
    write(&mut store, &note(3, id, "it is the replica"));
    answer(
        &mut store,
        vec![(1, refused("It was declared by Ben already.")), (2, refused("Declare it first."))],
    );
    // The last one is answered later, and still belongs to the others.
    answer(&mut store, vec![(3, accepted(1, 1)), (4, refused("Declare it first."))]);
    assert_eq!(store.incident(id).unwrap(), None);
    assert!(store.search("Checkout", 5).unwrap().is_empty());
    let drafts = store.drafts().unwrap();
    assert_eq!(drafts.len(), 1);
    let texts: Vec<_> = drafts[0].changes.iter().map(|c| (c.what.as_str(), c.text.as_str())).collect();
    assert_eq!(
        texts,
        [
            ("the declaration", "Checkout is down"),
            ("a note", "looking at the replica"),
            ("a note", "it is the replica"),
        ]
    );
    assert_eq!(drafts[0].words, "It was declared by Ben already. Declare it first.");
    assert_eq!((drafts[0].title.as_str(), drafts[0].can_repeat), ("Checkout is down", false));
    assert_eq!(store.draft_ops(drafts[0].id).unwrap().len(), 3);
    store.commit(&LibraryChange { drafts_done: vec![drafts[0].id], ..Default::default() }).unwrap();
    assert!(store.drafts().unwrap().is_empty());
    assert_eq!(store.last_counter(), 4, "a name is never used again");
}

#[test]
fn of_two_titles_written_at_the_same_time_the_loser_stays_in_the_history() {
    let mut store = library();
    let record = RecordId::runbook(runbook(1));
    let first = written(writer(2), 1, "ben", 10, &title(record.clone(), "Restart", None));
    let train = written(writer(2), 2, "ben", 30, &title(record.clone(), "Restart it", Some(first.id)));
    let office = written(writer(3), 1, "cid", 20, &title(record.clone(), "Restart safely", Some(first.id)));
    settle(&mut store, vec![logged(3, office), logged(2, train.clone()), logged(1, first)]);
    let detail = store.runbook(runbook(1)).unwrap().unwrap();
    assert_eq!(detail.row.title, "Restart it");
    assert_eq!((detail.fields["title"].write, detail.fields["title"].overruled), (train.id, 1));
    let standing: Vec<_> =
        store.field_history(&record, "title").unwrap().into_iter().map(|v| (v.value, v.standing)).collect();
    assert_eq!(
        standing,
        [
            ("Restart it".into(), Standing::Current),
            ("Restart safely".into(), Standing::Overruled),
            ("Restart".into(), Standing::Replaced),
        ]
    );

    // Whoever looks at both and takes the office's words back has settled it: nobody is sent to look again.
    let restored = written(writer(2), 3, "ben", 40, &title(record.clone(), "Restart safely", Some(train.id)));
    settle(&mut store, vec![logged(4, restored)]);
    assert_eq!(store.runbook(runbook(1)).unwrap().unwrap().fields["title"].overruled, 0);
    let standing: Vec<_> =
        store.field_history(&record, "title").unwrap().into_iter().map(|v| v.standing).collect();
    assert_eq!(standing, [Standing::Current, Standing::Replaced, Standing::Replaced, Standing::Replaced]);
}

#[test]
fn a_corrected_entry_says_which_one_takes_its_place() {
    let mut store = library();
    let id = incident(ID);
    write(&mut store, &note(1, id, "at 10:00"));
    let Change::Entry(entry) = note(2, id, "at 10:30") else { unreachable!() };
    write(&mut store, &Change::Entry(Entry { corrects: Some(EntryId(Uuid::from_u128(1))), ..entry }));
    settle(&mut store, vec![declared(1, id, 12, "Checkout is down", None)]);
    let timeline = store.incident(id).unwrap().unwrap().timeline;
    assert_eq!(timeline[0].corrected_by, Some(timeline[1].entry.id));
    assert_eq!(timeline[1].corrected_by, None);
}

/// Ana's disk was cloned, and both computers were used.
#[test]
fn a_copied_computer_and_its_original_keep_what_both_wrote() {
    let mut store = library();
    let id = incident(ID);
    settle(&mut store, vec![declared(1, id, 12, "Checkout is down", None)]);
    write(&mut store, &note(1, id, "written before the copy"));
    write(&mut store, &note(2, id, "written on the original"));
    // The copy sent its own second operation first.
    let before = written(writer(1), 1, "ana", 1, &note(1, id, "written before the copy"));
    let copy = written(writer(1), 2, "ana", 2, &note(3, id, "written on the copy"));
    settle(&mut store, vec![logged(2, before), logged(3, copy)]);
    let unanswered = store.unanswered().unwrap();
    assert_eq!(unanswered.len(), 1, "the first is in the log, the second is not");

    let again = Written { id: OpId { writer: writer(50), counter: 1 }, ..unanswered[0].op.clone() };
    let new_writer = Some(NewWriter { writer: writer(50), reminted: vec![(2, again)], returned: vec![] });
    store.commit(&LibraryChange { new_writer, ..Default::default() }).unwrap();
    assert_eq!((store.writer(), store.last_counter()), (writer(50), 1));
    let timeline = store.incident(id).unwrap().unwrap().timeline;
    let texts: Vec<_> = timeline.iter().map(|e| (e.entry.text.as_str(), e.pending)).collect();
    assert_eq!(
        texts,
        [
            ("written before the copy", false),
            ("written on the original", true),
            ("written on the copy", false)
        ]
    );
    // The copy offers what both had once more, under its own new name: it is shown once.
    let twice = written(writer(60), 1, "ana", 1, &note(1, id, "written before the copy"));
    settle(&mut store, vec![logged(4, twice)]);
    assert_eq!(store.incident(id).unwrap().unwrap().row.entries, 3);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

/// The answer is there, what follows from it is on its way, and another operation turned out to be a copy's.
#[test]
fn an_incident_does_not_vanish_when_the_name_changes_before_the_log_tells_of_it() {
    let mut store = library();
    let id = incident(ID);
    let asked = write(&mut store, &declare(id, "Checkout is down"));
    write(&mut store, &note(1, id, "all regions"));
    answer(&mut store, vec![(1, accepted(1, 1)), (2, accepted(2, 2))]);
    let new_writer = Some(NewWriter { writer: writer(50), reminted: vec![], returned: vec![] });
    store.commit(&LibraryChange { new_writer, ..Default::default() }).unwrap();
    for _ in 0..2 {
        let detail = store.incident(id).unwrap().expect("it is shown all the time");
        assert_eq!(detail.timeline[0].entry.text, "all regions");
        settle(&mut store, vec![declared(1, id, 12, "Checkout is down", Some(asked))]);
    }
    assert_eq!(store.incident(id).unwrap().unwrap().asked.len(), 0);
}

#[test]
fn after_the_server_was_restored_what_it_forgot_is_offered_again() {
    let mut store = library();
    let id = incident(ID);
    let asked = write(&mut store, &declare(id, "Checkout is down"));
    write(&mut store, &note(1, id, "one"));
    write(&mut store, &note(2, id, "two"));
    let others = written(writer(2), 1, "ben", 5, &note(9, id, "Ben's"));
    settle(&mut store, vec![declared(1, id, 12, "Checkout is down", Some(asked)), logged(2, others)]);
    answer(&mut store, vec![(1, accepted(1, 1)), (2, accepted(3, 2)), (3, accepted(4, 3))]);
    let era = Era(Uuid::from_u128(5));
    let new_era = Some(NewEra { era });
    let touched = store.commit(&LibraryChange { new_era, ..Default::default() }).unwrap();
    assert!(touched.everything);
    assert_eq!(store.place(), Place { era: Some(era), upto: 0, live: None });
    let again = store.unanswered().unwrap();
    assert_eq!(
        again.iter().map(|own| (own.counter, own.after)).collect::<Vec<_>>(),
        [(1, 0), (2, 1), (3, 2)]
    );
    let detail = store.incident(id).unwrap().unwrap();
    let texts: Vec<_> = detail.timeline.iter().map(|e| e.entry.text.as_str()).collect();
    assert_eq!(texts, ["one", "two"], "what others wrote comes from the log again");
}

/// The copy was offline until the server was restored, which does not know of its no.
#[test]
fn what_a_copy_wrote_under_the_name_of_something_refused_is_seen() {
    let mut store = library();
    let record = RecordId::runbook(runbook(1));
    write(&mut store, &title(record.clone(), "Restart", None));
    answer(&mut store, vec![(1, refused("You may not."))]);
    let era = Era(Uuid::from_u128(2));
    store.commit(&LibraryChange { new_era: Some(NewEra { era }), ..LibraryChange::default() }).unwrap();
    let copys = written(writer(1), 1, "ana", 5, &title(record.clone(), "Fail over", None));
    settle(&mut store, vec![logged(1, copys)]);
    assert!(store.name_is_shared(writer(1)).unwrap(), "until there is another name");
    let new_writer = Some(NewWriter { writer: writer(50), reminted: vec![], returned: vec![] });
    store.commit(&LibraryChange { new_writer, ..LibraryChange::default() }).unwrap();
    assert_eq!(store.runbook(runbook(1)).unwrap().unwrap().fields["title"].value, "Fail over");
    let drafts = store.drafts().unwrap();
    assert_eq!(drafts[0].changes[0].text, "Restart");
    assert_eq!(store.draft_ops(drafts[0].id).unwrap().len(), 1, "and can be written again");

    // The same under a name that this computer had before.
    write(&mut store, &title(record.clone(), "Drain", None));
    answer(&mut store, vec![(1, refused("You may not."))]);
    let new_writer = Some(NewWriter { writer: writer(51), reminted: vec![], returned: vec![] });
    store.commit(&LibraryChange { new_writer, ..LibraryChange::default() }).unwrap();
    settle(&mut store, vec![logged(2, written(writer(50), 1, "ana", 6, &title(record, "Scale out", None)))]);
    assert_eq!(store.runbook(runbook(1)).unwrap().unwrap().fields["title"].value, "Scale out");
}

#[test]
fn alone_this_computer_decides_and_nothing_is_offered_to_a_server() {
    let mut store = library();
    let id = incident(ID);
    let op = written(store.writer(), 1, "me", 0, &declare(id, "Checkout is down"));
    let event =
        firebell_domain::incident::declare(id, 1, declaration("Checkout is down"), "me".into(), None, at(0));
    let local = LocalIncident {
        incident: id,
        version: 1,
        events: vec![RecordedIncident { at: at(0), event: event.unwrap() }],
        asked: op.id,
    };
    let change = LibraryChange {
        own: vec![NewOwn { op, after: 0 }],
        local_incidents: vec![local.clone()],
        ..Default::default()
    };
    store.commit(&change).unwrap();
    write(&mut store, &note(1, id, "alone"));
    let detail = store.incident(id).unwrap().unwrap();
    assert_eq!((detail.row.incident.number, detail.asked.len()), (1, 0));
    let own = store.unanswered().unwrap();
    assert_eq!(own.iter().map(|own| (own.counter, own.after)).collect::<Vec<_>>(), [(2, 0)]);

    // A team is joined; it counts differently.
    write(&mut store, &Change::Settled { incident: id, events: local.events });
    settle(&mut store, vec![declared(9, id, 40, "Checkout is down", None)]);
    assert_eq!(store.incident(id).unwrap().unwrap().row.incident.number, 40);
}

#[test]
fn nothing_is_left_of_a_team_that_was_left() {
    let mut store = library();
    let id = incident(ID);
    settle(&mut store, vec![declared(1, id, 12, "Checkout is down", None)]);
    write(&mut store, &note(1, id, "secret"));
    write(&mut store, &note(2, id, "refused"));
    answer(&mut store, vec![(2, refused("No."))]);
    let touched = store.commit(&LibraryChange { purge: true, ..Default::default() }).unwrap();
    assert!(touched.everything && touched.drafts);
    assert_eq!(store.incident(id).unwrap(), None);
    assert!(store.search("secret", 9).unwrap().is_empty() && store.drafts().unwrap().is_empty());
    assert_eq!(store.digest().unwrap(), Default::default());
    assert_eq!((store.place(), store.last_counter()), (Place::default(), 2));
}

#[test]
fn the_incidents_of_a_service_are_found_without_reading_the_others() {
    let mut store = library();
    let declare = |seq: u64, id: u128, services: &[&str]| {
        let services = services.iter().map(|s| (*s).into()).collect();
        let declaration = Declaration { services, ..declaration("Checkout is down") };
        let event = IncidentEvent::Declared {
            incident: incident(id),
            number: seq,
            by: "ben".into(),
            claimed_at: None,
            declaration,
        };
        decided(seq, incident(id), 1, vec![event], None)
    };
    settle(&mut store, vec![declare(1, 1, &["a", "b"]), declare(2, 2, &["b"]), declare(3, 3, &["a", "a"])]);
    let resolved = IncidentEvent::StatusChanged {
        from: Status::Investigating,
        to: Status::Resolved,
        skipped: vec![],
        by: "ben".into(),
    };
    settle(&mut store, vec![decided(4, incident(1), 2, vec![resolved], None)]);
    write(&mut store, &super::declare(incident(4), "Not heard of yet"));
    let numbers = |store: &LibraryStore, service: &str, open: Option<bool>, limit: u32, offset: u32| {
        let filter = IncidentFilter { services: vec![service.into()], open, ..Default::default() };
        let rows = store.incidents(&filter, limit, offset).unwrap();
        rows.into_iter().map(|row| row.incident.number).collect::<Vec<_>>()
    };
    for _ in 0..2 {
        assert_eq!(numbers(&store, "a", None, 9, 0), [3, 1]);
        assert_eq!(numbers(&store, "b", Some(true), 9, 0), [2]);
        assert_eq!(numbers(&store, "b", Some(false), 9, 0), [1]);
        assert_eq!(numbers(&store, "b", None, 1, 1), [1]);
        assert_eq!(numbers(&store, "nobody", None, 9, 0), [] as [u64; 0]);
        assert_eq!(numbers(&store, "payments-api", None, 9, 0), [0]);
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
        store.rebuild().unwrap();
    }
    answer(&mut store, vec![(1, refused("No."))]);
    assert_eq!(numbers(&store, "payments-api", None, 9, 0), [] as [u64; 0]);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_history_that_the_team_does_not_take_is_a_draft_and_no_incident() {
    let mut store = library();
    let id = incident(ID);
    let event =
        firebell_domain::incident::declare(id, 1, declaration("Checkout is down"), "me".into(), None, at(0));
    let events = vec![RecordedIncident { at: at(0), event: event.unwrap() }];
    let asked = OpId { writer: writer(9), counter: 1 };
    let local = LocalIncident { incident: id, version: 1, events: events.clone(), asked };
    let change = LibraryChange { local_incidents: vec![local], ..Default::default() };
    store.commit(&change).unwrap();
    write(&mut store, &Change::Settled { incident: id, events });
    assert_eq!(store.incident(id).unwrap().unwrap().row.incident.number, 1);
    answer(&mut store, vec![(1, refused("It is another incident here."))]);
    for _ in 0..2 {
        assert_eq!(store.incident(id).unwrap(), None);
        assert!(store.search("Checkout", 5).unwrap().is_empty());
        assert!(store.drafts().unwrap()[0].changes[0].text.contains("Checkout is down"));
        store.rebuild().unwrap();
    }
}

#[test]
fn what_an_old_version_did_not_understand_is_kept_and_understood_after_an_update() {
    let mut store = library();
    let id = incident(ID);
    settle(&mut store, vec![declared(1, id, 12, "Checkout is down", None)]);
    let mut newer = written(writer(2), 1, "ben", 1, &note(1, id, "from the future"));
    newer.schema = 2;
    let known = std::mem::replace(&mut newer.change, serde_json::json!({ "kind": "hologram", "of": "ana" }));
    let unknown = Operation { scope: Scope::Team, seq: 3, at: at(3), body: OperationBody::Unknown };
    let place = Some(Place { era: Some(Era(Uuid::from_u128(1))), upto: 9, live: None });
    let settled = vec![logged(2, newer), unknown];
    store.commit(&LibraryChange { settled, place, ..Default::default() }).unwrap();
    store.rebuild().unwrap();
    assert_eq!(store.place().upto, 2, "what could not be read is fetched again");
    // The update: now the same bytes mean something.
    store
        .queries
        .db
        .execute("UPDATE op SET change = ?1 WHERE kind = 'unknown'", [known.to_string()])
        .unwrap();
    assert!(store.incident(id).unwrap().unwrap().timeline.is_empty());
    store.meta.schema = 0;
    store.rebuild_if_needed().unwrap();
    assert_eq!(store.incident(id).unwrap().unwrap().timeline[0].entry.text, "from the future");
}

#[test]
fn a_name_that_was_used_is_not_used_again() {
    let mut store = library();
    let op = written(writer(1), 1, "ana", 0, &note(1, incident(ID), "one"));
    let change = LibraryChange { own: vec![NewOwn { op, after: 0 }], ..Default::default() };
    store.commit(&change).unwrap();
    let again = store.commit(&change).unwrap_err();
    assert!(matches!(again, crate::StoreError::OutOfTurn(_)), "{again}");
    assert_eq!(store.unanswered().unwrap().len(), 1);
}

/// It is asked for each incident of each part of the log.
#[test]
fn what_is_pending_of_one_incident_is_found_without_reading_the_log() {
    use crate::library::incidents::{OFFERED, PENDING};
    let store = library();
    for tail in [PENDING, OFFERED] {
        let mut plan =
            store.queries.db.prepare(&format!("EXPLAIN QUERY PLAN SELECT id FROM op {tail}")).unwrap();
        let steps = plan.query_map([[0u8; 16]], |r| r.get::<_, String>(3)).unwrap();
        let steps: Vec<String> = steps.map(Result::unwrap).collect();
        assert!(steps[0].contains("op_asked"), "{steps:?}");
    }
}
