//! Updates that were missed: whoever runs the incident is rung, once for each, until one is sent (domain §6;
//! docs/adr/a-missed-update-is-a-page.md). When it is due is [`firebell_domain::cadence`]'s to say.

use super::pages::{for_people, open};
use crate::engine::decide::command;
use crate::library;
use crate::storage::{CadenceRow, Kept, StorageError, Tx};
use firebell_domain::cadence::{NextUpdate, State, state};
use firebell_domain::escalation::Target;
use firebell_domain::incident::{Incident, IncidentEvent};
use firebell_domain::page::{Actor, Command, Firing, Page, Status, WantedFor};
use firebell_domain::{IncidentId, PersonId};

/// One that cannot be decided is tried again after this.
const RETRY_AFTER: chrono::TimeDelta = chrono::TimeDelta::seconds(15);

/// In the commit of every change of an incident: when its next update wants a look, and whether the missed one was made up
/// for.
pub fn keep(tx: &mut Tx, kept: &Kept) -> Result<(), StorageError> {
    look(tx, kept).map(drop)
}

/// What is due of an incident. Held paging rings nobody: it stays due.
pub fn fire(tx: &mut Tx, id: IncidentId) -> Result<(), StorageError> {
    if tx.held()? {
        return Ok(());
    }
    let Some(mut kept) = tx.incident(id)? else { return tx.end_cadence(id) };
    library::know_course(tx, &mut kept)?;
    let Some((mut row, next, times)) = look(tx, &kept)? else { return Ok(()) };
    let state = State::Missed { next, times };
    row.told = times;
    row.due = state.changes_at();
    let mut events = vec![];
    if let Some(person) = state.tells_of(&kept.incident) {
        let rings = row.page.map(|page| tx.page(page)).transpose()?.flatten();
        events.extend(ring(tx, &kept.incident, &mut row, rings, &person, next)?);
    }
    tx.save_cadence(&row)?;
    if !events.is_empty() {
        library::happened(tx, kept, events)?;
    }
    Ok(())
}

/// Puts one aside whose decision failed, so that the others are looked at.
pub fn put_aside(tx: &mut Tx, id: IncidentId) -> Result<(), StorageError> {
    tx.postpone_cadence(id, tx.now() + RETRY_AFTER)
}

/// Brings the row up to date. Comes back with what was missed and not told yet.
fn look(tx: &mut Tx, kept: &Kept) -> Result<Option<(CadenceRow, NextUpdate, u32)>, StorageError> {
    let incident = &kept.incident;
    let before = tx.cadence(incident.id)?;
    let Some(course) = kept.course.as_ref().filter(|_| incident.status.is_open()) else {
        return tx.end_cadence(incident.id).map(|()| None);
    };
    let mut row = before.unwrap_or_else(|| CadenceRow::new(incident.id));
    let record = tx.team()?;
    let state = state(course, &record.team.playbook(), tx.now());
    let missed = match state {
        State::Missed { next, times } => Some((next, times)),
        _ => None,
    };
    let missed_at = missed.and_then(|(next, _)| next.missed_at);
    if row.missed_at != missed_at {
        (row.missed_at, row.told) = (missed_at, 0);
    }
    // Made up for, or somebody else's by now.
    if let Some(page) = row.page
        && let Some(page) = tx.page(page)?
        && (missed.is_none() || state.tells_of(incident).is_none_or(|person| !rings_for(&page, &person)))
    {
        quiet(tx, &page)?;
        row.page = None;
    }
    let untold = missed.filter(|(_, times)| *times > row.told);
    row.due = if untold.is_some() { Some(tx.now()) } else { state.changes_at() };
    tx.save_cadence(&row)?;
    Ok(untold.map(|(next, times)| (row, next, times)))
}

/// Its plan is this person and nobody else.
fn rings_for(page: &Page, person: &PersonId) -> bool {
    let mut targets = page.plan.steps.iter().flat_map(|step| &step.notify);
    targets.all(|target| matches!(target, Target::Person { person: p } if p == person))
}

fn quiet(tx: &mut Tx, page: &Page) -> Result<(), StorageError> {
    if page.is_open() {
        command(tx, page.id, Command::Resolve { by: Actor::Server })?;
    }
    Ok(())
}

/// One more miss: said again on the page that still rings, else on a new one.
fn ring(
    tx: &mut Tx,
    incident: &Incident,
    row: &mut CadenceRow,
    rings: Option<Page>,
    person: &PersonId,
    next: NextUpdate,
) -> Result<Vec<IncidentEvent>, StorageError> {
    let what = if incident.is_private() {
        format!("private incident #{}", incident.number)
    } else {
        incident.title.clone()
    };
    let title = format!("Update overdue: {what} (due {} UTC)", next.due_at.format("%H:%M"));
    if let Some(page) = rings {
        if matches!(page.status, Status::Triggered | Status::Snoozed) {
            let firing = Firing {
                new_alerts: 0,
                repeats: 1,
                summary: title,
                severity: page.severity,
                plan: page.plan.clone(),
                ring_from: tx.now(),
                waiting: None,
            };
            command(tx, page.id, Command::Fire(Box::new(firing)))?;
            return Ok(vec![]);
        }
        // Heard, and yet no update came: another turn is another page, in words of its own.
        quiet(tx, &page)?;
    }
    let record = tx.team()?;
    let new = for_people(tx, &record.team, incident, std::slice::from_ref(person), title, WantedFor::Update)?;
    row.page = Some(new.id);
    open(tx, incident, new)
}
