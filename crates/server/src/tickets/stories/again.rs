//! Asked for again: by a person, by an admin who sets the tracker up anew, by another node. Never two tickets.

use super::*;

#[tokio::test]
async fn whoever_asks_again_right_after_a_lost_answer_gets_no_second_ticket() {
    let folder = tempfile::tempdir().unwrap();
    for (n, kind) in Kind::ALL.into_iter().enumerate() {
        for url in databases(&folder.path().join(n.to_string())) {
            let mut world = World::new(&url, kind).await;
            world.set_up().await;
            world.fake.with(|state| state.faults = [Fault::Lost].into());
            world.asks(ACTION, "Add the index").await;
            world.goes_on().await;
            assert_eq!((world.made(), world.action(ACTION).await.ticket), (1, None), "{kind:?}");
            // Searches do not find it yet.
            place(&world.says(ACTION, ActionChange::Ask { tracker: world.tracker() }).await[0]);
            world.goes_on().await;
            assert_eq!(world.made(), 1, "{kind:?}: Ana asks again");
            world.set_up().await;
            world.goes_on().await;
            assert_eq!(world.made(), 1, "{kind:?}: the admin sets it up anew");
            world.takes_back(ACTION).await;
            place(&world.says(ACTION, ActionChange::Ask { tracker: world.tracker() }).await[0]);
            world.goes_on().await;
            assert_eq!(world.made(), 1, "{kind:?}: Ana takes it back, and asks");
            world.works().await;
            assert!(world.action(ACTION).await.ticket.is_some(), "{kind:?}");
            assert_eq!(world.made(), 1, "{kind:?}: it was found");
        }
    }
}

#[tokio::test]
async fn what_one_tracker_may_have_made_is_not_asked_of_another() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::Cloud).await;
        let github = Fake::start(Kind::Github).await;
        world.set_up().await;
        world.set_up_with(github.setup(), TOKEN).await;
        world.fake.with(|state| state.faults = [Fault::Lost].into());
        world.asks(ACTION, "Add the index").await;
        world.goes_on().await;
        place(&world.says(ACTION, ActionChange::Ask { tracker: Tracker::Github }).await[0]);
        world.works().await;
        assert_eq!(world.action(ACTION).await.ticket.unwrap().key, "OPS-1");
        assert_eq!((world.made(), github.with(|state| state.issues.len())), (1, 0));
    }
}

#[tokio::test]
async fn what_one_tracker_refuses_is_asked_of_another() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::Cloud).await;
        let github = Fake::start(Kind::Github).await;
        world.set_up().await;
        world.set_up_with(github.setup(), TOKEN).await;
        world.fake.with(|state| {
            (state.required, state.faults) = (Some("customfield_10001"), [Fault::Status(503)].into());
        });
        world.asks(ACTION, "Add the index").await;
        world.works().await;
        world.works().await;
        assert!(world.action(ACTION).await.ticket_failed.unwrap().contains("Team is required"));
        place(&world.says(ACTION, ActionChange::Ask { tracker: Tracker::Github }).await[0]);
        github.catches_up();
        world.goes_on().await;
        let action = world.action(ACTION).await;
        assert_eq!((action.ticket.unwrap().key.as_str(), action.ticket_failed), ("acme/shop#1", None));
        assert_eq!(world.made(), 0);
    }
}

#[tokio::test]
async fn a_wish_that_was_taken_back_is_not_fulfilled_by_setting_up_the_tracker() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::DataCenter).await;
        world.set_up().await;
        world.asks(ACTION, "Add the index").await;
        // Taken back while a node has it, which then goes on.
        let row = world.claims(LEASE).await;
        world.takes_back(ACTION).await;
        let prepared = world.storage.write(move |tx| prepare(tx, &row)).await.unwrap();
        assert!(matches!(prepared, Prepared::Nothing));
        world.set_up().await;
        world.works().await;
        assert_eq!((world.made(), world.action(ACTION).await.ticket_failed), (0, None));
        assert_eq!(world.storage.read(read::next_ticket_due).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_node_that_was_asleep_makes_no_ticket_that_another_one_makes() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::Cloud).await;
        world.set_up().await;
        world.asks(ACTION, "Add the index").await;
        let short = world.claims(TimeDelta::seconds(90)).await;
        let prepared = world.storage.write(move |tx| prepare(tx, &short)).await.unwrap();
        assert!(matches!(prepared, Prepared::Nothing), "too little of the lease is left");
        world.time_passes().await;
        let first = world.claims(LEASE).await;
        world.time_passes().await;
        let second = world.claims(LEASE).await;
        let prepared = world.storage.write(move |tx| prepare(tx, &first)).await.unwrap();
        assert!(matches!(prepared, Prepared::Nothing), "another node has it");
        let prepared = world.storage.write(move |tx| prepare(tx, &second)).await.unwrap();
        assert!(matches!(prepared, Prepared::Order(_)));
    }
}
