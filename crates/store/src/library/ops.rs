//! The log itself: rows of `op`.

use super::{LibraryStore, OwnOp, Queries, incidents};
use crate::StoreError;
use crate::following::{read, write};
use firebell_log::{Change, OpId, Stamp, WriterId, Written};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

/// How an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Written here, and not answered yet.
    Waiting = 0,
    /// Part of the team's log.
    Settled = 1,
    /// A command that this computer decided for itself.
    DecidedHere = 2,
    /// Part of a draft, and of nothing else.
    Refused = 3,
}

/// An operation with its row.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub row: i64,
    /// By this library's writer of today.
    pub own: bool,
    pub state: State,
    pub seq: Option<u64>,
    pub given_at: i64,
    pub op: Written,
}

/// What the views ask of an operation beside its change.
#[derive(Clone, Copy, Debug)]
pub(super) struct InLog {
    pub row: i64,
    pub own: bool,
    pub state: State,
    pub id: OpId,
    pub stamp: Stamp,
}

/// The columns that [`Stored::of`] reads.
pub(super) const COLUMNS: &str = "op.id, op.writer, op.counter, op.own, op.state, op.scope, op.seq, op.ms, op.tick, op.author, op.schema, \
     op.change, op.given_at";

/// SQLite's integers are signed; counters and sequences never reach 2^63.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn number(int: i64) -> u64 {
    u64::try_from(int).unwrap_or(0)
}

impl Stored {
    pub fn of(r: &Row) -> Result<Self, StoreError> {
        let state = match r.get(4)? {
            0 => State::Waiting,
            1 => State::Settled,
            2 => State::DecidedHere,
            _ => State::Refused,
        };
        let (scope, change): (String, String) = (r.get(5)?, r.get(11)?);
        let op = Written {
            id: OpId { writer: WriterId(Uuid::from_bytes(r.get(1)?)), counter: number(r.get(2)?) },
            scope: read("op", &scope)?,
            author: firebell_domain::PersonId(r.get(9)?),
            stamp: Stamp { ms: r.get(7)?, tick: r.get(8)? },
            schema: r.get(10)?,
            change: read("op", &change)?,
        };
        let seq: Option<i64> = r.get(6)?;
        let own = r.get::<_, i64>(3)? == Whose::Own as i64;
        Ok(Self { row: r.get(0)?, own, state, seq: seq.map(number), given_at: r.get(12)?, op })
    }

    pub fn in_log(&self) -> InLog {
        InLog { row: self.row, own: self.own, state: self.state, id: self.op.id, stamp: self.op.stamp }
    }

    pub fn is_pending(&self) -> bool {
        self.state == State::Waiting
    }
}

/// Rows that this `tail` of a query (everything from `WHERE` on) chooses.
pub(super) fn select(
    db: &Connection,
    tail: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<Stored>, StoreError> {
    let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM op {tail}"))?;
    let mut rows = query.query(params)?;
    let mut all = vec![];
    while let Some(row) = rows.next()? {
        all.push(Stored::of(row)?);
    }
    Ok(all)
}

pub(super) fn find(db: &Connection, id: OpId) -> Result<Option<Stored>, StoreError> {
    let tail = "WHERE writer = ?1 AND counter = ?2";
    Ok(select(db, tail, params![id.writer.0.as_bytes(), int(id.counter)])?.pop())
}

/// Who wrote an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Others = 0,
    /// This library's writer of today.
    Own = 1,
    /// One that this library wrote as before.
    Former = 2,
}

/// How an operation comes into the log.
pub(super) struct Arrival {
    pub whose: Whose,
    pub state: State,
    pub seq: Option<u64>,
    pub given_at: i64,
    pub after: u64,
}

/// `None`: another one has this name, and nothing happened.
pub(super) fn insert(
    db: &Connection,
    op: &Written,
    change: Option<&Change>,
    arrival: &Arrival,
) -> Result<Option<InLog>, StoreError> {
    let early = match change.and_then(|change| change.subject().about()) {
        Some(incident) if arrival.whose == Whose::Own => !incidents::is_settled(db, incident)?,
        _ => false,
    };
    let (kind, subject, document) = understood(change);
    let mut insert = db.prepare_cached(
        "INSERT INTO op (writer, counter, own, state, scope, seq, ms, tick, author, schema, change, given_at,
                         after, kind, subject, document, early)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
         ON CONFLICT (writer, counter) DO NOTHING",
    )?;
    let new = insert.execute(params![
        op.id.writer.0.as_bytes(),
        int(op.id.counter),
        arrival.whose as i64,
        arrival.state as i64,
        write("op", &op.scope)?,
        arrival.seq.map(int),
        op.stamp.ms,
        op.stamp.tick,
        op.author.as_str(),
        op.schema,
        op.change.to_string(),
        arrival.given_at,
        int(arrival.after),
        kind,
        subject.as_ref().map(Uuid::as_bytes),
        document,
        early,
    ])?;
    Ok((new == 1).then(|| InLog {
        row: db.last_insert_rowid(),
        own: arrival.whose == Whose::Own,
        state: arrival.state,
        id: op.id,
        stamp: op.stamp,
    }))
}

