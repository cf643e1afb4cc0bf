//! What happened to an incident beside its journal, in the order in which it happened: what was decided, and what was written
//! about it that somebody reads later as a part of the story.

use super::board;
use super::change::{self, NEED, NeedState};
use super::{RoomLinkKind, Source};
use crate::{EntryId, Instant, PersonId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use ts_rs::TS;

/// One write of a field of the incident.
#[derive(Clone, Copy, Debug)]
pub struct Write<'a> {
    pub field: &'a str,
    pub value: &'a Value,
    pub author: &'a PersonId,
    pub at: Instant,
    /// Not yet known to the team.
    pub pending: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "RoomHappened")]
pub struct Happened {
    pub at: Instant,
    pub what: What,
    /// Not yet known to the team.
    pub pending: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(rename = "RoomWhat")]
pub enum What {
    /// The event at this place of the history, from 0.
    Decided { place: u32 },
    /// A need was taken, met, or given back.
    Need { by: PersonId, entry: EntryId, text: String, state: NeedState },
    /// Who writes the postmortem; `None`: nobody does any more.
    Author { by: PersonId, person: Option<PersonId> },
    /// A field says something else. `null`: nothing stood there.
    Field {
        by: PersonId,
        field: String,
        #[ts(type = "unknown")]
        from: Value,
        #[ts(type = "unknown")]
        to: Value,
    },
}

const TITLE: &str = "title";
/// Fields whose changes are told one by one, beside the links of the header.
const TOLD: [&str; 3] = [TITLE, "impact", "links"];

fn is_plain(field: &str) -> bool {
    TOLD.contains(&field) || RoomLinkKind::ALL.iter().any(|kind| kind.field() == field)
}

/// Whether the writes of this field are a part of the story. A tick or somebody's task is read where it stands.
pub fn is_told(field: &str) -> bool {
    is_plain(field) || field == change::POSTMORTEM_OWNER || field.starts_with(NEED)
}

/// Oldest first; of the same moment, what was decided in its order before what was written.
pub(super) fn record(source: &Source) -> Vec<Happened> {
    let decided = source.history.iter().enumerate().map(|(place, r)| Happened {
        at: r.event.happened_at(r.at),
        what: What::Decided { place: u32::try_from(place).unwrap_or(u32::MAX) },
        pending: false,
    });
    let mut all: Vec<Happened> = decided.collect();
    let needs: HashMap<String, (EntryId, String)> =
        board::needs(source).into_iter().map(|n| (change::need_field(n.entry), (n.entry, n.text))).collect();
    let mut stands: HashMap<&str, Value> = HashMap::new();
    // What it was declared with stood there before anybody wrote.
    if let Some(incident) = source.history.first().and_then(|r| r.event.declared_title()) {
        stands.insert(TITLE, Value::from(incident));
    }
    let mut writes: Vec<&Write> = source.writes.iter().collect();
    writes.sort_by_key(|w| w.at);
    for write in writes {
        let from = stands.insert(write.field, write.value.clone()).unwrap_or(Value::Null);
        if from == *write.value {
            continue;
        }
        let by = write.author.clone();
        let what = if let Some((entry, text)) = needs.get(write.field) {
            let state = write.value.get("state").cloned().and_then(|s| serde_json::from_value(s).ok());
            let Some(state) = state else { continue };
            What::Need { by, entry: *entry, text: text.clone(), state }
        } else if write.field == change::POSTMORTEM_OWNER {
            What::Author { by, person: write.value.as_str().map(PersonId::new) }
        } else if is_plain(write.field) {
            What::Field { by, field: write.field.to_owned(), from, to: write.value.clone() }
        } else {
            continue;
        };
        all.push(Happened { at: write.at, what, pending: write.pending });
    }
    all.sort_by_key(|h| h.at);
    all
}
