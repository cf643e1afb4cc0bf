//! How tickets go, over a transaction: only what changed becomes an operation.

use super::trouble::Trouble;
use super::{Looked, Speaker};
use crate::storage::{StorageError, TicketRow, Tx};
use chrono::TimeDelta;
use firebell_domain::postmortem::{Ticket, Tracker, label_of};
use rand::seq::IndexedRandom;
use std::collections::BTreeSet;

/// Tickets that one look asks for by their key.
const ASKED_BY_KEY: usize = 3;
/// How long one that is done is looked at: it may be opened again.
const DONE: TimeDelta = TimeDelta::days(30);

/// The tickets that are followed in a tracker, and the private networks in which it may lie.
pub fn followed(tx: &mut Tx, tracker: Tracker) -> Result<(Vec<TicketRow>, Vec<String>), StorageError> {
    let done_since = tx.now() - DONE;
    Ok((tx.followed_tickets(tracker, done_since)?, tx.team()?.team.team.health_allow.clone()))
}

pub fn label(row: &TicketRow) -> String {
    label_of(row.action)
}

/// Asks by name for some of those that a look does not tell of, in no order: one that has not its label any more, was moved
/// or deleted, is found out in the end. To the tickets, those that are gone.
pub async fn and_some_by_key(
    speaker: &Speaker<'_>,
    rows: &[TicketRow],
    (mut tickets, seen): Looked,
) -> Result<(Looked, Vec<TicketRow>), Trouble> {
    let heard: BTreeSet<&str> = tickets.iter().map(|(label, _)| label.as_str()).collect();
    let unheard: Vec<&TicketRow> = rows.iter().filter(|row| !heard.contains(label(row).as_str())).collect();
    let some: Vec<&TicketRow> = unheard.sample(&mut rand::rng(), ASKED_BY_KEY).copied().collect();
    let mut gone = vec![];
    for row in some {
        let Some(before) = &row.ticket else { continue };
        let asked = match speaker {
            Speaker::Jira(jira) => jira.by_key(&before.key).await,
            Speaker::Github(github) => github.by_key(&before.key).await,
        };
        match asked {
            Ok(Some(ticket)) => tickets.push((label(row), ticket)),
            Ok(None) => gone.push(row.clone()),
            Err(trouble) if trouble.wait().is_some() => return Err(trouble),
            // One that cannot be read is no reason to hear nothing of the others.
            Err(_) => {}
        }
    }
    Ok(((tickets, seen), gone))
}

/// Those that are not as they were. A copy of a ticket has its labels, too: the one that is known wins.
pub fn news(rows: Vec<TicketRow>, tickets: Vec<(String, Ticket)>) -> Vec<(TicketRow, Ticket)> {
    let mut found = vec![];
    for row in rows {
        let Some(before) = &row.ticket else { continue };
        let label = label(&row);
        let of_row: Vec<&Ticket> = tickets.iter().filter(|(of, _)| *of == label).map(|(_, t)| t).collect();
        let known = of_row.iter().find(|ticket| ticket.key == before.key);
        if let Some(now) = known.or(of_row.first()).filter(|now| **now != before) {
            let now = (**now).clone();
            found.push((row, now));
        }
    }
    found
}
