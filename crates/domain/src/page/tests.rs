//! The life of a page, in the words of the people it concerns.

use super::*;
use crate::escalation::{Plan, PolicyStep, Target};
use crate::liveness::{ChannelKind, ChannelRef, Liveness, Reach};
use crate::refusal::RefusalCode;
use crate::team::{Roster, Team};
use crate::{ChannelId, Instant, PageId, PersonId, Severity, Span};
use chrono::TimeDelta;
use std::collections::BTreeMap;
use uuid::Uuid;

fn team() -> Team {
    serde_json::from_value(serde_json::json!({
        "team": { "name": "Acme" },
        "people": [
            { "id": "ana", "name": "Ana Ruiz", "email": "ana@example.com", "role": "admin" },
            { "id": "ben", "name": "Ben Okafor", "email": "ben@example.com" },
            { "id": "chi", "name": "Chi Tanaka", "email": "chi@example.com" },
        ],
    }))
    .unwrap()
}

fn start() -> Instant {
    "2026-11-21T02:13:00Z".parse().unwrap()
}

fn step(after: Span, who: &str) -> PolicyStep {
    PolicyStep { after, notify: vec![Target::Person { person: who.into() }] }
}

/// A page and the clock on the wall: time is moved by the story.
struct Story {
    team: Team,
    reach: BTreeMap<PersonId, Reach>,
    page: Page,
    now: Instant,
    history: Vec<(Instant, PageEvent)>,
}

impl Story {
    fn fired(severity: Severity) -> Self {
        Self::fired_with(severity, |_| {})
    }

    fn fired_with(severity: Severity, prepare: impl FnOnce(&mut BTreeMap<PersonId, Reach>)) -> Self {
        let team = team();
        let alive = || Reach { liveness: Liveness::Alive, channels: vec![] };
        let mut reach: BTreeMap<PersonId, Reach> =
            team.people.iter().map(|p| (p.id.clone(), alive())).collect();
        prepare(&mut reach);
        let plan = Plan {
            policy: "default".into(),
            steps: vec![step(Span::ZERO, "ben"), step(Span::minutes(5), "chi")],
            rounds: 2,
            gap: Span::minutes(10),
        };
        let new = OpenPage {
            id: PageId(Uuid::from_u128(1)),
            number: 1,
            service: "payments-api".into(),
            urgency: severity.urgency(),
            severity,
            title: "Error rate 12.4 % on checkout".into(),
            source: None,
            runbook: None,
            started_at: start(),
            alerts: 1,
            repeats: 0,
            plan,
            origin: None,
            author: None,
            ring_from: start(),
            waiting: None,
        };
        let roster = Roster { team: &team, reach: &reach };
        let (page, events) = open(new, &roster, start());
        let history = events.into_iter().map(|e| (start(), e)).collect();
        Self { team, reach, page, now: start(), history }
    }

    fn ask(&mut self, command: Command) -> Result<(), crate::Refusal> {
        let roster = Roster { team: &self.team, reach: &self.reach };
        for event in decide(&self.page, command, &roster, self.now)? {
            self.page.apply(self.now, &event);
            self.history.push((self.now, event));
        }
        Ok(())
    }

    /// Lets the clock run; everything happens when it is due.
    fn wait(&mut self, span: Span) {
        let until = self.now + span.delta();
        while let Some(due) = self.page.next_timer().map(|t| t.due).filter(|d| *d <= until) {
            self.now = due.max(self.now);
            self.ask(Command::Tick).unwrap();
        }
        self.now = until;
    }

    fn ack(&mut self, who: &str) -> Result<(), crate::Refusal> {
        let by = Actor::Person { person: who.into() };
        self.ask(Command::Acknowledge { by, via: Via::PagerWindow, claimed_at: None })
    }

    fn rings(&self, who: &str) -> bool {
        self.page.ringing_for(&who.into()).is_some()
    }

    fn raises(&self) -> Vec<(i64, u32, u32, String)> {
        self.history
            .iter()
            .filter_map(|(at, e)| match e {
                PageEvent::Stepped { round, step, raised, .. } => Some(
                    raised
                        .iter()
                        .map(move |r| ((*at - start()).num_minutes(), *round, *step, r.person.to_string())),
                ),
                _ => None,
            })
            .flatten()
            .collect()
    }
}

#[test]
fn when_ben_does_not_answer_chi_is_rung_after_five_minutes() {
    let mut s = Story::fired(Severity::Sev2);
    assert!(s.rings("ben") && !s.rings("chi"));
    s.wait(Span::seconds(299));
    assert!(!s.rings("chi"));
    s.wait(Span::seconds(1));
    assert!(s.rings("ben") && s.rings("chi"));
}

