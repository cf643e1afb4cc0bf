//! Alerts become pages: the stories an operator would tell, over a real database.

use super::decide::command;
use super::testing::{acknowledge, fire, signal, take_in, team};
use super::{requests, timers};
use crate::storage::{DatabaseUrl, Device, Silence, Tx, open_db, transact};
use firebell_domain::alert::{Signal, SignalKind};
use firebell_domain::page::{Actor, Command, Page, PageEvent, Status, WaitReason};
use firebell_domain::refusal::RefusalCode;
use firebell_domain::{DeviceId, Instant, PageId, SilenceId};
use firebell_log::OperationBody;
use firebell_protocol::sync::{CommandEnvelope, Outcome, PageRequest};
use uuid::Uuid;

/// A server without threads: the story moves its clock.
struct Server {
    db: crate::storage::Db,
    now: Instant,
    operations: Vec<OperationBody>,
}

impl Server {
    fn new() -> Self {
        let db = open_db(&DatabaseUrl::Memory).unwrap();
        // A Saturday night.
        let now = "2026-11-21T02:13:00Z".parse().unwrap();
        let mut server = Self { db, now, operations: vec![] };
        server.run(|tx| tx.put_team(0, &team(), "init"));
        server
    }

    fn run<T>(&mut self, work: impl FnOnce(&mut Tx) -> Result<T, crate::storage::StorageError>) -> T {
        let now = self.now;
        let (value, committed) = transact(&mut self.db, &|| now, now, work).unwrap();
        self.operations.extend(committed.operations.into_iter().map(|o| o.body));
        value
    }

    fn signals(&mut self, signals: Vec<Signal>) {
        self.run(|tx| take_in(tx, signals));
    }

    fn trigger(&mut self, key: &str) {
        self.signals(vec![signal(SignalKind::Trigger, key, key)]);
    }

    fn wait_minutes(&mut self, minutes: i64) {
        self.now += chrono::TimeDelta::minutes(minutes);
    }

    fn open(&mut self) -> Vec<Page> {
        let mut pages = self.run(|tx| tx.open_pages());
        pages.sort_by_key(|p| p.number);
        pages
    }

    fn page(&mut self, id: PageId) -> Page {
        self.run(|tx| tx.page(id)).unwrap()
    }
}

fn with_severity(key: &str, severity: &str) -> Signal {
    Signal { severity_label: Some(severity.into()), ..signal(SignalKind::Trigger, key, key) }
}

#[test]
fn five_hundred_alerts_of_one_service_are_one_page_that_says_500() {
    let mut s = Server::new();
    let before = s.operations.len();
    s.signals((0..500).map(|n| signal(SignalKind::Trigger, &format!("node-{n}"), "disk full")).collect());
    let pages = s.open();
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].tally.alerts, 500);
    assert_eq!(s.operations.len() - before, 1, "told to the desktops as one operation");
}

#[test]
fn the_same_body_a_hundred_times_is_one_alert_counted_a_hundred_times() {
    let mut s = Server::new();
    for _ in 0..100 {
        s.trigger("disk");
    }
    let page = s.open().remove(0);
    assert_eq!((page.tally.alerts, page.tally.firing, page.tally.signals), (1, 1, 100));
    let alerts = s.run(|tx| tx.firing_alerts(&"prod".into(), &["disk"]));
    assert_eq!(alerts[0].count, 100);
}

#[test]
fn the_page_resolves_with_its_last_alert_and_not_before() {
    let mut s = Server::new();
    s.trigger("a");
    s.trigger("b");
    s.signals(vec![signal(SignalKind::Resolve, "a", "")]);
    let page = s.open().remove(0);
    assert_eq!(page.tally.firing, 1);
    s.signals(vec![signal(SignalKind::Resolve, "b", "")]);
    assert_eq!(s.page(page.id).status, Status::Resolved);
}

#[test]
fn resolving_or_acknowledging_something_unknown_creates_nothing() {
    let mut s = Server::new();
    s.signals(vec![signal(SignalKind::Resolve, "x", ""), signal(SignalKind::Acknowledge, "y", "")]);
    assert!(s.open().is_empty());
}

#[test]
fn a_trigger_after_the_resolve_is_a_new_alert_on_the_flapping_page() {
    let mut s = Server::new();
    s.signals(vec![
        signal(SignalKind::Trigger, "a", "a"),
        signal(SignalKind::Resolve, "a", ""),
        signal(SignalKind::Trigger, "a", "a"),
    ]);
    let page = s.open().remove(0);
    assert_eq!((page.number, page.tally.alerts, page.tally.firing), (1, 2, 1));
    s.signals(vec![signal(SignalKind::Resolve, "a", "")]);
    s.wait_minutes(11);
    s.trigger("a");
    assert_eq!(s.open().remove(0).number, 2, "after ten minutes it is another page");
}

#[test]
fn an_acknowledgement_by_the_monitoring_system_stops_the_ringing() {
    let mut s = Server::new();
    s.trigger("a");
    s.signals(vec![signal(SignalKind::Acknowledge, "a", "")]);
    let page = s.open().remove(0);
    assert_eq!(page.status, Status::Acknowledged);
    s.trigger("a");
    assert_eq!(s.page(page.id).status, Status::Acknowledged, "while acknowledged, it rings nobody");
}

