//! Updates that are sent, and people who are rung for an incident (domain §2, §6).

use super::decide::{bad, over, set_status};
use super::{Incident, IncidentEvent};
use crate::refusal::RefusalCode;
use crate::update::StatusUpdate;
use crate::{Instant, PersonId, Refusal};
use std::collections::BTreeSet;

/// Characters of what people are wanted for: a page's title shows it.
const MESSAGE_MAX: usize = 500;
/// People rung by hand at once.
const RUNG_MAX: usize = 50;
/// Pages of one incident.
pub(super) const PAGES_MAX: usize = 500;

/// An update, with the change of status that it announces: both or neither.
pub(super) fn send(
    incident: &Incident,
    update: Box<StatusUpdate>,
    by: PersonId,
    now: Instant,
) -> Result<Vec<IncidentEvent>, Refusal> {
    update.check(now)?;
    let mut events = vec![];
    // Nothing but what differs is a change: two people may announce the same one.
    if let Some(to) = update.told.status.filter(|to| *to != incident.status) {
        events = set_status(incident, to, by.clone()).ok_or_else(|| over(incident.status))??;
    }
    events.push(IncidentEvent::UpdateSent { by, update });
    Ok(events)
}

pub(super) fn page_people(
    incident: &Incident,
    people: Vec<PersonId>,
    message: String,
    by: PersonId,
) -> Result<Vec<IncidentEvent>, Refusal> {
    let people: Vec<PersonId> = people.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let message = message.trim().to_owned();
    let length = message.chars().count();
    if people.is_empty() {
        return bad("Name at least one person to page.");
    }
    if people.len() > RUNG_MAX {
        return bad(format!("{} people are named, and {RUNG_MAX} can be paged at once.", people.len()));
    }
    if length == 0 || length > MESSAGE_MAX {
        return bad(format!("Say what they are wanted for, in 1 to {MESSAGE_MAX} characters."));
    }
    if let Some(stranger) = people.iter().find(|p| !incident.is_seen_by(p)) {
        let words =
            format!("This incident is private, and `{stranger}` may not see it. Let them see it first.");
        return Err(Refusal::new(RefusalCode::NotAllowed, words));
    }
    Ok(vec![IncidentEvent::PeoplePaged { by, people, message }])
}
