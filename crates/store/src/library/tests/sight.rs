//! What is taken out of sight leaves the disk: the log, the views, the search and what lies between them.

use super::*;
use firebell_domain::PersonId;
use firebell_log::DocumentId;
use std::path::Path;

/// Others' words, each of a kind of its own; in no other word does a `q` follow like that.
const SECRETS: [&str; 11] = [
    "bqdeclared",
    "cqretitled",
    "dqimpact",
    "eqnoted",
    "fqcorrected",
    "gqtyped",
    "hqreason",
    "jqheld",
    "kqunknown",
    "lqconcluded",
    "mqsummed",
];

fn gone(seq: u64, incident: IncidentId) -> Operation {
    let body = OperationBody::Gone { incident, asked: None };
    Operation { scope: Scope::Team, seq, at: at(seq as i64), body }
}

fn record(incident: IncidentId) -> RecordId {
    RecordId::incident(incident)
}

/// What Ben wrote about the incident, as the team's log has it, and much else around it.
fn history(private: IncidentId, public: IncidentId) -> Vec<Operation> {
    let ben = |counter, change: &Change| written(writer(2), counter, "ben", counter as i64, change);
    let document = DocumentId { record: record(private), section: "body".into() };
    let mut typist = Typist::new(writer(2), document);
    let impact = Change::Record {
        record: record(private),
        field: "impact".into(),
        value: "dqimpact on everybody".into(),
        replaces: None,
    };
    let mut unknown = ben(7, &note(99, private, "x"));
    (unknown.schema, unknown.change) =
        (9, serde_json::json!({ "kind": "hologram", "of": private, "says": "kqunknown" }));
    let reopened = IncidentEvent::SeverityChanged {
        by: "ben".into(),
        from: Severity::Sev2,
        to: Severity::Sev1,
        reason: "hqreason".into(),
    };
    let mut all = vec![
        declared(1, private, 1, "bqdeclared for all", None),
        declared(2, public, 2, "Search is slow", None),
        logged(3, ben(1, &title(record(private), "bqdeclared still", None))),
        logged(4, ben(2, &title(record(private), "cqretitled", None))),
        logged(5, ben(3, &impact)),
        logged(6, ben(4, &typist.types("gqtyped by hand"))),
        logged(7, ben(5, &note(5, private, "eqnoted once"))),
        logged(8, ben(6, &note(6, private, "fqcorrected"))),
        logged(9, unknown),
        decided(10, private, 2, vec![reopened], None),
    ];
    let postmortem = RecordId::postmortem(private);
    let mut author =
        Typist::new(writer(3), DocumentId { record: postmortem.clone(), section: "summary".into() });
    let concluded = Change::Record {
        record: postmortem,
        field: "why_1".into(),
        value: serde_json::json!({ "text": "lqconcluded that it was slow" }),
        replaces: None,
    };
    let chi = |counter, change: &Change| written(writer(3), counter, "chi", counter as i64, change);
    all.push(logged(11, chi(1, &concluded)));
    all.push(logged(12, chi(2, &author.types("mqsummed up"))));
    // Enough to fill pages and pieces of the index with both.
    for n in 0..400u64 {
        let (of, words) = if n % 2 == 0 { (private, "eqnoted again") } else { (public, "the queue is long") };
        let note = note(1_000 + u128::from(n), of, &format!("{words} {n}"));
        all.push(logged(13 + n, ben(10 + n, &note)));
    }
    all
}

/// Words of others that are found in the file, or beside it.
fn left_on_the_disk(path: &Path) -> Vec<&'static str> {
    let mut bytes = vec![];
    for ending in ["", "-wal", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        bytes.extend(std::fs::read(&name).unwrap_or_default());
    }
    let bytes = bytes.to_ascii_lowercase();
    // A word of the index may be kept without the letter that it shares with the one before.
    let plain = |word: &str| contains(&bytes, &word.as_bytes()[1..]);
    let packed = |word: &str| (0..3).any(|n| contains(&bytes, &in_base64(word, n)));
    SECRETS.into_iter().filter(|word| plain(word) || packed(word)).collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|there| there == part)
}

/// What a word looks like among the bytes of an update, when `before` others come first in a group of three.
fn in_base64(word: &str, before: usize) -> Vec<u8> {
    let bytes = [vec![0; before], word.as_bytes().to_vec()].concat();
    let text = serde_json::to_string(&Bytes(bytes)).unwrap().to_ascii_lowercase();
    let text = text.trim_matches('"').trim_end_matches('=').as_bytes();
    // What the neighbours have a share in is left out.
    text[(before * 4).div_ceil(3)..text.len() - 1].to_vec()
}

