//! What is easily forgotten at two in the morning, by phase (domain §5).

use super::IncidentRole;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// The part of an incident that a checklist belongs to, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    FirstResponse,
    Mobilise,
    Investigate,
    Resolve,
    /// With the countdown of the severity's watching time.
    Verify,
    Close,
}

impl Phase {
    pub const ALL: [Phase; 6] =
        [Self::FirstResponse, Self::Mobilise, Self::Investigate, Self::Resolve, Self::Verify, Self::Close];

    /// As it is written in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::FirstResponse => "first_response",
            Self::Mobilise => "mobilise",
            Self::Investigate => "investigate",
            Self::Resolve => "resolve",
            Self::Verify => "verify",
            Self::Close => "close",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ChecklistItem {
    /// A slug, unique in its list: what was ticked stays ticked when the words change.
    pub id: String,
    pub text: String,
    /// Whose it is; none: whoever comes to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<IncidentRole>,
}

pub(super) fn defaults() -> BTreeMap<Phase, Vec<ChecklistItem>> {
    Phase::ALL.into_iter().map(|phase| (phase, default_of(phase))).collect()
}

fn default_of(phase: Phase) -> Vec<ChecklistItem> {
    use IncidentRole::{Commander, CommunicationsLead, Scribe, TechnicalLead};
    let items = |all: &[(&str, &str, Option<IncidentRole>)]| {
        all.iter()
            .map(|(id, text, role)| ChecklistItem { id: (*id).into(), text: (*text).into(), role: *role })
            .collect()
    };
    match phase {
        Phase::FirstResponse => items(&[
            ("acknowledge", "Acknowledge the page", None),
            ("assess", "Assess: who suffers, how many, since when", None),
            ("declare", "Declare if it may be an incident; when in doubt, declare", None),
            ("page", "Page others who are needed", None),
            ("channel", "Open the channel", None),
        ]),
        Phase::Mobilise => items(&[
            ("roles", "Roles are assigned", Some(Commander)),
            ("channel", "The channel is open and everybody is in it", Some(Commander)),
            ("bridge", "The bridge link is posted", Some(Commander)),
            ("timeline", "The timeline is started", Some(Scribe)),
        ]),
        Phase::Investigate => items(&[
            ("changes", "What changed: deployments, configuration, infrastructure", Some(TechnicalLead)),
            ("dashboards", "Dashboards", Some(TechnicalLead)),
            ("logs", "Logs and traces", Some(TechnicalLead)),
            ("infrastructure", "Health of the infrastructure", Some(TechnicalLead)),
            ("blast_radius", "Blast radius: what else is hit, or will be", Some(TechnicalLead)),
            ("hypotheses", "Hypotheses are listed and ranked", Some(TechnicalLead)),
        ]),
        Phase::Resolve => items(&[
            ("restored", "The service is restored", Some(TechnicalLead)),
            ("metrics", "Metrics are back to normal", Some(TechnicalLead)),
            ("impact", "Users suffer no longer", Some(Commander)),
            ("monitoring", "Monitoring would notice if it came back", Some(TechnicalLead)),
            ("temporary", "Temporary mitigations are written down", Some(Scribe)),
        ]),
        Phase::Verify => items(&[
            ("indicators", "Key indicators are as they should be", Some(TechnicalLead)),
            ("flows", "What users do works, tried out", Some(TechnicalLead)),
            ("watched", "Watched for the whole time of the severity", Some(TechnicalLead)),
            ("teams", "The affected teams confirm it", Some(Commander)),
        ]),
        Phase::Close => items(&[
            ("final_update", "The final update is sent", Some(CommunicationsLead)),
            (
                "summary",
                "A summary: what happened, how it was fixed, what comes next",
                Some(CommunicationsLead),
            ),
            ("postmortem", "The postmortem has an owner and a date", Some(Commander)),
            ("runbook", "The runbook says what this incident taught", Some(TechnicalLead)),
            ("archive", "The channel is archived", Some(Commander)),
        ]),
    }
}
