//! Updates that were missed.

use super::world::*;
use super::{Ids, rung};
use crate::storage::databases;
use firebell_domain::Severity;
use firebell_domain::incident::{IncidentCommand, IncidentEvent, Status};
use firebell_domain::page::{Page, Status as PageStatus, WantedFor};
use firebell_domain::playbook::{IncidentRole, PlaybookChanges};

/// Open pages that ring for a missed update.
fn overdue(w: &mut World) -> Vec<Page> {
    let mut pages = w.open();
    pages.retain(|p| p.origin.is_some_and(|o| o.why == WantedFor::Update));
    pages
}

#[test]
fn a_missed_update_rings_the_commander_once_for_each_turn_on_one_page() {
    let mut w = World::new();
    w.ask("dev", incident(1), declare(Severity::Sev1, &[]));
    w.wait_minutes(14);
    assert_eq!(overdue(&mut w), []);
    w.wait_minutes(1);
    let page = overdue(&mut w).remove(0);
    assert_eq!(page.title, "Update overdue: Checkout is down (due 02:28 UTC)");
    assert_eq!((rung(&page), page.urgency), (vec!["dev"], firebell_domain::Urgency::High));
    assert_eq!(w.incident(incident(1)).pages, [page.id]);
    let signals = page.tally.signals;
    w.wait_minutes(15);
    let again = overdue(&mut w);
    assert_eq!((again.len(), again[0].id), (1, page.id), "not heard yet: said on the same page");
    assert_eq!(again[0].tally.signals, signals + 1);
    w.wait_minutes(15);
    assert_eq!(overdue(&mut w)[0].tally.signals, signals + 2);

    // Heard, and still no update: the next miss rings anew.
    w.wait_minutes(5);
    w.acknowledge(page.id, "dev");
    w.wait_minutes(10);
    let next = overdue(&mut w);
    assert_eq!(next.len(), 1);
    assert_ne!(next[0].id, page.id);
    assert_eq!(w.page(page.id).status, PageStatus::Resolved);
    assert_eq!(w.incident(incident(1)).moments.acknowledged_at, None, "nobody was found by that");

    // An update makes up for all of it.
    w.ask("dev", incident(1), update());
    assert_eq!(overdue(&mut w), []);
    w.wait_minutes(14);
    assert_eq!(overdue(&mut w), []);
    w.wait_minutes(2);
    assert_eq!(overdue(&mut w)[0].title, "Update overdue: Checkout is down (due 03:28 UTC)");
}

#[test]
fn on_both_databases_a_declaration_that_was_heard_late_is_overdue_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut w = World::at(&url);
        w.ask_late("dev", incident(1), declare(Severity::Sev1, &[]), 20);
        w.engine_now();
        let page = overdue(&mut w).remove(0);
        assert_eq!(rung(&page), ["dev"]);
        w.engine_now();
        assert_eq!(overdue(&mut w), std::slice::from_ref(&page), "told once");
        w.ask("dev", incident(1), update());
        assert_eq!(overdue(&mut w), []);
        assert_eq!(w.page(page.id).status, PageStatus::Resolved);
        let links = w.happened().into_iter().filter(|e| matches!(e, IncidentEvent::PageLinked { .. }));
        assert_eq!(links.count(), 1);
    }
}

#[test]
fn a_server_that_was_down_for_an_hour_rings_once_and_not_four_times() {
    let mut w = World::new();
    w.ask("dev", incident(1), declare(Severity::Sev1, &[]));
    w.now += chrono::TimeDelta::minutes(70);
    w.engine();
    let page = overdue(&mut w).remove(0);
    assert_eq!((w.rounds(page.id), page.tally.signals), (1, 0));
    w.wait_minutes(10);
    assert_eq!(w.page(page.id).tally.signals, 1, "the turns are counted on from when it was missed");
}

