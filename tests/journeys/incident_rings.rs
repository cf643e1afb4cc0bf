//! What an incident does to people: it rings whoever is on call, tells those who must know, and rings whoever commands it
//! when an update is missed.

use firebell_journeys::core::Core;
use firebell_journeys::deadline::within;
use firebell_journeys::phone::Phone;
use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Journey, until};
use serde_json::{Value, json};
use std::time::Duration;

/// An update every minute, so that one can be missed within a journey; Olga is an executive.
fn team() -> Team {
    let playbook =
        "playbook: { severities: { SEV1: { updates: { every: 1m, shortest: null, longest: null } } } }\n";
    Team { executives: "ops", more: playbook.into(), ..Team::default() }
}

fn update(id: &str) -> Value {
    let told = json!({ "title": null, "status": null, "impact": "Nobody can pay", "known": "", "doing": "",
        "workaround": "", "next_update": null, "services": [], "commander": "", "link": "", "what_happened": "",
        "fix": "", "what_next": "", "no_news": false });
    let update = json!({ "id": id, "told": told, "texts": { "internal": "Nobody can pay. We look." } });
    json!({ "do": "send_update", "update": update })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_rings_those_on_call_and_a_missed_update_its_commander() {
    let journey = Journey::begin("incident-rings").await;
    let cast = Cast::assemble(&journey, &team()).await;
    let phone = Phone::switch_on().await;
    let ntfy = json!({ "kind": "ntfy", "url": format!("{}/olga", phone.url), "delay": "5m" });
    cast.admin.post("/api/v1/me/channels", &ntfy).await;
    let ana = cast.desktop(&journey, "ana").await;
    // Ben declares, at a computer without a screen.
    let ben = Core::start(&journey, "ben", Some(&cast.server.invite("ben@example.com"))).await;
    cast.connected("ben", 1).await;
    let declaration = json!({ "title": "Checkout is down", "severity": "SEV1", "services": ["payments-api"], "commands": true });
    let incident = ben.call("incident_declare", json!({ "declaration": declaration })).await;

    let notice = ana.notification("Checkout is down").await;
    assert_eq!(notice.urgency, Some(2), "it is a page");
    ana.evidence("rung-by-an-incident");
    ana.click(&notice, "acknowledge").await;
    let page = cast.page("Checkout is down", "acknowledged").await;
    assert_eq!((&page["severity"], &page["origin"]["incident"]), (&json!("SEV1"), &incident));
    // The acknowledgement is a moment of the incident, everywhere.
    let id = incident.as_str().expect("an id").to_owned();
    until("the incident knows who answered first", || async {
        let held = ben.incident(&id).await?;
        held["row"]["incident"]["moments"]["acknowledged_at"].is_string().then_some(())
    })
    .await;
    let told = phone.message("/olga").await;
    assert_eq!(told.header("Priority"), "3", "told, not rung");
    assert_eq!(told.body, "Ben Okafor declared it.");

    // A minute goes by without an update: Ben commands, and is rung.
    let overdue = within(Duration::from_secs(100), "a page for the missed update", || async {
        let is_overdue =
            |p: &Value| p["title"].as_str().is_some_and(|t| t.starts_with("Update overdue: Checkout"));
        cast.admin.pages().await.into_iter().find(is_overdue)
    })
    .await;
    assert_eq!(cast.raises(&overdue).await, [("ben".to_owned(), 0)]);
    // He sends one, and nothing is overdue any more.
    let send = json!({ "incident": id, "command": update("00000000-0000-4000-8000-000000000001") });
    ben.call("incident_ask", send).await;
    cast.page("Update overdue: Checkout is down", "resolved").await;
    until("Olga has the update", || async {
        phone.messages().iter().any(|m| m.body == "Nobody can pay. We look.").then_some(())
    })
    .await;

    let over = json!({ "incident": id, "command": { "do": "set_status", "to": "resolved" } });
    ben.call("incident_ask", over).await;
    let is_over = |p: &Value| p["title"] == "Checkout is down" && p["status"] == "resolved";
    cast.admin.page("of the incident that ended with it", is_over).await;
}
