//! Names: what a library says under which, after joining, forking and restarting.

use super::*;

/// Ana worked alone, with a note of hers that waits, for whatever reason; then she joins.
fn joining(store: &mut LibraryStore, id: IncidentId) -> LibraryChange {
    write(store, &note(9, id, "waits"));
    let change = LibraryChange { alone: Some(Alone::called("Ana")), ..Default::default() };
    store.commit(&change).unwrap();
    let op = written(store.writer(), 2, Alone::PERSON, 0, &declare(id, "Checkout is down"));
    let event =
        firebell_domain::incident::declare(id, 1, declaration("Checkout is down"), "me".into(), None, at(0));
    let events = vec![RecordedIncident { at: at(0), event: event.unwrap() }];
    let local = LocalIncident { incident: id, version: 1, events: events.clone(), asked: op.id };
    let own = vec![NewOwn { op, after: 1 }];
    store.commit(&LibraryChange { own, local_incidents: vec![local], ..Default::default() }).unwrap();
    let op = written(store.writer(), 3, Alone::PERSON, 3, &note(1, id, "alone"));
    let own = vec![NewOwn { op, after: 2 }];
    store.commit(&LibraryChange { own, ..Default::default() }).unwrap();
    let history = written(writer(50), 1, "ana", 9, &Change::Settled { incident: id, events });
    let offered = store.written_alone().unwrap().into_iter().zip(2..).map(|(op, counter)| Written {
        id: OpId { writer: writer(50), counter },
        author: "ana".into(),
        ..op
    });
    let ops = std::iter::once(history).chain(offered).collect();
    LibraryChange { joined: Some(Joined { writer: writer(50), ops }), ..Default::default() }
}

fn names(writer: WriterId, counters: std::ops::RangeInclusive<u64>) -> Vec<OpId> {
    counters.map(|counter| OpId { writer, counter }).collect()
}

#[test]
fn whoever_joined_a_team_is_not_alone_again_after_a_restart() {
    let profile = Profile::new();
    let id = incident(7);
    let mut store = profile.open();
    let change = joining(&mut store, id);
    let (library, beside) = (profile.library(), profile.beside());
    store.commit(&change).unwrap();
    assert_eq!(store.unsent.as_ref().unwrap().counters(), [1, 2, 3]);
    drop(store);
    let joined = (names(writer(50), 1..=3), vec!["alone".to_owned(), "waits".to_owned()]);
    assert_eq!(profile.says(id), joined);

    // The power went before the file could be written anew.
    beside.put_back();
    assert_eq!(profile.says(id), joined);

    // The database lost the end of its log.
    library.put_back();
    assert_eq!(profile.says(id), joined);

    // It is lost as a whole.
    for ending in ["db", "db-wal", "db-shm"] {
        let _ = std::fs::remove_file(profile.path.with_extension(ending));
    }
    assert_eq!(profile.says(id), joined);
}

#[test]
fn a_library_with_a_new_name_does_not_say_anything_under_both() {
    let profile = Profile::new();
    let id = incident(7);
    let mut store = profile.open();
    settle(&mut store, vec![declared(1, id, 12, "Checkout is down", None)]);
    for n in 1..=3 {
        write(&mut store, &note(n, id, &format!("note {n}")));
    }
    let stamp = Stamp { ms: at(1).timestamp_millis(), tick: 0 };
    answer(&mut store, vec![(1, OpOutcome::Accepted { seq: 2, stamp })]);
    let (library, beside) = (profile.library(), profile.beside());
    let reminted =
        store.unanswered().unwrap().into_iter().zip(1..).map(|(own, counter)| {
            (own.counter, Written { id: OpId { writer: writer(50), counter }, ..own.op })
        });
    let new_writer = Some(NewWriter { writer: writer(50), reminted: reminted.collect(), returned: vec![] });
    store.commit(&LibraryChange { new_writer, ..Default::default() }).unwrap();
    write(&mut store, &note(4, id, "note 4"));
    drop(store);
    let texts = |said: (Vec<OpId>, Vec<String>)| {
        assert_eq!(said.1, ["note 1", "note 2", "note 3", "note 4"]);
        said.0
    };
    assert_eq!(texts(profile.says(id)), names(writer(50), 1..=3));
    library.put_back();
    assert_eq!(texts(profile.says(id)), names(writer(50), 1..=3));
    // Only the file went back: what was answered long ago is not offered again.
    beside.put_back();
    assert_eq!(texts(profile.says(id)), names(writer(50), 1..=3));
}

