//! Nobody answers: the second person is rung when their step is due, on time and once.

use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Journey, postgres};

async fn the_second_desktop_rings_when_due(journey: &Journey, cast: Cast) {
    let ana = cast.desktop(journey, "ana").await;
    let ben = cast.desktop(journey, "ben").await;

    cast.fire("Queue is stuck").await;
    ana.notification("Queue is stuck").await;
    assert!(ben.notices.posted().is_empty(), "Ben sleeps until his step is due");

    let notice = ben.notification("Queue is stuck").await;
    ben.evidence("rings-second");
    ben.click(&notice, "acknowledge").await;

    let page = cast.page("Queue is stuck", "acknowledged").await;
    assert_eq!(page["acknowledged"]["by"]["person"], "ben");
    assert_eq!(cast.raises(&page).await, [("ana".to_owned(), 0), ("ben".to_owned(), 1)]);
    for step in cast.admin.events(&page, "stepped").await {
        let late = step["late_ms"].as_i64().expect("a step says how late it was");
        assert!((0..1500).contains(&late), "step {} was {late} ms late", step["step"]);
    }
    ana.notices.wait_gone("rings for Ana", |n| n.says("Queue is stuck") && n.urgency == Some(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    let journey = Journey::begin("nobody-answers").await;
    let cast = Cast::assemble(&journey, &Team::escalating_after(6)).await;
    the_second_desktop_rings_when_due(&journey, cast).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql() {
    let Some(database) = postgres::fresh_database("nobody_answers").await else {
        eprintln!(
            "not run: there is no FIREBELL_TEST_POSTGRES; `make test` and scripts/postgres provide one"
        );
        return;
    };
    let journey = Journey::begin("nobody-answers-on-postgresql").await;
    let cast = Cast::assemble_on(&journey, &Team::escalating_after(6), Some(database)).await;
    the_second_desktop_rings_when_due(&journey, cast).await;
}
