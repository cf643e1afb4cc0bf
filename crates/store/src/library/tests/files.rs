//! The files of a library: kept, damaged, lost, made again.

mod names;

use super::super::open::{MIGRATIONS, side_path};
use super::super::{Alone, Joined, LibraryChange, LocalIncident, NewEra, NewWriter};
use super::*;
use crate::{SideFile, StoreError, migration};
use firebell_domain::incident::RecordedIncident;
use firebell_log::Era;
use rusqlite::Connection;
use std::path::PathBuf;

const OTHER_KEY: &str = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

struct Profile {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Profile {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("library.db");
        Self { _folder: folder, path }
    }

    fn open(&self) -> LibraryStore {
        LibraryStore::open(&self.path, KEY, writer(1)).unwrap()
    }

    /// Counters that are kept beside the library.
    fn unsent(&self) -> Vec<u64> {
        SideFile::open(&side_path(&self.path), KEY).unwrap().0.counters().collect()
    }

    fn damage(&self) {
        let mut bytes = std::fs::read(&self.path).unwrap();
        let middle = bytes.len() / 2;
        bytes.iter_mut().take(middle).for_each(|b| *b ^= 0x55);
        std::fs::write(&self.path, bytes).unwrap();
        let _ = std::fs::remove_file(self.path.with_extension("db-wal"));
    }
}

#[test]
fn a_library_says_the_same_when_it_is_opened_again() {
    let profile = Profile::new();
    let mut store = profile.open();
    settle(&mut store, vec![declared(1, incident(7), 12, "Checkout is down", None)]);
    write(&mut store, &note(1, incident(7), "one"));
    write(&mut store, &Typist::new(writer(1), body(1)).types("Restart."));
    let before =
        (store.digest().unwrap(), store.last_counter(), store.last_stamp(), store.unanswered().unwrap());
    drop(store);
    let store = LibraryStore::open(&profile.path, KEY, writer(99)).unwrap();
    assert_eq!(store.writer(), writer(1));
    let after =
        (store.digest().unwrap(), store.last_counter(), store.last_stamp(), store.unanswered().unwrap());
    assert_eq!(before, after);
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    let bytes = std::fs::read(&profile.path).unwrap();
    assert!(!bytes.windows(8).any(|w| w == b"Checkout"), "the file is encrypted");
}

#[test]
fn a_list_does_not_wait_for_what_is_being_written() {
    let profile = Profile::new();
    let mut store = profile.open();
    settle(&mut store, vec![declared(1, incident(7), 12, "Checkout is down", None)]);
    let readers = store.readers().unwrap();
    let busy = store.queries.db.unchecked_transaction().unwrap();
    busy.execute("UPDATE view_incident SET title = 'half done'", []).unwrap();
    let rows = readers.read(|q| q.incidents(&Default::default(), 10, 0)).unwrap();
    assert_eq!(rows[0].title, "Checkout is down");
    busy.commit().unwrap();
    let hits = readers.read(|q| q.search("checkout", 10)).unwrap();
    assert_eq!(hits[0].title, "Checkout is down");
    assert_eq!(readers.read(|q| q.check()).unwrap(), Vec::<String>::new());
}

#[test]
fn what_was_answered_is_not_kept_twice() {
    let profile = Profile::new();
    let mut store = profile.open();
    for n in 1..=4 {
        write(&mut store, &note(n, incident(7), "a note"));
    }
    let stamp = Stamp { ms: 5, tick: 0 };
    answer(&mut store, vec![(1, OpOutcome::Accepted { seq: 1, stamp }), (2, refused("No."))]);
    drop(store);
    let mut store = profile.open();
    let beside = |store: LibraryStore| {
        drop(store);
        profile.open().unsent.unwrap().counters()
    };
    assert_eq!(beside(store), [3, 4]);
    store = profile.open();
    // The server was restored: the first one has to be offered again, and kept again.
    let new_era = Some(NewEra { era: Era(Uuid::from_u128(1)) });
    store.commit(&LibraryChange { new_era, ..Default::default() }).unwrap();
    assert_eq!(store.unsent.as_ref().unwrap().counters(), [1, 3, 4]);
    store.commit(&LibraryChange { purge: true, ..Default::default() }).unwrap();
    drop(store);
    assert_eq!(profile.unsent(), Vec::<u64>::new());
}