#[test]
fn an_acknowledgement_silences_everybody_and_nothing_escalates() {
    let mut s = Story::fired(Severity::Sev2);
    s.wait(Span::minutes(5));
    s.ack("chi").unwrap();
    assert!(!s.rings("ben") && !s.rings("chi"));
    s.wait(Span::minutes(29));
    assert_eq!(s.raises().len(), 2);
}

#[test]
fn the_policy_repeats_and_when_exhausted_alarms_the_admins_until_one_answers() {
    let mut s = Story::fired(Severity::Sev2);
    s.wait(Span::minutes(70));
    let expected: Vec<_> = [
        (0, 1, 0, "ben"),
        (5, 1, 1, "chi"),
        (15, 2, 0, "ben"),
        (20, 2, 1, "chi"),
        (30, 3, 0, "ana"),
        (60, 4, 0, "ana"),
    ]
    .map(|(m, r, st, who)| (m, r, st, who.to_owned()))
    .into();
    assert_eq!(s.raises(), expected);
    s.ack("ana").unwrap();
    assert!(!s.rings("ben"));
}

#[test]
fn acknowledged_but_forgotten_comes_back_to_the_same_person_first() {
    let mut s = Story::fired(Severity::Sev1);
    s.wait(Span::minutes(6));
    s.ack("chi").unwrap();
    s.wait(Span::minutes(15));
    assert!(s.rings("chi") && !s.rings("ben"), "the acknowledger is asked first");
    s.wait(Span::minutes(5));
    assert_eq!(s.raises().last().unwrap().3, "chi", "then the second step");
}

#[test]
fn a_note_shows_that_something_happens() {
    let mut s = Story::fired(Severity::Sev1);
    s.ack("ben").unwrap();
    s.wait(Span::minutes(14));
    s.ask(Command::Note { by: "ben".into(), text: "rolling back".into() }).unwrap();
    s.wait(Span::minutes(14));
    assert!(!s.rings("ben"));
    s.wait(Span::minutes(1));
    assert!(s.rings("ben"));
}

#[test]
fn a_worse_severity_rings_again_even_after_an_acknowledgement() {
    let mut s = Story::fired(Severity::Sev2);
    s.ack("ben").unwrap();
    let plan = s.page.plan.clone();
    let fire = |severity| {
        Command::Fire(Box::new(Firing {
            new_alerts: 1,
            repeats: 0,
            summary: "worse".into(),
            severity,
            plan: plan.clone(),
            ring_from: start(),
            waiting: None,
        }))
    };
    s.ask(fire(Severity::Sev2)).unwrap();
    assert!(!s.rings("ben"), "more of the same rings nobody");
    s.ask(fire(Severity::Sev1)).unwrap();
    assert!(s.rings("ben"));
    assert_eq!(s.page.tally.alerts, 3);
}

#[test]
fn a_dead_primary_is_sent_the_page_but_not_waited_for() {
    let mut s = Story::fired_with(Severity::Sev2, |reach| {
        reach.insert("ben".into(), Reach { liveness: Liveness::Dead, channels: vec![] });
    });
    assert_eq!(s.raises().iter().map(|r| (r.0, r.3.as_str())).collect::<Vec<_>>(), [(0, "ben"), (0, "chi")]);
    s.wait(Span::minutes(9));
    assert_eq!(s.raises().len(), 2, "the gap between rounds is waited");
    s.wait(Span::minutes(1));
    assert_eq!(s.raises().len(), 4);
}

#[test]
fn an_unknown_primary_is_waited_for() {
    let s = Story::fired_with(Severity::Sev2, |reach| {
        reach.insert("ben".into(), Reach { liveness: Liveness::Unknown, channels: vec![] });
    });
    assert!(!s.rings("chi"));
}

#[test]
fn a_phone_is_used_at_once_when_no_desktop_lives_and_later_when_nobody_answers() {
    let phone =
        ChannelRef { id: ChannelId(Uuid::from_u128(9)), kind: ChannelKind::Ntfy, delay: Span::minutes(2) };
    for (liveness, minutes) in [(Liveness::Dead, 0), (Liveness::Alive, 2)] {
        let channels = vec![phone.clone()];
        let mut s = Story::fired_with(Severity::Sev2, |reach| {
            reach.insert("ben".into(), Reach { liveness, channels });
        });
        assert!(!s.rings("chi"), "somebody with a phone is waited for");
        s.wait(Span::minutes(4));
        let used: Vec<_> = s
            .history
            .iter()
            .filter(|(_, e)| matches!(e, PageEvent::ChannelUsed { .. }))
            .map(|(at, _)| (*at - start()).num_minutes())
            .collect();
        assert_eq!(used, [minutes]);
    }
}

