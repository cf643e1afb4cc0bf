//! The REST interface and the public webhooks, as a script uses them.

use crate::until;
use serde_json::{Value, json};

/// An HTTP client that keeps no connection: a killed server must not be confused with a stale one.
pub fn client() -> reqwest::Client {
    built(reqwest::Client::builder().pool_max_idle_per_host(0))
}

/// For who measures.
pub fn client_that_keeps_connections() -> reqwest::Client {
    built(reqwest::Client::builder())
}

fn built(client: reqwest::ClientBuilder) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    client.timeout(std::time::Duration::from_secs(20)).no_proxy().build().expect("a client of plain HTTP")
}

/// One device's view of the team server.
#[derive(Clone, Debug)]
pub struct Api {
    base: String,
    token: String,
    pub person: String,
}

impl Api {
    /// Enrols as a desktop would, with the link of an invite.
    pub async fn enrol(base: &str, link: &str, device_name: &str) -> Self {
        let token =
            link.split("token=").nth(1).expect("an invite link has a token").split('&').next().unwrap_or("");
        let body = json!({ "token": token, "device_name": device_name, "platform": "linux-x86_64" });
        let answer = client()
            .post(format!("{base}/api/v1/devices"))
            .json(&body)
            .send()
            .await
            .expect("the server answers");
        let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
        assert!(status.is_success(), "enrolling was answered {status}: {text}");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let field =
            |name: &str| value[name].as_str().unwrap_or_else(|| panic!("no {name} in {text}")).to_owned();
        Self { base: base.to_owned(), token: field("device_token"), person: field("person") }
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = client().get(format!("{}{path}", self.base)).bearer_auth(&self.token).send().await;
        let answer = answer.unwrap_or_else(|e| panic!("GET {path}: {e}"));
        let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
        assert!(status.is_success(), "GET {path} was answered {status}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("GET {path} is not JSON ({e}): {text}"))
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let answer =
            client().post(format!("{}{path}", self.base)).bearer_auth(&self.token).json(body).send().await;
        let answer = answer.unwrap_or_else(|e| panic!("POST {path}: {e}"));
        let (status, text) = (answer.status(), answer.text().await.unwrap_or_default());
        assert!(status.is_success(), "POST {path} was answered {status}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Every page, newest first or not: callers look for theirs.
    pub async fn pages(&self) -> Vec<Value> {
        let answer = self.get("/api/v1/pages").await;
        answer.as_array().or_else(|| answer["pages"].as_array()).cloned().expect("a list of pages")
    }

    /// Waits until a page is as wanted, and gives it.
    pub async fn page(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        until(&format!("a page {what}"), || async { self.pages().await.into_iter().find(|p| wanted(p)) })
            .await
    }

    /// The events of a page, oldest first, each `{at, event: {type, …}}`.
    pub async fn history(&self, page: &Value) -> Vec<Value> {
        let id = page["id"].as_str().expect("a page has an id");
        let answer = self.get(&format!("/api/v1/pages/{id}")).await;
        answer["history"].as_array().cloned().expect("a page has a history")
    }

    /// The events of one kind.
    pub async fn events(&self, page: &Value, kind: &str) -> Vec<Value> {
        let all = self.history(page).await;
        all.into_iter().map(|r| r["event"].clone()).filter(|e| e["type"] == kind).collect()
    }
}

/// One alert in the generic form; returns the status and body of the answer.
pub async fn fire(url: &str, alert: &Value) -> (u16, String) {
    let answer = client().post(url).json(alert).send().await.expect("the server answers");
    (answer.status().as_u16(), answer.text().await.unwrap_or_default())
}
