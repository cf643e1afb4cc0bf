//! Tickets of actions: made in the team's tracker, once, and followed until they are done (domain §8).
//!
//! That one is wanted is a field of the postmortem; its commit brings the row that is worked off here. A ticket carries a
//! label of its action, and is looked for by it before it is made, so that neither a crash nor a lost answer makes a second
//! one. `making` and `following` decide over a transaction; `jira` and `github` speak; this file runs them.
//!
//! **Invariant.** One action, one ticket, however often it is tried (`stories.rs`).

mod connection;
#[cfg(test)]
mod fakes;
mod following;
mod github;
mod jira;
mod making;
#[cfg(test)]
mod stories;
mod trouble;

pub use connection::{BadTracker, check_address};
pub use making::asked;

use crate::clock::Clock;
use crate::engine::Wake;
use crate::storage::{Chain, Seen, Storage, StorageError, TicketRow, TrackerRow, read};
use chrono::TimeDelta;
use connection::Connection;
use firebell_domain::postmortem::{Ticket, Tracker, TrackerSetup};
use making::{Order, Prepared};
use rand::RngExt;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use trouble::Trouble;

/// How long a node may take over one ticket before another may claim it: all its requests, the floor behind the last of
/// them, should the node die then, and what lies between.
const LEASE: TimeDelta = TimeDelta::seconds(150);
/// All requests for one ticket, and one look at a tracker. Shorter than the lease.
const WITHIN: Duration = Duration::from_secs(60);
/// Tickets that a node makes at once. GitHub wants to be asked for one after the other, and refuses the rest.
const AT_ONCE: [(Tracker, u32); 2] = [(Tracker::Jira, 4), (Tracker::Github, 1)];
const BACKSTOP: Duration = Duration::from_secs(15);
/// Between two looks at a tracker, and what is added by chance so that many teams do not ask at once.
const LOOK_EVERY: TimeDelta = TimeDelta::minutes(5);
const LOOK_JITTER_S: i64 = 60;

/// What became of a look at a tracker: the tickets, each with the label that says whose it is.
type Looked = (Vec<(String, Ticket)>, Seen);

