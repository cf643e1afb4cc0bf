//! What the pages of an incident say back to it: what their alerts said, whom they rang, who acknowledged first.

use super::pages::note;
use crate::engine::decide::command;
use crate::library;
use crate::storage::{StorageError, Tx};
use firebell_domain::incident::{Incident, IncidentEvent};
use firebell_domain::page::{
    Actor, Command, Page, PageEvent, Recorded, RoundReason, Status as PageStatus, Via, WantedFor,
};
use firebell_domain::{IncidentId, Instant, PersonId};
use firebell_log::RecordId;

/// Steps of a page that are told of the time before it was linked: the last ones.
const EARLIER_MAX: usize = 50;

/// These events of a page, which it has taken in, as its incidents hear of them. `but`: the one that hears by itself.
pub fn heard(
    tx: &mut Tx,
    page: &Page,
    events: &[PageEvent],
    but: Option<IncidentId>,
) -> Result<(), StorageError> {
    let is_heard = |e: &PageEvent| matches!(e, PageEvent::Stepped { .. } | PageEvent::Acknowledged { .. });
    if !events.iter().any(is_heard) {
        return Ok(());
    }
    for id in tx.incidents_of_page(page.id)? {
        let Some(kept) = tx.incident(id)?.filter(|_| Some(id) != but) else { continue };
        let found = said_back(&kept.incident, page, events, tx.now());
        if !found.is_empty() {
            library::happened(tx, kept, found)?;
        }
    }
    Ok(())
}

/// What an incident hears of these events of one of its pages.
pub(super) fn said_back(
    incident: &Incident,
    page: &Page,
    events: &[PageEvent],
    now: Instant,
) -> Vec<IncidentEvent> {
    let (mut found, mut why) = (vec![], page.chain.why);
    let mut nobody_yet = incident.moments.acknowledged_at.is_none();
    for event in events {
        match event {
            PageEvent::RoundStarted { why: new, .. } => why = *new,
            PageEvent::Stepped { .. } if incident.status.is_open() => {
                found.extend(rung(page, event, why, now));
            }
            // Whoever is rung for a missed update is at work already.
            PageEvent::Acknowledged { by, .. }
                if nobody_yet && page.origin.is_none_or(|o| o.why != WantedFor::Update) =>
            {
                let Some(person) = by.person().cloned() else { continue };
                nobody_yet = false;
                found.push(IncidentEvent::Acknowledged { by: person, page: page.id, at: now });
            }
            _ => {}
        }
    }
    found
}

fn rung(page: &Page, event: &PageEvent, why: RoundReason, at: Instant) -> Option<IncidentEvent> {
    let PageEvent::Stepped { round, step, raised, .. } = event else { return None };
    // Who is rung by name is told by whoever named them.
    if *round == 1 && page.origin.is_some_and(|o| o.why == WantedFor::Named) {
        return None;
    }
    let people = raised.iter().map(|r| r.person.clone()).collect();
    let admins = why == RoundReason::Exhausted;
    Some(IncidentEvent::Rung { page: page.id, number: page.number, people, step: *step, admins, at })
}

/// What a page that is linked has done before: its alerts, whom it rang, and who has it.
pub(super) fn before(
    tx: &mut Tx,
    incident: &Incident,
    page: &Page,
) -> Result<Vec<IncidentEvent>, StorageError> {
    let mut found = vec![];
    if page.origin.is_none() {
        found.push(IncidentEvent::Alerted {
            page: page.id,
            number: page.number,
            title: page.title.clone(),
            service: page.service.clone(),
            source: page.source.clone(),
            alerts: page.tally.alerts,
            at: page.opened_at,
        });
    }
    let mut why = RoundReason::Opened;
    let mut rings: Vec<IncidentEvent> = vec![];
    for Recorded { at, event } in tx.page_history(page.id)? {
        if let PageEvent::RoundStarted { why: new, .. } = &event {
            why = *new;
        }
        rings.extend(rung(page, &event, why, at));
    }
    found.extend(rings.split_off(rings.len().saturating_sub(EARLIER_MAX)));
    if let Some(ack) = &page.acknowledged
        && incident.moments.acknowledged_at.is_none_or(|at| ack.at < at)
    {
        found.extend(ack.by.person().map(|person| IncidentEvent::Acknowledged {
            by: person.clone(),
            page: page.id,
            at: ack.at,
        }));
    }
    Ok(found)
}

/// A person just worked in an incident: what was opened for it and rings them is acknowledged by that
/// (docs/adr/nobody-is-rung-for-their-own-word.md).
pub fn worked(tx: &mut Tx, id: IncidentId, by: &PersonId) -> Result<(), StorageError> {
    let Some(kept) = tx.incident(id)? else { return Ok(()) };
    for page in kept.incident.pages {
        let Some(page) = tx.page(page)? else { continue };
        let own = page.origin.is_some_and(|o| o.incident == id && o.why != WantedFor::Update);
        if own && page.ringing_for(by).is_some() {
            let by = Actor::Person { person: by.clone() };
            command(tx, page.id, Command::Acknowledge { by, via: Via::Window, claimed_at: None })?;
        }
    }
    Ok(())
}

/// Whether the work on an acknowledged page that is about to come back goes on in its incident; then that is noted, and
/// it does not come back yet.
pub fn goes_on(tx: &mut Tx, page: &Page, since: Instant) -> Result<bool, StorageError> {
    if page.status != PageStatus::Acknowledged {
        return Ok(false);
    }
    for id in tx.incidents_of_page(page.id)? {
        let Some(kept) = tx.incident(id)?.filter(|kept| kept.incident.status.is_open()) else { continue };
        let subject = RecordId::incident(id).to_string();
        if let Some(person) = library::last_author(tx, &subject, since)? {
            note(tx, page.id, &person, &super::pages::words_on_page(&kept.incident, "The work goes on in"))?;
            return Ok(true);
        }
    }
    Ok(false)
}
