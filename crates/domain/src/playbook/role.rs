//! The roles of an incident, and how one is handed over (domain §4).

use crate::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Who does what. Every role but the responder's has one holder at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum IncidentRole {
    Commander,
    TechnicalLead,
    CommunicationsLead,
    Scribe,
    Responder,
}

impl IncidentRole {
    pub const ALL: [IncidentRole; 5] =
        [Self::Commander, Self::TechnicalLead, Self::CommunicationsLead, Self::Scribe, Self::Responder];

    /// One person at any time.
    pub fn is_single(self) -> bool {
        self != Self::Responder
    }

    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Commander => "commander",
            Self::TechnicalLead => "technical lead",
            Self::CommunicationsLead => "communications lead",
            Self::Scribe => "scribe",
            Self::Responder => "responder",
        }
    }

    /// As it is written in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Commander => "commander",
            Self::TechnicalLead => "technical_lead",
            Self::CommunicationsLead => "communications_lead",
            Self::Scribe => "scribe",
            Self::Responder => "responder",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RoleRules {
    pub name: String,
    pub does: Vec<String>,
    #[serde(default)]
    pub does_not: Vec<String>,
    /// Who usually takes it; shown when it is assigned.
    pub usually: String,
}

/// The handshake has three steps: the holder offers, the next confirms with the status in their own words, the first
/// confirms. Only then does the role move. That much is no setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HandOverRules {
    /// Offered as answers to "why".
    pub reasons: Vec<String>,
    /// In one role without a break, 30 minutes to 1 day; then a hand-over is suggested. The domain says "long hours"; four of
    /// them are our figure.
    pub suggest_after: Span,
    /// What the holder says. `{role}` and `{person}` stand for the role and the next holder.
    pub offer: String,
    /// What the next holder is asked for.
    pub confirm: String,
    /// What the holder then says, and the role moves.
    pub release: String,
}

impl Default for HandOverRules {
    fn default() -> Self {
        Self {
            reasons: ["Shift ends", "Fatigue", "Expertise", "Escalation"].map(Into::into).into(),
            suggest_after: Span::hours(4),
            offer: "I am handing {role} to {person}".into(),
            confirm:
                "Say in your own words how things stand: what is broken, what is being tried, what comes next"
                    .into(),
            release: "That is right: {person} is {role} now".into(),
        }
    }
}

pub(super) fn defaults() -> BTreeMap<IncidentRole, RoleRules> {
    IncidentRole::ALL.into_iter().map(|r| (r, default_of(r))).collect()
}

pub(super) fn default_of(role: IncidentRole) -> RoleRules {
    let rules = |name: &str, does: &[&str], does_not: &[&str], usually: &str| RoleRules {
        name: name.into(),
        does: does.iter().map(|t| (*t).to_owned()).collect(),
        does_not: does_not.iter().map(|t| (*t).to_owned()).collect(),
        usually: usually.into(),
    };
    match role {
        IncidentRole::Commander => rules(
            "Incident commander",
            &[
                "Declares the incident and sets its severity",
                "Assigns the roles",
                "Decides on the strategy and on escalation",
                "Coordinates everybody and controls the channel",
                "Decides when it is over",
            ],
            &["Debug"],
            "The on-call lead or a senior engineer",
        ),
        IncidentRole::TechnicalLead => rules(
            "Technical lead",
            &[
                "Drives the investigation and assigns debugging tasks",
                "Proposes the strategy; the commander decides",
                "Carries out the mitigation, and reviews changes before they go out",
                "Brings in experts",
                "Reports to the commander",
            ],
            &["Talk to customers"],
            "The engineer who knows the affected system",
        ),
        IncidentRole::CommunicationsLead => rules(
            "Communications lead",
            &[
                "Keeps the status page up to date",
                "Tells customers, executives, support and sales",
                "Keeps to the cadence of updates",
            ],
            &["Debug"],
            "The secondary on call or a named communicator",
        ),
        IncidentRole::Scribe => rules(
            "Scribe",
            &[
                "Keeps the timeline",
                "Writes down decisions with their reasons",
                "Writes down actions with their owners",
                "Takes notes for the postmortem",
            ],
            &[],
            "Anybody who is free",
        ),
        IncidentRole::Responder => rules(
            "Responder",
            &[
                "Works on the tasks that are assigned",
                "May act at once to stop harm, and says why on the timeline",
            ],
            &[],
            "Whoever was paged or asked in",
        ),
    }
}
