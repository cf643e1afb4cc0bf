//! Alertmanager fires; the notification appears; Acknowledge is clicked; the server, the person's other computer and
//! Alertmanager's own resolve all agree.

use firebell_journeys::alertmanager::{Alertmanager, Receiver};
use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Journey, postgres};

/// `title`: what the page is called. Alertmanager's PagerDuty integration sends a title of its own making.
async fn the_person_on_call_has_it(journey: &Journey, cast: Cast, receiver: Receiver, title: &str) {
    let laptop = cast.desktop_called(journey, "ana", "ana-laptop", &cast.server.url()).await;
    let workstation = cast.desktop_called(journey, "ana", "ana-workstation", &cast.server.url()).await;
    let alertmanager = Alertmanager::start(journey, &receiver).await;

    alertmanager.fire("HighErrorRate", "payments-api", "Error rate 12.4 % on checkout").await;

    let notice = laptop.notification(title).await;
    assert_eq!(notice.urgency, Some(2), "a page is a critical notification");
    workstation.notification(title).await;
    laptop.evidence("rings");

    laptop.click(&notice, "acknowledge").await;

    let page = cast.page(title, "acknowledged").await;
    assert_eq!(page["acknowledged"]["by"]["person"], "ana");
    assert_eq!(page["acknowledged"]["via"], "notification");
    workstation
        .notices
        .wait_gone("rings on the other computer", |n| n.says(title) && n.urgency == Some(2))
        .await;
    laptop.notices.wait_gone("rings on this computer", |n| n.says(title) && n.urgency == Some(2)).await;

    let shown: Vec<_> = cast.admin.events(&page, "receipt").await;
    for device in ["delivered", "shown"] {
        assert!(shown.iter().any(|r| r["state"] == device), "no receipt says {device}: {shown:#?}");
    }

    alertmanager.resolve("HighErrorRate", "payments-api", "Error rate 12.4 % on checkout").await;
    let page = cast.page(title, "resolved").await;
    let resolved = cast.admin.events(&page, "resolved").await;
    assert_eq!(resolved[0]["by"]["kind"], "monitoring");
    assert_eq!(cast.raises(&page).await, [("ana".to_owned(), 0)], "one raise, whatever was resent");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_webhook() {
    let journey = Journey::begin("alertmanager-webhook").await;
    let cast = Cast::assemble(&journey, &Team::default()).await;
    let url = cast.server.add_integration("alertmanager", "payments-api").url;
    the_person_on_call_has_it(&journey, cast, Receiver::Webhook { url }, "Error rate 12.4 %").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_pagerduty_configs() {
    let journey = Journey::begin("alertmanager-pagerduty").await;
    let cast = Cast::assemble(&journey, &Team::default()).await;
    let key = cast.server.add_integration("pagerduty", "payments-api").key;
    let url = format!("{}/v2/enqueue", cast.server.url());
    the_person_on_call_has_it(&journey, cast, Receiver::Pagerduty { url, key }, "HighErrorRate").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql() {
    let Some(database) = postgres::fresh_database("alertmanager").await else {
        eprintln!(
            "not run: there is no FIREBELL_TEST_POSTGRES; `make test` and scripts/postgres provide one"
        );
        return;
    };
    let journey = Journey::begin("alertmanager-on-postgresql").await;
    let cast = Cast::assemble_on(&journey, &Team::default(), Some(database)).await;
    let url = cast.server.add_integration("alertmanager", "payments-api").url;
    the_person_on_call_has_it(&journey, cast, Receiver::Webhook { url }, "Error rate 12.4 %").await;
}
