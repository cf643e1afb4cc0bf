//! What somebody has to do with an incident: what a list of incidents can be asked for.

use super::change::RESPONDER;
use crate::incident::{Incident, IncidentEvent, RecordedIncident};
use crate::playbook::IncidentRole;
use crate::{Instant, PersonId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "IncidentPart")]
pub enum Part {
    /// Any of the others.
    #[default]
    Any,
    DeclaredBy,
    Commander,
    /// Commander, technical lead, communications lead or scribe.
    Role,
    /// Whoever said what they are on, and whoever holds a role.
    Responder,
}

impl Part {
    pub fn id(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::DeclaredBy => "declared_by",
            Self::Commander => "commander",
            Self::Role => "role",
            Self::Responder => "responder",
        }
    }

    /// Every part that somebody has in an incident now, but [`Part::Any`]. `fields` are those of its record. Whoever may not
    /// see it (any more) has no part in it, unless they declared it.
    pub fn of_all<'a>(
        incident: &Incident,
        fields: impl Iterator<Item = (&'a str, &'a Value)>,
    ) -> BTreeSet<(PersonId, Self)> {
        let mut all = BTreeSet::from([(incident.declared_by.clone(), Self::DeclaredBy)]);
        for (role, holder) in &incident.roles {
            all.insert((holder.person.clone(), Self::Responder));
            all.insert((holder.person.clone(), Self::Role));
            if *role == IncidentRole::Commander {
                all.insert((holder.person.clone(), Self::Commander));
            }
        }
        let helping = fields.filter_map(|(name, value)| Some(responder(name, value)?.0));
        all.extend(helping.filter(|p| incident.is_seen_by(p)).map(|p| (p, Self::Responder)));
        all
    }
}

/// Everybody who took part, with the time from which on: whoever held a role, acknowledged, told those who wait or wrote in
/// the timeline, and whoever says what they are on. `written`: authors of entries, and when; a command that was run is one.
/// Whoever may not see it (any more) is not named.
pub fn took_part<'a>(
    incident: &Incident,
    history: &[RecordedIncident],
    written: impl Iterator<Item = (&'a PersonId, Instant)>,
    helping: impl Iterator<Item = (PersonId, Instant)>,
) -> BTreeMap<PersonId, Instant> {
    let mut all: BTreeMap<PersonId, Instant> = BTreeMap::new();
    let mut add = |person: PersonId, at: Instant| {
        let since = all.entry(person).or_insert(at);
        *since = at.min(*since);
    };
    for RecordedIncident { at, event } in history {
        let at = event.happened_at(*at);
        match event {
            IncidentEvent::Declared { by, declaration, .. } if declaration.commands => add(by.clone(), at),
            IncidentEvent::RoleAssigned { to: by, .. }
            | IncidentEvent::RoleHandedOver { to: by, .. }
            | IncidentEvent::Acknowledged { by, .. }
            | IncidentEvent::UpdateSent { by, .. } => add(by.clone(), at),
            _ => {}
        }
    }
    written.for_each(|(person, at)| add(person.clone(), at));
    helping.for_each(|(person, at)| add(person, at));
    incident.roles.values().for_each(|holder| add(holder.person.clone(), holder.since));
    all.retain(|person, _| incident.is_seen_by(person));
    all
}

/// Who helps, and what they are on, when a field of the record says that.
pub fn responder<'a>(field: &str, value: &'a Value) -> Option<(PersonId, &'a str)> {
    let person = PersonId::new(field.strip_prefix(RESPONDER)?);
    Some((person, value.get("on")?.as_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::{Declaration, IncidentEvent};
    use crate::{IncidentId, Severity};
    use serde_json::json;

    #[test]
    fn who_declared_who_commands_and_who_helps_each_have_their_part() {
        let declaration = Declaration {
            title: "Checkout is down".into(),
            severity: Severity::Sev1,
            services: vec![],
            detection: None,
            detected_at: None,
            page: None,
            commands: true,
        };
        let event = IncidentEvent::Declared {
            incident: IncidentId(uuid::Uuid::nil()),
            number: 1,
            by: "ana".into(),
            claimed_at: None,
            declaration,
        };
        let at = "2026-11-25T02:13:00Z".parse().unwrap();
        let mut incident = Incident::from_declared(at, &event).unwrap();
        let fields = [
            ("responder_ben", json!({ "on": "the database" })),
            ("responder_chi", json!(null)),
            ("impact", json!("Nobody can pay.")),
        ];
        let parts = |incident: &Incident, who: &str| -> Vec<Part> {
            let all = Part::of_all(incident, fields.iter().map(|(n, v)| (*n, v)));
            all.into_iter().filter(|(p, _)| p.as_str() == who).map(|(_, part)| part).collect()
        };
        assert_eq!(parts(&incident, "ana"), [Part::DeclaredBy, Part::Commander, Part::Role, Part::Responder]);
        assert_eq!(parts(&incident, "ben"), [Part::Responder]);
        assert!(parts(&incident, "chi").is_empty(), "has left");
        incident.people = Some(vec!["ana".into()]);
        assert!(parts(&incident, "ben").is_empty(), "may not see it any more");
    }
}
