//! What the stories of this crate's tests begin with.

use super::decide::command;
use super::intake::ingest;
use crate::storage::{StorageError, Tx};
use firebell_domain::alert::{Signal, SignalKind};
use firebell_domain::page::{Actor, Command, Via};
use firebell_domain::team::Team;
use firebell_domain::{IntegrationId, PageId};
use uuid::Uuid;

/// Opened, the first round, its first step, and (nobody has a device) the second step at once.
pub const EVENTS_OF_FIRE: usize = 4;

/// No policy is called `default`: an incident of no service rings nobody.
pub fn team() -> Team {
    let team: Team = serde_json::from_value(serde_json::json!({
        "team": { "name": "Acme", "time_zone": "Europe/Berlin" },
        "people": [
            { "id": "ana", "name": "Ana Ruiz", "email": "ana@example.com", "role": "admin" },
            { "id": "ben", "name": "Ben Okafor", "email": "ben@example.com" },
        ],
        "policies": [{ "id": "payments", "rounds": 2, "gap": "10m", "steps": [
            { "after": "0s", "notify": [{ "person": "ben" }] },
            { "after": "5m", "notify": [{ "person": "ana" }] },
        ] }],
        "services": [
            { "id": "payments-api", "name": "Payments API", "policy": "payments" },
            { "id": "search", "name": "Search", "policy": "payments", "default_severity": "SEV3" },
        ],
        "integrations": [{ "id": "prod", "kind": "generic", "service": "payments-api" }],
    }))
    .unwrap();
    assert_eq!(team.problems(), []);
    team
}

pub fn signal(kind: SignalKind, key: &str, summary: &str) -> Signal {
    Signal {
        kind,
        dedup_key: key.into(),
        summary: summary.into(),
        description: None,
        source: None,
        severity_label: None,
        service: None,
        labels: Default::default(),
        details: serde_json::Value::Null,
        runbook: None,
        links: vec![],
        claimed_at: None,
    }
}

pub fn take_in(tx: &mut Tx, signals: Vec<Signal>) -> Result<(), StorageError> {
    ingest(tx, &[(IntegrationId::new("prod"), signals)], &mut Uuid::now_v7)
}

/// Fires an alert and returns its page.
pub fn fire(tx: &mut Tx, summary: &str) -> Result<PageId, StorageError> {
    take_in(tx, vec![signal(SignalKind::Trigger, summary, summary)])?;
    Ok(tx.open_pages()?.first().expect("a page opened").id)
}

pub fn acknowledge(tx: &mut Tx, page: PageId) -> Result<(), StorageError> {
    let by = Actor::Person { person: "ben".into() };
    command(tx, page, Command::Acknowledge { by, via: Via::Api, claimed_at: None })?;
    Ok(())
}

/// The same PostgreSQL, in a schema that nobody else uses.
pub fn private_schema(url: &str) -> String {
    let name = format!("test_{}", Uuid::now_v7().simple());
    // Outside of the test's async runtime, where this client refuses to work.
    std::thread::scope(|scope| {
        let create = || {
            let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
            client.batch_execute(&format!("CREATE SCHEMA {name}")).unwrap();
        };
        scope.spawn(create).join().unwrap();
    });
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}options=-csearch_path%3D{name}")
}
