//! What a desktop's disk keeps.

use crate::{
    Changeset, CommandState, CursorMove, Identity, LedgerRow, Notification, OutboxRow, Store, StoreError,
    Typed, migration,
};
use firebell_domain::page::{Page, PageEvent, Recorded, Via};
use firebell_domain::receipt::ReceiptState;
use firebell_domain::team::Role;
use firebell_domain::{DeviceId, Instant, PageId, RaiseId};
use firebell_log::{Cursor, Era};
use firebell_protocol::sync::{PageRequest, ReceiptReport, You};
use rusqlite::Connection;
use uuid::Uuid;

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const OTHER_KEY: &str = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn now() -> Instant {
    "2026-11-21T02:13:00.250Z".parse().unwrap()
}

fn page() -> (Page, PageEvent) {
    let opened: PageEvent = serde_json::from_value(serde_json::json!({
        "type": "opened", "page": Uuid::from_u128(1), "number": 7, "service": "pay", "urgency": "high",
        "severity": "SEV2", "title": "Checkout is slow", "source": null, "runbook": null, "started_at": now(),
        "alerts": 1, "repeats": 0, "plan": { "policy": "default", "steps": [], "rounds": 1, "gap": "10m" },
    }))
    .unwrap();
    (Page::from_opened(now(), &opened).unwrap(), opened)
}

fn raise() -> RaiseId {
    RaiseId { page: PageId(Uuid::from_u128(1)), round: 1, step: 0, person: "ana".into() }
}

fn identity() -> Identity {
    let you = You {
        person: "ana".into(),
        name: "Ana".into(),
        role: Role::Admin,
        device: DeviceId(Uuid::from_u128(9)),
    };
    Identity { you, server: "https://firebell.example.com".into(), team: "Acme".into() }
}

fn everything() -> Changeset {
    let (page, opened) = page();
    let row = LedgerRow {
        raise: raise(),
        era: Era(Uuid::from_u128(3)),
        page_version: 1,
        received_at: now(),
        presented_at: Some(now()),
        seen_at: None,
        handled_at: None,
        notification: Some(Notification { daemon: ":1.9".into(), session: "boot".into(), id: 12 }),
    };
    let command = OutboxRow {
        counter: 1,
        page: page.id,
        page_title: page.title.clone(),
        request: PageRequest::Acknowledge { via: Via::Notification },
        decided_on: 1,
        given_at: now(),
        good_for_ms: 600_000,
        raise: Some(raise()),
        state: CommandState::Queued,
    };
    Changeset {
        cursor: CursorMove::To(Cursor { era: Era(Uuid::from_u128(3)), seq: 42 }),
        paging_held: Some(true),
        history: vec![(page.id, vec![Recorded { at: now(), event: opened }])],
        pages: vec![page],
        ledger: vec![row],
        outbox: vec![command],
        receipts: vec![ReceiptReport { raise: raise(), state: ReceiptState::Shown, at: now() }],
        ..Changeset::default()
    }
}

#[test]
fn what_was_committed_is_there_after_a_restart_and_not_readable_without_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("profile/firebell.db");
    let change = everything();
    {
        let mut store = Store::open(&path, KEY).unwrap();
        store.enrol(&identity()).unwrap();
        store.commit(&change).unwrap();
    }
    let store = Store::open(&path, KEY).unwrap();
    assert_eq!(store.identity().unwrap(), Some(identity()));
    assert_eq!(store.cursor().unwrap(), Some(Cursor { era: Era(Uuid::from_u128(3)), seq: 42 }));
    assert_eq!(store.pages().unwrap(), change.pages);
    assert_eq!(store.history(change.pages[0].id).unwrap(), change.history[0].1);
    assert_eq!(store.ledger().unwrap(), change.ledger);
    assert_eq!(store.outbox().unwrap(), change.outbox);
    assert_eq!(store.last_counter().unwrap(), 1);
    assert_eq!(store.receipts().unwrap(), change.receipts);
    assert!(store.paging_held().unwrap());
    drop(store);
    let bytes = std::fs::read(&path).unwrap();
    assert!(!bytes.windows(8).any(|w| w == b"Checkout" || w == b"SQLite f"));
}

#[test]
fn a_wrong_key_and_a_damaged_file_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("firebell.db");
    drop(Store::open(&path, KEY).unwrap());
    assert!(matches!(Store::open(&path, OTHER_KEY), Err(StoreError::WrongKey(_))));
    assert!(matches!(Store::open(&path, "secret"), Err(StoreError::BadKey)));
    drop(Store::open(&path, KEY).unwrap());

    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100] ^= 0x40;
    std::fs::write(&path, bytes).unwrap();
    let damaged = Store::open(&path, KEY).unwrap_err();
    assert!(matches!(damaged, StoreError::Corrupt(_)), "{damaged}");

    // Emptied is not new.
    std::fs::write(&path, []).unwrap();
    let emptied = Store::open(&path, KEY).unwrap_err();
    assert!(matches!(emptied, StoreError::Corrupt(_)), "{emptied}");

    let aside = Store::set_aside(&path, "20261121").unwrap();
    assert!(aside.exists() && !path.exists());
    Store::open(&path, OTHER_KEY).unwrap();
}

