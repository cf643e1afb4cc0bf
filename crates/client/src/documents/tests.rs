//! An open text's stories, and a world of editors on two computers.

mod editor;
mod golden;
mod model;
mod world;

use super::*;
use firebell_domain::PersonId;
use serde_json::{Value, json};

fn opened(text: &str) -> OpenDocument {
    let mut document = TextDocument::new(1);
    document.edit(&[TextChange { insert: text.into(), ..TextChange::default() }]).unwrap();
    OpenDocument::new(document, 100)
}

fn typed(changes: Value) -> TextUpdate {
    TextUpdate { client: "window 1".into(), changes }
}

#[test]
fn a_window_types_and_the_other_window_follows() {
    let mut core = opened("Restart the queue");
    let (version, text) = core.open();
    assert_eq!((version, text.as_str()), (100, "Restart the queue"));
    let updates = [typed(json!([12, [5, "broker 🐇", ""]])), typed(json!([[0, "1. "], 22]))];
    assert_eq!(core.push(100, &updates), Ok(Pushed::Accepted));
    assert_eq!(core.open(), (102, "1. Restart the broker 🐇\n".into()));
    assert_eq!(core.updates_since(101), Some(updates[1..].to_vec()));
    assert_eq!(
        core.push(100, &updates),
        Ok(Pushed::Behind),
        "the answer was lost: it is pulled, not typed twice"
    );
    assert_eq!(core.updates_since(100), Some(updates.to_vec()));
}

#[test]
fn what_is_no_change_of_this_text_leaves_it_as_it_is() {
    let mut core = opened("a🐇b");
    for (changes, error) in [
        (json!({}), TextError::Malformed),
        (json!([[]]), TextError::Malformed),
        (json!([-1, 5]), TextError::Malformed),
        (json!([4.5]), TextError::Malformed),
        (json!([4, [0, 7]]), TextError::Malformed),
        (json!([4, [0, "two\nlines"]]), TextError::Malformed),
        (json!([4, [0, "old\r"]]), TextError::Malformed),
        (json!([3]), TextError::OutOfRange),
        (json!([4, [1]]), TextError::OutOfRange),
        (json!([u32::MAX, [u32::MAX, "x"]]), TextError::OutOfRange),
        (json!([2, [0, "x"], 2]), TextError::SplitsCharacter),
        (json!([[2], 2]), TextError::SplitsCharacter),
    ] {
        let good = typed(json!([[0, "good "], 4]));
        let core_before = (core.open(), core.document().state());
        assert_eq!(core.push(100, &[typed(changes.clone())]), Err(error), "{changes}");
        // Nor does what came before it in the same push: all or nothing.
        assert!(core.push(100, &[good, typed(changes)]).is_err());
        assert_eq!((core.open(), core.document().state()), core_before);
    }
    assert_eq!(core.take_pending(), None);
}

#[test]
fn what_was_typed_in_a_moment_goes_to_the_log_as_one() {
    let mut core = opened("");
    for (n, letter) in ["f", "i", "r", "e"].iter().enumerate() {
        core.push(100 + n as u32, &[typed(json!([n, [0, letter]]))]).unwrap();
    }
    core.push(104, &[typed(json!([3, [1]]))]).unwrap();
    let update = core.take_pending().unwrap();
    assert_eq!(core.take_pending(), None);
    let mut other = OpenDocument::new(TextDocument::new(2), 7);
    assert_eq!(other.document().check_foreign(&update, 1), Ok(()));
    assert_eq!(other.apply_remote(&update), Ok(true));
    assert_eq!(other.open(), (8, "fir".into()));
    assert_eq!(core.apply_remote(&update), Ok(false), "one's own comes back from the server");
    assert_eq!(core.open().0, 105);
    assert!(update.len() < 30, "{} bytes for five keys", update.len());
}

#[test]
fn the_editor_hears_of_words_from_the_log() {
    let mut core = opened("one two");
    let mut ben = TextDocument::from_state(2, &core.document().state()).unwrap();
    let insert = |at, delete, insert: &str| TextChange { at, delete, insert: insert.into() };
    let update = ben.edit(&[insert(7, 0, " three"), insert(0, 3, "1\n"), insert(3, 1, "")]).unwrap();
    assert_eq!(core.apply_remote(&update), Ok(true));
    let heard = core.updates_since(100).unwrap();
    assert_eq!(heard.len(), 1);
    assert_eq!(
        (heard[0].client.as_str(), &heard[0].changes),
        (FROM_LOG, &json!([[3, "1", ""], 1, [1], 2, [0, " three"]]))
    );
    assert_eq!(core.open().1, ben.text());
    assert_eq!(core.apply_remote(&[1, 2, 3]), Err(TextError::Malformed));
}

#[test]
fn changes_that_go_back_become_several_change_sets() {
    let change = |at, delete, insert: &str| TextChange { at, delete, insert: insert.into() };
    let sets = ChangeSet::from_changes(
        4,
        &[change(3, 1, "xy"), change(0, 2, ""), change(0, 0, "z"), change(3, 1, "")],
    );
    let json: Vec<_> = sets.iter().map(ChangeSet::json).collect();
    assert_eq!(json, [json!([3, [1, "xy"]]), json!([[2], [0, "z"], 2, [1]])]);
}

#[test]
fn an_editor_that_is_too_far_behind_opens_the_text_again() {
    let mut core = opened("");
    for n in 0..2_001u32 {
        core.push(100 + n, &[typed(json!([n, [0, "x"]]))]).unwrap();
    }
    assert_eq!(core.updates_since(100), None);
    assert_eq!(core.updates_since(101).unwrap().len(), 2_000);
    assert_eq!(core.updates_since(2_101), Some(vec![]));
    assert_eq!(core.updates_since(2_102), None, "of another life of the text");
}

#[test]
fn cursors_of_others_move_with_the_text_and_are_forgotten() {
    let mut core = opened("Restart the queue");
    let peer = |device: &str, from, to| Peer {
        person: PersonId::from("ben"),
        name: "Ben".into(),
        device: device.into(),
        selection: (from, to),
    };
    core.peer_seen(peer("laptop", 8, 11), 1_000);
    core.peer_seen(peer("phone", 12, 999), 30_000);
    core.push(100, &[typed(json!([[0, "1. "], 8, [4], 5]))]).unwrap();
    assert_eq!(core.peers(60_000), [peer("laptop", 11, 11), peer("phone", 11, 16)]);
    core.push(101, &[typed(json!([11, [0, "my "], 5]))]).unwrap();
    assert_eq!(core.peers(60_999), [peer("laptop", 11, 11), peer("phone", 11, 19)]);
    assert_eq!(core.peers(61_000), [peer("phone", 11, 19)], "60 s without news");
    core.peer_left("phone");
    assert_eq!(core.peers(61_000), []);
}
