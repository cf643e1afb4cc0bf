//! From the draft to the last action done.

use super::*;

#[test]
fn it_goes_from_draft_to_closed_and_says_what_is_first() {
    let of = |written: &Written, to| written.read().may_become(to);
    let draft =
        Written::default().by("ana", action(1, ActionChange::Create { title: "Add the index".into() }));
    let refused = of(&draft, Stage::Published).unwrap_err();
    assert_eq!(refused.code, RefusalCode::NotAllowed);
    assert!(refused.words.contains("review"));
    let reviewed = draft.clone().by("ana", PostmortemChange::Stage { to: Stage::InReview });
    of(&reviewed, Stage::Draft).unwrap();
    of(&reviewed, Stage::Published).unwrap();
    let published = reviewed.clone().by("ana", PostmortemChange::Stage { to: Stage::Published });
    assert!(of(&published, Stage::Draft).unwrap_err().words.contains("Correct it"));
    assert!(of(&published, Stage::Closed).unwrap_err().words.contains("One action"));
    let done =
        published.clone().by("ben", action(1, ActionChange::Status { to: ActionStatus::Done, reason: None }));
    of(&done, Stage::Closed).unwrap();

    let next = |written: &Written| -> Vec<(Stage, bool)> {
        let steps = written.read().steps();
        steps.into_iter().map(|step| (step.to, step.not_yet.is_none())).collect()
    };
    assert_eq!(next(&draft), [(Stage::InReview, true)]);
    assert_eq!(next(&reviewed), [(Stage::Published, true), (Stage::Draft, true)]);
    assert_eq!(next(&published), [(Stage::Closed, false)]);
    let why = published.read().steps().remove(0).not_yet.unwrap();
    assert_eq!(why, of(&published, Stage::Closed).unwrap_err().words);
    assert_eq!(next(&done), [(Stage::Closed, true)]);
    let closed = done.clone().by("ana", PostmortemChange::Stage { to: Stage::Closed });
    assert!(closed.read().lets_close(Status::Resolved) && !closed.read().lets_close(Status::Closed));
    assert!(!done.read().lets_close(Status::Resolved));
    assert_eq!(next(&closed), [(Stage::Published, true)], "something is to be done after all");
}

#[test]
fn nobody_approves_in_anothers_name() {
    let mut written = Written::default()
        .by("ana", PostmortemChange::Reviewer { person: "ben".into(), is: true })
        .by("chi", PostmortemChange::Approve { is: true });
    written.0.insert("approved_ben".into(), (json!(true), "ana".into()));
    assert_eq!(written.read().review.approved, ["chi".into()]);
}

#[test]
fn what_is_open_is_said_before_the_readers_have_it_and_not_before_nor_after() {
    let remark = |section: &str| WrittenComment {
        section: section.into(),
        anchor: "11.4-11.9".into(),
        quote: "queue".into(),
        text: "Which one?".into(),
        suggestion: None,
    };
    let comment = |n, written| PostmortemChange::Comment { id: id(n), comment: Some(written) };
    let open = |written: &Written, missing: &[Missing]| {
        OpenToPublish::of(&written.read(), missing, &written.seen(comments))
    };
    let draft = Written::default()
        .by("ana", PostmortemChange::Reviewer { person: "ben".into(), is: true })
        .by("ana", PostmortemChange::Reviewer { person: "chi".into(), is: true })
        .by("chi", PostmortemChange::Approve { is: true })
        .by("ben", comment(1, remark("summary")))
        .by("ben", comment(2, remark("impact")))
        .by("ana", PostmortemChange::Resolve { comment: id(2), resolved: true });
    assert_eq!(open(&draft, &[Missing::Author]), [], "it goes to its reviewers as it is");
    let reviewed = draft.by("ana", PostmortemChange::Stage { to: Stage::InReview });
    assert_eq!(
        open(&reviewed, &[Missing::Author]),
        [
            OpenToPublish::Missing { count: 1 },
            OpenToPublish::Comments { count: 1 },
            OpenToPublish::NotApproved { people: vec!["ben".into()] },
        ]
    );
    let good = reviewed
        .by("ben", PostmortemChange::Approve { is: true })
        .by("ben", PostmortemChange::Resolve { comment: id(1), resolved: true });
    assert_eq!(open(&good, &[]), []);
    let published = good.by("ana", PostmortemChange::Stage { to: Stage::Published });
    assert_eq!(open(&published, &[Missing::Author]), [], "it is with its readers");
}