#[test]
fn a_changeset_is_written_whole_or_not_at_all() {
    let mut store = Store::in_memory().unwrap();
    store.commit(&everything()).unwrap();
    let mut torn = everything();
    torn.cursor = CursorMove::To(Cursor { era: Era(Uuid::from_u128(3)), seq: 43 });
    // A history of a page nobody has: the last statement fails.
    torn.history = vec![(PageId(Uuid::from_u128(77)), torn.history[0].1.clone())];
    store.commit(&torn).unwrap_err();
    assert_eq!(store.cursor().unwrap().unwrap().seq, 42);
    assert_eq!(store.history(everything().pages[0].id).unwrap().len(), 1);
}

#[test]
fn starting_over_keeps_the_ledger_and_the_outbox() {
    let mut store = Store::in_memory().unwrap();
    store.commit(&everything()).unwrap();
    store.commit(&Changeset { start_over: true, ..Changeset::default() }).unwrap();
    assert_eq!(store.pages().unwrap(), []);
    assert_eq!(store.history(everything().pages[0].id).unwrap(), []);
    assert_eq!(store.ledger().unwrap().len(), 1);
    assert_eq!(store.outbox().unwrap().len(), 1);
}

#[test]
fn another_device_begins_at_counter_one_and_still_knows_what_rang() {
    let mut store = Store::in_memory().unwrap();
    store.enrol(&identity()).unwrap();
    store.commit(&everything()).unwrap();
    store.sign_out().unwrap();
    assert_eq!(store.identity().unwrap(), None);
    store.enrol(&identity()).unwrap();
    assert_eq!(store.last_counter().unwrap(), 0);
    assert_eq!(store.cursor().unwrap(), None);
    assert_eq!(store.outbox().unwrap(), []);
    assert_eq!(store.receipts().unwrap(), []);
    assert_eq!(store.ledger().unwrap().len(), 1);
}

fn typed(form: &str, words: &str, seconds: i64) -> Typed {
    Typed { form: form.into(), words: words.into(), at: now() + chrono::TimeDelta::seconds(seconds) }
}

#[test]
fn what_was_typed_is_kept_until_it_is_sent_or_the_person_signs_out() {
    let mut store = Store::in_memory().unwrap();
    let keep = |store: &mut Store, typed: Vec<Typed>| {
        store.commit(&Changeset { typed, ..Changeset::default() }).unwrap();
    };
    keep(&mut store, vec![typed("declare", "Check", 0), typed("note 7", "asked Ben", 1)]);
    keep(&mut store, vec![typed("declare", "Checkout", 2)]);
    // Joining a team takes nothing away from somebody who was alone.
    store.enrol(&identity()).unwrap();
    let kept = |store: &Store| {
        let mut typed = store.typed().unwrap();
        typed.sort();
        typed
    };
    let both = [("declare".to_owned(), "Checkout".to_owned()), ("note 7".into(), "asked Ben".into())];
    assert_eq!(kept(&store), both);
    keep(&mut store, vec![typed("note 7", "", 3)]);
    assert_eq!(kept(&store), both[..1]);
    // Of more forms than anybody fills in, the oldest are forgotten.
    keep(&mut store, (0..600).map(|n| typed(&format!("form {n}"), "x", 10 + n)).collect());
    let left = kept(&store);
    assert_eq!(left.len(), 500);
    assert!(left.iter().any(|(form, _)| form == "form 599"));
    assert!(!left.iter().any(|(form, _)| form == "declare"));
    store.sign_out().unwrap();
    assert_eq!(kept(&store), []);
}

#[test]
fn a_counter_is_used_up_even_when_its_command_is_gone() {
    let mut store = Store::in_memory().unwrap();
    store.commit(&everything()).unwrap();
    store.commit(&Changeset { outbox_done: vec![1], ..Changeset::default() }).unwrap();
    assert_eq!(store.outbox().unwrap(), []);
    assert_eq!(store.last_counter().unwrap(), 1);
}

#[test]
fn a_migration_torn_in_the_middle_never_happened() {
    let mut db = Connection::open_in_memory().unwrap();
    let torn = [
        ("2026-11-21 a", "CREATE TABLE a (x INTEGER)"),
        ("2026-11-22 b", "CREATE TABLE b (x INTEGER); NOT SQL"),
    ];
    migration::migrate(&mut db, &torn).unwrap_err();
    let whole = [torn[0], ("2026-11-22 b", "CREATE TABLE b (x INTEGER); INSERT INTO b VALUES (1)")];
    migration::migrate(&mut db, &whole).unwrap();
    migration::migrate(&mut db, &whole).unwrap();
    let rows: i64 = db.query_row("SELECT count(*) FROM b", [], |r| r.get(0)).unwrap();
    assert_eq!(rows, 1, "each migration runs once");
}

#[test]
fn a_store_of_a_newer_version_is_left_alone() {
    let mut db = Connection::open_in_memory().unwrap();
    migration::migrate(&mut db, &[("2031-01-01 later", "CREATE TABLE later (x INTEGER)")]).unwrap();
    let refused = migration::migrate(&mut db, migration::ALL).unwrap_err();
    assert!(refused.to_string().contains("newer version"), "{refused}");
}

#[test]
fn migrations_are_in_the_order_of_their_dates() {
    assert!(migration::ALL.is_sorted_by_key(|(name, _)| name));
}
