//! The team's playbook: how it wants incidents run (domain §2, §4, §5, §6).
//!
//! [`Playbook::default`] is what the field does, as the domain's pages name it. A team writes down only what it does
//! otherwise ([`PlaybookChanges`]), so that a default that becomes better reaches everybody who never touched it. Nothing in
//! here pages anybody: who is rung is the matter of escalation policies.

mod changes;
mod channel;
mod check;
mod checklist;
mod closing;
mod deadline;
mod difference;
mod editing;
#[cfg(test)]
mod editing_tests;
mod mitigation;
mod role;
mod severity;
#[cfg(test)]
mod tests;
mod triage;
mod updates;
mod updates_texts;

pub use changes::PlaybookChanges;
pub use channel::ChannelRules;
pub use checklist::{ChecklistItem, Phase};
pub use closing::{ClosingRules, RunbookRules};
pub use deadline::WorkingDays;
pub use difference::Difference;
pub use editing::{Edit, Mistake};
pub use mitigation::MitigationStrategy;
pub use role::{HandOverRules, IncidentRole, RoleRules};
pub use severity::{Cadence, Duty, Hours, Need, Paged, SeverityRules, Stakeholder};
pub use triage::{FirstAction, Sign, TriageQuestion, TriageRules};
pub use updates::{Audience, Occasion, PublicRules, UpdateRules};

use crate::Severity;
use crate::postmortem::PostmortemRules;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Everything about running an incident that a team can decide for itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Playbook {
    /// All four.
    pub severities: BTreeMap<Severity, SeverityRules>,
    pub triage: TriageRules,
    /// All five.
    pub roles: BTreeMap<IncidentRole, RoleRules>,
    pub hand_over: HandOverRules,
    /// One for each phase; an empty one is not shown.
    pub checklists: BTreeMap<Phase, Vec<ChecklistItem>>,
    /// By an id of the team's choice (a slug).
    pub strategies: BTreeMap<String, MitigationStrategy>,
    pub updates: UpdateRules,
    pub public_text: PublicRules,
    pub channel: ChannelRules,
    pub closing: ClosingRules,
    pub runbooks: RunbookRules,
    pub postmortem: PostmortemRules,
}

impl Default for Playbook {
    fn default() -> Self {
        Self {
            severities: severity::defaults(),
            triage: TriageRules::default(),
            roles: role::defaults(),
            hand_over: HandOverRules::default(),
            checklists: checklist::defaults(),
            strategies: mitigation::defaults(),
            updates: UpdateRules::default(),
            public_text: PublicRules::default(),
            channel: ChannelRules::default(),
            closing: ClosingRules::default(),
            runbooks: RunbookRules::default(),
            postmortem: PostmortemRules::default(),
        }
    }
}

impl Playbook {
    /// The rules of a severity. A playbook without them (which `check` reports) has the default ones.
    pub fn severity(&self, severity: Severity) -> SeverityRules {
        self.severities.get(&severity).cloned().unwrap_or_else(|| severity::default_of(severity))
    }

    /// What a role is for; the default where the playbook has none.
    pub fn role(&self, role: IncidentRole) -> RoleRules {
        self.roles.get(&role).cloned().unwrap_or_else(|| role::default_of(role))
    }

    /// The strategies in the order in which they are offered.
    pub fn strategies_in_order(&self) -> Vec<(&str, &MitigationStrategy)> {
        let mut all: Vec<_> = self.strategies.iter().map(|(id, s)| (id.as_str(), s)).collect();
        all.sort_by_key(|(id, s)| (s.order, *id));
        all
    }

    /// Who is told of an incident of this severity without anybody having to think of it.
    pub fn audiences_of(&self, severity: Severity) -> Vec<Audience> {
        let told =
            |audience: &Audience| self.updates.audiences.get(audience).is_some_and(|s| s.contains(&severity));
        Audience::ALL.into_iter().filter(told).collect()
    }
}
