//! Whom a page goes to, in which order, and when (domain §3, contract "The team as a file").

use crate::team::Team;
use crate::{GroupId, PersonId, PolicyId, ScheduleId, Severity, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Steps of one round at most.
pub const STEPS_MAX: usize = 50;

/// What a step notifies. It is a reference: who that is, is looked up when the step is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum Target {
    Schedule { schedule: ScheduleId },
    Person { person: PersonId },
    LeadOf { lead_of: GroupId },
    ManagerOf { manager_of: GroupId },
    Group { group: GroupId },
    Admins { admins: bool },
}

impl Target {
    /// For the history: `schedule primary`, `lead of payments`.
    pub fn words(&self) -> String {
        match self {
            Self::Schedule { schedule } => format!("schedule {schedule}"),
            Self::Person { person } => person.to_string(),
            Self::LeadOf { lead_of } => format!("lead of {lead_of}"),
            Self::ManagerOf { manager_of } => format!("manager of {manager_of}"),
            Self::Group { group } => format!("group {group}"),
            Self::Admins { .. } => "the team's admins".into(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PolicyStep {
    /// Since the page opened (in later rounds: since the round began).
    pub after: Span,
    pub notify: Vec<Target>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub id: PolicyId,
    pub steps: Vec<PolicyStep>,
    /// How often the whole chain is gone through, 1 to 20.
    #[serde(default = "three")]
    pub rounds: u32,
    /// From the last step of a round to the first of the next.
    #[serde(default = "ten_minutes")]
    pub gap: Span,
    /// Another chain for one severity.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub severity: BTreeMap<Severity, PolicyChain>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PolicyChain {
    pub steps: Vec<PolicyStep>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Span>,
}

fn three() -> u32 {
    3
}
fn ten_minutes() -> Span {
    Span::minutes(10)
}

/// The chain of one page, frozen when it opens: a later change of the policy moves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Plan {
    pub policy: PolicyId,
    pub steps: Vec<PolicyStep>,
    pub rounds: u32,
    pub gap: Span,
}

impl Plan {
    /// A chain of one step that rings these people, as often as the policy would; three rounds ten minutes apart where
    /// there is none.
    pub fn of_people(people: &[PersonId], like: Option<&Policy>) -> Self {
        let notify = people.iter().map(|person| Target::Person { person: person.clone() }).collect();
        Self {
            policy: like.map_or_else(|| PolicyId::new("named"), |p| p.id.clone()),
            steps: vec![PolicyStep { after: Span::ZERO, notify }],
            rounds: like.map_or_else(three, |p| p.rounds),
            gap: like.map_or_else(ten_minutes, |p| p.gap),
        }
    }
}

impl Policy {
    /// The chain for a severity. A SEV1 without a chain of its own takes the first two steps at once and
    /// brings the later ones forward by what that saves (domain §2: SEV1 pages primary **and** secondary).
    pub fn plan(&self, severity: Severity) -> Plan {
        let plan = |steps: Vec<PolicyStep>, rounds, gap| Plan { policy: self.id.clone(), steps, rounds, gap };
        if let Some(own) = self.severity.get(&severity) {
            return plan(own.steps.clone(), own.rounds.unwrap_or(self.rounds), own.gap.unwrap_or(self.gap));
        }
        let mut steps = self.steps.clone();
        if severity == Severity::Sev1 && steps.len() > 1 {
            let second = steps.remove(1);
            let saved = second.after.as_millis() - steps[0].after.as_millis();
            steps[0].notify.extend(second.notify);
            for later in &mut steps[1..] {
                later.after = Span::millis(later.after.as_millis() - saved);
            }
        }
        plan(steps, self.rounds, self.gap)
    }

    /// (path below the policy, words) for everything that is wrong.
    pub fn problems(&self, team: &Team) -> Vec<(String, String)> {
        let mut found = Vec::new();
        check_chain(&mut found, "", &self.steps, self.rounds, self.gap, team);
        for (severity, chain) in &self.severity {
            let (rounds, gap) = (chain.rounds.unwrap_or(self.rounds), chain.gap.unwrap_or(self.gap));
            check_chain(&mut found, &format!(".severity.{severity}"), &chain.steps, rounds, gap, team);
        }
        found
    }
}

fn check_chain(
    found: &mut Vec<(String, String)>,
    at: &str,
    steps: &[PolicyStep],
    rounds: u32,
    gap: Span,
    team: &Team,
) {
    let mut add = |path: String, words: String| found.push((format!("{at}{path}"), words));
    if steps.is_empty() {
        add(".steps".into(), "write at least one step".into());
    }
    if steps.len() > STEPS_MAX {
        add(".steps".into(), format!("{STEPS_MAX} steps at most"));
    }
    if !(1..=20).contains(&rounds) {
        add(".rounds".into(), "write 1 to 20".into());
    }
    if rounds > 1 && gap < Span::seconds(1) {
        add(".gap".into(), "leave at least 1s between rounds".into());
    }
    for (i, step) in steps.iter().enumerate() {
        if i > 0 && step.after < steps[i - 1].after {
            add(format!(".steps[{i}].after"), format!("`{}` is earlier than the step before it", step.after));
        }
        if step.notify.is_empty() {
            add(
                format!(".steps[{i}].notify"),
                "name somebody: schedule, person, lead_of, manager_of, group or admins".into(),
            );
        }
        for (j, target) in step.notify.iter().enumerate() {
            let missing = match target {
                Target::Schedule { schedule } => team
                    .schedule(schedule)
                    .is_none()
                    .then(|| format!("there is no schedule `{schedule}`; add it under schedules")),
                Target::Person { person } => team
                    .person(person)
                    .is_none()
                    .then(|| format!("there is no person `{person}`; add them under people")),
                Target::LeadOf { lead_of: g }
                | Target::ManagerOf { manager_of: g }
                | Target::Group { group: g } => {
                    team.group(g).is_none().then(|| format!("there is no group `{g}`; add it under groups"))
                }
                Target::Admins { .. } => None,
            };
            if let Some(words) = missing {
                add(format!(".steps[{i}].notify[{j}]"), words);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(after: Span, schedule: &str) -> PolicyStep {
        PolicyStep { after, notify: vec![Target::Schedule { schedule: schedule.into() }] }
    }

    #[test]
    fn sev1_rings_primary_and_secondary_at_once_and_brings_the_rest_forward() {
        let policy = Policy {
            id: "default".into(),
            steps: vec![
                step(Span::ZERO, "primary"),
                step(Span::minutes(5), "secondary"),
                step(Span::minutes(10), "leads"),
                step(Span::minutes(20), "managers"),
            ],
            rounds: 3,
            gap: Span::minutes(10),
            severity: BTreeMap::new(),
        };
        let plan = policy.plan(Severity::Sev1);
        assert_eq!(plan.steps[0].notify.len(), 2);
        let delays: Vec<_> = plan.steps.iter().map(|s| s.after).collect();
        assert_eq!(delays, [Span::ZERO, Span::minutes(5), Span::minutes(15)]);
        assert_eq!(policy.plan(Severity::Sev2).steps, policy.steps);
    }
}
