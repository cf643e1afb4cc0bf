//! What people hear of an incident without being rung for it (domain §2, §4, §6): those who must know by its severity, and
//! whoever has or gets a role in it.
//!
//! Nobody hears of what they did themselves, and nobody of an incident that they may not see. Stakeholders hear like others:
//! they read. Whether a next update is due, and who is told of that, is the matter of [`crate::cadence`].

use crate::incident::{Incident, IncidentEvent};
use crate::playbook::{Audience, IncidentRole, Playbook, Stakeholder};
use crate::postmortem::{Asked, Reminder};
use crate::team::Team;
use crate::update::StatusUpdate;
use crate::{Instant, PersonId, Severity, Span};
use serde::{Deserialize, Serialize};

/// What is older when it is heard of is read, not told.
pub const TOLD_WITHIN: Span = Span::hours(1);

/// What somebody hears. `by`: who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Heard {
    /// They must know of every incident of this severity.
    Declared {
        by: PersonId,
    },
    /// It was over, and is not.
    Reopened {
        by: PersonId,
    },
    /// It became one that they must know of.
    SeverityRaised {
        by: PersonId,
        from: Severity,
    },
    /// `text`: as their audience got it.
    UpdateSent {
        by: PersonId,
        text: String,
    },
    /// They are to take it over, and say how things stand first.
    RoleOffered {
        by: PersonId,
        role: IncidentRole,
        reason: String,
    },
    /// Theirs was confirmed by the next holder: they let go now.
    RoleConfirmed {
        by: PersonId,
        role: IncidentRole,
        status: String,
    },
    RoleGiven {
        by: PersonId,
        role: IncidentRole,
    },
    /// They do not have it any more. `to`: who does, if anybody.
    RoleTaken {
        by: PersonId,
        role: IncidentRole,
        to: Option<PersonId>,
        reason: String,
    },
    /// By the clock: an update is theirs to write.
    UpdateDue {
        due_at: Instant,
    },
    /// By the clock, where no server rings for it. `times`: how many in a row.
    UpdateMissed {
        due_at: Instant,
        times: u32,
    },
    /// By the clock: their postmortem wants something.
    PostmortemDue {
        reminder: Reminder,
    },
    /// By the clock, each morning: their actions that are overdue or due. `title`: of the one that is due longest.
    ActionsDue {
        overdue: u32,
        today: u32,
        tomorrow: u32,
        title: String,
    },
    /// Somebody speaks to them in a postmortem.
    Mentioned {
        by: PersonId,
        words: String,
    },
    /// Somebody asks something of them for a postmortem. `title`: of the action.
    Asked {
        by: PersonId,
        #[serde(flatten)]
        asked: Asked,
        title: Option<String>,
    },
    /// By this computer: their own "nothing is new" did not go out. `words`: why.
    NoNewsUnsent {
        words: String,
    },
}

impl Heard {
    /// Told to those who must know, on every way that reaches them; the rest is of one person's own work, at their desktop.
    pub fn is_for_those_who_must_know(&self) -> bool {
        matches!(
            self,
            Self::Declared { .. }
                | Self::Reopened { .. }
                | Self::SeverityRaised { .. }
                | Self::UpdateSent { .. }
        )
    }
}

