//! The room and the composer, over an incident that was written down.

use super::*;
use firebell_domain::incident::{Declaration, Incident, IncidentEvent, RecordedIncident, Status, declare};
use firebell_domain::playbook::{Audience, PlaybookChanges};
use firebell_domain::room::NextStep;
use firebell_domain::update::{Rule, StatusUpdate, Told};
use firebell_domain::{IncidentId, Severity, UpdateId};
use firebell_log::{OpId, WriterId};
use firebell_protocol::library::{FieldView, IncidentRow};
use serde_json::json;
use uuid::Uuid;

fn at(minute: i64) -> Instant {
    let start: Instant = "2026-11-25T02:13:00Z".parse().unwrap();
    start + chrono::TimeDelta::minutes(minute)
}

fn team() -> Team {
    serde_json::from_value(json!({
        "team": { "name": "Acme", "time_zone": "Europe/Berlin" },
        "people": [{ "id": "ana", "name": "Ana Ruiz", "email": "ana@example.com" }],
        "policies": [{ "id": "default", "steps": [{ "after": "0s", "notify": [{ "person": "ana" }] }], "rounds": 1 }],
        "services": [{ "id": "payments-api", "name": "Payments", "policy": "default" }],
    }))
    .unwrap()
}

fn detail() -> IncidentDetail {
    let declaration = Declaration {
        title: "Checkout is down".into(),
        severity: Severity::Sev1,
        services: vec!["payments-api".into()],
        detection: None,
        detected_at: None,
        page: None,
        commands: true,
    };
    let event = declare(IncidentId(Uuid::from_u128(7)), 12, declaration, "ana".into(), None, at(0)).unwrap();
    let incident = Incident::from_declared(at(0), &event).unwrap();
    let impact = FieldView {
        value: json!("Cards are refused"),
        write: OpId { writer: WriterId(Uuid::from_u128(1)), counter: 1 },
        author: "ana".into(),
        at: at(1),
        pending: false,
        overruled: 0,
    };
    IncidentDetail {
        row: IncidentRow { incident, title: "Checkout fails".into(), pending: false, entries: 0 },
        fields: [("impact".to_owned(), impact)].into(),
        timeline: vec![],
        history: vec![RecordedIncident { at: at(0), event }],
        asked: vec![],
    }
}

fn sent(detail: &mut IncidentDetail, minute: i64, told: Told) {
    let update = StatusUpdate {
        id: UpdateId(Uuid::from_u128(1)),
        told,
        texts: [(Audience::Internal, "said".to_owned())].into(),
        corrects: None,
    };
    let event = IncidentEvent::UpdateSent { by: "ana".into(), update: Box::new(update) };
    detail.history.push(RecordedIncident { at: at(minute), event });
}

fn text(composed: &firebell_protocol::room::Composed, audience: Audience) -> String {
    composed.texts.iter().find(|t| t.audience == audience).unwrap().text.clone()
}

#[test]
fn a_new_update_begins_with_what_is_known() {
    let mut detail = detail();
    let composed = compose(&detail, None, &BTreeMap::new(), Some(&team()), at(2));
    assert_eq!(composed.told.impact, "Cards are refused");
    assert_eq!(composed.told.status, Some(Status::Investigating));
    assert_eq!(composed.next_update, Some(at(17)), "a SEV1 is told of every 15 minutes");
    assert_eq!(composed.latest, Some(at(32)));
    let public = text(&composed, Audience::Public);
    assert!(public.contains("Checkout fails") && public.contains("Cards are refused"), "{public}");
    assert!(text(&composed, Audience::Internal).contains("Ana Ruiz"), "who commands");
    let told: Vec<_> = composed.texts.iter().filter(|t| t.is_told).map(|t| t.audience).collect();
    assert!(told.contains(&Audience::Executives), "{told:?}");

    let doing = Told { impact: "Half of the cards".into(), doing: "Rolling back".into(), ..Told::default() };
    sent(&mut detail, 3, doing);
    let composed = compose(&detail, None, &BTreeMap::new(), Some(&team()), at(10));
    assert_eq!(
        (composed.told.impact.as_str(), composed.told.doing.as_str()),
        ("Half of the cards", "Rolling back")
    );
    assert_eq!(composed.last.unwrap().at, at(3));
}

#[test]
fn what_is_written_over_the_template_is_kept_and_looked_at() {
    let detail = detail();
    let written = [
        (Audience::Public, "Ana Ruiz restarts payments-api".to_owned()),
        (Audience::Internal, "Ana Ruiz restarts payments-api".to_owned()),
    ];
    let composed = compose(&detail, None, &written.into(), Some(&team()), at(2));
    let of = |audience| composed.texts.iter().find(|t| t.audience == audience).unwrap();
    let rules: Vec<_> = of(Audience::Public).findings.iter().map(|f| f.rule).collect();
    assert_eq!(rules, [Rule::Person, Rule::InternalName]);
    assert!(of(Audience::Internal).findings.is_empty(), "inside, names are names");
}

#[test]
fn a_template_that_cannot_be_filled_in_says_why_and_the_others_stand() {
    let mut team = team();
    let changes = json!({ "updates": { "templates": { "public": { "investigating": "{{ title" } } } });
    team.playbook = Some(serde_json::from_value::<PlaybookChanges>(changes).unwrap());
    let composed = compose(&detail(), None, &BTreeMap::new(), Some(&team), at(2));
    let public = &composed.texts[0];
    assert!(public.text.is_empty() && public.trouble.starts_with("Line 1"), "{public:?}");
    assert!(!text(&composed, Audience::Customers).is_empty());
}

#[test]
fn alone_there_is_a_room_too() {
    let opened = room(detail(), None, Some(&"ana".into()), at(1));
    assert!(
        opened.room.next.iter().any(|s| matches!(s, NextStep::SendUpdate { .. })),
        "{:?}",
        opened.room.next
    );
    assert_eq!(opened.changes_at, Some(at(10)), "five minutes before the first update is due");
    assert!(!opened.room.checklists.is_empty());
}

#[tokio::test]
async fn no_news_can_be_taken_back_until_it_goes() {
    let no_news = NoNews::default();
    let id = IncidentId(Uuid::from_u128(7));
    let never = || tokio::spawn(std::future::pending::<()>()).abort_handle();
    assert!(no_news.begin(id, at(1), never));
    assert!(!no_news.begin(id, at(2), never), "the second key press sends nothing twice");
    assert_eq!(no_news.at(id), Some(at(1)));
    assert!(no_news.take_back(id));
    assert!(!no_news.go(id), "it was taken back");
    assert!(no_news.begin(id, at(3), never) && no_news.go(id));
    assert!(!no_news.take_back(id), "too late");
}
