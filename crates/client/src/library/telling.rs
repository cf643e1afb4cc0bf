//! What the person of this computer hears of incidents without being paged: from what the log says, and from the clock
//! (`firebell_domain::notice`, `firebell_domain::cadence`).
//!
//! **Invariant.** A notice is shown after this disk remembers that it was; so it is shown once, or, after a crash in between,
//! not at all: it stands in the incident. What rings here because no server can is shown again until it is dealt with.

use super::{Library, LibraryError, Output};
use crate::notice::{Heard, Notice};
use crate::pager::Moment;
use crate::postmortem::{fields, owner};
use firebell_domain::cadence::{self, Course, State};
use firebell_domain::incident::{Incident, IncidentEvent};
use firebell_domain::notice::{TOLD_WITHIN, of_event};
use firebell_domain::playbook::Playbook;
use firebell_domain::postmortem::{Asked, IMPORTED, Postmortem, asked, asked_in_room, is_of_import, mention};
use firebell_domain::team::Team;
use firebell_domain::{IncidentId, Instant, PersonId};
use firebell_log::text::inserted_words;
use firebell_log::{Change, Operation, OperationBody, RecordId, Written};
use firebell_store::StoreError;
use firebell_store::library::{IncidentFilter, LibraryChange, Touched};
use std::collections::{BTreeMap, BTreeSet};

/// A connection that is gone for less than this may come back before anybody needs to ring here, in milliseconds awake.
const ALONE_AFTER_MS: u64 = 60_000;
/// Incidents that are open at once and kept time of.
const OPEN_MAX: u32 = 1_000;

/// An open incident, as the clock is held against it.
#[derive(Debug)]
struct Watched {
    incident: Incident,
    title: String,
    course: Course,
}

/// What is kept of it in memory.
#[derive(Debug, Default)]
pub(super) struct Telling {
    watched: BTreeMap<IncidentId, Watched>,
    /// Changed since they were looked at.
    stale: BTreeSet<IncidentId>,
    /// Everything was looked at once.
    begun: bool,
    team: Option<Team>,
    /// Since when no server keeps time for the team, in milliseconds awake.
    offline_since_ms: Option<u64>,
    overdue: Vec<Notice>,
    /// When reminders were last looked for, in milliseconds awake.
    reminded_ms: Option<u64>,
}

/// What an operation says that may be worth telling.
pub(super) enum News {
    Events {
        incident: IncidentId,
        version: u64,
        at: Instant,
        events: Vec<IncidentEvent>,
    },
    /// Somebody wrote something that may name somebody. `name`: what it is remembered by.
    Said {
        incident: IncidentId,
        name: String,
        at: Instant,
        by: PersonId,
        words: String,
    },
    /// Somebody was asked for something.
    Asked {
        incident: IncidentId,
        at: Instant,
        by: PersonId,
        of: PersonId,
        asked: Asked,
    },
}

impl News {
    /// Words of a postmortem. Those of a text come as they were typed: a name that was put there at once is in one piece.
    fn said(written: &Written) -> Option<Self> {
        let of = |record: &RecordId| (record.kind == RecordId::POSTMORTEM).then(|| record.about()).flatten();
        let (incident, name, words) = match written.change()? {
            Change::Record { record, field, value, .. } => {
                (of(&record)?, field.clone(), mention::said(&field, &value)?.to_owned())
            }
            Change::Text { document, update } => {
                let name = format!("{}.{}", written.id.writer, written.id.counter);
                (of(&document.record)?, name, inserted_words(&update.0).ok()?)
            }
            _ => return None,
        };
        let name = format!("{incident}/said/{name}");
        words.contains('@').then(|| Self::Said {
            incident,
            name,
            at: written.stamp.time(),
            by: written.author.clone(),
            words,
        })
    }
}

impl News {
    /// Of a postmortem, or of the incident that is to have one.
    fn asked(written: &Written) -> Option<Self> {
        let Change::Record { record, field, value, .. } = written.change()? else { return None };
        let (of, asked) = match record.kind.as_str() {
            RecordId::POSTMORTEM => asked(&field, &value)?,
            RecordId::INCIDENT => asked_in_room(&field, &value)?,
            _ => return None,
        };
        let incident = record.about()?;
        let at = written.stamp.time();
        Some(Self::Asked { incident, at, by: written.author.clone(), of, asked })
    }
}

impl Telling {
    pub(super) fn touch(&mut self, touched: &Touched) {
        if touched.everything {
            self.begun = false;
        }
        self.stale.extend(&touched.incidents);
    }

    pub(super) fn forget_team(&mut self) {
        self.team = None;
    }
}

impl Library {
    /// Signed out.
    pub(super) fn tell_nothing(&mut self) -> Vec<Output> {
        let outputs = self.overdue_is(vec![]);
        self.telling = Telling::default();
        outputs
    }

