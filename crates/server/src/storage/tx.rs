//! A change in the making: a transaction of the writer, with the operations that will become visible with it.

use super::StorageError;
use super::sql::{Db, Row, Value};
use super::teams::{self, KnownTeam, TeamRecord};
use firebell_domain::liveness::{ChannelRef, Contact, Liveness, Reach};
use firebell_domain::{Instant, PageId, PersonId, liveness};
use firebell_log::{Operation, OperationBody, Scope};
use std::collections::BTreeMap;
use std::sync::Arc;

/// See the module. `now` is the database's clock, read once a batch.
pub struct Tx<'a> {
    pub(super) db: &'a mut Db,
    now: Instant,
    node_started: Instant,
    operations: Vec<Making>,
    /// The place of the last operation before this batch, once somebody asked.
    before: Option<u64>,
    team: Option<Arc<TeamRecord>>,
    /// The team as it was at an earlier commit: believed only when its edition is still the newest.
    known: Option<Arc<KnownTeam>>,
    reach: Option<Arc<BTreeMap<PersonId, Reach>>>,
    due: Option<Instant>,
    outbox: bool,
    tickets: bool,
}

/// An operation without its place.
struct Making {
    page: Option<PageId>,
    /// What it is about, of the library: `incident/<uuid>`. Pages and the team have none.
    subject: Option<String>,
    body: OperationBody,
}

/// What a batch made visible, and what it wants done soon.
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// With their places, in order.
    pub operations: Vec<Operation>,
    /// The earliest time at which something is due on a page that was changed.
    pub due: Option<Instant>,
    /// There is something to send by a channel.
    pub outbox: bool,
    /// There is a ticket to make.
    pub tickets: bool,
}

