//! What else fires: alerts across pages.

use crate::stage::Stage;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

fn at(minutes: i64) -> String {
    (Utc::now() + TimeDelta::minutes(minutes)).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[tokio::test]
async fn alerts_of_several_services_are_found_by_when_they_fired() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    let list = async |query: String| {
        let (status, alerts) = ana.get(&format!("/api/v1/alerts?{query}")).await;
        assert_eq!(status, 200, "{alerts}");
        let mut names: Vec<_> =
            alerts.as_array().unwrap().iter().map(|a| a["summary"].as_str().unwrap().to_owned()).collect();
        names.sort();
        (names, alerts)
    };
    let fire = async |title: &str, service: &str, more: Value| {
        let mut body = json!({ "title": title, "dedup_key": title, "service": service, "labels": { "region": "eu-1" }, "dump": "x".repeat(9_000) });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(stage.fire("curl", "generic", &body).await.0, 202);
    };
    fire("disk", "shop", json!({ "timestamp": at(-20) })).await;
    fire("slow", "search", json!({})).await;
    fire("over", "shop", json!({})).await;
    stage.fire("curl", "generic", &json!({ "dedup_key": "over", "action": "resolve" })).await;

    let (names, alerts) = list("services=shop".into()).await;
    assert_eq!(names, ["disk", "over"]);
    let disk = alerts.as_array().unwrap().iter().find(|a| a["summary"] == "disk").unwrap();
    assert_eq!((&disk["region"], &disk["firing"]), (&json!("eu-1"), &json!(true)));
    assert!(disk["started_at"].as_str().unwrap() < at(-10).as_str(), "by the clock of monitoring");
    assert!(disk.get("details").is_none(), "a list is short");
    assert_eq!(list("services=shop,search".into()).await.0, ["disk", "over", "slow"]);
    assert_eq!(list(String::new()).await.0.len(), 3);
    assert_eq!(list("services=search&limit=1".into()).await.0, ["slow"]);

    // What ended before is not listed, what still fires is; nothing has fired yet in the past.
    let later = format!("services=shop&from={}&until={}", at(5), at(9));
    assert_eq!(list(later).await.0, ["disk"]);
    assert_eq!(
        list(format!("services=shop&from={}&until={}", at(-60), at(-30))).await.0,
        Vec::<String>::new()
    );
    // The page resolved, all of it is over.
    stage.fire("curl", "generic", &json!({ "dedup_key": "disk", "action": "resolve" })).await;
    assert_eq!(list(format!("services=shop&from={}&until={}", at(-30), at(1))).await.0, ["disk", "over"]);
    assert_eq!(list(format!("services=shop&from={}&until={}", at(5), at(9))).await.0, Vec::<String>::new());

    for (query, field) in
        [("services=moon", "services"), ("from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "from")]
    {
        let (status, problem) = ana.get(&format!("/api/v1/alerts?{query}")).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!(field)), "{problem}");
    }
}
