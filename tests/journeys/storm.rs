//! A storm of 500 alerts of one service is one page that says 500, and rings once.

use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Journey, api};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_alerts_ring_once() {
    let journey = Journey::begin("storm").await;
    let cast = Cast::assemble(&journey, &Team::default()).await;
    let ana = cast.desktop(&journey, "ana").await;
    let integration = cast.server.add_integration("alertmanager", "payments-api");

    let alerts: Vec<Value> = (1..=500).map(alert_of_host).collect();
    let body = json!({ "version": "4", "status": "firing", "receiver": "firebell", "groupKey": "{}", "truncatedAlerts": 0, "alerts": alerts });
    // The same body from both of a pair of Alertmanagers, and resent.
    for _ in 0..3 {
        let (status, answer) = api::fire(&integration.url, &body).await;
        assert!((200..300).contains(&status), "{status}: {answer}");
    }

    ana.notification("500").await;
    ana.evidence("one-page-says-500");
    let page = cast.admin.page("that holds 500 alerts", |p| p["tally"]["alerts"] == 500).await;
    assert_eq!(cast.admin.pages().await.len(), 1);
    assert_eq!(cast.raises(&page).await, [("ana".to_owned(), 0)]);
    let rang = ana.notices.open().iter().filter(|n| n.urgency == Some(2)).count();
    assert_eq!(rang, 1, "one notification, whatever it says now: {:#?}", ana.notices.open());

    let notice = ana.notification("500").await;
    ana.click(&notice, "acknowledge").await;
    cast.admin.page("that is acknowledged", |p| p["status"] == "acknowledged").await;
}

fn alert_of_host(number: u32) -> Value {
    json!({
        "status": "firing",
        "labels": { "alertname": "HostDown", "instance": format!("host-{number}"), "severity": "critical" },
        "annotations": { "summary": format!("host-{number} does not answer") },
        "startsAt": "2026-01-01T00:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example.com/graph",
        "fingerprint": format!("{number:016x}"),
    })
}
