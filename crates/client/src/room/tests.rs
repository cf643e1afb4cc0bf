//! The room and the composer, over an incident that was written down.

use super::*;
use firebell_domain::incident::{
    Declaration, Incident, IncidentCommand, IncidentEvent, RecordedIncident, Status, declare,
};
use firebell_domain::playbook::{Audience, PlaybookChanges};
use firebell_domain::room::NextStep;
use firebell_domain::update::{Rule, StatusUpdate, Told};
use firebell_domain::{IncidentId, Severity, UpdateId};
use firebell_log::{OpId, WriterId};
use firebell_protocol::library::{FieldView, IncidentRow, PendingCommand};
use firebell_protocol::room::{NextChoice, NextTime, NextTrouble};
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
    let composed = compose(&detail, Writing::default(), Some(&team()), at(2));
    assert_eq!(composed.told.impact, "Cards are refused");
    assert_eq!(composed.told.status, None, "nothing is announced that nobody chose");
    assert_eq!((composed.status, composed.statuses.len()), (Status::Investigating, 4));
    assert_eq!(composed.told.next_update, composed.next_update);
    assert_eq!(composed.next_update, Some(at(17)), "a SEV1 is told of every 15 minutes");
    assert_eq!(composed.latest, Some(at(32)));
    let public = text(&composed, Audience::Public);
    assert!(public.contains("Checkout fails") && public.contains("Cards are refused"), "{public}");
    assert!(text(&composed, Audience::Internal).contains("Ana Ruiz"), "who commands");
    let told: Vec<_> = composed.texts.iter().filter(|t| t.is_told).map(|t| t.audience).collect();
    assert!(told.contains(&Audience::Executives), "{told:?}");

    let doing = Told { impact: "Half of the cards".into(), doing: "Rolling back".into(), ..Told::default() };
    sent(&mut detail, 3, doing);
    let composed = compose(&detail, Writing::default(), Some(&team()), at(10));
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
    let composed =
        compose(&detail, Writing { written: written.into(), ..Writing::default() }, Some(&team()), at(2));
    let of = |audience| composed.texts.iter().find(|t| t.audience == audience).unwrap();
    let rules: Vec<_> = of(Audience::Public).findings.iter().map(|f| f.rule).collect();
    assert_eq!(rules, [Rule::Person, Rule::InternalName]);
    assert!(of(Audience::Internal).findings.is_empty(), "inside, names are names");
    let made = of(Audience::Public).from_template.clone().unwrap();
    assert!(made.contains("Cards are refused"), "what it would be without: {made}");
    assert_eq!(of(Audience::Customers).from_template, None);
}

/// Told, with that status.
fn announcing(status: Status) -> Told {
    Told { status: Some(status), ..Told::default() }
}

fn writing(told: Told) -> Writing<'static> {
    Writing { told: Some(told), ..Writing::default() }
}

#[test]
fn what_support_says_to_customers_is_looked_at_too() {
    let written = [(Audience::SupportAndSales, "payments-api is slow".to_owned())].into();
    let composed = compose(&detail(), Writing { written, ..Writing::default() }, Some(&team()), at(2));
    let found = composed.texts.into_iter().find(|t| t.audience == Audience::SupportAndSales).unwrap();
    assert_eq!(found.findings.iter().map(|f| f.rule).collect::<Vec<_>>(), [Rule::InternalName]);
}

