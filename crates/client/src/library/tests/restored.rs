//! A server that was restored from a backup hears again what it has lost, in whatever order people come back.

use super::*;

#[test]
fn what_comes_back_before_its_incident_is_offered_again_when_the_incident_is_there() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let incident = ben.declare(&mut office, "Slow", at(1));
    ana.hear(&mut office, at(1));
    ana.note(&mut office, incident, "the replica is behind", at(2));
    ana.retitle(&mut office, incident, "Checkout is slow", at(3));
    ana.disconnect(at(4));
    ben.disconnect(at(4));
    let mut office = office.restored(0);

    // Ana's computer is the first to come back; what the team knows of the incident is Ben's to say.
    ana.connect(&mut office, at(5));
    let drafts = ana.library.store().drafts().unwrap();
    assert_eq!(drafts.len(), 1, "until then she has her words");
    // She tries herself, too early.
    let ((), outputs) = ana.library.draft_repeat(drafts[0].id, at(5)).unwrap();
    ana.follow(&mut office, outputs, at(5));
    assert_eq!(ana.library.store().drafts().unwrap().len(), 1);
    ben.connect(&mut office, at(6));
    ana.hear(&mut office, at(7));
    ben.hear(&mut office, at(7));
    for c in [&ana, &ben] {
        assert_eq!(c.timeline(incident), [("the replica is behind".into(), false)], "{}", c.person);
        assert_eq!(c.title(incident), "Checkout is slow");
        assert_eq!(c.library.sync_state().unwrap().waiting, 0);
    }
    assert!(ana.library.store().drafts().unwrap().is_empty());
    assert_eq!(ana.digest(), ben.digest());
}

/// What she wrote too early is refused, and the answer is lost; the incident is back before she is told again.
#[test]
fn a_refusal_that_is_older_than_the_news_of_its_incident_is_not_the_last_word() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let incident = ben.declare(&mut office, "Slow", at(1));
    ana.hear(&mut office, at(1));
    ana.note(&mut office, incident, "the replica is behind", at(2));
    ana.disconnect(at(3));
    ben.disconnect(at(3));
    let mut office = office.restored(0);
    ana.connect(&mut office, at(4));
    let drafts = ana.library.store().drafts().unwrap();
    let ((), outputs) = ana.library.draft_repeat(drafts[0].id, at(5)).unwrap();
    for output in outputs {
        if let Output::Send(ClientMessage::Submit { ops }) = output {
            ops.iter().for_each(|s| drop(office.take(s, at(5))));
        }
    }
    ana.disconnect(at(6));

    ben.connect(&mut office, at(7));
    ana.connect(&mut office, at(8));
    assert_eq!(ana.timeline(incident), [("the replica is behind".into(), false)]);
    assert!(ana.library.store().drafts().unwrap().is_empty());
    assert_eq!(ana.library.sync_state().unwrap().waiting, 0);
}

#[test]
fn a_note_on_an_incident_that_never_was_accepted_stays_a_draft() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    let incident = ana.declare(&mut office, "FORBIDDEN", at(1));
    ana.note(&mut office, incident, "all regions", at(2));
    ana.connect(&mut office, at(3));
    ana.disconnect(at(4));
    let mut office = office.restored(0);
    ana.connect(&mut office, at(5));
    assert_eq!(ana.library.store().drafts().unwrap().len(), 1);
    assert!(office.log.is_empty());
}

/// Her declaration was refused, and a copy of her disk declared the incident after a restore.
#[test]
fn what_was_written_about_a_refused_declaration_is_offered_when_a_copy_has_declared_it() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    let incident = ana.declare(&mut office, "FORBIDDEN", at(1));
    let mut copy = Computer::new("ana", 1);
    copy.library = Library::open(ana.library.store().copied().unwrap(), Some("ana".into()), ids(77)).unwrap();
    ana.note(&mut office, incident, "all regions", at(2));
    ana.connect(&mut office, at(3));
    assert_eq!(ana.library.store().drafts().unwrap()[0].changes.len(), 2);
    ana.disconnect(at(4));
    let mut office = Office { forbidden: "nothing is", ..office.restored(0) };
    copy.connect(&mut office, at(5));
    ana.connect(&mut office, at(6));
    copy.hear(&mut office, at(7));
    for c in [&ana, &copy] {
        assert_eq!(c.timeline(incident), [("all regions".into(), false)]);
        assert!(c.library.store().drafts().unwrap().is_empty());
    }
    assert_eq!(ana.digest(), copy.digest());
}

