//! Who holds which role of an incident, and how it moves (domain §4).
//!
//! A role that nobody holds is taken or given at once. One that is held moves by a handshake of three steps: the holder offers, the
//! next confirms with the status in their own words, the holder releases; until then it stays where it is. Two ways lead around
//! the handshake, both with a reason on the record: the commander gives somebody else's role to another, and whoever is there
//! takes a role whose holder does not answer.

use super::decide::bad;
use super::{Incident, IncidentEvent};
use crate::playbook::{HandOverRules, IncidentRole};
use crate::refusal::RefusalCode;
use crate::{Instant, PersonId, Refusal};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who holds a role, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "RoleHolder")]
pub struct Holder {
    pub person: PersonId,
    pub since: Instant,
}

/// A hand-over that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "RoleOffer")]
pub struct Offer {
    pub to: PersonId,
    pub reason: String,
    pub at: Instant,
    /// How things stand, in the words of the next holder; `None`: not confirmed yet.
    pub status: Option<String>,
}

/// Somebody who has had a role for long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LongHours {
    pub role: IncidentRole,
    pub person: PersonId,
    pub since: Instant,
}

type Decided = Result<Vec<IncidentEvent>, Refusal>;

fn not_allowed<T>(words: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalCode::NotAllowed, words))
}

fn has_words(words: &str, ask: &str) -> Result<(), Refusal> {
    if words.trim().is_empty() { bad(ask) } else { Ok(()) }
}

fn single(role: IncidentRole) -> Result<(), Refusal> {
    if role.is_single() {
        Ok(())
    } else {
        bad("Anybody can be a responder, several at once: say what they work on instead.")
    }
}

impl Incident {
    pub fn holder(&self, role: IncidentRole) -> Option<&PersonId> {
        self.roles.get(&role).map(|h| &h.person)
    }

    /// Who has been in a role longer than the team finds good, the longest first. Nobody once it is over.
    pub fn long_hours(&self, rules: &HandOverRules, now: Instant) -> Vec<LongHours> {
        let too_long = |h: &Holder| now >= rules.suggest_at(h.since);
        let mut all: Vec<_> = self
            .roles
            .iter()
            .filter(|(_, h)| self.status.is_open() && too_long(h))
            .map(|(role, h)| LongHours { role: *role, person: h.person.clone(), since: h.since })
            .collect();
        all.sort_by_key(|l| l.since);
        all
    }

    fn offer(&self, role: IncidentRole) -> Result<&Offer, Refusal> {
        self.offers.get(&role).ok_or_else(|| {
            Refusal::new(RefusalCode::NotFound, "Nobody hands this role over (any more). Look who has it.")
        })
    }

    fn can_have(&self, person: &PersonId) -> Result<(), Refusal> {
        if self.is_seen_by(person) {
            return Ok(());
        }
        not_allowed(format!(
            "This incident is private, and `{person}` may not see it. Let them see it first."
        ))
    }

    fn held_by(&self, role: IncidentRole, person: &PersonId) -> Result<(), Refusal> {
        match self.holder(role) {
            Some(holder) if holder == person => Ok(()),
            Some(holder) => not_allowed(format!("This role is not yours to hand over: `{holder}` has it.")),
            None => not_allowed("Nobody has this role. It can be taken at once."),
        }
    }

    /// Whoever may not see the incident any more has no part in it.
    pub(super) fn keep_those_who_see_it(&mut self) {
        if let Some(people) = &self.people {
            self.roles.retain(|_, holder| people.contains(&holder.person));
            let roles = &self.roles;
            self.offers.retain(|role, offer| people.contains(&offer.to) && roles.contains_key(role));
        }
    }

    /// A role is over for whoever had it.
    pub(super) fn put(&mut self, role: IncidentRole, to: Option<&PersonId>, at: Instant) {
        self.offers.remove(&role);
        match to {
            Some(person) => self.roles.insert(role, Holder { person: person.clone(), since: at }),
            None => self.roles.remove(&role),
        };
    }
}

