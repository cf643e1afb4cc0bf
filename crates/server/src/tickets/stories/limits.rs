//! A tracker that is asked too much, leads elsewhere for a while, or knows nobody.

use super::*;

#[tokio::test]
async fn a_tracker_that_wants_a_pause_is_left_alone_by_everybody_and_nobody_is_blamed() {
    let folder = tempfile::tempdir().unwrap();
    for (n, kind) in Kind::ALL.into_iter().enumerate() {
        for url in databases(&folder.path().join(n.to_string())) {
            let mut world = World::new(&url, kind).await;
            world.set_up().await;
            world.fake.with(|state| state.faults = [Fault::Crowded].into());
            world.asks(ACTION, "Add the index").await;
            world.goes_on().await;
            let asked = world.fake.with(|state| state.asked.len());
            world.asks(OTHER, "Alert on it").await;
            world.goes_on().await;
            assert_eq!(world.fake.with(|state| state.asked.len()), asked, "{kind:?}: a pause");
            let due = world.storage.read(read::next_ticket_due).await.unwrap().unwrap();
            let now = world.storage.write(|tx| Ok(tx.now())).await.unwrap();
            assert!(due > now + TimeDelta::seconds(50), "{kind:?}: nobody looks at it before");
            for action in [ACTION, OTHER] {
                assert_eq!(world.action(action).await.ticket_failed, None, "{kind:?}");
            }
            world.works().await;
            assert_eq!(world.made(), 2, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn github_is_asked_for_one_ticket_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::Github).await;
        world.set_up().await;
        world.asks(ACTION, "Add the index").await;
        world.asks(OTHER, "Alert on it").await;
        world.tickets.step().await.unwrap();
        assert_eq!(world.made(), 1);
        world.goes_on().await;
        assert_eq!(world.made(), 2);
    }
}

#[tokio::test]
async fn a_tracker_that_leads_elsewhere_for_a_while_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    for (n, kind) in Kind::ALL.into_iter().enumerate() {
        for url in databases(&folder.path().join(n.to_string())) {
            let mut world = World::new(&url, kind).await;
            world.set_up().await;
            world.fake.with(|state| state.faults = [302, 303, 307].map(Fault::Status).into());
            world.asks(ACTION, "Add the index").await;
            for _ in 0..4 {
                world.works().await;
            }
            assert_eq!(world.made(), 1, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_token_that_jira_knows_no_more_is_named_and_not_taken_for_an_empty_answer() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::Cloud).await;
        world.set_up().await;
        world.asks(ACTION, "Add the index").await;
        world.works().await;
        assert!(world.action(ACTION).await.ticket.is_some());
        let row = async || world.storage.write(|tx| tx.tracker(Tracker::Jira)).await.unwrap().unwrap();
        let heard = row().await.last_heard;
        assert!(heard.is_some());
        world.set_up_with(world.fake.setup(), "expired-token").await;
        world.works().await;
        let now = row().await;
        assert!(now.last_error.unwrap().contains("refused the token"));
        assert_eq!(now.last_heard, heard, "nothing was heard since");
        // Whoever asks now learns it, too, before anything is made.
        let asked = world.fake.with(|state| state.asked.len());
        world.asks(OTHER, "Alert on it").await;
        world.works().await;
        assert!(world.action(OTHER).await.ticket_failed.unwrap().contains("refused the token"));
        let asked = world.fake.with(|state| state.asked[asked..].to_vec());
        assert!(asked.iter().all(|one| one.ends_with("/search/jql")), "{asked:?}");
    }
}
