//! What an incident does to people, as the people concerned would tell it.

mod cadence;
mod heard;
mod imported;
mod own_word;
mod reopened;
mod telling;
mod world;

use crate::engine::{decide, testing, timers};
use crate::library;
use crate::storage::{StorageError, databases, open_db, read};
use firebell_domain::Severity;
use firebell_domain::escalation::Target;
use firebell_domain::incident::{IncidentCommand, IncidentEvent, Status};
use firebell_domain::page::{Command, Page, Status as PageStatus, WaitReason, WantedFor};
use firebell_domain::refusal::RefusalCode;
use firebell_domain::{PageId, Urgency};
use uuid::Uuid;
use world::*;

fn rung(page: &Page) -> Vec<&str> {
    page.ringing.iter().map(|r| r.raise.person.as_str()).collect()
}

fn linked(world: &World) -> Vec<PageId> {
    let linked = |e: &IncidentEvent| match e {
        IncidentEvent::PageLinked { by: None, page } => Some(*page),
        _ => None,
    };
    world.happened().into_iter().filter_map(linked).collect()
}

#[test]
fn a_declared_sev1_rings_primary_and_secondary_at_once_by_the_policy_of_its_service() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut w = World::at(&url);
        w.ask("dev", incident(1), declare(Severity::Sev1, &["payments-api"]));
        let page = w.open().remove(0);
        assert_eq!((page.title.as_str(), page.severity), ("Checkout is down", Severity::Sev1));
        assert_eq!((page.urgency, page.source.as_deref()), (Urgency::High, Some("incident")));
        assert_eq!(rung(&page), ["ben", "ana"]);
        assert_eq!(page.origin.map(|o| (o.incident, o.why)), Some((incident(1), WantedFor::Severity)));
        assert_eq!(linked(&w), [page.id], "said in the incident's own history, in the same commit");
        assert_eq!(w.incident(incident(1)).pages, [page.id]);
        assert_eq!(page.tally.alerts, 0, "no alert asked for it");
    }
}

#[test]
fn a_server_that_dies_before_the_commit_has_neither_the_incident_nor_its_page() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut w = World::at(&url);
        let (device, words) = w.words("dev", incident(1), declare(Severity::Sev1, &["payments-api"]));
        let again = words.clone();
        let died = w.try_run(|tx| {
            library::submit(tx, &device, vec![words])?;
            assert_eq!(tx.open_pages()?.len(), 1);
            Err::<(), _>(StorageError::Closed)
        });
        assert!(died.is_err());
        assert!(w.open().is_empty());
        assert_eq!(w.run(|tx| tx.incident(incident(1))), None);
        // The desktop sends it again, and again after an answer that was lost.
        for _ in 0..2 {
            let (device, again) = (device.clone(), again.clone());
            w.run(|tx| library::submit(tx, &device, vec![again]));
            assert_eq!(w.open().len(), 1);
            assert!(w.run(|tx| tx.incident(incident(1))).is_some());
        }
    }
}

#[test]
fn a_minor_one_on_saturday_night_waits_for_monday_and_becomes_critical_before_that() {
    let mut w = World::new();
    w.ask("dev", incident(1), declare(Severity::Sev3, &["payments-api"]));
    let page = w.open().remove(0);
    assert!(page.ringing.is_empty());
    assert!(matches!(page.waiting, Some((WaitReason::BusinessHours, _))));
    w.ask("dev", incident(1), severity(Severity::Sev1));
    let pages = w.open();
    assert_eq!(pages.len(), 1, "it is the same page, and rings now");
    assert_eq!((pages[0].severity, pages[0].urgency), (Severity::Sev1, Urgency::High));
    assert_eq!(rung(&pages[0]), ["ben", "ana"]);
    w.ask("dev", incident(1), severity(Severity::Sev2));
    assert_eq!(w.page(page.id).severity, Severity::Sev1, "whoever is rung already is not rung less");
}

#[test]
fn nobody_is_rung_for_a_sev4_without_a_service_or_for_a_private_one() {
    let mut w = World::new();
    w.ask("dev", incident(1), declare(Severity::Sev4, &["payments-api"]));
    w.ask("dev", incident(2), declare(Severity::Sev1, &[]));
    w.ask("dev", incident(3), declare(Severity::Sev1, &["no-such-service"]));
    let privately = IncidentCommand::DeclarePrivately {
        declaration: declaration(Severity::Sev1, &["payments-api"]),
        people: vec!["ana".into()],
    };
    w.ask("dev", incident(4), privately);
    w.ask("dev", incident(4), severity(Severity::Sev2));
    w.ask("dev", incident(4), severity(Severity::Sev1));
    assert!(w.open().is_empty());
    w.ask("dev", incident(1), severity(Severity::Sev2));
    assert_eq!(w.open().len(), 1);
}

#[test]
fn several_services_ring_each_policy_once() {
    let mut w = World::new();
    w.ask("dev", incident(1), declare(Severity::Sev2, &["payments-api", "search", "mail"]));
    let pages = w.open();
    let services: Vec<&str> = pages.iter().map(|p| p.service.as_str()).collect();
    assert_eq!(services, ["payments-api", "mail"], "search goes to the same people as payments");
    assert_eq!(linked(&w).len(), 2);
}

