//! The life of an incident, in a commander's words.

use super::*;
use crate::refusal::RefusalCode;
use crate::{IncidentId, Instant, Refusal, Severity};
use proptest::prelude::*;
use uuid::Uuid;

mod roles;

fn at(minute: i64) -> Instant {
    let start: Instant = "2026-11-24T02:13:00Z".parse().unwrap();
    start + chrono::TimeDelta::minutes(minute)
}

fn declaration(title: &str) -> Declaration {
    Declaration {
        title: title.into(),
        severity: Severity::Sev2,
        services: vec!["payments-api".into()],
        detection: Some(Detection::UserReport),
        detected_at: None,
        page: None,
        commands: false,
    }
}

fn declared() -> Incident {
    let id = IncidentId(Uuid::from_u128(7));
    let event = declare(id, 12, declaration(" Checkout is down "), "ana".into(), None, at(0)).unwrap();
    Incident::from_declared(at(0), &event).unwrap()
}

fn ask(
    incident: &mut Incident,
    minute: i64,
    command: IncidentCommand,
) -> Result<Vec<IncidentEvent>, Refusal> {
    let events = decide(incident, command, "ana".into(), at(minute))?;
    events.iter().for_each(|e| incident.apply(at(minute), e));
    Ok(events)
}

fn status(to: Status) -> IncidentCommand {
    IncidentCommand::SetStatus { to }
}

#[test]
fn declaring_takes_a_title_and_keeps_the_first_signal() {
    let incident = declared();
    assert_eq!(incident.title, "Checkout is down");
    assert_eq!(incident.status, Status::Investigating);
    assert_eq!(incident.moments.declared_at, Some(at(0)));
    assert_eq!(incident.moments.detected_at, Some(at(0)));
    let id = incident.id;
    let empty = declare(id, 1, declaration("  "), "ana".into(), None, at(0)).unwrap_err();
    assert!(empty.words.contains("title"), "{empty}");
    let long = declare(id, 1, declaration(&"x".repeat(201)), "ana".into(), None, at(0)).unwrap_err();
    assert!(long.words.contains("201"), "{long}");
    let future = Declaration { detected_at: Some(at(60)), ..declaration("x") };
    declare(id, 1, future, "ana".into(), None, at(0)).unwrap_err();
}

#[test]
fn what_was_declared_on_a_train_happened_then() {
    let id = IncidentId(Uuid::from_u128(7));
    let event = declare(id, 1, declaration("down"), "ana".into(), Some(at(-30)), at(0)).unwrap();
    let incident = Incident::from_declared(at(0), &event).unwrap();
    assert_eq!(incident.moments.declared_at, Some(at(-30)));
    let event = declare(id, 1, declaration("down"), "ana".into(), Some(at(30)), at(0)).unwrap();
    assert_eq!(Incident::from_declared(at(0), &event).unwrap().moments.declared_at, Some(at(0)));
}

