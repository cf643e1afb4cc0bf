//! What remains when it is over (domain §5, §7, §8).

use crate::Span;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ClosingRules {
    /// From the resolution to a draft of the postmortem, 1 hour to 30 days.
    pub postmortem_within: Span,
    /// From the resolution to the reminder of it, before the draft is due.
    pub postmortem_reminder: Span,
    /// From the resolution to the review meeting, in business days, 1 to 30.
    pub review_within_days: u32,
    /// Asks whether the runbook has to learn from it.
    pub asks_for_runbook: bool,
}

impl Default for ClosingRules {
    fn default() -> Self {
        Self {
            postmortem_within: Span::hours(48),
            postmortem_reminder: Span::hours(24),
            review_within_days: 5,
            asks_for_runbook: true,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RunbookRules {
    /// The sections of a new one, in their order.
    pub sections: Vec<String>,
    /// Between two reviews, 1 to 366 days.
    pub review_every: Span,
}

impl Default for RunbookRules {
    fn default() -> Self {
        Self {
            sections: [
                "Overview",
                "Architecture and dependencies",
                "Data flow and critical paths",
                "Impact",
                "Symptoms and alerts",
                "Diagnostic steps",
                "Common causes and fixes",
                "Mitigation",
                "Rollback",
                "Escalation criteria and contacts",
                "Recovery",
                "Links",
            ]
            .map(Into::into)
            .into(),
            // A quarter of a year.
            review_every: Span::hours(91 * 24),
        }
    }
}
