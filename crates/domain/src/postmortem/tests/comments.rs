//! Comments and suggestions as two authors and a reader meet them.

use super::*;
use crate::team::Role;

const ID: &str = "00000000000000000000000000000001";
const OTHER: &str = "00000000000000000000000000000002";

fn on(quote: &str, text: &str, suggestion: Option<&str>) -> WrittenComment {
    WrittenComment {
        section: "summary".into(),
        anchor: "11.4-11.9".into(),
        quote: quote.into(),
        text: text.into(),
        suggestion: suggestion.map(Into::into),
    }
}

fn comment(written: WrittenComment) -> PostmortemChange {
    PostmortemChange::Comment { id: ID.into(), comment: Some(written) }
}

fn reply(text: Option<&str>) -> PostmortemChange {
    PostmortemChange::Reply { comment: ID.into(), id: OTHER.into(), text: text.map(Into::into) }
}

fn resolve(resolved: bool) -> PostmortemChange {
    PostmortemChange::Resolve { comment: ID.into(), resolved }
}

#[test]
fn a_comment_is_answered_and_resolved_and_kept() {
    let written = Written::default()
        .by("ana", comment(on("queue", "Which one?", None)))
        .by("ben", reply(Some(" The one of orders. ")))
        .by("ben", resolve(true));
    let all = written.seen(comments);
    let [found] = &all[..] else { panic!("{all:?}") };
    assert_eq!((found.by.as_str(), found.written.text.as_str()), ("ana", "Which one?"));
    assert_eq!((found.replies[0].by.as_str(), found.replies[0].text.as_str()), ("ben", "The one of orders."));
    assert_eq!(found.resolved.as_ref().map(|r| r.by.as_str()), Some("ben"));
    let again = written.by("ana", resolve(false)).seen(comments);
    assert_eq!(again[0].resolved, None);
}

#[test]
fn what_somebody_said_is_theirs_to_change_and_to_take_back() {
    let written = Written::default().by("ana", comment(on("queue", "Which one?", None)));
    let gone = PostmortemChange::Comment { id: ID.into(), comment: None };
    let may = |written: &Written, change: &PostmortemChange, by: &str| {
        written.seen(|fields| change.may(&PersonId::new(by), None, fields).map_err(|refused| refused.code))
    };
    let corrected = comment(on("queue", "Which queue?", None));
    assert_eq!(may(&written, &corrected, "ana"), Ok(()));
    assert_eq!(may(&written, &corrected, "ben"), Err(RefusalCode::NotAllowed));
    assert_eq!(may(&written, &gone, "ana"), Ok(()));
    assert_eq!(may(&written, &gone, "ben"), Err(RefusalCode::NotAllowed));
    assert_eq!(may(&written, &resolve(true), "ben"), Ok(()));
    let answered = written.by("ben", reply(Some("Orders.")));
    assert_eq!(may(&answered, &gone, "ana"), Err(RefusalCode::NotAllowed), "Ben's words would go");
    assert_eq!(may(&answered, &reply(Some("mine now")), "ana"), Err(RefusalCode::NotAllowed));
    assert_eq!(may(&answered, &reply(None), "ben"), Ok(()));
    let alone = answered.by("ben", reply(None));
    assert_eq!(alone.seen(|fields| comments(fields)[0].replies.len()), 0);
    assert_eq!(may(&alone, &gone, "ana"), Ok(()));
    let taken_back = alone.by("ana", gone);
    assert_eq!(taken_back.seen(comments), []);
    assert_eq!(may(&taken_back, &reply(Some("too late")), "ben"), Err(RefusalCode::NotFound));
    assert_eq!(may(&taken_back, &resolve(true), "ben"), Err(RefusalCode::NotFound));
}

#[test]
fn a_field_is_written_by_whom_it_belongs_to() {
    let (ana, ben) = (PersonId::new("ana"), PersonId::new("ben"));
    let (said, nothing) = (json!({ "text": "Which one?" }), Value::Null);
    let of_ana = |value| Some(Stands { author: &ana, value });
    let may = |field: &str, stands, by| may_write(field, stands, by, Some(Role::Responder)).is_ok();
    let (comment, reply) = (format!("comment_{ID}"), format!("reply_{ID}_{OTHER}"));
    for field in [&comment, &reply] {
        assert!(is_of_its_author(field));
        assert!(may(field, None, &ben), "a first write is free");
        assert!(may(field, of_ana(&said), &ana) && !may(field, of_ana(&said), &ben));
        assert!(may(field, of_ana(&nothing), &ben), "what was taken back is nobody's");
    }
    for field in [format!("resolved_{ID}").as_str(), "title", "stage", "comments", "of_a_newer_version"] {
        assert!(!is_of_its_author(field) && may(field, of_ana(&said), &ben), "{field}");
    }
    assert!(may("approved_ben", None, &ben) && !may("approved_ben", None, &ana));
    assert!(may("approved_ben", of_ana(&json!(true)), &ben), "his own name, whoever wrote there before");
    assert!(!may("approved_be", None, &ben), "a whole name");
}

