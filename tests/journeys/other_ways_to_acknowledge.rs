//! Besides the notification: the tray's menu, and one key in the pager window, which never takes the focus and
//! does not hear keys that were meant for something else.

use firebell_journeys::deadline::stays;
use firebell_journeys::team::Team;
use firebell_journeys::window::Which;
use firebell_journeys::{Cast, Journey, until};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn from_the_tray() {
    let journey = Journey::begin("acknowledge-from-the-tray").await;
    let cast = Cast::assemble(&journey, &Team::default()).await;
    let ana = cast.desktop(&journey, "ana").await;
    let tray = ana.tray().await;
    cast.fire("Cache misses doubled").await;

    let item = tray.item_of("Cache misses doubled", "Acknowledge").await;
    ana.evidence("tray");
    tray.choose(&item).await;

    let page = cast.page("Cache misses doubled", "acknowledged").await;
    assert_eq!(page["acknowledged"]["via"], "tray");
    ana.notices.wait_gone("rings", |n| n.urgency == Some(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_one_key_in_the_pager_window() {
    let journey = Journey::begin("acknowledge-in-the-pager-window").await;
    let cast = Cast::assemble(&journey, &Team::default()).await;
    let ana = cast.desktop(&journey, "ana").await;
    cast.fire("Invoices are not sent").await;

    let pager = ana.painted_window("Firebell pager").await;
    assert_ne!(ana.focused(), Some(pager.clone()), "the pager window took the focus");
    ana.evidence("pager-window");

    // Somebody who was typing when it appeared under their hands: the key does not count.
    ana.focus(&pager);
    ana.press("a");
    let triggered = cast.page("Invoices are not sent", "triggered").await;
    stays(
        Duration::from_millis(1500),
        "keys count only after the window had the focus for 600 ms",
        || async {
            let history = cast.admin.events(&triggered, "acknowledged").await;
            (!history.is_empty()).then(|| "the page was acknowledged".to_owned())
        },
    )
    .await;

    ana.press("a");
    let page = cast.page("Invoices are not sent", "acknowledged").await;
    assert_eq!(page["acknowledged"]["via"], "pager_window");
    assert_eq!(page["acknowledged"]["by"]["person"], "ana");
    ana.notices.wait_gone("rings", |n| n.urgency == Some(2)).await;
    ana.evidence("acknowledged");
}

/// The pager window goes three seconds after the page has been dealt with; not from under the hands of whoever went on in it.
#[tokio::test(flavor = "multi_thread")]
async fn and_what_follows_in_the_pager_window_is_not_taken_away() {
    let journey = Journey::begin("acknowledge-and-go-on").await;
    let cast = Cast::assemble(&journey, &Team::default()).await;
    let ana = cast.desktop_read(&journey, "ana", &cast.server.url()).await;
    cast.fire("Invoices are not sent").await;
    let pager = ana.window(Which::Pager).await;
    pager.acknowledge("Invoices are not sent").await;
    pager.press(&["d"]);
    pager.sees("You acknowledged").await;
    ana.evidence("details-in-the-pager-window");
    stays(Duration::from_secs(5), "the window in which somebody reads on is there", || async {
        ana.windows("Firebell pager").is_empty().then(|| "it is gone".to_owned())
    })
    .await;

    // Triage has the room of the main window, which is there again.
    pager.press(&["t"]);
    ana.window(Which::Main).await.sees("Triage: Invoices are not sent").await;
    ana.evidence("triage-in-the-main-window");

    // Back at the pager, nothing rings: it goes.
    pager.press(&["Escape"]);
    pager.press(&["Escape"]);
    until("the pager window is closed", || async { ana.windows("Firebell pager").is_empty().then_some(()) })
        .await;
}
