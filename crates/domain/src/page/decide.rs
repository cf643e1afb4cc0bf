//! What follows from a command, or from time passing.

use super::command::{Command, Firing, Raise, Via};
use super::event::{Actor, ChannelUse, Origin, PageEvent, Raised, RoundReason, WaitReason};
use super::state::{ChainKind, Page, Status};
use super::timer::TimerKey;
use super::{LATE_STEP_SHIFTS, NOTE_MAX, SNOOZE_MAX};
use crate::escalation::Plan;
use crate::liveness::Liveness;
use crate::refusal::{Refusal, RefusalCode};
use crate::team::Roster;
use crate::{Instant, PageId, PersonId, ServiceId, Severity, Urgency};

/// What a new page is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenPage {
    pub id: PageId,
    pub number: u64,
    pub service: ServiceId,
    /// The severity's, or a higher one: somebody who is named is rung at any hour.
    pub urgency: Urgency,
    pub severity: Severity,
    pub title: String,
    pub source: Option<String>,
    pub runbook: Option<String>,
    pub started_at: Instant,
    pub alerts: u32,
    pub repeats: u32,
    pub plan: Plan,
    pub origin: Option<Origin>,
    /// When it may begin to ring, and why not now.
    pub ring_from: Instant,
    pub waiting: Option<WaitReason>,
    /// As in [`Raise::author`].
    pub author: Option<PersonId>,
}

/// A new page with its events: opened, perhaps deferred, its first round begun and what is due at once done.
pub fn open(new: OpenPage, roster: &Roster, now: Instant) -> (Page, Vec<PageEvent>) {
    let urgency = new.urgency;
    let opened = PageEvent::Opened {
        page: new.id,
        number: new.number,
        service: new.service,
        urgency,
        severity: new.severity,
        title: new.title,
        source: new.source,
        runbook: new.runbook,
        started_at: new.started_at,
        alerts: new.alerts,
        repeats: new.repeats,
        plan: new.plan,
        origin: new.origin,
    };
    // An `Opened` event always makes a page.
    let Some(page) = Page::from_opened(now, &opened) else { unreachable!("Opened makes a page") };
    let mut draft = Draft { page, events: vec![opened], roster, now, spared: new.author };
    if urgency != Urgency::None {
        if let Some(why) = new.waiting
            && new.ring_from > now
        {
            draft.push(PageEvent::Deferred { until: new.ring_from, why });
        }
        draft.start_round(RoundReason::Opened, 1, new.ring_from.max(now), None);
        draft.do_what_is_due();
    }
    (draft.page, draft.events)
}

/// The events that follow from a command; empty when it changes nothing (said twice). A refusal changes nothing.
pub fn decide(
    page: &Page,
    command: Command,
    roster: &Roster,
    now: Instant,
) -> Result<Vec<PageEvent>, Refusal> {
    let mut draft = Draft { page: page.clone(), events: vec![], roster, now, spared: None };
    match command {
        Command::Tick => draft.do_what_is_due(),
        Command::Acknowledge { by, via, claimed_at } => draft.acknowledge(by, via, claimed_at)?,
        Command::Escalate { by } => draft.escalate(by)?,
        Command::Reassign { by, to } => draft.reassign(by, to)?,
        Command::Snooze { by, until } => draft.snooze(by, until)?,
        Command::Resolve { by } => {
            draft.still_open()?;
            draft.push(PageEvent::Resolved { by });
        }
        Command::Note { by, text } => draft.note(by, text)?,
        Command::Receipt { device, device_name, raise, state, claimed_at } => {
            draft.push(PageEvent::Receipt { raise, device, device_name, state, claimed_at });
        }
        Command::ChannelResult { raise, channel, error } => {
            draft.push(PageEvent::ChannelResult { raise, channel, error });
        }
        Command::Raise(raise) => draft.raise(*raise),
        Command::Fire(firing) => draft.fire(*firing),
        Command::Clear { ended, firing } => draft.clear(ended, firing),
        Command::Release => draft.release(),
    }
    Ok(draft.events)
}

/// A page while it is being decided about: events are taken in as they are made, so later ones see them.
struct Draft<'a> {
    page: Page,
    events: Vec<PageEvent>,
    roster: &'a Roster<'a>,
    now: Instant,
    /// Not rung by the first step that is done here.
    spared: Option<PersonId>,
}

