//! A library on a disk that fails, and loses what was not synced.

use super::super::open::side_path;
use super::super::{LibraryChange, NewEra, Place};
use super::*;
use crate::testing::{Crash, Fault, FaultyDisk};
use crate::{SideFile, StoreError};
use firebell_log::Era;
use std::path::PathBuf;

const STEPS: usize = 10;
/// What a power cut may take: the team has it.
const OF_THE_TEAM: usize = 2;
/// The program is started anew before these steps.
const RESTARTS: [usize; 2] = [4, 7];

/// A morning of Ana's. Each step can be done again when it failed, and changes nothing when it had been done.
fn step(n: usize, store: &mut LibraryStore) -> Result<(), StoreError> {
    let id = incident(7);
    let mut ana = Typist::new(writer(1), body(1));
    let own = |counter: u64, change: Change| LibraryChange {
        own: vec![NewOwn {
            op: written(writer(1), counter, "ana", counter as i64, &change),
            after: counter - 1,
        }],
        ..LibraryChange::default()
    };
    let stamp = Stamp { ms: at(40).timestamp_millis(), tick: 0 };
    let change = match n {
        0 => own(1, declare(id, "Checkout is down")),
        1 => own(2, note(1, id, "rolled back")),
        2 => {
            let asked = Some(OpId { writer: writer(1), counter: 1 });
            let others = written(writer(2), 1, "ben", 5, &title(RecordId::incident(id), "Ben's title", None));
            let place = Some(Place { era: Some(Era(Uuid::from_u128(1))), upto: 2, live: None });
            let settled = vec![declared(1, id, 12, "Checkout is down", asked), logged(2, others)];
            LibraryChange { settled, place, ..LibraryChange::default() }
        }
        3 => own(3, ana.types("Restart the replica.")),
        4 => {
            let answers =
                vec![(1, OpOutcome::Accepted { seq: 1, stamp }), (2, OpOutcome::Accepted { seq: 3, stamp })];
            LibraryChange { answers, ..LibraryChange::default() }
        }
        5 => own(4, title(RecordId::incident(id), "Ana's title", None)),
        6 => LibraryChange {
            answers: vec![(3, refused("No.")), (4, refused("No."))],
            ..LibraryChange::default()
        },
        7 => {
            let new_era = Some(NewEra { era: Era(Uuid::from_u128(2)) });
            LibraryChange { new_era, ..LibraryChange::default() }
        }
        8 => own(5, note(2, id, "it holds")),
        _ => return store.rebuild(),
    };
    match change.own.first() {
        // It was put back from the side file, though it had failed.
        Some(own) if own.op.id.counter <= store.last_counter() => Ok(()),
        _ => store.commit(&change).map(drop),
    }
}

/// Everything a library says, in words. A difference is a loss.
fn told(store: &LibraryStore) -> Result<String, StoreError> {
    let own: Vec<_> = store.own_after(0)?.into_iter().map(|own| (own.op, own.accepted)).collect();
    Ok(format!(
        "{} {own:?} {:?} {:?} {:?}",
        store.digest()?,
        store.drafts()?,
        store.place(),
        store.last_counter(),
    ))
}

/// What a library says before the first step and after each.
fn expected() -> Vec<String> {
    let mut store = library();
    let mut states = vec![told(&store).unwrap()];
    for n in 0..STEPS {
        step(n, &mut store).unwrap();
        states.push(told(&store).unwrap());
    }
    states
}

/// One computer: the disk of the library, and a real folder for the file of unsent changes.
struct Computer {
    disk: FaultyDisk,
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Computer {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library.db");
        Self { disk: FaultyDisk::new(seed), _folder: folder, path }
    }

    fn open(&self) -> Result<LibraryStore, StoreError> {
        let mut store = LibraryStore::open_on(&self.path, KEY, writer(1), &self.disk)?;
        // So that the log is written back in the middle of the morning, too.
        store.long = 60;
        Ok(store)
    }

    /// The steps in order, each once more when it fails; gives up when the power is gone. How many were acknowledged.
    fn live(&self) -> usize {
        let mut store = None;
        for n in 0..STEPS {
            if RESTARTS.contains(&n) {
                store = None;
            }
            let done = (0..3).any(|_| {
                if store.is_none() {
                    store = self.open().map_err(|error| assert!(!error.is_lost(), "{error}")).ok();
                }
                let done = store.as_mut().is_some_and(|store| step(n, store).is_ok());
                self.disk.make_room();
                done
            });
            if !done {
                assert!(self.disk.is_off(), "step {n} fails three times");
                return n;
            }
        }
        STEPS
    }

