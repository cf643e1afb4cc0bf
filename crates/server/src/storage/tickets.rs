//! The tickets of actions: those to be made, leased by the node that makes them as the outbox's rows are, and those that
//! are followed.

use super::sql::{Db, Row};
use super::{StorageError, Tx};
use firebell_domain::postmortem::{Ticket, Tracker};
use firebell_domain::{ActionId, IncidentId, Instant};

/// The ticket that an action has, or is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketRow {
    pub action: ActionId,
    pub incident: IncidentId,
    pub tracker: Tracker,
    /// Since when it is to be made; `None`: it is made, or could not be.
    pub due: Option<Instant>,
    /// How often it was tried since it was asked for, and nobody knows that nothing came of it. Another tracker is asked
    /// only when this is none.
    pub attempts: u32,
    pub epoch: u64,
    /// As it was last seen.
    pub ticket: Option<Ticket>,
}

/// When one that was not made is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextTry {
    /// `None`: when somebody asks for it.
    pub due: Option<Instant>,
    /// Not sooner, whoever asks.
    pub not_before: Instant,
    /// As `TicketRow` has them.
    pub attempts: u32,
}

const COLUMNS: &str = "action, incident, tracker, due, attempts, epoch, ticket";

fn ticket_row(row: &Row) -> Result<TicketRow, StorageError> {
    let word = row.text(2)?;
    let tracker = Tracker::ALL.into_iter().find(|tracker| tracker.id() == word);
    Ok(TicketRow {
        action: row.parse(0)?,
        incident: row.parse(1)?,
        tracker: tracker.ok_or_else(|| StorageError::damaged(format!("`{word}` is no tracker")))?,
        due: row.opt_instant(3)?,
        attempts: u32::try_from(row.int(4)?).unwrap_or(0),
        epoch: row.u64(5)?,
        ticket: row.opt_text(6)?.map(|_| row.json(6)).transpose()?,
    })
}

/// When the next one is to be tried.
pub fn next_due(db: &mut Db) -> Result<Option<Instant>, StorageError> {
    let row = db.row(
        "SELECT CASE WHEN waiting.at < trackers.paused_until THEN trackers.paused_until ELSE waiting.at END AS soonest
         FROM (SELECT tracker, CASE WHEN due > lease_until THEN due ELSE lease_until END AS at FROM tickets
               WHERE due IS NOT NULL) AS waiting
         LEFT JOIN trackers ON trackers.tracker = waiting.tracker ORDER BY soonest LIMIT 1",
        &[],
    )?;
    row.map(|r| r.instant(0)).transpose()
}

