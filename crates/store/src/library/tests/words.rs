//! Looking for something at three in the morning.

use super::super::LibraryChange;
use super::*;
use firebell_domain::team::Team;
use firebell_log::DocumentId;
use firebell_protocol::library::HitKind;

fn team() -> Team {
    serde_json::from_value(serde_json::json!({
        "team": { "name": "Acme" },
        "people": [{ "id": "zoe", "name": "Zoë Müller", "email": "zoe@example.com" }],
        "services": [{ "id": "payments-api", "name": "Payments", "policy": "default" }],
    }))
    .unwrap()
}

fn full() -> LibraryStore {
    let mut store = library();
    let id = incident(7);
    settle(
        &mut store,
        vec![declared(1, id, 12, "Checkout is down", None), declared(2, incident(8), 13, "Slow pages", None)],
    );
    write(&mut store, &note(1, id, "the payments replica of região-1 ran out of disk"));
    write(&mut store, &title(RecordId::runbook(runbook(1)), "Fail over the replica", None));
    write(&mut store, &Typist::new(writer(1), body(1)).types("Stop the writer, then promote the follower."));
    store.commit(&LibraryChange { team: Some(team()), ..LibraryChange::default() }).unwrap();
    store
}

fn found(store: &LibraryStore, words: &str) -> Vec<(HitKind, String)> {
    store.search(words, 20).unwrap().into_iter().map(|hit| (hit.kind, hit.title)).collect()
}

#[test]
fn everything_is_found_while_its_name_is_typed() {
    let store = full();
    let one = |kind, title: &str| vec![(kind, title.to_owned())];
    assert_eq!(found(&store, "chec"), one(HitKind::Incident, "Checkout is down"));
    assert_eq!(found(&store, "disk repl"), one(HitKind::Entry, "Checkout is down"));
    assert_eq!(found(&store, "promote"), one(HitKind::Runbook, "Fail over the replica"));
    assert_eq!(found(&store, "muller"), one(HitKind::Person, "Zoë Müller"));
    assert_eq!(found(&store, "REGIAO"), one(HitKind::Entry, "Checkout is down"));
    for number in ["12", "#12", "INC-12"] {
        assert_eq!(found(&store, number)[0], (HitKind::Incident, "Checkout is down".into()), "{number}");
    }
    let both = [(HitKind::Service, "Payments".to_owned()), (HitKind::Entry, "Checkout is down".to_owned())];
    assert_eq!(found(&store, "payments"), both);
    let entry = store.search("disk", 5).unwrap().remove(0);
    assert!(entry.excerpt.contains("\u{e000}disk\u{e001}"), "{}", entry.excerpt);
    assert_eq!(entry.incident, Some(incident(7)));
}

#[test]
fn nothing_that_is_typed_breaks_the_search() {
    let store = full();
    for words in [
        "",
        " ",
        "\"",
        "a\"b",
        "*",
        "NOT",
        "AND OR",
        "title:",
        "(",
        "payments-api",
        "नमस्ते",
        "-1",
        "\0",
        "NEAR(a b)",
        "replica\u{301}s",
        // Letters that the index does not know.
        "a\u{1e4d0}b",
        "ⓐb",
    ] {
        store.search(words, 5).unwrap_or_else(|e| panic!("{words:?}: {e:?}"));
    }
    assert!(found(&store, "payments-a").contains(&(HitKind::Service, "Payments".into())));
    assert!(found(&store, "nothing like it").is_empty());
}

#[test]
fn what_changed_is_found_by_its_new_words_only() {
    let mut store = full();
    let id = incident(7);
    write(&mut store, &title(RecordId::incident(id), "Basket fails", None));
    assert!(found(&store, "checkout").is_empty());
    assert_eq!(found(&store, "basket"), [(HitKind::Incident, "Basket fails".into())]);
    let mut left = team();
    left.people.clear();
    store.commit(&LibraryChange { team: Some(left), ..LibraryChange::default() }).unwrap();
    assert!(found(&store, "muller").is_empty());
    store.rebuild().unwrap();
    assert_eq!(found(&store, "basket"), [(HitKind::Incident, "Basket fails".into())]);
    assert!(found(&store, "muller").is_empty());
}