    /// What is young enough to be told when it is taken in.
    pub(super) fn news(&self, operations: &[Operation], at: Moment) -> Vec<News> {
        let now = self.team_time(at);
        let of = |o: &Operation| match &o.body {
            // What happened elsewhere before the team heard of it is history.
            OperationBody::Incident { incident, version, events, happened_at, .. }
                if happened_at.is_empty() && now - o.at < TOLD_WITHIN.delta() =>
            {
                let (incident, version, events) = (*incident, *version, events.clone());
                Some(News::Events { incident, version, at: o.at, events })
            }
            OperationBody::Written(written) if mention::is_told_of(o.at, now) => {
                News::asked(written).or_else(|| News::said(written))
            }
            _ => None,
        };
        operations.iter().filter_map(of).collect()
    }

    /// Tells of them, after they were taken in.
    pub(super) fn tell_of(&mut self, news: Vec<News>, at: Moment) -> Result<Vec<Output>, StoreError> {
        let Some(me) = self.me.clone().filter(|_| !news.is_empty()) else { return Ok(vec![]) };
        let Some(team) = self.team_known()? else { return Ok(vec![]) };
        let mut found = vec![];
        for one in news {
            let (incident, version, at, events) = match one {
                News::Events { incident, version, at, events } => (incident, version, at, events),
                News::Said { incident, name, at, by, words } => {
                    let Some(row) =
                        self.store.incident_row(incident)?.filter(|row| row.incident.is_seen_by(&me))
                    else {
                        continue;
                    };
                    // Nobody is told of their own words.
                    let is_meant = by != me && mention::mentioned(&words, &team).contains(&me);
                    if is_meant && !self.came_by_import(incident, at)? {
                        // Corrected before it came here: as it stands now.
                        found.retain(|(known, _)| *known != name);
                        let heard = Heard::Mentioned { by, words };
                        found.push((name, notice(&row.incident, &row.title, heard, Some(&team))));
                    }
                    continue;
                }
                News::Asked { incident, at, by, of, asked } => {
                    if of == me
                        && by != me
                        && !self.came_by_import(incident, at)?
                        && let Some(one) = self.asked_of(&me, incident, asked, by, &team)?
                    {
                        // Whoever writes it is named in two places at once.
                        let name = format!("{incident}/asked/{}@{}", asked.name(), at.date_naive());
                        found.retain(|(known, _)| *known != name);
                        found.push((name, one));
                    }
                    continue;
                }
            };
            let Some(row) = self.store.incident_row(incident)? else { continue };
            for (n, event) in events.iter().enumerate() {
                for (_, heard) in
                    of_event(&row.incident, event, &team).into_iter().filter(|(who, _)| *who == me)
                {
                    let name = format!("{incident}/{version}.{n}@{}", at.timestamp_millis());
                    found.push((name, notice(&row.incident, &row.title, heard, Some(&team))));
                }
            }
        }
        self.tell(found, at)
    }

    fn tell(&mut self, found: Vec<(String, Notice)>, at: Moment) -> Result<Vec<Output>, StoreError> {
        let new: Vec<_> = found.into_iter().filter(|(name, _)| !self.store.was_told(name)).collect();
        if new.is_empty() {
            return Ok(vec![]);
        }
        let now = at.now.timestamp_millis();
        let told = new.iter().map(|(name, _)| (name.clone(), now)).collect();
        let mut outputs = self.commit(&LibraryChange { told, ..LibraryChange::default() }, at)?;
        outputs.extend(new.into_iter().map(|(_, notice)| Output::Notice(Box::new(notice))));
        Ok(outputs)
    }

    /// Time has passed: an update may be due, or missed where no server rings for it.
    pub(super) fn tell_by_the_clock(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        let since = self.telling.offline_since_ms;
        self.telling.offline_since_ms = if self.link.welcomed { None } else { since.or(Some(at.awake_ms)) };
        let Some(me) = self.me.clone() else { return Ok(self.overdue_is(vec![])) };
        self.watch()?;
        let team = self.team_known()?;
        let playbook = team.as_ref().map_or_else(Playbook::default, Team::playbook);
        let now = self.team_time(at);
        let is_on_its_own = self.is_alone()
            || self.telling.offline_since_ms.is_some_and(|t| at.awake_ms.saturating_sub(t) >= ALONE_AFTER_MS);
        let (mut due, mut overdue) = (vec![], vec![]);
        for watched in self.telling.watched.values() {
            let state = cadence::state(&watched.course, &playbook, now);
            if state.tells_of(&watched.incident).as_ref() != Some(&me) {
                continue;
            }
            let say = |heard| notice(&watched.incident, &watched.title, heard, team.as_ref());
            match state {
                State::Reminding { next } => {
                    let name = format!("{}/due@{}", watched.incident.id, next.due_at.timestamp_millis());
                    due.push((name, say(Heard::UpdateDue { due_at: next.due_at })));
                }
                State::Missed { next, times } if is_on_its_own => {
                    let missed = say(Heard::UpdateMissed { due_at: next.due_at, times });
                    if !self.store.was_told(&name_of_miss(&missed)) {
                        overdue.push(missed);
                    }
                }
                _ => {}
            }
        }
        let mut last = self.telling.reminded_ms;
        due.extend(self.reminders(&me, team.as_ref(), &mut last, at)?);
        self.telling.reminded_ms = last;
        let mut outputs = self.tell(due, at)?;
        outputs.extend(self.overdue_is(overdue));
        Ok(outputs)
    }

