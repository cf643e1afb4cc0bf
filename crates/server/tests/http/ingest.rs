//! Monitoring systems post: right, wrong, too much, too fast.

use crate::stage::{Stage, answer};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn fixture(name: &str) -> String {
    let path = format!("{}/tests/fixtures/alertmanager-{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

#[tokio::test]
async fn curl_fires_and_ana_has_a_page() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    let alert =
        json!({ "title": "Database down", "severity": "critical", "source": "db-1", "region": "eu-1" });
    let (status, body) = stage.fire("curl", "generic", &alert).await;
    assert_eq!((status, &body["accepted"]), (202, &json!(1)));
    assert!(body["dedup_key"].is_string());
    assert_eq!(stage.fire("curl", "generic", &alert).await.0, 202);
    let pages = ana.pages().await;
    assert_eq!(pages.len(), 1, "the same event again is folded");
    assert_eq!(pages[0]["title"], "Database down");
    assert_eq!(pages[0]["tally"]["signals"], 2);
    let id = pages[0]["id"].as_str().unwrap();
    let (_, alerts) = ana.get(&format!("/api/v1/pages/{id}/alerts")).await;
    assert_eq!(alerts[0]["details"]["region"], "eu-1", "unknown keys are kept");
    let key = body["dedup_key"].as_str().unwrap();
    stage.fire("curl", "generic", &json!({ "dedup_key": key, "action": "resolve" })).await;
    assert_eq!(ana.pages().await[0]["status"], "resolved");
}

#[tokio::test]
async fn wrong_input_gets_a_4xx_that_names_the_field_and_changes_nothing() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    let path = format!("/in/{}/generic", stage.key("curl"));
    let deep = format!("{{\"title\":\"x\",\"a\":{}1{}}}", "[".repeat(70), "]".repeat(70));
    let large = format!("{{\"title\":\"{}\"}}", "x".repeat(600 * 1024));
    let bodies: Vec<(Vec<u8>, u16, &str)> = vec![
        (b"".to_vec(), 400, "not_json"),
        (b"{\"title\":".to_vec(), 400, "not_json"),
        (b"{\"title\":\"a\0b\"}".to_vec(), 400, "nul"),
        (b"{\"title\":\"a\\u0000b\"}".to_vec(), 400, "nul"),
        (b"{\"title\":\"\xff\"}".to_vec(), 400, "not_utf8"),
        (deep.into_bytes(), 400, "too_deep"),
        (large.into_bytes(), 413, "too_large"),
        (b"{\"title\":7}".to_vec(), 400, "bad_input"),
        (b"[]".to_vec(), 400, "bad_input"),
    ];
    for (body, expected, code) in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let (status, problem) = answer(stage.post(&path, body).await).await;
        assert_eq!((status, problem["code"].as_str()), (expected, Some(code)), "{shown}: {problem}");
        if code == "bad_input" {
            assert!(problem["errors"][0]["field"].is_string(), "{problem}");
        }
    }
    assert_eq!(ana.pages().await, Vec::<Value>::new());
    let (status, problem) =
        answer(stage.post("/in/0123456789abcdef0123456789abcdef/generic", "{}").await).await;
    assert_eq!((status, problem["code"].as_str()), (401, Some("unknown_key")));
    assert_eq!(stage.fire("curl", "smoke-signal", &json!({})).await.0, 404);
}

