//! What triage asks, gathers and suggests first (domain §2 "words for the forms", §5).

use crate::Span;
use crate::triage::{Impact, Scope};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TriageQuestion {
    /// A slug, unique among the questions: answers are kept under it.
    pub id: String,
    pub text: String,
}

/// What triage can notice by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "TriageSign")]
pub enum Sign {
    /// Something was changed shortly before the first signal.
    ChangeBefore,
    /// The health address does not answer.
    Unreachable,
    /// Alerts of several services come from one region.
    OneRegion,
}

/// What a sign suggests to do first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FirstAction {
    /// What was found.
    pub sign: String,
    /// The sign that triage looks for by itself; without one, people look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Sign>,
    /// What to consider, with its reason.
    pub action: String,
    /// The strategy it leads to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TriageRules {
    pub questions: Vec<TriageQuestion>,
    pub scope: BTreeMap<Scope, String>,
    pub impact: BTreeMap<Impact, String>,
    /// Percent of users from which on the scope is wide, above 0 to 100; a service can set its own.
    pub wide_percent: f64,
    /// Percent of users from which on the scope is medium, above 0, below `wide_percent`.
    pub medium_percent: f64,
    /// Percent of revenue behind the affected users that counts as a large share, above 0 to 100; a service can set its own.
    pub revenue_percent: f64,
    /// Deployments and other changes of this long before the first signal are shown, 1 hour to 30 days.
    pub changes_within: Span,
    /// Alerts this long before and after the first signal are shown, 1 minute to 1 day.
    pub alerts_around: Span,
    /// A health endpoint that has not answered by then is unreachable, 1 to 60 seconds.
    pub health_timeout: Span,
    pub first_actions: Vec<FirstAction>,
}

impl TriageRules {
    /// What the team wants considered at this sign; `None` when it took that out. An entry of before signs had names is known by
    /// the default's words.
    pub fn first_action(&self, sign: Sign) -> Option<&FirstAction> {
        let named = self.first_actions.iter().find(|a| a.when == Some(sign));
        named.or_else(|| {
            let default = Self::default().first_actions.into_iter().find(|a| a.when == Some(sign))?;
            self.first_actions.iter().find(|a| a.when.is_none() && a.sign == default.sign)
        })
    }

    /// `percent` of the users, 0 to 100, by the team's limits.
    pub fn scope_of(&self, percent: f64) -> Scope {
        match percent {
            p if p >= self.wide_percent => Scope::Wide,
            p if p >= self.medium_percent => Scope::Medium,
            _ => Scope::Limited,
        }
    }
}

impl Default for TriageRules {
    fn default() -> Self {
        let question = |id: &str, text: &str| TriageQuestion { id: id.into(), text: text.into() };
        let first = |when, sign: &str, action: &str, strategy: Option<&str>| FirstAction {
            sign: sign.into(),
            when: Some(when),
            action: action.into(),
            strategy: strategy.map(Into::into),
        };
        Self {
            questions: vec![
                question("detection", "How was it detected?"),
                question("fired", "What fired?"),
                question("first_signal", "When was the first signal?"),
                question("impact", "What do users experience?"),
                question("users", "How many users are affected?"),
                question("services", "Which services are affected?"),
                question("workaround", "Is there a workaround?"),
                question("changes", "What changed recently?"),
            ],
            scope: [
                (Scope::Wide, "All or most users, or several services"),
                (Scope::Medium, "Many users, one major function, or one region"),
                (Scope::Limited, "Some users or a minor function"),
            ]
            .map(|(scope, words)| (scope, words.to_owned()))
            .into(),
            impact: [
                (Impact::High, "They cannot do what they came for, or data is wrong"),
                (Impact::Medium, "Degraded or slow; the workaround is painful"),
                (Impact::Low, "Cosmetic, or hardly noticed"),
            ]
            .map(|(impact, words)| (impact, words.to_owned()))
            .into(),
            wide_percent: 50.0,
            medium_percent: 5.0,
            revenue_percent: 25.0,
            changes_within: Span::hours(24),
            alerts_around: Span::minutes(30),
            health_timeout: Span::seconds(5),
            first_actions: vec![
                first(
                    Sign::ChangeBefore,
                    "A deployment shortly before the first signal",
                    "Consider a rollback: what changed last is the likeliest cause",
                    Some("rollback"),
                ),
                first(
                    Sign::Unreachable,
                    "The health endpoint is unreachable",
                    "Look at the pods or processes: they may not run at all",
                    None,
                ),
                first(
                    Sign::OneRegion,
                    "Several services in one region",
                    "Consider shifting traffic: the region may be the cause",
                    Some("fail_over"),
                ),
            ],
        }
    }
}
