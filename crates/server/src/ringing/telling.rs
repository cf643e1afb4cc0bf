//! Those who must know hear of an incident by the channels that they have; their desktops tell them by themselves.

use crate::channels::NoticeSummary;
use crate::storage::{Saying, StorageError, Tx};
use firebell_domain::incident::{Incident, IncidentEvent};
use firebell_domain::notice::{self, Heard, TOLD_WITHIN};
use firebell_domain::team::Team;
use firebell_domain::{Instant, PersonId};
use uuid::Uuid;

/// Writes down what has to be said of these events, in their commit. `incident`: as it is after them.
pub fn tell(tx: &mut Tx, incident: &Incident, events: &[IncidentEvent]) -> Result<(), StorageError> {
    let record = tx.team()?;
    for event in events {
        for (person, heard) in notice::of_event(incident, event, &record.team) {
            if !heard.is_for_those_who_must_know() {
                continue;
            }
            let saying = Saying { incident: incident.id, heard };
            for channel in tx.channels_of(&person)? {
                tx.say_by_channel(Uuid::now_v7(), &person, channel.id, &saying)?;
            }
        }
    }
    Ok(())
}

/// What is said to this person now; `None` when it is too old by now, or they may not see the incident any more.
pub fn said(
    tx: &mut Tx,
    person: &PersonId,
    saying: &Saying,
    since: Instant,
) -> Result<Option<NoticeSummary>, StorageError> {
    if tx.now() - since > TOLD_WITHIN.delta() {
        return Ok(None);
    }
    let record = tx.team()?;
    let Some(kept) = tx.incident(saying.incident)? else { return Ok(None) };
    let incident = kept.incident;
    if !incident.is_seen_by(person) || record.team.person(person).is_none() {
        return Ok(None);
    }
    Ok(words(&record.team, &saying.heard).map(|words| NoticeSummary {
        incident: incident.id,
        number: incident.number,
        title: incident.title,
        severity: incident.severity,
        words,
    }))
}

/// `None` for what a channel does not say.
fn words(team: &Team, heard: &Heard) -> Option<String> {
    let name = |person: &PersonId| team.person(person).map_or_else(|| person.to_string(), |p| p.name.clone());
    match heard {
        Heard::Declared { by } => Some(format!("{} declared it.", name(by))),
        Heard::Reopened { by } => Some(format!("{} reopened it: it is not over.", name(by))),
        Heard::SeverityRaised { by, from } => Some(format!("{} raised it from {from}.", name(by))),
        Heard::UpdateSent { text, .. } => Some(text.clone()),
        _ => None,
    }
}
