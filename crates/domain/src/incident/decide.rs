//! What may happen to an incident, and what happens then.

use super::sight::{change_people, make_private, make_public, seen_from_the_start};
use super::{Declaration, Incident, IncidentCommand, IncidentEvent, Status};
use super::{role, telling};
use crate::refusal::RefusalCode;
use crate::{IncidentId, Instant, PersonId, Refusal};

const TITLE_MAX: usize = 200;
const REASON_MAX: usize = 2_000;
/// A clock that is a little ahead must not make a moment impossible to write down.
const AHEAD_MAX: chrono::TimeDelta = chrono::TimeDelta::minutes(5);

pub(super) fn bad<T>(words: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalCode::BadInput, words))
}

/// A new incident. `claimed_at`: when the person declared it, where the team heard of it only later.
pub fn declare(
    incident: IncidentId,
    number: u64,
    declaration: Declaration,
    by: PersonId,
    claimed_at: Option<Instant>,
    now: Instant,
) -> Result<IncidentEvent, Refusal> {
    let declaration = Declaration { title: declaration.title.trim().to_owned(), ..declaration };
    let length = declaration.title.chars().count();
    if length == 0 {
        return bad("The title is empty; say in a few words what is broken.");
    }
    if length > TITLE_MAX {
        return bad(format!("The title has {length} characters; {TITLE_MAX} fit. Shorten it."));
    }
    if declaration.detected_at.is_some_and(|t| t > now + AHEAD_MAX) {
        return bad("The first signal cannot be in the future; correct its time.");
    }
    // A device's claim about the past is believed, one about the future is not.
    let claimed_at = claimed_at.filter(|t| *t < now);
    Ok(IncidentEvent::Declared { incident, number, by, claimed_at, declaration })
}

/// A new incident, with who sees it when that is not the whole team: the events of its first version.
pub fn begin(
    incident: IncidentId,
    number: u64,
    command: &IncidentCommand,
    by: &PersonId,
    claimed_at: Option<Instant>,
    now: Instant,
) -> Result<Vec<IncidentEvent>, Refusal> {
    let Some((declaration, people)) = command.declaration() else {
        return Err(Refusal::new(RefusalCode::NotFound, "There is no such incident."));
    };
    let mut events = vec![declare(incident, number, declaration.clone(), by.clone(), claimed_at, now)?];
    if let Some(people) = people {
        events.push(seen_from_the_start(people, by)?);
    }
    Ok(events)
}

