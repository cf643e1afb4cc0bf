//! On call, and nobody can page this computer.

use super::world::World;
use crate::desk::TrayState;
use firebell_domain::Span;

#[test]
fn a_minute_without_the_team_while_on_call_is_an_alarm() {
    let mut w = World::ana_is_on_call();
    w.disconnect();
    w.wait(Span::seconds(60));
    assert!(!w.desk().unreachable_alarm);
    w.wait(Span::seconds(1));
    assert!(w.desk().unreachable_alarm);
    assert_eq!(w.desk().tray, TrayState::Unreachable);
    assert!(w.window().connection.unreachable_alarm);
    w.connect();
    assert!(!w.desk().unreachable_alarm);
    assert_eq!(w.desk().tray, TrayState::OnCall);
}

#[test]
fn a_closed_lid_is_no_alarm() {
    let mut w = World::ana_is_on_call();
    w.disconnect();
    w.asleep(Span::hours(8));
    assert!(!w.desk().unreachable_alarm);
}

#[test]
fn heard_once_it_is_quiet_until_the_next_time() {
    let mut w = World::ana_is_on_call();
    w.disconnect();
    w.wait(Span::minutes(2));
    let at = w.at;
    w.laptop().alarm_quiet(at);
    assert!(!w.desk().unreachable_alarm);
    assert_eq!(w.desk().tray, TrayState::Unreachable, "the tray still says so");
    w.connect();
    w.disconnect();
    w.wait(Span::minutes(2));
    assert!(w.desk().unreachable_alarm);
}

#[test]
fn whoever_is_not_on_call_is_not_alarmed() {
    let mut w = World::ana_is_on_call();
    w.disconnect();
    w.asleep(Span::hours(24 * 8));
    w.wait(Span::minutes(5));
    assert!(!w.desk().unreachable_alarm, "the shift ended in the meantime");
    assert_eq!(w.desk().tray, TrayState::Quiet);
}