/// It was written here before the team had told of the incident that it is about.
pub(super) fn is_early(db: &Connection, row: i64) -> Result<bool, StoreError> {
    Ok(db.prepare_cached("SELECT early FROM op WHERE id = ?1")?.query_row([row], |r| r.get(0))?)
}

/// What is now understood of a change that was not before.
pub(super) fn understand(db: &Connection, row: i64, change: &Change) -> Result<(), StoreError> {
    let (kind, subject, document) = understood(Some(change));
    db.prepare_cached("UPDATE op SET kind = ?2, subject = ?3, document = ?4 WHERE id = ?1")?
        .execute(params![row, kind, subject.as_ref().map(Uuid::as_bytes), document])?;
    Ok(())
}

fn understood(change: Option<&Change>) -> (&'static str, Option<Uuid>, Option<String>) {
    let Some(change) = change else { return ("unknown", None, None) };
    let subject = Some(change.subject().id);
    match change {
        Change::Record { .. } => ("record", subject, None),
        Change::Entry(_) => ("entry", subject, None),
        Change::Text { document, .. } => ("text", subject, Some(document.to_string())),
        Change::Command(_) => ("command", subject, None),
        Change::Settled { .. } => ("settled", subject, None),
    }
}

/// A refused one, which nobody asks for by its name, leaves that to another one.
pub(super) fn free_name(db: &Connection, stored: &Stored) -> Result<(), StoreError> {
    let hash = stored.op.hash();
    let nobody = Uuid::parse_str(hash.get(..32).unwrap_or_default()).unwrap_or_default();
    db.prepare_cached("UPDATE op SET writer = ?2, own = ?3 WHERE id = ?1")?.execute(params![
        stored.row,
        nobody.as_bytes(),
        Whose::Former as i64
    ])?;
    Ok(())
}

/// The row gets another state, place and stamp.
pub(super) fn update(db: &Connection, stored: &Stored) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE op SET state = ?2, seq = ?3, ms = ?4, tick = ?5 WHERE id = ?1")?.execute(
        params![
            stored.row,
            stored.state as i64,
            stored.seq.map(int),
            stored.op.stamp.ms,
            stored.op.stamp.tick
        ],
    )?;
    Ok(())
}

pub(super) fn delete(db: &Connection, row: i64) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM op WHERE id = ?1")?.execute([row])?;
    Ok(())
}

impl Queries {
    /// Written here and not answered yet, in order; what was decided here is not among them.
    pub fn unanswered(&self) -> Result<Vec<OwnOp>, StoreError> {
        self.own("own = 1 AND state = 0", 0)
    }

    /// The same after this counter, so many at most.
    pub fn unanswered_after(&self, counter: u64, limit: u32) -> Result<Vec<OwnOp>, StoreError> {
        let tail = "WHERE own = 1 AND state = 0 AND counter > ?1 ORDER BY counter LIMIT ?2";
        let own = |stored: Stored| OwnOp {
            counter: stored.op.id.counter,
            after: stored.op.id.counter - 1,
            given_at: stored.given_at,
            accepted: false,
            op: stored.op,
        };
        Ok(select(&self.db, tail, params![int(counter), limit])?.into_iter().map(own).collect())
    }

    /// What has to be offered again under a name that this library had before: that of one name, in order, so many at most.
    pub fn waiting_under_a_former_name(&self, limit: u32) -> Result<Vec<OwnOp>, StoreError> {
        let first = "INDEXED BY op_former WHERE own = 2 AND state = 0 ORDER BY id LIMIT 1";
        let Some(first) = select(&self.db, first, ())?.pop() else { return Ok(vec![]) };
        let writer = first.op.id.writer;
        let tail = "WHERE writer = ?1 AND own = 2 AND state = 0 ORDER BY counter LIMIT ?2";
        let waiting = select(&self.db, tail, params![writer.0.as_bytes(), limit])?;
        let begin = waiting.first().map_or(0, |stored| stored.op.id.counter);
        let sql =
            "SELECT max(counter) FROM op WHERE writer = ?1 AND own = 2 AND state IN (0, 1) AND counter < ?2";
        let standing: Option<i64> =
            self.db.query_row(sql, params![writer.0.as_bytes(), int(begin)], |r| r.get(0))?;
        let mut before = standing.map_or(0, number);
        let own = |stored: Stored| {
            let counter = stored.op.id.counter;
            let after = std::mem::replace(&mut before, counter);
            OwnOp { counter, after, given_at: stored.given_at, accepted: false, op: stored.op }
        };
        Ok(waiting.into_iter().map(own).collect())
    }

