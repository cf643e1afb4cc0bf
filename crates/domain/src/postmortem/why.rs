//! Five whys, as a tree that can branch, and contributing factors by kind.

use super::{Fields, change, named, read};
use crate::PersonId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// An answer to the why above it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Why {
    /// 32 hexadecimal digits.
    pub id: String,
    pub text: String,
    /// The answer that this one is the cause of; `None`: of the incident itself.
    pub under: Option<String>,
    /// 0 for the first answer.
    pub depth: u32,
    pub by: PersonId,
    pub pending: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WrittenWhy {
    #[serde(default)]
    pub under: Option<String>,
    pub text: String,
}

/// Every answer below what it explains, siblings in the order in which they were begun. One whose parent was removed, or
/// that two people hung under each other, stands at the top: nothing that was written disappears.
pub(super) fn whys(fields: &Fields) -> Vec<Why> {
    let mut written = BTreeMap::new();
    for (id, field) in named(fields, change::WHY) {
        if let Some(why) = read::<WrittenWhy>(field).filter(|why| !why.text.trim().is_empty()) {
            written.insert(id.to_owned(), (why, field));
        }
    }
    let parent = |id: &str| {
        let (why, _) = written.get(id)?;
        why.under.as_ref().filter(|under| written.contains_key(*under))
    };
    // Up to the top; a ring has none.
    let reaches_the_top = |id: &String| {
        let (mut at, mut seen) = (id, BTreeSet::new());
        while seen.insert(at) {
            match parent(at) {
                Some(up) => at = up,
                None => return true,
            }
        }
        false
    };
    let (mut below, mut tops): (BTreeMap<&String, Vec<&String>>, Vec<&String>) = (BTreeMap::new(), vec![]);
    for id in written.keys() {
        match parent(id).filter(|_| reaches_the_top(id)) {
            Some(up) => below.entry(up).or_default().push(id),
            None => tops.push(id),
        }
    }
    let (mut all, mut next) = (vec![], tops.iter().rev().map(|id| (*id, None, 0)).collect::<Vec<_>>());
    while let Some((id, under, depth)) = next.pop() {
        let (why, field) = &written[id];
        all.push(Why {
            id: id.clone(),
            text: why.text.clone(),
            under,
            depth,
            by: field.author.clone(),
            pending: field.pending,
        });
        let children = below.get(id).into_iter().flatten().rev();
        next.extend(children.map(|child| (*child, Some(id.clone()), depth + 1)));
    }
    all
}

/// What made it likelier, worse or longer (the questions of domain §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    Tests,
    Monitoring,
    GuardRails,
    /// A canary that was skipped, a change that reached everybody at once.
    Rollout,
    Capacity,
    Dependency,
    Configuration,
    Process,
    Documentation,
    Other,
}

impl FactorKind {
    pub const ALL: [FactorKind; 10] = [
        Self::Tests,
        Self::Monitoring,
        Self::GuardRails,
        Self::Rollout,
        Self::Capacity,
        Self::Dependency,
        Self::Configuration,
        Self::Process,
        Self::Documentation,
        Self::Other,
    ];

    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tests => "tests",
            Self::Monitoring => "monitoring",
            Self::GuardRails => "guard rails",
            Self::Rollout => "roll-out",
            Self::Capacity => "capacity",
            Self::Dependency => "a dependency",
            Self::Configuration => "configuration",
            Self::Process => "process",
            Self::Documentation => "documentation",
            Self::Other => "other",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Factor {
    /// 32 hexadecimal digits.
    pub id: String,
    pub kind: FactorKind,
    pub text: String,
    pub by: PersonId,
    pub pending: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WrittenFactor {
    pub kind: FactorKind,
    pub text: String,
}

/// By kind, then in the order in which they were begun.
pub(super) fn factors(fields: &Fields) -> Vec<Factor> {
    let mut all: Vec<Factor> = named(fields, change::FACTOR)
        .filter_map(|(id, field)| {
            let WrittenFactor { kind, text } = read(field)?;
            let (by, pending) = (field.author.clone(), field.pending);
            (!text.trim().is_empty()).then(|| Factor { id: id.to_owned(), kind, text, by, pending })
        })
        .collect();
    all.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    all
}
