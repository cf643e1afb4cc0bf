//! Trackers as their makers document them, strict where those are: an unknown field, another person's token or a document
//! that is none is refused in their words. They lose answers, and are busy, when a story says so.

mod github;
mod jira;

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use firebell_domain::postmortem::{JiraKind, TrackerSetup};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

pub const ACCOUNT: &str = "ops@example.com";
pub const TOKEN: &str = "good-token";

/// What goes wrong with the next request that would make a ticket.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Nothing was done.
    Status(u16),
    /// It was done, and the answer never came.
    Lost,
    /// Too much at once: nothing was done, and no header says for how long.
    Crowded,
}

#[derive(Clone, Debug)]
pub struct FakeIssue {
    pub number: u64,
    /// As it was asked for.
    pub fields: Value,
    pub labels: Vec<String>,
    pub status: &'static str,
    pub done: bool,
    pub updated_at: String,
    /// Searches find it: as with a real tracker, not at once.
    pub indexed: bool,
    pub called: Option<String>,
    /// Deleted, or moved to where nobody sees it.
    pub gone: bool,
}

#[derive(Default)]
pub struct State {
    pub issues: Vec<FakeIssue>,
    pub labels: Vec<String>,
    pub faults: VecDeque<Fault>,
    /// Fields that are not on the screen of the project.
    pub refused: Vec<&'static str>,
    /// A field that the project insists on and nobody fills.
    pub required: Option<&'static str>,
    /// Requests by method and path, without what is behind the question mark.
    pub asked: Vec<String>,
    /// What the next issue is called: the key in Jira, the address on GitHub.
    pub called: Option<String>,
    /// As soon as somebody reads a page of issues: one that changes while they do.
    pub changes_while_read: Option<usize>,
    /// The account sees nothing of the project any more (Jira).
    pub blind: bool,
    /// Answers of "nothing is new".
    pub unchanged: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Cloud,
    DataCenter,
    Github,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Cloud, Self::DataCenter, Self::Github];
}

#[derive(Clone)]
pub struct Fake {
    pub kind: Kind,
    pub address: String,
    state: Arc<Mutex<State>>,
}

impl Fake {
    pub async fn start(kind: Kind) -> Self {
        let _already = rustls::crypto::ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self { kind, address, state: Arc::default() };
        let app: Router = match kind {
            Kind::Cloud | Kind::DataCenter => jira::router(fake.clone()),
            Kind::Github => github::router(fake.clone()),
        };
        tokio::spawn(async move { axum::serve(listener, app).await });
        fake
    }

    pub fn with<T>(&self, see: impl FnOnce(&mut State) -> T) -> T {
        see(&mut self.state.lock().unwrap())
    }

    pub fn setup(&self) -> TrackerSetup {
        let address = self.address.clone();
        let jira = |kind, account: &str| TrackerSetup::Jira {
            address: address.clone(),
            kind,
            project: "OPS".into(),
            issue_type: "Task".into(),
            account: account.into(),
        };
        match self.kind {
            Kind::Cloud => jira(JiraKind::Cloud, ACCOUNT),
            Kind::DataCenter => jira(JiraKind::DataCenter, ""),
            Kind::Github => TrackerSetup::Github { address, repository: "acme/shop".into() },
        }
    }

    /// Somebody finishes a ticket there, or opens it again.
    pub fn set(&self, n: usize, status: &'static str, done: bool) {
        self.with(|state| {
            let at = format!("2026-11-26T10:00:{:02}Z", state.asked.len() % 60);
            let issue = &mut state.issues[n];
            (issue.status, issue.done, issue.updated_at) = (status, done, at);
        });
    }

    /// Time passes, and searches find what was made.
    pub fn catches_up(&self) {
        self.with(|state| state.issues.iter_mut().for_each(|issue| issue.indexed = true));
    }

    fn takes(&self, labels: Vec<String>, fields: Value) -> FakeIssue {
        self.with(|state| {
            let number = state.issues.len() as u64 + 1;
            let (status, updated_at) = ("To Do", "2026-11-26T09:00:00Z".to_owned());
            let called = state.called.take();
            let issue = FakeIssue {
                number,
                fields,
                labels,
                status,
                done: false,
                updated_at,
                indexed: false,
                called,
                gone: false,
            };
            state.issues.push(issue.clone());
            issue
        })
    }

    fn fault(&self) -> Option<Fault> {
        self.with(|state| state.faults.pop_front())
    }
}

fn answer(status: u16, body: Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

fn busy(status: u16) -> Response {
    let body = Json(serde_json::json!({ "message": "not now" }));
    (StatusCode::from_u16(status).unwrap(), [("retry-after", "7")], body).into_response()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The keys of an object that are none of these.
fn unknown<'a>(object: &'a Value, known: &[&str]) -> Vec<&'a String> {
    object
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key)
        .filter(|key| !known.contains(&key.as_str()))
        .collect()
}