impl Tx<'_> {
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Says what changed; it gets its place in the sequence when the batch commits.
    pub fn record(&mut self, page: Option<PageId>, body: OperationBody) {
        self.operations.push(Making { page, subject: None, body });
    }

    /// Says what changed in the library, and returns the place it gets when the batch commits. Nobody else gives places
    /// meanwhile: there is one writer.
    pub fn record_about(&mut self, subject: String, body: OperationBody) -> Result<u64, StorageError> {
        let before = match self.before {
            Some(before) => before,
            None => *self.before.insert(super::operations::newest(self.db)?),
        };
        self.operations.push(Making { page: None, subject: Some(subject), body });
        Ok(before + self.operations.len() as u64)
    }

    /// What gets this place when the batch commits, if it is of this batch.
    pub(super) fn in_the_making(&self, seq: u64) -> Option<&OperationBody> {
        let n = usize::try_from(seq.checked_sub(self.before? + 1)?).ok()?;
        self.operations.get(n).map(|m| &m.body)
    }

    /// What of this batch is about one thing.
    pub(super) fn in_the_making_about(&self, subject: &str) -> impl Iterator<Item = &OperationBody> {
        self.operations.iter().filter(move |m| m.subject.as_deref() == Some(subject)).map(|m| &m.body)
    }

    /// Something is due on a page at this time.
    pub(super) fn wants_time(&mut self, due: Option<Instant>) {
        self.due = match (self.due, due) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    pub(super) fn wants_outbox(&mut self) {
        self.outbox = true;
    }

    pub(super) fn wants_tickets(&mut self) {
        self.tickets = true;
    }

    pub(super) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StorageError> {
        self.db.execute(sql, params)
    }
    pub(super) fn rows(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StorageError> {
        self.db.rows(sql, params)
    }
    pub(super) fn row(&mut self, sql: &str, params: &[Value]) -> Result<Option<Row>, StorageError> {
        self.db.row(sql, params)
    }

    /// The team's document, read once a batch.
    pub fn team(&mut self) -> Result<Arc<TeamRecord>, StorageError> {
        if let Some(team) = &self.team {
            return Ok(team.clone());
        }
        let edition = teams::edition(self.db)?.ok_or(StorageError::NoTeam)?;
        let known = match self.known.take().filter(|known| known.edition == edition) {
            Some(known) => known,
            None => {
                let record = Arc::new(teams::newest(self.db)?.ok_or(StorageError::NoTeam)?);
                Arc::new(KnownTeam { edition, record })
            }
        };
        let team = known.record.clone();
        self.known = Some(known);
        self.team = Some(team.clone());
        Ok(team)
    }

    pub(super) fn forget_team(&mut self) {
        self.team = None;
        self.reach = None;
    }

    /// Who can be reached, and how, at this moment; computed once a batch.
    pub fn reach(&mut self) -> Result<Arc<BTreeMap<PersonId, Reach>>, StorageError> {
        if let Some(reach) = &self.reach {
            return Ok(reach.clone());
        }
        let devices = super::devices::contacts(self.db)?;
        let fleet: Vec<Contact> = devices.iter().map(|(_, c)| *c).collect();
        let mut reach: BTreeMap<PersonId, Reach> = BTreeMap::new();
        for (person, contact) in devices {
            let device = liveness::device(contact, &fleet, self.node_started, self.now);
            let entry =
                reach.entry(person).or_insert_with(|| Reach { liveness: Liveness::Dead, channels: vec![] });
            entry.liveness = liveness::person([entry.liveness, device]);
        }
        for channel in super::channels::all(self.db)? {
            let entry = reach
                .entry(channel.person)
                .or_insert_with(|| Reach { liveness: Liveness::Dead, channels: vec![] });
            entry.channels.push(ChannelRef { id: channel.id, kind: channel.kind, delay: channel.delay });
        }
        let reach = Arc::new(reach);
        self.reach = Some(reach.clone());
        Ok(reach)
    }

    /// Forgets what was computed of devices and channels, after changing them.
    pub(super) fn forget_reach(&mut self) {
        self.reach = None;
    }

    /// Runs one change of a batch: when it fails, nothing of it stays.
    pub(super) fn isolated<T, E>(
        &mut self,
        change: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<Result<T, E>, StorageError> {
        self.db.batch("SAVEPOINT change")?;
        let recorded = self.operations.len();
        let outcome = change(self);
        if outcome.is_err() {
            self.operations.truncate(recorded);
            self.team = None;
            // It may have read what is undone here.
            self.known = None;
            self.reach = None;
            self.db.batch("ROLLBACK TO SAVEPOINT change")?;
        }
        self.db.batch("RELEASE SAVEPOINT change")?;
        Ok(outcome)
    }
}

/// Runs `work` in a transaction and commits it with its operations, which are returned with their places. On an
/// error nothing has happened.
pub fn transact<T>(
    db: &mut Db,
    clock: &dyn Fn() -> Instant,
    node_started: Instant,
    work: impl FnOnce(&mut Tx) -> Result<T, StorageError>,
) -> Result<(T, Committed), StorageError> {
    transact_knowing(db, clock, node_started, &mut None, work)
}

/// As [`transact`], with the team that the commit before left behind.
pub(super) fn transact_knowing<T>(
    db: &mut Db,
    clock: &dyn Fn() -> Instant,
    node_started: Instant,
    known: &mut Option<Arc<KnownTeam>>,
    work: impl FnOnce(&mut Tx) -> Result<T, StorageError>,
) -> Result<(T, Committed), StorageError> {
    let outcome = attempt(db, clock, node_started, known, work);
    if outcome.is_err() {
        // The connection may be gone, or the transaction never begun; both leave nothing behind.
        let _nothing_to_undo = db.batch("ROLLBACK");
    }
    outcome
}

fn attempt<T>(
    db: &mut Db,
    clock: &dyn Fn() -> Instant,
    node_started: Instant,
    known: &mut Option<Arc<KnownTeam>>,
    work: impl FnOnce(&mut Tx) -> Result<T, StorageError>,
) -> Result<(T, Committed), StorageError> {
    let now = if db.is_postgres() {
        // One batch at a time across all nodes: no conflicts and no deadlocks, and the sequence follows the
        // order of commits (docs/adr/one-writer.md). The database's clock is read after the lock, so it never goes back.
        db.batch("BEGIN; SELECT pg_advisory_xact_lock(5172650)")?;
        let row = db.row("SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::BIGINT", &[])?;
        row.ok_or_else(|| StorageError::damaged("no clock"))?.instant(0)?
    } else {
        db.batch("BEGIN IMMEDIATE")?;
        clock()
    };
    let mut tx = Tx {
        db,
        now,
        node_started,
        operations: vec![],
        before: None,
        team: None,
        // Gone when this fails.
        known: known.take(),
        reach: None,
        due: None,
        outbox: false,
        tickets: false,
    };
    let value = work(&mut tx)?;
    let making = std::mem::take(&mut tx.operations);
    let (due, outbox, tickets, knows) = (tx.due, tx.outbox, tx.tickets, tx.known.take());
    let operations = place(tx.db, now, making)?;
    db.batch("COMMIT")?;
    *known = knows;
    Ok((value, Committed { operations, due, outbox, tickets }))
}

/// Gives operations their places. The row of the scope is locked until the commit, so no reader ever sees a
/// number before a smaller one.
fn place(db: &mut Db, at: Instant, making: Vec<Making>) -> Result<Vec<Operation>, StorageError> {
    if making.is_empty() {
        return Ok(vec![]);
    }
    let count = making.len() as u64;
    let row = db
        .row("UPDATE scopes SET seq = seq + ?1 WHERE scope = 'team' RETURNING seq", &[count.into()])?
        .ok_or_else(|| StorageError::damaged("the team's scope is missing"))?;
    let first = row.u64(0)? + 1 - count;
    let mut rows = Vec::with_capacity(making.len());
    let mut operations = Vec::with_capacity(making.len());
    for (Making { page, subject, body }, seq) in making.into_iter().zip(first..) {
        let text = serde_json::to_string(&body).map_err(|e| StorageError::damaged(e.to_string()))?;
        rows.push(vec![
            Value::from("team"),
            seq.into(),
            at.into(),
            page.map(|p| p.to_string()).into(),
            text.into(),
            subject.into(),
        ]);
        operations.push(Operation { scope: Scope::Team, seq, at, body });
    }
    db.insert_many("INSERT INTO operations (scope, seq, at, page, body, subject)", "", &rows)?;
    if db.is_postgres() {
        db.batch("NOTIFY firebell")?;
    }
    Ok(operations)
}
