//! After a restore from a backup, paging waits for the operator's word.

use firebell_journeys::deadline::stays;
use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Journey};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn paging_waits_for_the_operators_word() {
    let journey = Journey::begin("restore").await;
    let mut cast = Cast::assemble(&journey, &Team::default()).await;
    let ana = cast.desktop(&journey, "ana").await;
    cast.fire("Backups are old").await;
    let notice = ana.notification("Backups are old").await;
    ana.click(&notice, "acknowledge").await;
    cast.page("Backups are old", "acknowledged").await;
    let backup = journey.dir().join("team.backup");
    let file = backup.to_str().expect("a path in UTF-8");
    cast.server.call(&["backup", file]);
    cast.fire("Backups are old").await;

    cast.server.stop().await;
    cast.server.call(&["restore", file]);
    cast.server.serve().await;
    cast.connected("ana", 1).await;
    let rung = ana.notices.posted().len();

    let other = cast.server.add_integration("generic", "search");
    let alert = serde_json::json!({ "title": "Search is empty", "severity": "critical" });
    assert_eq!(firebell_journeys::api::fire(&other.url, &alert).await.0, 202, "alerts are kept meanwhile");
    let page = cast.page("Search is empty", "triggered").await;
    stays(Duration::from_secs(3), "nobody is rung while paging is held", || async {
        let new = ana.notices.posted().split_off(rung);
        new.into_iter()
            .find(|n| n.urgency == Some(2) && n.says("Search is empty"))
            .map(|n| format!("{n:?} was posted"))
    })
    .await;
    ana.evidence("paging-is-held");
    assert!(cast.raises(&page).await.is_empty());

    cast.server.call(&["paging", "resume"]);
    ana.notification("Search is empty").await;
    let page = cast.page("Search is empty", "triggered").await;
    assert_eq!(cast.raises(&page).await, [("ana".to_owned(), 0)]);
    cast.page("Backups are old", "acknowledged").await;
}