#[test]
fn a_damaged_library_is_put_aside_and_what_was_not_sent_is_in_the_new_one() {
    let profile = Profile::new();
    let mut store = profile.open();
    let id = incident(7);
    settle(&mut store, vec![declared(1, id, 12, "Checkout is down", None)]);
    for n in 1..=5 {
        write(&mut store, &note(n, id, &format!("note {n}")));
    }
    let stamp = Stamp { ms: 5, tick: 0 };
    answer(
        &mut store,
        vec![(1, OpOutcome::Accepted { seq: 2, stamp }), (2, OpOutcome::Accepted { seq: 3, stamp })],
    );
    let unanswered = store.unanswered().unwrap();
    drop(store);
    profile.damage();
    assert!(LibraryStore::open(&profile.path, KEY, writer(70)).unwrap_err().is_lost());
    let (store, repaired) = LibraryStore::open_or_repair(&profile.path, KEY, writer(70)).unwrap();
    let repaired = repaired.unwrap();
    assert!(repaired.aside.exists());
    // What was answered may come back, too: the server knows it by its name.
    let back = store.unanswered().unwrap();
    assert_eq!((store.writer(), store.last_counter(), repaired.recovered), (writer(1), 5, back.len()));
    for own in &unanswered {
        assert!(back.iter().any(|b| b.op == own.op), "{own:?}");
    }
    assert_eq!(store.place(), Default::default());
    drop(store);
    let (store, repaired) = LibraryStore::open_or_repair(&profile.path, KEY, writer(71)).unwrap();
    assert_eq!((repaired, store.unanswered().unwrap()), (None, back));
}

#[test]
fn a_library_that_is_gone_is_made_again() {
    let profile = Profile::new();
    let mut store = profile.open();
    let id = incident(7);
    // Alone: what this computer decided is nowhere else.
    let op = written(writer(1), 1, "me", 0, &declare(id, "Checkout is down"));
    let event =
        firebell_domain::incident::declare(id, 1, declaration("Checkout is down"), "me".into(), None, at(0));
    let events = vec![RecordedIncident { at: at(0), event: event.unwrap() }];
    let local = LocalIncident { incident: id, version: 1, events, asked: op.id };
    let own = vec![NewOwn { op, after: 0 }];
    store.commit(&LibraryChange { own, local_incidents: vec![local], ..Default::default() }).unwrap();
    write(&mut store, &note(1, id, "one"));
    let before = store.digest().unwrap();
    drop(store);
    for ending in ["db", "db-wal", "db-shm"] {
        let _ = std::fs::remove_file(profile.path.with_extension(ending));
    }
    let store = LibraryStore::open(&profile.path, KEY, writer(70)).unwrap();
    assert_eq!(store.digest().unwrap(), before);
    assert_eq!(store.unanswered().unwrap().len(), 1, "what was decided here is not offered");
}

#[test]
fn a_lost_side_file_is_written_again_from_the_library() {
    let profile = Profile::new();
    let mut store = profile.open();
    write(&mut store, &note(1, incident(7), "one"));
    write(&mut store, &note(2, incident(7), "two"));
    drop(store);
    std::fs::remove_file(side_path(&profile.path)).unwrap();
    drop(profile.open());
    assert_eq!(profile.unsent(), [1, 2]);
    // Or damaged beyond reading: it is the same.
    std::fs::write(side_path(&profile.path), vec![7; 4_000]).unwrap();
    let (store, repaired) = LibraryStore::open_or_repair(&profile.path, KEY, writer(70)).unwrap();
    assert!(repaired.unwrap().aside.exists());
    assert_eq!((store.writer(), store.unanswered().unwrap().len()), (writer(1), 2));
    drop(store);
    assert_eq!(profile.unsent(), [1, 2]);
}

#[test]
fn with_a_lost_key_everything_is_put_aside_and_begins_anew() {
    let profile = Profile::new();
    write(&mut profile.open(), &note(1, incident(7), "one"));
    let wrong = LibraryStore::open(&profile.path, OTHER_KEY, writer(70)).unwrap_err();
    assert!(matches!(wrong, StoreError::WrongKey(_)), "{wrong}");
    let (store, repaired) = LibraryStore::open_or_repair(&profile.path, OTHER_KEY, writer(70)).unwrap();
    assert_eq!((repaired.unwrap().recovered, store.writer()), (0, writer(70)));
    assert!(store.unanswered().unwrap().is_empty());
}

/// SQLite goes back to an earlier commit, silently, when the end of its log was lost.
#[test]
fn a_commit_that_the_database_lost_comes_back_from_the_side_file() {
    let profile = Profile::new();
    let mut store = profile.open();
    write(&mut store, &note(1, incident(7), "one"));
    store.queries.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let old = std::fs::read(&profile.path).unwrap();
    write(&mut store, &note(2, incident(7), "two"));
    drop(store);
    std::fs::write(&profile.path, old).unwrap();
    let _ = std::fs::remove_file(profile.path.with_extension("db-wal"));
    let store = profile.open();
    assert_eq!(store.unanswered().unwrap().iter().map(|own| own.counter).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn nothing_that_was_put_aside_outlives_the_membership() {
    let profile = Profile::new();
    let folder = profile.path.parent().unwrap();
    std::fs::write(folder.join("paging.db.aside-1"), "of the pager").unwrap();
    let mut store = profile.open();
    write(&mut store, &note(1, incident(7), "secret"));
    drop(store);
    profile.damage();
    let (store, _) = LibraryStore::open_or_repair(&profile.path, KEY, writer(70)).unwrap();
    drop(store);
    std::fs::write(side_path(&profile.path), vec![7; 4_000]).unwrap();
    let (mut store, _) = LibraryStore::open_or_repair(&profile.path, KEY, writer(71)).unwrap();
    let aside = || -> Vec<String> {
        let names = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name());
        names.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.contains("aside")).collect()
    };
    assert!(aside().len() > 2);
    store.commit(&LibraryChange { purge: true, ..Default::default() }).unwrap();
    assert_eq!(aside(), ["paging.db.aside-1"]);
    drop(store);
    assert!(profile.open().unanswered().unwrap().is_empty());
}

