//! Following the log: what does not fit is never guessed at.

use super::world::World;
use chrono::{DateTime, Utc};
use firebell_domain::Span;
use firebell_domain::page::Command;
use firebell_protocol::sync::ServerMessage;

fn note(text: &str) -> Command {
    Command::Note { by: "ben".into(), text: text.into() }
}

#[test]
fn a_hole_in_the_sequence_starts_over_with_a_snapshot() {
    let mut w = World::ana_is_on_call();
    let page = w.fire(1);
    w.team.does(page, note("one"), w.at.now).unwrap();
    let after_the_hole = w.team.does(page, note("two"), w.at.now).unwrap().unwrap();
    w.tell(ServerMessage::Operations { operations: vec![after_the_hole] });
    assert!(w.asked_to_reconnect);
    assert_eq!(w.page_here(page), w.team.pages.get(&page));
    assert_eq!(w.laptop().cursor().unwrap().seq, w.team.log.len() as u64);
    assert_eq!(w.ringing().len(), 1, "and it still rings, once");
    assert_eq!(w.laptop().ledger().count(), 1);
}

#[test]
fn what_happened_while_away_is_caught_up_from_the_cursor() {
    let mut w = World::ana_is_on_call();
    let page = w.fire(1);
    w.disconnect();
    w.server_does(page, note("one"));
    let second = w.fire(2);
    w.wait(Span::seconds(20));
    w.connect();
    assert!(!w.asked_to_reconnect);
    assert_eq!(w.page_here(page), w.team.pages.get(&page));
    assert_eq!(w.page_here(second), w.team.pages.get(&second));
    let (_, history) = w.laptop().detail(page).unwrap().unwrap();
    assert_eq!(history, w.team.history[&page]);
}

#[test]
fn a_window_knows_who_is_next() {
    let mut w = World::ana_is_on_call();
    w.fire(1);
    let next = w.window().pages[0].next.clone().unwrap();
    assert_eq!(next.people, ["ben".into()]);
    assert_eq!(next.at, w.at.now + Span::minutes(5).delta());
}

#[test]
fn words_of_a_newer_server_are_passed_over() {
    let mut w = World::ana_is_on_call();
    let strange: ServerMessage = serde_json::from_str(r#"{"type":"tea_time","at":4}"#).unwrap();
    w.tell(strange);
    assert!(w.laptop().is_connected());
}

#[test]
fn a_server_whose_clock_is_nonsense_does_not_stop_the_laptop() {
    let mut w = World::ana_is_on_call();
    for nonsense in [DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC] {
        w.tell(ServerMessage::Ping { n: 1, server_time: nonsense });
        w.wait(Span::seconds(1));
        w.window();
    }
    w.fire(1);
    assert_eq!(w.ringing().len(), 1, "a page rings all the same");
}