impl Draft<'_> {
    fn push(&mut self, event: PageEvent) {
        self.page.apply(self.now, &event);
        self.events.push(event);
    }

    fn still_open(&self) -> Result<(), Refusal> {
        if self.page.is_open() {
            return Ok(());
        }
        let when = self.page.resolved_at.map_or(String::new(), |t| format!(" at {} UTC", t.format("%H:%M")));
        Err(Refusal::new(
            RefusalCode::AlreadyResolved,
            format!("Page {} was resolved{when}; there is nothing left to do.", self.page.number),
        ))
    }

    fn name(&self, person: &PersonId) -> String {
        self.roster.team.person(person).map_or_else(|| person.to_string(), |p| p.name.clone())
    }

    fn acknowledge(&mut self, by: Actor, via: Via, claimed_at: Option<Instant>) -> Result<(), Refusal> {
        self.still_open()?;
        if self.page.status == Status::Acknowledged
            && let Some(ack) = &self.page.acknowledged
        {
            if ack.by == by || by == Actor::Monitoring {
                return Ok(());
            }
            let who = ack.by.person().map_or("The monitoring system".to_owned(), |p| self.name(p));
            return Err(Refusal::new(
                RefusalCode::AlreadyAcknowledged,
                format!(
                    "{who} acknowledged this page at {} UTC; reassign it to take it over.",
                    ack.at.format("%H:%M")
                ),
            ));
        }
        let until = self.page.acknowledged_timeout().map(|t| self.now + t.delta());
        self.push(PageEvent::Acknowledged { by, via, claimed_at, until });
        Ok(())
    }

    /// Brings the next step to now. In the last gap of the last round, that is the alarm of the admins.
    fn escalate(&mut self, by: PersonId) -> Result<(), Refusal> {
        self.still_open()?;
        if self.page.is_listed_only() {
            return Err(Refusal::new(
                RefusalCode::NothingToDo,
                "A SEV4 page rings nobody; reassign it to ring somebody.",
            ));
        }
        if self.page.status != Status::Triggered {
            // Somebody had it: the chain begins again behind its first step, which they have answered.
            self.start_round(RoundReason::Escalated, 1, self.now, None);
            if let Some(second) = self.page.steps().get(1).map(|s| s.after.delta()) {
                self.pass_first_step();
                self.push(PageEvent::Escalated { by, base: self.now - second });
            } else {
                self.push(PageEvent::Escalated { by, base: self.now });
            }
        } else if let Some(due) = self.page.next_step_at() {
            let base = self.page.chain.base - (due - self.now).max(chrono::TimeDelta::zero());
            self.push(PageEvent::Escalated { by, base });
        } else {
            self.push(PageEvent::Escalated { by, base: self.page.chain.base });
            self.next_round();
        }
        self.do_what_is_due();
        Ok(())
    }

    /// Records the first step as gone by without ringing anybody.
    fn pass_first_step(&mut self) {
        let (round, base) = (self.page.chain.round, self.page.chain.base);
        let (raised, nobody) = (vec![], vec![]);
        self.push(PageEvent::Stepped { round, step: 0, raised, nobody, late_ms: 0, waited: false, base });
    }

    fn reassign(&mut self, by: PersonId, to: PersonId) -> Result<(), Refusal> {
        self.still_open()?;
        if self.roster.team.person(&to).is_none() {
            return Err(Refusal::new(
                RefusalCode::BadInput,
                format!("to: there is nobody called `{to}` in the team."),
            ));
        }
        self.push(PageEvent::Reassigned { by, to: to.clone() });
        self.start_round(RoundReason::Reassigned, 1, self.now, Some(to));
        self.do_what_is_due();
        Ok(())
    }

    fn snooze(&mut self, by: PersonId, until: Instant) -> Result<(), Refusal> {
        self.still_open()?;
        if until <= self.now || until > self.now + SNOOZE_MAX.delta() {
            return Err(Refusal::new(
                RefusalCode::BadInput,
                "until: choose a time between now and a week from now.",
            ));
        }
        self.push(PageEvent::Snoozed { by, until });
        Ok(())
    }

    fn note(&mut self, by: PersonId, text: String) -> Result<(), Refusal> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > NOTE_MAX {
            return Err(Refusal::new(
                RefusalCode::BadInput,
                format!("text: write 1 to {NOTE_MAX} characters."),
            ));
        }
        let until = (self.page.status == Status::Acknowledged)
            .then(|| self.page.acknowledged_timeout())
            .flatten()
            .map(|t| self.now + t.delta());
        self.push(PageEvent::Noted { by, text: text.to_owned(), until });
        Ok(())
    }

    fn fire(&mut self, firing: Firing) {
        let Firing { new_alerts, repeats, summary, severity, plan, ring_from, waiting } = firing;
        self.push(PageEvent::Folded { new_alerts, repeats, summary });
        let worse = severity.is_worse_than(self.page.severity);
        if worse {
            self.push(PageEvent::SeverityRaised { from: self.page.severity, to: severity, plan });
        }
        let why = if self.page.is_open() { RoundReason::SeverityRaised } else { RoundReason::Flapped };
        if why == RoundReason::Flapped || (worse && !self.page.is_listed_only()) {
            self.ring_anew(why, ring_from, waiting);
        }
        self.do_what_is_due();
    }

    /// Once is enough, and what is over stays so.
    fn raise(&mut self, raise: Raise) {
        let Raise { severity, plan, ring_from, waiting, author } = raise;
        self.spared = author;
        if self.page.is_open() && severity.is_worse_than(self.page.severity) {
            self.push(PageEvent::SeverityRaised { from: self.page.severity, to: severity, plan });
            if !self.page.is_listed_only() {
                self.ring_anew(RoundReason::SeverityRaised, ring_from, waiting);
            }
            self.do_what_is_due();
        }
    }

    fn ring_anew(&mut self, why: RoundReason, from: Instant, waiting: Option<WaitReason>) {
        if from > self.now
            && let Some(why) = waiting
        {
            self.push(PageEvent::Deferred { until: from, why });
        }
        self.start_round(why, 1, from.max(self.now), None);
    }

    fn clear(&mut self, ended: u32, firing: u32) {
        self.push(PageEvent::AlertsEnded { ended, firing });
        if firing == 0 && self.page.is_open() {
            self.push(PageEvent::Resolved { by: Actor::Monitoring });
        }
    }

    fn release(&mut self) {
        if self.page.status == Status::Triggered
            && matches!(self.page.waiting, Some((WaitReason::Silence { .. } | WaitReason::Held, _)))
        {
            self.push(PageEvent::Released);
            self.start_round(RoundReason::Opened, 1, self.now, None);
            self.do_what_is_due();
        }
    }

    fn start_round(&mut self, why: RoundReason, turn: u32, base: Instant, first: Option<PersonId>) {
        let round = self.page.chain.round + 1;
        self.push(PageEvent::RoundStarted { round, turn, why, base, first });
    }

    /// The next time through the policy, or the admins when there is none left.
    fn next_round(&mut self) {
        let (kind, turn) = (self.page.chain.kind, self.page.chain.turn);
        if kind == ChainKind::Policy && turn < self.page.plan.rounds {
            self.start_round(RoundReason::Repeat, turn + 1, self.now, None);
        } else {
            self.start_round(RoundReason::Exhausted, 1, self.now, None);
        }
    }

    /// Everything whose time has come, the earliest first. Each turn of the loop moves a timer or removes it, so
    /// it ends: steps go forward, and rounds begin `gap` (at least a second) later.
    fn do_what_is_due(&mut self) {
        while let Some(timer) = self.page.next_timer().filter(|t| t.due <= self.now).cloned() {
            match timer.key {
                TimerKey::Step => self.step(timer.due),
                TimerKey::Round => self.next_round(),
                TimerKey::Forgotten => {
                    let who = self.page.acknowledged.as_ref().and_then(|a| a.by.person().cloned());
                    self.start_round(RoundReason::Forgotten, 1, self.now, who);
                }
                TimerKey::SnoozeEnd => self.start_round(RoundReason::SnoozeEnded, 1, self.now, None),
                TimerKey::Channel { raise, channel, channel_kind } => {
                    self.push(PageEvent::ChannelUsed { raise, channel, kind: channel_kind.into() });
                }
            }
        }
    }

    /// One step: names its people, and decides whether they are worth waiting for.
    fn step(&mut self, due: Instant) {
        let (round, step) = (self.page.chain.round, self.page.chain.next_step);
        let spared = self.spared.take().filter(|_| step == 0);
        let mut was_spared = None;
        let steps = self.page.steps();
        let Some(this) = steps.get(step as usize) else { return };
        let mut raised: Vec<Raised> = Vec::new();
        let mut nobody = Vec::new();
        let mut waited = false;
        for target in &this.notify {
            let people = self.roster.resolve(target, self.now);
            if people.is_empty() {
                nobody.push(target.words());
            }
            for person in people {
                if raised.iter().any(|r| r.person == person) {
                    continue;
                }
                if spared.as_ref() == Some(&person) {
                    was_spared = Some(person);
                    continue;
                }
                let reach = self.roster.reach(&person);
                waited |= reach.is_waited_for();
                let wait = |delay: crate::Span| {
                    if reach.liveness == Liveness::Dead { self.now } else { self.now + delay.delta() }
                };
                let channels = reach
                    .channels
                    .iter()
                    .map(|c| ChannelUse { channel: c.id, kind: c.kind, at: wait(c.delay) })
                    .collect();
                raised.push(Raised { person, liveness: reach.liveness, channels });
            }
        }
        if let Some(person) = was_spared.filter(|_| raised.is_empty()) {
            // Nobody else would be rung first: they have it, as if they had said so.
            let until = self.page.acknowledged_timeout().map(|t| self.now + t.delta());
            let by = Actor::Person { person };
            self.push(PageEvent::Acknowledged { by, via: Via::Window, claimed_at: None, until });
            return;
        }
        let late = (self.now - due).max(chrono::TimeDelta::zero());
        let mut base = self.page.chain.base;
        if late > LATE_STEP_SHIFTS.delta() {
            base += late;
        }
        if !waited && let Some(next) = steps.get(step as usize + 1) {
            // The following steps move forward by what is not waited.
            base = base.min(self.now - next.after.delta());
        }
        let late_ms = late.num_milliseconds();
        self.push(PageEvent::Stepped { round, step, raised, nobody, late_ms, waited, base });
    }
}
