//! An update while it is written: what is filled in, and what each audience would read.

use super::{playbook, zone};
use firebell_domain::Instant;
use firebell_domain::cadence::{self, Course};
use firebell_domain::incident::{Incident, IncidentEvent, RecordedIncident, Status};
use firebell_domain::playbook::{Audience, IncidentRole, Playbook};
use firebell_domain::team::Team;
use firebell_domain::update::{Facts, Insiders, Told, check_public, render};
use firebell_protocol::library::IncidentDetail;
use firebell_protocol::room::{Composed, ComposedText, SentUpdate};
use std::collections::BTreeMap;

/// What is filled in (`None`: as the last update was, for a new one), and what was written over the templates.
pub(crate) fn compose(
    detail: &IncidentDetail,
    told: Option<Told>,
    written: &BTreeMap<Audience, String>,
    team: Option<&Team>,
    now: Instant,
) -> Composed {
    let playbook = playbook(team);
    let incident = &detail.row.incident;
    let last = last_update(&detail.history);
    let (next_update, latest) = next_times(incident, &detail.history, &playbook, now);
    let mut told = told.unwrap_or_else(|| begin(detail, last.as_ref(), next_update));
    told.title = Some(detail.row.title.clone());
    let service = |id| team.and_then(|t| t.service(id)).map_or_else(|| id.to_string(), |s| s.name.clone());
    told.services = incident.services.iter().map(service).collect();
    told.commander = incident.holder(IncidentRole::Commander).map_or_else(String::new, |person| {
        team.and_then(|t| t.person(person)).map_or_else(|| person.to_string(), |p| p.name.clone())
    });
    let status = told.status.unwrap_or(incident.status);
    let facts = Facts::of(incident, &told, &playbook, zone(team), now);
    let insiders = team.map(Insiders::of).unwrap_or_default();
    let of_severity = playbook.audiences_of(incident.severity);
    let texts = Audience::ALL.into_iter().map(|audience| {
        let (text, trouble) = match written.get(&audience) {
            Some(text) => (text.clone(), String::new()),
            None => filled_in(&playbook, audience, status, &told, &facts),
        };
        let findings = match audience.is_outside() {
            true => check_public(&text, &playbook.public_text, &insiders),
            false => vec![],
        };
        ComposedText { audience, is_told: of_severity.contains(&audience), text, trouble, findings }
    });
    Composed { texts: texts.collect(), told, next_update, latest, last }
}

/// What the last one said is where the next one begins. The impact is the incident's own where nobody said otherwise.
fn begin(detail: &IncidentDetail, last: Option<&SentUpdate>, next_update: Option<Instant>) -> Told {
    let impact = detail.fields.get("impact").and_then(|f| f.value.as_str()).unwrap_or_default().to_owned();
    let status = Some(detail.row.incident.status).filter(|s| s.is_open() || *s == Status::Resolved);
    let said = last.map(|l| l.update.told.clone()).unwrap_or_default();
    Told {
        status,
        impact: if said.impact.is_empty() { impact } else { said.impact.clone() },
        next_update,
        no_news: false,
        ..said
    }
}

fn filled_in(
    playbook: &Playbook,
    audience: Audience,
    status: Status,
    told: &Told,
    facts: &Facts,
) -> (String, String) {
    let template = match told.no_news {
        true => Some(playbook.updates.no_news.as_str()),
        false => playbook.updates.template(audience, status),
    };
    let Some(template) = template else {
        let words = format!("The playbook has no template for an update that says “{}”.", status.word());
        return (String::new(), words);
    };
    match render(template, facts) {
        Ok(text) => (text, String::new()),
        Err(e) => (String::new(), format!("Line {} of the template: {}.", e.line, e.words)),
    }
}

fn last_update(history: &[RecordedIncident]) -> Option<SentUpdate> {
    history.iter().rev().find_map(|r| match &r.event {
        IncidentEvent::UpdateSent { by, update } => {
            Some(SentUpdate { by: by.clone(), at: r.at, update: (**update).clone() })
        }
        _ => None,
    })
}

/// When the one after this would come if this one were sent now, and how late that may be.
fn next_times(
    incident: &Incident,
    history: &[RecordedIncident],
    playbook: &Playbook,
    now: Instant,
) -> (Option<Instant>, Option<Instant>) {
    let is_due = Course::of(history).is_some_and(|course| cadence::next(&course, playbook).is_some());
    if !is_due {
        return (None, None);
    }
    let cadence = playbook.severity(incident.severity).updates;
    let longest = cadence.longest.unwrap_or(cadence.every).max(cadence.every);
    (Some(now + cadence.every.delta()), Some(now + longest.delta()))
}
