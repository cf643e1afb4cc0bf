//! When the next update is due, when it was missed, and who hears of that (domain §2, §6).
//!
//! Everything is reckoned in instants: a change of the clocks moves no update. Nothing is stored but what happened to the incident;
//! a server, a desktop and a desktop without a network come to the same times.

use crate::incident::{Incident, IncidentEvent, RecordedIncident, Status};
use crate::playbook::{Cadence, IncidentRole, Playbook};
use crate::{Instant, PersonId, Severity, Span};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What has happened to an incident, as far as updates are concerned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "UpdateCourse")]
pub struct Course {
    /// The cadence starts here.
    pub declared_at: Instant,
    /// As declared.
    pub severity: Severity,
    /// Changes since, the oldest first.
    pub changes: Vec<(Instant, Severity)>,
    pub status: Status,
    /// The newest update that was sent, to whomever.
    pub last: Option<LastUpdate>,
    /// When the incident was last reopened: updates are wanted anew from then on.
    pub reopened_at: Option<Instant>,
    /// Somebody outside of this incident sends the updates now; nobody here is reminded.
    pub handed_over: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LastUpdate {
    pub at: Instant,
    /// When it said that the next one comes; `None`: as soon as there is something to say.
    pub next: Option<Instant>,
}

/// The times of the next update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NextUpdate {
    /// When the last thing happened that these times follow from. No clock that is behind it counts a longer way to go.
    pub since: Instant,
    /// From here on the communications lead is reminded.
    pub remind_at: Instant,
    pub due_at: Instant,
    /// From here on it is missed, and the commander is told; `None` when this severity sends updates as needed.
    pub missed_at: Option<Instant>,
    /// After the first miss, how often the commander is told again.
    pub every: Span,
}

/// Where the next update stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(rename = "CadenceState")]
pub enum State {
    /// None is due: it is over, or somebody else sends them.
    Quiet,
    Waiting {
        next: NextUpdate,
    },
    /// Due soon, or due and not yet missed.
    Reminding {
        next: NextUpdate,
    },
    Missed {
        next: NextUpdate,
        /// How many were missed in a row, from 1. The commander is told once for each.
        times: u32,
    },
}

/// Who holds the roles at this moment. Whoever handed one over is no longer told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    pub commander: Option<PersonId>,
    pub communications_lead: Option<PersonId>,
}

impl Holders {
    pub fn of(incident: &Incident) -> Self {
        let holder = |role| incident.holder(role).cloned();
        Self {
            commander: holder(IncidentRole::Commander),
            communications_lead: holder(IncidentRole::CommunicationsLead),
        }
    }
}

impl Course {
    /// From an incident's record. `None` when it does not begin with a declaration.
    pub fn of(record: &[RecordedIncident]) -> Option<Self> {
        let (first, rest) = record.split_first()?;
        let mut incident = Incident::from_declared(first.at, &first.event)?;
        let mut course = Self::begun(&incident);
        for RecordedIncident { at, event } in rest {
            incident.apply(*at, event);
            course.take(*at, event, incident.status);
        }
        Some(course)
    }

    /// Of an incident as it was declared, before anything else happened to it.
    pub fn begun(declared: &Incident) -> Self {
        Self {
            declared_at: declared.moments.declared_at.unwrap_or(declared.updated_at),
            severity: declared.severity,
            changes: vec![],
            status: declared.status,
            last: None,
            reopened_at: None,
            handed_over: false,
        }
    }

    /// Takes in what happened next. `status`: of the incident afterwards.
    pub fn take(&mut self, at: Instant, event: &IncidentEvent, status: Status) {
        match event {
            IncidentEvent::SeverityChanged { to, .. } => self.changes.push((at, *to)),
            IncidentEvent::Reopened { .. } => self.reopened_at = Some(at),
            // A correction says again what was said; the time runs from what it corrects.
            IncidentEvent::UpdateSent { update, .. } if update.corrects.is_none() => {
                self.last = Some(LastUpdate { at, next: update.told.next_update });
            }
            _ => {}
        }
        self.status = status;
    }
}