/// Who hears what of this event. `incident`: as it is after it. Each person hears once.
pub fn of_event(incident: &Incident, event: &IncidentEvent, team: &Team) -> Vec<(PersonId, Heard)> {
    let by = event.author();
    let found = match event {
        IncidentEvent::Declared { by, .. } => {
            to_those_who_must_know(incident, team, |_| Heard::Declared { by: by.clone() })
        }
        IncidentEvent::Reopened { by } => {
            to_those_who_must_know(incident, team, |_| Heard::Reopened { by: by.clone() })
        }
        IncidentEvent::SeverityChanged { by, from, to, .. } if to.is_worse_than(*from) => {
            to_those_who_must_know(incident, team, |_| Heard::SeverityRaised { by: by.clone(), from: *from })
        }
        IncidentEvent::UpdateSent { by, update } => to_those_who_must_know(incident, team, |who| {
            Heard::UpdateSent { by: by.clone(), text: text_for(update, who) }
        }),
        IncidentEvent::RoleOffered { by, role, to, reason } => {
            vec![(to.clone(), Heard::RoleOffered { by: by.clone(), role: *role, reason: reason.clone() })]
        }
        IncidentEvent::RoleConfirmed { by, role, status } => {
            let heard = Heard::RoleConfirmed { by: by.clone(), role: *role, status: status.clone() };
            incident.holder(*role).cloned().map(|holder| (holder, heard)).into_iter().collect()
        }
        IncidentEvent::RoleHandedOver { role, from, to } => {
            vec![(to.clone(), Heard::RoleGiven { by: from.clone(), role: *role })]
        }
        IncidentEvent::RoleAssigned { by, role, from, to, reason } => {
            let (to_whom, reason) = (Some(to.clone()), reason.clone());
            let taken = Heard::RoleTaken { by: by.clone(), role: *role, to: to_whom, reason };
            let given = (to.clone(), Heard::RoleGiven { by: by.clone(), role: *role });
            from.iter().map(|from| (from.clone(), taken.clone())).chain([given]).collect()
        }
        IncidentEvent::RoleLeft { by, role, from, reason } => {
            let reason = reason.clone();
            vec![(from.clone(), Heard::RoleTaken { by: by.clone(), role: *role, to: None, reason })]
        }
        _ => vec![],
    };
    let hears = |person: &PersonId| {
        Some(person) != by && incident.is_seen_by(person) && team.person(person).is_some()
    };
    found.into_iter().filter(|(person, _)| hears(person)).collect()
}

/// Who must know of an incident of this severity, and as whom: each person once, in the order of the playbook.
pub fn must_know(
    incident: &Incident,
    severity: Severity,
    team: &Team,
    playbook: &Playbook,
) -> Vec<(PersonId, Stakeholder)> {
    let mut found: Vec<(PersonId, Stakeholder)> = vec![];
    for who in playbook.severity(severity).must_know {
        for person in people_of(who, incident, team) {
            if !found.iter().any(|(known, _)| *known == person) {
                found.push((person, who));
            }
        }
    }
    found
}

/// Whom the team's file names, for the services of this incident.
pub fn people_of(who: Stakeholder, incident: &Incident, team: &Team) -> Vec<PersonId> {
    let of_service = |id| team.service(id).and_then(|s| s.group.as_ref()).and_then(|g| team.group(g));
    let groups = incident.services.iter().filter_map(of_service);
    let people: Vec<&PersonId> = match who {
        Stakeholder::Executives => team.team.executives.iter().collect(),
        Stakeholder::EngineeringManager => groups.filter_map(|g| g.manager.as_ref()).collect(),
        Stakeholder::TeamLead => groups.filter_map(|g| g.lead.as_ref()).collect(),
    };
    people.into_iter().cloned().collect()
}

fn to_those_who_must_know(
    incident: &Incident,
    team: &Team,
    heard: impl Fn(Stakeholder) -> Heard,
) -> Vec<(PersonId, Heard)> {
    let people = must_know(incident, incident.severity, team, &team.playbook());
    people.into_iter().map(|(person, who)| (person, heard(who))).collect()
}

/// Whose text they read: the first of these that was written.
pub fn texts_of(who: Stakeholder) -> [Audience; 2] {
    let own = match who {
        Stakeholder::Executives => Audience::Executives,
        Stakeholder::EngineeringManager | Stakeholder::TeamLead => Audience::Managers,
    };
    [own, Audience::Internal]
}