#[test]
fn an_alerts_words_stay_inside_until_somebody_says_better() {
    let mut detail = detail();
    detail.row.title = "HTTP 5xx > 5 % on pay-7".into();
    detail.row.incident.services = vec!["payments-api".into()];
    let report = json!({
        "generated_at": at(1), "by": "ana", "answers": { "scope": "wide", "impact": "high" },
        "outcome": { "is": "declared", "incident": detail.row.incident.id },
    });
    let report = FieldView { value: report, ..detail.fields["impact"].clone() };
    detail.fields.insert("triage_1".into(), report);
    let of = |headline: &str, alerts: &[&str]| {
        let told = Told { headline: headline.into(), ..Told::default() };
        let alerts = alerts.iter().map(|a| (*a).to_owned()).collect();
        compose(&detail, Writing { alerts, ..writing(told) }, Some(&team()), at(2))
    };
    let found = of("", &["HTTP 5xx > 5 % on pay-7"]);
    assert_eq!(found.headline.as_deref(), Some("Payments: errors"));
    assert_eq!(found.told.headline, "Payments: errors", "it is what was sent");
    let public = text(&found, Audience::Public);
    assert!(public.starts_with("Payments: errors: investigating"), "{public}");
    assert!(text(&found, Audience::Internal).contains("HTTP 5xx > 5 % on pay-7"));
    let better = text(&of("Paying by card fails", &["HTTP 5xx > 5 % on pay-7"]), Audience::Public);
    assert!(better.starts_with("Paying by card fails: "), "{better}");
    let named = of("", &["another alert"]);
    assert_eq!((named.headline.clone(), named.told.headline.as_str()), (None, ""));
    assert!(text(&named, Audience::Public).starts_with("HTTP 5xx"));
}

#[test]
fn an_update_announces_what_differs_and_what_is_possible() {
    let mut detail = detail();
    let of = |detail: &IncidentDetail, to| compose(detail, writing(announcing(to)), Some(&team()), at(5));
    let composed = of(&detail, Status::Identified);
    assert_eq!(composed.told.status, Some(Status::Identified));
    assert!(text(&composed, Audience::Public).contains("identified"));
    assert_eq!(of(&detail, Status::Investigating).told.status, None, "as it is already");
    let over = of(&detail, Status::Resolved);
    assert_eq!((over.next_update, over.latest), (None, None), "nothing follows what is over");

    detail.row.incident.status = Status::Resolved;
    assert_eq!(of(&detail, Status::Identified).told.status, None, "somebody resolved it meanwhile");
    let again = of(&detail, Status::Investigating);
    assert_eq!(again.told.status, Some(Status::Investigating), "reopened");
    assert_eq!(again.next_update, Some(at(20)));
    detail.row.incident.status = Status::Closed;
    let closed = of(&detail, Status::Investigating);
    assert!(closed.statuses.is_empty() && closed.refused.contains("closed"), "{}", closed.refused);
    detail.row.incident.status = Status::Identified;
    let long = Told { known: "x".repeat(10_001), ..Told::default() };
    let long = compose(&detail, writing(long), Some(&team()), at(5));
    assert!(long.refused.contains("what we know of the update has 10001"), "{}", long.refused);
    assert_eq!(of(&detail, Status::Monitoring).refused, "");
}

#[test]
fn findings_are_at_the_places_where_the_window_counts() {
    let text = "🔥 Größere Störung: Ana Ruiz prüft payments-api";
    let written = [(Audience::Public, text.to_owned())];
    let composed =
        compose(&detail(), Writing { written: written.into(), ..Writing::default() }, Some(&team()), at(2));
    let units: Vec<u16> = text.encode_utf16().collect();
    let places: Vec<_> = composed.texts[0]
        .findings
        .iter()
        .map(|f| String::from_utf16(&units[f.start..f.end]).unwrap())
        .collect();
    assert_eq!(places, ["Ana Ruiz", "payments-api"]);
}

