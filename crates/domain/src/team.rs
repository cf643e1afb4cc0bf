//! The team as one declarative document (contract, "The team as a file"), and what is wrong with one.

use crate::health::HealthFrom;
use crate::liveness::Reach;
use crate::network::AllowList;
use crate::playbook::Playbook;
use crate::run::CommandRule;
use crate::{GroupId, Instant, IntegrationId, PersonId, PolicyId, ScheduleId, ServiceId, Severity, Span};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

mod problems;
mod role;

use problems::{Known, Problems};

pub use crate::business::BusinessHours;
pub use crate::escalation::{Policy, PolicyChain, PolicyStep, Target};
pub use crate::playbook::PlaybookChanges;
pub use crate::schedule::Schedule;
pub use role::Role;

/// Everything an operator writes down about the team.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Team {
    pub team: TeamSettings,
    #[serde(default)]
    pub people: Vec<Person>,
    #[serde(default)]
    pub groups: Vec<Group>,
    #[serde(default)]
    pub schedules: Vec<Schedule>,
    #[serde(default)]
    pub policies: Vec<Policy>,
    #[serde(default)]
    pub services: Vec<Service>,
    #[serde(default)]
    pub integrations: Vec<Integration>,
    /// What the team does otherwise than the default playbook; see [`Team::playbook`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playbook: Option<PlaybookChanges>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TeamSettings {
    pub name: String,
    /// An IANA zone, for example `Europe/Berlin`.
    #[serde(default = "utc")]
    pub time_zone: String,
    #[serde(default)]
    pub business_hours: BusinessHours,
    /// Days of the team's zone that are no business days.
    #[serde(default)]
    pub holidays: Vec<NaiveDate>,
    /// Private networks (`10.20.0.0/16`) and single addresses in which health addresses may lie, at most 100. Here, and not in
    /// the server's settings, because desktops look, too, and `apply` is the admin's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub health_allow: Vec<String>,
    /// Whether commands of reviewed runbooks can be run from the desktops.
    #[serde(default, skip_serializing_if = "CommandRule::is_off")]
    #[ts(as = "Option<CommandRule>", optional)]
    pub commands: CommandRule,
    /// Who is told where the playbook says that executives must know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<PersonId>>")]
    pub executives: Vec<PersonId>,
}

fn utc() -> String {
    "UTC".to_owned()
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    pub email: String,
    /// The team's zone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    #[serde(default)]
    pub role: Role,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub id: GroupId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default)]
    pub members: Vec<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<PersonId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub id: ServiceId,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    pub policy: PolicyId,
    #[serde(default = "sev2")]
    pub default_severity: Severity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<String>,
    /// From where `health` can be reached.
    #[serde(default, skip_serializing_if = "HealthFrom::is_default")]
    pub health_from: HealthFrom,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dashboard: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub neighbours: Vec<ServiceId>,
    /// The team's own meaning of a monitoring system's severity words, before the field's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub severities: BTreeMap<String, Severity>,
}

fn sev2() -> Severity {
    Severity::Sev2
}

/// A source of alerts. Its key is not part of the document: it is made by `integration add` or on first `apply`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Integration {
    pub id: IntegrationId,
    pub kind: IntegrationKind,
    pub service: ServiceId,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RoutingRule>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub severities: BTreeMap<String, Severity>,
    /// Requests a minute, 1 to 1,000,000; 600 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum IntegrationKind {
    Alertmanager,
    Pagerduty,
    Generic,
}

impl IntegrationKind {
    pub const ALL: [IntegrationKind; 3] = [Self::Alertmanager, Self::Pagerduty, Self::Generic];
    pub fn name(self) -> &'static str {
        match self {
            Self::Alertmanager => "alertmanager",
            Self::Pagerduty => "pagerduty",
            Self::Generic => "generic",
        }
    }
}

/// The first rule whose every label matches decides the service and severity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RoutingRule {
    /// Label → exact value; at least one.
    #[serde(rename = "match")]
    pub matches: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
}

/// Something wrong with the document: where (`services[0].policy`) and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub path: String,
    pub words: String,
}

