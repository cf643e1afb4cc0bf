//! The person on call cannot be reached: they are sent the page, but not waited for, and their own computer tells
//! them that it hears nothing.

use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Journey, proxy::Proxy};
use std::time::Duration;

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

#[tokio::test(flavor = "multi_thread")]
async fn a_computer_on_call_that_hears_nothing_says_so_itself() {
    let journey = Journey::begin("own-alarm").await;
    let cast = Cast::assemble(&journey, &Team::default()).await;
    let network = Proxy::to(cast.server.address).await;
    let ana = cast.desktop_called(&journey, "ana", "ana", &format!("http://{}", network.address)).await;

    network.cut();
    // After 60 s of awake time, and not before.
    let cut_at = std::time::Instant::now();
    let alarm = |n: &firebell_journeys::notices::Notice| n.says("cannot reach the team server");
    ana.notices.wait_within(Duration::from_secs(90), "the computer's own alarm", alarm).await;
    assert!(cut_at.elapsed() > Duration::from_secs(55), "too early: after {:?}", cut_at.elapsed());
    ana.evidence("own-alarm");

    network.mend();
    cast.connected("ana", 1).await;
    ana.notices.wait_gone("is the alarm", alarm).await;
    cast.fire("Heard again").await;
    ana.notification("Heard again").await;
}