/// Whoever speaks to the tracker.
enum Speaker<'a> {
    Jira(jira::Jira<'a>),
    Github(github::Github<'a>),
}

/// Makes tickets and looks after them.
pub struct Tickets {
    storage: Storage,
    allow_loopback: bool,
}

impl Tickets {
    pub fn new(storage: Storage, allow_loopback: bool) -> Self {
        Self { storage, allow_loopback }
    }

    /// Works until `stop`.
    pub async fn serve(self, clock: Arc<dyn Clock>, wake: Wake, stop: CancellationToken) {
        let mut failing = false;
        loop {
            let heard = wake.tickets();
            match self.step().await {
                Ok(true) => continue,
                Ok(false) => failing = false,
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::error!(error = %Chain(&error), "tickets cannot be read; trying on");
                    }
                }
            }
            let next = self.storage.read(|db| Ok([read::next_ticket_due(db)?, read::next_look(db)?])).await;
            let next = next.ok().and_then(|all| all.into_iter().flatten().min());
            let wait = next
                .map_or(BACKSTOP, |due| (due - clock.now()).to_std().unwrap_or(Duration::from_secs(1)))
                .min(BACKSTOP);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
                () = heard => {}
            }
        }
    }

    /// Does what is due now; true when there may be more.
    pub async fn step(&self) -> Result<bool, StorageError> {
        let claimed = self.storage.write(|tx| {
            let (mut all, mut more) = (vec![], false);
            for (tracker, limit) in AT_ONCE {
                let rows = tx.claim_tickets(tracker, tx.now() + LEASE, limit)?;
                more |= rows.len() == limit as usize;
                all.extend(rows);
            }
            Ok((all, more))
        });
        let (rows, more) = claimed.await?;
        futures_util::future::join_all(rows.into_iter().map(|row| self.make(row))).await;
        let later = LOOK_EVERY + TimeDelta::seconds(rand::rng().random_range(0..LOOK_JITTER_S));
        let looks = self.storage.write(move |tx| tx.claim_looks(tx.now() + later)).await?;
        futures_util::future::join_all(looks.into_iter().map(|tracker| self.look(tracker))).await;
        Ok(more)
    }

    async fn make(&self, row: TicketRow) {
        let asked = row.clone();
        let outcome = match self.storage.write(move |tx| making::prepare(tx, &asked)).await {
            Ok(Prepared::Order(order)) => self.order(&order).await,
            Ok(Prepared::Impossible(words)) => Err(Trouble::Never(words)),
            Ok(Prepared::Nothing) => return,
            Err(error) => {
                tracing::error!(error = %Chain(&error), "a ticket that is wanted cannot be read; its lease runs out");
                return;
            }
        };
        if let Err(trouble) = &outcome {
            tracing::warn!(tracker = row.tracker.id(), attempts = row.attempts, %trouble, "a ticket could not be made");
        }
        if let Err(error) = self.storage.write(move |tx| making::settle(tx, &row, &outcome)).await {
            tracing::error!(error = %Chain(&error), "what became of a ticket could not be stored; it is looked for again");
        }
    }

    async fn order(&self, order: &Order) -> Result<Ticket, Trouble> {
        let setup = &order.tracker.setup;
        let connection = Connection::new(&order.tracker, &order.networks, self.allow_loopback)?;
        let made = async {
            match setup {
                TrackerSetup::Jira { .. } => jira::Jira::new(&connection, setup)?.make(order).await,
                TrackerSetup::Github { .. } => github::Github::new(&connection, setup)?.make(order).await,
            }
        };
        tokio::time::timeout(WITHIN, made).await.unwrap_or_else(|_| Err(Trouble::too_slow(setup.tracker())))
    }

    async fn look(&self, tracker: TrackerRow) {
        let which = tracker.setup.tracker();
        let followed = self.storage.write(move |tx| following::followed(tx, which)).await;
        let outcome = match followed {
            Ok((rows, _)) if rows.is_empty() => return,
            Ok((rows, networks)) => self.ask(&tracker, &networks, &rows).await.map(|looked| (rows, looked)),
            Err(error) => {
                tracing::error!(error = %Chain(&error), "tickets that are followed cannot be read");
                return;
            }
        };
        let (rows, gone, mut outcome, wait) = match outcome {
            Ok((rows, ((tickets, seen), gone))) => (following::news(rows, tickets), gone, Ok(seen), None),
            Err(trouble) => (vec![], vec![], Err(trouble.to_string()), trouble.wait()),
        };
        let rows = rows.into_iter().map(|(row, ticket)| (row, Some(ticket)));
        // One by one: others write meanwhile, and what cannot be stored does not hold up the rest.
        for (row, ticket) in rows.chain(gone.into_iter().map(|row| (row, None))) {
            let stored = self.storage.write(move |tx| match &ticket {
                Some(ticket) => making::seen(tx, &row, ticket),
                None => making::gone(tx, &row),
            });
            if let Err(error) = stored.await {
                tracing::error!(error = %Chain(&error), "how a ticket goes could not be stored; it is asked again");
                outcome = Ok(tracker.seen.clone());
            }
        }
        let stored = self.storage.write(move |tx| {
            if let Some(wait) = wait {
                tx.pause_tracker(which, tx.now() + wait)?;
            }
            let next = wait.map(|wait| tx.now() + wait.max(LOOK_EVERY));
            tx.looked(&tracker, &outcome, next)
        });
        if let Err(error) = stored.await {
            tracing::error!(error = %Chain(&error), "how tickets go could not be stored; it is asked again");
        }
    }

    /// How its tickets go, and those that are gone.
    async fn ask(
        &self,
        tracker: &TrackerRow,
        networks: &[String],
        rows: &[TicketRow],
    ) -> Result<(Looked, Vec<TicketRow>), Trouble> {
        let setup = &tracker.setup;
        let connection = Connection::new(tracker, networks, self.allow_loopback)?;
        let looked = async {
            let (speaker, looked) = match setup {
                TrackerSetup::Jira { .. } => {
                    let jira = jira::Jira::new(&connection, setup)?;
                    let labels: Vec<String> = rows.iter().map(following::label).collect();
                    let tickets = jira.find(&labels).await?;
                    (Speaker::Jira(jira), (tickets, Seen::default()))
                }
                TrackerSetup::Github { .. } => {
                    let github = github::Github::new(&connection, setup)?;
                    let looked = github.changed(&tracker.seen).await?;
                    (Speaker::Github(github), looked)
                }
            };
            following::and_some_by_key(&speaker, rows, looked).await
        };
        tokio::time::timeout(WITHIN, looked).await.unwrap_or_else(|_| Err(Trouble::too_slow(setup.tracker())))
    }
}