impl Team {
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.people.iter().find(|p| &p.id == id)
    }
    pub fn group(&self, id: &GroupId) -> Option<&Group> {
        self.groups.iter().find(|g| &g.id == id)
    }
    pub fn schedule(&self, id: &ScheduleId) -> Option<&Schedule> {
        self.schedules.iter().find(|s| &s.id == id)
    }
    pub fn policy(&self, id: &PolicyId) -> Option<&Policy> {
        self.policies.iter().find(|p| &p.id == id)
    }
    pub fn service(&self, id: &ServiceId) -> Option<&Service> {
        self.services.iter().find(|s| &s.id == id)
    }
    pub fn integration(&self, id: &IntegrationId) -> Option<&Integration> {
        self.integrations.iter().find(|i| &i.id == id)
    }
    /// How this team runs incidents: the default playbook with its changes.
    pub fn playbook(&self) -> Playbook {
        self.playbook.as_ref().map(PlaybookChanges::playbook).unwrap_or_default()
    }
    /// Words in which `ids` of people stand between backticks, with their names instead.
    pub fn with_names(&self, words: &str) -> String {
        let mut named = String::with_capacity(words.len());
        for (i, part) in words.split('`').enumerate() {
            let person = if i % 2 == 1 { self.person(&PersonId::new(part)) } else { None };
            match person {
                Some(person) => named.push_str(&person.name),
                None if i % 2 == 1 => named.extend(["`", part, "`"]),
                None => named.push_str(part),
            }
        }
        named
    }
    pub fn admins(&self) -> Vec<PersonId> {
        self.people.iter().filter(|p| p.role == Role::Admin).map(|p| p.id.clone()).collect()
    }

    /// The members a target stands for, when `on_call` says whom a schedule names. Empty is normal (nobody on call).
    pub fn people_of(
        &self,
        target: &Target,
        on_call: impl FnOnce(&ScheduleId) -> Vec<PersonId>,
    ) -> Vec<PersonId> {
        let mut found = match target {
            Target::Schedule { schedule } => on_call(schedule),
            Target::Person { person } => vec![person.clone()],
            Target::LeadOf { lead_of } => {
                self.group(lead_of).and_then(|g| g.lead.clone()).into_iter().collect()
            }
            Target::ManagerOf { manager_of } => {
                self.group(manager_of).and_then(|g| g.manager.clone()).into_iter().collect()
            }
            Target::Group { group } => self.group(group).map(|g| g.members.clone()).unwrap_or_default(),
            Target::Admins { .. } => self.admins(),
        };
        found.retain(|p| self.person(p).is_some());
        found
    }

    /// The first instant in business hours that is not before `from`.
    pub fn opens_after(&self, from: Instant) -> Instant {
        let settings = &self.team;
        let zone = settings.time_zone.parse().unwrap_or(chrono_tz::UTC);
        settings.business_hours.next(zone, &settings.holidays, from)
    }

    /// The zone of a person, or the team's; UTC when neither is one we know (which `problems` reports).
    pub fn zone_of(&self, person: &PersonId) -> chrono_tz::Tz {
        self.person(person)
            .and_then(|p| p.time_zone.as_deref())
            .unwrap_or(&self.team.time_zone)
            .parse()
            .unwrap_or(chrono_tz::UTC)
    }

    /// The schedules by which a person is on call at this moment.
    pub fn on_call_for(&self, person: &PersonId, at: Instant) -> Vec<ScheduleId> {
        self.schedules
            .iter()
            .filter(|s| s.on_call(at).is_some_and(|shift| shift.people.contains(person)))
            .map(|s| s.id.clone())
            .collect()
    }

    /// Everything wrong with this document; empty when it can be applied.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Problems::default();
        found.name("team.name", &self.team.name, "give the team a name");
        found.zone("team.time_zone", &self.team.time_zone);
        if let Err(words) = self.team.business_hours.check() {
            found.add("team.business_hours", words);
        }
        for (at, words) in AllowList::problems(&self.team.health_allow) {
            found.add(format!("team.health_allow{at}"), words);
        }
        let people: BTreeSet<_> = self.people.iter().map(|p| &p.id).collect();
        let known = Known { people };
        for (i, person) in self.team.executives.iter().enumerate() {
            found.person(&known, format!("team.executives[{i}]"), person);
        }

        found.ids("people", self.people.iter().map(|p| p.id.as_str()));
        let mut emails = BTreeSet::new();
        for (i, p) in self.people.iter().enumerate() {
            let at = format!("people[{i}]");
            found.name(format!("{at}.name"), &p.name, "give the person a name");
            found.require(
                p.email.contains('@') && p.email.len() <= 254,
                format!("{at}.email"),
                "write an address such as ana@example.com",
            );
            if !emails.insert(p.email.to_ascii_lowercase()) {
                found.add(
                    format!("{at}.email"),
                    format!("`{}` is used twice; every person has their own", p.email),
                );
            }
            if let Some(zone) = &p.time_zone {
                found.zone(format!("{at}.time_zone"), zone);
            }
        }
        found.ids("groups", self.groups.iter().map(|g| g.id.as_str()));
        for (i, g) in self.groups.iter().enumerate() {
            for (j, m) in g.members.iter().enumerate() {
                found.person(&known, format!("groups[{i}].members[{j}]"), m);
            }
            for (name, who) in [("lead", &g.lead), ("manager", &g.manager)] {
                if let Some(who) = who {
                    found.person(&known, format!("groups[{i}].{name}"), who);
                }
            }
        }
        found.ids("schedules", self.schedules.iter().map(|s| s.id.as_str()));
        for (i, s) in self.schedules.iter().enumerate() {
            for (path, words) in s.problems(|p| known.people.contains(p)) {
                found.add(format!("schedules[{i}]{path}"), words);
            }
        }
        found.ids("policies", self.policies.iter().map(|p| p.id.as_str()));
        for (i, p) in self.policies.iter().enumerate() {
            for (path, words) in p.problems(self) {
                found.add(format!("policies[{i}]{path}"), words);
            }
        }
        found.ids("services", self.services.iter().map(|s| s.id.as_str()));
        for (i, s) in self.services.iter().enumerate() {
            let at = format!("services[{i}]");
            found.name(format!("{at}.name"), &s.name, "give the service a name");
            if self.policy(&s.policy).is_none() {
                found.add(
                    format!("{at}.policy"),
                    format!("there is no policy `{}`; add it under policies", s.policy),
                );
            }
            if let Some(g) = &s.group
                && self.group(g).is_none()
            {
                found.add(format!("{at}.group"), format!("there is no group `{g}`; add it under groups"));
            }
            for (name, link) in [("runbook", &s.runbook), ("health", &s.health), ("dashboard", &s.dashboard)]
            {
                if let Some(link) = link {
                    found.require(
                        is_web_link(link),
                        format!("{at}.{name}"),
                        "write a link that starts with https:// or http://",
                    );
                }
            }
            for (j, n) in s.neighbours.iter().enumerate() {
                found.service(self, format!("{at}.neighbours[{j}]"), n);
            }
        }
        found.ids("integrations", self.integrations.iter().map(|i| i.id.as_str()));
        for (i, n) in self.integrations.iter().enumerate() {
            let at = format!("integrations[{i}]");
            found.service(self, format!("{at}.service"), &n.service);
            found.require(
                n.rate.is_none_or(|r| (1..=1_000_000).contains(&r)),
                format!("{at}.rate"),
                "write requests a minute, 1 to 1000000",
            );
            for (j, r) in n.rules.iter().enumerate() {
                let at = format!("{at}.rules[{j}]");
                found.require(
                    !r.matches.is_empty(),
                    format!("{at}.match"),
                    "name at least one label to match",
                );
                found.require(
                    r.service.is_some() || r.severity.is_some(),
                    at.clone(),
                    "say what the rule decides: service, severity or both",
                );
                if let Some(s) = &r.service {
                    found.service(self, format!("{at}.service"), s);
                }
            }
        }
        for problem in self.playbook.iter().flat_map(PlaybookChanges::check) {
            let below = if problem.path.is_empty() { "" } else { "." };
            found.add(format!("playbook{below}{}", problem.path), problem.words);
        }
        found.0
    }
}

/// Only web links are ever opened or shown as links.
pub fn is_web_link(link: &str) -> bool {
    (link.starts_with("https://") || link.starts_with("http://"))
        && link.len() <= 2048
        && !link.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// The team at one moment, with who can be reached: what a step needs to name people.
pub struct Roster<'a> {
    pub team: &'a Team,
    pub reach: &'a BTreeMap<PersonId, Reach>,
}

impl Roster<'_> {
    /// The people a target stands for now. Empty is normal (nobody on call) and is recorded by the caller.
    pub fn resolve(&self, target: &Target, now: Instant) -> Vec<PersonId> {
        let shift = |id: &ScheduleId| self.team.schedule(id).and_then(|s| s.on_call(now));
        self.team.people_of(target, |id| shift(id).map(|s| s.people).unwrap_or_default())
    }

    pub fn reach(&self, person: &PersonId) -> Reach {
        self.reach
            .get(person)
            .cloned()
            .unwrap_or(Reach { liveness: crate::liveness::Liveness::Dead, channels: vec![] })
    }
}

/// How long a channel waits when its owner did not say.
pub const DEFAULT_CHANNEL_DELAY: Span = Span::minutes(2);

#[cfg(test)]
mod tests;