#[test]
fn what_was_written_under_an_earlier_name_outlives_a_restored_server() {
    let profile = Profile::new();
    let id = incident(7);
    let mut store = profile.open();
    let begin = declared(1, id, 12, "Checkout is down", None);
    settle(&mut store, vec![begin.clone()]);
    let stamp = Stamp { ms: at(1).timestamp_millis(), tick: 0 };
    let mut ana = Typist::new(writer(1), body(1));
    write(&mut store, &note(1, id, "Ana's, long ago"));
    write(&mut store, &ana.types("Restart "));
    write(&mut store, &ana.types("the replica."));
    let seqs = [(1, 2), (2, 3), (3, 4)];
    answer(&mut store, seqs.map(|(counter, seq)| (counter, OpOutcome::Accepted { seq, stamp })).to_vec());
    write(&mut store, &note(2, id, "Ana's, waiting"));
    let reminted = vec![(
        4,
        Written { id: OpId { writer: writer(50), counter: 1 }, ..store.unanswered().unwrap()[0].op.clone() },
    )];
    let new_writer = Some(NewWriter { writer: writer(50), reminted, returned: vec![] });
    store.commit(&LibraryChange { new_writer, ..Default::default() }).unwrap();
    // One that comes with the log is by a copy of this computer, and the copy's to bring back.
    settle(&mut store, vec![logged(5, written(writer(1), 5, "ana", 5, &note(3, id, "the copy's")))]);
    settle(&mut store, vec![logged(6, written(writer(2), 1, "ben", 6, &note(4, id, "Ben's")))]);
    store.compact(firebell_domain::Instant::MAX_UTC).unwrap();
    let new_era = Some(NewEra { era: Era(Uuid::from_u128(2)) });
    store.commit(&LibraryChange { new_era, ..Default::default() }).unwrap();
    drop(store);

    let says = |store: &LibraryStore| -> Vec<String> {
        let timeline = store.incident(id).unwrap().unwrap().timeline;
        timeline.into_iter().map(|shown| shown.entry.text).collect()
    };
    let mut store = profile.open();
    // The first one comes again, the others were lost.
    let again = written(writer(1), 1, "ana", 1, &note(1, id, "Ana's, long ago"));
    settle(&mut store, vec![begin, logged(2, again)]);
    let mut said = says(&store);
    said.sort();
    assert_eq!(said, ["Ana's, long ago", "Ana's, waiting"]);
    assert_eq!(store.search("replica", 5).unwrap().len(), 1);
    assert_eq!(store.unanswered().unwrap().len(), 1);
    let again = store.waiting_under_a_former_name(9).unwrap();
    let names: Vec<_> = again.iter().map(|own| (own.op.id.writer, own.counter, own.after)).collect();
    assert_eq!(names, [(writer(1), 2, 1), (writer(1), 3, 2)], "what the log did not bring is offered again");
    let before = store.digest().unwrap();
    store.rebuild().unwrap();
    assert_eq!(store.digest().unwrap(), before);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_file_that_could_not_be_written_anew_is_written_with_the_next_change() {
    let profile = Profile::new();
    let id = incident(7);
    let mut store = profile.open();
    settle(&mut store, vec![declared(1, id, 12, "Checkout is down", None)]);
    write(&mut store, &note(1, id, "one"));
    let in_the_way = crate::open::with_ending(&side_path(&profile.path), ".new");
    std::fs::create_dir(&in_the_way).unwrap();
    let new_writer = Some(NewWriter { writer: writer(50), reminted: vec![], returned: vec![] });
    store.commit(&LibraryChange { new_writer, ..Default::default() }).unwrap();
    let op = written(writer(50), 2, "ana", 2, &note(2, id, "two"));
    let change = LibraryChange { own: vec![NewOwn { op, after: 1 }], ..Default::default() };
    store.commit(&change).unwrap_err();
    std::fs::remove_dir(&in_the_way).unwrap();
    store.commit(&change).unwrap();
    drop(store);
    assert_eq!(profile.says(id), (names(writer(50), 1..=2), vec!["one".to_owned(), "two".to_owned()]));
}