#[test]
fn a_correction_begins_with_the_words_of_the_first_version() {
    let mut detail = detail();
    let told = Told { known: "Cards of one bank".into(), next_update: Some(at(20)), ..Told::default() };
    let first = compose(&detail, writing(told), Some(&team()), at(2));
    let mut texts: BTreeMap<_, _> =
        first.texts.iter().filter(|t| t.is_told).map(|t| (t.audience, t.text.clone())).collect();
    texts.remove(&Audience::Executives);
    texts.insert(Audience::Public, "Some cards are refused.".into());
    let id = UpdateId(Uuid::from_u128(9));
    let update = StatusUpdate { id, told: first.told, texts: texts.clone(), corrects: None };
    let event = IncidentEvent::UpdateSent { by: "ana".into(), update: Box::new(update) };
    detail.history.push(RecordedIncident { at: at(3), event });
    sent(&mut detail, 6, Told { known: "Cards of two banks".into(), ..Told::default() });

    let begun = Writing { corrects: Some(&id), ..Writing::default() };
    let composed = compose(&detail, begun, Some(&team()), at(10));
    assert_eq!(composed.told.known, "Cards of one bank");
    assert_eq!(composed.corrects.as_ref().unwrap().update.id, id);
    let told: Vec<_> = composed.texts.iter().filter(|t| t.is_told).map(|t| t.audience).collect();
    assert_eq!(told, texts.keys().copied().collect::<Vec<_>>(), "whoever read the first version");
    assert_eq!(
        composed.written.keys().collect::<Vec<_>>(),
        [&Audience::Public],
        "the others came of templates"
    );
    assert_eq!(text(&composed, Audience::Public), "Some cards are refused.");
    assert!(composed.statuses.is_empty() && composed.told.status.is_none(), "it moves no status");
    assert_eq!(composed.told.next_update, Some(at(21)), "nor a time: the last update stands at minute 6");
    let status = Writing { told: Some(announcing(Status::Resolved)), ..Writing::default() };
    let tried = compose(&detail, Writing { corrects: Some(&id), ..status }, Some(&team()), at(10));
    assert_eq!(tried.told.status, None);
}

#[test]
fn after_one_that_waits_for_the_team_the_next_begins_with_its_words() {
    let mut detail = detail();
    sent(&mut detail, 3, Told { doing: "Rolling back".into(), ..Told::default() });
    let update = StatusUpdate {
        id: UpdateId(Uuid::from_u128(5)),
        told: Told { doing: "Watching".into(), ..announcing(Status::Monitoring) },
        texts: BTreeMap::new(),
        corrects: None,
    };
    detail.asked.push(PendingCommand {
        op: OpId { writer: WriterId(Uuid::from_u128(1)), counter: 2 },
        command: IncidentCommand::SendUpdate { update: Box::new(update) },
        given_at: at(4),
    });
    let composed = compose(&detail, Writing::default(), Some(&team()), at(5));
    assert_eq!(composed.told.doing, "Watching");
    assert_eq!(composed.told.status, None, "what was announced once is not announced again");
    assert_eq!(composed.waiting_since, Some(at(4)));
}

#[test]
fn the_next_one_comes_when_it_is_chosen_and_never_later_than_the_severity_allows() {
    let next = |next| {
        let writing = Writing { next, ..writing(Told::default()) };
        let composed = compose(&detail(), writing, Some(&team()), at(5));
        (composed.told.next_update, composed.next_trouble)
    };
    assert_eq!(next(NextTime::Cadence), (Some(at(20)), None));
    assert_eq!(next(NextTime::Within { minutes: 30 }), (Some(at(35)), None), "as late as a SEV1 allows");
    assert_eq!(next(NextTime::Within { minutes: 31 }), (Some(at(36)), Some(NextTrouble::TooLate)));
    assert_eq!(next(NextTime::At { at: at(5) }), (Some(at(5)), Some(NextTrouble::Past)));
    assert_eq!(next(NextTime::WhenKnown), (None, None));

    let composed = compose(&detail(), writing(announcing(Status::Resolved)), Some(&team()), at(5));
    assert_eq!((composed.told.next_update, composed.next_choices), (None, vec![]));
    let mut daily = detail();
    daily.row.incident.severity = Severity::Sev4;
    let offered = |detail| compose(detail, Writing::default(), Some(&team()), at(5)).next_choices;
    let minutes = |all: &[NextChoice]| all.iter().map(|c| c.minutes).collect::<Vec<_>>();
    assert_eq!(minutes(&offered(&daily)), [15, 30, 60, 1_440]);
    let sev1: Vec<_> = offered(&detail()).iter().map(|c| (c.minutes, c.is_allowed, c.is_usual)).collect();
    assert_eq!(sev1, [(15, true, true), (30, true, false), (60, false, false)]);
}

