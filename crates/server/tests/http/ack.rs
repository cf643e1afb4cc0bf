//! The link that comes with a push.

use crate::stage::{SECRET, Stage, receiver};
use firebell_server::secret::AckToken;
use reqwest::Method;
use serde_json::{Value, json};

/// Fires, and waits until Ana's webhook has the link: she has no desktop that lives.
async fn link(stage: &Stage) -> String {
    let ana = stage.enrol("ana@example.com").await;
    let (url, mut hook) = receiver().await;
    let (status, made) =
        ana.post("/api/v1/me/channels", json!({ "kind": "webhook", "url": url, "delay": "1m" })).await;
    assert_eq!(status, 201, "{made}");
    stage.fire("curl", "generic", &json!({ "title": "<b>Database</b> down", "source": "db-1" })).await;
    let message: Value = hook.recv().await.unwrap();
    assert_eq!(message["page"]["title"], "<b>Database</b> down");
    message["acknowledge_url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn looking_acknowledges_nothing_and_the_button_does_once() {
    let stage = Stage::set().await;
    let link = link(&stage).await;
    let ops = stage.enrol("ops@example.com").await;
    assert!(link.starts_with(&stage.url));
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let answer = stage.http.request(method.clone(), &link).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{method}");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("form-action 'self'") && policy.contains("default-src 'none'"), "{policy}");
        let text = answer.text().await.unwrap();
        if method == Method::GET {
            assert!(text.contains("&lt;b&gt;Database") && !text.contains("<b>Database"), "{text}");
            assert!(text.contains("<button>Acknowledge</button>") && text.contains("Ana Ruiz"), "{text}");
        }
    }
    assert_eq!(ops.pages().await[0]["status"], "triggered");
    let pressed = stage.http.post(&link).send().await.unwrap();
    assert_eq!(pressed.status().as_u16(), 200);
    assert!(pressed.text().await.unwrap().contains("Ana Ruiz has it"));
    let page = ops.pages().await.remove(0);
    assert_eq!((&page["status"], &page["acknowledged"]["via"]), (&json!("acknowledged"), &json!("link")));
    assert_eq!(page["acknowledged"]["by"]["person"], "ana");
    assert_eq!(stage.http.post(&link).send().await.unwrap().status().as_u16(), 410, "once");
    let text = stage.http.get(&link).send().await.unwrap().text().await.unwrap();
    assert!(!text.contains("<button>"), "{text}");
}

#[tokio::test]
async fn a_forged_link_does_nothing() {
    let stage = Stage::set().await;
    let link = link(&stage).await;
    let forged = format!("{}{}", &link[..link.len() - 1], if link.ends_with('A') { 'Q' } else { 'A' });
    for method in [Method::GET, Method::POST] {
        for url in [forged.as_str(), &format!("{}/ack/x", stage.url)] {
            let answer = stage.http.request(method.clone(), url).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 404, "{method} {url}");
        }
    }
}

#[tokio::test]
async fn an_old_link_has_expired() {
    let stage = Stage::set().await;
    let link = link(&stage).await;
    let token = AckToken::open(link.rsplit('/').next().unwrap(), SECRET).unwrap();
    let old = AckToken { expires: "2026-11-20T00:00:00Z".parse().unwrap(), ..token }.seal(SECRET);
    for method in [Method::GET, Method::POST] {
        let answer = stage.http.request(method, format!("{}/ack/{old}", stage.url)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 410);
        assert!(answer.text().await.unwrap().contains("expired"));
    }
    assert_eq!(
        stage.http.get(&link).send().await.unwrap().status().as_u16(),
        200,
        "the real one still works"
    );
}
