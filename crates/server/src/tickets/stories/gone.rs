//! Actions and tickets that are not there for a while.

use super::super::fakes::FakeIssue;
use super::*;

#[tokio::test]
async fn an_action_that_comes_back_gets_its_ticket() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::Cloud).await;
        world.set_up().await;
        world.asks(ACTION, "Add the index").await;
        place(&world.says(ACTION, ActionChange::Remove).await[0]);
        world.works().await;
        assert_eq!(world.made(), 0);
        let title = "Add the index after all".to_owned();
        place(&world.says(ACTION, ActionChange::Title { title }).await[0]);
        world.goes_on().await;
        assert_eq!(world.action(ACTION).await.ticket.unwrap().key, "OPS-1");
        // After a restore the wish may be here before the title is.
        place(&world.says(OTHER, ActionChange::Ask { tracker: Tracker::Jira }).await[0]);
        world.works().await;
        let title = "Alert on it".to_owned();
        place(&world.says(OTHER, ActionChange::Title { title }).await[0]);
        world.goes_on().await;
        assert_eq!(world.action(OTHER).await.ticket.unwrap().key, "OPS-2");
    }
}

#[tokio::test]
async fn what_happened_to_the_ticket_of_an_action_that_was_gone_is_told_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    for (n, kind) in Kind::ALL.into_iter().enumerate() {
        for url in databases(&folder.path().join(n.to_string())) {
            let mut world = World::new(&url, kind).await;
            world.set_up().await;
            world.asks(ACTION, "Add the index").await;
            world.works().await;
            place(&world.says(ACTION, ActionChange::Remove).await[0]);
            world.fake.set(0, "Released", true);
            world.works().await;
            let title = "Add the index".to_owned();
            place(&world.says(ACTION, ActionChange::Title { title }).await[0]);
            world.works().await;
            let action = world.action(ACTION).await;
            assert_eq!((action.status, action.ticket.unwrap().done), (ActionStatus::Done, true), "{kind:?}");
            assert_eq!(world.made(), 1, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_ticket_that_was_deleted_says_so_and_a_new_one_is_made_when_somebody_asks() {
    let folder = tempfile::tempdir().unwrap();
    for (n, kind) in Kind::ALL.into_iter().enumerate() {
        for url in databases(&folder.path().join(n.to_string())) {
            let mut world = World::new(&url, kind).await;
            world.set_up().await;
            world.asks(ACTION, "Add the index").await;
            world.asks(OTHER, "Alert on it").await;
            world.works().await;
            let key = world.action(ACTION).await.ticket.unwrap().key;
            world.fake.with(|state| {
                let ours = |issue: &&mut FakeIssue| issue.labels.contains(&label_of(ACTION));
                state.issues.iter_mut().find(ours).unwrap().gone = true;
            });
            world.works().await;
            let action = world.action(ACTION).await;
            assert_eq!((action.ticket, action.wanted), (None, None), "{kind:?}");
            let words = action.ticket_failed.unwrap();
            assert!(words.contains(&key) && words.contains("ask again"), "{words}");
            assert!(world.action(OTHER).await.ticket.is_some(), "{kind:?}");
            // Nobody has asked: not the admin, nor whoever edits the action.
            world.set_up().await;
            let title = "Add the index, soon".to_owned();
            place(&world.says(ACTION, ActionChange::Title { title }).await[0]);
            world.works().await;
            assert_eq!(world.made(), 2, "{kind:?}");
            place(&world.says(ACTION, ActionChange::Ask { tracker: world.tracker() }).await[0]);
            world.works().await;
            let action = world.action(ACTION).await;
            assert_ne!(action.ticket.unwrap().key, key, "{kind:?}");
            assert_eq!((action.ticket_failed, world.made()), (None, 3), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_ticket_whose_label_was_taken_off_is_followed_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for (n, kind) in Kind::ALL.into_iter().enumerate() {
        for url in databases(&folder.path().join(n.to_string())) {
            let mut world = World::new(&url, kind).await;
            world.set_up().await;
            world.asks(ACTION, "Add the index").await;
            world.works().await;
            world.fake.with(|state| state.issues[0].labels.clear());
            world.fake.set(0, "Released", true);
            world.works().await;
            assert_eq!(world.action(ACTION).await.status, ActionStatus::Done, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn an_account_that_sees_the_project_no_more_has_not_lost_its_tickets() {
    let folder = tempfile::tempdir().unwrap();
    for (n, kind) in [Kind::Cloud, Kind::DataCenter].into_iter().enumerate() {
        for url in databases(&folder.path().join(n.to_string())) {
            let mut world = World::new(&url, kind).await;
            world.set_up().await;
            world.asks(ACTION, "Add the index").await;
            world.works().await;
            world.fake.with(|state| state.blind = true);
            world.works().await;
            let action = world.action(ACTION).await;
            assert_eq!((action.ticket.unwrap().key.as_str(), action.ticket_failed), ("OPS-1", None));
        }
    }
}
