//! The bridge between a page in the database and the rules: load, decide, apply, save, and what follows outside.

use crate::ringing;
use crate::storage::{StorageError, Tx};
use firebell_domain::page::{Command, OpenPage, Page, PageEvent, Status, WaitReason, decide, open};
use firebell_domain::team::{Roster, Service};
use firebell_domain::{IncidentId, Instant, PageId, Refusal, Severity, Urgency};
use uuid::Uuid;

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// `changed`: false when it said nothing new.
    Done {
        changed: bool,
    },
    Refused(Refusal),
    NoSuchPage,
}

/// A waiting page of a held server is released by the operator; this is only "much later".
pub(crate) const HELD_UNTIL: chrono::TimeDelta = chrono::TimeDelta::days(365);

/// Decides about one page and stores the outcome.
pub fn command(tx: &mut Tx, id: PageId, command: Command) -> Result<Decided, StorageError> {
    let Some(mut page) = tx.page(id)? else { return Ok(Decided::NoSuchPage) };
    match decide_on(tx, &page, command)? {
        Err(refusal) => Ok(Decided::Refused(refusal)),
        Ok(events) if events.is_empty() => Ok(Decided::Done { changed: false }),
        Ok(events) => {
            apply(tx, &mut page, &events);
            save(tx, &mut page, events)?;
            Ok(Decided::Done { changed: true })
        }
    }
}

/// The events that follow from a command, not yet applied.
pub fn decide_on(
    tx: &mut Tx,
    page: &Page,
    command: Command,
) -> Result<Result<Vec<PageEvent>, Refusal>, StorageError> {
    let (team, reach, now) = (tx.team()?, tx.reach()?, tx.now());
    let roster = Roster { team: &team.team, reach: &reach };
    Ok(decide(page, command, &roster, now))
}

pub fn apply(tx: &Tx, page: &mut Page, events: &[PageEvent]) {
    let now = tx.now();
    events.iter().for_each(|e| page.apply(now, e));
}

/// Opens a page; not yet saved.
pub fn open_page(tx: &mut Tx, new: OpenPage) -> Result<(Page, Vec<PageEvent>), StorageError> {
    let (team, reach, now) = (tx.team()?, tx.reach()?, tx.now());
    let roster = Roster { team: &team.team, reach: &reach };
    Ok(open(new, &roster, now))
}

/// Saves a page with the events that made it so, writes down what has to be sent by channels, and tells its incidents.
pub fn save(tx: &mut Tx, page: &mut Page, events: Vec<PageEvent>) -> Result<(), StorageError> {
    save_for(tx, page, events, None)
}

/// As [`save`], for an incident that is being changed in this commit, and hears of it by itself.
pub fn save_for(
    tx: &mut Tx,
    page: &mut Page,
    events: Vec<PageEvent>,
    incident: Option<IncidentId>,
) -> Result<(), StorageError> {
    ringing::heard(tx, page, &events, incident)?;
    for event in &events {
        match event {
            PageEvent::ChannelUsed { raise, channel, .. } => {
                tx.add_to_outbox(Uuid::now_v7(), raise, *channel)?
            }
            PageEvent::Resolved { .. } if page.status == Status::Resolved => tx.end_alerts_of(page.id)?,
            _ => {}
        }
    }
    tx.save_page(page, events)
}

/// When alerts of this severity may begin to ring for a service, and what holds them back.
pub fn ring_from(
    tx: &mut Tx,
    service: &Service,
    severity: Severity,
) -> Result<(Instant, Option<WaitReason>), StorageError> {
    let now = tx.now();
    if tx.held()? {
        return Ok((now + HELD_UNTIL, Some(WaitReason::Held)));
    }
    let (mut from, mut why) = (now, None);
    if let Some(silence) = tx.silence_over(&service.id)? {
        (from, why) = (silence.ends_at, Some(WaitReason::Silence { silence: silence.id }));
    }
    if severity.urgency() == Urgency::Low {
        let open = tx.team()?.team.opens_after(from);
        if open > from {
            (from, why) = (open, why.or(Some(WaitReason::BusinessHours)));
        }
    }
    Ok((from, why))
}