#[test]
fn the_page_that_it_grew_out_of_belongs_to_it_and_is_not_doubled() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut w = World::at(&url);
        let alert = w.run(|tx| testing::fire(tx, "disk"));
        w.acknowledge(alert, "ben");
        let acknowledged_at = w.page(alert).acknowledged.unwrap().at;
        w.ask("ben", incident(1), declare_from(alert, Severity::Sev2, &["payments-api"]));
        assert_eq!(w.open().len(), 1);
        let page = w.page(alert);
        assert_eq!(page.status, PageStatus::Acknowledged, "Ben has it, and nobody is rung again");
        assert_eq!(w.incident(incident(1)).moments.acknowledged_at, Some(acknowledged_at));
        // It is worse than the alert said: the others are rung, too.
        let before = w.rounds(alert);
        w.ask("ben", incident(1), severity(Severity::Sev1));
        let page = w.page(alert);
        assert_eq!((page.severity, page.status), (Severity::Sev1, PageStatus::Triggered));
        assert_eq!((rung(&page), w.rounds(alert)), (vec!["ana"], before + 1), "and not Ben, who said it");
        assert_eq!(w.open().len(), 1);
    }
}

#[test]
fn declared_from_a_page_that_may_wait_for_the_morning_it_rings_at_once() {
    let mut w = World::new();
    let minor = firebell_domain::alert::Signal {
        severity_label: Some("warning".into()),
        ..testing::signal(firebell_domain::alert::SignalKind::Trigger, "slow", "slow")
    };
    w.run(|tx| testing::take_in(tx, vec![minor]));
    let quiet = w.open().remove(0).id;
    w.ask("dev", incident(1), declare_from(quiet, Severity::Sev1, &["payments-api"]));
    let pages = w.open();
    assert_eq!(pages.len(), 2);
    assert!(pages[0].ringing.is_empty(), "the alert's own page waits on");
    assert_eq!(rung(&pages[1]), ["ben", "ana"]);
    assert_eq!(w.incident(incident(1)).pages, [quiet, pages[1].id]);
    // An alert of the service that fires now does not join the incident's page, or find its place taken.
    w.run(|tx| testing::fire(tx, "disk"));
    let pages = w.open();
    assert_eq!(pages.len(), 3);
    assert_eq!((pages[1].tally.alerts, pages[2].tally.alerts), (0, 1));
}

#[test]
fn people_are_rung_by_name_at_any_hour_and_for_any_severity() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut w = World::at(&url);
        w.ask("dev", incident(1), declare(Severity::Sev4, &["payments-api"]));
        w.ask("dev", incident(1), page_people(&["chi", "ana"], "the database, please"));
        let page = w.open().remove(0);
        assert_eq!(page.title, "#1 Checkout is down: the database, please");
        assert_eq!((page.urgency, page.service.as_str()), (Urgency::High, "payments-api"));
        assert_eq!(rung(&page), ["ana", "chi"]);
        assert_eq!((page.plan.steps.len(), page.plan.rounds), (1, 2), "as often as the service's policy");
        assert_eq!(linked(&w), [page.id]);
        w.acknowledge(page.id, "chi");
        assert!(w.page(page.id).next_timer().is_some(), "it comes back when nothing happens");
        let forgotten = w.run(|tx| Ok(tx.now()));
        assert!(w.incident(incident(1)).moments.acknowledged_at.is_some_and(|at| at <= forgotten));
        // Nobody of that name, and somebody who only reads.
        let nobody = w.try_ask("dev", incident(1), page_people(&["zoe"], "help")).unwrap_err();
        assert_eq!(nobody.code, RefusalCode::BadInput);
        assert_eq!(w.open().len(), 1);
    }
}

#[test]
fn the_page_of_a_private_incident_says_its_number_and_nothing_else() {
    let mut w = World::new();
    let alert = w.run(|tx| testing::fire(tx, "disk"));
    let privately = IncidentCommand::DeclarePrivately {
        declaration: declaration(Severity::Sev1, &["payments-api"]),
        people: vec!["ana".into()],
    };
    w.ask("dev", incident(1), privately);
    w.ask("dev", incident(1), page_people(&["ana"], "Ben's laptop was stolen"));
    let page = w.open().remove(1);
    assert_eq!(rung(&page), ["ana"]);
    let said = serde_json::to_string(&page).unwrap();
    assert!(said.contains("Private incident #1"), "{said}");
    for word in ["Checkout", "stolen", "payments"] {
        assert!(!said.contains(word), "{word} in {said}");
    }
    // Not even its acknowledgement is told to others: that stands in the incident.
    w.acknowledge(page.id, "ana");
    assert!(w.incident(incident(1)).moments.acknowledged_at.is_some());
    let ben = w.try_ask("dev", incident(1), page_people(&["ben"], "help")).unwrap_err();
    assert_eq!(ben.code, RefusalCode::NotAllowed);
    // A page that the team sees, from which it was declared, does not say what became of it.
    w.ask("dev", incident(1), IncidentCommand::LinkPage { page: alert });
    let said = serde_json::to_string(&w.operations).unwrap();
    let noted: Vec<&str> = said.split("\"noted\"").skip(1).collect();
    assert!(noted.iter().all(|n| n.contains("Somebody deals with it.") && !n.contains("#1 ")), "{noted:?}");
}

