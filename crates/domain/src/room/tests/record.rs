//! What the timeline tells beside the entries.

use super::*;

fn told(case: &Case) -> Vec<(i64, What)> {
    let minute = |t: Instant| (t - at(0)).num_minutes();
    case.room("ana", 60).record.into_iter().map(|h| (minute(h.at), h.what)).collect()
}

#[test]
fn what_was_heard_of_late_stands_where_it_happened() {
    let mut case = Case::new(Severity::Sev1);
    let page = crate::PageId(Uuid::from_u128(3));
    for event in [
        IncidentEvent::Acknowledged { by: "ben".into(), page, at: at(-2) },
        IncidentEvent::Rung {
            page,
            number: 4,
            people: vec!["ben".into()],
            step: 0,
            admins: false,
            at: at(-5),
        },
    ] {
        case.history.push(RecordedIncident { at: at(0), event });
    }
    let decided = |place| What::Decided { place };
    assert_eq!(told(&case), [(-5, decided(2)), (-2, decided(1)), (0, decided(0))]);
}

#[test]
fn who_took_a_need_who_writes_the_postmortem_and_what_a_field_said_before_are_told() {
    let mut case = Case::new(Severity::Sev2);
    let entry = case.say(1, EntryKind::Need, "DB expert", None);
    case.change("chi", 2, RoomChange::Need { entry, state: NeedState::Taken });
    case.change("dev", 3, RoomChange::PostmortemOwner { person: Some("ben".into()) });
    case.change("ana", 3, RoomChange::Tick { phase: Phase::Mobilise, item: "roles".into(), done: true });
    for (minute, field, value) in [
        (6, "impact", json!("Nobody can pay")),
        (5, "impact", json!("Some cannot pay")),
        (7, "impact", json!("Nobody can pay")),
        (8, "title", json!("Checkout is down")),
        (9, "title", json!("Payments are down")),
        (10, "related_1", json!({ "reason": "one query" })),
    ] {
        case.writes.push((field.into(), value, "ana".into(), at(minute)));
    }
    let field = |field: &str, from: Value, to: &str| What::Field {
        by: "ana".into(),
        field: field.into(),
        from,
        to: json!(to),
    };
    let taken = What::Need { by: "chi".into(), entry, text: "DB expert".into(), state: NeedState::Taken };
    assert_eq!(
        told(&case)[1..],
        [
            (2, taken),
            (3, What::Author { by: "dev".into(), person: Some("ben".into()) }),
            (5, field("impact", Value::Null, "Some cannot pay")),
            (6, field("impact", json!("Some cannot pay"), "Nobody can pay")),
            (9, field("title", json!("Checkout is down"), "Payments are down")),
        ],
        "said twice is told once, and a tick is read where it stands"
    );
}
