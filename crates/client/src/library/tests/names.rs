//! Under which name it stands: a copied disk, a restored server, a team that was joined.

use super::*;

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
    let mut ana = Computer { library, ..Computer::new("ana", 1) };
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

/// Both type into the same text before they learn of each other: their letters have the same names.
#[test]
fn what_both_copies_of_a_disk_type_into_one_text_is_kept() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    ana.connect(&mut office, at(0));
    let (runbook, outputs) = ana.library.runbook_create("Restart", at(1)).unwrap();
    ana.follow(&mut office, outputs, at(1));
    let body = format!("{}#body", RecordId::runbook(runbook));
    let mut clone = Computer::new("ana", 1);
    clone.library =
        Library::open(ana.library.store().copied().unwrap(), Some("ana".into()), ids(77)).unwrap();
    clone.types(&mut office, &body, 0, "on the copy, offline", at(2));
    ana.types(&mut office, &body, 0, "one", at(3));
    ana.types(&mut office, &body, 3, " two", at(3));

    // The copy hears of the second before it is told that the first has the name of its own.
    let welcome = office.welcome("ana", &clone.library, at(4));
    clone.library.on_message(&welcome, at(4)).unwrap();
    let (first, second) = (office.log[1].clone(), office.log[2].clone());
    for operation in [second, first] {
        let operations = vec![operation];
        clone.library.on_message(&ServerMessage::Operations { operations }, at(4)).unwrap();
    }
    let (opened, _) = clone.library.text_open(&body, at(5)).unwrap();
    assert_eq!(opened.text, "on the copy, offline", "as it was typed");
    clone.types(&mut office, &body, 0, "Still ", at(5));
    clone.disconnect(at(6));
    clone.connect(&mut office, at(7));
    ana.hear(&mut office, at(8));
    for c in [&mut ana, &mut clone] {
        let text = c.library.text_open(&body, at(9)).unwrap().0.text;
        assert!(text.contains("one two") && text.contains("Still on the copy, offline"), "{text}");
        assert_eq!(c.library.sync_state().unwrap().waiting, 0);
        assert!(c.library.store().drafts().unwrap().is_empty());
    }
    assert_eq!(ana.digest(), clone.digest());
}