fn tables_that_say(store: &LibraryStore, word: &str) -> Vec<String> {
    let mut names = store.queries.db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let names: Vec<String> = names.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
    let says = |name: &&String| {
        // It has no texts of its own; the tables behind it are among these.
        if name.as_str() == "view_entry_search" {
            return false;
        }
        let mut query = store.queries.db.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
        let columns = query.column_count();
        let mut rows = query.query([]).unwrap();
        let mut found = false;
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                let bytes = match row.get_ref(column).unwrap() {
                    rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => bytes,
                    _ => continue,
                };
                found |= String::from_utf8_lossy(bytes).to_lowercase().contains(word);
            }
        }
        found
    };
    names.iter().filter(says).cloned().collect()
}

#[test]
fn of_what_was_taken_out_of_sight_no_word_of_others_stays_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.db");
    let (private, public) = (incident(71), incident(2));
    let mut store = LibraryStore::open_plain(&path, writer(1)).unwrap();
    for part in history(private, public).chunks(37) {
        settle(&mut store, part.to_vec());
    }
    // Somebody else's operation under the name of one that waits, and words of one's own.
    let waiting = write(&mut store, &note(7, private, "my own unsent words"));
    let held = written(writer(1), waiting.counter, "ana", 1, &note(8, private, "jqheld"));
    settle(&mut store, vec![logged(413, held)]);
    assert_eq!(left_on_the_disk(&path), SECRETS, "the test looks in the right place");
    assert_eq!(store.search("eqnoted", 10).unwrap().len(), 10);
    assert_eq!(store.search("mqsummed", 10).unwrap().len(), 1);

    settle(&mut store, vec![gone(500, private)]);
    assert_eq!(left_on_the_disk(&path), [] as [&str; 0]);
    assert_eq!(tables_that_say(&store, &private.to_string()), ["op", "draft"], "for the own words");
    assert!(store.is_gone(private).unwrap());
    assert_eq!(store.incident(private).unwrap(), None);
    assert_eq!(store.search("eqnoted", 10).unwrap(), []);
    assert_eq!(store.search("lqconcluded", 10).unwrap(), []);
    assert_eq!(store.postmortems().unwrap(), [].into());
    assert_eq!(store.postmortems_about(&"ana".into()).unwrap(), [].into());
    let drafts = store.drafts().unwrap();
    assert_eq!(drafts.len(), 1);
    assert_eq!((drafts[0].title.as_str(), drafts[0].can_repeat), ("", false));
    assert_eq!(
        drafts[0].changes.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(),
        ["my own unsent words"]
    );
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    // The rest is as it was, also when it is made anew.
    assert_eq!(store.incident(public).unwrap().unwrap().timeline.len(), 200);
    let before = store.digest().unwrap();
    store.rebuild().unwrap();
    assert_eq!(store.digest().unwrap(), before);
    // Late answers about what waited then change nothing.
    answer(&mut store, vec![(waiting.counter, refused("unknown"))]);
    assert_eq!(store.drafts().unwrap(), drafts);
    // Whatever the log said before that comes too late.
    settle(&mut store, history(private, public));
    assert_eq!((store.incident(private).unwrap(), left_on_the_disk(&path)), (None, vec![]));
}

#[test]
fn while_somebody_reads_the_words_stay_in_the_file_and_leave_it_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.db");
    let mut store = LibraryStore::open_plain(&path, writer(1)).unwrap();
    settle(&mut store, history(incident(1), incident(2)));
    let reader = rusqlite::Connection::open(&path).unwrap();
    let reading = reader.unchecked_transaction().unwrap();
    let count: i64 = reading.query_row("SELECT count(*) FROM op", [], |r| r.get(0)).unwrap();
    assert!(count > 400);
    settle(&mut store, vec![gone(500, incident(1))]);
    assert_eq!(tables_that_say(&store, "eqnoted"), [] as [&str; 0], "nobody finds it any more");
    assert!(!left_on_the_disk(&path).is_empty());
    drop(reading);
    store.shorten();
    assert_eq!(left_on_the_disk(&path), [] as [&str; 0]);
}

