//! What the record says by itself: nobody types it, and nobody can get it wrong.

use super::{Fields, change, title};
use crate::incident::{IncidentEvent, Moments, Status};
use crate::playbook::{Audience, IncidentRole};
use crate::room::{Responder, Source};
use crate::run::{RunOutcome, RunRecord};
use crate::{EntryId, Instant, PageId, PersonId, ServiceId, Severity};
use change::Figure;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Somebody's time in a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "RoleHeld")]
pub struct Part {
    pub role: IncidentRole,
    pub person: PersonId,
    pub from: Instant,
    /// `None`: to the end.
    pub until: Option<Instant>,
}

/// What one audience was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct UpdatesTold {
    pub audience: Audience,
    /// Corrections are not counted.
    pub count: u32,
    pub first: Instant,
    pub last: Instant,
}

/// A command that was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RunTold {
    pub entry: EntryId,
    pub at: Instant,
    pub by: PersonId,
    /// As one line; secrets were taken out when it was run.
    pub line: String,
    pub outcome: RunOutcome,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PostmortemFacts {
    /// 0: not yet known to the team.
    pub number: u64,
    /// Of the incident.
    pub name: String,
    pub usual_title: String,
    pub severity: Severity,
    /// The worst it ever had.
    pub worst: Severity,
    pub status: Status,
    pub services: Vec<ServiceId>,
    pub moments: Moments,
    /// Seconds from the beginning of the impact (as far as it is known) to the resolution.
    pub duration_s: Option<i64>,
    /// Seconds; the metrics of domain §9.
    pub to_detect_s: Option<i64>,
    pub to_acknowledge_s: Option<i64>,
    pub to_mitigate_s: Option<i64>,
    pub to_resolve_s: Option<i64>,
    pub reopened: u32,
    pub roles: Vec<Part>,
    pub responders: Vec<PersonId>,
    pub pages: Vec<PageId>,
    pub updates: Vec<UpdatesTold>,
    pub runs: Vec<RunTold>,
}

impl PostmortemFacts {
    /// `name`: the title that the incident has now. `responders`: those of its room.
    pub fn of(source: &Source, name: &str, responders: &[Responder]) -> Self {
        let incident = source.incident;
        let m = &incident.moments;
        let span = |from: Option<Instant>, to: Option<Instant>| {
            let seconds = (to? - from?).num_seconds();
            // A moment that was corrected to one after its end says nothing.
            (seconds >= 0).then_some(seconds)
        };
        let severities = source.history.iter().filter_map(|r| match &r.event {
            IncidentEvent::Declared { declaration, .. } => Some(declaration.severity),
            IncidentEvent::SeverityChanged { to, .. } => Some(*to),
            _ => None,
        });
        Self {
            number: incident.number,
            name: name.to_owned(),
            usual_title: title::usual_title(incident.severity, name, m),
            severity: incident.severity,
            worst: severities.chain([incident.severity]).min().unwrap_or(incident.severity),
            status: incident.status,
            services: incident.services.clone(),
            moments: *m,
            duration_s: span(title::began(m), m.resolved_at),
            to_detect_s: span(m.impact_started_at, m.detected_at),
            to_acknowledge_s: span(m.detected_at.or(m.declared_at), m.acknowledged_at),
            to_mitigate_s: span(m.detected_at, m.mitigated_at),
            to_resolve_s: span(m.detected_at, m.resolved_at),
            reopened: incident.reopened,
            roles: roles(source),
            responders: responders.iter().map(|r| r.person.clone()).collect(),
            pages: incident.pages.clone(),
            updates: updates(source),
            runs: runs(source),
        }
    }
}

fn roles(source: &Source) -> Vec<Part> {
    let mut parts: Vec<Part> = vec![];
    let mut held: BTreeMap<IncidentRole, usize> = BTreeMap::new();
    for recorded in source.history {
        let (role, to) = match &recorded.event {
            IncidentEvent::Declared { by, declaration, .. } if declaration.commands => {
                (IncidentRole::Commander, Some(by))
            }
            IncidentEvent::RoleAssigned { role, to, .. } | IncidentEvent::RoleHandedOver { role, to, .. } => {
                (*role, Some(to))
            }
            IncidentEvent::RoleLeft { role, .. } => (*role, None),
            _ => continue,
        };
        if let Some(before) = held.remove(&role) {
            parts[before].until = Some(recorded.at);
        }
        if let Some(person) = to {
            held.insert(role, parts.len());
            parts.push(Part { role, person: person.clone(), from: recorded.at, until: None });
        }
    }
    parts.sort_by_key(|part| (part.role, part.from));
    parts
}

fn updates(source: &Source) -> Vec<UpdatesTold> {
    let mut told: BTreeMap<Audience, UpdatesTold> = BTreeMap::new();
    for recorded in source.history {
        let IncidentEvent::UpdateSent { update, .. } = &recorded.event else { continue };
        for audience in update.texts.keys() {
            let at = recorded.at;
            let one = UpdatesTold { audience: *audience, count: 0, first: at, last: at };
            let one = told.entry(*audience).or_insert(one);
            one.last = at;
            one.count += u32::from(update.corrects.is_none());
        }
    }
    told.into_values().collect()
}

fn runs(source: &Source) -> Vec<RunTold> {
    let line = |run: &RunRecord| shell_words::join(&run.argv);
    let spoken = source.timeline.iter().filter(|s| !s.corrected);
    let told = spoken.filter_map(|s| {
        let run = s.entry.run.as_deref()?;
        Some(RunTold {
            entry: s.entry.id,
            at: run.started_at,
            by: run.by.clone(),
            line: line(run),
            outcome: run.outcome,
        })
    });
    told.collect()
}

/// Numbers about the impact, as they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "ImpactFigures")]
pub struct Figures {
    pub users_affected: Option<String>,
    /// 0 to 100.
    pub users_percent: Option<String>,
    pub revenue: Option<String>,
    pub error_budget: Option<String>,
}

impl Figures {
    pub(super) fn of(fields: &Fields) -> Self {
        let text = |figure: Figure| {
            let value = fields.get(figure.field())?.value.as_str()?.trim();
            (!value.is_empty()).then(|| value.to_owned())
        };
        Self {
            users_affected: text(Figure::UsersAffected),
            users_percent: text(Figure::UsersPercent),
            revenue: text(Figure::Revenue),
            error_budget: text(Figure::ErrorBudget),
        }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
