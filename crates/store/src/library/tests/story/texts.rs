//! Texts: what is kept of them when they are refused, and when the log is made smaller.

use super::*;
use firebell_log::DocumentId;

#[test]
fn a_text_that_is_refused_again_and_again_keeps_the_words_of_each_time() {
    let mut store = library();
    for (round, words) in [(0, "first"), (1, "second"), (2, "third")] {
        // What was refused is not in the text any more: the names of its characters are given again.
        let mut typist = Typist::new(writer(1), body(1));
        write(&mut store, &typist.types(words));
        write(&mut store, &typist.types(" half"));
        answer(&mut store, vec![(round * 2 + 1, refused("You may not."))]);
        // This one builds on the one that was refused just before, and on none of the earlier ones.
        answer(&mut store, vec![(round * 2 + 2, refused("You may not."))]);
    }
    let kept: Vec<_> = store.drafts().unwrap().into_iter().flat_map(|d| d.changes).map(|c| c.text).collect();
    for words in ["first", "second", "third"] {
        assert!(kept.iter().any(|k| k.contains(words)), "{words} in {kept:?}");
    }
    assert!(kept.iter().filter(|k| k.contains(" half")).count() >= 3, "the words of each time: {kept:?}");
    assert_eq!(store.spent_after(), None, "nobody else ever saw these letters");
}

#[test]
fn words_that_build_on_a_text_which_a_restored_server_has_lost_are_in_the_draft() {
    let mut store = library();
    let mut ben = Typist::new(writer(2), body(1));
    let theirs = ben.types("Restart");
    let bens = logged(1, written(writer(2), 1, "ben", 1, &theirs));
    settle(&mut store, vec![bens.clone()]);
    let mut ana = Typist::new(writer(1), body(1));
    let Change::Text { update, .. } = theirs else { unreachable!("he types a text") };
    ana.text.apply(&update.0).unwrap();
    write(&mut store, &ana.types(" the replica"));
    let new_era = Some(NewEra { era: Era(Uuid::from_u128(2)) });
    store.commit(&LibraryChange { new_era, ..LibraryChange::default() }).unwrap();
    // Ben has not brought his back yet.
    answer(&mut store, vec![(1, refused("It builds on another one that is not here."))]);
    let drafts = store.drafts().unwrap();
    assert_eq!(drafts[0].changes[0].text.trim(), "the replica", "her words, whatever became of his");
    assert_eq!(store.runbooks().unwrap().len(), 0, "his text stands no more");
    // Somebody may have deleted a letter of hers, and says so again: the next letters are others.
    assert_eq!(store.spent_after(), Some(1));
    let new_writer = Some(NewWriter { writer: writer(50), reminted: vec![], returned: vec![] });
    store.commit(&LibraryChange { new_writer, ..LibraryChange::default() }).unwrap();
    assert_eq!(store.spent_after(), None);
    settle(&mut store, vec![bens]);
    let text = super::super::super::texts::text_of(&store.document(&body(1)).unwrap());
    assert_eq!(text, "Restart");
}

/// Somebody deleted a letter that had this name.
#[test]
fn words_that_have_the_name_of_a_deleted_letter_are_in_the_draft() {
    let mut store = library();
    let bytes = |change: &Change| match change {
        Change::Text { update, .. } => update.0.clone(),
        _ => unreachable!("they type texts"),
    };
    let (mut ana, mut ben) = (Typist::new(writer(1), body(1)), Typist::new(writer(2), body(1)));
    // What hers stands on does not come here.
    ana.text.apply(&bytes(&ben.types("Restart"))).unwrap();
    let hers = ana.types("!");
    write(&mut store, &hers);
    answer(&mut store, vec![(1, accepted(2, 1))]);
    ben.text.apply(&bytes(&hers)).unwrap();
    let update = Bytes(ben.text.edit(&[TextChange { at: 7, delete: 1, insert: String::new() }]).unwrap());
    let deletion = Change::Text { document: body(1), update };
    settle(&mut store, vec![logged(3, written(writer(2), 2, "ben", 1, &deletion))]);
    write(&mut store, &Typist::new(writer(1), body(1)).types("?"));
    answer(&mut store, vec![(2, refused("These names are taken."))]);
    assert_eq!(store.drafts().unwrap()[0].changes[0].text, "?");
}