#[test]
fn the_first_acknowledgement_is_a_moment_of_the_incident_and_later_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut w = World::at(&url);
        w.ask("dev", incident(1), declare(Severity::Sev1, &["payments-api"]));
        w.ask("dev", incident(1), page_people(&["chi"], "the database"));
        let [policy, named] = w.open().map_ids();
        w.acknowledge(named, "chi");
        let first = w.incident(incident(1));
        assert!(first.moments.acknowledged_at.is_some());
        w.acknowledge(policy, "ben");
        w.acknowledge(policy, "ben");
        assert_eq!(w.incident(incident(1)).moments, first.moments);
        let acks = w.happened().into_iter().filter(|e| matches!(e, IncidentEvent::Acknowledged { .. }));
        assert_eq!(acks.count(), 1);
        let unknown = IncidentCommand::LinkPage { page: PageId(Uuid::from_u128(77)) };
        assert_eq!(w.try_ask("dev", incident(1), unknown).unwrap_err().code, RefusalCode::NotFound);
    }
}

trait Ids {
    fn map_ids<const N: usize>(self) -> [PageId; N];
}

impl Ids for Vec<Page> {
    fn map_ids<const N: usize>(self) -> [PageId; N] {
        let ids: Vec<PageId> = self.iter().map(|p| p.id).collect();
        ids.try_into().unwrap()
    }
}

#[test]
fn what_was_opened_for_it_ends_with_it_and_the_pages_of_alerts_do_not() {
    let ends: [fn() -> IncidentCommand; 3] = [
        || IncidentCommand::SetStatus { to: Status::Resolved },
        || IncidentCommand::FalseAlarm { reason: "a test".into() },
        || IncidentCommand::Merge { into: incident(2) },
    ];
    for end in ends {
        let mut w = World::new();
        w.ask("dev", incident(2), declare(Severity::Sev4, &[]));
        let alert = w.run(|tx| testing::fire(tx, "disk"));
        w.ask("dev", incident(1), declare_from(alert, Severity::Sev2, &["payments-api", "mail"]));
        w.ask("dev", incident(1), page_people(&["chi"], "the database"));
        assert_eq!(w.open().len(), 3);
        w.ask("dev", incident(1), end());
        assert_eq!(w.open().map_ids(), [alert]);
    }
}

#[test]
fn an_acknowledged_page_does_not_come_back_while_the_work_goes_on_in_its_incident() {
    let mut w = World::new();
    let alert = w.run(|tx| testing::fire(tx, "disk"));
    w.acknowledge(alert, "ben");
    w.wait_minutes(29);
    w.ask("ben", incident(1), declare_from(alert, Severity::Sev2, &["payments-api"]));
    let rounds = w.rounds(alert);
    for _ in 0..4 {
        w.wait_minutes(20);
        w.ask("ben", incident(1), update());
    }
    assert_eq!((w.rounds(alert), w.page(alert).status), (rounds, PageStatus::Acknowledged));
    // Then nobody does anything any more: Ben is asked what became of it.
    w.wait_minutes(65);
    assert!(w.rounds(alert) > rounds);
    assert_eq!(rung(&w.page(alert))[0], "ben");
}

#[test]
fn while_paging_is_held_an_incident_rings_nobody_and_everybody_at_the_operators_word() {
    let mut w = World::new();
    w.run(|tx| tx.set_held(true));
    w.ask("dev", incident(1), declare(Severity::Sev1, &["payments-api"]));
    w.ask("dev", incident(1), page_people(&["chi"], "the database"));
    w.wait_minutes(40);
    assert!(w.open().iter().all(|p| p.ringing.is_empty()));
    w.run(timers::resume);
    let pages = w.open();
    assert_eq!((rung(&pages[0]), rung(&pages[1])), (vec!["ben", "ana"], vec!["chi"]));
    w.engine();
    assert_eq!(w.open().len(), 3, "and the updates that were missed meanwhile are told");
}

#[test]
fn a_page_of_an_incident_is_escalated_and_ends_with_the_admins_like_any_other() {
    let mut w = World::new();
    w.ask("dev", incident(1), declare(Severity::Sev4, &[]));
    w.ask("dev", incident(1), page_people(&["chi"], "the database"));
    let page = w.open().remove(0);
    w.wait_minutes(65);
    let page = w.page(page.id);
    assert!(rung(&page).contains(&"ana"), "after three rounds of Chi, the admin: {page:?}");
    assert_eq!(page.plan.steps[0].notify, [Target::Person { person: "chi".into() }]);
    w.run(|tx| decide::command(tx, page.id, Command::Escalate { by: "dev".into() }));
    let mut db = open_db(&crate::storage::DatabaseUrl::Memory).unwrap();
    assert_eq!(read::due_cadences(&mut db, w.now, 10).unwrap(), [], "an empty database keeps no time");
}
