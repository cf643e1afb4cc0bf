//! Pipelines post what they changed; people read it.

use crate::stage::{Stage, answer};
use serde_json::{Value, json};

async fn listed(device: &crate::stage::Device<'_>, query: &str) -> Vec<Value> {
    let (status, changes) = device.get(&format!("/api/v1/changes{query}")).await;
    assert_eq!(status, 200, "{changes}");
    changes.as_array().unwrap().clone()
}

async fn change(stage: &Stage, integration: &str, mut body: Value) -> (u16, Value) {
    body["routing_key"] = json!(stage.key(integration));
    answer(stage.post("/v2/change/enqueue", body.to_string()).await).await
}

#[tokio::test]
async fn a_deployment_is_posted_with_any_key_and_read_by_the_team() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    for integration in ["curl", "prom", "duty"] {
        let body = json!({ "revision": format!("of-{integration}"), "previous": "v1", "by": "ci", "pipeline": 7,
                           "url": "https://ci.example.com/7", "environment": "production" });
        let (status, said) = stage.fire(integration, "deployment", &body).await;
        assert_eq!((status, &said["status"], &said["service"]), (202, &json!("accepted"), &json!("shop")));
    }
    let body = json!({ "revision": "v9", "service": "search" });
    assert_eq!(stage.fire("curl", "deployment", &body).await.0, 202);
    let (_, again) = stage.fire("curl", "deployment", &body).await;
    assert_eq!(again["count"], 2, "the same event again is folded");

    let all = listed(&ana, "").await;
    assert_eq!(all.len(), 4);
    assert_eq!((&all[0]["revision"], &all[0]["count"]), (&json!("v9"), &json!(2)));
    assert_eq!(all[3]["details"], json!({ "pipeline": 7 }), "unknown keys are kept");
    assert_eq!(listed(&ana, "?service=search").await.len(), 1);
    assert_eq!(listed(&ana, "?service=search,shop&limit=3").await.len(), 3);
    assert_eq!(listed(&ana, "?until=2026-01-01T00:00:00Z").await.len(), 0);
    assert_eq!(ana.get("/api/v1/changes?service=moon").await.1["errors"][0]["field"], "service");
    assert_eq!(ana.get("/api/v1/changes?from=soon").await.0, 400);
    assert_eq!(ana.pages().await, Vec::<Value>::new(), "a change rings nobody");
}

#[tokio::test]
async fn wrong_input_is_named_and_leaves_nothing_behind() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    let path = format!("/in/{}/deployment", stage.key("curl"));
    let deep = format!("{{\"revision\":\"x\",\"a\":{}1{}}}", "[".repeat(70), "]".repeat(70));
    let large = format!("{{\"revision\":\"{}\"}}", "x".repeat(600 * 1024));
    let bodies: Vec<(Vec<u8>, u16, &str)> = vec![
        (b"".to_vec(), 400, "not_json"),
        (b"{\"revision\":\"a\\u0000b\"}".to_vec(), 400, "nul"),
        (b"{\"revision\":\"\xff\"}".to_vec(), 400, "not_utf8"),
        (deep.into_bytes(), 400, "too_deep"),
        (large.into_bytes(), 413, "too_large"),
        (b"[]".to_vec(), 400, "bad_input"),
    ];
    for (body, expected, code) in bodies {
        let (status, problem) = answer(stage.post(&path, body).await).await;
        assert_eq!((status, problem["code"].as_str()), (expected, Some(code)), "{problem}");
    }
    for (body, field) in [
        (json!({ "service": "shop" }), "revision"),
        (json!({ "revision": "v1", "kind": "party" }), "kind"),
        (json!({ "revision": "v1", "by": [] }), "by"),
    ] {
        let (status, problem) = stage.fire("curl", "deployment", &body).await;
        assert_eq!((status, problem["errors"][0]["field"].as_str()), (400, Some(field)), "{problem}");
    }
    let (status, problem) =
        answer(stage.post("/in/0123456789abcdef0123456789abcdef/deployment", "{}").await).await;
    assert_eq!((status, problem["code"].as_str()), (401, Some("unknown_key")));
    assert_eq!(listed(&ana, "").await, Vec::<Value>::new());
}

