//! The record of an incident in sentences that stay when it is exported: past tense, names written out.

use crate::incident::{IncidentEvent, Moment};
use crate::playbook::Audience;
use crate::team::Team;
use crate::{PersonId, ServiceId};

/// How people and services are called.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names<'a> {
    pub team: Option<&'a Team>,
}

impl Names<'_> {
    pub fn person(&self, id: &PersonId) -> String {
        let known = self.team.and_then(|t| t.people.iter().find(|p| p.id == *id));
        known.map_or_else(|| id.to_string(), |p| p.name.clone())
    }

    pub fn service(&self, id: &ServiceId) -> String {
        let known = self.team.and_then(|t| t.services.iter().find(|s| s.id == *id));
        known.map_or_else(|| id.to_string(), |s| s.name.clone())
    }
}

pub(super) fn moment(moment: Moment) -> &'static str {
    match moment {
        Moment::ImpactStarted => "The impact began.",
        Moment::Detected => "The first signal.",
        Moment::Acknowledged => "The first page was acknowledged.",
        Moment::Declared => "The incident was declared.",
        Moment::Mitigated => "Users stopped suffering.",
        Moment::Resolved => "Resolved.",
    }
}

pub(super) fn audience(audience: Audience) -> String {
    audience.id().replace('_', " ")
}

/// An event as a line of a timeline; `None`: it says nothing to a reader, or a moment says it already.
pub(super) fn event(event: &IncidentEvent, names: &Names) -> Option<String> {
    Some(match event {
        IncidentEvent::SeverityChanged { from, to, reason, .. } => {
            sentence(format!("Severity changed from {from} to {to}"), reason)
        }
        IncidentEvent::StatusChanged { to, .. } => format!("Status: {}.", to.word()),
        IncidentEvent::Reopened { .. } => "Reopened: it was not over.".into(),
        IncidentEvent::RoleAssigned { role, to, .. } => {
            format!("{} became {}.", names.person(to), role.word())
        }
        IncidentEvent::RoleHandedOver { role, from, to } => {
            format!("{} handed the role of {} over to {}.", names.person(from), role.word(), names.person(to))
        }
        IncidentEvent::RoleLeft { role, from, .. } => {
            format!("{} gave up the role of {}.", names.person(from), role.word())
        }
        IncidentEvent::UpdateSent { update, .. } => {
            let told: Vec<String> = update.texts.keys().map(|a| audience(*a)).collect();
            format!("An update went to {}.", told.join(", "))
        }
        IncidentEvent::PeoplePaged { people, .. } => {
            let names: Vec<String> = people.iter().map(|p| names.person(p)).collect();
            format!("{} paged.", with_was(&names))
        }
        IncidentEvent::Merged { .. } => "Merged into another incident.".into(),
        IncidentEvent::FalseAlarm { reason, .. } => sentence("A false alarm".into(), reason),
        IncidentEvent::Alerted { title, service, alerts, .. } => match alerts {
            0 | 1 => format!("{}: {}", names.service(service), title.trim()),
            n => format!("{}: {} ({n} alerts)", names.service(service), title.trim()),
        },
        IncidentEvent::Rung { people, .. } => {
            let names: Vec<String> = people.iter().map(|p| names.person(p)).collect();
            format!("{} rung.", with_was(&names))
        }
        IncidentEvent::Declared { .. }
        | IncidentEvent::Closed { .. }
        | IncidentEvent::MomentCorrected { .. }
        | IncidentEvent::MadePrivate { .. }
        | IncidentEvent::MadePublic { .. }
        | IncidentEvent::PeopleChanged { .. }
        | IncidentEvent::RoleOffered { .. }
        | IncidentEvent::RoleConfirmed { .. }
        | IncidentEvent::OfferWithdrawn { .. }
        | IncidentEvent::PageLinked { .. }
        | IncidentEvent::Acknowledged { .. }
        | IncidentEvent::Unknown => return None,
    })
}

fn sentence(what: String, reason: &str) -> String {
    let reason = reason.trim();
    if reason.is_empty() { format!("{what}.") } else { format!("{what}: {reason}") }
}

fn with_was(names: &[String]) -> String {
    let verb = if names.len() == 1 { "was" } else { "were" };
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last} {verb}", rest.join(", ")),
        Some((one, _)) => format!("{one} {verb}"),
        None => "Nobody was".into(),
    }
}

/// What a reader needs to follow the story, without being asked for.
pub(super) fn is_needed(event: &IncidentEvent) -> bool {
    matches!(
        event,
        IncidentEvent::Alerted { .. }
            | IncidentEvent::SeverityChanged { .. }
            | IncidentEvent::Reopened { .. }
            | IncidentEvent::UpdateSent { .. }
            | IncidentEvent::Merged { .. }
            | IncidentEvent::FalseAlarm { .. }
    )
}
