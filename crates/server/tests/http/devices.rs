//! Computers, channels and silences of people.

use crate::stage::{Stage, answer, greeted, receiver};
use firebell_server::cli::Request;
use futures_util::StreamExt;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn an_invite_enrols_one_device_once() {
    let stage = Stage::set().await;
    let said = stage.ask(Request::Invite { email: "ana@example.com".into(), role: None }).await.unwrap();
    let token = said.lines().find_map(|l| l.strip_prefix("token ")).unwrap();
    let enrol = async |name: &str, token: &str| {
        let body = json!({ "token": token, "device_name": name });
        answer(stage.http.post(format!("{}/api/v1/devices", stage.url)).json(&body).send().await.unwrap())
            .await
    };
    for name in ["", "  ", "a\nb", &"x".repeat(101)] {
        let (status, body) = enrol(name, token).await;
        assert_eq!((status, &body["errors"][0]["field"]), (400, &json!("device_name")), "{body}");
    }
    let (status, body) = enrol("Ana's laptop", token).await;
    assert_eq!(
        (status, &body["person"], &body["team"]),
        (201, &json!("ana"), &json!("Acme")),
        "a wrong name uses nothing up"
    );
    assert!(body["device_token"].as_str().unwrap().len() >= 43);
    assert_eq!(enrol("another", token).await.1["code"], "invite_unknown");
    assert_eq!(enrol("another", "guessed").await.0, 401);
}

#[tokio::test]
async fn people_see_their_own_devices_and_admins_all() {
    let stage = Stage::set().await;
    let (ana, ops) = (stage.enrol("ana@example.com").await, stage.enrol("ops@example.com").await);
    assert_eq!(ana.get("/api/v1/devices").await.1.as_array().unwrap().len(), 1);
    assert_eq!(ops.get("/api/v1/devices").await.1.as_array().unwrap().len(), 2);
    let of = |id: &str| format!("/api/v1/devices/{id}");
    assert_eq!(ana.call(Method::DELETE, &of(&ops.id), None).await.0, 404, "not hers");
    assert_eq!(ops.call(Method::DELETE, &of(&ana.id), None).await.0, 204);
    assert_eq!(ana.get("/api/v1/devices").await.0, 401, "a removed device knows nothing any more");
    assert_eq!(ops.call(Method::DELETE, &of(&ops.id), None).await.0, 204);
}

#[tokio::test]
async fn removing_a_device_cuts_its_connection_and_when_it_comes_back_it_is_told_why() {
    let stage = Stage::set().await;
    let (ana, ops) = (stage.enrol("ana@example.com").await, stage.enrol("ops@example.com").await);
    let token = format!("Bearer {}", ana.token);
    let mut socket = stage.connect(&token).await.unwrap();
    assert_eq!(greeted(&mut socket).await["type"], "welcome");
    assert_eq!(ops.call(Method::DELETE, &format!("/api/v1/devices/{}", ana.id), None).await.0, 204);
    let mut said = String::new();
    while let Some(Ok(message)) = socket.next().await {
        said = message.into_text().map(|t| t.to_string()).unwrap_or_default();
        if said.contains("revoked") {
            break;
        }
    }
    assert!(said.contains("revoked"), "{said}");

    // A computer that was off meanwhile hears the same, and nothing else, whenever it comes.
    let mut late = stage.connect(&token).await.unwrap();
    let said = greeted(&mut late).await;
    assert_eq!((&said["type"], &said["code"]), (&json!("bye"), &json!("revoked")), "{said}");
    while let Some(Ok(message)) = late.next().await {
        assert!(message.is_close(), "{message:?}");
    }
    // Of a token that is unknown nothing is known, not even that it was revoked.
    assert_eq!(stage.connect("Bearer of-another-team").await.err(), Some(401));
}

#[tokio::test]
async fn who_leaves_the_team_is_out_at_once() {
    let stage = Stage::set().await;
    let eve = stage.enrol("eve@example.com").await;
    let open_invite =
        stage.ask(Request::Invite { email: "eve@example.com".into(), role: None }).await.unwrap();
    assert_eq!(eve.get("/api/v1/pages").await.0, 200);
    stage.apply_without("id: eve").await;
    assert_eq!(eve.get("/api/v1/pages").await.0, 401);
    let token = open_invite.lines().find_map(|l| l.strip_prefix("token ")).unwrap();
    let body = json!({ "token": token, "device_name": "x" });
    let late = stage.http.post(format!("{}/api/v1/devices", stage.url)).json(&body).send().await.unwrap();
    assert_eq!(late.status().as_u16(), 401);
}