#[test]
fn resolving_from_investigating_is_allowed_and_says_what_was_skipped() {
    let mut incident = declared();
    let events = ask(&mut incident, 30, status(Status::Resolved)).unwrap();
    let [IncidentEvent::StatusChanged { skipped, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(skipped, &[Status::Identified, Status::Monitoring]);
    assert_eq!(incident.moments.resolved_at, Some(at(30)));
    assert_eq!(incident.moments.mitigated_at, Some(at(30)));
}

#[test]
fn a_resolved_incident_is_reopened_and_counted() {
    let mut incident = declared();
    ask(&mut incident, 10, status(Status::Monitoring)).unwrap();
    ask(&mut incident, 20, status(Status::Resolved)).unwrap();
    assert_eq!(incident.moments.mitigated_at, Some(at(10)));
    let refused = ask(&mut incident, 25, status(Status::Monitoring)).unwrap_err();
    assert!(refused.words.contains("Reopen"), "{refused}");
    ask(&mut incident, 30, status(Status::Investigating)).unwrap();
    assert_eq!((incident.reopened, incident.status), (1, Status::Investigating));
    assert_eq!(incident.moments.resolved_at, None);
    ask(&mut incident, 40, status(Status::Monitoring)).unwrap();
    ask(&mut incident, 50, status(Status::Resolved)).unwrap();
    assert_eq!(incident.moments.resolved_at, Some(at(50)), "the last time it was declared over");
    assert_eq!(incident.moments.mitigated_at, Some(at(10)), "the first time users stopped suffering");
    let moment = Moment::Mitigated;
    let correct = IncidentCommand::CorrectMoment { moment, at: Some(at(40)), reason: "it was not".into() };
    ask(&mut incident, 60, correct).unwrap();
    assert_eq!(incident.moments.mitigated_at, Some(at(40)));
}

#[test]
fn an_open_incident_ends_by_merging_or_as_a_false_alarm_and_then_stays_so() {
    for end in [
        IncidentCommand::Merge { into: IncidentId(Uuid::from_u128(8)) },
        IncidentCommand::FalseAlarm { reason: "a test".into() },
    ] {
        let mut incident = declared();
        ask(&mut incident, 1, end.clone()).unwrap();
        for again in [
            end,
            status(Status::Resolved),
            IncidentCommand::SetSeverity { to: Severity::Sev1, reason: "".into() },
        ] {
            let refused = ask(&mut incident, 2, again).unwrap_err();
            assert_eq!(refused.code, RefusalCode::AlreadyResolved);
        }
    }
    let mut incident = declared();
    let itself = IncidentCommand::Merge { into: incident.id };
    ask(&mut incident, 1, itself).unwrap_err();
}

#[test]
fn severity_changes_until_it_is_closed() {
    let mut incident = declared();
    let to = |to| IncidentCommand::SetSeverity { to, reason: "more users".into() };
    ask(&mut incident, 1, to(Severity::Sev1)).unwrap();
    assert_eq!(ask(&mut incident, 2, to(Severity::Sev1)).unwrap_err().code, RefusalCode::NothingToDo);
    assert_eq!(ask(&mut incident, 2, status(Status::Closed)).unwrap_err().code, RefusalCode::NotAllowed);
    ask(&mut incident, 3, status(Status::Resolved)).unwrap();
    ask(&mut incident, 4, to(Severity::Sev3)).unwrap();
    ask(&mut incident, 5, status(Status::Closed)).unwrap();
    ask(&mut incident, 6, to(Severity::Sev4)).unwrap_err();
    let refused = ask(&mut incident, 7, status(Status::Investigating)).unwrap_err();
    assert!(refused.words.contains("declare a new incident"), "{refused}");
}

#[test]
fn a_moment_is_corrected_with_a_reason() {
    let mut incident = declared();
    let correct = |at, reason: &str| IncidentCommand::CorrectMoment {
        moment: Moment::ImpactStarted,
        at,
        reason: reason.into(),
    };
    ask(&mut incident, 40, correct(Some(at(-10)), " ")).unwrap_err();
    ask(&mut incident, 40, correct(Some(at(400)), "clock")).unwrap_err();
    ask(&mut incident, 40, correct(Some(at(-10)), "seen in the logs")).unwrap();
    assert_eq!(incident.moments.impact_started_at, Some(at(-10)));
    ask(&mut incident, 41, correct(None, "there was no impact")).unwrap();
    assert_eq!(incident.moments.impact_started_at, None);
}

#[test]
fn an_event_of_a_newer_version_is_kept_as_unknown() {
    let newer: IncidentEvent =
        serde_json::from_str(r#"{"type":"praised","by":"ana","words":"well done"}"#).unwrap();
    assert_eq!(newer, IncidentEvent::Unknown);
}

fn any_command() -> impl Strategy<Value = IncidentCommand> {
    let any_status = prop_oneof![
        Just(Status::Investigating),
        Just(Status::Identified),
        Just(Status::Monitoring),
        Just(Status::Resolved),
        Just(Status::Closed),
        Just(Status::Merged),
        Just(Status::FalseAlarm),
    ];
    prop_oneof![
        any_status.prop_map(status),
        (1u8..5).prop_map(|n| IncidentCommand::SetSeverity {
            to: Severity::from_number(n).unwrap(),
            reason: String::new()
        }),
        (6u128..9).prop_map(|n| IncidentCommand::Merge { into: IncidentId(Uuid::from_u128(n)) }),
        Just(IncidentCommand::FalseAlarm { reason: String::new() }),
        (0usize..6, -90i64..90).prop_map(|(m, minute)| IncidentCommand::CorrectMoment {
            moment: Moment::ALL[m],
            at: Some(at(minute)),
            reason: "seen".into()
        }),
    ]
}

proptest! {
    #[test]
    fn the_first_mitigation_stays_until_somebody_corrects_it(commands in prop::collection::vec(any_command(), 0..40)) {
        let mut incident = declared();
        for (minute, command) in (1..).zip(commands) {
            let before = incident.moments.mitigated_at;
            let corrects = matches!(command, IncidentCommand::CorrectMoment { moment: Moment::Mitigated, .. });
            let _refused = ask(&mut incident, minute, command);
            prop_assert!(before.is_none() || corrects || incident.moments.mitigated_at == before);
        }
    }

    #[test]
    fn whatever_is_asked_the_record_alone_tells_the_state(commands in prop::collection::vec(any_command(), 0..40)) {
        let mut incident = declared();
        let mut record = vec![];
        for (minute, command) in (1..).zip(commands) {
            let was_over = matches!(incident.status, Status::Closed | Status::Merged | Status::FalseAlarm);
            let corrects = matches!(command, IncidentCommand::CorrectMoment { .. });
            if let Ok(events) = ask(&mut incident, minute, command) {
                prop_assert!(!was_over || corrects, "an ended incident changed: {events:?}");
                record.extend(events.into_iter().map(|event| RecordedIncident { at: at(minute), event }));
            }
        }
        let text = serde_json::to_string(&record).unwrap();
        let read: Vec<RecordedIncident> = serde_json::from_str(&text).unwrap();
        let mut again = declared();
        read.iter().for_each(|r| again.apply(r.at, &r.event));
        prop_assert_eq!(again, incident);
    }
}

fn people(all: &[&str]) -> Vec<crate::PersonId> {
    all.iter().map(|person| (*person).into()).collect()
}

fn change(add: &[&str], remove: &[&str]) -> IncidentCommand {
    IncidentCommand::ChangePeople { add: people(add), remove: people(remove), reason: "as agreed".into() }
}

#[test]
fn a_private_incident_is_seen_by_those_who_are_named_and_always_by_whoever_declared_it() {
    let mut incident = declared();
    assert!(incident.is_seen_by(&"zoe".into()) && !incident.is_private());
    let why = |reason: &str| IncidentCommand::MakePrivate { people: people(&["chi"]), reason: reason.into() };
    assert!(ask(&mut incident, 1, why(" ")).unwrap_err().words.starts_with("Say why"));
    let made = decide(&incident, why("payroll"), "ben".into(), at(1)).unwrap();
    made.iter().for_each(|event| incident.apply(at(1), event));
    assert_eq!(
        incident.people,
        Some(people(&["ana", "ben", "chi"])),
        "who declared, who asked, who was named"
    );
    assert!(made[0].takes_from(&"zoe".into()) && !made[0].takes_from(&"chi".into()));
    assert_eq!(ask(&mut incident, 2, why("again")).unwrap_err().code, RefusalCode::NothingToDo);

    let changed = ask(&mut incident, 3, change(&["dev", "chi"], &["ben", "zoe"])).unwrap();
    assert_eq!(incident.people, Some(people(&["ana", "chi", "dev"])));
    let IncidentEvent::PeopleChanged { added, removed, .. } = &changed[0] else { panic!("{changed:?}") };
    assert_eq!((added, removed), (&people(&["dev"]), &people(&["ben"])), "only what really changed");
    assert!(changed[0].takes_from(&"ben".into()) && !changed[0].takes_from(&"zoe".into()));
    for (command, part) in [
        (change(&[], &["ana"]), "always sees it"),
        (change(&["chi"], &["zoe"]), "already"),
        (change(&["zoe"], &["zoe"]), "Say which"),
        (
            IncidentCommand::ChangePeople { add: people(&["zoe"]), remove: vec![], reason: "".into() },
            "Say why",
        ),
    ] {
        let refusal = ask(&mut incident, 4, command).unwrap_err();
        assert!(refusal.words.contains(part), "{refusal}");
    }
    let crowd: Vec<String> = (0..200).map(|n| format!("p{n}")).collect();
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    assert!(ask(&mut incident, 5, change(&crowd, &[])).unwrap_err().words.contains("203 people"));

    ask(&mut incident, 6, IncidentCommand::MakePublic { reason: "told to everybody".into() }).unwrap();
    assert!(incident.is_seen_by(&"zoe".into()));
    assert!(
        ask(&mut incident, 7, change(&["zoe"], &[])).unwrap_err().words.contains("Make it private first")
    );
}

#[test]
fn declared_privately_nobody_else_ever_saw_it() {
    let command =
        IncidentCommand::DeclarePrivately { declaration: declaration("Leak"), people: people(&["chi"]) };
    let id = IncidentId(Uuid::from_u128(7));
    let events = begin(id, 12, &command, &"ana".into(), None, at(0)).unwrap();
    let incident = Incident::from_first(at(0), &events).unwrap();
    assert_eq!((incident.number, incident.people.clone()), (12, Some(people(&["ana", "chi"]))));
    let public = IncidentCommand::Declare(declaration("Leak"));
    let events = begin(id, 13, &public, &"ana".into(), None, at(0)).unwrap();
    assert!(!Incident::from_first(at(0), &events).unwrap().is_private());
    begin(id, 14, &change(&["zoe"], &[]), &"ana".into(), None, at(0)).unwrap_err();
    assert_eq!(decide(&incident, command, "ana".into(), at(1)).unwrap_err().code, RefusalCode::NothingToDo);
}
