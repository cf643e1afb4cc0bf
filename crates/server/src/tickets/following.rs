//! How tickets go, over a transaction: only what changed becomes an operation.

use crate::storage::{StorageError, TicketRow, Tx};
use chrono::TimeDelta;
use firebell_domain::postmortem::{Ticket, Tracker, label_of};

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