#[tokio::test]
async fn a_webhook_is_added_tested_and_removed() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    let (url, mut hook) = receiver().await;
    let (status, made) =
        ana.post("/api/v1/me/channels", json!({ "kind": "webhook", "url": url, "delay": "30s" })).await;
    assert_eq!(status, 201, "{made}");
    assert!(made["secret"].is_string());
    let path = format!("/api/v1/me/channels/{}", made["id"].as_str().unwrap());
    assert_eq!(ana.post(&format!("{path}/test"), json!({})).await.0, 200);
    assert_eq!(hook.recv().await.unwrap()["type"], "test");
    let (_, listed) = ana.get("/api/v1/me/channels").await;
    assert!(
        listed[0]["last_used"].is_string() && listed[0]["secret"].is_null(),
        "the secret is shown once: {listed}"
    );
    let ops = stage.enrol("ops@example.com").await;
    assert_eq!(ops.call(Method::DELETE, &path, None).await.0, 404, "another person's");
    assert_eq!(ana.call(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(ana.get("/api/v1/me/channels").await.1, json!([]));
}

#[tokio::test]
async fn a_channel_cannot_point_into_the_servers_network() {
    let stage = Stage::set().await;
    let ana = stage.enrol("ana@example.com").await;
    for (field, body) in [
        ("url", json!({ "kind": "webhook", "url": "https://169.254.169.254/latest", "delay": "0s" })),
        ("url", json!({ "kind": "webhook", "url": "http://example.com/", "delay": "0s" })),
        ("url", json!({ "kind": "webhook", "url": "file:///etc/passwd", "delay": "0s" })),
        ("url", json!({ "kind": "ntfy", "url": "https://ntfy.sh/", "delay": "0s" })),
        ("delay", json!({ "kind": "ntfy", "url": "https://ntfy.sh/t", "delay": "2h" })),
        ("token", json!({ "kind": "ntfy", "url": "https://ntfy.sh/t", "delay": "0s", "token": "a b" })),
    ] {
        let (status, answer) = ana.post("/api/v1/me/channels", body.clone()).await;
        assert_eq!((status, &answer["errors"][0]["field"]), (400, &json!(field)), "{body}: {answer}");
    }
    let (status, answer) = ana.post("/api/v1/me/channels", json!({ "kind": "pigeon" })).await;
    assert_eq!((status, &answer["code"]), (400, &json!("bad_input")));
    let (_, made) = ana
        .post(
            "/api/v1/me/channels",
            json!({ "kind": "webhook", "url": "http://127.0.0.1:1/", "delay": "0s" }),
        )
        .await;
    let (status, failed) =
        ana.post(&format!("/api/v1/me/channels/{}/test", made["id"].as_str().unwrap()), json!({})).await;
    assert_eq!((status, &failed["code"]), (422, &json!("channel_failed")), "{failed}");
}

#[tokio::test]
async fn a_silence_keeps_alerts_quiet_until_it_ends() {
    let stage = Stage::set().await;
    let (ana, eve) = (stage.enrol("ana@example.com").await, stage.enrol("eve@example.com").await);
    let now: chrono::DateTime<chrono::Utc> = std::time::SystemTime::now().into();
    let ends = (now + chrono::TimeDelta::hours(1)).to_rfc3339();
    let silence = json!({ "service": "shop", "ends_at": ends, "reason": "database upgrade" });
    assert_eq!(eve.post("/api/v1/silences", silence.clone()).await.0, 403, "a stakeholder reads");
    for (field, wrong) in [
        ("service", json!({ "service": "shed", "ends_at": ends, "reason": "x" })),
        ("ends_at", json!({ "ends_at": "2020-01-01T00:00:00Z", "reason": "x" })),
        ("ends_at", json!({ "ends_at": "2999-01-01T00:00:00Z", "reason": "x" })),
        ("reason", json!({ "ends_at": ends, "reason": " " })),
    ] {
        assert_eq!(ana.post("/api/v1/silences", wrong).await.1["errors"][0]["field"], field);
    }
    let (status, made) = ana.post("/api/v1/silences", silence).await;
    assert_eq!((status, &made["by"]), (201, &json!("ana")));
    stage.fire("curl", "generic", &json!({ "title": "Quiet" })).await;
    let page = ana.pages().await.remove(0);
    assert!(!page["waiting"].is_null() && page["ringing"] == json!([]), "{page}");
    assert_eq!(eve.get("/api/v1/silences").await.1.as_array().unwrap().len(), 1);
    let path = format!("/api/v1/silences/{}", made["id"].as_str().unwrap());
    assert_eq!(ana.call(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(ana.pages().await[0]["ringing"][0]["raise"]["person"], "ana", "it rings now");
    assert_eq!(ana.call(Method::DELETE, &path, None).await.0, 404);
}
