//! What a script can ask of a page.

use crate::stage::Stage;
use serde_json::{Value, json};

#[tokio::test]
async fn ana_acknowledges_notes_snoozes_reassigns_and_resolves() {
    let stage = Stage::set().await;
    let (ana, ops) = (stage.enrol("ana@example.com").await, stage.enrol("ops@example.com").await);
    stage.fire("curl", "generic", &json!({ "title": "Database down" })).await;
    let id = ana.pages().await[0]["id"].as_str().unwrap().to_owned();
    let path = |what: &str| format!("/api/v1/pages/{id}/{what}");

    let (status, page) = ana.post(&path("acknowledge"), json!({})).await;
    assert_eq!((status, &page["page"]["status"]), (200, &json!("acknowledged")));
    let (status, refused) = ops.post(&path("acknowledge"), json!({})).await;
    assert_eq!((status, &refused["code"]), (409, &json!("already_acknowledged")));
    assert!(refused["detail"].as_str().unwrap().contains("Ana Ruiz"));
    assert_eq!(ana.post(&path("notes"), json!({ "text": "looking at the disk" })).await.0, 200);
    assert_eq!(ana.post(&path("notes"), json!({ "text": " " })).await.0, 400);
    assert_eq!(ana.post(&path("notes"), json!({ "words": "x" })).await.0, 400);
    let (status, page) = ana.post(&path("snooze"), json!({ "for": "15m" })).await;
    assert_eq!((status, &page["page"]["status"]), (200, &json!("snoozed")));
    assert_eq!(ana.post(&path("snooze"), json!({ "until": "2020-01-01T00:00:00Z" })).await.0, 400);
    assert_eq!(ana.post(&path("snooze"), json!({})).await.0, 400);
    let (status, page) = ana.post(&path("reassign"), json!({ "to": "ops" })).await;
    assert_eq!((status, &page["page"]["ringing"][0]["raise"]["person"]), (200, &json!("ops")));
    assert_eq!(ana.post(&path("reassign"), json!({ "to": "nobody" })).await.0, 400);
    assert_eq!(ana.post(&path("escalate"), json!({})).await.0, 200);
    let (status, page) = ops.post(&path("resolve"), json!({})).await;
    assert_eq!((status, &page["page"]["status"]), (200, &json!("resolved")));
    assert_eq!(ops.post(&path("resolve"), json!({})).await.1["code"], "already_resolved");

    let (_, whole) = ana.get(&format!("/api/v1/pages/{id}")).await;
    let kinds: Vec<_> =
        whole["history"].as_array().unwrap().iter().map(|r| r["event"]["type"].clone()).collect();
    for kind in ["opened", "stepped", "acknowledged", "noted", "snoozed", "reassigned", "resolved"] {
        assert!(kinds.contains(&json!(kind)), "{kind} is missing in {kinds:?}");
    }
}

#[tokio::test]
async fn pages_are_listed_by_status() {
    let stage = Stage::set().await;
    let (ana, eve) = (stage.enrol("ana@example.com").await, stage.enrol("eve@example.com").await);
    for (title, severity) in [("one", "critical"), ("two", "info")] {
        stage.fire("curl", "generic", &json!({ "title": title, "severity": severity })).await;
    }
    let pages = ana.pages().await;
    assert_eq!(pages.len(), 2, "SEV4 is listed");
    let one = pages.iter().find(|p| p["title"] == "one").unwrap()["id"].as_str().unwrap();
    assert_eq!(
        eve.post(&format!("/api/v1/pages/{one}/acknowledge"), json!({})).await.0,
        403,
        "a stakeholder reads"
    );
    ana.post(&format!("/api/v1/pages/{one}/resolve"), json!({})).await;
    let titles = async |query: &str| -> Vec<Value> {
        let (_, list) = ana.get(&format!("/api/v1/pages?{query}")).await;
        list.as_array().unwrap().iter().map(|p| p["title"].clone()).collect()
    };
    assert_eq!(titles("status=open").await, [json!("two")]);
    assert_eq!(titles("status=resolved").await, [json!("one")]);
    assert_eq!(titles("status=triggered").await, [json!("two")]);
    assert_eq!(titles("status=acknowledged").await, Vec::<Value>::new());
    assert_eq!(titles("limit=1").await.len(), 1);
    assert_eq!(ana.get("/api/v1/pages?status=odd").await.0, 400);
    for id in ["00000000-0000-0000-0000-000000000000", "odd"] {
        for path in [format!("/api/v1/pages/{id}"), format!("/api/v1/pages/{id}/alerts")] {
            assert_eq!(ana.get(&path).await.0, 404);
        }
        assert_eq!(ana.post(&format!("/api/v1/pages/{id}/acknowledge"), json!({})).await.0, 404);
    }
}
