//! The list of incidents: what it is asked for, and what it answers.

use crate::library::IncidentRow;
use firebell_domain::cadence;
use firebell_domain::incident::{Status, WhyNobody};
use firebell_domain::room::Part;
use firebell_domain::{IncidentId, Instant, PersonId, ServiceId, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Which incidents are listed: those that meet all of it; all of them by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct IncidentFilter {
    /// Somebody still works on it, or nobody does.
    pub open: Option<bool>,
    /// One of these; none: any.
    pub statuses: Vec<Status>,
    /// One of these; none: any.
    pub severities: Vec<Severity>,
    /// About one of these at least; none: any, or about no service.
    pub services: Vec<ServiceId>,
    pub person: Option<PersonFilter>,
    /// Declared at this time or later.
    pub declared_from: Option<Instant>,
    /// Declared before this time.
    pub declared_until: Option<Instant>,
    /// All of these words in the title or the impact, the last one perhaps unfinished; or its number. Empty: anything.
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PersonFilter {
    pub person: PersonId,
    #[serde(default)]
    pub part: Part,
}

/// A part of the list: open ones first, then the latest declared first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct IncidentsFound {
    pub rows: Vec<IncidentRow>,
    /// How many there are in all.
    pub total: u32,
    /// When the next update of an open one is due, where one is.
    pub updates: BTreeMap<IncidentId, cadence::State>,
}

/// Whom declaring an incident would ring, if it were declared now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WouldRing {
    /// First; later steps ring others.
    pub people: Vec<PersonId>,
    /// Whoever asks would be among them, and is not rung for what they say themself. With nobody else there they have it.
    pub spares_me: bool,
    /// Not at once: from here on.
    pub from: Option<Instant>,
    /// By the policy for incidents of no service.
    pub by_default: bool,
    pub nobody: Option<WhyNobody>,
}

/// How a list is written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename = "ExportFormat")]
pub enum Format {
    /// RFC 4180: one line an incident, after a line of names.
    Csv,
    /// An array of objects.
    Json,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Exported {
    /// Where it is, in whole.
    pub path: String,
    /// Incidents in it.
    pub count: u32,
    /// Pictures that are named in it and could not be had: they are on another computer.
    pub missing: u32,
}
