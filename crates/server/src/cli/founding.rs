//! What a new team begins with: enough to be paged at once.

use firebell_domain::escalation::{Policy, PolicyStep, Target};
use firebell_domain::schedule::{Layer, Schedule, Turn, TurnHolder, TurnUnit};
use firebell_domain::team::{BusinessHours, Person, Role, Service, Team, TeamSettings};
use firebell_domain::{Instant, PersonId, Severity, Span};
use std::collections::BTreeMap;

/// A team of one admin, who is always on call, with a policy and a service to send alerts to.
pub fn team(name: &str, admin_email: &str, time_zone: &str, now: Instant) -> Team {
    let admin = person(admin_email, Role::Admin, &[]);
    let id = admin.id.clone();
    Team {
        team: TeamSettings {
            name: name.trim().to_owned(),
            time_zone: time_zone.to_owned(),
            business_hours: BusinessHours::default(),
            holidays: vec![],
            health_allow: vec![],
            commands: Default::default(),
            executives: vec![],
        },
        people: vec![admin],
        groups: vec![],
        schedules: vec![Schedule {
            id: "primary".into(),
            name: "Primary".into(),
            time_zone: time_zone.to_owned(),
            layers: vec![Layer {
                name: None,
                people: vec![TurnHolder::One(id)],
                turn: Turn {
                    every: 1,
                    unit: TurnUnit::Week,
                    hand_off: "Mon 10:00".into(),
                    start: now.date_naive(),
                },
                advance: None,
                windows: vec![],
            }],
            overrides: vec![],
            temporary: vec![],
        }],
        policies: vec![Policy {
            id: "default".into(),
            steps: vec![
                PolicyStep {
                    after: Span::ZERO,
                    notify: vec![Target::Schedule { schedule: "primary".into() }],
                },
                PolicyStep { after: Span::minutes(5), notify: vec![Target::Admins { admins: true }] },
            ],
            rounds: 3,
            gap: Span::minutes(10),
            severity: BTreeMap::new(),
        }],
        services: vec![Service {
            id: "general".into(),
            name: "General".into(),
            group: None,
            policy: "default".into(),
            default_severity: Severity::Sev2,
            runbook: None,
            health: None,
            health_from: Default::default(),
            dashboard: None,
            neighbours: vec![],
            severities: BTreeMap::new(),
        }],
        integrations: vec![],
        playbook: None,
    }
}

/// A person of whom only the address is known: `olga.ops@example.com` becomes Olga Ops, `olga-ops`.
pub fn person(email: &str, role: Role, taken: &[Person]) -> Person {
    let local = email.trim().split('@').next().unwrap_or_default();
    let words: Vec<&str> =
        local.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let slug = words.join("-").to_ascii_lowercase();
    let slug = slug.get(..slug.len().min(60)).filter(|s| !s.is_empty()).unwrap_or("person").to_owned();
    let free = |id: &str| taken.iter().all(|p| p.id.as_str() != id);
    let id =
        (2..).map(|n| format!("{slug}-{n}")).find(|id| free(id)).filter(|_| !free(&slug)).unwrap_or(slug);
    let name: Vec<String> = words
        .iter()
        .map(|w| {
            let (first, rest) = w.split_at(1);
            format!("{}{rest}", first.to_ascii_uppercase())
        })
        .collect();
    let name = if name.is_empty() { email.to_owned() } else { name.join(" ") };
    Person { id: PersonId::new(id), name, email: email.trim().to_owned(), time_zone: None, role }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_team_can_be_used_as_it_is() {
        let now = "2026-11-21T09:00:00Z".parse().unwrap();
        let team = team("Acme", "olga.ops@example.com", "Europe/Berlin", now);
        assert_eq!(team.problems(), vec![]);
        assert_eq!(team.schedules[0].on_call(now).unwrap().people, [PersonId::from("olga-ops")]);
    }

    #[test]
    fn people_are_named_after_their_address() {
        let ana = person("ana@example.com", Role::Admin, &[]);
        assert_eq!((ana.id.as_str(), ana.name.as_str()), ("ana", "Ana"));
        assert_eq!(person("ana@b.org", Role::Admin, std::slice::from_ref(&ana)).id.as_str(), "ana-2");
        assert_eq!(person("@b.org", Role::Admin, &[]).id.as_str(), "person");
        assert_eq!(person("é@b.org", Role::Admin, &[]).name, "é@b.org");
    }
}