/// The next update's times; `None`: none is due.
pub fn next(course: &Course, playbook: &Playbook) -> Option<NextUpdate> {
    if !course.status.is_open() || course.handed_over {
        return None;
    }
    let begun = course.reopened_at.map_or(course.declared_at, |t| t.max(course.declared_at));
    // An update before the incident was reopened was its last one, not this life's first.
    let last = course.last.filter(|l| l.at >= begun);
    let from = last.map_or(begun, |l| l.at);
    let severity = course.changes.iter().rfind(|(at, _)| *at <= from);
    let mut cadence = playbook.severity(severity.map_or(course.severity, |(_, to)| *to)).updates;
    let since = course.changes.iter().map(|(at, _)| *at).fold(from, Instant::max);
    let mut due = first_due(from, last.and_then(|l| l.next), &cadence);
    for (at, to) in course.changes.iter().filter(|(at, _)| *at > from) {
        let before = std::mem::replace(&mut cadence, playbook.severity(*to).updates);
        // What was missed before the change stays so: that it is less severe now makes up for nothing.
        if due > *at {
            due = if cadence.every < before.every {
                // It worsened: a whole turn of the new cadence from here, and never later than it was to be.
                due.min(later(*at, cadence.every))
            } else {
                due.max(later(from, cadence.every))
            };
        }
    }
    let missed_at = (!cadence.as_needed).then(|| later(due, playbook.updates.missed_after));
    let remind_at = earlier(due, playbook.updates.remind_before).max(from);
    Some(NextUpdate { since, remind_at, due_at: due, missed_at, every: cadence.every })
}

/// By the cadence, or when the last update said, if that is within the range of the severity.
fn first_due(from: Instant, named: Option<Instant>, cadence: &Cadence) -> Instant {
    let longest = later(from, cadence.longest.unwrap_or(cadence.every).max(cadence.every));
    match named {
        Some(at) if at > from => at.min(longest),
        _ => later(from, cadence.every),
    }
}

/// Where the next update stands. Half-open: at `due_at` it is due, at `missed_at` it is missed.
pub fn state(course: &Course, playbook: &Playbook, now: Instant) -> State {
    let Some(next) = next(course, playbook) else { return State::Quiet };
    match next.missed_at {
        Some(missed) if now >= missed => {
            let every = next.every.as_millis().max(Span::minutes(1).as_millis());
            let again = now.signed_duration_since(missed).num_milliseconds() / every;
            State::Missed { next, times: u32::try_from(again).unwrap_or(u32::MAX).saturating_add(1) }
        }
        _ if now >= next.remind_at => State::Reminding { next },
        _ => State::Waiting { next },
    }
}

impl State {
    /// When this will be another state, for a timer; `None`: not by the passing of time.
    pub fn changes_at(&self) -> Option<Instant> {
        match self {
            Self::Quiet => None,
            Self::Waiting { next } => Some(next.remind_at),
            Self::Reminding { next } => next.missed_at,
            Self::Missed { next, times } => {
                let every = next.every.as_millis().max(Span::minutes(1).as_millis());
                let after =
                    i64::from(*times).checked_mul(every).and_then(chrono::TimeDelta::try_milliseconds)?;
                next.missed_at?.checked_add_signed(after)
            }
        }
    }

    /// Who is told now: the communications lead is reminded, the commander is rung for what was missed, and each takes the
    /// place of the other where there is none. Empty when nothing is to be told, or nobody is there.
    pub fn tells(&self, holders: &Holders) -> Vec<PersonId> {
        let (first, instead) = match self {
            Self::Quiet | Self::Waiting { .. } => return vec![],
            Self::Reminding { .. } => (&holders.communications_lead, &holders.commander),
            Self::Missed { .. } => (&holders.commander, &holders.communications_lead),
        };
        first.as_ref().or(instead.as_ref()).cloned().into_iter().collect()
    }

    /// As [`State::tells`], of an incident: where nobody has either role, whoever declared it hears of it.
    pub fn tells_of(&self, incident: &Incident) -> Option<PersonId> {
        match self {
            Self::Quiet | Self::Waiting { .. } => None,
            Self::Reminding { .. } | Self::Missed { .. } => {
                let told = self.tells(&Holders::of(incident)).into_iter().next();
                told.or_else(|| Some(incident.declared_by.clone()))
            }
        }
    }
}

fn later(at: Instant, by: Span) -> Instant {
    at.checked_add_signed(by.delta()).unwrap_or(Instant::MAX_UTC)
}

fn earlier(at: Instant, by: Span) -> Instant {
    at.checked_sub_signed(by.delta()).unwrap_or(Instant::MIN_UTC)
}

#[cfg(test)]
mod tests;
