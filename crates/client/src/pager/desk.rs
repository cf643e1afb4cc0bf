//! The desk, from pages, ledger, outbox and connection.

use super::{Moment, Responder, UNREACHABLE_AFTER_MS};
use crate::desk::{Desk, MenuPage, RingingPage, TrayState};
use chrono::Offset;
use firebell_domain::page::{Page, Ringing, Status};
use firebell_domain::{Instant, ServiceId};
use firebell_protocol::window::OnCall;

impl Responder {
    pub(super) fn derive_desk(&self, at: Moment) -> Desk {
        let Some(identity) = &self.identity else {
            return Desk::closed(
                TrayState::SignedOut,
                "Firebell is signed out. Open it and paste an invite link.",
            );
        };
        let mut ringing: Vec<RingingPage> =
            self.pages.values().filter_map(|p| Some(self.ringing_page(p, self.ringing_here(p)?))).collect();
        ringing.sort_by_key(|r| (r.severity, r.since, r.number));
        let mut open: Vec<&Page> = self.pages.values().filter(|p| p.is_open()).collect();
        open.sort_by_key(|p| (!ringing.iter().any(|r| r.page == p.id), p.severity, p.opened_at, p.number));
        let on_call = self.on_call(at);
        let unreachable = self.is_unreachable(at);
        let tray = match () {
            () if !ringing.is_empty() => TrayState::Ringing,
            () if unreachable => TrayState::Unreachable,
            () if !on_call.is_empty() => TrayState::OnCall,
            () => TrayState::Quiet,
        };
        Desk {
            utc_offset_s: self.utc_offset_s(at.now),
            tray,
            words: self.tooltip(tray, &ringing, &on_call, &identity.team, at),
            open: open.into_iter().map(|p| self.menu_page(p)).collect(),
            ringing,
            unreachable_alarm: unreachable && !self.link.alarm_quiet,
        }
    }

    /// The raise of this page that rings on this computer: known to the ledger, not handled, and not answered by
    /// the person.
    pub(super) fn ringing_here<'a>(&self, page: &'a Page) -> Option<&'a Ringing> {
        let ringing = page.ringing_for(self.me()?)?;
        let row = self.ledger.get(&ringing.raise)?;
        (row.handled_at.is_none() && !self.is_quieted(page.id)).then_some(ringing)
    }

    fn ringing_page(&self, page: &Page, ringing: &Ringing) -> RingingPage {
        RingingPage {
            raise: ringing.raise.clone(),
            page: page.id,
            number: page.number,
            title: page.title.clone(),
            service_name: self.service_name(&page.service),
            severity: page.severity,
            since: ringing.since,
            started_at: page.started_at,
            alerts: page.tally.alerts,
            source: page.source.clone(),
            runbook: page.runbook.clone(),
        }
    }

    fn menu_page(&self, page: &Page) -> MenuPage {
        MenuPage {
            page: page.id,
            number: page.number,
            title: page.title.clone(),
            severity: page.severity,
            acknowledged: page.status == Status::Acknowledged || self.is_quieted(page.id),
        }
    }

    pub(super) fn service_name(&self, service: &ServiceId) -> String {
        let known = self.team.as_ref().and_then(|t| t.team.service(service));
        known.map_or_else(|| service.to_string(), |s| s.name.clone())
    }

    /// The schedules by which the person is on call now, and until when without a break.
    pub fn on_call(&self, at: Moment) -> Vec<OnCall> {
        let (Some(me), Some(team)) = (self.me(), &self.team) else { return vec![] };
        let now = self.server_time(at);
        let mut found = vec![];
        for schedule in &team.shifts {
            let holds = |t: Instant| {
                schedule
                    .shifts
                    .iter()
                    .find(|s| s.start <= t && t < s.end && s.people.contains(me))
                    .map(|s| s.end)
            };
            let Some(mut until) = holds(now) else { continue };
            while let Some(later) = holds(until) {
                until = later;
            }
            found.push(OnCall {
                schedule: schedule.schedule.to_string(),
                name: schedule.name.clone(),
                until,
            });
        }
        found
    }

    /// On call, and without a connection for longer than a passing fault lasts. Sleep does not count: nobody
    /// expects a sleeping computer to ring.
    pub(super) fn is_unreachable(&self, at: Moment) -> bool {
        !self.link.welcomed
            && at.awake_ms.saturating_sub(self.link.since.awake_ms) > UNREACHABLE_AFTER_MS
            && !self.on_call(at).is_empty()
    }

    fn utc_offset_s(&self, now: Instant) -> i32 {
        let zone = self.me().zip(self.team.as_ref()).map(|(me, team)| team.team.zone_of(me));
        zone.map_or(0, |zone| now.with_timezone(&zone).offset().fix().local_minus_utc())
    }

    fn tooltip(
        &self,
        tray: TrayState,
        ringing: &[RingingPage],
        on_call: &[OnCall],
        team: &str,
        at: Moment,
    ) -> String {
        let offline = if self.link.welcomed { "" } else { " · not connected to the team" };
        match (tray, ringing, on_call) {
            (TrayState::Ringing, [one], _) => {
                format!("{} {} · {}{offline}", one.severity, one.service_name, one.title)
            }
            (TrayState::Ringing, many, _) => format!("{} pages are ringing{offline}", many.len()),
            (TrayState::Unreachable, ..) => {
                format!(
                    "You are on call and nobody can page you here: not connected since {}",
                    self.local(self.link.since.now, "%H:%M")
                )
            }
            (_, _, [first, ..]) => {
                let until =
                    if first.until - at.now < chrono::TimeDelta::hours(20) { "%H:%M" } else { "%a %H:%M" };
                format!("On call: {} until {}{offline}", first.name, self.local(first.until, until))
            }
            _ => format!("{team}: not on call{offline}"),
        }
    }

    /// A time in the person's zone.
    fn local(&self, t: Instant, format: &str) -> String {
        match (&self.team, self.me()) {
            (Some(team), Some(me)) => t.with_timezone(&team.team.zone_of(me)).format(format).to_string(),
            _ => format!("{} UTC", t.format(format)),
        }
    }
}