#[test]
fn whoever_reads_along_writes_into_no_field() {
    let eve = PersonId::new("eve");
    for field in ["title", "comment_x", "resolved_x", "approved_eve"] {
        let refused = may_write(field, None, &eve, Some(Role::Stakeholder)).unwrap_err();
        assert!(refused.words.contains("A stakeholder reads"), "{refused}");
        assert!(may_write(field, None, &eve, Some(Role::Admin)).is_ok());
    }
    let publish = PostmortemChange::PublishCorrections;
    let may = |role| Written::default().seen(|fields| publish.may(&eve, Some(role), fields));
    assert!(may(Role::Stakeholder).is_err() && may(Role::Responder).is_ok());
}

#[test]
fn what_says_nothing_or_is_too_long_is_refused_with_the_remedy() {
    let refused = |change: PostmortemChange| change.check().unwrap_err().words;
    assert!(refused(comment(on("queue", " ", None))).contains("empty"));
    assert!(refused(comment(on("queue", &"x".repeat(2_001), None))).contains("into the section"));
    assert!(refused(comment(on("queue", "", Some(&"x".repeat(2_001))))).contains("2001"));
    assert!(refused(comment(on("queue", "", Some("queue")))).contains("Suggest others"));
    assert!(refused(comment(on("", "Which?", None))).contains("Select them"));
    assert!(refused(comment(on(&"x".repeat(301), "Which?", None))).contains("Select them"));
    assert!(
        refused(comment(WrittenComment { anchor: "<b>".into(), ..on("queue", "a", None) }))
            .contains("Select")
    );
    assert!(
        refused(comment(WrittenComment { section: "A B".into(), ..on("queue", "a", None) })).contains("A B")
    );
    assert!(refused(reply(Some("  "))).contains("empty"));
    let nowhere = PostmortemChange::Resolve { comment: "1".into(), resolved: true };
    assert!(refused(nowhere).contains("look at the list"));
    assert!(comment(on("queue", "", Some(""))).check().is_ok(), "to leave the words out is a suggestion");
}

#[test]
fn the_words_that_were_chosen_are_kept_as_far_as_they_are_needed() {
    let long = "é".repeat(301);
    assert_eq!(quote(&long, false).unwrap().chars().count(), 300);
    assert!(quote(&long, true).unwrap_err().words.contains("301"));
    assert!(quote(" \n", false).unwrap_err().words.contains("Select words"));
    assert_eq!(quote(" the queue", true).unwrap(), " the queue");
}

#[test]
fn a_suggestion_is_accepted_while_the_words_are_those_it_is_about() {
    let read = |written: &Written| written.seen(comments).remove(0);
    let plain = Written::default().by("ana", comment(on("queue", "Which one?", None)));
    let code = |found: &Comment, now| found.accepted(now).map(str::to_owned).map_err(|refused| refused.code);
    assert_eq!(code(&read(&plain), Some("queue")), Err(RefusalCode::BadInput));
    let written = Written::default().by("ana", comment(on("queue", "", Some("queue of orders"))));
    let found = read(&written);
    assert_eq!(code(&found, Some("queue")), Ok("queue of orders".into()));
    assert_eq!(code(&found, Some("queues")), Err(RefusalCode::Stale));
    assert_eq!(code(&found, None), Err(RefusalCode::Stale));
    assert_eq!(code(&read(&written.by("ben", resolve(true))), Some("queue")), Err(RefusalCode::Stale));
}

#[test]
fn what_another_program_wrote_there_says_nothing_and_hides_nothing() {
    let mut written = Written::default().by("ana", comment(on("queue", "Which one?", None)));
    for field in ["comment_x", "reply_x", "resolved_x", "comment_00000000000000000000000000000003"] {
        written.0.insert(field.into(), (json!(["?"]), "ana".into()));
    }
    assert_eq!(written.seen(comments).len(), 1);
}
