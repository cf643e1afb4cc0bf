//! The state of a page: the fold of its events.

use super::event::{Actor, Origin, PageEvent, RoundReason, WaitReason};
use super::timer::{Timer, TimerKey};
use super::{ADMIN_ALARM_EVERY, command::Via};
use crate::escalation::{Plan, PolicyStep, Target};
use crate::{Instant, PageId, PersonId, RaiseId, ServiceId, Severity, Span, Urgency};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How long somebody who was rung by name for a SEV4 has, as for the least of those that ring by themselves.
const NAMED_TIMEOUT: Span = Span::hours(4);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Wants a person: ringing, about to ring, or (SEV4) listed.
    Triggered,
    Acknowledged,
    Snoozed,
    Resolved,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Acknowledgement {
    pub by: Actor,
    pub via: Via,
    pub at: Instant,
}

/// How many alerts the page holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Tally {
    /// Different alerts that ever joined.
    pub alerts: u32,
    pub firing: u32,
    /// How often a signal came in altogether, the first ones included.
    pub signals: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ChainKind {
    Policy,
    /// The policy is exhausted; the team's admins are alarmed instead.
    Admins,
}

/// Where the page is in its chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Chain {
    pub kind: ChainKind,
    /// Counts up over the life of the page.
    pub round: u32,
    /// Which time through the policy, 1 to `plan.rounds`.
    pub turn: u32,
    pub why: RoundReason,
    /// Delays of the steps are counted from here.
    pub base: Instant,
    pub next_step: u32,
    pub first: Option<PersonId>,
}

/// A raise that is ringing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Ringing {
    pub raise: RaiseId,
    pub since: Instant,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Page {
    pub id: PageId,
    pub number: u64,
    /// Counts the changes; a change is only stored over the version it was decided on.
    pub version: u64,
    pub service: ServiceId,
    pub urgency: Urgency,
    pub severity: Severity,
    pub status: Status,
    pub title: String,
    pub source: Option<String>,
    pub runbook: Option<String>,
    pub started_at: Instant,
    pub opened_at: Instant,
    pub updated_at: Instant,
    pub tally: Tally,
    pub plan: Plan,
    /// The incident it was opened for; such a page holds no alerts, and none join it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub origin: Option<Origin>,
    pub chain: Chain,
    /// Set while it does not ring yet.
    pub waiting: Option<(WaitReason, Instant)>,
    /// The latest raise of everybody who is being rung.
    pub ringing: Vec<Ringing>,
    /// Everybody ever rung, in order.
    pub paged: Vec<PersonId>,
    pub acknowledged: Option<Acknowledgement>,
    pub snoozed_until: Option<Instant>,
    pub resolved_at: Option<Instant>,
    /// What happens next, and when.
    pub timers: Vec<Timer>,
}

impl Page {
    /// A page from its `Opened` event; `None` for any other event.
    pub fn from_opened(at: Instant, event: &PageEvent) -> Option<Self> {
        let PageEvent::Opened {
            page,
            number,
            service,
            urgency,
            severity,
            title,
            source,
            runbook,
            started_at,
            alerts,
            repeats,
            plan,
            origin,
        } = event
        else {
            return None;
        };
        Some(Self {
            id: *page,
            number: *number,
            version: 1,
            service: service.clone(),
            urgency: *urgency,
            severity: *severity,
            status: Status::Triggered,
            title: title.clone(),
            source: source.clone(),
            runbook: runbook.clone(),
            started_at: *started_at,
            opened_at: at,
            updated_at: at,
            tally: Tally {
                alerts: *alerts,
                firing: *alerts,
                signals: u64::from(*alerts) + u64::from(*repeats),
            },
            plan: plan.clone(),
            origin: *origin,
            chain: Chain {
                kind: ChainKind::Policy,
                round: 0,
                turn: 0,
                why: RoundReason::Opened,
                base: at,
                next_step: 0,
                first: None,
            },
            waiting: None,
            ringing: vec![],
            paged: vec![],
            acknowledged: None,
            snoozed_until: None,
            resolved_at: None,
            timers: vec![],
        })
    }

