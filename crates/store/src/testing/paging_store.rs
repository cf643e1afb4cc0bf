//! The paging store on a disk that fails: at every operation of a week, whatever the disk then does.

use super::{Crash, Fault, FaultyDisk};
use crate::{
    Changeset, CommandState, CursorMove, Identity, LedgerRow, Notification, OutboxRow, Store, StoreError,
};
use firebell_domain::page::{Page, PageEvent, Recorded, Via};
use firebell_domain::receipt::ReceiptState;
use firebell_domain::team::Role;
use firebell_domain::{DeviceId, Instant, PageId, RaiseId};
use firebell_log::{Cursor, Era};
use firebell_protocol::sync::{PageRequest, ReceiptReport, You};
use firebell_protocol::window::Settings;
use std::path::{Path, PathBuf};
use uuid::Uuid;

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn at(minute: u32) -> Instant {
    format!("2026-11-21T02:{minute:02}:00.250Z").parse().unwrap()
}

fn opened(n: u32, title: &str) -> (Page, Recorded) {
    let event: PageEvent = serde_json::from_value(serde_json::json!({
        "type": "opened", "page": Uuid::from_u128(n.into()), "number": n, "service": "pay", "urgency": "high",
        "severity": "SEV2", "title": title, "source": null, "runbook": null, "started_at": at(n),
        "alerts": 1, "repeats": 0, "plan": { "policy": "default", "steps": [], "rounds": 1, "gap": "10m" },
    }))
    .unwrap();
    (Page::from_opened(at(n), &event).unwrap(), Recorded { at: at(n), event })
}

fn raise(n: u32) -> RaiseId {
    RaiseId { page: PageId(Uuid::from_u128(n.into())), round: 1, step: 0, person: "ana".into() }
}

fn cursor(seq: u64) -> CursorMove {
    CursorMove::To(Cursor { era: Era(Uuid::from_u128(3)), seq })
}

fn ledger(n: u32, handled: bool) -> LedgerRow {
    LedgerRow {
        raise: raise(n),
        era: Era(Uuid::from_u128(3)),
        page_version: 1,
        received_at: at(n),
        presented_at: Some(at(n)),
        seen_at: None,
        handled_at: handled.then(|| at(n + 1)),
        notification: Some(Notification { daemon: ":1.9".into(), session: "boot".into(), id: n }),
    }
}

fn command(counter: u64, state: CommandState) -> OutboxRow {
    let n = u32::try_from(counter).unwrap();
    OutboxRow {
        counter,
        page: raise(n).page,
        page_title: "Checkout is slow".into(),
        request: PageRequest::Acknowledge { via: Via::Notification },
        decided_on: 1,
        given_at: at(n),
        good_for_ms: 600_000,
        raise: Some(raise(n)),
        state,
    }
}

fn receipt(n: u32, state: ReceiptState) -> ReceiptReport {
    ReceiptReport { raise: raise(n), state, at: at(n) }
}

fn identity() -> Identity {
    let device = DeviceId(Uuid::from_u128(9));
    let you = You { person: "ana".into(), name: "Ana".into(), role: Role::Admin, device };
    Identity { you, server: "https://firebell.example.com".into(), team: "Acme".into() }
}

/// A page comes in and rings.
fn paged(n: u32, title: &str) -> Changeset {
    let (page, recorded) = opened(n, title);
    Changeset {
        cursor: cursor(n.into()),
        history: vec![(page.id, vec![recorded.clone(), recorded])],
        pages: vec![page],
        ledger: vec![ledger(n, false)],
        receipts: vec![receipt(n, ReceiptState::Delivered), receipt(n, ReceiptState::Shown)],
        ..Changeset::default()
    }
}

/// What happens to the store in a week, each step on its own.
const STEPS: usize = 12;

