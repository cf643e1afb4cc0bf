//! What Ana asks, with and without a network.

use super::world::{ACK, World};
use crate::pager::AskError;
use firebell_domain::Span;
use firebell_domain::page::{Actor, Command, Status, Via};
use firebell_domain::refusal::RefusalCode;
use firebell_protocol::sync::PageRequest;

fn ben_resolves() -> Command {
    Command::Resolve { by: Actor::Person { person: "ben".into() } }
}

#[test]
fn an_acknowledgement_given_offline_is_quiet_here_and_known_to_the_team_later() {
    let mut w = World::ana_is_on_call();
    let page = w.fire(1);
    w.disconnect();
    w.ask(page, ACK);
    assert_eq!(w.ringing(), [], "it stops here at once");
    let window = w.window();
    assert_eq!(window.queued, 1);
    assert_eq!(window.pages[0].pending.len(), 1, "shown as not yet known to the team");
    assert_eq!(window.pages[0].page.status, Status::Triggered, "and never as done");
    assert_eq!(w.team.pages[&page].status, Status::Triggered);

    w.wait(Span::minutes(3));
    w.connect();
    assert_eq!(w.team.pages[&page].status, Status::Acknowledged);
    assert_eq!(w.window().queued, 0);
    assert_eq!(w.window().pages[0].page.status, Status::Acknowledged);
    assert_eq!(w.laptop().outbox().count(), 0);
    assert_eq!(w.rang.len(), 1, "it never began to ring again");
}

#[test]
fn a_restart_keeps_what_was_asked() {
    let mut w = World::ana_is_on_call();
    let page = w.fire(1);
    w.disconnect();
    let counter = w.ask(page, ACK);
    w.crash_and_restart();
    assert_eq!(w.ringing(), []);
    assert_eq!(w.laptop().outbox().map(|o| o.counter).collect::<Vec<_>>(), [counter]);
    w.connect();
    assert_eq!(w.team.pages[&page].status, Status::Acknowledged);
    let later = w.ask(page, PageRequest::Note { text: "rolling back".into() });
    assert_eq!(later, counter + 1, "a counter is never used twice");
}

#[test]
fn clicking_twice_asks_once() {
    let mut w = World::ana_is_on_call();
    let page = w.fire(1);
    w.disconnect();
    let first = w.ask(page, ACK);
    let second = w.ask(page, PageRequest::Acknowledge { via: Via::Tray });
    assert_eq!(first, second);
    assert_eq!(w.window().queued, 1);
}

#[test]
fn too_late_it_comes_back_as_a_question_and_the_page_rings_again() {
    let mut w = World::ana_is_on_call();
    let page = w.fire(1);
    w.disconnect();
    w.ask(page, ACK);
    // The lid was closed: the awake clock stood still, and the hour counts all the same.
    w.asleep(Span::hours(1));
    w.connect();
    let window = w.window();
    assert_eq!(window.queued, 0);
    assert_eq!(window.questions.len(), 1);
    assert!(window.questions[0].can_repeat);
    assert_eq!(w.ringing().len(), 1, "nobody has it, so it is not silent");

    let (counter, at) = (window.questions[0].counter, w.at);
    let (_, outputs) = w.laptop().question_repeat(counter, at).unwrap();
    w.carry(outputs);
    assert_eq!(w.team.pages[&page].status, Status::Acknowledged);
    assert_eq!(w.window().questions, []);
    assert_eq!(w.ringing(), []);
}

#[test]
fn refused_because_somebody_was_quicker_the_words_say_so_and_there_is_nothing_to_repeat() {
    let mut w = World::ana_is_on_call();
    let page = w.fire(1);
    w.disconnect();
    w.ask(page, ACK);
    w.server_does(page, ben_resolves());
    w.connect();
    let question = w.window().questions.remove(0);
    assert!(question.words.contains("was resolved"), "{}", question.words);
    assert!(!question.can_repeat);
    assert_eq!(question.page_title, "Error rate 12.4 % on checkout");
    let at = w.at;
    w.laptop().question_dismiss(question.counter, at).unwrap();
    assert_eq!(w.window().questions, []);
    w.crash_and_restart();
    assert_eq!(w.window().questions, []);
}

#[test]
fn what_the_rules_refuse_is_said_at_once_and_not_queued() {
    let mut w = World::ana_is_on_call();
    let page = w.fire(1);
    w.server_does(page, ben_resolves());
    let at = w.at;
    let refused = w.laptop().ask(page, ACK, at).unwrap_err();
    assert!(matches!(refused, AskError::Refused(r) if r.code == RefusalCode::AlreadyResolved));
    let refused = w.laptop().ask(page, PageRequest::Note { text: " ".into() }, at).unwrap_err();
    assert!(matches!(refused, AskError::Refused(r) if r.code == RefusalCode::BadInput));
    assert_eq!(w.laptop().outbox().count(), 0);
}

#[test]
fn an_answer_that_was_lost_is_asked_for_again_and_nothing_happens_twice() {
    let mut w = World::ana_is_on_call();
    let page = w.fire(1);
    w.disconnect();
    w.ask(page, PageRequest::Note { text: "looking".into() });
    // The team hears it, and the connection breaks before the answer comes back.
    let at = w.at;
    w.laptop().on_connected(None, at);
    let welcome = w.team.welcome(at.now);
    let said = w.laptop().on_message(welcome, at).unwrap();
    w.team.hear_all(said, at.now);
    w.laptop().on_disconnected(at);
    assert_eq!(w.laptop().outbox().count(), 1);
    let version = w.team.pages[&page].version;

    w.connect();
    assert_eq!(w.team.pages[&page].version, version, "the same counter, the same answer");
    assert_eq!(w.laptop().outbox().count(), 0);
}
