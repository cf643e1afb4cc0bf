//! Those who must know of the incident by its severity: who they are, and what they were told.

use super::Source;
use crate::incident::Incident;
use crate::notice::{Heard, must_know, of_event, people_of};
use crate::playbook::{Playbook, Stakeholder};
use crate::team::Team;
use crate::{Instant, PersonId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use ts_rs::TS;

/// A kind of people who must know. Nobody in it: the team's file names nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MustKnow {
    pub who: Stakeholder,
    pub people: Vec<Knows>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Knows {
    pub person: PersonId,
    /// Whoever may not see the incident is told nothing.
    pub sees: bool,
    /// The last thing that they were told, on their desktop and by the channels that they have.
    pub told: Option<TellingOf>,
    pub told_at: Option<Instant>,
}

/// What somebody was told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TellingOf {
    Declaration,
    /// It is not over.
    Reopening,
    /// It became severe enough for them.
    Severity,
    Update,
}

/// In the order of the playbook; empty without a team, or when nobody must know.
pub(super) fn who_must_know(source: &Source, playbook: &Playbook) -> Vec<MustKnow> {
    let Some(team) = source.team else { return vec![] };
    let incident = source.incident;
    let people = must_know(incident, incident.severity, team, playbook);
    let told = told(source, team);
    let knows = |person: &PersonId| Knows {
        person: person.clone(),
        sees: incident.is_seen_by(person),
        told: told.get(person).map(|t| t.0),
        told_at: told.get(person).map(|t| t.1),
    };
    let of = |who| {
        let named = people.iter().filter(move |(_, as_whom)| *as_whom == who);
        MustKnow { who, people: named.map(|(person, _)| knows(person)).collect() }
    };
    let mut groups: Vec<MustKnow> =
        playbook.severity(incident.severity).must_know.into_iter().map(of).collect();
    // Whoever is named twice stands once, with the first of the two.
    groups.retain(|g| !g.people.is_empty() || people_of(g.who, incident, team).is_empty());
    groups
}

/// The last thing that each was told, as the history says it.
fn told(source: &Source, team: &Team) -> HashMap<PersonId, (TellingOf, Instant)> {
    let mut told = HashMap::new();
    let mut so_far: Option<Incident> = None;
    // What was decided together is told of as it is after all of it: who may see it is part of that.
    for decided in source.history.chunk_by(|a, b| a.at == b.at) {
        for r in decided {
            match &mut so_far {
                None => so_far = Incident::from_declared(r.at, &r.event),
                Some(incident) => incident.apply(r.at, &r.event),
            }
        }
        let Some(incident) = &so_far else { continue };
        for r in decided {
            for (person, heard) in of_event(incident, &r.event, team) {
                let of = match heard {
                    Heard::Declared { .. } => TellingOf::Declaration,
                    Heard::Reopened { .. } => TellingOf::Reopening,
                    Heard::SeverityRaised { .. } => TellingOf::Severity,
                    Heard::UpdateSent { .. } => TellingOf::Update,
                    _ => continue,
                };
                told.insert(person, (of, r.at));
            }
        }
    }
    told
}