#[tokio::test]
async fn odd_times_are_accepted_and_planned_changes_stand_at_their_start() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    for time in ["1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "half past two"] {
        let body = json!({ "revision": "v1", "at": time, "summary": "s".repeat(5_000) });
        assert_eq!(stage.fire("curl", "deployment", &body).await.0, 202);
        let body = json!({ "revision": "v2", "kind": "config", "starts_at": time });
        assert_eq!(stage.fire("curl", "deployment", &body).await.0, 202);
    }
    let start = chrono::Utc::now() + chrono::TimeDelta::days(3);
    let body = json!({ "revision": "v3", "kind": "infrastructure", "starts_at": start.to_rfc3339() });
    assert_eq!(stage.fire("curl", "deployment", &body).await.0, 202);
    let all = listed(&ana, "").await;
    assert_eq!((all.len(), &all[0]["revision"], &all[0]["planned"]), (7, &json!("v3"), &json!(true)));
    assert!(all[1..].iter().all(|c| c["planned"] == json!(false)));
    assert!(all.iter().any(|c| c["claimed_at"] == "half past two"), "theirs is kept");
    let now = chrono::Utc::now().to_rfc3339().replace('+', "%2B");
    assert_eq!(listed(&ana, &format!("?from={now}")).await.len(), 1, "what is planned from now on");
}

#[tokio::test]
async fn pagerduty_clients_post_changes_and_get_the_answers_they_know() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    let event = json!({
        "payload": { "summary": "Build success: 7f2", "source": "acme-build", "timestamp": "2026-11-20T08:42:58.315+0000",
                     "custom_details": { "revision": "7f2", "build_number": 220 } },
        "links": [{ "href": "https://ci.example.com/220", "text": "Build" }], "images": [],
    });
    let (status, said) = change(&stage, "duty", event.clone()).await;
    assert_eq!((status, &said["status"]), (202, &json!("success")), "{said}");
    assert_eq!(change(&stage, "duty", event).await.0, 202);
    let all = listed(&ana, "").await;
    assert_eq!((all.len(), &all[0]["count"], &all[0]["revision"]), (1, &json!(2), &json!("7f2")));
    assert_eq!(all[0]["links"][0]["text"], "Build");

    let (status, said) = change(&stage, "duty", json!({ "payload": {} })).await;
    assert_eq!((status, said["status"].as_str()), (400, Some("invalid event")));
    assert!(said["errors"][0].as_str().unwrap().contains("payload.summary"), "{said}");
    for body in [
        json!({}),
        json!({ "routing_key": "0123456789abcdef0123456789abcdef", "payload": { "summary": "s" } }),
    ] {
        let (status, said) = answer(stage.post("/v2/change/enqueue", body.to_string()).await).await;
        assert_eq!((status, said["status"].as_str()), (400, Some("invalid event")));
        assert!(said["errors"][0].as_str().unwrap().contains("routing_key"), "{said}");
    }
    assert_eq!(answer(stage.post("/v2/change/enqueue", "not json").await).await.0, 400);
    assert_eq!(answer(stage.post("/v2/change/enqueue", vec![b' '; 600 * 1024]).await).await.0, 413);
}

#[tokio::test]
async fn who_posts_too_fast_or_without_a_database_is_told_when_to_come_back() {
    let stage = Stage::set().await;
    for n in 0..2 {
        assert_eq!(stage.fire("slow", "deployment", &json!({ "revision": n })).await.0, 202);
    }
    let path = format!("/in/{}/deployment", stage.key("slow"));
    let refused = stage.post(&path, "{}").await;
    assert_eq!(refused.status().as_u16(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    let event = json!({ "payload": { "summary": "s" } });
    assert_eq!(change(&stage, "slow-duty", event.clone()).await.0, 202);
    let (status, said) = change(&stage, "slow-duty", event.clone()).await;
    assert_eq!((status, said["status"].as_str()), (429, Some("throttle exceeded")));

    let file = stage.folder.path().join("firebell.db");
    rusqlite::Connection::open(file).unwrap().execute_batch("DROP TABLE change_events").unwrap();
    let path = format!("/in/{}/deployment", stage.key("curl"));
    let refused = stage.post(&path, json!({ "revision": "v1" }).to_string()).await;
    assert_eq!(refused.status().as_u16(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(change(&stage, "duty", event).await.0, 503);
}