/// A copy of her disk went on under the first name, and is gone.
#[test]
fn what_was_written_under_a_former_name_comes_back_to_a_restored_server() {
    let mut office = Office::new();
    let (mut ana, mut clone) = (Computer::new("ana", 1), Computer::new("ana", 1));
    ana.connect(&mut office, at(0));
    let incident = ana.declare(&mut office, "Slow", at(1));
    ana.note(&mut office, incident, "under the first name", at(2));
    let (runbook, outputs) = ana.library.runbook_create("Restart", at(3)).unwrap();
    ana.follow(&mut office, outputs, at(3));
    let body = format!("{}#body", RecordId::runbook(runbook));
    ana.types(&mut office, &body, 0, "first", at(4));
    ana.disconnect(at(5));
    clone.library =
        Library::open(ana.library.store().copied().unwrap(), Some("ana".into()), ids(77)).unwrap();
    clone.connect(&mut office, at(6));
    clone.note(&mut office, incident, "by the copy", at(7));
    ana.note(&mut office, incident, "under the second name", at(8));
    let first = ana.library.writer();
    ana.connect(&mut office, at(9));
    assert_ne!(ana.library.writer(), first);
    ana.types(&mut office, &body, 5, " and second", at(10));
    ana.disconnect(at(11));

    let mut office = office.restored(0);
    ana.connect(&mut office, at(12));
    let mut ben = Computer::new("ben", 2);
    ben.connect(&mut office, at(13));
    for c in [&mut ana, &mut ben] {
        let mut found = c.timeline(incident);
        found.sort();
        let both = [("under the first name".into(), false), ("under the second name".into(), false)];
        assert_eq!(found, both, "{}", c.person);
        assert_eq!(c.library.text_open(&body, at(14)).unwrap().0.text, "first and second", "{}", c.person);
        assert_eq!(c.library.sync_state().unwrap().waiting, 0);
    }
    assert!(ana.library.store().drafts().unwrap().is_empty());
    // The copy was not gone after all: nothing is there twice.
    clone.disconnect(at(15));
    clone.connect(&mut office, at(16));
    ana.hear(&mut office, at(17));
    assert_eq!(ana.timeline(incident).len(), 3);
    assert_eq!(ana.library.text_open(&body, at(18)).unwrap().0.text, "first and second");
    assert_eq!(ana.digest(), clone.digest());
}

/// The copy was used after the restore and before her computer came back.
#[test]
fn what_was_written_under_a_former_name_that_is_taken_comes_back_under_another() {
    let mut office = Office::new();
    let mut ana = Computer::new("ana", 1);
    ana.connect(&mut office, at(0));
    let incident = ana.declare(&mut office, "Slow", at(1));
    let early = ana.library.store().copied().unwrap();
    ana.note(&mut office, incident, "under the first name", at(2));
    let later = ana.library.store().copied().unwrap();
    ana.disconnect(at(3));
    let mut clone = Computer::new("ana", 1);
    clone.library = Library::open(later, Some("ana".into()), ids(77)).unwrap();
    clone.connect(&mut office, at(4));
    clone.note(&mut office, incident, "by the copy", at(5));
    ana.note(&mut office, incident, "under the second name", at(6));
    ana.connect(&mut office, at(7));
    ana.disconnect(at(8));

    let mut office = office.restored(1);
    let mut other = Computer::new("ana", 1);
    other.library = Library::open(early, Some("ana".into()), ids(78)).unwrap();
    other.connect(&mut office, at(9));
    other.note(&mut office, incident, "by an older copy", at(10));
    ana.connect(&mut office, at(11));
    let mut found: Vec<String> = ana.timeline(incident).into_iter().map(|(text, _)| text).collect();
    found.sort();
    assert_eq!(found, ["by an older copy", "under the first name", "under the second name"]);
    assert_eq!(ana.library.sync_state().unwrap().waiting, 0);
    assert!(ana.library.store().drafts().unwrap().is_empty());
}

