//! Tickets that are followed: until they are done, and a while longer.

use super::super::fakes::FakeIssue;
use super::*;

#[tokio::test]
async fn a_ticket_that_is_opened_again_says_so_for_a_month() {
    let folder = tempfile::tempdir().unwrap();
    for (n, kind) in Kind::ALL.into_iter().enumerate() {
        for url in databases(&folder.path().join(n.to_string())) {
            let mut world = World::new(&url, kind).await;
            world.set_up().await;
            world.asks(ACTION, "Add the index").await;
            world.works().await;
            world.fake.set(0, "Released", true);
            world.works().await;
            assert!(world.action(ACTION).await.ticket.unwrap().done, "{kind:?}");
            world.fake.set(0, "Reopened", false);
            world.works().await;
            let action = world.action(ACTION).await;
            // Ana decides what that means for her action.
            assert_eq!((action.status, action.ticket.unwrap().done), (ActionStatus::Done, false), "{kind:?}");
            place(
                &world.says(ACTION, ActionChange::Status { to: ActionStatus::Open, reason: None }).await[0],
            );
            world.fake.set(0, "Released", true);
            world.works().await;
            assert_eq!(world.action(ACTION).await.status, ActionStatus::Done, "{kind:?}");
            world.storage.write(|tx| tx.age_tickets(TimeDelta::days(29))).await.unwrap();
            world.fake.set(0, "Closed again", true);
            world.works().await;
            let asked = world.fake.with(|state| state.asked.len());
            world.storage.write(|tx| tx.age_tickets(TimeDelta::days(2))).await.unwrap();
            world.works().await;
            assert_eq!(world.fake.with(|state| state.asked.len()), asked, "{kind:?}: the month is over");
        }
    }
}

/// Others' issues, a minute apart.
fn crowd(fake: &Fake, n: usize) {
    fake.with(|state| {
        for _ in 0..n {
            let number = state.issues.len() as u64 + 1;
            let (hour, minute) = (10 + number / 60, number % 60);
            state.issues.push(FakeIssue {
                number,
                fields: Value::Null,
                labels: vec!["postmortem".into()],
                status: "open",
                done: false,
                updated_at: format!("2026-11-26T{hour:02}:{minute:02}:00Z"),
                indexed: true,
                called: None,
                gone: false,
            });
        }
    });
}

#[tokio::test]
async fn a_label_of_the_team_that_looks_like_ours_hides_no_ticket() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::Github).await;
        world.set_up().await;
        world.asks(ACTION, "Add the index").await;
        world.works().await;
        world.fake.with(|state| state.issues[0].labels.insert(0, "firebell-agent".into()));
        world.fake.set(0, "closed", true);
        world.works().await;
        assert_eq!(world.action(ACTION).await.status, ActionStatus::Done);
    }
}

#[tokio::test]
async fn what_changes_behind_a_full_page_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::Github).await;
        world.set_up().await;
        world.asks(ACTION, "Add the index").await;
        world.works().await;
        // All at once, so that the first page stays as it is.
        crowd(&world.fake, 120);
        world.fake.with(|state| {
            state.issues.iter_mut().for_each(|issue| issue.updated_at = "2026-11-26T10:00:00Z".into());
            state.issues.rotate_left(1);
        });
        for _ in 0..3 {
            world.works().await;
        }
        let last = world.fake.with(|state| {
            state.issues[120].updated_at = "2026-11-26T10:00:01Z".into();
            state.issues.len() - 1
        });
        world.works().await;
        world.fake.with(|state| {
            (state.issues[last].status, state.issues[last].done) = ("closed", true);
        });
        world.works().await;
        assert_eq!(world.action(ACTION).await.status, ActionStatus::Done);
    }
}

#[tokio::test]
async fn nothing_is_missed_because_something_else_changes_between_two_pages() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::Github).await;
        world.set_up().await;
        world.asks(ACTION, "Add the index").await;
        world.works().await;
        crowd(&world.fake, 150);
        // Ours is the first of the second page, until one of the first page moves to the end.
        world.fake.with(|state| {
            (state.issues[0].status, state.issues[0].done) = ("closed", true);
            let before = state.issues[99].updated_at.clone();
            state.issues[0].updated_at = before.replace(":00Z", ":30Z");
            state.changes_while_read = Some(5);
        });
        world.works().await;
        assert_eq!(world.action(ACTION).await.status, ActionStatus::Done);
    }
}

#[tokio::test]
async fn what_a_tracker_calls_a_ticket_and_is_none_is_not_passed_on() {
    let folder = tempfile::tempdir().unwrap();
    for (n, kind) in Kind::ALL.into_iter().enumerate() {
        for url in databases(&folder.path().join(n.to_string())) {
            let mut world = World::new(&url, kind).await;
            world.set_up().await;
            let called = if kind == Kind::Github { "javascript:alert(1)" } else { "../../../admin" };
            world.fake.with(|state| state.called = Some(called.into()));
            world.asks(ACTION, "Add the index").await;
            world.works().await;
            world.works().await;
            let action = world.action(ACTION).await;
            assert_eq!((action.ticket, world.made()), (None, 1), "{kind:?}");
            assert!(action.ticket_failed.unwrap().contains("then ask again"), "{kind:?}");
        }
    }
}