/// What an existing incident makes of a command.
pub fn decide(
    incident: &Incident,
    command: IncidentCommand,
    by: PersonId,
    now: Instant,
) -> Result<Vec<IncidentEvent>, Refusal> {
    let over = || over(incident.status);
    let nothing = |words: String| Err(Refusal::new(RefusalCode::NothingToDo, words));
    if let IncidentCommand::SetSeverity { reason, .. }
    | IncidentCommand::FalseAlarm { reason }
    | IncidentCommand::CorrectMoment { reason, .. }
    | IncidentCommand::MakePrivate { reason, .. }
    | IncidentCommand::MakePublic { reason }
    | IncidentCommand::ChangePeople { reason, .. }
    | IncidentCommand::AssignRole { reason, .. }
    | IncidentCommand::LeaveRole { reason, .. }
    | IncidentCommand::OfferRole { reason, .. }
    | IncidentCommand::ConfirmRole { status: reason, .. }
    | IncidentCommand::WithdrawOffer { reason, .. } = &command
        && reason.chars().count() > REASON_MAX
    {
        return bad(format!("The reason is longer than {REASON_MAX} characters; shorten it."));
    }
    // Somebody still closes what is resolved.
    let is_run = incident.status.is_open() || incident.status == Status::Resolved;
    match command {
        IncidentCommand::AssignRole { .. }
        | IncidentCommand::LeaveRole { .. }
        | IncidentCommand::OfferRole { .. }
        | IncidentCommand::ConfirmRole { .. }
        | IncidentCommand::ReleaseRole { .. }
        | IncidentCommand::WithdrawOffer { .. }
        | IncidentCommand::SendUpdate { .. }
        | IncidentCommand::PagePeople { .. }
            if !is_run =>
        {
            Err(over())
        }
        IncidentCommand::AssignRole { role, to, instead_of, reason } => {
            role::assign(incident, role, to, instead_of.as_ref(), reason, by)
        }
        IncidentCommand::LeaveRole { role, reason } => role::leave(incident, role, reason, by),
        IncidentCommand::OfferRole { role, to, reason } => role::offer(incident, role, to, reason, by),
        IncidentCommand::ConfirmRole { role, status } => role::confirm(incident, role, status, by),
        IncidentCommand::ReleaseRole { role } => role::release(incident, role, by),
        IncidentCommand::WithdrawOffer { role, reason } => role::withdraw(incident, role, reason, by),
        IncidentCommand::SendUpdate { update } => telling::send(incident, update, by, now),
        IncidentCommand::PagePeople { people, message } => {
            telling::page_people(incident, people, message, by)
        }
        IncidentCommand::LinkPage { page } => {
            if incident.pages.contains(&page) {
                return nothing("This page belongs to the incident already.".into());
            }
            if incident.pages.len() >= telling::PAGES_MAX {
                return bad(format!(
                    "{} pages belong to this incident, and no more fit. Name the page in the timeline.",
                    telling::PAGES_MAX
                ));
            }
            Ok(vec![IncidentEvent::PageLinked { by: Some(by), page }])
        }
        IncidentCommand::Declare(_) | IncidentCommand::DeclarePrivately { .. } => {
            nothing("This incident was declared already.".into())
        }
        IncidentCommand::SetSeverity { to, reason } => {
            if matches!(incident.status, Status::Closed | Status::Merged | Status::FalseAlarm) {
                return Err(over());
            }
            if to == incident.severity {
                return nothing(format!("It is {to} already."));
            }
            Ok(vec![IncidentEvent::SeverityChanged { by, from: incident.severity, to, reason }])
        }
        IncidentCommand::SetStatus { to } => set_status(incident, to, by).unwrap_or_else(|| Err(over())),
        IncidentCommand::Merge { into } => {
            if into == incident.id {
                return bad("An incident cannot be merged into itself; choose another one.");
            }
            if !incident.status.is_open() {
                return Err(over());
            }
            Ok(vec![IncidentEvent::Merged { by, into }])
        }
        IncidentCommand::FalseAlarm { reason } => {
            if !incident.status.is_open() {
                return Err(over());
            }
            Ok(vec![IncidentEvent::FalseAlarm { by, reason }])
        }
        IncidentCommand::CorrectMoment { moment, at, reason } => {
            if reason.trim().is_empty() {
                return bad(format!("Say why the time of the {} is corrected.", moment.word()));
            }
            if at.is_some_and(|t| t > now + AHEAD_MAX) {
                return bad(format!("The {} cannot be in the future; correct its time.", moment.word()));
            }
            let from = incident.moments.get(moment);
            if from == at {
                return nothing(format!("That is the time of the {} already.", moment.word()));
            }
            Ok(vec![IncidentEvent::MomentCorrected { by, moment, from, to: at, reason }])
        }
        IncidentCommand::MakePrivate { people, reason } => make_private(incident, people, by, reason),
        IncidentCommand::MakePublic { reason } => make_public(incident, by, reason),
        IncidentCommand::ChangePeople { add, remove, reason } => {
            change_people(incident, &add, &remove, by, reason)
        }
    }
}

/// It ended for good. What comes back is another incident, so that the record of this one stays what was reviewed.
pub(super) fn over(status: Status) -> Refusal {
    let instead = match status {
        Status::Closed => " If it is back, declare a new incident, and relate the two there.",
        _ => "",
    };
    let words = format!("This incident is {}; nothing about it changes any more.{instead}", status.word());
    Refusal::new(RefusalCode::AlreadyResolved, words)
}

/// `None`: it is over.
pub(super) fn set_status(
    incident: &Incident,
    to: Status,
    by: PersonId,
) -> Option<Result<Vec<IncidentEvent>, Refusal>> {
    const ANNOUNCED: [Status; 4] =
        [Status::Investigating, Status::Identified, Status::Monitoring, Status::Resolved];
    let from = incident.status;
    let refused = |code, words: &str| Some(Err(Refusal::new(code, words)));
    if from == to {
        return Some(Err(Refusal::new(RefusalCode::NothingToDo, format!("It is {} already.", to.word()))));
    }
    match (from, to) {
        (Status::Resolved, Status::Investigating) => Some(Ok(vec![IncidentEvent::Reopened { by }])),
        (Status::Resolved, Status::Closed) => Some(Ok(vec![IncidentEvent::Closed { by }])),
        (Status::Resolved, _) => refused(
            RefusalCode::AlreadyResolved,
            "This incident is resolved. Reopen it first: set it to investigating.",
        ),
        (from, _) if !from.is_open() => None,
        (_, Status::Closed) => refused(RefusalCode::NotAllowed, "Resolve the incident before it is closed."),
        (_, Status::Merged | Status::FalseAlarm) => refused(
            RefusalCode::BadInput,
            "Merge it, or mark it as a false alarm, by the command of that name.",
        ),
        (from, to) => {
            let between = |s: &&Status| from < **s && **s < to;
            let skipped = ANNOUNCED.iter().filter(between).copied().collect();
            Some(Ok(vec![IncidentEvent::StatusChanged { by, from, to, skipped }]))
        }
    }
}
