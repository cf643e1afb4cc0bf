//! The server is killed right after it accepted an alert, and comes back: rung once. It restarts with everybody
//! connected: nobody is paged.

use firebell_journeys::deadline::stays;
use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Journey, api};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn killed_right_after_accepting_it_rings_once() {
    let journey = Journey::begin("server-killed-after-accepting").await;
    let mut cast = Cast::assemble(&journey, &Team::default()).await;
    let ana = cast.desktop(&journey, "ana").await;

    // Accepted is answered after it is durable; what follows is a race that the server may lose in many places. A
    // service of its own for each round: alerts of one service join the page that is there.
    for service in ["payments-api", "search", "mail"] {
        let source = cast.server.add_integration("generic", service);
        let title = format!("The disk of {service} is full");
        let alert = serde_json::json!({ "title": title, "severity": "critical" });
        assert_eq!(api::fire(&source.url, &alert).await.0, 202);
        cast.server.kill();
        cast.server.serve().await;
        cast.connected("ana", 1).await;
        let notice = ana.notification(&title).await;
        let page = cast.page(&title, "triggered").await;
        assert_eq!(cast.raises(&page).await, [("ana".to_owned(), 0)]);
        ana.click(&notice, "acknowledge").await;
        let page = cast.page(&title, "acknowledged").await;
        assert_eq!(cast.raises(&page).await, [("ana".to_owned(), 0)]);
        let rung =
            ana.notices.posted().into_iter().filter(|n| n.says(&title) && n.urgency == Some(2)).count();
        assert_eq!(rung, 1, "{title}: rang {rung} times: {:#?}", ana.notices.posted());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn restarted_with_everybody_connected_it_pages_nobody() {
    let journey = Journey::begin("server-restarts-quietly").await;
    let mut cast = Cast::assemble(&journey, &Team::default()).await;
    let ana = cast.desktop(&journey, "ana").await;
    let ben = cast.desktop(&journey, "ben").await;
    // Something that is open but in good hands.
    cast.fire("Certificate expires tomorrow").await;
    let notice = ana.notification("Certificate expires tomorrow").await;
    ana.click(&notice, "acknowledge").await;
    let page = cast.page("Certificate expires tomorrow", "acknowledged").await;
    ana.notices.wait_gone("rings", |n| n.urgency == Some(2)).await;
    let (rung_ana, rung_ben) = (ana.notices.posted().len(), ben.notices.posted().len());

    for graceful in [true, false] {
        if graceful {
            cast.server.stop().await;
        } else {
            cast.server.kill();
        }
        cast.server.serve().await;
        cast.connected("ana", 1).await;
        cast.connected("ben", 1).await;
    }
    stays(Duration::from_secs(4), "nobody is rung", || async {
        let new = ana
            .notices
            .posted()
            .split_off(rung_ana)
            .into_iter()
            .chain(ben.notices.posted().split_off(rung_ben));
        new.into_iter().find(|n| n.urgency == Some(2)).map(|n| format!("{n:?} was posted"))
    })
    .await;
    assert_eq!(cast.raises(&page).await, [("ana".to_owned(), 0)]);
    assert_eq!(cast.page("Certificate", "acknowledged").await["acknowledged"]["by"]["person"], "ana");
}
