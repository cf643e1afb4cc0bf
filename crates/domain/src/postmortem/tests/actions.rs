//! What is to be done, and whether it is.

use super::super::*;
use super::*;

#[test]
fn actions_are_listed_by_what_is_urgent_and_followed_through() {
    let create = |title: &str| ActionChange::Create { title: title.into() };
    let written = Written::default()
        .by("ana", action(1, create("Write the runbook")))
        .by("ana", action(2, create("Add the index")))
        .by("ana", action(2, ActionChange::Priority { priority: Some(Priority::P1) }))
        .by("ana", action(2, ActionChange::Due { due: Some("2026-11-20".parse().unwrap()) }))
        .by("ben", action(3, create("A mistake")))
        .by("ben", action(3, ActionChange::Remove));
    let all = written.read().actions;
    assert_eq!(
        all.iter().map(|a| a.title.as_str()).collect::<Vec<_>>(),
        ["Add the index", "Write the runbook"]
    );
    let today = "2026-11-26".parse().unwrap();
    assert_eq!((all[0].days_overdue(today), all[1].days_overdue(today)), (Some(6), None));
    assert_eq!(follow_through(&all, now()), Some(0.0));
    let done = written.by("ana", action(2, ActionChange::Status { to: ActionStatus::Done, reason: None }));
    let all = done.read().actions;
    assert_eq!(all[0].days_overdue(today), None, "it is done");
    assert_eq!(follow_through(&all, now()), Some(0.5));
    let later = now() + chrono::TimeDelta::days(91);
    assert_eq!(follow_through(&all, later), None, "nothing was created in these days");
}

#[test]
fn on_the_board_what_is_late_comes_first_and_then_what_matters_most() {
    let create = |n, title: &str| action(n, ActionChange::Create { title: title.into() });
    let due = |n, day: &str| action(n, ActionChange::Due { due: Some(day.parse().unwrap()) });
    let first = |n| action(n, ActionChange::Priority { priority: Some(Priority::P1) });
    let written = Written::default()
        .by("ana", create(1, "nice to have"))
        .by("ana", create(2, "matters"))
        .by("ana", first(2))
        .by("ana", create(3, "a day late"))
        .by("ana", due(3, "2026-11-25"))
        .by("ana", create(4, "a week late"))
        .by("ana", due(4, "2026-11-19"))
        .by("ana", create(5, "was late, and is done"))
        .by("ana", due(5, "2026-11-01"))
        .by("ana", action(5, ActionChange::Status { to: ActionStatus::Done, reason: None }));
    let (mut all, today) = (written.read().actions, "2026-11-26".parse().unwrap());
    all.sort_by_key(|action| action.urgency(today));
    let titles: Vec<_> = all.iter().map(|a| a.title.as_str()).collect();
    assert_eq!(titles, ["a week late", "a day late", "matters", "was late, and is done", "nice to have"]);
}

#[test]
fn an_action_is_dropped_with_a_reason() {
    let drop = |reason: Option<&str>| {
        action(1, ActionChange::Status { to: ActionStatus::Dropped, reason: reason.map(Into::into) })
    };
    assert!(drop(None).check().unwrap_err().words.contains("why"));
    assert!(drop(Some(" ")).check().is_err());
    drop(Some("the service goes away")).check().unwrap();
    action(1, ActionChange::Create { title: " ".into() }).check().unwrap_err();
    let itself = ActionChange::After { action: Some(ActionId(Uuid::from_u128(1))) };
    action(1, itself).check().unwrap_err();
}

fn waits(n: u128, of: Option<u128>) -> PostmortemChange {
    action(n, ActionChange::After { action: of.map(|of| ActionId(Uuid::from_u128(of))) })
}

#[test]
fn an_action_says_which_one_it_waits_for_and_how_far_that_one_is() {
    let title = |n, title: &str| action(n, ActionChange::Create { title: title.into() });
    let written = Written::default()
        .by("ana", title(1, "Alert on the queue"))
        .by("ana", title(2, "Ring by the alert"))
        .by("ana", waits(2, Some(1)));
    let before = |written: &Written| {
        let all = written.seen(actions);
        let one = all.into_iter().find(|a| a.title == "Ring by the alert").unwrap();
        one.before.map(|before| (before.title, before.status))
    };
    assert_eq!(before(&written), Some(("Alert on the queue".into(), ActionStatus::Open)));
    let done = ActionChange::Status { to: ActionStatus::Done, reason: None };
    let written = written.by("ben", action(1, done));
    assert_eq!(before(&written), Some(("Alert on the queue".into(), ActionStatus::Done)));
    assert_eq!(before(&written.by("ben", action(1, ActionChange::Remove))), None, "it is not there any more");
}

#[test]
fn actions_do_not_wait_for_each_other_in_a_ring() {
    let mut written = Written::default();
    for n in 1..=4 {
        written = written.by("ana", action(n, ActionChange::Create { title: format!("Action {n}") }));
    }
    let written = written.by("ana", waits(2, Some(1))).by("ana", waits(3, Some(2)));
    let may = |written: &Written, n, of| written.read().allows(&waits(n, Some(of))).map_err(|r| r.words);
    assert_eq!(may(&written, 4, 3), Ok(()));
    assert_eq!(may(&written, 3, 1), Ok(()), "what it waits for now is replaced");
    for other in [2, 3] {
        let refused = may(&written, 1, other).unwrap_err();
        assert!(refused.contains(&format!("“Action {other}” waits for this action already")), "{refused}");
    }
    assert!(may(&written, 1, 9).unwrap_err().contains("not there any more"));
    assert_eq!(written.read().allows(&waits(1, None)), Ok(()));
    // Two made a ring without hearing of each other: it is read, and can be opened.
    let ring = written.by("ben", waits(1, Some(3)));
    assert_eq!(may(&ring, 4, 2), Ok(()));
    assert!(may(&ring, 1, 2).is_err() && ring.read().allows(&waits(1, None)).is_ok());
}
