//! The notification daemon restarts while two pages ring. Its numbers begin again at 1, and still nothing is
//! acknowledged that nobody acknowledged.

use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Journey, api};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acknowledged_by_mistake() {
    let journey = Journey::begin("notification-daemon-restarts").await;
    let cast = Cast::assemble(&journey, &Team::default()).await;
    let other = cast.server.add_integration("generic", "search");
    let ana = cast.desktop(&journey, "ana").await;
    cast.fire("Payments are slow").await;
    ana.notification("Payments are slow").await;
    let (status, _) =
        api::fire(&other.url, &json!({ "title": "Search is down", "severity": "critical" })).await;
    assert_eq!(status, 202);
    ana.notification("Search is down").await;

    for life in 2..=3 {
        ana.crash_notification_daemon().await;
        for title in ["Payments are slow", "Search is down"] {
            ana.notices
                .wait(&format!("{title:?} is posted again"), |n| n.says(title) && n.life == life)
                .await;
        }
    }
    cast.page("Payments are slow", "triggered").await;
    cast.page("Search is down", "triggered").await;
    ana.evidence("posted-again");

    // One click is one acknowledgement, of the page that was clicked.
    let search = ana.notification("Search is down").await;
    ana.click(&search, "acknowledge").await;
    let page = cast.page("Search is down", "acknowledged").await;
    assert_eq!(page["acknowledged"]["via"], "notification");
    let payments = cast.page("Payments are slow", "triggered").await;
    assert_eq!(cast.raises(&payments).await, [("ana".to_owned(), 0)], "showing again is not ringing anew");

    let payments = ana.notification("Payments are slow").await;
    ana.click(&payments, "acknowledge").await;
    cast.page("Payments are slow", "acknowledged").await;
}
