//! What the room asks of the core.

use super::*;
use firebell_domain::IncidentId;
use firebell_domain::incident::{Status, WhyNobody};
use firebell_domain::room::{StillOpen, What};
use firebell_protocol::incidents::WouldRing;
use firebell_protocol::room::IncidentInRoom;
use serde_json::{Value, json};

async fn declared(laptop: &Laptop) -> IncidentId {
    let declaration = json!({ "title": "Checkout fails", "severity": "SEV2", "services": ["pay"] });
    let args = json!({ "declaration": declaration, "people": null });
    laptop.call("incident_declare", args).await.unwrap()
}

async fn room(laptop: &Laptop, incident: IncidentId) -> IncidentInRoom {
    laptop.call("incident", json!({ "incident": incident })).await.unwrap()
}

#[tokio::test]
async fn what_is_still_open_is_answered_before_it_ends_whether_or_not_anybody_has_looked() {
    let (server, _heard) = Server::start().await;
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    laptop.has_its_library().await;
    let incident = declared(&laptop).await;
    let end = |anyway: bool| json!({ "incident": incident, "to": "resolved", "anyway": anyway });
    let open: Vec<StillOpen> = laptop.call("incident_end", end(false)).await.unwrap();
    assert_eq!(open[0], StillOpen::NotWatched { minutes: 30 });
    assert_eq!(room(&laptop, incident).await.detail.row.incident.status, Status::Investigating);
    let open: Vec<StillOpen> = laptop.call("incident_end", end(true)).await.unwrap();
    assert_eq!(open, []);
    assert_eq!(room(&laptop, incident).await.detail.row.incident.status, Status::Resolved);
}

#[tokio::test]
async fn what_a_field_said_before_stands_in_the_record() {
    let (server, _heard) = Server::start().await;
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    laptop.has_its_library().await;
    let incident = declared(&laptop).await;
    let mut replaces = Value::Null;
    for impact in ["Some cannot pay", "Nobody can pay"] {
        let record = json!({ "kind": "incident", "id": incident });
        let args = json!({ "record": record, "field": "impact", "value": impact, "replaces": replaces });
        replaces = laptop.call("record_set", args).await.unwrap();
    }
    let told = room(&laptop, incident).await.room.record;
    let field =
        |from: Value, to: &str| What::Field { by: "ana".into(), field: "impact".into(), from, to: json!(to) };
    let fields: Vec<What> =
        told.into_iter().map(|h| h.what).filter(|what| matches!(what, What::Field { .. })).collect();
    let expected = [field(Value::Null, "Some cannot pay"), field(json!("Some cannot pay"), "Nobody can pay")];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn before_it_is_declared_the_core_says_whom_that_rings() {
    let (server, _heard) = Server::start().await;
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    let would = async |severity: &str, private: bool| -> WouldRing {
        let args = json!({ "severity": severity, "services": ["pay"], "private": private });
        laptop.call::<Option<WouldRing>>("incident_rings", args).await.unwrap().unwrap()
    };
    assert_eq!(would("SEV4", false).await.nobody, Some(WhyNobody::Severity));
    assert_eq!(would("SEV1", true).await.nobody, Some(WhyNobody::Private));
    let rings = would("SEV2", false).await;
    // Ana is primary: she is not rung for what she says herself.
    assert_eq!((rings.nobody, rings.spares_me, rings.people.is_empty()), (None, true, true), "{rings:?}");
}