    /// The person has heard that the update of this incident is overdue: quiet until the next turn.
    pub fn overdue_heard(
        &mut self,
        incident: IncidentId,
        at: Moment,
    ) -> Result<((), Vec<Output>), LibraryError> {
        let (heard, rest): (Vec<_>, Vec<_>) =
            self.telling.overdue.iter().cloned().partition(|n| n.incident == incident);
        let now = at.now.timestamp_millis();
        let told = heard.iter().map(|n| (name_of_miss(n), now)).collect();
        let mut outputs = self.commit(&LibraryChange { told, ..LibraryChange::default() }, at)?;
        outputs.extend(self.overdue_is(rest));
        Ok(((), outputs))
    }

    /// What was written then is history of somewhere else.
    fn came_by_import(&self, id: IncidentId, at: Instant) -> Result<bool, StoreError> {
        let imported = self.store.field(&RecordId::postmortem(id), IMPORTED)?;
        Ok(is_of_import(imported.map(|field| field.at), at))
    }

    /// What this person was asked for, if it still stands.
    fn asked_of(
        &self,
        me: &PersonId,
        id: IncidentId,
        asked: Asked,
        by: PersonId,
        team: &Team,
    ) -> Result<Option<Notice>, StoreError> {
        let Some(detail) = self.store.incident(id)?.filter(|d| d.row.incident.is_seen_by(me)) else {
            return Ok(None);
        };
        let views = self.store.postmortem_fields(id)?;
        let postmortem = Postmortem::of(&fields(&views), owner(&detail).as_ref());
        if !asked.stands(me, &postmortem) {
            return Ok(None);
        }
        let action = match asked {
            Asked::Act { action } => postmortem.actions.into_iter().find(|a| a.id == action),
            Asked::Write | Asked::Review => None,
        };
        let heard = Heard::Asked { by, asked, title: action.map(|a| a.title) };
        Ok(Some(notice(&detail.row.incident, &detail.row.title, heard, Some(team))))
    }

    fn overdue_is(&mut self, overdue: Vec<Notice>) -> Vec<Output> {
        if self.telling.overdue == overdue {
            return vec![];
        }
        self.telling.overdue.clone_from(&overdue);
        vec![Output::Overdue(overdue)]
    }

    /// Looks again at what has changed.
    fn watch(&mut self) -> Result<(), StoreError> {
        let mut ids = std::mem::take(&mut self.telling.stale);
        if !self.telling.begun {
            let open = IncidentFilter { open: Some(true), ..IncidentFilter::default() };
            ids.extend(self.store.incidents(&open, OPEN_MAX, 0)?.into_iter().map(|row| row.incident.id));
            self.telling.watched.clear();
        }
        for id in ids {
            self.telling.watched.remove(&id);
            let Some(row) = self.store.incident_row(id)?.filter(|row| row.incident.status.is_open()) else {
                continue;
            };
            if let Some(course) = Course::of(&self.store.incident_record(id)?) {
                let watched = Watched { incident: row.incident, title: row.title, course };
                self.telling.watched.insert(id, watched);
            }
        }
        self.telling.begun = true;
        Ok(())
    }

    fn team_known(&mut self) -> Result<Option<Team>, StoreError> {
        if self.telling.team.is_none() && !self.is_alone() {
            self.telling.team = self.store.team()?;
        }
        Ok(self.telling.team.clone())
    }
}

fn name_of_miss(notice: &Notice) -> String {
    match &notice.heard {
        Heard::UpdateMissed { due_at, times } => {
            format!("{}/missed@{}.{times}", notice.incident, due_at.timestamp_millis())
        }
        _ => notice.incident.to_string(),
    }
}

pub(super) fn notice(incident: &Incident, title: &str, heard: Heard, team: Option<&Team>) -> Notice {
    let (by, role) = match &heard {
        Heard::Declared { by }
        | Heard::Reopened { by }
        | Heard::SeverityRaised { by, .. }
        | Heard::UpdateSent { by, .. }
        | Heard::Mentioned { by, .. }
        | Heard::Asked { by, .. } => (Some(by), None),
        Heard::RoleOffered { by, role, .. }
        | Heard::RoleConfirmed { by, role, .. }
        | Heard::RoleGiven { by, role }
        | Heard::RoleTaken { by, role, .. } => (Some(by), Some(*role)),
        Heard::UpdateDue { .. }
        | Heard::UpdateMissed { .. }
        | Heard::PostmortemDue { .. }
        | Heard::ActionsDue { .. }
        | Heard::NoNewsUnsent { .. } => (None, None),
    };
    let name =
        |person| team.and_then(|t| t.person(person)).map_or_else(|| person.to_string(), |p| p.name.clone());
    let playbook = || team.map_or_else(Playbook::default, Team::playbook);
    Notice {
        incident: incident.id,
        number: incident.number,
        title: title.to_owned(),
        severity: incident.severity,
        by: by.map(name).unwrap_or_default(),
        role: role.map(|role| playbook().role(role).name).unwrap_or_default(),
        heard,
    }
}
