//! The person on call cannot be reached: they are sent the page, but not waited for.

use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Journey};

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_primary_is_not_waited_for() {
    let journey = Journey::begin("unreachable-primary").await;
    // Ten minutes, were Ana there.
    let cast = Cast::assemble(&journey, &Team::escalating_after(600)).await;
    let mut ana = cast.desktop(&journey, "ana").await;
    let ben = cast.desktop(&journey, "ben").await;
    ana.stop_app().await;
    firebell_journeys::until("Ana's computer has signed off", || async {
        (cast.alive("ana").await == 0).then_some(())
    })
    .await;

    cast.fire("Orders are lost").await;
    let notice = ben.notification("Orders are lost").await;
    ben.evidence("rings-at-once");
    let page = cast.page("Orders are lost", "triggered").await;
    assert_eq!(cast.raises(&page).await, [("ana".to_owned(), 0), ("ben".to_owned(), 1)]);
    let steps = cast.admin.events(&page, "stepped").await;
    assert_eq!(steps[0]["waited"], false, "the history says why: {}", steps[0]);
    assert_eq!(steps[0]["raised"][0]["liveness"], "dead");

    ben.click(&notice, "acknowledge").await;
    cast.page("Orders are lost", "acknowledged").await;

    // Ana comes back later and is not woken for what Ben has.
    ana.launch(None);
    cast.connected("ana", 1).await;
    assert!(ana.notices.posted().iter().all(|n| !n.says("Orders are lost") || n.urgency != Some(2)));
}
