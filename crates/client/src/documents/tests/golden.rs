//! Change sets that `@codemirror/state` 6.7.6 really made: random changes of small texts, and what it makes of them.

use super::model::{Set, units};
use crate::documents::change_set::ChangeSet;
use serde::Deserialize;
use serde_json::Value;

/// A text; `a` and `b` changes of it, `c` one of the text after `a`.
#[derive(Deserialize)]
struct Case {
    start: String,
    a: Value,
    after: String,
    b: Value,
    c: Value,
    ac: Value,
    b_over_a: Value,
    a_over_b_before: Value,
    undo_a: Value,
    merged: String,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("changesets.json")).unwrap()
}

/// Makes a change set of the editor on a text as [`crate::documents::OpenDocument`] does.
fn make(json: &Value, text: &str) -> String {
    let mut document = firebell_log::TextDocument::new(1);
    let whole = firebell_log::TextChange { insert: text.into(), ..Default::default() };
    document.edit(&[whole]).unwrap();
    let set = ChangeSet::parse(json).unwrap();
    let after = set.len_after(document.len_utf16()).unwrap();
    document.edit(&set.changes()).unwrap();
    assert_eq!(document.len_utf16(), after);
    document.text()
}

#[test]
fn change_sets_of_the_editor_mean_here_what_they_mean_there() {
    assert_eq!(cases().len(), 60);
    for case in cases() {
        assert_eq!(make(&case.a, &case.start), case.after);
        assert_eq!(make(&case.undo_a, &case.after), case.start);
        assert_eq!(make(&case.b_over_a, &case.after), case.merged);
        assert_eq!(make(&case.ac, &case.start), make(&case.c, &case.after));
    }
}

#[test]
fn change_sets_are_written_as_the_editor_writes_them() {
    for case in cases() {
        let len = units(&case.start).len() as u32;
        let changes = ChangeSet::parse(&case.a).unwrap().changes();
        let sets = ChangeSet::from_changes(len, &changes);
        if changes.is_empty() {
            assert!(sets.is_empty());
            continue;
        }
        assert_eq!(sets.iter().map(ChangeSet::json).collect::<Vec<_>>(), [case.a]);
    }
}

#[test]
fn the_model_of_the_editor_is_the_editor() {
    for case in cases() {
        let (start, a, b) = (units(&case.start), Set::parse(&case.a), Set::parse(&case.b));
        assert_eq!(a.apply(&start), units(&case.after));
        assert_eq!(a.compose(&Set::parse(&case.c)).json(), case.ac);
        assert_eq!(b.map(&a, false).json(), case.b_over_a);
        assert_eq!(a.map(&b, true).json(), case.a_over_b_before);
        assert_eq!(a.invert(&start).json(), case.undo_a);
    }
}
