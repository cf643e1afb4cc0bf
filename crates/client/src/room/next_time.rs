//! When the one after this update comes: what is usual, what is allowed, and what was chosen.

use chrono::TimeDelta;
use firebell_domain::Instant;
use firebell_domain::incident::{Incident, Status};
use firebell_domain::playbook::Playbook;
use firebell_protocol::room::{NextChoice, NextTime, NextTrouble};

/// Lengths that are always offered, in minutes.
const OFFERED: [u32; 3] = [15, 30, 60];

/// The times of the next update if this one were sent now.
pub(super) struct NextRange {
    now: Instant,
    /// By the cadence.
    pub usual: Instant,
    /// As late as the severity allows.
    pub latest: Instant,
}

impl NextRange {
    /// `status`: as this one announces it. `None`: nothing follows what is over.
    pub fn of(incident: &Incident, status: Status, playbook: &Playbook, now: Instant) -> Option<Self> {
        let cadence = playbook.severity(incident.severity).updates;
        let longest = cadence.longest.unwrap_or(cadence.every).max(cadence.every);
        let range = Self { now, usual: now + cadence.every.delta(), latest: now + longest.delta() };
        status.is_open().then_some(range)
    }

    pub fn chosen(&self, next: NextTime) -> Option<Instant> {
        match next {
            NextTime::Cadence => Some(self.usual),
            NextTime::Within { minutes } => Some(self.within(minutes)),
            NextTime::At { at } => Some(at),
            NextTime::WhenKnown => None,
        }
    }

    pub fn trouble(&self, next: Option<Instant>) -> Option<NextTrouble> {
        match next? {
            at if at <= self.now => Some(NextTrouble::Past),
            at if at > self.latest => Some(NextTrouble::TooLate),
            _ => None,
        }
    }

    /// The usual length among those that are always offered, the shortest first.
    pub fn choices(&self) -> Vec<NextChoice> {
        let usual = self.usual.signed_duration_since(self.now).num_minutes();
        let usual = u32::try_from(usual).unwrap_or(u32::MAX);
        let mut lengths: Vec<u32> = OFFERED.into_iter().chain([usual]).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let choice = |minutes| NextChoice {
            minutes,
            is_allowed: self.within(minutes) <= self.latest,
            is_usual: minutes == usual,
        };
        lengths.into_iter().map(choice).collect()
    }

    fn within(&self, minutes: u32) -> Instant {
        self.now.checked_add_signed(TimeDelta::minutes(i64::from(minutes))).unwrap_or(Instant::MAX_UTC)
    }
}
