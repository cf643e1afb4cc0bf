//! From the wish to the ticket, over a transaction.

use super::WITHIN;
use super::trouble::{FLOOR, TOLD_AFTER, Trouble};
use crate::cli::PUBLIC_URL;
use crate::library::{self, FieldNow};
use crate::storage::{NextTry, StorageError, TicketRow, TrackerRow, Tx};
use chrono::TimeDelta;
use firebell_domain::IncidentId;
use firebell_domain::postmortem::{
    Action, Fields, Issue, Postmortem, Ticket, WantedTicket, of_gone, of_ticket, usual_title,
};
use firebell_log::RecordId;
use std::collections::BTreeMap;

/// In the commit of a person's wish.
pub fn asked(tx: &mut Tx, incident: IncidentId, wanted: WantedTicket) -> Result<(), StorageError> {
    match wanted.tracker {
        Some(tracker) => tx.want_ticket(wanted.action, incident, tracker),
        None => tx.unwant_ticket(wanted.action, incident),
    }
}

/// An action without a title is not there: removed, or not here yet after a restore. It may come (back).
const UNTITLED: TimeDelta = TimeDelta::hours(1);

/// Everything that is needed to make a ticket.
pub struct Order {
    pub tracker: TrackerRow,
    /// Private networks that the team allows.
    pub networks: Vec<String>,
    pub action: Action,
    incident: IncidentId,
    number: u64,
    postmortem: Option<String>,
    /// Name and e-mail address.
    pub owner: Option<(String, String)>,
    server: String,
}

impl Order {
    pub fn issue(&self) -> Issue<'_> {
        Issue {
            action: &self.action,
            incident: self.incident,
            number: self.number,
            postmortem: self.postmortem.as_deref(),
            owner: self.owner.as_ref().map(|(name, _)| name.as_str()),
            server: &self.server,
        }
    }
}

pub enum Prepared {
    Order(Box<Order>),
    /// In words.
    Impossible(String),
    /// There is nothing to make (any more).
    Nothing,
}

/// What is to be made, as it stands now.
pub fn prepare(tx: &mut Tx, row: &TicketRow) -> Result<Prepared, StorageError> {
    let until = tx.now() + TimeDelta::from_std(WITHIN).unwrap_or_default() + FLOOR;
    let Some(now) = tx.leased_ticket(row, until)? else { return Ok(Prepared::Nothing) };
    // It is there; its action was not, and is now.
    if let Some(ticket) = &now.ticket {
        seen(tx, row, ticket)?;
        return Ok(Prepared::Nothing);
    }
    let untried = NextTry { due: None, not_before: tx.now(), attempts: row.attempts };
    let Some(Known { action, title, .. }) = known(tx, row)? else {
        tx.retry_ticket(row, NextTry { due: Some(tx.now() + UNTITLED), ..untried })?;
        return Ok(Prepared::Nothing);
    };
    // The log may know of one that this row does not: it came back from desktops after a restore.
    if let Some(ticket) = &action.ticket {
        tx.save_ticket(row, ticket)?;
        return Ok(Prepared::Nothing);
    }
    if action.wanted.is_none() {
        tx.retry_ticket(row, untried)?;
        return Ok(Prepared::Nothing);
    }
    let Some(kept) = tx.incident(row.incident)? else { return Ok(Prepared::Nothing) };
    let Some(tracker) = tx.tracker(row.tracker)? else {
        let name = row.tracker.name();
        return Ok(Prepared::Impossible(format!(
            "The team has set up no {name}. As soon as an admin does, under Settings, the ticket is made."
        )));
    };
    let record = tx.team()?;
    let owner = action.owner.as_ref().and_then(|owner| record.team.person(owner));
    let incident = &kept.incident;
    let usual = || usual_title(incident.severity, &incident.title, &incident.moments);
    Ok(Prepared::Order(Box::new(Order {
        tracker,
        networks: record.team.team.health_allow.clone(),
        owner: owner.map(|p| (p.name.clone(), p.email.clone())),
        incident: row.incident,
        number: incident.number,
        postmortem: (!incident.is_private()).then(|| title.unwrap_or_else(usual)),
        server: tx.meta(PUBLIC_URL)?.unwrap_or_default(),
        action,
    })))
}

/// What became of a try.
pub fn settle(tx: &mut Tx, row: &TicketRow, outcome: &Result<Ticket, Trouble>) -> Result<(), StorageError> {
    let trouble = match outcome {
        Ok(ticket) => return seen(tx, row, ticket),
        Err(trouble) => trouble,
    };
    let now = tx.now();
    if let Some(wait) = trouble.wait() {
        tx.pause_tracker(row.tracker, now + wait)?;
    }
    let known = known(tx, row)?;
    let due = trouble.retry(row.attempts).or((known.is_none()).then_some(UNTITLED)).map(|wait| now + wait);
    let (not_before, attempts) = match trouble {
        Trouble::Later { .. } => (now + FLOOR, row.attempts.saturating_add(1)),
        Trouble::Never(_) => (now, row.attempts),
        Trouble::Refused(_) => (now, 0),
    };
    if !tx.retry_ticket(row, NextTry { due, not_before, attempts })? {
        return Ok(());
    }
    let words = match trouble {
        Trouble::Never(words) | Trouble::Refused(words) => words.clone(),
        Trouble::Later { words, .. } if row.attempts >= TOLD_AFTER => {
            format!("{words} It is tried again by itself.")
        }
        Trouble::Later { .. } => return Ok(()),
    };
    known.map_or(Ok(()), |known| known.write(tx, row, &Err(words)))
}

/// The ticket is there, and this is how it goes.
pub fn seen(tx: &mut Tx, row: &TicketRow, ticket: &Ticket) -> Result<(), StorageError> {
    tx.save_ticket(row, ticket)?;
    known(tx, row)?.map_or(Ok(()), |known| known.write(tx, row, &Ok(ticket.clone())))
}

/// The tracker knows it no more.
pub fn gone(tx: &mut Tx, row: &TicketRow) -> Result<(), StorageError> {
    let Some(ticket) = &row.ticket else { return Ok(()) };
    if !tx.lose_ticket(row, ticket)? {
        return Ok(());
    }
    let Some(Known { fields, action, .. }) = known(tx, row)? else { return Ok(()) };
    library::write(tx, &RecordId::postmortem(row.incident), &fields, of_gone(&action, &ticket.key))
}

/// The action as the log has it.
struct Known {
    fields: BTreeMap<String, FieldNow>,
    action: Action,
    /// Of the postmortem, where somebody has written one.
    title: Option<String>,
}

impl Known {
    fn write(&self, tx: &mut Tx, row: &TicketRow, seen: &Result<Ticket, String>) -> Result<(), StorageError> {
        library::write(tx, &RecordId::postmortem(row.incident), &self.fields, of_ticket(&self.action, seen))
    }
}

/// `None`: somebody has removed it, or it is not here yet.
fn known(tx: &mut Tx, row: &TicketRow) -> Result<Option<Known>, StorageError> {
    let fields = library::fields(tx, &RecordId::postmortem(row.incident))?;
    let (action, title) = {
        let views: Fields = fields.iter().map(|(name, field)| (name.clone(), field.view())).collect();
        let postmortem = Postmortem::of(&views, None);
        let is_it = |action: &Action| -> bool { action.id == row.action };
        (postmortem.actions.into_iter().find(is_it), postmortem.title)
    };
    Ok(action.map(|action| Known { fields, action, title }))
}
