//! Tickets that are followed: until they are done, and a while longer.

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
