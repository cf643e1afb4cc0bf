//! What rings, and what never rings anew.

use super::world::{ACK, World};
use crate::desk::TrayState;
use firebell_domain::Span;
use firebell_domain::page::{Actor, Command, Via};
use firebell_domain::receipt::ReceiptState::{Delivered, Seen, Shown};
use firebell_log::Era;
use firebell_protocol::sync::ServerMessage;
use firebell_store::Notification;
use uuid::Uuid;

#[test]
fn a_page_rings_and_the_team_hears_how_far_it_came() {
    let mut w = World::ana_is_on_call();
    assert_eq!(w.desk().tray, TrayState::OnCall);
    let page = w.fire(1);
    assert_eq!(w.desk().tray, TrayState::Ringing);
    let rung = w.desk().ringing[0].clone();
    assert_eq!((rung.page, rung.service_name.as_str()), (page, "Payments"));

    let at = w.at;
    for _ in 0..2 {
        let shown = w.laptop().presented(&rung.raise, at).unwrap();
        w.carry(shown);
        let seen = w.laptop().seen(page, at).unwrap();
        w.carry(seen);
    }
    let each_once = [Delivered, Shown, Seen].map(|state| (rung.raise.clone(), state));
    assert_eq!(w.team.receipts, each_once);
}

#[test]
fn the_same_operations_sent_again_do_not_ring_again() {
    let mut w = World::ana_is_on_call();
    let page = w.fire(1);
    let again = w.team.log.clone();
    w.tell(ServerMessage::Operations { operations: again });
    assert_eq!(w.ringing().len(), 1);
    assert_eq!(w.laptop().ledger().count(), 1);
    assert_eq!(w.team.receipts.len(), 1);
    assert!(!w.asked_to_reconnect);
    w.ask(page, ACK);
    assert_eq!(w.ringing(), []);
    assert_eq!(w.rang.len(), 1, "not even between the answer and the change");
}

#[test]
fn after_a_crash_it_still_rings_and_is_the_same_raise() {
    let mut w = World::ana_is_on_call();
    w.fire(1);
    let raise = w.ringing()[0].clone();
    let at = w.at;
    let shown = w.laptop().presented(&raise, at).unwrap();
    w.carry(shown);
    w.laptop()
        .notified(&raise, Notification { daemon: ":1.7".into(), session: "boot".into(), id: 4 })
        .unwrap();
    w.crash_and_restart();
    assert_eq!(w.ringing(), std::slice::from_ref(&raise), "before there is a network");
    assert_eq!(w.laptop().notification_of(raise.page).unwrap().id, 4);
    w.connect();
    assert_eq!(w.ringing(), [raise]);
    assert_eq!(w.team.receipts.len(), 2, "delivered and shown were told once");
}

#[test]
fn acknowledged_on_another_device_it_is_quiet_here() {
    let mut w = World::ana_is_on_call();
    let page = w.fire(1);
    let by = Actor::Person { person: "ana".into() };
    w.server_does(page, Command::Acknowledge { by, via: Via::Link, claimed_at: None });
    assert_eq!(w.ringing(), []);
    assert!(w.desk().open[0].acknowledged);
    assert!(w.laptop().ledger().all(|r| r.handled_at.is_some()));
}

#[test]
fn a_later_round_is_a_new_raise_and_rings() {
    let mut w = World::ana_is_on_call();
    let page = w.fire(1);
    let first = w.ringing();
    for minutes in [5, 10] {
        w.wait(Span::minutes(minutes));
        w.server_does(page, Command::Tick);
    }
    let second = w.ringing();
    assert_eq!(second.len(), 1);
    assert_ne!(first, second);
    assert_eq!(
        w.laptop().ledger().filter(|r| r.handled_at.is_some()).count(),
        1,
        "the first round's is over"
    );
}

#[test]
fn a_server_restored_from_a_backup_does_not_ring_what_was_handled() {
    let mut w = World::ana_is_on_call();
    let page = w.fire(1);
    let (backup, history) = (w.team.pages.clone(), w.team.history.clone());
    w.ask(page, ACK);
    assert_eq!(w.ringing(), []);

    w.disconnect();
    w.team.era = Era(Uuid::from_u128(2));
    (w.team.pages, w.team.history) = (backup, history);
    w.team.log.truncate(1);
    w.connect();
    assert_eq!(w.laptop().cursor().unwrap().era, w.team.era);
    assert_eq!(w.page_here(page).unwrap().version, w.team.pages[&page].version);
    assert_eq!(w.ringing(), [], "this raise was answered in the life of the log that was lost");
}

#[test]
fn a_snapshot_older_than_what_rang_here_rings_nothing_new() {
    let mut w = World::ana_is_on_call();
    let page = w.fire(1);
    let old = w.team.snapshot();
    for minutes in [5, 10] {
        w.wait(Span::minutes(minutes));
        w.server_does(page, Command::Tick);
    }
    w.ask(page, ACK);
    let known = w.laptop().ledger().count();
    w.tell(old);
    assert_eq!(w.ringing(), []);
    assert_eq!(w.laptop().ledger().count(), known);
}

#[test]
fn receipts_lost_with_the_connection_are_told_again_once_the_log_has_caught_up() {
    let mut w = World::ana_is_on_call();
    w.team.deaf = true;
    let page = w.fire(1);
    w.team.deaf = false;
    w.disconnect();
    w.connect();
    assert_eq!(w.team.receipts, [], "it may stand in what follows");
    let ping = || ServerMessage::Ping { n: 1, server_time: "2026-11-21T02:14:00Z".parse().unwrap() };
    w.tell(ping());
    let raise = w.ringing().remove(0);
    assert_eq!((raise.page, w.team.receipts.as_slice()), (page, &[(raise.clone(), Delivered)][..]));
    w.disconnect();
    w.connect();
    w.tell(ping());
    assert_eq!(w.team.receipts.len(), 1, "the log shows it now");
}

#[test]
fn a_receipt_that_stands_in_the_log_is_not_told_again_after_a_crash() {
    let mut w = World::ana_is_on_call();
    w.fire(1);
    w.crash_and_restart();
    w.connect();
    let server_time = w.at.now;
    w.tell(ServerMessage::Ping { n: 1, server_time });
    assert_eq!(w.team.receipts.len(), 1);
}
