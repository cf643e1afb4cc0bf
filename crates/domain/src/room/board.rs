//! Needs, theories, responders and pins, as fields and entries say.

use super::change::{self, NeedState, WEIGHT_MAX};
use super::{Field, Source, Spoken, part};
use crate::timeline::EntryKind;
use crate::{EntryId, Instant, PersonId};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::HashMap;
use ts_rs::TS;
use uuid::Uuid;

/// What became of a theory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "HypothesisStanding")]
pub enum Standing {
    /// It explains what is seen.
    Confirmed,
    #[default]
    Open,
    RuledOut,
}

/// Something or somebody that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NeedItem {
    /// The entry that said so first: a correction keeps its place.
    pub entry: EntryId,
    pub text: String,
    pub by: PersonId,
    pub at: Instant,
    pub state: NeedState,
    /// Who took it or met it, and when.
    pub taken_by: Option<PersonId>,
    pub taken_at: Option<Instant>,
    pub pending: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Hypothesis {
    /// The entry that said so first.
    pub entry: EntryId,
    /// *Theory* or *found*: what was found is a theory with something behind it.
    pub kind: EntryKind,
    pub text: String,
    pub by: PersonId,
    pub at: Instant,
    /// 0 (hardly) to 3 (very likely).
    pub weight: u8,
    pub standing: Standing,
    pub pending: bool,
}

/// Somebody who helps, and what they are on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Responder {
    pub person: PersonId,
    pub on: String,
    /// Holds a role, or says what they are on. False: took part, and does not now.
    pub active: bool,
    /// Since when they are active, or when they first took part.
    pub since: Instant,
    pub pending: bool,
}

/// Entries of these kinds as they read now, under the id of their first version.
fn current<'a>(source: &Source<'a>, is_wanted: impl Fn(EntryKind) -> bool) -> Vec<(EntryId, Spoken<'a>)> {
    let corrects: HashMap<EntryId, EntryId> =
        source.timeline.iter().filter_map(|s| Some((s.entry.id, s.entry.corrects?))).collect();
    let first = |id: EntryId| {
        let mut id = id;
        // As many steps as there are corrections: a ring of them has no first one.
        for _ in 0..corrects.len() {
            match corrects.get(&id) {
                Some(earlier) => id = *earlier,
                None => break,
            }
        }
        id
    };
    source
        .timeline
        .iter()
        .filter(|s| !s.corrected && is_wanted(s.entry.kind))
        .map(|s| (first(s.entry.id), *s))
        .collect()
}

fn get<'a>(source: &Source<'a>, field: &str) -> Option<Field<'a>> {
    source.fields.get(field).copied()
}

fn part<T: serde::de::DeserializeOwned>(field: Option<Field>, name: &str) -> Option<T> {
    serde_json::from_value(field?.value.get(name)?.clone()).ok()
}

pub(super) fn needs(source: &Source) -> Vec<NeedItem> {
    let mut all: Vec<NeedItem> = current(source, |kind| kind == EntryKind::Need)
        .into_iter()
        .map(|(entry, said)| {
            let field = get(source, &change::need_field(entry));
            let state = part(field, "state").unwrap_or(NeedState::Open);
            let taken = field.filter(|_| state != NeedState::Open);
            NeedItem {
                entry,
                text: said.entry.text.clone(),
                by: said.author.clone(),
                at: said.entry.at,
                state,
                taken_by: taken.map(|f| f.author.clone()),
                taken_at: taken.map(|f| f.at),
                pending: said.pending || field.is_some_and(|f| f.pending),
            }
        })
        .collect();
    all.sort_by_key(|need| (need.state, need.at, need.entry));
    all
}

pub(super) fn hypotheses(source: &Source) -> Vec<Hypothesis> {
    let mut all: Vec<Hypothesis> =
        current(source, |kind| matches!(kind, EntryKind::Theory | EntryKind::Found))
            .into_iter()
            .map(|(entry, said)| {
                let field = get(source, &change::hypothesis_field(entry));
                let unsaid = if said.entry.kind == EntryKind::Found { 2 } else { 1 };
                Hypothesis {
                    entry,
                    kind: said.entry.kind,
                    text: said.entry.text.clone(),
                    by: said.author.clone(),
                    at: said.entry.at,
                    weight: part::<u8>(field, "weight").unwrap_or(unsaid).min(WEIGHT_MAX),
                    standing: part(field, "standing").unwrap_or_default(),
                    pending: said.pending || field.is_some_and(|f| f.pending),
                }
            })
            .collect();
    all.sort_by_key(|h| (h.standing, Reverse(h.weight), h.at, h.entry));
    all
}

/// Those who said what they are on or hold a role, then whoever else took part; each in the order in which they came.
pub(super) fn responders(source: &Source) -> Vec<Responder> {
    let mut all: Vec<Responder> = source
        .fields
        .iter()
        .filter_map(|(name, field)| {
            let (person, on) = part::responder(name, field.value)?;
            Some(Responder {
                person,
                on: on.to_owned(),
                active: true,
                since: field.at,
                pending: field.pending,
            })
        })
        .filter(|r| source.incident.is_seen_by(&r.person))
        .collect();
    for holder in source.incident.roles.values() {
        if all.iter().all(|r| r.person != holder.person) {
            let (person, since) = (holder.person.clone(), holder.since);
            all.push(Responder { person, on: String::new(), active: true, since, pending: false });
        }
    }
    let written = source.timeline.iter().map(|s| (s.author, s.entry.at));
    for (person, since) in part::took_part(source.incident, source.history, written, std::iter::empty()) {
        if all.iter().all(|r| r.person != person) {
            all.push(Responder { person, on: String::new(), active: false, since, pending: false });
        }
    }
    all.sort_by(|a, b| (!a.active, a.since, &a.person).cmp(&(!b.active, b.since, &b.person)));
    all
}

pub(super) fn pins(source: &Source) -> Vec<EntryId> {
    let is_pinned = |id: EntryId| {
        let field = get(source, &format!("{}{}", change::PIN, id.0.simple()));
        field.is_some_and(|f| f.value.as_bool() == Some(true))
    };
    let mut seen: Vec<Uuid> = vec![];
    current(source, |_| true)
        .into_iter()
        .map(|(first, _)| first)
        .filter(|id| is_pinned(*id) && !seen.contains(&id.0) && (seen.push(id.0), true).1)
        .collect()
}
