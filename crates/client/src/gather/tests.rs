//! What Ana's computer gathers while she answers, against a team server on this computer.

use crate::session::tests::{Door, Laptop, Server};
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use firebell_domain::gather::{Gathered, Part};
use firebell_domain::health::HealthOutcome;
use firebell_domain::playbook::Sign;
use firebell_protocol::rest::Problem;
use firebell_protocol::window::{Change, ConnectionState};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const AROUND: &str = "2026-11-21T02:13:00Z";
/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The team server's lists; what it is asked is told.
fn lists(asked: mpsc::UnboundedSender<String>) -> axum::Router {
    async fn list(
        State(asked): State<mpsc::UnboundedSender<String>>,
        RawQuery(query): RawQuery,
        what: Value,
    ) -> Json<Value> {
        asked.send(query.unwrap_or_default()).unwrap();
        Json(what)
    }
    let change = json!({
        "id": uuid::Uuid::from_u128(1), "kind": "deployment", "service": "pay", "summary": "Deployed v2", "revision": "v2",
        "previous": "v1", "by": "ben", "environment": null, "links": [], "at": "2026-11-21T02:02:00Z", "planned": false,
        "claimed_at": null, "details": {}, "integration": null, "count": 1, "first_seen": "2026-11-21T02:02:00Z",
        "last_seen": "2026-11-21T02:02:00Z", "what_a_newer_server_says": true,
    });
    axum::Router::new()
        .route("/api/v1/changes", get(move |state, query| list(state, query, json!([change]))))
        .route("/api/v1/alerts", get(|state, query| list(state, query, json!([]))))
        .route("/api/v1/services/{id}/health", get(health))
        .with_state(asked)
}

async fn health(Path(id): Path<String>) -> Response {
    if id == "web" {
        let detail = "You ask for this more often than is needed. Ask again in 2 s.".to_owned();
        let problem = Problem {
            kind: "about:blank".into(),
            title: "Too Many".into(),
            status: 429,
            code: "too_fast".into(),
            detail,
            errors: vec![],
        };
        return (StatusCode::TOO_MANY_REQUESTS, Json(problem)).into_response();
    }
    let outcome = json!({ "is": "failed", "status": 503, "ms": 812, "words": "It answers 503." });
    Json(json!({ "service": id, "from": "server", "at": AROUND, "outcome": outcome })).into_response()
}

/// `pay` and its neighbours; each health address as given.
fn services(server: &Server, services: Value, settings: Value) {
    let mut held = server.team.lock().unwrap();
    let mut team = serde_json::to_value(&held.team).unwrap();
    team["services"] = services;
    team["team"].as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    team["playbook"] = json!({ "triage": { "health_timeout": "60s" } });
    held.team = serde_json::from_value(team).unwrap();
}

fn service(id: &str, health: &str, from: &str, neighbours: &[&str]) -> Value {
    json!({ "id": id, "name": id, "policy": "default", "health": health, "health_from": from, "neighbours": neighbours })
}

/// Asks again at every change, as a window does.
async fn until(laptop: &Laptop, gather: u64, wanted: impl Fn(&Gathered) -> bool) -> Gathered {
    let mut changes = laptop.app.changes();
    let found = async {
        loop {
            let found: Gathered = laptop.call("triage_gathered", json!({ "gather": gather })).await.unwrap();
            if wanted(&found) {
                return found;
            }
            while changes.recv().await.unwrap() != (Change::Gathered { gather }) {}
        }
    };
    tokio::time::timeout(PATIENCE, found).await.expect("it never came")
}