#[test]
fn what_is_typed_under_an_interim_name_waits_for_another_and_so_does_all_after_it() {
    let mut store = library();
    write(&mut store, &Typist::new(writer(1), body(1)).types("Restart"));
    assert_eq!(store.kept_back_after().unwrap(), None);
    let client = firebell_log::text::interim_client(writer(1), &body(1));
    let mut interim = Typist { text: TextDocument::new(client), document: body(1) };
    for words in [" the replica", " first"] {
        write(&mut store, &interim.types(words));
        assert_eq!((store.spent_after(), store.kept_back_after().unwrap()), (Some(1), Some(1)));
    }
    // A restored server is asked for the older ones first, as ever.
    let new_era = Some(NewEra { era: Era(Uuid::from_u128(2)) });
    store.commit(&LibraryChange { new_era, ..LibraryChange::default() }).unwrap();
    assert_eq!(store.kept_back_after().unwrap(), Some(1));
}

#[test]
fn two_people_write_one_runbook_and_the_log_is_compacted() {
    let mut store = library();
    let mut ben = Typist::new(writer(2), body(1));
    let mut ana = Typist::new(writer(1), body(1));
    let updates: Vec<Change> = (0..6).map(|n| ben.types(&format!("ben{n} "))).collect();
    let ops: Vec<Operation> = updates
        .iter()
        .zip(1..)
        .map(|(change, n)| logged(n, written(writer(2), n, "ben", n as i64, change)))
        .collect();
    let settled = ops.iter().take(3).cloned().collect();
    let touched = store.commit(&LibraryChange { settled, ..Default::default() }).unwrap();
    assert_eq!(touched.documents.iter().map(|(d, _)| d.clone()).collect::<Vec<_>>(), vec![body(1); 3]);
    write(&mut store, &ana.types("ana "));
    let before = store.digest().unwrap();
    assert_eq!(store.compact(firebell_domain::Instant::MAX_UTC).unwrap(), 3);
    assert_eq!(store.document(&body(1)).unwrap().len(), 2);
    assert_eq!(store.digest().unwrap(), before);
    store.rebuild().unwrap();
    assert_eq!(store.digest().unwrap(), before);

    // The server merged the last three under the name of the last one, which came here alone.
    settle(&mut store, vec![ops[5].clone()]);
    let Change::Text { update: all, .. } = ({
        let parts: Vec<Vec<u8>> = updates[3..]
            .iter()
            .map(|change| match change {
                Change::Text { update, .. } => update.0.clone(),
                _ => vec![],
            })
            .collect();
        let merged = firebell_log::text::merge_updates(&parts).unwrap();
        Change::Text { document: body(1), update: Bytes(merged) }
    }) else {
        unreachable!()
    };
    let merged = Change::Text { document: body(1), update: all };
    settle(&mut store, vec![logged(6, written(writer(2), 6, "ben", 6, &merged))]);
    for word in ["ben0", "ben5", "ana"] {
        assert_eq!(store.search(word, 5).unwrap().len(), 1, "{word}");
    }
}

#[test]
fn letters_that_stand_on_each_other_are_there_after_compaction() {
    let mut store = library();
    let (mut ana, mut ben) = (Typist::new(writer(1), body(1)), Typist::new(writer(2), body(1)));
    let bytes = |change: &Change| match change {
        Change::Text { update, .. } => update.0.clone(),
        _ => unreachable!("they type texts"),
    };
    let mut theirs = 0;
    for (round, words) in (1..).zip(["one ", "two ", "three ", "four "]) {
        let mine = ana.types(words);
        write(&mut store, &mine);
        answer(&mut store, vec![(round, accepted(round * 2, 1))]);
        ben.text.apply(&bytes(&mine)).unwrap();
        let his = ben.types(&words.to_uppercase());
        theirs += 1;
        settle(&mut store, vec![logged(round * 2 + 1, written(writer(2), theirs, "ben", 1, &his))]);
        ana.text.apply(&bytes(&his)).unwrap();
    }
    let shown =
        |store: &LibraryStore| super::super::super::texts::text_of(&store.document(&body(1)).unwrap());
    let before = shown(&store);
    assert_eq!(before, "one ONE two TWO three THREE four FOUR ");
    assert_eq!(store.compact(firebell_domain::Instant::MAX_UTC).unwrap(), 4);
    assert_eq!(shown(&store), before);
}

