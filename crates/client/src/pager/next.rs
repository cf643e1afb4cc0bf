//! Who is rung next, and when: from the page's timers and the shifts the server sent.

use super::Responder;
use firebell_domain::escalation::Target;
use firebell_domain::incident::{but, rings};
use firebell_domain::page::{ChainKind, Page, TimerKey};
use firebell_domain::{Instant, PersonId, ScheduleId, ServiceId, Severity, Urgency};
use firebell_protocol::incidents::WouldRing;
use firebell_protocol::window::{NextUp, NextWhy};

impl Responder {
    pub(super) fn next_up(&self, page: &Page) -> Option<NextUp> {
        let timers = page.timers.iter().filter(|t| !matches!(t.key, TimerKey::Channel { .. }));
        let timer = timers.min_by(|a, b| (a.due, &a.key).cmp(&(b.due, &b.key)))?;
        let at = timer.due;
        let (why, people) = match timer.key {
            TimerKey::Step => {
                let why = if page.chain.kind == ChainKind::Admins { NextWhy::Admins } else { NextWhy::Step };
                (why, self.people_of_step(&page.steps(), page.chain.next_step as usize, at))
            }
            TimerKey::Round if page.chain.kind == ChainKind::Policy && page.chain.turn < page.plan.rounds => {
                (NextWhy::NextRound, self.people_of_step(&page.plan.steps, 0, at))
            }
            TimerKey::Round => (NextWhy::Admins, self.people_of(&Target::Admins { admins: true }, at)),
            TimerKey::Forgotten => {
                let who = page.acknowledged.as_ref().and_then(|a| a.by.person().cloned());
                let people = who.map_or_else(|| self.people_of_step(&page.plan.steps, 0, at), |p| vec![p]);
                (NextWhy::Forgotten, people)
            }
            TimerKey::SnoozeEnd => (NextWhy::SnoozeEnds, self.people_of_step(&page.plan.steps, 0, at)),
            TimerKey::Channel { .. } => return None,
        };
        Some(NextUp { at, people, why })
    }

    /// Whom declaring such an incident rings first; `None` alone.
    pub fn would_ring(
        &self,
        severity: Severity,
        services: &[ServiceId],
        is_private: bool,
        now: Instant,
    ) -> Option<WouldRing> {
        let team = &self.team.as_ref()?.team;
        let mut found =
            WouldRing { people: vec![], spares_me: false, from: None, by_default: false, nobody: None };
        let policies = match rings(team, severity, services, is_private) {
            Ok(policies) => policies,
            Err(why) => return Some(WouldRing { nobody: Some(why), ..found }),
        };
        let at = if severity.urgency() == Urgency::Low { team.opens_after(now) } else { now };
        found.from = (at > now).then_some(at);
        // Of a step that waits nobody is left out.
        let author = self.me().filter(|_| found.from.is_none());
        for (policy, service) in policies {
            found.by_default |= service.is_none();
            let (people, spared) = but(author, self.people_of_step(&policy.plan(severity).steps, 0, at));
            found.spares_me |= spared;
            for person in people {
                if !found.people.contains(&person) {
                    found.people.push(person);
                }
            }
        }
        Some(found)
    }

    fn people_of_step(
        &self,
        steps: &[firebell_domain::escalation::PolicyStep],
        step: usize,
        at: Instant,
    ) -> Vec<PersonId> {
        let mut people: Vec<PersonId> = vec![];
        for person in steps.get(step).iter().flat_map(|s| &s.notify).flat_map(|t| self.people_of(t, at)) {
            if !people.contains(&person) {
                people.push(person);
            }
        }
        people
    }

    /// Whom a target stands for at a time. Shifts are the server's: nothing is computed from a rota here.
    fn people_of(&self, target: &Target, at: Instant) -> Vec<PersonId> {
        let Some(view) = &self.team else { return vec![] };
        let on_call = |schedule: &ScheduleId| {
            let known = view.shifts.iter().filter(|s| &s.schedule == schedule).flat_map(|s| &s.shifts);
            let mut now = known.filter(|s| s.start <= at && at < s.end);
            now.next().map(|s| s.people.clone()).unwrap_or_default()
        };
        view.team.people_of(target, on_call)
    }
}