/// As soon as the library is open and knows who writes.
async fn declares(laptop: &Laptop, title: &str) {
    let declaration =
        json!({ "title": title, "severity": "SEV2", "services": ["pay"], "detection": null, "page": null });
    let args = json!({ "declaration": declaration, "people": null });
    let mut changes = laptop.app.changes();
    let declared = async {
        while laptop.call::<Value>("incident_declare", args.clone()).await.is_err() {
            changes.recv().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, declared).await.expect("the library never opened");
}

async fn gather(laptop: &Laptop, service: &str) -> u64 {
    laptop.call("triage_gather", json!({ "service": service, "around": AROUND, "page": null })).await.unwrap()
}

async fn answer(mut stream: TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
}

#[tokio::test]
async fn three_slow_endpoints_are_waited_for_together_and_nothing_waits_for_them() {
    let mut slow = vec![];
    for _ in 0..3 {
        slow.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
    }
    let url = |n: usize| format!("http://{}/healthz", slow[n].local_addr().unwrap());
    let (asked, mut queries) = mpsc::unbounded_channel();
    let (server, _heard) = Server::start_with(lists(asked)).await;
    let all = json!([
        service("pay", &url(0), "desktop", &["search", "web"]),
        service("search", &url(1), "desktop", &[]),
        service("web", &url(2), "desktop", &[]),
    ]);
    services(&server, all, json!({ "health_allow": ["127.0.0.1"] }));
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    let gathering = gather(&laptop, "pay").await;

    // All three are asked before any has answered, and everything else is there meanwhile.
    let mut streams = vec![];
    for listener in &slow {
        streams.push(listener.accept().await.unwrap().0);
    }
    let found = until(&laptop, gathering, |g| {
        ![g.changes.is_waiting(), g.alerts.is_waiting(), g.incidents.is_waiting()].contains(&true)
    })
    .await;
    assert!(found.health.iter().all(|h| h.check.is_waiting()), "{found:?}");
    assert_eq!(found.changes.found().unwrap()[0].before_ms, 11 * 60_000);
    assert_eq!(found.first.iter().map(|s| s.sign).collect::<Vec<_>>(), [Sign::ChangeBefore]);
    let mut said = [queries.recv().await.unwrap(), queries.recv().await.unwrap()];
    said.sort();
    assert!(said[0].starts_with("service=pay,search,web&from=2026-11-20T02:13:00.000Z&until=20"), "{said:?}");
    assert_eq!(
        said[1],
        "services=pay,search,web&from=2026-11-21T01:43:00.000Z&until=2026-11-21T02:43:00.000Z&limit=200"
    );

    for stream in streams {
        answer(stream).await;
    }
    let found = until(&laptop, gathering, Gathered::is_complete).await;
    for health in &found.health {
        let outcome = &health.check.found().unwrap().outcome;
        assert!(matches!(outcome, HealthOutcome::Ok { status: 200, .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn the_server_looks_where_only_it_can_and_a_refusal_is_one_of_its_part_alone() {
    let (asked, _queries) = mpsc::unbounded_channel();
    let (server, _heard) = Server::start_with(lists(asked)).await;
    let all = json!([
        service("pay", "http://10.0.0.7/", "server", &["web", "own"]),
        service("web", "http://10.0.0.8/", "server", &[]),
        service("own", "http://127.0.0.1:1/", "desktop", &[]),
    ]);
    services(&server, all, json!({}));
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    let gathering = gather(&laptop, "pay").await;
    let found = until(&laptop, gathering, Gathered::is_complete).await;
    let own = found.own_health().unwrap();
    assert!(matches!(own, HealthOutcome::Failed { status: Some(503), ms: 812, .. }), "{own:?}");
    assert!(
        matches!(&found.health[1].check, Part::Failed { words } if words.contains("Ask again")),
        "{found:?}"
    );
    let not_asked = found.health[2].check.found().unwrap();
    assert!(
        matches!(&not_asked.outcome, HealthOutcome::NotAllowed { .. }),
        "the admin did not list it: {not_asked:?}"
    );

    let unknown =
        laptop.call::<u64>("triage_gather", json!({ "service": "moon", "around": AROUND, "page": null }));
    assert_eq!(unknown.await.unwrap_err().code, "bad_input");
    let gone = laptop.call::<Gathered>("triage_gathered", json!({ "gather": 99 })).await.unwrap_err();
    assert!(gone.words.contains("Gather again"), "{}", gone.words);
    laptop.call::<()>("sign_out", json!({})).await.unwrap();
    let gone = laptop.call::<Gathered>("triage_gathered", json!({ "gather": gathering })).await;
    assert_eq!(gone.unwrap_err().code, "refused", "what was the team's is gone with the membership");
}

#[tokio::test]
async fn on_a_train_each_part_says_that_it_cannot_come_and_the_library_is_there() {
    // A server whose lists are gone while it still knows us: its answers are not of this world.
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", dead.local_addr().unwrap());
    drop(dead);
    let (server, _heard) = Server::start_with(axum::Router::new()).await;
    let all = json!([service("pay", &url, "desktop", &[])]);
    services(&server, all, json!({ "health_allow": ["127.0.0.0/8"] }));
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    declares(&laptop, "Checkout is down").await;
    server.comes_back(Door::Stranger);
    laptop.window(|w| w.connection.state == ConnectionState::Offline).await;
    let gathering = gather(&laptop, "pay").await;
    let found = until(&laptop, gathering, Gathered::is_complete).await;
    let own = &found.health[0].check;
    assert!(
        matches!(own, Part::Offline { words } if words.contains("offline itself")),
        "no pods are blamed: {own:?}"
    );
    assert_eq!(found.first, []);
    assert!(matches!(&found.changes, Part::Failed { .. } | Part::Offline { .. }), "{:?}", found.changes);
    assert_eq!(found.incidents.found().unwrap()[0].title, "Checkout is down");
}

#[tokio::test]
async fn answers_come_to_the_same_severity_as_on_the_command_line() {
    let laptop = Laptop::start();
    let answers = json!({ "scope": "wide", "impact": "medium", "unsure": true });
    let said: Value = laptop.call("triage_suggest", json!({ "answers": answers })).await.unwrap();
    assert_eq!((said["severity"].as_str(), said["reasons"].as_array().unwrap().len()), (Some("SEV1"), 2));
    let odd =
        laptop.call::<Value>("triage_suggest", json!({ "answers": { "scope": "huge" } })).await.unwrap_err();
    assert_eq!(odd.code, "bad_input");
    let away = laptop.call::<Value>("changes", json!({ "services": [], "from": null, "until": null })).await;
    assert!(away.is_err(), "signed out, or not open yet");
}