    /// Takes in one event. Never fails: an event is a fact. The version is counted by the caller, once a change.
    pub fn apply(&mut self, at: Instant, event: &PageEvent) {
        self.updated_at = self.updated_at.max(at);
        match event {
            PageEvent::Opened { .. } | PageEvent::ChannelResult { .. } | PageEvent::Receipt { .. } => {}
            PageEvent::Deferred { until, why } => self.waiting = Some((why.clone(), *until)),
            PageEvent::Released => self.waiting = None,
            PageEvent::Folded { new_alerts, repeats, .. } => {
                self.tally.alerts += new_alerts;
                self.tally.firing += new_alerts;
                self.tally.signals += u64::from(*new_alerts) + u64::from(*repeats);
            }
            PageEvent::AlertsEnded { firing, .. } => self.tally.firing = *firing,
            PageEvent::SeverityRaised { to, plan, .. } => {
                self.severity = *to;
                self.plan = plan.clone();
                // Alerts join by urgency, so theirs moves to another page instead. People are rung for all of an
                // incident at once.
                if self.origin.is_some() {
                    self.urgency = self.urgency.min(to.urgency());
                }
            }
            PageEvent::RoundStarted { round, turn, why, base, first } => {
                let kind = if *why == RoundReason::Exhausted { ChainKind::Admins } else { ChainKind::Policy };
                self.chain = Chain {
                    kind,
                    round: *round,
                    turn: *turn,
                    why: *why,
                    base: *base,
                    next_step: 0,
                    first: first.clone(),
                };
                if !matches!(why, RoundReason::Repeat | RoundReason::Exhausted) {
                    self.quiet();
                }
                self.status = Status::Triggered;
                self.acknowledged = None;
                self.snoozed_until = None;
                self.resolved_at = None;
                self.arm_chain();
            }
            PageEvent::Stepped { round, step, raised, base, .. } => {
                self.waiting = None;
                self.chain.base = *base;
                self.chain.next_step = step + 1;
                for r in raised {
                    let raise = RaiseId { page: self.id, round: *round, step: *step, person: r.person.clone() };
                    self.disarm_channels_of(&r.person);
                    self.ringing.retain(|x| x.raise.person != r.person);
                    self.ringing.push(Ringing { raise: raise.clone(), since: at });
                    if !self.paged.contains(&r.person) {
                        self.paged.push(r.person.clone());
                    }
                    for c in &r.channels {
                        let key = TimerKey::Channel {
                            raise: raise.clone(),
                            channel: c.channel,
                            channel_kind: c.kind.into(),
                        };
                        self.timers.push(Timer { key, due: c.at });
                    }
                }
                self.arm_chain();
            }
            PageEvent::ChannelUsed { raise, channel, .. } => self.timers.retain(|t| {
                !matches!(&t.key, TimerKey::Channel { raise: r, channel: c, .. } if r == raise && c == channel)
            }),
            PageEvent::Acknowledged { by, via, until, .. } => {
                self.quiet();
                self.status = Status::Acknowledged;
                self.acknowledged = Some(Acknowledgement { by: by.clone(), via: *via, at });
                self.snoozed_until = None;
                self.arm(TimerKey::Forgotten, *until);
            }
            PageEvent::Escalated { base, .. } => {
                self.chain.base = *base;
                self.waiting = None;
                self.arm_chain();
            }
            PageEvent::Reassigned { .. } => {}
            PageEvent::Snoozed { until, .. } => {
                self.quiet();
                self.status = Status::Snoozed;
                self.snoozed_until = Some(*until);
                self.arm(TimerKey::SnoozeEnd, Some(*until));
            }
            PageEvent::Noted { until, .. } => {
                if self.status == Status::Acknowledged {
                    self.arm(TimerKey::Forgotten, *until);
                }
            }
            PageEvent::Resolved { .. } => {
                self.quiet();
                self.status = Status::Resolved;
                self.resolved_at = Some(at);
                self.snoozed_until = None;
                self.tally.firing = 0;
                self.waiting = None;
            }
        }
    }

    /// The steps of the chain as they are now: the first one's targets may have been replaced by a person, and
    /// an exhausted page has one step, the admins.
    pub fn steps(&self) -> Vec<PolicyStep> {
        match self.chain.kind {
            ChainKind::Admins => {
                vec![PolicyStep { after: Span::ZERO, notify: vec![Target::Admins { admins: true }] }]
            }
            ChainKind::Policy => {
                let mut steps = self.plan.steps.clone();
                if let (Some(person), Some(step)) = (&self.chain.first, steps.first_mut()) {
                    step.notify = vec![Target::Person { person: person.clone() }];
                }
                steps
            }
        }
    }

    /// When the next step of the chain is due; `None` when the round has no further step.
    pub fn next_step_at(&self) -> Option<Instant> {
        let steps = self.steps();
        Some(self.chain.base + steps.get(self.chain.next_step as usize)?.after.delta())
    }

    /// The first thing that is going to happen.
    pub fn next_timer(&self) -> Option<&Timer> {
        self.timers.iter().min_by(|a, b| (a.due, &a.key).cmp(&(b.due, &b.key)))
    }

    /// The raise that rings for this person now.
    pub fn ringing_for(&self, person: &PersonId) -> Option<&Ringing> {
        if self.status != Status::Triggered {
            return None;
        }
        self.ringing.iter().find(|r| &r.raise.person == person)
    }

    pub fn is_open(&self) -> bool {
        self.status != Status::Resolved
    }

    /// After an acknowledgement, how long nothing may happen before it comes back; `None`: it never rang. People who
    /// were named are rung for an incident of any severity, and so it always comes back to them.
    pub fn acknowledged_timeout(&self) -> Option<Span> {
        let rings = self.urgency != Urgency::None;
        self.severity.acknowledged_timeout().or(rings.then_some(NAMED_TIMEOUT))
    }

    /// True when nothing will ever ring for it: SEV4.
    pub fn is_listed_only(&self) -> bool {
        self.urgency == Urgency::None
    }

    fn gap(&self) -> Span {
        match self.chain.kind {
            ChainKind::Policy => self.plan.gap,
            ChainKind::Admins => ADMIN_ALARM_EVERY,
        }
    }

    /// Sets the timer of the chain to what comes next.
    fn arm_chain(&mut self) {
        self.timers.retain(|t| !matches!(t.key, TimerKey::Step | TimerKey::Round));
        if self.is_listed_only() {
            return;
        }
        let timer = match self.next_step_at() {
            Some(due) => Timer { key: TimerKey::Step, due },
            None => {
                let last = self.steps().last().map_or(Span::ZERO, |s| s.after);
                Timer { key: TimerKey::Round, due: self.chain.base + last.delta() + self.gap().delta() }
            }
        };
        self.timers.push(timer);
    }

    fn arm(&mut self, key: TimerKey, due: Option<Instant>) {
        self.timers.retain(|t| t.key != key);
        self.timers.extend(due.map(|due| Timer { key, due }));
    }

    fn disarm_channels_of(&mut self, person: &PersonId) {
        self.timers.retain(|t| !matches!(&t.key, TimerKey::Channel { raise, .. } if &raise.person == person));
    }

    /// Nobody is rung and nothing is due.
    fn quiet(&mut self) {
        self.ringing.clear();
        self.timers.clear();
    }
}
