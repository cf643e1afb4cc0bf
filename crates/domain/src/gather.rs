//! What triage gathers while a person answers (domain §5): how the service is, what was changed, what else fires, which
//! incidents are open. Each part comes when it comes, or says why it does not; none waits for another.

mod alerts;
mod checks;
mod first;
#[cfg(test)]
mod tests;

pub use alerts::{AlertGlance, region_of};
pub use first::{FirstStep, RunbookCommand, SHORTLY_BEFORE, first_steps};

use crate::change_event::ChangeEvent;
use crate::health::{HealthCheck, HealthOutcome};
use crate::incident::{Incident, Status};
use crate::playbook::Playbook;
use crate::team::{Service, Team};
use crate::{IncidentId, Instant, PageId, ServiceId, Severity};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Neighbours whose health is looked at beside the service's own.
pub const NEIGHBOURS_MAX: usize = 5;

/// One part of what is gathered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Part<T> {
    /// Not here yet.
    Waiting,
    Ok {
        found: T,
    },
    /// It was asked for, and refused or broken.
    Failed {
        words: String,
    },
    /// This computer does not reach whoever knows.
    Offline {
        words: String,
    },
    /// There is nothing to ask, for example no health address.
    Absent {
        words: String,
    },
}

impl<T> Part<T> {
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Ok { found } => Some(found),
            _ => None,
        }
    }

    pub fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting)
    }
}

/// The health of one service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ServiceHealth {
    pub service: ServiceId,
    pub check: Part<HealthCheck>,
}

/// A change, and how long before the first signal it took effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct NearChange {
    pub change: ChangeEvent,
    /// Milliseconds; below 0 when it came after the first signal.
    pub before_ms: i64,
}

/// An alert, and how long after the first signal it began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct NearAlert {
    pub alert: AlertGlance,
    /// Milliseconds; below 0 when it began before.
    pub after_ms: i64,
    /// It is of the page that is triaged: what this is all about, and no neighbour.
    #[serde(default)]
    pub own: bool,
}

/// An open incident on the same service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct NearIncident {
    pub incident: IncidentId,
    /// 0 while the team does not know of it.
    pub number: u64,
    pub title: String,
    pub severity: Severity,
    pub status: Status,
    pub declared_at: Option<Instant>,
    /// Only some people see it: it must not be named where others read.
    pub private: bool,
}

/// Everything that was gathered so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Gathered {
    pub service: ServiceId,
    /// The first signal.
    pub around: Instant,
    pub page: Option<PageId>,
    pub begun_at: Instant,
    /// The service's own first, then its neighbours'.
    pub health: Vec<ServiceHealth>,
    /// Of the service and its neighbours, the newest first.
    pub changes: Part<Vec<NearChange>>,
    /// Of the service and its neighbours, the nearest to the first signal first.
    pub alerts: Part<Vec<NearAlert>>,
    pub incidents: Part<Vec<NearIncident>>,
    /// What to consider first, by what has come so far.
    pub first: Vec<FirstStep>,
}

impl Gathered {
    /// Nothing is here yet.
    pub fn begin(
        team: &Team,
        service: &Service,
        around: Instant,
        page: Option<PageId>,
        now: Instant,
    ) -> Self {
        let neighbours = neighbours(team, service).filter(|n| n.health.is_some()).take(NEIGHBOURS_MAX);
        let health = std::iter::once(service).chain(neighbours).map(|one| ServiceHealth {
            service: one.id.clone(),
            check: match one.health {
                Some(_) => Part::Waiting,
                None => Part::Absent {
                    words: "This service names no health address; an admin can write one in the team's file."
                        .into(),
                },
            },
        });
        Self {
            service: service.id.clone(),
            around,
            page,
            begun_at: now,
            health: health.collect(),
            changes: Part::Waiting,
            alerts: Part::Waiting,
            incidents: Part::Waiting,
            first: vec![],
        }
    }

    /// Every part has come, or said that it does not.
    pub fn is_complete(&self) -> bool {
        !(self.health.iter().any(|h| h.check.is_waiting())
            || self.changes.is_waiting()
            || self.alerts.is_waiting()
            || self.incidents.is_waiting())
    }

    /// A health check has come.
    pub fn take_health(&mut self, service: &ServiceId, check: Part<HealthCheck>) {
        if let Some(health) = self.health.iter_mut().find(|h| &h.service == service) {
            health.check = check;
        }
    }

    /// The changes have come.
    pub fn take_changes(&mut self, changes: Vec<ChangeEvent>) {
        let near = |change: ChangeEvent| {
            let before_ms = (self.around - change.at).num_milliseconds();
            NearChange { change, before_ms }
        };
        let mut near: Vec<_> = changes.into_iter().map(near).collect();
        near.sort_by_key(|c| std::cmp::Reverse(c.change.at));
        self.changes = Part::Ok { found: near };
    }

    /// The alerts have come.
    pub fn take_alerts(&mut self, alerts: Vec<AlertGlance>) {
        let near = |alert: AlertGlance| {
            let after_ms = (alert.started_at - self.around).num_milliseconds();
            NearAlert { own: self.page == Some(alert.page), after_ms, alert }
        };
        let mut near: Vec<_> = alerts.into_iter().map(near).collect();
        near.sort_by_key(|a| (a.after_ms.abs(), a.alert.id));
        self.alerts = Part::Ok { found: near };
    }

    /// The incidents have come, with the titles that people read.
    pub fn take_incidents(&mut self, incidents: impl IntoIterator<Item = (Incident, String)>) {
        let near = |(incident, title): (Incident, String)| NearIncident {
            incident: incident.id,
            number: incident.number,
            title,
            severity: incident.severity,
            status: incident.status,
            declared_at: incident.moments.declared_at,
            private: incident.is_private(),
        };
        let on_it = |(incident, _): &(Incident, String)| {
            incident.status.is_open() && incident.services.contains(&self.service)
        };
        let mut near: Vec<_> = incidents.into_iter().filter(on_it).map(near).collect();
        near.sort_by_key(|i| std::cmp::Reverse(i.declared_at));
        self.incidents = Part::Ok { found: near };
    }

    /// Thinks again about what to do first. `commands`: those of the reviewed runbooks of the service and its neighbours.
    pub fn think(&mut self, team: &Team, playbook: &Playbook, commands: &[RunbookCommand]) {
        self.first = first_steps(self, team, playbook, commands);
    }

    /// The service's own health, when it was looked at.
    pub fn own_health(&self) -> Option<&HealthOutcome> {
        let own = self.health.iter().find(|h| h.service == self.service)?;
        own.check.found().map(|check| &check.outcome)
    }
}

/// The neighbours of a service that are in the team, in the order of the file.
pub fn neighbours<'a>(team: &'a Team, service: &'a Service) -> impl Iterator<Item = &'a Service> {
    service.neighbours.iter().filter(|id| **id != service.id).filter_map(|id| team.service(id))
}

/// A length of time as people say it: "11 min", "2 h 5 min", "3 d".
pub fn in_words(long: TimeDelta) -> String {
    let minutes = long.num_minutes().abs();
    match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}