#[test]
fn snoozed_is_quiet_until_it_rings_again() {
    let mut s = Story::fired(Severity::Sev2);
    s.ask(Command::Snooze { by: "ben".into(), until: start() + TimeDelta::minutes(15) }).unwrap();
    s.wait(Span::minutes(14));
    assert!(!s.rings("ben") && !s.rings("chi"));
    s.wait(Span::minutes(1));
    assert!(s.rings("ben"));
}

#[test]
fn escalating_now_does_not_wait_and_keeps_the_delays_that_follow() {
    let mut s = Story::fired(Severity::Sev2);
    s.wait(Span::minutes(1));
    s.ask(Command::Escalate { by: "ben".into() }).unwrap();
    assert!(s.rings("chi"));
    s.ack("chi").unwrap();
    s.ask(Command::Escalate { by: "chi".into() }).unwrap();
    assert!(s.rings("chi") && !s.rings("ben"), "behind the first step");
}

#[test]
fn reassigned_rings_the_new_person_and_falls_back_to_the_chain() {
    let mut s = Story::fired(Severity::Sev2);
    s.ask(Command::Reassign { by: "ben".into(), to: "ana".into() }).unwrap();
    assert!(s.rings("ana") && !s.rings("ben"));
    s.wait(Span::minutes(5));
    assert!(s.rings("chi"));
    let refusal = s.ask(Command::Reassign { by: "ben".into(), to: "zoe".into() }).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::BadInput);
}

#[test]
fn two_people_at_once_the_second_is_told_who_has_it() {
    let mut s = Story::fired(Severity::Sev2);
    s.ack("ben").unwrap();
    s.ack("ben").unwrap();
    let refusal = s.ack("chi").unwrap_err();
    assert_eq!(refusal.code, RefusalCode::AlreadyAcknowledged);
    assert!(refusal.words.contains("Ben Okafor"), "{}", refusal.words);
}

#[test]
fn when_every_alert_ends_the_page_resolves_and_a_flapping_one_rejoins_it() {
    let mut s = Story::fired(Severity::Sev2);
    s.ask(Command::Clear { ended: 1, firing: 0 }).unwrap();
    assert_eq!(s.page.status, Status::Resolved);
    assert!(s.page.timers.is_empty());
    let plan = s.page.plan.clone();
    s.wait(Span::minutes(3));
    let ring_from = s.now;
    s.ask(Command::Fire(Box::new(Firing {
        new_alerts: 1,
        repeats: 0,
        summary: "again".into(),
        severity: Severity::Sev2,
        plan,
        ring_from,
        waiting: None,
    })))
    .unwrap();
    assert!(s.rings("ben"));
    assert_eq!(s.page.tally.firing, 1);
}

#[test]
fn a_server_that_was_down_for_an_hour_rings_one_step_at_a_time() {
    let mut s = Story::fired(Severity::Sev2);
    s.now += TimeDelta::minutes(60);
    s.ask(Command::Tick).unwrap();
    assert_eq!(s.raises().len(), 2, "the step that was due, not the whole chain at once");
    s.wait(Span::minutes(9));
    assert_eq!(s.raises().len(), 2);
    s.wait(Span::minutes(1));
    assert_eq!(s.raises().len(), 3);
}

#[test]
fn a_sev4_is_listed_and_rings_nobody() {
    let mut s = Story::fired(Severity::Sev4);
    s.wait(Span::hours(48));
    assert!(s.raises().is_empty() && s.page.is_open());
    assert_eq!(s.ask(Command::Escalate { by: "ben".into() }).unwrap_err().code, RefusalCode::NothingToDo);
}

