//! A person acknowledges on a train: the team does not know it yet, and everybody agrees once the network is back.

use firebell_journeys::proxy::Proxy;
use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Journey, deadline};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_given_offline_arrives() {
    let journey = Journey::begin("acknowledged-offline").await;
    let cast = Cast::assemble(&journey, &Team::default()).await;
    let network = Proxy::to(cast.server.address).await;
    let train =
        cast.desktop_called(&journey, "ana", "ana-train", &format!("http://{}", network.address)).await;
    let home = cast.desktop_called(&journey, "ana", "ana-home", &cast.server.url()).await;
    cast.fire("Login fails for everybody").await;
    let notice = train.notification("Login fails for everybody").await;
    home.notification("Login fails for everybody").await;

    network.cut();
    train.click(&notice, "acknowledge").await;
    train.notices.wait_gone("rings on the train", |n| n.urgency == Some(2)).await;
    train.evidence("acknowledged-offline");
    deadline::stays(Duration::from_secs(2), "the team does not know it yet", || async {
        let pages = cast.admin.pages().await;
        pages.iter().find(|p| p["status"] != "triggered").map(|p| format!("the page is {}", p["status"]))
    })
    .await;
    assert!(!home.notices.open().is_empty(), "it still rings at home");

    network.mend();
    let page = cast.page("Login fails for everybody", "acknowledged").await;
    assert_eq!(page["acknowledged"]["by"]["person"], "ana");
    let events = cast.admin.events(&page, "acknowledged").await;
    assert!(events[0]["claimed_at"].is_string(), "when it was done on the train is kept: {}", events[0]);
    home.notices.wait_gone("rings at home", |n| n.urgency == Some(2)).await;
    assert_eq!(cast.raises(&page).await, [("ana".to_owned(), 0)]);
}
