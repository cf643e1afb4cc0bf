//! The incident room: what a commander sees beside the timeline, worked out from what people wrote (domain §4, §5).
//!
//! Nothing in here is decided by anybody: a tick, a theory's weight or who took a need is a field of the incident's record (the
//! last writer counts, the others stay in its history), so all of it can be written offline. [`RoomChange`] says which field
//! holds what; [`Room::of`] reads them back, whatever a newer or another program wrote there.

mod board;
mod change;
mod ending;
mod known;
mod link;
mod next;
mod part;
mod record;
#[cfg(test)]
mod tests;
mod told;

pub use board::{Hypothesis, NeedItem, Responder, Standing};
pub use change::{NeedState, POSTMORTEM_OWNER, RoomChange};
pub use ending::StillOpen;
pub use known::KnownBy;
pub use link::{RoomLink, RoomLinkKind, check_incident_field};
pub use next::NextStep;
pub use part::{Part, responder, took_part};
pub use record::{Happened, What, Write, is_told};
pub use told::{Knows, MustKnow, TellingOf};

use crate::cadence::{self, Course};
use crate::incident::{Incident, IncidentEvent, LongHours, RecordedIncident, Status};
use crate::playbook::{Audience, ChecklistItem, Need, Phase, Playbook, WorkingDays};
use crate::postmortem::Deadlines;
use crate::related::{Related, related};
use crate::team::Team;
use crate::timeline::Entry;
use crate::{EntryId, Instant, PersonId};
use known::Beside;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use ts_rs::TS;

/// A field of the incident as it stands.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    pub value: &'a Value,
    pub author: &'a PersonId,
    pub at: Instant,
    /// Not yet known to the team.
    pub pending: bool,
}

/// An entry of the timeline with its author.
#[derive(Clone, Copy, Debug)]
pub struct Spoken<'a> {
    pub entry: &'a Entry,
    pub author: &'a PersonId,
    pub pending: bool,
    /// Another entry takes its place.
    pub corrected: bool,
}

/// What the room is made of.
pub struct Source<'a> {
    pub incident: &'a Incident,
    pub history: &'a [RecordedIncident],
    /// Oldest first.
    pub timeline: &'a [Spoken<'a>],
    pub fields: &'a BTreeMap<String, Field<'a>>,
    /// Every write of the fields that [`is_told`] names.
    pub writes: &'a [Write<'a>],
    pub work: WorkingDays<'a>,
    /// `None`: alone.
    pub team: Option<&'a Team>,
}

/// A line of a checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Tick {
    pub item: ChecklistItem,
    pub done: bool,
    /// Who ticked it last, or took the tick away; or who did what answers it.
    pub by: Option<PersonId>,
    pub at: Option<Instant>,
    pub pending: bool,
    /// Nobody ticked it: this is on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub known: Option<KnownBy>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Checklist {
    pub phase: Phase,
    pub items: Vec<Tick>,
}

impl Checklist {
    pub fn is_done(&self) -> bool {
        self.items.iter().all(|tick| tick.done)
    }
}

/// After the fix: how long it is watched before it counts as over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Watch {
    pub since: Instant,
    pub until: Instant,
}

/// What remains to be done when it is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Closing {
    pub postmortem: Need,
    /// When its draft is due.
    pub draft_due: Instant,
    pub reminder: Instant,
    /// By when it is reviewed together.
    pub review_by: Instant,
    pub owner: Option<PersonId>,
    /// An update was sent since it was resolved, or announced that.
    pub final_update: bool,
    pub asks_for_runbook: bool,
}

impl Closing {
    /// `told`: those whom this severity tells.
    fn lacks_final_update(&self, told: &[Audience]) -> bool {
        !self.final_update && !told.is_empty()
    }

