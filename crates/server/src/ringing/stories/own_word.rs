//! Whoever does something is not rung for it, and somebody has the page all the same.

use super::rung;
use super::world::*;
use crate::engine::testing;
use crate::storage::databases;
use firebell_domain::Severity;
use firebell_domain::incident::{IncidentCommand, Status};
use firebell_domain::page::{Actor, Status as PageStatus, WantedFor};
use firebell_domain::playbook::IncidentRole;

fn take(role: IncidentRole, who: &str) -> IncidentCommand {
    IncidentCommand::AssignRole { role, to: who.into(), instead_of: None, reason: String::new() }
}

#[test]
fn of_two_who_are_rung_first_the_one_who_said_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut w = World::at(&url);
        w.ask("ben", incident(1), declare(Severity::Sev1, &["payments-api"]));
        let page = w.open().remove(0);
        assert_eq!((page.status, rung(&page)), (PageStatus::Triggered, vec!["ana"]));
        assert_eq!(w.incident(incident(1)).moments.acknowledged_at, None, "Ana is still wanted");
        w.ask("ana", incident(1), IncidentCommand::SetStatus { to: Status::Resolved });
        w.ask("ana", incident(1), IncidentCommand::SetStatus { to: Status::Investigating });
        assert_eq!(rung(&w.open()[0]), ["ben"], "whoever reopens it is not rung for that either");
    }
}

#[test]
fn out_of_a_page_that_they_have_a_worse_incident_rings_the_others() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut w = World::at(&url);
        let alert = w.run(|tx| testing::fire(tx, "disk"));
        w.acknowledge(alert, "ben");
        w.ask("ben", incident(1), declare_from(alert, Severity::Sev1, &["payments-api"]));
        let page = w.page(alert);
        assert_eq!((page.status, rung(&page)), (PageStatus::Triggered, vec!["ana"]));
        assert_eq!(w.open().len(), 1);
    }
}

#[test]
fn whoever_would_be_rung_first_and_alone_has_it_and_is_asked_when_nothing_happens() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut w = World::at(&url);
        w.ask("ben", incident(1), declare(Severity::Sev2, &["payments-api"]));
        let page = w.open().remove(0);
        let by = page.acknowledged.as_ref().map(|a| a.by.clone());
        assert_eq!(
            (page.status, by),
            (PageStatus::Acknowledged, Some(Actor::Person { person: "ben".into() }))
        );
        assert!(page.ringing.is_empty() && page.next_timer().is_some());
        let incident = w.incident(incident(1));
        assert!(incident.moments.acknowledged_at.is_some(), "it is the incident's first acknowledgement");
        assert_eq!((incident.pages.as_slice(), incident.version), (&[page.id][..], 1));
    }
    let mut w = World::new();
    w.ask("ben", incident(1), declare(Severity::Sev2, &["payments-api"]));
    w.wait_minutes(31);
    let page = w.open().remove(0);
    assert_eq!((page.status, rung(&page)[0]), (PageStatus::Triggered, "ben"));
    assert!(rung(&page).contains(&"ana"), "then the others: {page:?}");
}

#[test]
fn what_was_said_long_before_the_team_heard_of_it_rings_its_author_too() {
    let mut w = World::new();
    w.ask_late("ben", incident(1), declare(Severity::Sev1, &["payments-api"]), 40);
    assert_eq!(rung(&w.open()[0]), ["ben", "ana"]);
}

#[test]
fn work_in_the_room_of_somebody_it_rings_is_their_acknowledgement() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let works: [fn(&mut World); 3] = [
            |w| w.ask("ana", incident(1), take(IncidentRole::TechnicalLead, "ana")),
            |w| w.ask("ana", incident(1), update()),
            |w| w.write("ana", incident(1), "Looking at the database", 200),
        ];
        let mut w = World::at(&url);
        for (n, work) in works.into_iter().enumerate() {
            if n == 0 {
                w.ask("dev", incident(1), declare(Severity::Sev1, &["payments-api"]));
            } else {
                w.ask("dev", incident(1), IncidentCommand::SetStatus { to: Status::Resolved });
                w.ask("dev", incident(1), IncidentCommand::SetStatus { to: Status::Investigating });
            }
            assert_eq!(w.open()[0].status, PageStatus::Triggered);
            work(&mut w);
            let page = w.open().remove(0);
            let by = page.acknowledged.as_ref().and_then(|a| a.by.person().cloned());
            assert_eq!((page.status, by), (PageStatus::Acknowledged, Some("ana".into())), "{n}");
            assert!(w.incident(incident(1)).moments.acknowledged_at.is_some());
        }
    }
}

#[test]
fn what_others_do_or_what_was_written_offline_acknowledges_nothing() {
    let mut w = World::new();
    let alert = w.run(|tx| testing::fire(tx, "disk"));
    w.ask("dev", incident(1), declare_from(alert, Severity::Sev1, &["mail"]));
    let own = w.open().remove(1).id;
    w.write("dev", incident(1), "Dev is not rung", 0);
    w.ask("dev", incident(1), take(IncidentRole::Scribe, "ana"));
    w.write("ana", incident(1), "Written in a tunnel", 11_000);
    assert_eq!(w.page(own).status, PageStatus::Triggered);
    w.write("ana", incident(1), "At work", 0);
    assert_eq!(w.page(own).status, PageStatus::Acknowledged);
    assert_eq!(w.page(alert).status, PageStatus::Triggered, "an alert may say something new");
}

#[test]
fn an_entry_is_no_update_and_leaves_the_page_for_a_missed_one() {
    let mut w = World::new();
    w.ask("dev", incident(1), declare(Severity::Sev1, &["payments-api"]));
    let own = w.open().remove(0).id;
    w.acknowledge(own, "ana");
    w.wait_minutes(16);
    let missed = w.open().into_iter().find(|p| p.origin.is_some_and(|o| o.why == WantedFor::Update)).unwrap();
    w.write("dev", incident(1), "We look", 0);
    assert_eq!(w.page(missed.id).status, PageStatus::Triggered);
}

#[test]
fn without_a_service_the_policy_called_default_rings() {
    let mut w = World::new();
    w.with_default();
    w.ask("dev", incident(1), declare(Severity::Sev1, &[]));
    let page = w.open().remove(0);
    assert_eq!((rung(&page), page.plan.policy.as_str()), (vec!["ben", "ana"], "default"));
}
