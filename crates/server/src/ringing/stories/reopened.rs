//! An incident that was over, and is not.

use super::world::*;
use super::{linked, rung};
use crate::engine::testing;
use crate::library;
use crate::storage::databases;
use firebell_domain::Severity;
use firebell_domain::incident::{IncidentCommand, Status};
use firebell_domain::page::{Status as PageStatus, WantedFor};
use firebell_domain::refusal::RefusalCode;

fn set(to: Status) -> IncidentCommand {
    IncidentCommand::SetStatus { to }
}

#[test]
fn reopened_it_rings_as_when_it_was_declared_and_once_however_often_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut w = World::at(&url);
        w.ask("dev", incident(1), declare(Severity::Sev1, &["payments-api"]));
        let first = w.open().remove(0);
        w.acknowledge(first.id, "ben");
        w.ask("dev", incident(1), set(Status::Resolved));
        assert!(w.open().is_empty());

        // The desktop sends it again after an answer that was lost.
        let (device, words) = w.words("dev", incident(1), set(Status::Investigating));
        for _ in 0..2 {
            let (device, words) = (device.clone(), words.clone());
            w.run(|tx| library::submit(tx, &device, vec![words]));
            let pages = w.open();
            assert_eq!(pages.len(), 1);
            assert_ne!(pages[0].id, first.id);
            assert_eq!((pages[0].status, rung(&pages[0])), (PageStatus::Triggered, vec!["ben", "ana"]));
            assert_eq!(
                pages[0].origin.map(|o| (o.incident, o.why)),
                Some((incident(1), WantedFor::Severity))
            );
        }
        let again = w.open().remove(0).id;
        assert_eq!(linked(&w), [first.id, again], "said in the incident's own history");
        assert_eq!(w.incident(incident(1)).pages, [first.id, again]);
        assert_eq!(w.rounds(again), 1);

        // Ana says it, too.
        let refused = w.try_ask("ana", incident(1), set(Status::Investigating)).unwrap_err();
        assert_eq!(refused.code, RefusalCode::NothingToDo);
        assert_eq!((w.open().len(), w.rounds(again)), (1, 1));

        // It ends with the incident once more, and the next time it rings once more.
        w.ask("dev", incident(1), set(Status::Resolved));
        assert!(w.open().is_empty());
        w.ask("ana", incident(1), set(Status::Investigating));
        assert_eq!((w.open().len(), linked(&w).len()), (1, 3));
    }
}

#[test]
fn an_update_that_reopens_it_rings_too() {
    let mut w = World::new();
    w.ask("dev", incident(1), declare(Severity::Sev2, &["payments-api", "mail"]));
    w.ask("dev", incident(1), set(Status::Resolved));
    let IncidentCommand::SendUpdate { mut update } = update() else { unreachable!() };
    update.told.status = Some(Status::Investigating);
    w.ask("ana", incident(1), IncidentCommand::SendUpdate { update });
    assert_eq!(w.open().len(), 2, "each policy once");
}

#[test]
fn reopened_nobody_is_rung_whom_declaring_it_would_not_ring() {
    let mut w = World::new();
    w.ask("dev", incident(1), declare(Severity::Sev4, &["payments-api"]));
    let privately = IncidentCommand::DeclarePrivately {
        declaration: declaration(Severity::Sev1, &["payments-api"]),
        people: vec!["ana".into()],
    };
    w.ask("dev", incident(2), privately);
    for id in [incident(1), incident(2)] {
        w.ask("dev", id, set(Status::Resolved));
        w.ask("dev", id, set(Status::Investigating));
    }
    assert!(w.open().is_empty());
    // The page of its alert is still open, and Ben has it.
    let alert = w.run(|tx| testing::fire(tx, "disk"));
    w.acknowledge(alert, "ben");
    w.ask("ben", incident(3), declare_from(alert, Severity::Sev2, &["payments-api"]));
    w.ask("ben", incident(3), set(Status::Resolved));
    let rounds = w.rounds(alert);
    w.ask("ben", incident(3), set(Status::Investigating));
    assert_eq!((w.open().len(), w.rounds(alert)), (1, rounds));
}
