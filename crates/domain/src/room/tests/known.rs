//! Lines that the record answers, so that nobody has to tick what everybody sees.

use super::*;

fn line(room: &Room, phase: Phase, item: &str) -> Tick {
    let list = room.checklists.iter().find(|c| c.phase == phase).unwrap();
    list.items.iter().find(|t| t.item.id == item).unwrap_or_else(|| panic!("no line {item}")).clone()
}

fn answers(room: &Room, phase: Phase, item: &str) -> Option<(KnownBy, Option<PersonId>, Option<Instant>)> {
    let tick = line(room, phase, item);
    assert_eq!(tick.done, tick.known.is_some(), "{tick:?}");
    tick.known.map(|how| (how, tick.by, tick.at))
}

fn set(case: &mut Case, field: &str, value: Value, minute: i64) {
    case.fields.insert(field.into(), (value, "ben".into(), at(minute)));
}

#[test]
fn what_the_record_holds_is_done_with_who_did_it_and_when() {
    let mut case = Case::new(Severity::Sev1);
    let by = |who: &str, minute| (Some(PersonId::new(who)), Some(at(minute)));
    let is = |how, (who, when)| Some((how, who, when));
    assert_eq!(
        answers(&case.room("ana", 1), Phase::FirstResponse, "declare"),
        is(KnownBy::Declared, by("ana", 0))
    );
    for (phase, item) in [
        (Phase::FirstResponse, "acknowledge"),
        (Phase::FirstResponse, "assess"),
        (Phase::FirstResponse, "page"),
        (Phase::FirstResponse, "channel"),
        (Phase::Mobilise, "channel"),
        (Phase::Mobilise, "bridge"),
        (Phase::Mobilise, "roles"),
        (Phase::Mobilise, "timeline"),
        (Phase::Investigate, "hypotheses"),
        (Phase::Investigate, "logs"),
    ] {
        assert_eq!(answers(&case.room("ana", 1), phase, item), None, "{item}");
    }
    let page = crate::PageId(Uuid::from_u128(3));
    case.history.push(RecordedIncident {
        at: at(2),
        event: IncidentEvent::Acknowledged { by: "ben".into(), page, at: at(2) },
    });
    case.ask("ben", 3, IncidentCommand::SetSeverity { to: Severity::Sev2, reason: "half of them".into() });
    case.ask("ana", 4, IncidentCommand::PagePeople { people: vec!["chi".into()], message: "db".into() });
    set(&mut case, "channel", json!("https://chat.example.com/inc"), 5);
    set(&mut case, "bridge", json!("https://meet.example.com/inc"), 6);
    let theory = case.say(7, EntryKind::Theory, "slow query", None);
    case.change("ben", 8, RoomChange::Hypothesis { entry: theory, weight: 3, standing: Standing::Open });
    let roles = [
        (IncidentRole::Commander, "ana"),
        (IncidentRole::TechnicalLead, "ben"),
        (IncidentRole::CommunicationsLead, "chi"),
        (IncidentRole::Scribe, "dev"),
    ];
    for (n, (role, who)) in roles.into_iter().enumerate() {
        assert_eq!(answers(&case.room("ana", 9), Phase::Mobilise, "roles"), None, "not all have somebody");
        case.ask("ana", 9 + i64::try_from(n).unwrap(), assign(role, who));
    }
    let room = case.room("ana", 20);
    for (phase, item, expected) in [
        (Phase::FirstResponse, "acknowledge", is(KnownBy::Acknowledged, by("ben", 2))),
        (Phase::FirstResponse, "assess", is(KnownBy::Triaged, by("ben", 3))),
        (Phase::FirstResponse, "page", is(KnownBy::PeoplePaged, by("ana", 4))),
        (Phase::FirstResponse, "channel", is(KnownBy::Linked, by("ben", 5))),
        (Phase::Mobilise, "channel", is(KnownBy::Linked, by("ben", 5))),
        (Phase::Mobilise, "bridge", is(KnownBy::Linked, by("ben", 6))),
        (Phase::Mobilise, "timeline", is(KnownBy::EntryWritten, by("ben", 7))),
        (Phase::Mobilise, "roles", is(KnownBy::RolesHeld, (None, Some(at(12))))),
        (Phase::Investigate, "hypotheses", is(KnownBy::TheoryWeighed, by("ben", 8))),
    ] {
        assert_eq!(answers(&room, phase, item), expected, "{item}");
    }
    assert_eq!(room.phase, Phase::Investigate, "two lists are done by themselves");
    set(&mut case, "bridge", Value::Null, 21);
    assert_eq!(answers(&case.room("ana", 22), Phase::Mobilise, "bridge"), None, "the link was taken out");
}

#[test]
fn what_a_person_says_of_a_line_stands_before_the_record() {
    let mut case = Case::new(Severity::Sev1);
    case.change(
        "ben",
        1,
        RoomChange::Tick { phase: Phase::FirstResponse, item: "declare".into(), done: false },
    );
    let untick = line(&case.room("ana", 2), Phase::FirstResponse, "declare");
    assert_eq!((untick.done, untick.known, untick.by), (false, None, Some("ben".into())));
    case.change(
        "chi",
        3,
        RoomChange::Tick { phase: Phase::FirstResponse, item: "declare".into(), done: true },
    );
    let tick = line(&case.room("ana", 4), Phase::FirstResponse, "declare");
    assert_eq!((tick.done, tick.known, tick.by), (true, None, Some("chi".into())));
}

#[test]
fn the_end_is_answered_by_the_watch_the_last_update_and_the_author() {
    let mut case = Case::new(Severity::Sev1);
    case.ask("ana", 1, IncidentCommand::SetStatus { to: Status::Monitoring });
    assert_eq!(answers(&case.room("ana", 30), Phase::Verify, "watched"), None);
    let watched = answers(&case.room("ana", 31), Phase::Verify, "watched");
    assert_eq!(watched, Some((KnownBy::Watched, None, Some(at(31)))), "thirty minutes for a SEV1");
    case.ask("ana", 40, IncidentCommand::SetStatus { to: Status::Resolved });
    for item in ["final_update", "summary", "postmortem", "archive"] {
        assert_eq!(answers(&case.room("ana", 41), Phase::Close, item), None, "{item}");
    }
    let last = |what_next: &str| IncidentCommand::SendUpdate {
        update: Box::new(StatusUpdate {
            id: UpdateId(Uuid::from_u128(9)),
            told: Told {
                what_happened: "A slow query".into(),
                fix: "Gone back".into(),
                what_next: what_next.into(),
                ..Told::default()
            },
            texts: [(crate::playbook::Audience::Internal, "It is over.".to_owned())].into(),
            corrects: None,
        }),
    };
    case.ask("chi", 42, last(""));
    let room = case.room("ana", 43);
    let sent = |minute| Some((KnownBy::UpdateSent, Some(PersonId::new("chi")), Some(at(minute))));
    assert_eq!(answers(&room, Phase::Close, "final_update"), sent(42));
    assert_eq!(answers(&room, Phase::Close, "summary"), None, "it does not say what comes next");
    case.ask("chi", 44, last("A test of the query"));
    case.change("ana", 45, RoomChange::PostmortemOwner { person: Some("ben".into()) });
    let room = case.room("ana", 46);
    assert_eq!(answers(&room, Phase::Close, "summary"), sent(44));
    assert_eq!(
        answers(&room, Phase::Close, "postmortem"),
        Some((KnownBy::AuthorNamed, Some("ana".into()), Some(at(45))))
    );
}
