//! What each severity asks of the team (domain §2).

use crate::{Severity, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// When the time to respond runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Hours {
    DayAndNight,
    BusinessHours,
    /// From the start of the next business day.
    NextBusinessDay,
}

/// Who is paged, in the words of the form; policies say whom that wakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Paged {
    PrimaryAndSecondary,
    /// The secondary when the primary did not answer in time.
    PrimaryThenSecondary,
    /// Deferred at night.
    OnCallInBusinessHours,
    /// It is tracked as a task.
    Nobody,
}

/// Somebody beyond the responders who has to hear of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Stakeholder {
    /// VP of engineering and the like.
    Executives,
    EngineeringManager,
    TeamLead,
}

/// Somebody by their duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    Primary,
    Secondary,
    Manager,
}

/// How much something is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    Always,
    Optional,
    Never,
}

/// How often an update is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Cadence {
    /// 1 minute to 7 days.
    pub every: Span,
    /// The range that is usual. An update may name its successor's time up to `longest` after itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortest: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest: Option<Span>,
    /// Sent as needed: one that is late is reminded of, and nobody is rung for it.
    #[serde(default)]
    pub as_needed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SeverityRules {
    /// In a word or two.
    pub name: String,
    /// What it means for users.
    pub impact: String,
    pub examples: Vec<String>,
    /// From the first page to somebody at work, 1 minute to 7 days; none: at the start of the hours below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respond_within: Option<Span>,
    pub respond_in: Hours,
    /// Everybody who can help drops what they do.
    #[serde(default)]
    pub all_hands: bool,
    pub paged: Paged,
    /// Notified, not only listed.
    pub must_know: Vec<Stakeholder>,
    pub updates: Cadence,
    /// Its own channel, a war room.
    pub channel: Need,
    pub invited: Vec<Duty>,
    /// Such a thing is always declared as an incident.
    pub declared: Need,
    pub postmortem: Need,
    /// How long it is watched after the fix before it counts as over, 1 minute to 1 day.
    pub watch_for: Span,
}

pub(super) fn defaults() -> BTreeMap<Severity, SeverityRules> {
    Severity::ALL.into_iter().map(|s| (s, default_of(s))).collect()
}

pub(super) fn default_of(severity: Severity) -> SeverityRules {
    let texts = |all: &[&str]| all.iter().map(|t| (*t).to_owned()).collect();
    let cadence = |every, shortest, longest| Cadence {
        every,
        shortest: Some(shortest),
        longest: Some(longest),
        as_needed: false,
    };
    match severity {
        Severity::Sev1 => SeverityRules {
            name: "critical".into(),
            impact:
                "Complete outage or severe degradation for all or most users, data loss, or a security breach"
                    .into(),
            examples: texts(&[
                "The production database is down",
                "Payments are fully broken",
                "A security breach",
            ]),
            respond_within: Some(Span::minutes(5)),
            respond_in: Hours::DayAndNight,
            all_hands: true,
            paged: Paged::PrimaryAndSecondary,
            must_know: vec![Stakeholder::Executives],
            updates: cadence(Span::minutes(15), Span::minutes(15), Span::minutes(30)),
            channel: Need::Always,
            invited: vec![Duty::Primary, Duty::Secondary, Duty::Manager],
            declared: Need::Always,
            postmortem: Need::Always,
            watch_for: Span::minutes(30),
        },
        Severity::Sev2 => SeverityRules {
            name: "major".into(),
            impact: "A major function is broken or many users are affected; there may be a workaround".into(),
            examples: texts(&["API latency is ten times the usual", "Half of the requests fail"]),
            respond_within: Some(Span::minutes(15)),
            respond_in: Hours::DayAndNight,
            all_hands: false,
            paged: Paged::PrimaryThenSecondary,
            must_know: vec![Stakeholder::EngineeringManager],
            updates: cadence(Span::minutes(30), Span::minutes(30), Span::minutes(60)),
            channel: Need::Always,
            invited: vec![Duty::Primary, Duty::Secondary],
            declared: Need::Always,
            postmortem: Need::Always,
            watch_for: Span::minutes(30),
        },
        Severity::Sev3 => SeverityRules {
            name: "minor".into(),
            impact: "A minor function, one region or some users are affected; there is a workaround".into(),
            examples: texts(&["One region fails", "Search or reports are slow"]),
            respond_within: Some(Span::hours(1)),
            respond_in: Hours::BusinessHours,
            all_hands: false,
            paged: Paged::OnCallInBusinessHours,
            must_know: vec![Stakeholder::TeamLead],
            updates: cadence(Span::hours(2), Span::hours(1), Span::hours(2)),
            channel: Need::Optional,
            invited: vec![Duty::Primary],
            declared: Need::Optional,
            postmortem: Need::Optional,
            watch_for: Span::minutes(15),
        },
        Severity::Sev4 => SeverityRules {
            name: "low".into(),
            impact: "Cosmetic, or with minimal effect on users".into(),
            examples: texts(&["A cosmetic bug", "A typo"]),
            respond_within: None,
            respond_in: Hours::NextBusinessDay,
            all_hands: false,
            paged: Paged::Nobody,
            must_know: vec![],
            updates: Cadence { every: Span::hours(24), shortest: None, longest: None, as_needed: true },
            channel: Need::Never,
            invited: vec![Duty::Primary],
            declared: Need::Optional,
            postmortem: Need::Never,
            watch_for: Span::minutes(15),
        },
    }
}