#[test]
fn whoever_commands_now_is_rung_and_without_anybody_whoever_declared_it() {
    let mut w = World::new();
    w.ask("dev", incident(1), declare(Severity::Sev1, &[]));
    w.wait_minutes(16);
    let first = overdue(&mut w).remove(0);
    let takes = IncidentCommand::AssignRole {
        role: IncidentRole::Commander,
        to: "chi".into(),
        instead_of: Some("dev".into()),
        reason: "Dev is asleep".into(),
    };
    w.ask("chi", incident(1), takes);
    assert_eq!(overdue(&mut w), [], "Dev is not rung for what is Chi's now");
    assert_eq!(w.page(first.id).status, PageStatus::Resolved);
    w.wait_minutes(15);
    assert_eq!(rung(&overdue(&mut w)[0]), ["chi"]);

    let mut w = World::new();
    let nobody =
        firebell_domain::incident::Declaration { commands: false, ..declaration(Severity::Sev1, &[]) };
    w.ask("dev", incident(1), IncidentCommand::Declare(nobody));
    let writes = IncidentCommand::AssignRole {
        role: IncidentRole::CommunicationsLead,
        to: "ben".into(),
        instead_of: None,
        reason: String::new(),
    };
    w.wait_minutes(16);
    assert_eq!(rung(&overdue(&mut w)[0]), ["dev"]);
    w.ask("ben", incident(1), writes);
    w.wait_minutes(15);
    assert_eq!(rung(&overdue(&mut w)[0]), ["ben"]);
}

#[test]
fn nothing_rings_when_none_is_due_any_more() {
    type Story = fn(&mut World);
    let ends: [Story; 4] = [
        |w| w.ask("dev", incident(1), severity(Severity::Sev4)),
        |w| w.ask("dev", incident(1), IncidentCommand::SetStatus { to: Status::Resolved }),
        |w| w.ask("dev", incident(1), IncidentCommand::FalseAlarm { reason: "a test".into() }),
        // The team decides that a SEV1 has an update every two hours: what was missed is not, any more.
        |w| {
            w.run(|tx| {
                let record = tx.team()?;
                let mut team = record.team.clone();
                let mut playbook = team.playbook();
                let rules = playbook.severities.get_mut(&Severity::Sev1).unwrap();
                rules.updates.every = firebell_domain::Span::hours(2);
                rules.updates.longest = None;
                team.playbook = Some(PlaybookChanges::of(&playbook));
                tx.put_team(record.version, &team, "test").map(drop)
            });
            w.engine();
        },
    ];
    for (n, end) in ends.into_iter().enumerate() {
        let mut w = World::new();
        w.ask("dev", incident(1), declare(Severity::Sev1, &[]));
        w.wait_minutes(16);
        assert_eq!(overdue(&mut w).len(), 1);
        end(&mut w);
        // Less severe than before: what was missed before stays so, except where updates are sent as needed.
        assert_eq!(overdue(&mut w), [], "{n}");
        w.wait_minutes(60);
        assert_eq!(overdue(&mut w), [], "{n}");
    }
    let mut w = World::new();
    w.ask("dev", incident(1), declare(Severity::Sev4, &[]));
    w.wait_minutes(3_000);
    assert!(w.open().is_empty(), "a SEV4 never rings");
}

#[test]
fn reopened_it_is_kept_time_of_again_and_a_private_one_without_words() {
    let mut w = World::new();
    let privately = IncidentCommand::DeclarePrivately {
        declaration: declaration(Severity::Sev1, &["payments-api"]),
        people: vec![],
    };
    w.ask("dev", incident(1), privately);
    w.ask("dev", incident(1), IncidentCommand::SetStatus { to: Status::Resolved });
    w.wait_minutes(60);
    assert!(w.open().is_empty());
    w.ask("dev", incident(1), IncidentCommand::SetStatus { to: Status::Investigating });
    w.wait_minutes(16);
    let page = overdue(&mut w).remove(0);
    assert_eq!(page.title, "Update overdue: private incident #1 (due 03:28 UTC)");
    assert_eq!(page.service.as_str(), "incident");
    assert_eq!(w.open().map_ids(), [page.id]);
}

#[test]
fn an_incident_from_before_time_was_kept_is_taken_up_from_its_record() {
    let mut w = World::new();
    w.ask("dev", incident(1), declare(Severity::Sev1, &[]));
    w.run(|tx| {
        let mut kept = tx.incident(incident(1))?.unwrap();
        kept.course = None;
        tx.save_incident(&kept)?;
        tx.postpone_cadence(incident(1), tx.now())
    });
    w.wait_minutes(16);
    assert_eq!(rung(&overdue(&mut w)[0]), ["dev"]);
}