#[test]
fn a_library_that_could_not_be_shortened_is_shortened_later() {
    let profile = Profile::new();
    let mut store = profile.open();
    for n in 0..200 {
        write(&mut store, &note(n, incident(7), &"secret ".repeat(200)));
    }
    store.write_back();
    let readers = store.readers().unwrap();
    let before = std::fs::metadata(&profile.path).unwrap().len();
    // Somebody still reads: nothing can be cut off.
    readers
        .read(|q| {
            q.last_number()?;
            store.queries.db.busy_timeout(std::time::Duration::ZERO)?;
            store.commit(&LibraryChange { purge: true, ..Default::default() })?;
            assert!(store.meta.shorten);
            Ok(())
        })
        .unwrap();
    drop((store, readers));
    let store = profile.open();
    assert!(!store.meta.shorten);
    assert!(std::fs::metadata(&profile.path).unwrap().len() < before / 2, "{before}");
}

/// What a library and the file beside it were at one time.
struct Copies(Vec<(PathBuf, Option<Vec<u8>>)>);

impl Copies {
    fn of(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self(paths.into_iter().map(|path| (path.clone(), std::fs::read(&path).ok())).collect())
    }

    fn put_back(&self) {
        for (path, bytes) in &self.0 {
            match bytes {
                Some(bytes) => std::fs::write(path, bytes).unwrap(),
                None => drop(std::fs::remove_file(path)),
            }
        }
    }
}

impl Profile {
    fn library(&self) -> Copies {
        Copies::of(["db", "db-wal", "db-shm"].map(|ending| self.path.with_extension(ending)))
    }

    fn beside(&self) -> Copies {
        Copies::of([side_path(&self.path)])
    }

    /// What a library says after it was opened, and once more: names that wait, and texts of the timeline.
    fn says(&self, id: IncidentId) -> (Vec<OpId>, Vec<String>) {
        let says = || {
            let store = self.open();
            assert_eq!(store.check().unwrap(), Vec::<String>::new());
            let waiting: Vec<OpId> = store.unanswered().unwrap().iter().map(|own| own.op.id).collect();
            let entries = store.incident(id).unwrap().map_or(vec![], |detail| detail.timeline);
            let beside = store.unsent.as_ref().unwrap().counters();
            assert_eq!(beside, waiting.iter().map(|id| id.counter).collect::<Vec<_>>());
            assert!(store.alone().is_none());
            (waiting, entries.into_iter().map(|shown| shown.entry.text).collect())
        };
        let first = says();
        let (_, content) = SideFile::open(&side_path(&self.path), KEY).unwrap();
        let names: Vec<OpId> = content
            .entries
            .iter()
            .map(|(_, bytes)| serde_json::from_slice::<super::super::unsent::Record>(bytes).unwrap().op.id)
            .collect();
        assert_eq!(names, first.0, "the file beside it says what waits and nothing else");
        assert_eq!(says(), first);
        first
    }
}

/// The schema of a database, without the order in which it came about.
fn schema(db: &Connection) -> Vec<String> {
    let sql = "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY 1";
    db.prepare(sql).unwrap().query_map([], |r| r.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_version_of_the_file_becomes_the_newest() {
    let mut fresh = Connection::open_in_memory().unwrap();
    migration::migrate(&mut fresh, MIGRATIONS).unwrap();
    for version in 1..=MIGRATIONS.len() {
        let mut old = Connection::open_in_memory().unwrap();
        migration::migrate(&mut old, &MIGRATIONS[..version]).unwrap();
        migration::migrate(&mut old, MIGRATIONS).unwrap();
        assert_eq!(schema(&old), schema(&fresh), "from version {version}");
    }
    assert!(MIGRATIONS.is_sorted_by_key(|(name, _)| *name));
}

#[test]
fn views_of_another_version_are_made_again() {
    let profile = Profile::new();
    let mut store = profile.open();
    settle(&mut store, vec![declared(1, incident(7), 12, "Checkout is down", None)]);
    write(&mut store, &note(1, incident(7), "one"));
    let before = store.digest().unwrap();
    store
        .queries
        .db
        .execute_batch(
            "DROP TABLE view_field; CREATE TABLE view_of_long_ago (x); DELETE FROM view_entry;
             UPDATE meta SET body = json_set(body, '$.views', 0)",
        )
        .unwrap();
    drop(store);
    let store = profile.open();
    assert_eq!(store.digest().unwrap(), before);
    assert_eq!(store.search("one", 5).unwrap().len(), 1);
    assert!(!schema(&store.queries.db).iter().any(|sql| sql.contains("long_ago")));
}