impl Tx<'_> {
    /// A person wants one. A try that is on its way keeps its lease; an action that has a ticket gets no second one, nor does
    /// one that may have a ticket get another in another tracker, as long as the first is set up.
    pub fn want_ticket(
        &mut self,
        action: ActionId,
        incident: IncidentId,
        tracker: Tracker,
    ) -> Result<(), StorageError> {
        let now = self.now();
        self.wants_tickets();
        self.execute(
            "INSERT INTO tickets (action, incident, tracker, due, attempts, lease_until, epoch, done)
             VALUES (?1, ?2, ?3, ?4, 0, 0, 0, 0)
             ON CONFLICT (action) DO UPDATE SET due = excluded.due,
             tracker = CASE WHEN tickets.attempts > 0 AND tickets.tracker IN (SELECT tracker FROM trackers)
                       THEN tickets.tracker ELSE excluded.tracker END,
             attempts = CASE WHEN tickets.attempts > 0 THEN 1 ELSE 0 END
             WHERE tickets.ticket IS NULL AND tickets.incident = excluded.incident",
            &[action.to_string().into(), incident.to_string().into(), tracker.id().into(), now.into()],
        )?;
        Ok(())
    }

    /// Nobody wants it any more, if it is not made. The row stays: it knows whether something may have been made.
    pub fn unwant_ticket(&mut self, action: ActionId, incident: IncidentId) -> Result<(), StorageError> {
        self.execute(
            "UPDATE tickets SET due = NULL WHERE action = ?1 AND incident = ?2 AND ticket IS NULL",
            &[action.to_string().into(), incident.to_string().into()],
        )?;
        Ok(())
    }

    /// The action has a title (again): its ticket can be made, and what became of it can be told.
    pub fn titled_ticket(&mut self, action: ActionId, incident: IncidentId) -> Result<(), StorageError> {
        let now = self.now();
        let changed = self.execute(
            "UPDATE tickets SET due = ?3 WHERE action = ?1 AND incident = ?2",
            &[action.to_string().into(), incident.to_string().into(), now.into()],
        )?;
        if changed > 0 {
            self.wants_tickets();
        }
        Ok(())
    }

    /// The tracker is another one now: what is not made in it is tried anew.
    pub(super) fn try_tickets_again(&mut self, tracker: Tracker) -> Result<(), StorageError> {
        let now = self.now();
        self.wants_tickets();
        self.execute(
            "UPDATE tickets SET due = ?2, attempts = CASE WHEN attempts > 0 THEN 1 ELSE 0 END
             WHERE tracker = ?1 AND ticket IS NULL",
            &[tracker.id().into(), now.into()],
        )?;
        Ok(())
    }

    /// Leases what is due for this node, unless the tracker wants a pause. The try counts from here: a node may die on it.
    pub fn claim_tickets(
        &mut self,
        tracker: Tracker,
        lease_until: Instant,
        limit: u32,
    ) -> Result<Vec<TicketRow>, StorageError> {
        let now = self.now();
        let sql = format!(
            "UPDATE tickets SET lease_until = ?2, epoch = epoch + 1, attempts = attempts + 1 WHERE action IN
             (SELECT action FROM tickets WHERE tracker = ?4 AND due IS NOT NULL AND due <= ?1 AND lease_until <= ?1
              AND NOT EXISTS (SELECT 1 FROM trackers WHERE trackers.tracker = ?4 AND paused_until > ?1)
              ORDER BY due LIMIT ?3)
             RETURNING {COLUMNS}"
        );
        let limit = i64::from(limit);
        let rows = self.rows(&sql, &[now.into(), lease_until.into(), limit.into(), tracker.id().into()])?;
        let before = |row: TicketRow| TicketRow { attempts: row.attempts.saturating_sub(1), ..row };
        rows.iter().map(|row| ticket_row(row).map(before)).collect()
    }

    /// The row as it is now, if this node still has it, until then, and somebody still wants it.
    pub fn leased_ticket(
        &mut self,
        row: &TicketRow,
        until: Instant,
    ) -> Result<Option<TicketRow>, StorageError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM tickets
             WHERE action = ?1 AND epoch = ?2 AND tracker = ?3 AND lease_until >= ?4 AND due IS NOT NULL"
        );
        let key = [row.action.to_string().into(), row.epoch.into(), row.tracker.id().into(), until.into()];
        self.row(&sql, &key)?.as_ref().map(ticket_row).transpose()
    }

    /// It is not made now. False when another node has it, or somebody has asked anew.
    pub fn retry_ticket(&mut self, row: &TicketRow, next: NextTry) -> Result<bool, StorageError> {
        let NextTry { due, not_before, attempts } = next;
        let attempts = i64::from(attempts);
        let changed = self.execute(
            "UPDATE tickets SET due = ?4, lease_until = ?5, attempts = ?6
             WHERE action = ?1 AND epoch = ?2 AND due = ?3 AND ticket IS NULL",
            &[
                row.action.to_string().into(),
                row.epoch.into(),
                row.due.into(),
                due.into(),
                not_before.into(),
                attempts.into(),
            ],
        )?;
        if changed > 0 {
            return Ok(true);
        }
        // Whoever asks meanwhile says when, but neither sooner than this allows nor that nothing was tried.
        self.execute(
            "UPDATE tickets SET lease_until = ?3, attempts = ?4
             WHERE action = ?1 AND epoch = ?2 AND ticket IS NULL",
            &[row.action.to_string().into(), row.epoch.into(), not_before.into(), attempts.into()],
        )?;
        Ok(false)
    }

    /// It is there, as it is seen now.
    pub fn save_ticket(&mut self, row: &TicketRow, ticket: &Ticket) -> Result<(), StorageError> {
        let now = self.now();
        let body = serde_json::to_string(ticket).map_err(|e| StorageError::damaged(e.to_string()))?;
        self.execute(
            "INSERT INTO tickets (action, incident, tracker, attempts, lease_until, epoch, ticket, done, done_at)
             VALUES (?1, ?2, ?3, 0, 0, 0, ?4, ?5, ?6)
             ON CONFLICT (action) DO UPDATE SET tracker = excluded.tracker, ticket = excluded.ticket,
             done = excluded.done, due = NULL, lease_until = 0,
             done_at = CASE WHEN tickets.done = 1 AND excluded.done = 1 THEN tickets.done_at ELSE excluded.done_at END",
            &[
                row.action.to_string().into(),
                row.incident.to_string().into(),
                ticket.tracker.id().into(),
                body.into(),
                ticket.done.into(),
                ticket.done.then_some(now).into(),
            ],
        )?;
        Ok(())
    }

    /// The tracker knows it no more. False when it is another one by now.
    pub fn lose_ticket(&mut self, row: &TicketRow, ticket: &Ticket) -> Result<bool, StorageError> {
        let body = serde_json::to_string(ticket).map_err(|e| StorageError::damaged(e.to_string()))?;
        let changed = self.execute(
            "UPDATE tickets SET ticket = NULL, due = NULL, attempts = 0, done = 0, done_at = NULL
             WHERE action = ?1 AND ticket = ?2",
            &[row.action.to_string().into(), body.into()],
        )?;
        Ok(changed > 0)
    }

    /// The tickets of a tracker that are not done, or only since then.
    pub fn followed_tickets(
        &mut self,
        tracker: Tracker,
        done_since: Instant,
    ) -> Result<Vec<TicketRow>, StorageError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM tickets
             WHERE tracker = ?1 AND ticket IS NOT NULL AND (done = 0 OR done_at >= ?2) ORDER BY action"
        );
        self.rows(&sql, &[tracker.id().into(), done_since.into()])?.iter().map(ticket_row).collect()
    }

    /// What is done was done so long ago.
    #[cfg(test)]
    pub fn age_tickets(&mut self, by: chrono::TimeDelta) -> Result<(), StorageError> {
        self.execute("UPDATE tickets SET done_at = done_at - ?1", &[by.num_microseconds().into()])?;
        Ok(())
    }

    /// Everything that waits may be done now.
    #[cfg(test)]
    pub fn hurry_tickets(&mut self) -> Result<(), StorageError> {
        self.execute("UPDATE tickets SET due = 0, lease_until = 0 WHERE due IS NOT NULL", &[])?;
        self.execute("UPDATE trackers SET look_due = 0, paused_until = 0", &[])?;
        Ok(())
    }
}
