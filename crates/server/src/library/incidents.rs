//! Commands on incidents, decided for the team; and what a desktop without one had settled before it joined.

use super::accept::{Not, refused};
use super::{know_course, sight, words};
use crate::ringing;
use crate::storage::{Changed, Kept, StorageError, Tx};
use firebell_domain::incident::{
    Incident, IncidentCommand, IncidentEvent, RecordedIncident, Status, begin, decide, declare,
};
use firebell_domain::refusal::{Refusal, RefusalCode};
use firebell_domain::{IncidentId, Instant, PersonId};
use firebell_log::{Asked, OpId, OperationBody, RecordId};

/// What waited longer than this was said where the team could not hear it.
pub(super) const HEARD_LATE_MS: u64 = 10_000;

/// The operation that asks, and its author.
pub(super) type By<'a> = (OpId, &'a PersonId);

pub(super) fn unknown() -> Refusal {
    Refusal::new(
        RefusalCode::NotFound,
        "The team does not know this incident. Declare it first; if you did, look why that was not accepted.",
    )
}

/// Decides a command. Answers with the place of what came of it.
pub(super) fn command(tx: &mut Tx, by: By, asked: Asked, waited_ms: u64) -> Result<u64, Not> {
    if waited_ms > asked.good_for_ms {
        let minutes = waited_ms / 60_000;
        return refused(
            RefusalCode::Stale,
            format!(
                "You asked for this {minutes} minutes before the team could be told. Do it now all the same?"
            ),
        );
    }
    let now = tx.now();
    let just = waited_ms < HEARD_LATE_MS;
    let kept = tx.incident(asked.incident)?;
    // Whoever may not see it hears what everybody hears of an incident that was never declared.
    if kept.as_ref().is_some_and(|kept| !kept.incident.is_seen_by(by.1)) {
        return Err(unknown().into());
    }
    sight::check_people(tx, &asked.command)?;
    let Some(mut kept) = kept else {
        if asked.command.declaration().is_none() {
            return Err(unknown().into());
        }
        let waited = i64::try_from(waited_ms).ok().and_then(chrono::TimeDelta::try_milliseconds);
        let claimed_at =
            waited.filter(|_| waited_ms >= HEARD_LATE_MS).and_then(|w| now.checked_sub_signed(w));
        // Looked at before it gets a number, so that numbers have no gaps.
        begin(asked.incident, 0, &asked.command, by.1, claimed_at, now)?;
        let number = tx.next_incident_number()?;
        let events = begin(asked.incident, number, &asked.command, by.1, claimed_at, now)?;
        let Some(incident) = Incident::from_first(now, &events) else { return Err(unknown().into()) };
        let mut kept = Kept::declared(incident);
        let events = followed(tx, &mut kept, events, just)?;
        return Ok(save(tx, &kept, events, vec![], Some(by.0))?);
    };
    if let IncidentCommand::Merge { into } = &asked.command {
        check_merge(tx, &kept.incident, *into, by.1)?;
    }
    if let IncidentCommand::LinkPage { page } = &asked.command
        && tx.page(*page)?.is_none()
    {
        let words = "The team does not know this page (any more). Look at the list of pages again.";
        return refused(RefusalCode::NotFound, words);
    }
    let meanwhile = changed_meanwhile(&kept, &asked, by.0);
    let said = match &meanwhile {
        Some(changed) => Some(in_words(tx, &kept.incident, &asked.command, changed)?),
        None => None,
    };
    let events = match (decide(&kept.incident, asked.command.clone(), by.1.clone(), now), said) {
        (Err(refusal), Some(said)) if refusal.code != RefusalCode::NothingToDo => {
            return refused(refusal.code, format!("{said}. {}", refusal.words));
        }
        (Err(refusal), _) => {
            let words = tx.team()?.team.with_names(&refusal.words);
            return refused(refusal.code, words);
        }
        (Ok(_), Some(said)) => {
            let wish = words::asked(&kept.incident, &asked.command);
            return refused(RefusalCode::Stale, format!("{said}; {wish} all the same?"));
        }
        (Ok(events), None) => events,
    };
    know_course(tx, &mut kept)?;
    kept.incident.version += 1;
    let change = Changed { version: kept.incident.version, at: now, by: by.1.clone(), writer: by.0.writer };
    let before = (kept.incident.status, kept.incident.severity);
    events.iter().for_each(|e| kept.apply(now, e));
    if kept.incident.status != before.0 {
        kept.status = Some(change.clone());
    }
    if kept.incident.severity != before.1 {
        kept.severity = Some(change.clone());
    }
    if events.iter().any(|event| event.sight().is_some()) {
        kept.sight = Some(change);
    }
    let events = followed(tx, &mut kept, events, just)?;
    let place = save(tx, &kept, events, vec![], Some(by.0))?;
    if just && asked.command.is_work_of(by.1) {
        ringing::worked(tx, asked.incident, by.1)?;
    }
    Ok(place)
}

