//! What a crash may take of a library, because it comes back by itself; and what it may not.

use super::super::{LibraryChange, LibraryStore, Place};
use super::*;
use crate::testing::{Crash, Fault, FaultyDisk};
use firebell_log::Era;
use std::path::PathBuf;

struct Computer {
    disk: FaultyDisk,
    folder: tempfile::TempDir,
}

impl Computer {
    fn new() -> Self {
        Self { disk: FaultyDisk::new(5), folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("library.db")
    }

    fn open(&self) -> LibraryStore {
        LibraryStore::open_on(&self.path(), KEY, writer(1), &self.disk).unwrap()
    }
}

fn unsent(store: &LibraryStore) -> Vec<u64> {
    store.unsent.as_ref().unwrap().counters()
}

/// Ana wrote something, and Ben did; the team's log ends with `upto`.
fn a_day(store: &mut LibraryStore, upto: u64) {
    write(store, &note(1, incident(7), "all regions"));
    let bens = written(writer(2), 1, "ben", 5, &note(2, incident(7), "from Ben"));
    let place = Some(Place { era: Some(Era(Uuid::from_u128(1))), upto, live: None });
    store
        .commit(&LibraryChange { settled: vec![logged(upto, bens)], place, ..LibraryChange::default() })
        .unwrap();
}

fn texts(store: &LibraryStore) -> Vec<String> {
    let id = incident(7);
    let entries = super::super::entries::timeline(&store.queries.db, id).unwrap();
    entries.into_iter().map(|e| e.entry.text).collect()
}

#[test]
fn a_power_cut_takes_what_the_team_has_but_nothing_that_was_written_here() {
    let computer = Computer::new();
    let mut store = computer.open();
    a_day(&mut store, 9);
    assert_eq!(texts(&store), ["all regions", "from Ben"]);
    computer.disk.crash(Crash::Lost);
    drop(store);
    let store = computer.open();
    assert_eq!(texts(&store), ["all regions"]);
    assert_eq!(store.place().upto, 0, "Ben's is fetched again");
    assert_eq!(store.last_counter(), 1);
    assert!(store.check().unwrap().is_empty(), "{:?}", store.check());
}

#[test]
fn what_was_seen_in_the_log_is_kept_until_that_is_on_the_disk() {
    let computer = Computer::new();
    let mut store = computer.open();
    let id = write(&mut store, &note(1, incident(7), "all regions"));
    let mine = store.unanswered().unwrap().remove(0).op;
    assert_eq!(mine.id, id);
    settle(&mut store, vec![logged(4, mine)]);
    assert!(store.unanswered().unwrap().is_empty());
    assert_eq!(unsent(&store), [1], "a power cut would take the answer");
    write(&mut store, &note(2, incident(7), "rolled back"));
    // This one is synced, with all that came before.
    let stamp = Stamp { ms: at(40).timestamp_millis(), tick: 0 };
    answer(&mut store, vec![(2, OpOutcome::Accepted { seq: 5, stamp })]);
    assert_eq!(unsent(&store), [] as [u64; 0]);
    computer.disk.crash(Crash::Lost);
    drop(store);
    let store = computer.open();
    assert_eq!(texts(&store), ["all regions", "rolled back"]);
    assert!(store.unanswered().unwrap().is_empty(), "and it is not offered again");
}

#[test]
fn when_the_disk_forgets_while_the_program_runs_what_was_written_is_put_back() {
    let computer = Computer::new();
    let mut store = computer.open();
    a_day(&mut store, 9);
    computer.disk.crash(Crash::Lost);
    let change = note(3, incident(7), "rolled back");
    let op = written(writer(1), 2, "ana", 2, &change);
    let change = LibraryChange { own: vec![NewOwn { op, after: 1 }], ..LibraryChange::default() };
    assert!(store.commit(&change).is_err(), "the file is another one");
    // Which it found out, and looked after.
    assert_eq!(texts(&store), ["all regions"]);
    store.commit(&change).unwrap();
    assert_eq!(texts(&store), ["all regions", "rolled back"]);
    assert_eq!((store.place().upto, unsent(&store)), (0, vec![1, 2]));
}

#[test]
fn a_log_that_cannot_be_written_back_is_looked_after_before_anything_else() {
    for n in 1..40 {
        let computer = Computer::new();
        let mut store = computer.open();
        a_day(&mut store, 9);
        computer.disk.fail_at(computer.disk.operations() + n, Fault::Io);
        store.long = 1;
        let stamp = Stamp { ms: at(40).timestamp_millis(), tick: 0 };
        let answers = vec![(1, OpOutcome::Accepted { seq: 10, stamp })];
        let change = LibraryChange { answers, ..LibraryChange::default() };
        if store.commit(&change).is_err() {
            store.commit(&change).unwrap();
        }
        write(&mut store, &note(3, incident(7), "rolled back"));
        computer.disk.crash(Crash::Lost);
        drop(store);
        let store = computer.open();
        let waiting: Vec<u64> = store.unanswered().unwrap().iter().map(|own| own.counter).collect();
        assert_eq!(texts(&store), ["all regions", "from Ben", "rolled back"], "operation {n}");
        assert_eq!(waiting, [2], "operation {n}");
    }
}