fn step(n: usize, store: &mut Store) -> Result<(), StoreError> {
    let long = "Checkout is slow, and here is everything the monitoring had to say of it. ".repeat(60);
    store.commit(&match n {
        0 => return store.enrol(&identity()),
        1 => paged(1, "Checkout is slow"),
        2 => Changeset { outbox: vec![command(1, CommandState::Queued)], ..Changeset::default() },
        3 => Changeset {
            cursor: cursor(2),
            outbox: vec![command(1, CommandState::Answered)],
            receipts_done: vec![(raise(1), ReceiptState::Delivered), (raise(1), ReceiptState::Shown)],
            ledger: vec![ledger(1, true)],
            ..Changeset::default()
        },
        // Large enough to be checkpointed on the way.
        4 => paged(2, &long),
        5 => paged(3, &long),
        6 => Changeset {
            outbox_done: vec![1],
            outbox: vec![
                command(2, CommandState::Queued),
                command(3, CommandState::Question { words: "resolved an hour ago".into(), can_repeat: true }),
            ],
            paging_held: Some(true),
            ..Changeset::default()
        },
        7 => Changeset { start_over: true, cursor: CursorMove::Forget, ..Changeset::default() },
        8 => return store.prune_ledger(at(59)),
        9 => paged(4, &long),
        10 => Changeset {
            paging_held: Some(false),
            settings: Some(Settings::default()),
            ..Changeset::default()
        },
        _ => Changeset { outbox_done: vec![2, 3], ledger: vec![ledger(4, true)], ..Changeset::default() },
    })
}

/// The program is started anew before these steps, which also writes the log back.
const RESTARTS: [usize; 2] = [3, 8];

/// Fails with the first line that differs.
#[track_caller]
fn assert_same(told: &str, expected: &str, when: &str) {
    let difference = told.lines().zip(expected.lines()).find(|(a, b)| a != b);
    assert!(told == expected, "{when}: {difference:#?}");
}

/// Everything a store says, in words. A difference is a loss.
fn told(store: &Store) -> Result<String, StoreError> {
    let mut pages = store.pages()?;
    pages.sort_by_key(|page| page.id);
    let histories = (1..=4).map(|n| store.history(raise(n).page)).collect::<Result<Vec<_>, _>>()?;
    let mut receipts: Vec<String> = store.receipts()?.iter().map(|r| format!("{r:?}")).collect();
    receipts.sort();
    let rest = (store.identity()?, store.cursor()?, store.team()?, store.outbox()?, store.last_counter()?);
    Ok(format!(
        "{pages:?}\n{histories:?}\n{:?}\n{receipts:?}\n{rest:?}\n{:?} {:?}",
        store.ledger()?,
        store.paging_held()?,
        store.settings()?
    ))
}

/// What a store says before the first step and after each.
fn expected() -> Vec<String> {
    let mut store = Store::in_memory().unwrap();
    let mut states = vec![told(&store).unwrap()];
    for n in 0..STEPS {
        step(n, &mut store).unwrap();
        states.push(told(&store).unwrap());
    }
    states
}

/// One computer: the disk, and the folder of the key's mark.
struct Computer {
    disk: FaultyDisk,
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Computer {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("firebell.db");
        Self { disk: FaultyDisk::new(seed), _folder: folder, path }
    }

    fn name(&self) -> &str {
        self.path.to_str().unwrap()
    }

    fn open(&self) -> Result<Store, StoreError> {
        let store = Store::open_on(&self.path, KEY, &self.disk)?;
        // So that the log is written back in the middle of the week, too.
        store.db.pragma_update(None, "wal_autocheckpoint", 8)?;
        Ok(store)
    }

    /// The steps in order, each once more, on the same store, when it fails; gives up when the power is gone. How many were acknowledged.
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

    fn operations(seed: u64) -> u64 {
        let computer = Self::new(seed);
        assert_eq!(computer.live(), STEPS);
        computer.disk.operations()
    }
}

#[test]
fn a_calm_week_tells_the_same_on_the_simulated_disk() {
    let computer = Computer::new(1);
    assert_eq!(computer.live(), STEPS);
    computer.disk.crash(Crash::Lost);
    let store = computer.open().unwrap();
    assert_same(&told(&store).unwrap(), &expected()[STEPS], "a calm week");
}

#[test]
fn the_power_may_go_at_any_moment() {
    let expected = expected();
    let operations = Computer::operations(0);
    let mut partly = 0;
    for n in 1..=operations {
        for how in Crash::ALL {
            let computer = Computer::new(n);
            let acknowledged = computer.disk.cut_during(n, how, || computer.live());
            let store = computer.open().unwrap_or_else(|e| panic!("operation {n}, {how:?}: {e}"));
            let told = told(&store).unwrap();
            // What was asked for last may have happened; it has not been acknowledged, and it is whole.
            let found = expected[acknowledged..].iter().take(2).position(|state| *state == told);
            assert!(found.is_some(), "operation {n}, {how:?}: after {acknowledged} steps, {told}");
            partly += found.unwrap_or(0);
        }
    }
    assert!(partly > 0, "sometimes the last one did happen");
}

