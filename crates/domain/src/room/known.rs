//! Lines of the checklists that the record answers by itself: who did it, when, and what it was.
//!
//! They go by the keys of the usual lists, so a team that words them otherwise keeps that. A tick or an untick of a person says more than
//! this and stands in its place.

use super::{Closing, RoomLinkKind, Source, Watch, board, change};
use crate::incident::{Incident, IncidentEvent};
use crate::playbook::{IncidentRole, Phase};
use crate::triage::Report;
use crate::{Instant, PersonId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What of the record answers a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "TickedBy")]
pub enum KnownBy {
    /// A page of it was acknowledged.
    Acknowledged,
    /// Triage was answered, or the severity was set anew.
    Triaged,
    Declared,
    PeoplePaged,
    /// A link stands in the header.
    Linked,
    /// Each role has somebody.
    RolesHeld,
    EntryWritten,
    /// A theory was weighed.
    TheoryWeighed,
    /// The time of watching has passed.
    Watched,
    UpdateSent,
    AuthorNamed,
}

/// Something that the record holds.
pub(super) struct Known {
    pub how: KnownBy,
    pub by: Option<PersonId>,
    pub at: Option<Instant>,
}

/// What is worked out before.
pub(super) struct Beside<'a> {
    pub watch: Option<Watch>,
    pub closing: Option<&'a Closing>,
    pub now: Instant,
}

/// What answers the line of this key, if anything does.
pub(super) fn known(source: &Source, beside: &Beside, phase: Phase, item: &str) -> Option<Known> {
    match (phase, item) {
        (Phase::FirstResponse, "acknowledge") => event(source, KnownBy::Acknowledged, |e| match e {
            IncidentEvent::Acknowledged { by, .. } => Some(by),
            _ => None,
        }),
        (Phase::FirstResponse, "assess") => triaged(source).or_else(|| {
            event(source, KnownBy::Triaged, |e| match e {
                IncidentEvent::SeverityChanged { by, .. } => Some(by),
                _ => None,
            })
        }),
        (Phase::FirstResponse, "declare") => event(source, KnownBy::Declared, |e| match e {
            IncidentEvent::Declared { by, .. } => Some(by),
            _ => None,
        }),
        (Phase::FirstResponse, "page") => event(source, KnownBy::PeoplePaged, |e| match e {
            IncidentEvent::PeoplePaged { by, .. } => Some(by),
            _ => None,
        }),
        (Phase::FirstResponse | Phase::Mobilise, "channel") => linked(source, RoomLinkKind::Channel),
        (Phase::Mobilise, "bridge") => linked(source, RoomLinkKind::Bridge),
        (Phase::Mobilise, "roles") => roles(source.incident),
        (Phase::Mobilise, "timeline") => {
            let first = source.timeline.first()?;
            Some(Known {
                how: KnownBy::EntryWritten,
                by: Some(first.author.clone()),
                at: Some(first.entry.at),
            })
        }
        (Phase::Investigate, "hypotheses") => weighed(source),
        (Phase::Verify, "watched") => {
            let until = beside.watch.filter(|w| beside.now >= w.until)?.until;
            Some(Known { how: KnownBy::Watched, by: None, at: Some(until) })
        }
        (Phase::Close, "final_update") => {
            beside.closing.filter(|closing| closing.final_update)?;
            last_update(source, |_| true)
        }
        // All three of what a summary says.
        (Phase::Close, "summary") => last_update(source, |told| {
            [&told.what_happened, &told.fix, &told.what_next].iter().all(|text| !text.trim().is_empty())
        }),
        (Phase::Close, "postmortem") => {
            beside.closing.filter(|closing| closing.owner.is_some())?;
            let field = source.fields.get(change::POSTMORTEM_OWNER)?;
            Some(Known { how: KnownBy::AuthorNamed, by: Some(field.author.clone()), at: Some(field.at) })
        }
        _ => None,
    }
}

/// The first event of this kind.
fn event(source: &Source, how: KnownBy, by: impl Fn(&IncidentEvent) -> Option<&PersonId>) -> Option<Known> {
    let mut found = source.history.iter().filter_map(|r| Some((by(&r.event)?.clone(), r.at)));
    found.next().map(|(by, at)| Known { how, by: Some(by), at: Some(at) })
}

fn triaged(source: &Source) -> Option<Known> {
    let answered = source.fields.iter().filter(|(name, _)| name.starts_with(Report::FIELD)).find(|(_, f)| {
        serde_json::from_value::<Report>(f.value.clone()).is_ok_and(|report| report.answers.is_some())
    });
    let (_, field) = answered?;
    Some(Known { how: KnownBy::Triaged, by: Some(field.author.clone()), at: Some(field.at) })
}

fn linked(source: &Source, kind: RoomLinkKind) -> Option<Known> {
    let field = source.fields.get(kind.field())?;
    field.value.as_str().filter(|href| !href.trim().is_empty())?;
    Some(Known { how: KnownBy::Linked, by: Some(field.author.clone()), at: Some(field.at) })
}

fn roles(incident: &Incident) -> Option<Known> {
    use IncidentRole::{Commander, CommunicationsLead, Scribe, TechnicalLead};
    let held = [Commander, TechnicalLead, CommunicationsLead, Scribe].map(|role| incident.roles.get(&role));
    let held: Option<Vec<_>> = held.into_iter().collect();
    let at = held?.iter().map(|holder| holder.since).max();
    Some(Known { how: KnownBy::RolesHeld, by: None, at })
}

fn weighed(source: &Source) -> Option<Known> {
    let of = |entry| source.fields.get(&change::hypothesis_field(entry));
    let field = board::hypotheses(source).iter().find_map(|theory| of(theory.entry))?;
    Some(Known { how: KnownBy::TheoryWeighed, by: Some(field.author.clone()), at: Some(field.at) })
}

fn last_update(source: &Source, is: impl Fn(&crate::update::Told) -> bool) -> Option<Known> {
    let resolved = source.incident.moments.resolved_at?;
    source.history.iter().rev().find_map(|r| match &r.event {
        IncidentEvent::UpdateSent { by, update } => {
            let is_final = r.at >= resolved || update.told.status == Some(crate::incident::Status::Resolved);
            (is_final && is(&update.told)).then(|| Known {
                how: KnownBy::UpdateSent,
                by: Some(by.clone()),
                at: Some(r.at),
            })
        }
        _ => None,
    })
}
