//! Looking for something at three in the morning.

use super::super::LibraryChange;
use super::*;
use firebell_domain::team::Team;
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