/// Takes or gives a role at once. `instead_of`: who had it as far as the author knew.
pub(super) fn assign(
    incident: &Incident,
    role: IncidentRole,
    to: PersonId,
    instead_of: Option<&PersonId>,
    reason: String,
    by: PersonId,
) -> Decided {
    single(role)?;
    incident.can_have(&to)?;
    let from = incident.holder(role).cloned();
    if from.as_ref() == Some(&to) {
        let words = format!("`{to}` has this role already.");
        return Err(Refusal::new(RefusalCode::NothingToDo, words));
    }
    match &from {
        _ if from.as_ref() != instead_of => {
            return not_allowed(match &from {
                Some(holder) => {
                    format!("`{holder}` has this role by now. Look again whether it should move.")
                }
                None => "Nobody has this role any more. Take it, or give it to somebody.".into(),
            });
        }
        None => {}
        Some(holder) if *holder == by => {
            return not_allowed("Offer the role instead: it moves when the next holder has confirmed.");
        }
        Some(_) => {
            let commands = incident.holder(IncidentRole::Commander) == Some(&by);
            if !commands && to != by {
                return not_allowed(
                    "Only the commander gives somebody's role to another. You can take it yourself when its holder does not answer.",
                );
            }
            has_words(&reason, "Say why the role moves without a hand-over; it stays on the record.")?;
        }
    }
    Ok(vec![IncidentEvent::RoleAssigned { by, role, from, to, reason }])
}

pub(super) fn leave(incident: &Incident, role: IncidentRole, reason: String, by: PersonId) -> Decided {
    single(role)?;
    let Some(from) = incident.holder(role).cloned() else {
        return Err(Refusal::new(RefusalCode::NothingToDo, "Nobody has this role."));
    };
    if role == IncidentRole::Commander && incident.status.is_open() {
        return not_allowed("An open incident keeps its commander: hand the role over instead.");
    }
    if from != by && incident.holder(IncidentRole::Commander) != Some(&by) {
        return not_allowed(format!("`{from}` has this role; only they or the commander can end that."));
    }
    Ok(vec![IncidentEvent::RoleLeft { by, role, from, reason }])
}

/// The first step: the holder offers.
pub(super) fn offer(
    incident: &Incident,
    role: IncidentRole,
    to: PersonId,
    reason: String,
    by: PersonId,
) -> Decided {
    single(role)?;
    incident.held_by(role, &by)?;
    incident.can_have(&to)?;
    if to == by {
        return bad("You have this role already; offer it to somebody else.");
    }
    has_words(&reason, "Say why you hand the role over: the shift ends, fatigue, expertise, escalation.")?;
    if incident.offers.get(&role).is_some_and(|o| o.to == to) {
        let words = format!("It is offered to `{to}` already, who has not confirmed yet.");
        return Err(Refusal::new(RefusalCode::NothingToDo, words));
    }
    Ok(vec![IncidentEvent::RoleOffered { by, role, to, reason }])
}

/// The second step: the next one says how things stand.
pub(super) fn confirm(incident: &Incident, role: IncidentRole, status: String, by: PersonId) -> Decided {
    let offer = incident.offer(role)?;
    if offer.to != by {
        return not_allowed(format!("This role is offered to `{}`, who confirms it.", offer.to));
    }
    has_words(
        &status,
        "Say in your own words how things stand: what is broken, what is tried, what comes next.",
    )?;
    Ok(vec![IncidentEvent::RoleConfirmed { by, role, status }])
}

/// The third step: the holder has heard that, and the role moves.
pub(super) fn release(incident: &Incident, role: IncidentRole, by: PersonId) -> Decided {
    incident.held_by(role, &by)?;
    let offer = incident.offer(role)?;
    if offer.status.is_none() {
        return not_allowed(format!("`{}` has not said yet how things stand. Wait for that.", offer.to));
    }
    Ok(vec![IncidentEvent::RoleHandedOver { role, from: by, to: offer.to.clone() }])
}

/// Before it moved, either of the two can end it.
pub(super) fn withdraw(incident: &Incident, role: IncidentRole, reason: String, by: PersonId) -> Decided {
    let offer = incident.offer(role)?;
    if offer.to != by && incident.holder(role) != Some(&by) {
        return not_allowed("Only the two who hand the role over can end that.");
    }
    Ok(vec![IncidentEvent::OfferWithdrawn { by, role, reason }])
}