/// With what follows from these events, which the incident has taken in: whom it rings, and what becomes of that.
fn followed(
    tx: &mut Tx,
    kept: &mut Kept,
    mut events: Vec<IncidentEvent>,
    just: bool,
) -> Result<Vec<IncidentEvent>, StorageError> {
    let more = ringing::follow(tx, &kept.incident, &events, just)?;
    more.iter().for_each(|event| kept.apply(tx.now(), event));
    events.extend(more);
    ringing::tell(tx, &kept.incident, &events)?;
    Ok(events)
}

/// Something happened to an incident that nobody asked for by a command.
pub fn happened(tx: &mut Tx, mut kept: Kept, events: Vec<IncidentEvent>) -> Result<(), StorageError> {
    know_course(tx, &mut kept)?;
    kept.incident.version += 1;
    events.iter().for_each(|event| kept.apply(tx.now(), event));
    save(tx, &kept, events, vec![], None).map(drop)
}

fn check_merge(tx: &mut Tx, from: &Incident, into: IncidentId, by: &PersonId) -> Result<(), Not> {
    // Into itself: the domain has words for that.
    if from.id == into {
        return Ok(());
    }
    match tx.incident(into)?.filter(|other| other.incident.is_seen_by(by)) {
        None => refused(
            RefusalCode::NotFound,
            "The team does not know the incident that this one would become part of. Choose another one.",
        ),
        Some(other) if other.incident.status == Status::Merged => refused(
            RefusalCode::BadInput,
            format!("#{} became part of another incident itself. Choose that one.", other.incident.number),
        ),
        // Everybody would be told the name of something that they may not see.
        Some(other) if other.incident.is_private() && !from.is_private() => refused(
            RefusalCode::NotAllowed,
            format!(
                "#{} is private, and this incident is not. Make this one private first.",
                other.incident.number
            ),
        ),
        Some(_) => Ok(()),
    }
}

/// What the command would change, if somebody else changed it after the version that its author saw. One's own
/// earlier command is known to its author.
fn changed_meanwhile(kept: &Kept, asked: &Asked, op: OpId) -> Option<Changed> {
    let last = match &asked.command {
        IncidentCommand::SetSeverity { .. } => &kept.severity,
        // An update without a status of its own is as true as before.
        IncidentCommand::SendUpdate { update } if update.told.status.is_none() => &None,
        IncidentCommand::SetStatus { .. }
        | IncidentCommand::SendUpdate { .. }
        | IncidentCommand::Merge { .. }
        | IncidentCommand::FalseAlarm { .. } => &kept.status,
        // Making it known to everybody is meant for the people and the reason that its author saw.
        IncidentCommand::MakePublic { .. } => &kept.sight,
        IncidentCommand::Declare(_)
        | IncidentCommand::DeclarePrivately { .. }
        | IncidentCommand::MakePrivate { .. }
        | IncidentCommand::ChangePeople { .. }
        | IncidentCommand::CorrectMoment { .. }
        // Whoever assigns a role says whom they saw in it, and the steps of a hand-over follow each other.
        | IncidentCommand::AssignRole { .. }
        | IncidentCommand::LeaveRole { .. }
        | IncidentCommand::OfferRole { .. }
        | IncidentCommand::ConfirmRole { .. }
        | IncidentCommand::ReleaseRole { .. }
        | IncidentCommand::WithdrawOffer { .. }
        | IncidentCommand::PagePeople { .. }
        | IncidentCommand::LinkPage { .. } => &None,
    };
    last.clone().filter(|c| c.version > asked.decided_on && c.writer != op.writer)
}

