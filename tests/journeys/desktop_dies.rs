//! The app is killed while it rings, and comes back: still there, and the team sees one raise.

use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Journey, until};

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_ringing_it_comes_back_ringing_once() {
    let journey = Journey::begin("desktop-killed-while-ringing").await;
    let cast = Cast::assemble(&journey, &Team::default()).await;
    let mut ana = cast.desktop(&journey, "ana").await;
    cast.fire("Replica lags behind").await;
    let before = ana.notification("Replica lags behind").await;

    // Between the daemon's answer and the ledger no program can know what it showed; a moment later this one does.
    let page = cast.page("Replica lags behind", "triggered").await;
    until("the app has written down that it was shown", || async {
        let receipts = cast.admin.events(&page, "receipt").await;
        receipts.iter().any(|r| r["state"] == "shown").then_some(())
    })
    .await;

    ana.kill_app();
    ana.launch(None);

    // The daemon still shows the one of the killed app; a living one takes its place.
    let after = ana
        .notices
        .wait("the page again, from the new process", |n| {
            n.says("Replica lags behind") && n.number > before.number
        })
        .await;
    assert_eq!(ana.notices.open().len(), 1, "one, not two: {:#?}", ana.notices.open());
    ana.evidence("rings-again");
    cast.connected("ana", 1).await;
    let page = cast.page("Replica lags behind", "triggered").await;
    assert_eq!(cast.raises(&page).await, [("ana".to_owned(), 0)], "for the team it is the same raise");

    ana.click(&after, "acknowledge").await;
    assert_eq!(cast.page("Replica lags behind", "acknowledged").await["acknowledged"]["by"]["person"], "ana");
    ana.notices.wait_gone("rings", |n| n.urgency == Some(2)).await;
}