#[tokio::test]
async fn a_body_without_a_length_that_never_ends_is_cut_off() {
    let stage = Stage::set().await;
    let mut stream = tokio::net::TcpStream::connect(stage.url.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /in/{}/generic HTTP/1.1\r\nhost: firebell\r\ntransfer-encoding: chunked\r\n\r\n",
        stage.key("curl")
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("{:x}\r\n{}\r\n", 64 * 1024, " ".repeat(64 * 1024));
    // The server may hang up while it is still being written to.
    for _ in 0..20 {
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut said = [0; 12];
    if stream.read_exact(&mut said).await.is_ok() {
        assert_eq!(std::str::from_utf8(&said), Ok("HTTP/1.1 413"));
    }
    assert_eq!(stage.fire("curl", "generic", &json!({ "title": "still here" })).await.0, 202);
}

#[tokio::test]
async fn odd_times_long_words_and_foreign_acknowledgements_are_accepted() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    for time in ["1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "half past two"] {
        let alert = json!({ "title": time, "timestamp": time, "description": "d".repeat(20_000) });
        assert_eq!(stage.fire("curl", "generic", &alert).await.0, 202);
    }
    assert_eq!(stage.fire("curl", "generic", &json!({ "title": "x".repeat(5_000) })).await.0, 202);
    for action in ["acknowledge", "resolve"] {
        let unknown = json!({ "dedup_key": "never seen", "action": action });
        assert_eq!(stage.fire("curl", "generic", &unknown).await.0, 202);
    }
    let pages = ana.pages().await;
    assert_eq!((pages.len(), &pages[0]["tally"]["alerts"]), (1, &json!(4)));
    let year: i32 = pages[0]["started_at"].as_str().unwrap()[..4].parse().unwrap();
    assert!((2026..2900).contains(&year), "server time is used");
    let (_, alerts) = ana.get(&format!("/api/v1/pages/{}/alerts", pages[0]["id"].as_str().unwrap())).await;
    let claimed: Vec<_> =
        alerts.as_array().unwrap().iter().filter_map(|a| a["claimed_at"].as_str()).collect();
    assert!(claimed.contains(&"half past two"), "theirs is kept: {claimed:?}");
}

#[tokio::test]
async fn a_storm_of_500_alerts_in_one_body_is_one_page() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    let mut alerts: Vec<_> = (0..500)
        .map(|i| {
            json!({ "status": "firing", "labels": { "alertname": "Flood", "instance": format!("n-{i}") },
                    "annotations": {}, "fingerprint": format!("{i:016x}") })
        })
        .collect();
    alerts.insert(3, json!({ "status": "firing", "fingerprint": "bad" }));
    let (status, body) =
        stage.fire("prom", "alertmanager", &json!({ "version": "4", "alerts": alerts })).await;
    assert_eq!((status, &body["accepted"]), (202, &json!(500)));
    assert_eq!(body["errors"][0]["field"], "alerts[3].labels");
    let pages = ana.pages().await;
    assert_eq!((pages.len(), &pages[0]["tally"]["firing"]), (1, &json!(500)));
    let (status, _) = stage.fire("prom", "alertmanager", &json!({ "alerts": [7, 8] })).await;
    assert_eq!(status, 400, "nothing good in it");
}

#[tokio::test]
async fn a_real_alertmanager_fires_and_resolves() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    let path = format!("/in/{}/alertmanager", stage.key("prom"));
    for body in ["firing-single", "firing-single"] {
        assert_eq!(stage.post(&path, fixture(body)).await.status().as_u16(), 202);
    }
    assert_eq!(ana.pages().await[0]["tally"]["firing"], 1, "an HA pair resends");
    assert_eq!(stage.post(&path, fixture("resolved-single")).await.status().as_u16(), 202);
    assert_eq!(ana.pages().await[0]["status"], "resolved");
    for body in ["truncated-max-alerts", "mixed-firing-and-resolved", "unicode-long", "no-annotations"] {
        assert_eq!(stage.post(&path, fixture(body)).await.status().as_u16(), 202, "{body}");
    }
}

#[tokio::test]
async fn the_same_body_a_hundred_times_at_once_is_one_alert() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    let alert = json!({ "title": "Disk full", "dedup_key": "disk" });
    let all = (0..100).map(|_| stage.fire("curl", "generic", &alert));
    for (status, body) in futures_util::future::join_all(all).await {
        assert_eq!(status, 202, "{body}");
    }
    let pages = ana.pages().await;
    assert_eq!((pages.len(), &pages[0]["tally"]["alerts"]), (1, &json!(1)));
    assert_eq!(pages[0]["tally"]["signals"], 100);
}