#[test]
fn a_text_that_is_refused_is_in_the_draft_as_it_was_seen() {
    let mut store = library();
    let mut ana = Typist::new(writer(1), body(1));
    for words in ["Restart ", "the replica ", "first."] {
        write(&mut store, &ana.types(words));
    }
    answer(
        &mut store,
        vec![(1, refused("Stakeholders only read.")), (2, refused("Stakeholders only read."))],
    );
    let drafts = store.drafts().unwrap();
    assert_eq!(drafts[0].changes.len(), 1);
    assert_eq!(drafts[0].changes[0].text, "Restart the replica first.");
    store.commit(&LibraryChange { drafts_done: vec![drafts[0].id], ..Default::default() }).unwrap();
    answer(&mut store, vec![(3, refused("Stakeholders only read."))]);
    assert!(store.drafts().unwrap()[0].changes[0].text.ends_with("first."));
    assert!(store.document(&body(1)).unwrap().is_empty());
}

#[test]
fn letters_of_a_postmortem_whose_incident_is_not_back_wait_for_their_author_and_its_fields_for_the_incident()
{
    let mut store = library();
    let record = RecordId::postmortem(incident(7));
    let summary = DocumentId { record: record.clone(), section: "summary".into() };
    write(&mut store, &title(record, "Checkout was down", None));
    write(&mut store, &Typist::new(writer(1), summary).types("Every connection was held."));
    let unknown = || refused("The team does not know this incident.");
    answer(&mut store, vec![(1, unknown()), (2, unknown())]);
    let drafts = store.drafts().unwrap();
    let words: Vec<_> = drafts.iter().map(|draft| draft.changes[0].text.as_str()).collect();
    assert_eq!(words, ["Checkout was down", "Every connection was held."]);
    settle(&mut store, vec![declared(1, incident(7), 12, "Checkout is down", None)]);
    assert_eq!(store.returning_drafts().unwrap(), [drafts[0].id]);
}

#[test]
fn every_refused_text_has_its_words_in_its_own_draft() {
    let mut store = library();
    let text = |store: &LibraryStore, draft: usize| store.drafts().unwrap()[draft].changes[0].text.clone();
    settle(
        &mut store,
        vec![logged(1, written(writer(2), 1, "ben", 1, &Typist::new(writer(2), body(1)).types("Ben's. ")))],
    );
    // Ana types, is refused, and types again: her computer counts letters from the same number.
    write(&mut store, &Typist::new(writer(1), body(1)).types("Restart."));
    answer(&mut store, vec![(1, refused("No."))]);
    write(&mut store, &Typist::new(writer(1), body(1)).types("Fail over"));
    answer(&mut store, vec![(2, refused("No."))]);
    assert!(text(&store, 0).contains("Restart.") && text(&store, 0).contains("Ben's. "));
    assert!(
        text(&store, 1).contains("Fail over") && !text(&store, 1).contains("Restart"),
        "{}",
        text(&store, 1)
    );
    // One that waits under the same numbers is in the way of what is refused after it.
    let mut ana = Typist::new(writer(1), body(1));
    write(&mut store, &ana.types("first "));
    write(&mut store, &Typist::new(writer(1), body(1)).types("second "));
    write(&mut store, &ana.types("third"));
    answer(&mut store, vec![(4, refused("No."))]);
    assert!(
        text(&store, 2).contains("second ") && text(&store, 2).contains("first third"),
        "{}",
        text(&store, 2)
    );
    answer(&mut store, vec![(3, refused("No."))]);
    answer(&mut store, vec![(5, refused("No."))]);
    assert!(text(&store, 3).contains("first "));
    assert!(text(&store, 4).contains("third"));
}