#[test]
fn what_was_unsent_and_what_was_refused_becomes_one_draft_with_ones_own_words_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.db");
    let (mut store, _) = LibraryStore::open_or_repair(&path, KEY, writer(1)).unwrap();
    let private = incident(1);
    settle(&mut store, history(private, incident(2)));
    let document = DocumentId { record: record(private), section: "body".into() };
    let mut typist = Typist::new(writer(1), document);
    for update in store.document(&DocumentId { record: record(private), section: "body".into() }).unwrap() {
        typist.text.apply(&update).unwrap();
    }
    write(&mut store, &typist.types(" and my letters"));
    write(&mut store, &title(record(private), "my title", None));
    // Refused, with words about what others did.
    let kept = "This incident was resolved by Ben, hqreason.";
    answer(&mut store, vec![(1, refused(kept)), (2, refused(kept))]);
    assert!(serde_json::to_string(&store.drafts().unwrap()).unwrap().contains("gqtyped"));
    write(&mut store, &note(7, private, "my note"));
    let elsewhere = write(&mut store, &note(8, incident(2), "about the search"));
    write(
        &mut store,
        &command(private, IncidentCommand::SetStatus { to: firebell_domain::incident::Status::Resolved }),
    );
    assert_eq!(store.unsent.as_ref().unwrap().counters(), [3, 4, 5]);
    // Damaged once, and put aside.
    let [old, old_unsent] =
        ["library.db.aside-1", "library.unsent.aside-1"].map(|name| folder.path().join(name));
    std::fs::write(&old, "with everything in it").unwrap();
    std::fs::write(&old_unsent, "with one's own words").unwrap();

    settle(&mut store, vec![gone(500, private)]);
    assert_eq!(store.unsent.as_ref().unwrap().counters(), [elsewhere.counter]);
    assert_eq!((old.exists(), old_unsent.exists()), (false, true));
    let drafts = store.drafts().unwrap();
    let words: Vec<_> = drafts.iter().flat_map(|d| d.changes.iter().map(|c| c.text.as_str())).collect();
    assert_eq!(words, [" and my letters", "my title", "my note"]);
    let text = serde_json::to_string(&drafts).unwrap();
    assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{text}");
    assert_eq!(store.check().unwrap(), Vec::<String>::new());
    let id = drafts[0].id;
    drop(store);
    // After a restart it is the same; dealt with, it is gone.
    let (mut store, repaired) = LibraryStore::open_or_repair(&path, KEY, writer(9)).unwrap();
    assert_eq!((store.drafts().unwrap(), repaired), (drafts, None));
    assert_eq!(store.waiting().unwrap().count, 1);
    store.commit(&LibraryChange { drafts_done: vec![id], ..LibraryChange::default() }).unwrap();
    assert_eq!(tables_that_say(&store, "my note"), [] as [&str; 0]);
}

#[test]
fn what_the_log_says_last_about_an_incident_counts_in_whatever_order_it_comes() {
    let private = |seq, version, people: &[&str]| {
        let people: Vec<PersonId> = people.iter().map(|p| (*p).into()).collect();
        let event = IncidentEvent::MadePrivate { by: "ben".into(), people, reason: "x".into() };
        decided(seq, incident(1), version, vec![event], None)
    };
    let mut store = library();
    let read = |store: &mut LibraryStore, settled: Vec<Operation>| {
        let reader = Some("ana".into());
        store.commit(&LibraryChange { settled, reader, ..LibraryChange::default() }).unwrap()
    };
    // She saw it all the time: nothing has to be fetched.
    read(&mut store, vec![declared(1, incident(1), 1, "Leak", None), private(2, 2, &["ana", "ben"])]);
    assert_eq!(store.wanted().unwrap(), None);
    // Named again at 9, hidden at 5: the later one counts, whichever comes first.
    let mut late = library();
    read(&mut late, vec![private(9, 4, &["ana", "ben"])]);
    let wanted = late.wanted().unwrap().unwrap();
    assert_eq!((wanted.incident, wanted.seq, wanted.upto), (incident(1), 9, 0));
    read(&mut late, vec![gone(5, incident(1))]);
    assert_eq!(late.wanted().unwrap(), Some(wanted));
    // Half of it came; then it was hidden after all: the other half is not asked for.
    let half = HistoryPart { wanted, upto: Some(3) };
    late.commit(&LibraryChange { history: Some(half), ..LibraryChange::default() }).unwrap();
    assert_eq!(late.wanted().unwrap().unwrap().upto, 3);
    read(&mut late, vec![gone(12, incident(1))]);
    assert_eq!((late.wanted().unwrap(), late.is_gone(incident(1)).unwrap()), (None, true));
    let all = HistoryPart { wanted, upto: None };
    late.commit(&LibraryChange { history: Some(all), ..LibraryChange::default() }).unwrap();
    assert!(late.is_gone(incident(1)).unwrap(), "an answer of before");
    read(&mut late, vec![private(20, 6, &["ana"])]);
    assert_eq!(late.wanted().unwrap().unwrap().seq, 20);
    // The server was restored: its places mean something else now.
    let era = firebell_log::Era(Uuid::from_u128(3));
    let new_era = Some(crate::library::NewEra { era });
    late.commit(&LibraryChange { new_era, ..LibraryChange::default() }).unwrap();
    assert_eq!((late.wanted().unwrap(), late.is_gone(incident(1)).unwrap()), (None, false));
}
