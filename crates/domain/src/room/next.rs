//! What a tired person is led to: the likeliest next thing, by what is missing.

use super::{Room, Source};
use crate::cadence;
use crate::incident::{IncidentEvent, RecordedIncident, Status, WhyNobody, rings};
use crate::playbook::{IncidentRole, Phase, Playbook};
use crate::{EntryId, Instant, PersonId, Severity};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// At most this many are shown.
const STEPS: usize = 3;

/// Something to do. The window has the words and the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum NextStep {
    /// A role is offered to me: say how things stand.
    ConfirmRole {
        role: IncidentRole,
        from: PersonId,
    },
    /// The next holder of my role has said how things stand: let it go.
    ReleaseRole {
        role: IncidentRole,
        to: PersonId,
    },
    /// Its severity wants somebody, and nothing rings for it.
    PagePeople,
    /// Nobody commands.
    TakeCommand,
    /// No update was sent yet, or the next one is due or missed.
    SendUpdate {
        due_at: Instant,
        missed: bool,
        first: bool,
    },
    /// Nobody has a role that this severity wants.
    FillRole {
        role: IncidentRole,
    },
    /// I have had a role for long.
    HandOver {
        role: IncidentRole,
    },
    /// Somebody needs something that nobody has taken.
    MeetNeed {
        entry: EntryId,
    },
    /// The first line of the present list that is mine or anybody's.
    Tick {
        phase: Phase,
        item: String,
    },
    /// It was watched long enough.
    Resolve,
    /// It is over, and nobody was told.
    FinalUpdate,
    NameAuthor,
    /// Nothing is missing.
    Close,
}

pub(super) fn steps(
    room: &Room,
    source: &Source,
    playbook: &Playbook,
    me: Option<&PersonId>,
    now: Instant,
) -> Vec<NextStep> {
    let incident = source.incident;
    let mut steps = vec![];
    if !incident.status.is_open() && incident.status != Status::Resolved {
        return steps;
    }
    for (role, offer) in &incident.offers {
        let Some(holder) = incident.holder(*role) else { continue };
        if Some(&offer.to) == me && offer.status.is_none() {
            steps.push(NextStep::ConfirmRole { role: *role, from: holder.clone() });
        } else if Some(holder) == me && offer.status.is_some() {
            steps.push(NextStep::ReleaseRole { role: *role, to: offer.to.clone() });
        }
    }
    if incident.status == Status::Resolved {
        closing(room, &mut steps);
    } else {
        running(room, source, playbook, me, now, &mut steps);
    }
    steps.truncate(STEPS);
    steps
}

/// No page is about it, nobody was called by name, and its severity rings nobody by itself.
fn rings_nobody(source: &Source) -> bool {
    let incident = source.incident;
    let Some(team) = source.team else { return false };
    let called = |r: &RecordedIncident| matches!(r.event, IncidentEvent::PeoplePaged { .. });
    incident.pages.is_empty()
        && !source.history.iter().any(called)
        && matches!(
            rings(team, incident.severity, &incident.services, incident.is_private()),
            Err(WhyNobody::NoService | WhyNobody::Private)
        )
}

fn running(
    room: &Room,
    source: &Source,
    playbook: &Playbook,
    me: Option<&PersonId>,
    now: Instant,
    steps: &mut Vec<NextStep>,
) {
    let incident = source.incident;
    if rings_nobody(source) {
        steps.push(NextStep::PagePeople);
    }
    if incident.holder(IncidentRole::Commander).is_none() {
        steps.push(NextStep::TakeCommand);
    }
    let first = !source.history.iter().any(|r| matches!(r.event, IncidentEvent::UpdateSent { .. }));
    match &room.updates {
        cadence::State::Missed { next, .. } => {
            steps.push(NextStep::SendUpdate { due_at: next.due_at, missed: true, first });
        }
        cadence::State::Reminding { next } => {
            steps.push(NextStep::SendUpdate { due_at: next.due_at, missed: false, first });
        }
        _ => {}
    }
    if room.watch.is_some_and(|w| now >= w.until) {
        steps.push(NextStep::Resolve);
    }
    let open = room.needs.iter().find(|n| n.state == super::NeedState::Open);
    steps.extend(open.map(|need| NextStep::MeetNeed { entry: need.entry }));
    if incident.severity <= Severity::Sev2 {
        let wanted = [IncidentRole::TechnicalLead, IncidentRole::CommunicationsLead, IncidentRole::Scribe];
        let free = wanted.into_iter().find(|role| incident.holder(*role).is_none());
        steps.extend(free.map(|role| NextStep::FillRole { role }));
    }
    // Whoever is told of it waits for the first word.
    if let cadence::State::Waiting { next } = &room.updates
        && first
        && !playbook.audiences_of(incident.severity).is_empty()
    {
        steps.push(NextStep::SendUpdate { due_at: next.due_at, missed: false, first });
    }
    let long = room.long_hours.iter().find(|l| Some(&l.person) == me);
    steps.extend(long.map(|l| NextStep::HandOver { role: l.role }));
    let is_mine = |role: Option<IncidentRole>| {
        role.is_none_or(|role| incident.holder(role).is_none_or(|holder| Some(holder) == me))
    };
    let list = room.checklists.iter().find(|c| c.phase == room.phase);
    let line = list.and_then(|c| c.items.iter().find(|t| !t.done && is_mine(t.item.role)));
    steps.extend(line.map(|t| NextStep::Tick { phase: room.phase, item: t.item.id.clone() }));
}

fn closing(room: &Room, steps: &mut Vec<NextStep>) {
    let Some(closing) = &room.closing else { return };
    if closing.lacks_final_update(&room.audiences) {
        steps.push(NextStep::FinalUpdate);
    }
    if closing.lacks_author() {
        steps.push(NextStep::NameAuthor);
    }
    let list = room.checklists.iter().find(|c| c.phase == Phase::Close);
    match list.and_then(|c| c.items.iter().find(|t| !t.done)) {
        Some(tick) => steps.push(NextStep::Tick { phase: Phase::Close, item: tick.item.id.clone() }),
        None if steps.is_empty() => steps.push(NextStep::Close),
        None => {}
    }
}
