//! Who sees an incident: the whole team, or the people of a private one.
//!
//! Whoever declared a private incident always sees it, so there is always somebody. An admin sees no more than others:
//! what is private is often about people.

use super::decide::bad;
use super::{Incident, IncidentEvent};
use crate::refusal::RefusalCode;
use crate::{PersonId, Refusal};
use std::collections::BTreeSet;

/// A private incident of more people is none.
const PEOPLE_MAX: usize = 200;

fn everybody<'a>(people: impl IntoIterator<Item = &'a PersonId>) -> Result<Vec<PersonId>, Refusal> {
    let all: BTreeSet<PersonId> = people.into_iter().cloned().collect();
    if all.len() > PEOPLE_MAX {
        return bad(format!(
            "{} people would see this incident, and {PEOPLE_MAX} can. Let the whole team see it, or name fewer.",
            all.len()
        ));
    }
    Ok(all.into_iter().collect())
}

fn has_reason(reason: &str, what: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() {
        bad(format!("Say why {what}; everybody who sees it can read that."))
    } else {
        Ok(())
    }
}

/// Declared among these people.
pub(super) fn seen_from_the_start(people: &[PersonId], by: &PersonId) -> Result<IncidentEvent, Refusal> {
    let people = everybody(people.iter().chain([by]))?;
    Ok(IncidentEvent::MadePrivate { by: by.clone(), people, reason: String::new() })
}

pub(super) fn make_private(
    incident: &Incident,
    people: Vec<PersonId>,
    by: PersonId,
    reason: String,
) -> Result<Vec<IncidentEvent>, Refusal> {
    if incident.is_private() {
        let words = "It is private already. Change who can see it instead.";
        return Err(Refusal::new(RefusalCode::NothingToDo, words));
    }
    has_reason(&reason, "it becomes private")?;
    let people = everybody(people.iter().chain([&by, &incident.declared_by]))?;
    Ok(vec![IncidentEvent::MadePrivate { by, people, reason }])
}

pub(super) fn make_public(
    incident: &Incident,
    by: PersonId,
    reason: String,
) -> Result<Vec<IncidentEvent>, Refusal> {
    if !incident.is_private() {
        return Err(Refusal::new(RefusalCode::NothingToDo, "The whole team sees it already."));
    }
    has_reason(&reason, "the whole team may see it")?;
    Ok(vec![IncidentEvent::MadePublic { by, reason }])
}

pub(super) fn change_people(
    incident: &Incident,
    add: &[PersonId],
    remove: &[PersonId],
    by: PersonId,
    reason: String,
) -> Result<Vec<IncidentEvent>, Refusal> {
    let Some(seen_by) = &incident.people else {
        let words = "The whole team sees this incident. Make it private first.";
        return Err(Refusal::new(RefusalCode::NotAllowed, words));
    };
    if remove.contains(&incident.declared_by) {
        let words = "Whoever declared a private incident always sees it. Name somebody else to be removed.";
        return Err(Refusal::new(RefusalCode::NotAllowed, words));
    }
    if add.iter().any(|person| remove.contains(person)) {
        return bad("The same person is to be added and to be removed. Say which.");
    }
    let added: Vec<PersonId> = everybody(add.iter().filter(|person| !seen_by.contains(person)))?;
    let removed: Vec<PersonId> = everybody(remove.iter().filter(|person| seen_by.contains(person)))?;
    if added.is_empty() && removed.is_empty() {
        return Err(Refusal::new(RefusalCode::NothingToDo, "That is who sees it already."));
    }
    has_reason(&reason, "others see it than before")?;
    let people = everybody(seen_by.iter().filter(|person| !removed.contains(person)).chain(&added))?;
    Ok(vec![IncidentEvent::PeopleChanged { by, people, added, removed, reason }])
}