/// The text that was written for them, else the nearest one.
fn text_for(update: &StatusUpdate, who: Stakeholder) -> String {
    let text = texts_of(who).into_iter().find_map(|audience| update.texts.get(&audience));
    text.or_else(|| update.texts.values().next()).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::{Declaration, IncidentCommand, Status, begin, decide};
    use crate::update::Told;
    use crate::{IncidentId, UpdateId};
    use std::collections::BTreeMap;
    use uuid::Uuid;

    fn team() -> Team {
        let person = |id: &str| {
            let role = if id == "vic" { "stakeholder" } else { "responder" };
            serde_json::json!({ "id": id, "name": id, "email": format!("{id}@example.com"), "role": role })
        };
        let team: Team = serde_json::from_value(serde_json::json!({
            "team": { "name": "Acme", "executives": ["vic", "dev"] },
            "people": [person("ana"), person("ben"), person("chi"), person("dev"), person("vic")],
            "groups": [{ "id": "payments", "members": ["ana"], "lead": "chi", "manager": "dev" }],
            "policies": [{ "id": "default", "steps": [{ "after": "0s", "notify": [{ "person": "ana" }] }] }],
            "services": [{ "id": "pay", "name": "Pay", "group": "payments", "policy": "default" },
                         { "id": "shop", "name": "Shop", "group": "payments", "policy": "default" }],
        }))
        .unwrap();
        assert_eq!(team.problems(), []);
        team
    }

    fn now() -> Instant {
        "2026-11-21T02:13:00Z".parse().unwrap()
    }

    fn declared(
        severity: Severity,
        command: impl FnOnce(Declaration) -> IncidentCommand,
    ) -> (Incident, IncidentEvent) {
        let declaration = Declaration {
            title: "Checkout is down".into(),
            severity,
            services: vec!["pay".into(), "shop".into()],
            detection: None,
            detected_at: None,
            page: None,
            commands: true,
        };
        let id = IncidentId(Uuid::from_u128(1));
        let events = begin(id, 1, &command(declaration), &"ana".into(), None, now()).unwrap();
        (Incident::from_first(now(), &events).unwrap(), events[0].clone())
    }

    /// What each hears of a command, and the incident after it.
    fn asked(incident: &mut Incident, by: &str, command: IncidentCommand) -> Vec<(String, Heard)> {
        let mut all = vec![];
        for event in decide(incident, command, by.into(), now()).unwrap() {
            incident.apply(now(), &event);
            all.extend(of_event(incident, &event, &team()));
        }
        all.into_iter().map(|(person, heard)| (person.to_string(), heard)).collect()
    }

    fn people(heard: &[(PersonId, Heard)]) -> Vec<&str> {
        heard.iter().map(|(person, _)| person.as_str()).collect()
    }

    #[test]
    fn who_must_know_follows_from_the_severity_and_from_whose_services_they_are() {
        for (severity, expected) in [
            (Severity::Sev1, vec!["vic", "dev"]),
            (Severity::Sev2, vec!["dev"]),
            (Severity::Sev3, vec!["chi"]),
            (Severity::Sev4, vec![]),
        ] {
            let (incident, event) = declared(severity, IncidentCommand::Declare);
            assert_eq!(people(&of_event(&incident, &event, &team())), expected, "{severity}");
        }
    }

    #[test]
    fn whoever_did_it_and_whoever_may_not_see_it_hears_nothing() {
        let privately =
            |declaration| IncidentCommand::DeclarePrivately { declaration, people: vec!["dev".into()] };
        let (incident, event) = declared(Severity::Sev1, privately);
        assert_eq!(people(&of_event(&incident, &event, &team())), ["dev"], "and not Vic");
        let (mut incident, _) = declared(Severity::Sev2, IncidentCommand::Declare);
        let raise = |to| IncidentCommand::SetSeverity { to, reason: String::new() };
        let heard = asked(&mut incident, "dev", raise(Severity::Sev1));
        let expected = Heard::SeverityRaised { by: "dev".into(), from: Severity::Sev2 };
        assert_eq!(heard, [("vic".to_owned(), expected)]);
        assert_eq!(asked(&mut incident, "ana", raise(Severity::Sev3)), [], "that it is less severe can wait");
        assert_eq!(asked(&mut incident, "ana", IncidentCommand::SetStatus { to: Status::Identified }), []);
        asked(&mut incident, "ana", raise(Severity::Sev1));
        asked(&mut incident, "ana", IncidentCommand::SetStatus { to: Status::Resolved });
        let heard = asked(&mut incident, "dev", IncidentCommand::SetStatus { to: Status::Investigating });
        assert_eq!(heard, [("vic".to_owned(), Heard::Reopened { by: "dev".into() })], "it is not over");
    }

    #[test]
    fn an_update_is_heard_in_the_words_that_were_written_for_whoever_hears_it() {
        let (mut incident, _) = declared(Severity::Sev1, IncidentCommand::Declare);
        let texts = |own: bool| {
            let mut texts = BTreeMap::from([(Audience::Internal, "The queue is full.".to_owned())]);
            if own {
                texts.insert(Audience::Executives, "Nobody can pay.".to_owned());
            }
            texts
        };
        for (own, expected) in [(true, "Nobody can pay."), (false, "The queue is full.")] {
            let id = UpdateId(Uuid::from_u128(u128::from(own)));
            let update =
                Box::new(StatusUpdate { id, told: Told::default(), texts: texts(own), corrects: None });
            let heard = asked(&mut incident, "ben", IncidentCommand::SendUpdate { update });
            let text = expected.to_owned();
            assert_eq!(heard[0], ("vic".to_owned(), Heard::UpdateSent { by: "ben".into(), text }));
            assert_eq!(heard.len(), 2);
        }
    }

    #[test]
    fn the_steps_of_a_hand_over_are_heard_by_the_other_one_of_the_two() {
        let (mut incident, _) = declared(Severity::Sev4, IncidentCommand::Declare);
        let role = IncidentRole::Commander;
        let offer = IncidentCommand::OfferRole { role, to: "ben".into(), reason: "my shift ends".into() };
        let offered = Heard::RoleOffered { by: "ana".into(), role, reason: "my shift ends".into() };
        assert_eq!(asked(&mut incident, "ana", offer), [("ben".to_owned(), offered)]);
        let status = "The queue is full, Chi looks at it".to_owned();
        let confirm = IncidentCommand::ConfirmRole { role, status: status.clone() };
        let confirmed = Heard::RoleConfirmed { by: "ben".into(), role, status };
        assert_eq!(asked(&mut incident, "ben", confirm), [("ana".to_owned(), confirmed)]);
        let given = Heard::RoleGiven { by: "ana".into(), role };
        let released = asked(&mut incident, "ana", IncidentCommand::ReleaseRole { role });
        assert_eq!(released, [("ben".to_owned(), given)]);
        // Taken, because Ben does not answer.
        let takes = IncidentCommand::AssignRole {
            role,
            to: "chi".into(),
            instead_of: Some("ben".into()),
            reason: "no answer".into(),
        };
        let taken =
            Heard::RoleTaken { by: "chi".into(), role, to: Some("chi".into()), reason: "no answer".into() };
        assert_eq!(asked(&mut incident, "chi", takes), [("ben".to_owned(), taken)]);
        let gives = IncidentCommand::AssignRole {
            role: IncidentRole::Scribe,
            to: "ben".into(),
            instead_of: None,
            reason: String::new(),
        };
        let given = Heard::RoleGiven { by: "chi".into(), role: IncidentRole::Scribe };
        assert_eq!(asked(&mut incident, "chi", gives), [("ben".to_owned(), given)]);
        let ends = IncidentCommand::LeaveRole { role: IncidentRole::Scribe, reason: "not needed".into() };
        assert_eq!(asked(&mut incident, "chi", ends)[0].0, "ben");
    }
}