#[test]
fn a_template_that_cannot_be_filled_in_says_why_and_the_others_stand() {
    let mut team = team();
    let changes = json!({ "updates": { "templates": { "public": { "investigating": "{{ title" } } } });
    team.playbook = Some(serde_json::from_value::<PlaybookChanges>(changes).unwrap());
    let composed = compose(&detail(), Writing::default(), Some(&team), at(2));
    let public = &composed.texts[0];
    assert!(
        public.text.is_empty()
            && public.trouble.starts_with("Line 1")
            && public.trouble.ends_with("Write the text by hand."),
        "{public:?}"
    );
    assert!(!text(&composed, Audience::Customers).is_empty());
}

#[test]
fn alone_there_is_a_room_too() {
    let opened = room(detail(), &[], None, Some(&"ana".into()), at(1));
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

#[test]
fn why_nothing_went_out_is_kept_until_it_is_seen_or_said_anew() {
    let (no_news, id) = (NoNews::default(), IncidentId(Uuid::from_u128(7)));
    no_news.failed(id, "This incident is closed.".into());
    assert_eq!(no_news.unsent(id).as_deref(), Some("This incident is closed."));
    assert_eq!(no_news.unsent(IncidentId(Uuid::from_u128(8))), None);
    no_news.seen(id);
    assert_eq!(no_news.unsent(id), None);
}

#[test]
fn those_who_must_know_stand_with_the_text_that_they_get() {
    let mut team = team();
    let more = json!([{ "id": "vic", "name": "Vic", "email": "vic@example.com" }]);
    team.people.extend(serde_json::from_value::<Vec<firebell_domain::team::Person>>(more).unwrap());
    team.team.executives = vec!["vic".into(), "ana".into()];
    let of = |me: &str| {
        let writing = Writing { me: Some(me.into()), ..Writing::default() };
        compose(&detail(), writing, Some(&team), at(2)).readers
    };
    let [vic] = &of("ana")[..] else { panic!("{:?}", of("ana")) };
    assert_eq!((vic.person.as_str(), vic.texts[..].first()), ("vic", Some(&Audience::Executives)));
    assert_eq!(of("ben").len(), 2, "whoever writes it is not told of it; others are");
    assert_eq!(compose(&detail(), Writing::default(), None, at(2)).readers, []);
}

#[test]
fn an_update_that_waits_for_the_team_is_the_last_one() {
    let mut detail = detail();
    assert_eq!(last_update(&detail), None);
    let waits = StatusUpdate {
        id: UpdateId(Uuid::from_u128(2)),
        told: Told::default(),
        texts: [(Audience::Customers, "Cards are refused".to_owned())].into(),
        corrects: None,
    };
    detail.asked.push(PendingCommand {
        op: OpId { writer: WriterId(Uuid::from_u128(1)), counter: 2 },
        command: IncidentCommand::SendUpdate { update: Box::new(waits.clone()) },
        given_at: at(3),
    });
    assert_eq!(last_update(&detail), Some((&waits, at(3))), "also when it is the first");
    sent(&mut detail, 2, Told::default());
    let readers = last_update(&detail).map(|(update, _)| update.texts.keys().copied().collect::<Vec<_>>());
    assert_eq!(readers, Some(vec![Audience::Customers]), "and not those of the severity");
    detail.asked.clear();
    assert_eq!(last_update(&detail).map(|(_, when)| when), Some(at(2)));
}