/// "This incident was resolved an hour ago by Ana Ruiz"
fn in_words(
    tx: &mut Tx,
    incident: &Incident,
    command: &IncidentCommand,
    changed: &Changed,
) -> Result<String, StorageError> {
    let what = match command {
        IncidentCommand::SetSeverity { .. } => format!("made {}", incident.severity),
        IncidentCommand::MakePublic { .. } => words::became_seen(incident).into(),
        _ => words::became(incident),
    };
    let (ago, who) = (words::ago(changed.at, tx.now()), words::name(&tx.team()?.team, &changed.by));
    Ok(format!("This incident was {what} {ago} by {who}"))
}

/// Takes over an incident that lived on one computer until now. It happened then, and gets a number of the team.
pub(super) fn settled(
    tx: &mut Tx,
    by: By,
    id: IncidentId,
    events: Vec<RecordedIncident>,
) -> Result<u64, Not> {
    if let Some(known) = tx.incident(id)? {
        if !known.incident.is_seen_by(by.1) {
            return Err(unknown().into());
        }
        return refused(RefusalCode::NothingToDo, "The team knows this incident already.");
    }
    let now = tx.now();
    let mut happened_at: Vec<Instant> = events.iter().map(|e| e.at.min(now)).collect();
    let mut events: Vec<IncidentEvent> = events.into_iter().map(|e| e.event).collect();
    if events.iter().any(|e| e.author().is_some_and(|a| a != by.1)) {
        return refused(
            RefusalCode::NotAllowed,
            "This incident has entries in somebody else's name and cannot be taken over.",
        );
    }
    if events.iter().any(|e| matches!(e, IncidentEvent::Unknown)) {
        return refused(
            RefusalCode::NotAllowed,
            "The server is older than your Firebell and cannot read this incident. Ask an admin to update the server.",
        );
    }
    if events.iter().any(|e| e.sight().is_some()) {
        return refused(
            RefusalCode::NotAllowed,
            "Nobody but you has seen this incident, so it cannot be private yet. Take it over first.",
        );
    }
    let odd = || Refusal::new(RefusalCode::BadInput, "This incident does not begin with its declaration.");
    let Some(IncidentEvent::Declared { incident, by: who, claimed_at, declaration, .. }) = events.first_mut()
    else {
        return Err(odd().into());
    };
    if *incident != id {
        return Err(odd().into());
    }
    *claimed_at = claimed_at.filter(|t| *t < now);
    // The rules of a declaration hold for one that was made alone.
    declare(id, 0, declaration.clone(), who.clone(), *claimed_at, now)?;
    if events.iter().skip(1).any(|e| matches!(e, IncidentEvent::Declared { .. })) {
        return refused(RefusalCode::BadInput, "This incident was declared twice; nothing was taken over.");
    }
    if let Some(IncidentEvent::Declared { number, .. }) = events.first_mut() {
        *number = tx.next_incident_number()?;
    }
    let Some(incident) =
        happened_at.first().zip(events.first()).and_then(|(at, e)| Incident::from_declared(*at, e))
    else {
        return Err(odd().into());
    };
    let mut kept = Kept::declared(incident);
    for (at, event) in happened_at.iter().zip(&events).skip(1) {
        kept.apply(*at, event);
    }
    happened_at.truncate(events.len());
    // It happened where nobody could be rung, and is not rung for late; its next update is the team's matter from now on.
    Ok(save(tx, &kept, events, happened_at, Some(by.0))?)
}

fn save(
    tx: &mut Tx,
    kept: &Kept,
    events: Vec<IncidentEvent>,
    happened_at: Vec<Instant>,
    asked: Option<OpId>,
) -> Result<u64, StorageError> {
    tx.save_incident(kept)?;
    ringing::keep(tx, kept)?;
    if let Some(people) = events.iter().rev().find_map(IncidentEvent::sight) {
        tx.save_sight(kept.incident.id, kept.incident.version, people)?;
    }
    let (incident, version) = (kept.incident.id, kept.incident.version);
    let body = OperationBody::Incident { incident, version, events, happened_at, asked };
    tx.record_about(RecordId::incident(incident).to_string(), body)
}