    fn operations() -> u64 {
        let computer = Self::new(0);
        assert_eq!(computer.live(), STEPS);
        computer.disk.operations()
    }
}

#[test]
fn a_calm_morning_tells_the_same_on_the_simulated_disk() {
    let computer = Computer::new(1);
    assert_eq!(computer.live(), STEPS);
    computer.disk.crash(Crash::Lost);
    assert_eq!(told(&computer.open().unwrap()).unwrap(), expected()[STEPS]);
}

/// A library writes a lot: some operations each time, all of them with `--ignored`.
const SOME: usize = 9;

#[test]
fn the_power_may_go_and_nothing_that_was_saved_is_missing() {
    power(SOME);
}

#[test]
#[ignore = "takes minutes"]
fn the_power_may_go_at_any_moment() {
    power(1);
}

fn power(every: usize) {
    let expected = expected();
    let operations = Computer::operations();
    let (mut partly, mut tried, mut refetched) = (0, 0, 0);
    // Every operation, each with one of the ways in turn; another seed of the disk for each.
    for n in (1..=operations).step_by(every) {
        let how = Crash::ALL[n as usize % Crash::ALL.len()];
        let computer = Computer::new(n);
        let acknowledged = computer.disk.cut_during(n, how, || computer.live());
        let mut store = computer.open().unwrap_or_else(|e| panic!("operation {n}, {how:?}: {e}"));
        if acknowledged > OF_THE_TEAM && store.place().era.is_none() {
            // It comes again, from the place where the library stands.
            step(OF_THE_TEAM, &mut store).unwrap();
            refetched += 1;
        }
        let told = told(&store).unwrap();
        // What was asked for last may have happened; it has not been acknowledged, and it is whole.
        let found = expected[acknowledged..].iter().take(2).position(|state| *state == told);
        assert!(found.is_some(), "operation {n}, {how:?}: after {acknowledged} steps, {told}");
        partly += found.unwrap_or(0);
        tried += 1;
    }
    assert!(partly > 0 && tried > 10 && refetched > 0, "{partly} of {tried}, {refetched} fetched again");
}

#[test]
fn one_failure_is_told_and_the_step_can_be_done_again() {
    failure(SOME);
}

#[test]
#[ignore = "takes minutes"]
fn one_failure_at_any_operation_is_told_and_the_step_can_be_done_again() {
    failure(1);
}

fn failure(every: usize) {
    let expected = expected();
    for n in (1..=Computer::operations()).step_by(every) {
        let fault = if n % 2 == 0 { Fault::Io } else { Fault::Full };
        let computer = Computer::new(n);
        computer.disk.fail_at(n, fault);
        assert_eq!(computer.live(), STEPS, "operation {n}, {fault:?}");
        computer.disk.crash(Crash::Lost);
        let store = computer.open().unwrap_or_else(|e| panic!("operation {n}, {fault:?}: {e}"));
        assert_eq!(told(&store).unwrap(), expected[STEPS], "operation {n}, {fault:?}");
    }
}

/// The library is gone altogether: what was written and not answered is in the file beside it.
#[test]
fn what_waits_survives_the_loss_of_the_whole_library() {
    for n in 0..STEPS {
        let computer = Computer::new(3);
        let mut store = computer.open().unwrap();
        (0..=n).for_each(|n| step(n, &mut store).unwrap());
        let waiting: Vec<Written> = store.unanswered().unwrap().into_iter().map(|own| own.op).collect();
        drop(store);
        let (file, content) = SideFile::open(&side_path(&computer.path), KEY).unwrap();
        drop(file);
        let other = Computer { disk: FaultyDisk::new(4), ..computer };
        std::fs::remove_file(other.path.with_extension("db.key-mark")).unwrap();
        let store = other.open().unwrap();
        let back: Vec<Written> = store.unanswered().unwrap().into_iter().map(|own| own.op).collect();
        for op in &waiting {
            assert!(back.contains(op), "after step {n}: {op:?} of {content:?}");
        }
    }
}