    /// All that has to be offered again under names that this library had before, one name after the other.
    pub fn waiting_under_former_names(&self) -> Result<Vec<OwnOp>, StoreError> {
        let waiting = select(&self.db, "INDEXED BY op_former WHERE own = 2 AND state = 0 ORDER BY id", ())?;
        let own = |stored: Stored| OwnOp {
            counter: stored.op.id.counter,
            after: stored.op.id.counter - 1,
            given_at: stored.given_at,
            accepted: false,
            op: stored.op,
        };
        Ok(waiting.into_iter().map(own).collect())
    }

    /// Everything that was written here, under whatever name, but for what was refused.
    pub fn written_here(&self) -> Result<Vec<Written>, StoreError> {
        let all = select(&self.db, "WHERE own <> 0 AND state <> 3 ORDER BY id", ())?;
        Ok(all.into_iter().map(|stored| stored.op).collect())
    }

    /// Somebody else writes under the name of this library: a copy of it.
    pub fn name_is_shared(&self, writer: WriterId) -> Result<bool, StoreError> {
        let mut query = self.db.prepare_cached("SELECT EXISTS (SELECT 1 FROM held WHERE writer = ?1)")?;
        Ok(query.query_row([writer.0.as_bytes()], |r| r.get(0))?)
    }

    /// Written here after this counter, accepted or not answered yet; without what was refused or decided here.
    pub fn own_after(&self, counter: u64) -> Result<Vec<OwnOp>, StoreError> {
        self.own("own = 1 AND state IN (0, 1)", counter)
    }

    fn own(&self, which: &str, above: u64) -> Result<Vec<OwnOp>, StoreError> {
        let mut query = self.db.prepare_cached(&format!(
            "SELECT {COLUMNS}, op.after FROM op WHERE {which} AND counter > ?1 ORDER BY counter"
        ))?;
        let mut rows = query.query([int(above)])?;
        let mut all: Vec<OwnOp> = vec![];
        while let Some(row) = rows.next()? {
            let (stored, given) = (Stored::of(row)?, row.get(13)?);
            let counter = stored.op.id.counter;
            let standing = match all.last() {
                // The list itself says, as long as nothing between is missing from it.
                Some(last) if last.counter + 1 == counter => last.counter,
                _ => self.standing_before(counter)?,
            };
            all.push(OwnOp {
                counter,
                given_at: stored.given_at,
                after: standing.min(number(given)),
                accepted: stored.state == State::Settled,
                op: stored.op,
            });
        }
        Ok(all)
    }

    /// The last one before this counter that stands and is, or was, offered to the team; 0 without one.
    fn standing_before(&self, counter: u64) -> Result<u64, StoreError> {
        let found: Option<i64> = self
            .db
            .prepare_cached(
                "SELECT counter FROM op WHERE own = 1 AND state IN (0, 1) AND counter < ?1
                 ORDER BY counter DESC LIMIT 1",
            )?
            .query_row([int(counter)], |r| r.get(0))
            .optional()?;
        Ok(found.map_or(0, number))
    }
}

impl LibraryStore {
    /// What was counted after this one is not to be offered yet. A restored server may refuse letters of before, and
    /// without them the next ones get their names: until it has answered, nobody knows whether those are spent.
    pub fn kept_back_after(&self) -> Result<Option<u64>, StoreError> {
        let (before_era, spent_after) = (self.meta.before_era, self.meta.spent_after);
        if before_era == 0 || spent_after.is_some_and(|spent| spent <= before_era) {
            return Ok(spent_after);
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM op INDEXED BY op_waiting
                   WHERE own = 1 AND state = 0 AND counter <= ?1 AND document IS NOT NULL)";
        let asked = self.queries.db.prepare_cached(sql)?.query_row([int(before_era)], |r| r.get(0))?;
        Ok(if asked { Some(before_era) } else { spent_after })
    }
}
