//! Can a person be reached: alive, dead or unknown (design §5).
//!
//! *Unknown* exists so that a restart of the server, or of the network in front of it, never looks like a
//! hundred dead laptops: an unknown person is waited for like one who is there.

use crate::{ChannelId, Instant, Span};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A device that has not answered for this long is dead (contract).
pub const DEAD_AFTER: Span = Span::seconds(60);
/// Devices answer a ping at least this often (contract).
pub const PING_EVERY: Span = Span::seconds(15);
/// After a node starts, devices get this long to come back before silence means anything.
pub const GRACE_AFTER_START: Span = Span::seconds(90);
/// How long devices that vanished together stay unknown.
pub const MASS_LOSS_DOUBT: Span = Span::minutes(10);
/// Devices whose last answers lie this close vanished together.
const TOGETHER: Span = Span::seconds(30);
/// Fewer devices than this cannot "vanish together".
const MASS_LOSS_MIN: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Liveness {
    Alive,
    Dead,
    Unknown,
}

/// What the server last heard of one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// `None`: enrolled and never seen.
    pub last_answer: Option<Instant>,
    /// It said that it is going away (shut down, signed out).
    pub signed_off: bool,
}

/// Since when a node has been running without a break. A machine that was paused or asleep heard nobody, which says
/// nothing about anybody: it begins anew, like one that was restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Awake {
    since: Instant,
    last_turn: Instant,
}

impl Awake {
    /// A turn this long after the one before means that the node stood still. Nodes take turns every few seconds.
    pub const MISSED: Span = Span::seconds(30);

    pub fn new(now: Instant) -> Self {
        Self { since: now, last_turn: now }
    }

    /// The node is running at `now`; since when it has been.
    pub fn turn(&mut self, now: Instant) -> Instant {
        if now - self.last_turn > Self::MISSED.delta() {
            self.since = now;
        }
        self.last_turn = now;
        self.since
    }
}

/// The state of one device among all devices of the team (`fleet`, itself included).
pub fn device(contact: Contact, fleet: &[Contact], node_started: Instant, now: Instant) -> Liveness {
    let Some(last) = contact.last_answer else { return Liveness::Dead };
    if contact.signed_off {
        return Liveness::Dead;
    }
    if now - last <= DEAD_AFTER.delta() {
        return Liveness::Alive;
    }
    if now < node_started + GRACE_AFTER_START.delta() {
        return Liveness::Unknown;
    }
    if now - last <= MASS_LOSS_DOUBT.delta() && vanished_together(last, fleet, now) {
        return Liveness::Unknown;
    }
    Liveness::Dead
}

/// True when more than half of the devices that were there at `last` fell silent within 30 s of it.
fn vanished_together(last: Instant, fleet: &[Contact], now: Instant) -> bool {
    let was_there = |c: &&Contact| {
        !c.signed_off && c.last_answer.is_some_and(|a| a >= last - (DEAD_AFTER.delta() + TOGETHER.delta()))
    };
    let there = fleet.iter().filter(was_there).count();
    let gone = fleet
        .iter()
        .filter(was_there)
        .filter(|c| {
            c.last_answer
                .is_some_and(|a| now - a > DEAD_AFTER.delta() && (a - last).abs() <= TOGETHER.delta())
        })
        .count();
    there >= MASS_LOSS_MIN && gone * 2 > there
}

/// A person is as reachable as their best device; somebody without a device is dead.
pub fn person(devices: impl IntoIterator<Item = Liveness>) -> Liveness {
    devices.into_iter().fold(Liveness::Dead, |best, d| match (best, d) {
        (Liveness::Alive, _) | (_, Liveness::Alive) => Liveness::Alive,
        (Liveness::Unknown, _) | (_, Liveness::Unknown) => Liveness::Unknown,
        _ => Liveness::Dead,
    })
}

/// A way to reach a person that is not a desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    Ntfy,
    Webhook,
}

/// One channel of one person: used `delay` after a raise that nobody answered, at once when no desktop lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChannelRef {
    pub id: ChannelId,
    pub kind: ChannelKind,
    pub delay: Span,
}

/// How a person can be reached at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    pub liveness: Liveness,
    pub channels: Vec<ChannelRef>,
}

impl Reach {
    /// Nobody is waited for who can see nothing.
    pub fn is_waited_for(&self) -> bool {
        self.liveness != Liveness::Dead || !self.channels.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeDelta, TimeZone, Utc};

    fn t(seconds: i64) -> Instant {
        Utc.timestamp_opt(1_800_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
    }
    fn seen(at: i64) -> Contact {
        Contact { last_answer: Some(t(at)), signed_off: false }
    }

    #[test]
    fn a_laptop_closed_an_hour_ago_is_dead() {
        let fleet = [seen(0), seen(3590), seen(3599)];
        assert_eq!(device(fleet[0], &fleet, t(-86_400), t(3600)), Liveness::Dead);
        assert_eq!(device(fleet[1], &fleet, t(-86_400), t(3600)), Liveness::Alive);
    }

    #[test]
    fn signing_off_is_dead_at_once() {
        let gone = Contact { signed_off: true, ..seen(3599) };
        assert_eq!(device(gone, &[gone], t(-86_400), t(3600)), Liveness::Dead);
    }

    #[test]
    fn a_deploy_of_the_server_makes_nobody_dead() {
        let fleet = [seen(0), seen(1), seen(2)];
        let restarted = t(61);
        assert_eq!(device(fleet[0], &fleet, restarted, t(62)), Liveness::Unknown);
        assert_eq!(device(fleet[0], &fleet, restarted, t(150)), Liveness::Unknown, "they vanished together");
        assert_eq!(device(fleet[0], &fleet, restarted, t(700)), Liveness::Dead);
    }

    #[test]
    fn an_office_that_loses_its_network_is_unknown_not_dead() {
        let fleet = [seen(0), seen(3), seen(9), seen(200)];
        assert_eq!(device(fleet[0], &fleet, t(-86_400), t(200)), Liveness::Unknown);
        assert_eq!(
            device(fleet[0], &fleet, t(-86_400), t(601)),
            Liveness::Dead,
            "doubt ends after ten minutes"
        );
    }

    #[test]
    fn a_server_that_stood_still_for_half_an_hour_makes_nobody_dead() {
        let fleet = [seen(0), seen(1), seen(2)];
        let mut awake = Awake::new(t(-86_400));
        assert_eq!(awake.turn(t(-86_395)), t(-86_400));
        awake.turn(t(5));
        let since = awake.turn(t(1_805));
        assert_eq!(device(fleet[0], &fleet, since, t(1_805)), Liveness::Unknown);
        assert_eq!(device(fleet[0], &fleet, awake.turn(t(1_830)), t(1_900)), Liveness::Dead, "they had 90 s");
    }

    #[test]
    fn one_person_of_many_going_away_is_dead() {
        let fleet = [seen(0), seen(95), seen(96), seen(97)];
        assert_eq!(device(fleet[0], &fleet, t(-86_400), t(100)), Liveness::Dead);
    }

    #[test]
    fn a_person_is_as_alive_as_their_best_device() {
        use Liveness::*;
        assert_eq!(person([Dead, Alive, Unknown]), Alive);
        assert_eq!(person([Dead, Unknown]), Unknown);
        assert_eq!(person([]), Dead);
    }
}
