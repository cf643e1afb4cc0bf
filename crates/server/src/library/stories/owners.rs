//! Whose a field of a postmortem is, whatever a desktop says.

use super::*;
use serde_json::{Value, json};

const COMMENT: &str = "comment_00000000000000000000000000000001";
const REPLY: &str = "reply_00000000000000000000000000000001_00000000000000000000000000000002";
const RESOLVED: &str = "resolved_00000000000000000000000000000001";

fn says(field: &str, value: Value, replaces: Option<OpId>) -> Change {
    Change::Record { record: RecordId::postmortem(incident_id(1)), field: field.into(), value, replaces }
}

#[track_caller]
fn not_allowed(outcome: &OpOutcome, words: &str) {
    let refusal = refusal(outcome);
    assert_eq!(refusal.code, RefusalCode::NotAllowed, "{refusal}");
    assert!(refusal.words.contains(words), "{refusal}");
}

#[tokio::test]
async fn words_of_a_comment_are_changed_by_whoever_wrote_them_whatever_a_desktop_sends() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = with_team(&url).await;
        let (mut ana, mut ben) = (Desktop::of(&storage, "ana").await, Desktop::of(&storage, "ben").await);
        place(&ana.say(&storage, &declare(incident_id(1), "Checkout is down")).await);
        place(&ana.say(&storage, &says(COMMENT, json!({ "text": "Which queue?" }), None)).await);
        let hers = OpId { writer: ana.writer, counter: ana.counter };

        // With and without the write that he saw, and to take it back.
        for (value, seen) in
            [(json!({ "text": "x" }), Some(hers)), (json!({ "text": "x" }), None), (Value::Null, Some(hers))]
        {
            not_allowed(&ben.say(&storage, &says(COMMENT, value, seen)).await, "wrote a comment");
        }
        place(&ben.say(&storage, &says(REPLY, json!({ "text": "Orders." }), None)).await);
        not_allowed(&ana.say(&storage, &says(REPLY, Value::Null, None)).await, "wrote a reply");
        place(&ben.say(&storage, &says(RESOLVED, json!(true), None)).await);
        place(&ana.say(&storage, &says(RESOLVED, json!(false), None)).await);

        // She says it otherwise, from another computer, too; what she takes back is free.
        place(&ana.say(&storage, &says(COMMENT, json!({ "text": "Which one?" }), Some(hers))).await);
        let seen = OpId { writer: ana.writer, counter: ana.counter };
        let mut other = Desktop::of(&storage, "ana").await;
        place(&other.say(&storage, &says(COMMENT, Value::Null, Some(seen))).await);
        let gone = OpId { writer: other.writer, counter: other.counter };
        place(&ben.say(&storage, &says(COMMENT, json!({ "text": "Mine." }), Some(gone))).await);
        not_allowed(&ana.say(&storage, &says(COMMENT, json!({}), None)).await, "wrote a comment");
    }
}

#[tokio::test]
async fn of_two_who_write_one_comment_in_the_same_commit_the_first_has_it() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = with_team(&url).await;
        let (mut ana, mut ben) = (Desktop::of(&storage, "ana").await, Desktop::of(&storage, "ben").await);
        place(&ana.say(&storage, &declare(incident_id(1), "Checkout is down")).await);
        let hers = ana.write(&says(COMMENT, json!({ "text": "Which queue?" }), None));
        let his = ben.write(&says(COMMENT, json!({ "text": "x" }), None));
        let (of_ana, of_ben) = (ana.device.clone(), ben.device.clone());
        let answers = storage.write(move |tx| {
            let mut answers = super::super::submit(tx, &of_ana, vec![hers])?;
            answers.extend(super::super::submit(tx, &of_ben, vec![his])?);
            Ok(answers)
        });
        let answers = answers.await.unwrap();
        place(&answers[0].outcome);
        not_allowed(&answers[1].outcome, "wrote a comment");
    }
}

#[tokio::test]
async fn nobody_approves_or_takes_an_approval_back_in_anothers_name() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = with_team(&url).await;
        let (mut ana, mut ben) = (Desktop::of(&storage, "ana").await, Desktop::of(&storage, "ben").await);
        place(&ana.say(&storage, &declare(incident_id(1), "Checkout is down")).await);
        not_allowed(&ana.say(&storage, &says("approved_ben", json!(true), None)).await, "own name");
        place(&ben.say(&storage, &says("approved_ben", json!(true), None)).await);
        not_allowed(&ana.say(&storage, &says("approved_ben", json!(false), None)).await, "own name");
        // Only of a postmortem's record: others have fields of their own.
        let other = Change::Record {
            record: runbook(1),
            field: "approved_ben".into(),
            value: json!(true),
            replaces: None,
        };
        place(&ana.say(&storage, &other).await);
    }
}