mod properties {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn command() -> impl Strategy<Value = (Command, i64)> {
        let person = prop_oneof![Just("ana"), Just("ben"), Just("chi")];
        let plan = Plan {
            policy: "other".into(),
            steps: vec![step(Span::ZERO, "chi"), step(Span::minutes(1), "ana")],
            rounds: 1,
            gap: Span::minutes(1),
        };
        let severity = prop_oneof![Just(Severity::Sev1), Just(Severity::Sev2), Just(Severity::Sev3)];
        let raised = plan.clone();
        let command = prop_oneof![
            4 => Just(Command::Tick),
            1 => (severity.clone(), person.clone()).prop_map(move |(severity, p)| Command::Raise(Box::new(Raise {
                severity, plan: raised.clone(), ring_from: start(), waiting: None, author: Some(p.into()) }))),
            2 => person.clone().prop_map(|p| Command::Acknowledge {
                by: Actor::Person { person: p.into() }, via: Via::Window, claimed_at: None }),
            1 => person.clone().prop_map(|p| Command::Escalate { by: p.into() }),
            1 => person.clone().prop_map(|p| Command::Reassign { by: "ana".into(), to: p.into() }),
            1 => (1i64..100).prop_map(|m| Command::Snooze { by: "ben".into(), until: start() + TimeDelta::minutes(m * 20) }),
            1 => Just(Command::Resolve { by: Actor::Person { person: "ben".into() } }),
            1 => Just(Command::Note { by: "ben".into(), text: "looking".into() }),
            2 => severity.prop_map(move |severity| Command::Fire(Box::new(Firing {
                new_alerts: 1, repeats: 0, summary: "more".into(), severity, plan: plan.clone(), ring_from: start(), waiting: None }))),
            1 => (0u32..2).prop_map(|firing| Command::Clear { ended: 1, firing }),
        ];
        (command, 0i64..2_000)
    }

    proptest! {
        /// Whatever people and time do: an open page always knows what it does next, nobody is raised twice by
        /// the same step of the same round, and a quiet page rings nobody.
        #[test]
        fn no_page_is_ever_forgotten(story in proptest::collection::vec(command(), 0..60)) {
            let mut s = Story::fired(Severity::Sev2);
            for (command, seconds) in story {
                s.wait(Span::seconds(seconds));
                let _refused_is_fine = s.ask(command);
                if s.page.is_open() {
                    prop_assert!(s.page.next_timer().is_some(), "open with no next action: {:#?}", s.page);
                } else {
                    prop_assert!(s.page.timers.is_empty());
                }
                if s.page.status != Status::Triggered {
                    prop_assert!(s.page.ringing.is_empty());
                }
            }
            let raises: Vec<_> = s.raises().into_iter().map(|(_, r, st, p)| (r, st, p)).collect();
            let distinct: BTreeSet<_> = raises.iter().cloned().collect();
            prop_assert_eq!(raises.len(), distinct.len());
        }
    }
}

fn raise(s: &mut Story, author: &str, steps: Vec<PolicyStep>, from: Span) {
    let plan = Plan { steps, ..s.page.plan.clone() };
    let ring_from = s.now + from.delta();
    let waiting = Some(WaitReason::Held).filter(|_| from != Span::ZERO);
    let author = Some(author.into());
    let raise = Raise { severity: Severity::Sev1, plan, ring_from, waiting, author };
    s.ask(Command::Raise(Box::new(raise))).unwrap();
}

#[test]
fn whoever_raises_it_is_not_rung_first_and_has_it_where_nobody_else_would_be() {
    let both = || {
        vec![PolicyStep {
            notify: [step(Span::ZERO, "ben").notify, step(Span::ZERO, "chi").notify].concat(),
            after: Span::ZERO,
        }]
    };
    let ben_then_chi = || vec![step(Span::ZERO, "ben"), step(Span::minutes(5), "chi")];
    let mut s = Story::fired(Severity::Sev2);
    s.ack("ben").unwrap();
    raise(&mut s, "ben", both(), Span::ZERO);
    assert!(!s.rings("ben") && s.rings("chi"), "{:?}", s.page);

    let mut s = Story::fired(Severity::Sev2);
    raise(&mut s, "ben", ben_then_chi(), Span::ZERO);
    assert_eq!(s.page.status, Status::Acknowledged);
    s.wait(Span::minutes(15));
    assert!(s.rings("ben"), "nothing happened: they are asked");
    s.wait(Span::minutes(5));
    assert!(s.rings("chi"), "and then the others");

    let mut s = Story::fired(Severity::Sev2);
    raise(&mut s, "chi", ben_then_chi(), Span::ZERO);
    assert!(s.rings("ben"), "Chi would not have been rung first");
    s.wait(Span::minutes(5));
    assert!(s.rings("chi"), "and is rung later like anybody");

    let mut s = Story::fired(Severity::Sev2);
    raise(&mut s, "ben", ben_then_chi(), Span::minutes(60));
    s.wait(Span::minutes(60));
    assert!(s.rings("ben"), "what waits rings whoever it would");
}