#[test]
fn one_failure_at_any_operation_is_told_and_the_step_can_be_done_again() {
    let expected = expected();
    let operations = Computer::operations(0);
    for n in 1..=operations {
        for fault in [Fault::Io, Fault::Full] {
            let computer = Computer::new(n);
            computer.disk.fail_at(n, fault);
            assert_eq!(computer.live(), STEPS, "operation {n}, {fault:?}");
            computer.disk.crash(Crash::Lost);
            let store = computer.open().unwrap_or_else(|e| panic!("operation {n}, {fault:?}: {e}"));
            assert_same(&told(&store).unwrap(), &expected[STEPS], &format!("operation {n}, {fault:?}"));
        }
    }
}

#[test]
fn a_thousand_damages_are_noticed_or_harmless() {
    let expected = expected();
    let whole = Computer::new(0);
    assert_eq!(whole.live(), STEPS);
    let bytes = whole.disk.content(whole.name()).unwrap();
    let mut noticed = 0;
    // The mark of the key is there, as on a computer where the store was in use.
    let mut computer = Computer::new(0);
    drop(computer.open().unwrap());
    for seed in 0..1000 {
        computer.disk = FaultyDisk::new(seed);
        computer.disk.put(computer.name(), &bytes);
        computer.disk.damage(computer.name(), seed);
        match computer.open().and_then(|store| told(&store)) {
            Ok(told) => assert_same(&told, &expected[STEPS], &format!("seed {seed}")),
            Err(_) => noticed += 1,
        }
    }
    assert!(noticed > 500, "{noticed}");
}

/// The end of a write-ahead log that cannot be read counts as never written: SQLite goes back to the last commit before
/// it, silently. What must not be lost that way is in the side file, too.
#[test]
fn a_damaged_log_leads_back_to_an_earlier_commit_and_never_to_half_of_one() {
    const LAST: [usize; 3] = [1, 10, 7];
    let mut model = Store::in_memory().unwrap();
    (0..STEPS).for_each(|n| step(n, &mut model).unwrap());
    let mut states = vec![told(&model).unwrap()];
    for n in LAST {
        step(n, &mut model).unwrap();
        states.push(told(&model).unwrap());
    }
    let mut found = [0; LAST.len() + 1];
    let mut computer = Computer::new(0);
    assert_eq!(computer.live(), STEPS);
    let mut store = computer.open().unwrap();
    // Nothing of it was written back yet, as usual: that takes a thousand pages.
    store.db.pragma_update(None, "wal_autocheckpoint", 1000).unwrap();
    LAST.iter().for_each(|n| step(*n, &mut store).unwrap());
    // A crash leaves the log behind.
    computer.disk.crash(Crash::Lost);
    drop(store);
    let log = format!("{}-wal", computer.name());
    let whole = [computer.name(), &log].map(|name| computer.disk.content(name).unwrap());
    for seed in 0..300 {
        computer.disk = FaultyDisk::new(seed);
        computer.disk.put(computer.name(), &whole[0]);
        computer.disk.put(&log, &whole[1]);
        computer.disk.damage(&log, seed);
        if let Ok(told) = computer.open().and_then(|store| told(&store)) {
            let state = states.iter().position(|state| *state == told);
            found[state.unwrap_or_else(|| panic!("seed {seed}: half a commit: {told}"))] += 1;
        }
    }
    assert!(found[0] > 0 && found[LAST.len()] > 0, "{found:?}");
}

/// Two connections of one process share a log on the simulated disk.
#[test]
fn a_reader_sees_what_a_writer_committed() {
    let disk = FaultyDisk::new(5);
    let path = Path::new("shared.db");
    let writer = disk.connect(path).unwrap();
    writer.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1)").unwrap();
    let reader = disk.connect(path).unwrap();
    let count =
        |db: &rusqlite::Connection| db.query_row("SELECT count(*) FROM t", [], |r| r.get::<_, i64>(0));
    assert_eq!(count(&reader).unwrap(), 1);
    writer.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (2)").unwrap();
    assert_eq!(count(&reader).unwrap(), 1);
    reader.busy_timeout(std::time::Duration::ZERO).unwrap();
    reader.execute_batch("INSERT INTO t VALUES (3)").unwrap_err();
    writer.execute_batch("COMMIT").unwrap();
    assert_eq!(count(&reader).unwrap(), 2);
    drop(writer);
    reader.execute_batch("INSERT INTO t VALUES (3)").unwrap();
    disk.crash(Crash::Lost);
    count(&reader).unwrap_err();
    drop(reader);
    assert_eq!(count(&disk.connect(path).unwrap()).unwrap(), 3);
}