#[test]
fn a_postmortem_is_found_by_what_was_written_in_it() {
    let mut store = full();
    let record = RecordId::postmortem(incident(7));
    let why = Change::Record {
        record: record.clone(),
        field: "why_1".into(),
        value: serde_json::json!({ "text": "an index was missing" }),
        replaces: None,
    };
    write(&mut store, &why);
    // Why a ticket is not made is no word of the postmortem.
    let failed = Change::Record {
        record: record.clone(),
        field: format!("action_{}_ticket_failed", uuid::Uuid::from_u128(5).simple()),
        value: "Jira refused the token.".into(),
        replaces: None,
    };
    write(&mut store, &failed);
    let summary = DocumentId { record, section: "summary".into() };
    write(&mut store, &Typist::new(writer(1), summary).types("Every connection was held."));
    let one = vec![(HitKind::Postmortem, "Checkout is down".to_owned())];
    assert_eq!(found(&store, "connection held"), one);
    assert_eq!(found(&store, "index missing"), one);
    assert_eq!(found(&store, "refused the token"), []);
    assert_eq!(store.postmortems().unwrap(), [incident(7)].into());
    assert_eq!(store.postmortem_texts(incident(7)).unwrap()["summary"], "Every connection was held.");
    write(&mut store, &title(RecordId::incident(incident(7)), "Basket fails", None));
    assert_eq!(found(&store, "connection held"), [(HitKind::Postmortem, "Basket fails".to_owned())]);
    store.rebuild().unwrap();
    assert_eq!(found(&store, "index missing"), [(HitKind::Postmortem, "Basket fails".to_owned())]);
}

#[test]
fn a_long_runbook_is_found_by_its_text_when_nobody_types() {
    let mut store = library();
    let mut ana = Typist::new(writer(1), body(1));
    for n in 0..210 {
        write(&mut store, &ana.types(&format!("line{n} ")));
    }
    assert_eq!(store.search("line150", 5).unwrap().len(), 1);
    assert!(store.search("line209", 5).unwrap().is_empty());
    assert_eq!(store.index_texts().unwrap(), 1);
    assert_eq!(store.search("line209", 5).unwrap().len(), 1);
    assert_eq!(store.index_texts().unwrap(), 0);
}

/// The words that are marked in what is found.
fn marked(store: &LibraryStore, typed: &str, limit: u32) -> Vec<String> {
    let mark = |hit: firebell_protocol::library::SearchHit| {
        let (_, rest) = hit.excerpt.split_once('\u{e000}').unwrap_or_default();
        rest.split_once('\u{e001}').unwrap_or_default().0.to_owned()
    };
    store.search(typed, limit).unwrap().into_iter().map(mark).collect()
}

#[test]
fn a_beginning_is_found_however_many_words_begin_like_it() {
    let mut store = library();
    let word = |n: u128| match n {
        // The oldest ones.
        0..3 => "cheddar",
        3..6 => "check",
        n if n % 10 == 0 => "checklist",
        _ => "checkout",
    };
    for block in 0..13 {
        let notes = (0..100).map(|n| {
            let n = block * 100 + n;
            let text = format!("saw {} number{n}", word(n));
            logged(n as u64 + 1, written(writer(2), n as u64 + 1, "ben", 5, &note(n, incident(7), &text)))
        });
        settle(&mut store, notes.collect());
    }
    // Few of very many that begin with the same three letters; enough of them; one in ten; and the word itself.
    assert_eq!(marked(&store, "chedd", 20), ["cheddar"; 3]);
    assert_eq!(marked(&store, "checko", 20), ["checkout"; 20]);
    assert_eq!(marked(&store, "saw checkl", 60), ["saw"; 60]);
    assert_eq!(marked(&store, "check", 3), ["check"; 3], "before what is longer");
    assert_eq!(marked(&store, "check", 5), ["checkout", "checkout", "checkout", "checkout", "checkout"]);
    assert_eq!(marked(&store, "number1299", 5), ["number1299"]);
    assert_eq!(marked(&store, "cheddar number2 ", 5), ["cheddar"]);
    assert!(marked(&store, "cheddars", 5).is_empty());
    while store.merge_index().unwrap() {}
    assert_eq!(marked(&store, "chedd", 20), ["cheddar"; 3], "the same when its parts are put together");
    assert!(store.check().unwrap().is_empty());
}

#[test]
fn a_note_that_was_not_accepted_is_not_found() {
    let mut store = full();
    let id = write(&mut store, &note(9, incident(7), "the lamp is broken"));
    assert_eq!(found(&store, "lamp").len(), 1);
    answer(&mut store, vec![(id.counter, refused("No."))]);
    assert!(found(&store, "lamp").is_empty());
    assert_eq!(found(&store, "disk").len(), 1);
    let wrong = store.check().unwrap();
    assert!(wrong.is_empty(), "{wrong:?}");
}
