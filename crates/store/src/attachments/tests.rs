//! What is attached on this computer, and what it keeps of others.

use super::*;
use crate::testing::{Crash, Fault, FaultyDisk};

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn incident(n: u128) -> IncidentId {
    IncidentId(Uuid::from_u128(n))
}

fn open(folder: &Path) -> AttachmentStore {
    AttachmentStore::open_or_repair(&folder.join("attachments.db"), KEY, "test").unwrap()
}

fn waiting(store: &AttachmentStore) -> Vec<String> {
    store.waiting().unwrap().into_iter().map(|(hash, ..)| hash).collect()
}

fn has(store: &mut AttachmentStore, hash: &str) -> bool {
    store.get(hash, 1_000).unwrap().is_some()
}

#[test]
fn what_was_attached_waits_over_a_restart_until_the_server_has_it_and_leaves_no_trace_in_clear() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let words = b"the password of the database is hunter2";
    store.add("a", MediaType::Text, words, 1).unwrap();
    assert_eq!(store.name("nothing", incident(1)).unwrap(), None);
    assert_eq!(store.name("a", incident(1)).unwrap(), Some((MediaType::Text, words.len() as u64)));
    drop(store);

    let mut store = open(folder.path());
    assert_eq!(waiting(&store), ["a"]);
    assert_eq!(store.get("a", 2).unwrap(), Some((MediaType::Text, words.to_vec())));
    let why = Sending::Waiting { words: "The room is full.".into() };
    store.set_sending("a", incident(1), &why).unwrap();
    assert_eq!(store.sending("a", incident(1)).unwrap(), Some(why));
    store.set_sending("a", incident(1), &Sending::Known).unwrap();
    assert_eq!(waiting(&store), [""; 0]);
    // Named once more it is not sent once more, and for another incident it is.
    store.name("a", incident(1)).unwrap();
    assert_eq!(waiting(&store), [""; 0]);
    store.name("a", incident(2)).unwrap();
    assert_eq!(waiting(&store), ["a"]);
    drop(store);
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(7).any(|w| w == b"hunter2"));
    }
}

#[test]
fn room_is_made_by_what_was_looked_at_longest_ago_and_never_by_what_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    store.set_cache_max(1_000);
    store.add("own", MediaType::Png, &[1; 600], 1).unwrap();
    store.name("own", incident(1)).unwrap();
    store.add("draft", MediaType::Png, &[2; 600], 1).unwrap();
    for (n, hash) in (2..).zip(["x", "y"]) {
        store.keep(hash, MediaType::Png, &[3; 400], incident(1), n).unwrap();
    }
    assert!(has(&mut store, "x"), "looked at now");
    store.keep("z", MediaType::Png, &[3; 400], incident(1), 2_000).unwrap();
    assert!(!has(&mut store, "y") && has(&mut store, "x") && has(&mut store, "z"));
    assert!(has(&mut store, "own") && has(&mut store, "draft"));
    // Larger than all the room there is: it is shown all the same, alone.
    store.keep("huge", MediaType::Png, &[3; 2_000], incident(1), 3_000).unwrap();
    assert!(has(&mut store, "huge") && !has(&mut store, "x") && has(&mut store, "own"));
    // Once the server has it, it is like any other.
    store.set_sending("own", incident(1), &Sending::Known).unwrap();
    store.keep("last", MediaType::Png, &[3; 900], incident(1), 4_000).unwrap();
    assert!(!has(&mut store, "own") && has(&mut store, "last"));
}

#[test]
fn what_an_incident_named_goes_with_it_and_what_another_names_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    for hash in ["one", "both"] {
        store.add(hash, MediaType::Png, &[1; 50], 1).unwrap();
        store.name(hash, incident(1)).unwrap();
    }
    store.name("both", incident(2)).unwrap();
    store.add("unnamed", MediaType::Png, &[1; 50], 1).unwrap();
    assert_eq!(store.incidents().unwrap(), [incident(1), incident(2)]);
    store.forget_incident(incident(1)).unwrap();
    assert!(!has(&mut store, "one") && has(&mut store, "both") && has(&mut store, "unnamed"));
    store.forget_unnamed(1).unwrap();
    assert!(has(&mut store, "unnamed"), "it is not old");
    store.forget_unnamed(2).unwrap();
    assert!(!has(&mut store, "unnamed") && has(&mut store, "both"));
    std::fs::write(folder.path().join("attachments.db.aside-1"), "old").unwrap();
    store.purge().unwrap();
    assert!(!has(&mut store, "both") && !folder.path().join("attachments.db.aside-1").exists());
}

#[test]
fn a_server_that_began_anew_is_offered_everything_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let era = |n| Era(Uuid::from_u128(n));
    assert!(!store.follow(era(1)).unwrap());
    store.keep("theirs", MediaType::Png, &[1; 50], incident(1), 1).unwrap();
    assert!(!store.follow(era(1)).unwrap());
    assert_eq!(waiting(&store), [""; 0]);
    assert!(store.follow(era(2)).unwrap());
    assert_eq!(waiting(&store), ["theirs"]);
}

#[test]
fn a_file_that_cannot_be_read_is_put_aside() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let other = KEY.replace("00", "11");
    let path = folder.path().join("attachments.db");
    assert!(matches!(AttachmentStore::open(&path, &other), Err(StoreError::WrongKey(_))));
    let mut store = AttachmentStore::open_or_repair(&path, &other, "1").unwrap();
    assert!(!has(&mut store, "a") && folder.path().join("attachments.db.aside-1").exists());
}

#[test]
fn what_was_acknowledged_is_there_whatever_the_disk_does() {
    let bytes = vec![7; 20_000];
    let write = |path: &Path, disk: &FaultyDisk| -> Result<(), StoreError> {
        let mut store = AttachmentStore::open_on(path, KEY, disk)?;
        store.add("a", MediaType::Png, &bytes, 1)?;
        store.name("a", incident(1))?;
        Ok(())
    };
    let folder = tempfile::tempdir().unwrap();
    let (path, disk) = (folder.path().join("attachments.db"), FaultyDisk::new(3));
    drop(AttachmentStore::open_on(&path, KEY, &disk).unwrap());
    let made = disk.operations();
    write(&path, &disk).unwrap();
    let operations = disk.operations();
    assert!(operations > made + 20, "{operations}");
    for n in made + 1..=operations {
        for (fault, crash) in [(Fault::Io, Crash::Lost), (Fault::PowerCut, Crash::Torn)] {
            let folder = tempfile::tempdir().unwrap();
            let (path, disk) = (folder.path().join("attachments.db"), FaultyDisk::new(n));
            drop(AttachmentStore::open_on(&path, KEY, &disk).unwrap());
            disk.fail_at(n, fault);
            let written = write(&path, &disk);
            disk.crash(crash);
            let mut store = AttachmentStore::open_on(&path, KEY, &disk).unwrap();
            let found = store.get("a", 1).unwrap();
            assert!(found.is_none() || found == Some((MediaType::Png, bytes.clone())), "{n}");
            if written.is_ok() {
                assert_eq!(waiting(&store), ["a"], "{n}");
                assert!(found.is_some(), "{n}");
            }
        }
    }
}
