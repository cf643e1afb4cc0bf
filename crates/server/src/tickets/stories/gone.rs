//! Actions and tickets that are not there for a while.

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
