//! What an incident's history says of its pages: what fired, whom each step rang, who had it first.

use super::world::*;
use crate::engine::testing;
use crate::storage::databases;
use firebell_domain::incident::{IncidentCommand, IncidentEvent, Status};
use firebell_domain::{Instant, Severity};

/// Whom each step rang, as the incident's history says it.
fn rings(w: &World) -> Vec<(Vec<&str>, u32, bool)> {
    let rung = |e: &&IncidentEvent| matches!(e, IncidentEvent::Rung { .. });
    let told = w.happened().into_iter().filter(rung).filter_map(|e| match e {
        IncidentEvent::Rung { people, step, admins, .. } => {
            Some((people.iter().map(|p| p.as_str()).collect(), *step, *admins))
        }
        _ => None,
    });
    told.collect()
}

#[test]
fn declared_from_a_page_it_knows_what_fired_whom_that_rang_and_who_had_it() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut w = World::at(&url);
        let alert = w.run(|tx| testing::fire(tx, "disk"));
        w.acknowledge(alert, "ana");
        w.wait_minutes(1);
        w.ask("ben", incident(1), declare_from(alert, Severity::Sev2, &["payments-api"]));
        let page = w.page(alert);
        let events: Vec<IncidentEvent> = w.happened().into_iter().cloned().collect();
        let fired = events.iter().find_map(|e| match e {
            IncidentEvent::Alerted { page, title, alerts, at, .. } => Some((*page, title, *alerts, *at)),
            _ => None,
        });
        assert_eq!(fired, Some((alert, &page.title, 1, page.opened_at)));
        // Nobody has a device there, so that the second step followed at once.
        assert_eq!(rings(&w), [(vec!["ben"], 0, false), (vec!["ana"], 1, false)]);
        let declared = w.incident(incident(1)).moments.declared_at.unwrap();
        let before = |e: &IncidentEvent| e.happened_at(declared + chrono::TimeDelta::days(1)) <= declared;
        let earlier: Vec<bool> = events.iter().skip(1).map(before).collect();
        assert_eq!(earlier, [true, true, true, true], "fired, rang twice, acknowledged: {events:?}");
    }
}

#[test]
fn every_step_is_told_while_the_incident_is_open_and_whom_somebody_named_once() {
    let mut w = World::new();
    w.ask("dev", incident(1), declare(Severity::Sev2, &["payments-api"]));
    let first: [(Vec<&str>, u32, bool); 2] = [(vec!["ben"], 0, false), (vec!["ana"], 1, false)];
    assert_eq!(rings(&w), first);
    w.wait_minutes(45);
    let told = rings(&w);
    assert_eq!(told[2..4], first, "the second round");
    assert!(told.iter().any(|(people, _, admins)| *admins && people == &["ana"]), "{told:?}");
    let page = w.open().remove(0);
    w.acknowledge(page.id, "ben");
    let known = rings(&w).len();
    w.ask("dev", incident(1), page_people(&["chi"], "the database"));
    assert_eq!(rings(&w).len(), known, "who was named stands in whoever named them");
    let before: Vec<Instant> = w.incident(incident(1)).moments.acknowledged_at.into_iter().collect();
    assert_eq!(before.len(), 1);
}

#[test]
fn what_an_alert_does_after_the_incident_is_over_is_no_part_of_it() {
    let mut w = World::new();
    let alert = w.run(|tx| testing::fire(tx, "disk"));
    w.ask("ben", incident(1), declare_from(alert, Severity::Sev2, &["payments-api"]));
    w.ask("ben", incident(1), IncidentCommand::SetStatus { to: Status::Resolved });
    let (told, version) = (rings(&w).len(), w.incident(incident(1)).version);
    let rounds = w.rounds(alert);
    w.wait_minutes(45);
    assert!(w.rounds(alert) > rounds, "it rings on");
    assert_eq!((rings(&w).len(), w.incident(incident(1)).version), (told, version));
}