#[tokio::test]
async fn pagerduty_clients_get_the_answers_they_know() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    let trigger = json!({ "event_action": "trigger", "dedup_key": "srv01",
        "payload": { "summary": "Down", "source": "srv01", "severity": "critical", "timestamp": "2026-11-21T02:00:00.000+0000" } });
    let (status, body) = stage.enqueue("duty", trigger.clone()).await;
    assert_eq!(status, 202);
    assert_eq!(body, json!({ "status": "success", "message": "Event processed", "dedup_key": "srv01" }));
    let mut nameless = trigger.clone();
    nameless.as_object_mut().unwrap().remove("dedup_key");
    let (_, body) = stage.enqueue("duty", nameless).await;
    assert!(body["dedup_key"].as_str().is_some_and(|k| k.len() == 32), "{body}");
    for (action, payload) in [("acknowledge", json!(null)), ("resolve", json!({}))] {
        let event = json!({ "event_action": action, "dedup_key": "srv01", "payload": payload });
        assert_eq!(stage.enqueue("duty", event).await.0, 202);
    }
    assert_eq!(ana.pages().await[0]["tally"]["firing"], 1, "the nameless one is left");
    let (status, body) = stage.enqueue("duty", json!({ "event_action": "trigger", "payload": {} })).await;
    assert_eq!((status, body["status"].as_str()), (400, Some("invalid event")));
    assert_eq!(body["message"], "Event object is invalid");
    assert!(
        body["errors"].as_array().unwrap().iter().any(|e| e.as_str().unwrap().contains("payload.summary"))
    );
    let unknown = json!({ "routing_key": "0123456789abcdef0123456789abcdef", "event_action": "resolve", "dedup_key": "x" });
    let (status, body) = answer(stage.post("/v2/enqueue", unknown.to_string()).await).await;
    assert_eq!((status, body["status"].as_str()), (400, Some("invalid event")));
    assert!(body["errors"][0].as_str().unwrap().contains("routing_key"));
    let (status, body) = answer(stage.post("/v2/enqueue", "not json").await).await;
    assert_eq!((status, body["status"].as_str()), (400, Some("invalid event")));
    assert_eq!(answer(stage.post("/v2/enqueue", vec![b' '; 600 * 1024]).await).await.0, 413);
}

#[tokio::test]
async fn who_posts_too_fast_is_told_when_to_come_back_and_answers_always_pass() {
    let stage = Stage::set().await;
    let alert = json!({ "title": "x", "dedup_key": "x" });
    for _ in 0..2 {
        assert_eq!(stage.fire("slow", "generic", &alert).await.0, 202);
    }
    let path = format!("/in/{}/generic", stage.key("slow"));
    let refused = stage.post(&path, alert.to_string()).await;
    assert_eq!(refused.status().as_u16(), 429);
    let seconds: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&seconds), "{seconds}");
    let acknowledge = json!({ "dedup_key": "x", "action": "acknowledge" });
    for _ in 0..5 {
        assert_eq!(stage.fire("slow", "generic", &acknowledge).await.0, 202);
    }
    assert_eq!(stage.fire("curl", "generic", &alert).await.0, 202, "another key is not held back");

    let trigger = json!({ "event_action": "trigger", "dedup_key": "y",
        "payload": { "summary": "Down", "source": "a", "severity": "error" } });
    assert_eq!(stage.enqueue("slow-duty", trigger.clone()).await.0, 202);
    let (status, body) = stage.enqueue("slow-duty", trigger).await;
    assert_eq!((status, body["status"].as_str()), (429, Some("throttle exceeded")));
    let resolve = json!({ "event_action": "resolve", "dedup_key": "y" });
    for _ in 0..5 {
        assert_eq!(stage.enqueue("slow-duty", resolve.clone()).await.0, 202);
    }
}

#[tokio::test]
async fn an_integration_that_leaves_the_team_takes_its_key_with_it() {
    let stage = Stage::set().await;
    let alert = json!({ "title": "x" });
    assert_eq!(stage.fire("curl", "generic", &alert).await.0, 202);
    stage.apply_without("id: curl").await;
    assert_eq!(stage.fire("curl", "generic", &alert).await.0, 401);
}

#[tokio::test]
async fn without_its_database_the_server_asks_to_send_again() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    let file = stage.folder.path().join("firebell.db");
    rusqlite::Connection::open(file).unwrap().execute_batch("DROP TABLE alerts; DROP TABLE devices").unwrap();
    stage.forget_keys();
    let path = format!("/in/{}/generic", stage.key("curl"));
    let refused = stage.post(&path, json!({ "title": "x" }).to_string()).await;
    assert_eq!(refused.status().as_u16(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    let event = json!({ "event_action": "trigger", "payload": { "summary": "s", "source": "a", "severity": "info" } });
    assert_eq!(stage.enqueue("duty", event).await.0, 503);
    assert_eq!(ana.get("/api/v1/pages").await.0, 503);
}