/// Others may have deleted what the restored server does not take, by the names of its letters.
#[test]
fn letters_typed_while_a_restored_server_answers_do_not_get_the_names_of_lost_ones() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    ana.connect(&mut office, at(0));
    let (runbook, outputs) = ana.library.runbook_create("Restart", at(1)).unwrap();
    ana.follow(&mut office, outputs, at(1));
    let body = format!("{}#body", RecordId::runbook(runbook));
    ana.types(&mut office, &body, 0, "lost", at(2));
    let incident = ana.declare(&mut office, "Slow", at(2));
    ana.disconnect(at(3));
    let mut office = office.restored(1);
    let welcome = office.welcome("ana", &ana.library, at(4));
    let first = ana.library.writer();
    let refused = Refusal::new(RefusalCode::BadInput, "It builds on another one that is not here.");
    let submissions = |outputs: &[Output]| -> Vec<Submission> {
        let sent = outputs.iter().filter_map(|output| match output {
            Output::Send(ClientMessage::Submit { ops }) => Some(ops.clone()),
            _ => None,
        });
        sent.flatten().collect()
    };
    let sent = submissions(&ana.library.on_message(&welcome, at(4)).unwrap());
    assert_eq!(sent.iter().map(|s| s.op.id.counter).collect::<Vec<_>>(), [1, 2, 3]);

    // She goes on before the server has said anything, between two of its answers, and after a crash.
    ana.types(&mut office, &body, 4, " early", at(5));
    let answer = |counter, outcome| ServerMessage::Answers {
        writer: first,
        answers: vec![OpAnswer { counter, outcome }],
    };
    let taken = office.take(&sent[0], at(6));
    ana.library.on_message(&answer(1, taken), at(6)).unwrap();
    let outputs =
        ana.library.on_message(&answer(2, OpOutcome::Refused { refusal: refused.clone() }), at(6)).unwrap();
    assert_eq!(submissions(&outputs), []);
    let length = ana.library.text_open(&body, at(6)).unwrap().0.text.encode_utf16().count();
    ana.types(&mut office, &body, length, " later", at(7));
    ana.crash(12);
    office.answers.insert((first, 2), (sent[1].op.hash(), OpOutcome::Refused { refusal: refused }));
    ana.connect(&mut office, at(8));

    assert_ne!(ana.library.writer(), first);
    assert_eq!(ana.title(incident), "Slow");
    assert_eq!(ana.library.sync_state().unwrap().waiting, 0);
    let under_the_first_name = office.log.iter().filter(|o| match &o.body {
        OperationBody::Written(w) => w.id.writer == first && matches!(w.change(), Some(Change::Text { .. })),
        _ => false,
    });
    assert_eq!(under_the_first_name.count(), 0);
    let mut ben = Computer::new("ben", 2);
    ben.connect(&mut office, at(9));
    let text = ben.library.text_open(&body, at(9)).unwrap().0.text;
    assert!(text.contains(" later"), "{text}");
    let drafts = ana.library.store().drafts().unwrap();
    assert!(drafts.iter().flat_map(|d| &d.changes).any(|c| c.text.contains("lost")), "{drafts:?}");
}

/// Hers are the server's again before it has told her of his, on which they stand.
#[test]
fn letters_typed_while_ones_own_are_on_their_way_back_get_no_names_of_those() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let (runbook, outputs) = ana.library.runbook_create("Restart", at(1)).unwrap();
    ana.follow(&mut office, outputs, at(1));
    ben.hear(&mut office, at(1));
    let body = format!("{}#body", RecordId::runbook(runbook));
    ben.types(&mut office, &body, 0, "His. ", at(2));
    ana.hear(&mut office, at(2));
    ana.types(&mut office, &body, 5, "Hers. ", at(3));
    for c in [&mut ana, &mut ben] {
        c.disconnect(at(4));
    }
    let mut office = office.restored(2);
    ana.slow = true;
    ana.connect(&mut office, at(5));
    assert_eq!(ana.library.sync_state().unwrap().waiting, 0, "hers was taken in");
    assert_eq!(ana.library.text_open(&body, at(5)).unwrap().0.text, "", "and cannot be shown yet");
    ana.types(&mut office, &body, 0, "Meanwhile", at(6));
    ana.types(&mut office, &body, 9, ", twice. ", at(7));
    assert_eq!(ana.library.text_open(&body, at(7)).unwrap().0.text, "Meanwhile, twice. ");
    ana.slow = false;
    for (fetch, chunk) in std::mem::take(&mut ana.on_its_way) {
        let outputs = ana.library.on_chunk(fetch, chunk, at(8)).unwrap();
        ana.follow(&mut office, outputs, at(8));
    }
    ben.connect(&mut office, at(9));
    for c in [&mut ana, &mut ben] {
        let text = c.library.text_open(&body, at(10)).unwrap().0.text;
        assert!(text.contains("His. Hers. ") && text.contains("Meanwhile, twice. "), "{}: {text}", c.person);
        assert!(c.library.store().drafts().unwrap().is_empty());
        assert_eq!(c.library.sync_state().unwrap().waiting, 0);
    }
    assert_eq!(ana.digest(), ben.digest());
}

/// Of two copies of a disk one comes back first, and is told no: the other one does not take that for a yes.
#[test]
fn what_one_copy_is_refused_after_a_restore_the_other_is_refused_too() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let incident = ben.declare(&mut office, "Slow", at(1));
    ana.hear(&mut office, at(1));
    ana.note(&mut office, incident, "the replica is behind", at(2));
    for c in [&mut ana, &mut ben] {
        c.disconnect(at(3));
    }
    let mut copy = Computer::new("ana", 1);
    copy.library = Library::open(ana.library.store().copied().unwrap(), Some("ana".into()), ids(77)).unwrap();
    let mut office = office.restored(0);
    ana.connect(&mut office, at(4));
    copy.connect(&mut office, at(5));
    for c in [&ana, &copy] {
        assert_eq!(c.timeline(incident), [], "{}", c.person);
        assert_eq!(c.library.store().drafts().unwrap().len(), 1);
    }
    ben.connect(&mut office, at(6));
    for c in [&mut ana, &mut copy, &mut ben] {
        c.hear(&mut office, at(7));
        c.hear(&mut office, at(8));
        assert_eq!(c.timeline(incident), [("the replica is behind".into(), false)], "{}", c.person);
        assert!(c.library.store().drafts().unwrap().is_empty());
    }
    assert_eq!(ana.digest(), copy.digest());
}
