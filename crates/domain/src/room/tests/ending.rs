//! What is still open when an incident ends.

use super::*;

#[test]
fn whoever_ends_it_is_told_what_is_still_open() {
    let mut case = Case::new(Severity::Sev1);
    let verify =
        |room: &Room| room.checklists.iter().find(|c| c.phase == Phase::Verify).unwrap().items.clone();
    let first = "Somebody who knows the database".to_owned();
    case.say(1, EntryKind::Need, &first, None);
    let room = case.room("ana", 2);
    let lines = u32::try_from(verify(&room).len()).unwrap();
    assert_eq!(
        room.still_open,
        [
            StillOpen::NotWatched { minutes: 30 },
            StillOpen::Verify { lines },
            StillOpen::Needs { count: 1, first }
        ]
    );
    case.ask("ana", 10, IncidentCommand::SetStatus { to: Status::Monitoring });
    assert_eq!(case.room("ana", 11).still_open[0], StillOpen::Watched { until: at(40) });
    for tick in verify(&room) {
        let item = tick.item.id;
        case.change("ana", 12, RoomChange::Tick { phase: Phase::Verify, item, done: true });
    }
    let need = case.room("ana", 13).needs[0].entry;
    case.change("ana", 13, RoomChange::Need { entry: need, state: NeedState::Taken });
    assert_eq!(case.room("ana", 40).still_open, []);

    case.ask("ana", 41, IncidentCommand::SetStatus { to: Status::Resolved });
    assert_eq!(case.room("ana", 42).still_open, [StillOpen::FinalUpdate, StillOpen::Author]);
    case.ask("ana", 43, update(None));
    case.change("ana", 43, RoomChange::PostmortemOwner { person: Some("ben".into()) });
    assert_eq!(case.room("ana", 44).still_open, []);
    case.ask("ana", 45, IncidentCommand::SetStatus { to: Status::Closed });
    assert_eq!(case.room("ana", 46).still_open, []);
}