    fn lacks_author(&self) -> bool {
        self.postmortem == Need::Always && self.owner.is_none()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Room {
    /// Where the incident is, by its status and what is ticked.
    pub phase: Phase,
    /// The likeliest next things to do, the most urgent first; three at most.
    pub next: Vec<NextStep>,
    pub checklists: Vec<Checklist>,
    /// Open ones first, then the oldest first.
    pub needs: Vec<NeedItem>,
    /// The likeliest first; ruled-out ones last.
    pub hypotheses: Vec<Hypothesis>,
    pub responders: Vec<Responder>,
    /// Entries that are pinned, oldest first.
    pub pins: Vec<EntryId>,
    pub updates: cadence::State,
    /// Who is told by this severity.
    pub audiences: Vec<Audience>,
    /// Who must know by this severity, and what they were told.
    pub must_know: Vec<MustKnow>,
    /// Where people meet and look.
    pub links: Vec<RoomLink>,
    /// Other incidents that have to do with it, the oldest first.
    pub related: Vec<Related>,
    /// Whoever has had a role for too long.
    pub long_hours: Vec<LongHours>,
    /// While it is only watched.
    pub watch: Option<Watch>,
    /// Once it is resolved, and for the record when it is closed.
    pub closing: Option<Closing>,
    /// What is told before it is resolved, or closed, all the same.
    pub still_open: Vec<StillOpen>,
    /// What the timeline tells beside the entries, oldest first.
    pub record: Vec<Happened>,
}

impl Room {
    /// `me`: for whom the next steps are; `None`: for nobody in particular.
    pub fn of(source: &Source, playbook: &Playbook, me: Option<&PersonId>, now: Instant) -> Self {
        let incident = source.incident;
        let (watch, closing) = (watch(source, playbook), closing(source, playbook));
        let beside = Beside { watch, closing: closing.as_ref(), now };
        let checklists = checklists(source, playbook, &beside);
        let updates = Course::of(source.history)
            .map_or(cadence::State::Quiet, |course| cadence::state(&course, playbook, now));
        let mut room = Self {
            phase: phase(incident.status, &checklists),
            next: vec![],
            checklists,
            needs: board::needs(source),
            hypotheses: board::hypotheses(source),
            responders: board::responders(source),
            pins: board::pins(source),
            updates,
            audiences: playbook.audiences_of(incident.severity),
            must_know: told::who_must_know(source, playbook),
            links: link::links(source),
            related: related(source.fields),
            long_hours: incident.long_hours(&playbook.hand_over, now),
            watch,
            closing,
            still_open: vec![],
            record: record::record(source),
        };
        room.still_open = ending::still_open(&room, source, playbook, now);
        room.next = next::steps(&room, source, playbook, me, now);
        room
    }

    /// When something about it changes by the passing of time alone; `None`: never.
    pub fn changes_at(&self, now: Instant) -> Option<Instant> {
        let watch = self.watch.map(|w| w.until);
        self.updates.changes_at().into_iter().chain(watch).filter(|at| *at > now).min()
    }
}

fn checklists(source: &Source, playbook: &Playbook, beside: &Beside) -> Vec<Checklist> {
    let tick = |phase: Phase, item: &ChecklistItem| {
        let item = item.clone();
        // Whatever a person said of it counts, done or not.
        if let Some(field) = source.fields.get(&change::tick_field(phase, &item.id)) {
            let done = field.value == &Value::Bool(true);
            let (by, at) = (Some(field.author.clone()), Some(field.at));
            return Tick { item, done, by, at, pending: field.pending, known: None };
        }
        match known::known(source, beside, phase, &item.id) {
            Some(found) => {
                Tick { item, done: true, by: found.by, at: found.at, pending: false, known: Some(found.how) }
            }
            None => Tick { item, done: false, by: None, at: None, pending: false, known: None },
        }
    };
    Phase::ALL
        .into_iter()
        .filter_map(|phase| Some((phase, playbook.checklists.get(&phase)?)))
        .filter(|(_, items)| !items.is_empty())
        .map(|(phase, items)| Checklist { phase, items: items.iter().map(|i| tick(phase, i)).collect() })
        .collect()
}

/// The first list of the status that is not done; the last one of them when all are.
fn phase(status: Status, checklists: &[Checklist]) -> Phase {
    let of: &[Phase] = match status {
        Status::Investigating => &[Phase::FirstResponse, Phase::Mobilise, Phase::Investigate],
        Status::Identified => &[Phase::Mobilise, Phase::Investigate, Phase::Resolve],
        Status::Monitoring => &[Phase::Resolve, Phase::Verify],
        Status::Resolved | Status::Closed | Status::Merged | Status::FalseAlarm => &[Phase::Close],
    };
    let is_done = |phase: &Phase| checklists.iter().any(|c| c.phase == *phase && c.is_done());
    of.iter().find(|phase| !is_done(phase)).or(of.last()).copied().unwrap_or(Phase::Close)
}

fn watch(source: &Source, playbook: &Playbook) -> Option<Watch> {
    if source.incident.status != Status::Monitoring {
        return None;
    }
    let since = source.history.iter().rev().find_map(|r| match &r.event {
        IncidentEvent::StatusChanged { to: Status::Monitoring, .. } => Some(r.at),
        _ => None,
    });
    // Set here, and not on record yet: it is watched from now on.
    let since = since.unwrap_or(source.incident.updated_at);
    let until = playbook.severity(source.incident.severity).watch_until(since);
    Some(Watch { since, until })
}

fn closing(source: &Source, playbook: &Playbook) -> Option<Closing> {
    let incident = source.incident;
    let resolved_at = incident.moments.resolved_at?;
    let rules = &playbook.closing;
    let Deadlines { reminder, draft_due, review_by } = Deadlines::of(incident, rules, &source.work)?;
    let owner = source.fields.get(change::POSTMORTEM_OWNER).and_then(|f| f.value.as_str());
    let is_final = |r: &RecordedIncident| match &r.event {
        IncidentEvent::UpdateSent { update, .. } => {
            r.at >= resolved_at || update.told.status == Some(Status::Resolved)
        }
        _ => false,
    };
    Some(Closing {
        postmortem: playbook.severity(incident.severity).postmortem,
        draft_due,
        reminder,
        review_by,
        owner: owner.map(PersonId::new),
        final_update: source.history.iter().rev().any(is_final),
        asks_for_runbook: rules.asks_for_runbook,
    })
}