#[test]
fn a_minor_alert_on_saturday_waits_for_monday_and_a_worse_one_does_not() {
    let mut s = Server::new();
    s.signals(vec![with_severity("slow", "warning")]);
    let page = s.open().remove(0);
    assert!(page.ringing.is_empty());
    assert!(matches!(page.waiting, Some((WaitReason::BusinessHours, _))));
    assert_eq!(page.next_timer().unwrap().due.to_rfc3339(), "2026-11-23T08:00:00+00:00");
    s.signals(vec![with_severity("slow", "critical")]);
    let pages = s.open();
    assert_eq!(pages.len(), 1, "the alert moved to a page that rings now; the quiet one ended");
    assert_eq!(pages[0].number, 2);
    assert!(!pages[0].ringing.is_empty());
}

#[test]
fn an_informational_alert_is_listed_and_nothing_is_due() {
    let mut s = Server::new();
    s.signals(vec![with_severity("fyi", "info")]);
    let page = s.open().remove(0);
    assert!(page.is_listed_only() && page.next_timer().is_none());
}

#[test]
fn during_maintenance_nothing_rings_and_ending_it_early_lets_it_ring() {
    let mut s = Server::new();
    let silence = Silence {
        id: SilenceId(Uuid::from_u128(5)),
        service: Some("payments-api".into()),
        starts_at: s.now,
        ends_at: s.now + chrono::TimeDelta::hours(2),
        reason: "deploy".into(),
        by: None,
    };
    let id = silence.id;
    s.run(|tx| tx.add_silence(&silence));
    s.trigger("a");
    let page = s.open().remove(0);
    assert!(page.ringing.is_empty());
    assert_eq!(page.next_timer().unwrap().due, silence.ends_at);
    s.wait_minutes(10);
    s.run(|tx| {
        tx.end_silence(id)?;
        timers::release(tx, |why| *why == WaitReason::Silence { silence: id })
    });
    assert!(!s.page(page.id).ringing.is_empty());
}

#[test]
fn after_a_restore_nothing_rings_before_the_operators_word() {
    let mut s = Server::new();
    s.trigger("before");
    s.run(|tx| tx.set_held(true));
    s.wait_minutes(30);
    let old = s.open().remove(0);
    s.run(|tx| timers::fire(tx, old.id));
    assert_eq!(s.page(old.id).version, old.version, "a timer that is due waits");
    s.signals(vec![Signal { service: Some("search".into()), ..with_severity("during", "critical") }]);
    let new = s.open().pop().unwrap();
    assert!(new.ringing.is_empty());
    let refused = s.run(|tx| requests::ask(tx, new.id, Command::Escalate { by: "ben".into() }));
    assert!(matches!(refused, super::Decided::Refused(r) if r.code == RefusalCode::NotAllowed));
    s.run(timers::resume);
    assert!(!s.page(new.id).ringing.is_empty());
}

#[test]
fn what_flaps_while_paging_is_held_rings_at_the_operators_word_too() {
    let mut s = Server::new();
    s.trigger("a");
    let page = s.open().remove(0);
    s.signals(vec![signal(SignalKind::Resolve, "a", "")]);
    s.run(|tx| tx.set_held(true));
    s.wait_minutes(2);
    s.trigger("a");
    let held = s.page(page.id);
    assert!(held.is_open() && held.ringing.is_empty());
    s.run(timers::resume);
    assert!(!s.page(page.id).ringing.is_empty());
}

fn device() -> Device {
    Device {
        id: DeviceId(Uuid::from_u128(1)),
        person: "ben".into(),
        name: "Ben's laptop".into(),
        enrolled_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        last_answer: None,
        signed_off: false,
        revoked: false,
    }
}

fn envelope(counter: u64, page: PageId, request: PageRequest, waited_ms: u64) -> CommandEnvelope {
    CommandEnvelope {
        counter,
        page,
        request,
        decided_on: 1,
        given_at: "2026-11-21T02:14:00Z".parse().unwrap(),
        good_for_ms: 600_000,
        waited_ms,
    }
}

#[test]
fn a_command_is_answered_once_and_a_stale_one_with_a_question() {
    let mut s = Server::new();
    let page = s.run(|tx| fire(tx, "disk"));
    let note = PageRequest::Note { text: "looking".into() };
    for _ in 0..3 {
        let asked = envelope(1, page, note.clone(), 0);
        assert_eq!(s.run(|tx| requests::answer(tx, &device(), asked)), Outcome::Accepted);
    }
    let notes = s
        .operations
        .iter()
        .filter_map(|o| match o {
            OperationBody::Page { events, .. } => Some(events),
            _ => None,
        })
        .flatten()
        .filter(|e| matches!(e, PageEvent::Noted { .. }))
        .count();
    assert_eq!(notes, 1, "resent, not repeated");
    let late = envelope(2, page, PageRequest::Resolve, 3_600_000);
    let outcome = s.run(|tx| requests::answer(tx, &device(), late));
    assert!(matches!(outcome, Outcome::Refused { refusal } if refusal.code == RefusalCode::Stale));
    assert!(s.page(page).is_open());
}

#[test]
fn resolved_by_a_person_its_alerts_end_and_what_fires_next_is_new() {
    let mut s = Server::new();
    let page = s.run(|tx| fire(tx, "disk"));
    s.run(|tx| acknowledge(tx, page));
    let by = Actor::Person { person: "ben".into() };
    s.run(|tx| command(tx, page, Command::Resolve { by }));
    assert!(s.run(|tx| tx.firing_alerts(&"prod".into(), &["disk"])).is_empty());
    s.trigger("disk");
    let again = s.page(page);
    assert_eq!((again.status, again.tally.alerts, again.tally.firing), (Status::Triggered, 2, 1));
}
