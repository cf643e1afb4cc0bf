//! The log: what followers are told, in order; and the answers to what they asked.

use super::sql::{Db, Row, Value};
use super::{StorageError, Tx};
use firebell_domain::{Instant, PageId};
use firebell_log::{CommandId, DocumentId, Operation, OperationBody, Scope};
use firebell_protocol::sync::Outcome;

/// The operations after `seq`, in order.
pub fn after(db: &mut Db, seq: u64, limit: u32) -> Result<Vec<Operation>, StorageError> {
    let rows = db.rows(
        "SELECT seq, at, body FROM operations WHERE scope = 'team' AND seq > ?1 ORDER BY seq LIMIT ?2",
        &[seq.into(), i64::from(limit).into()],
    )?;
    rows.iter().map(operation).collect()
}

fn operation(row: &Row) -> Result<Operation, StorageError> {
    Ok(Operation { scope: Scope::Team, seq: row.u64(0)?, at: row.instant(1)?, body: row.json(2)? })
}

/// How much is read at once: at least one operation, whatever its size.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    pub operations: u32,
    /// Of the bodies.
    pub bytes: u64,
}

impl Cut {
    /// The last place that still fits, of (place, size) in order; and whether something was left out.
    fn last(self, sizes: &[Row]) -> Result<(Option<u64>, bool), StorageError> {
        let (mut last, mut bytes) = (None, 0);
        for (n, row) in sizes.iter().enumerate() {
            bytes += row.u64(1)?;
            if n >= self.operations as usize || (last.is_some() && bytes > self.bytes) {
                return Ok((last, true));
            }
            last = Some(row.u64(0)?);
        }
        Ok((last, false))
    }
}

/// As [`after`], and no more bytes than fit in one message.
pub fn within(db: &mut Db, seq: u64, cut: Cut) -> Result<Vec<Operation>, StorageError> {
    let sizes = db.rows(
        "SELECT seq, OCTET_LENGTH(body) FROM operations WHERE scope = 'team' AND seq > ?1 ORDER BY seq LIMIT ?2",
        &[seq.into(), i64::from(cut.operations).into()],
    )?;
    let (Some(last), _) = cut.last(&sizes)? else { return Ok(vec![]) };
    let rows = db.rows(
        "SELECT seq, at, body FROM operations WHERE scope = 'team' AND seq > ?1 AND seq <= ?2 ORDER BY seq",
        &[seq.into(), last.into()],
    )?;
    rows.iter().map(operation).collect()
}

/// The library's operations in `after..=until`, without pages and the team, as many as fit; with them the place up to
/// which that is everything. What was merged into a later one (compaction) comes with the end of the range.
pub fn library(db: &mut Db, after: u64, until: u64, cut: Cut) -> Result<(Vec<Operation>, u64), StorageError> {
    let sizes = db.rows(
        "SELECT seq, OCTET_LENGTH(body) FROM operations WHERE scope = 'team' AND subject IS NOT NULL
         AND seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3",
        &[after.into(), until.into(), (i64::from(cut.operations) + 1).into()],
    )?;
    let (last, more) = cut.last(&sizes)?;
    let upto = if more { last.unwrap_or(after) } else { until };
    let rows = db.rows(
        "SELECT seq, at, body FROM operations WHERE scope = 'team' AND subject IS NOT NULL
         AND seq > ?1 AND seq <= ?2 ORDER BY seq",
        &[after.into(), upto.into()],
    )?;
    let mut found: Vec<Operation> = rows.iter().map(operation).collect::<Result<_, _>>()?;
    if !more {
        let beyond = db.rows(
            "SELECT seq, at, body FROM operations WHERE covers IS NOT NULL AND covers <= ?1 AND scope = 'team'
             AND seq > ?1 ORDER BY seq",
            &[until.into()],
        )?;
        for row in &beyond {
            found.push(operation(row)?);
        }
    }
    Ok((found, upto))
}

/// The operations about one thing (`incident/<uuid>`) after a place, in order.
pub fn of_subject(
    db: &mut Db,
    subject: &str,
    after: u64,
    limit: u32,
) -> Result<Vec<Operation>, StorageError> {
    let rows = db.rows(
        "SELECT seq, at, body FROM operations WHERE subject = ?1 AND seq > ?2 AND scope = 'team' ORDER BY seq LIMIT ?3",
        &[subject.into(), after.into(), i64::from(limit).into()],
    )?;
    rows.iter().map(operation).collect()
}

/// What of open incidents is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfOpen {
    /// What was decided, and fields.
    State,
    Entries,
}

/// The operations about open incidents, those of the newest incidents first, as many as fit.
pub fn of_open(db: &mut Db, what: OfOpen, cut: Cut) -> Result<Vec<Operation>, StorageError> {
    // By how a body is written: what a person wrote cannot look so, for there its quotes are escaped. A value of a
    // field that is an object could; it then comes with the rest of the log.
    let which = match what {
        OfOpen::State => r#"o.body NOT LIKE '%"kind":"entry"%' AND o.body NOT LIKE '%"kind":"text"%'"#,
        OfOpen::Entries => r#"o.body LIKE '%"kind":"entry"%'"#,
    };
    // For each open incident what is about it: SQLite keeps the order of a cross join, and cannot look the scope up,
    // which would be the whole log each time.
    let from = format!(
        "FROM incidents i CROSS JOIN operations o
         WHERE i.is_open = 1 AND o.subject = 'incident/' || i.id AND o.subject IS NOT NULL AND o.scope || '' = 'team'
         AND {which} ORDER BY i.number DESC, o.seq LIMIT ?1"
    );
    let most = i64::from(cut.operations);
    let sizes = db.rows(&format!("SELECT o.seq, OCTET_LENGTH(o.body) {from}"), &[most.into()])?;
    let (last, _) = cut.last(&sizes)?;
    let mut fit = 0;
    for row in &sizes {
        fit += 1;
        if Some(row.u64(0)?) == last {
            break;
        }
    }
    let rows = db.rows(&format!("SELECT o.seq, o.at, o.body {from}"), &[i64::from(fit).into()])?;
    rows.iter().map(operation).collect()
}

/// The operations about one thing after a place, as many as fit; whether there are more.
pub fn of_subject_after(
    db: &mut Db,
    [subject, other]: [&str; 2],
    after: u64,
    cut: Cut,
) -> Result<(Vec<Operation>, bool), StorageError> {
    let sizes = db.rows(
        "SELECT seq, OCTET_LENGTH(body) FROM operations WHERE subject IN (?1, ?2) AND seq > ?3 AND scope = 'team'
         ORDER BY seq LIMIT ?4",
        &[subject.into(), other.into(), after.into(), (i64::from(cut.operations) + 1).into()],
    )?;
    let (Some(last), more) = cut.last(&sizes)? else { return Ok((vec![], false)) };
    let rows = db.rows(
        "SELECT seq, at, body FROM operations WHERE subject IN (?1, ?2) AND seq > ?3 AND seq <= ?4 AND scope = 'team'
         ORDER BY seq",
        &[subject.into(), other.into(), after.into(), last.into()],
    )?;
    Ok((rows.iter().map(operation).collect::<Result<_, _>>()?, more))
}

/// False when compaction took places after `seq` away: who counts them cannot follow from there.
pub fn is_whole(db: &mut Db, seq: u64, newest: u64) -> Result<bool, StorageError> {
    let row = db.row(
        "SELECT COUNT(*) FROM operations WHERE scope = 'team' AND seq > ?1 AND seq <= ?2",
        &[seq.into(), newest.into()],
    )?;
    Ok(row.map_or(Ok(0), |r| r.u64(0))? == newest.saturating_sub(seq))
}

/// The place of the newest operation, 0 when there is none.
pub fn newest(db: &mut Db) -> Result<u64, StorageError> {
    db.row("SELECT seq FROM scopes WHERE scope = 'team'", &[])?.map_or(Ok(0), |r| r.u64(0))
}

impl Tx<'_> {
    /// The operations about one thing after a place that are committed, in order.
    pub fn operations_about(
        &mut self,
        subject: &str,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Operation>, StorageError> {
        of_subject(self.db, subject, after, limit)
    }

    /// The writes of fields of one thing after a place, in order. Those to come in this commit are not among them.
    pub fn writes_about(
        &mut self,
        subject: &str,
        after: u64,
        limit: u32,
    ) -> Result<Vec<Operation>, StorageError> {
        // By how a body is written, as in `of_open`: other things that a person wrote may slip through and are looked at.
        let rows = self.rows(
            r#"SELECT seq, at, body FROM operations WHERE subject = ?1 AND seq > ?2 AND scope = 'team'
               AND body LIKE '%"kind":"record"%' ORDER BY seq LIMIT ?3"#,
            &[subject.into(), after.into(), i64::from(limit).into()],
        )?;
        rows.iter().map(operation).collect()
    }

    /// The writes of one field of one thing, in order, those to come in this commit last. Others may be among them.
    pub fn writes_of(&mut self, subject: &str, field: &str) -> Result<Vec<OperationBody>, StorageError> {
        // By how a body is written, as in `of_open`. `_` in the name stands for any character.
        let rows = self.rows(
            r"SELECT body FROM operations WHERE subject = ?1 AND scope = 'team' AND body LIKE ?2 ORDER BY seq",
            &[subject.into(), format!(r#"%"field":"{field}"%"#).into()],
        )?;
        let mut found: Vec<OperationBody> = rows.iter().map(|row| row.json(0)).collect::<Result<_, _>>()?;
        found.extend(self.in_the_making_about(subject).cloned());
        Ok(found)
    }

    /// The newest operations about one thing that were committed after `since`, the newest first.
    pub fn newest_about(
        &mut self,
        subject: &str,
        since: Instant,
        limit: u32,
    ) -> Result<Vec<Operation>, StorageError> {
        let rows = self.rows(
            "SELECT seq, at, body FROM operations WHERE subject = ?1 AND scope = 'team' AND at > ?2
             ORDER BY seq DESC LIMIT ?3",
            &[subject.into(), since.into(), i64::from(limit).into()],
        )?;
        rows.iter().map(operation).collect()
    }

    /// What has a place, if it is still there.
    pub fn body_at(&mut self, seq: u64) -> Result<Option<OperationBody>, StorageError> {
        if let Some(body) = self.in_the_making(seq) {
            return Ok(Some(body.clone()));
        }
        let row = self.row("SELECT body FROM operations WHERE scope = 'team' AND seq = ?1", &[seq.into()])?;
        row.map(|r| r.json(0)).transpose()
    }

    /// The operations about one thing that are older than `before`, after a place, in order.
    pub fn older_about(
        &mut self,
        subject: &str,
        after: u64,
        before: Instant,
        limit: u32,
    ) -> Result<Vec<Operation>, StorageError> {
        let rows = self.rows(
            "SELECT seq, at, body FROM operations
             WHERE subject = ?1 AND seq > ?2 AND scope = 'team' AND at < ?3 ORDER BY seq LIMIT ?4",
            &[subject.into(), after.into(), before.into(), i64::from(limit).into()],
        )?;
        rows.iter().map(operation).collect()
    }

    /// Puts `merged` in the place of the last of these updates of a document; the others' places stay empty.
    pub fn merge_operations(
        &mut self,
        document: &DocumentId,
        places: &[u64],
        merged: &OperationBody,
    ) -> Result<(), StorageError> {
        let [first, .., last] = places else { return Ok(()) };
        let covered = self.row(
            "SELECT covers FROM operations WHERE scope = 'team' AND seq = ?1 AND covers IS NOT NULL",
            &[(*first).into()],
        )?;
        let covers = covered.map_or(Ok(*first), |r| r.u64(0))?;
        let body = serde_json::to_string(merged).map_err(|e| StorageError::damaged(e.to_string()))?;
        self.execute(
            "UPDATE operations SET body = ?2, covers = ?3 WHERE scope = 'team' AND seq = ?1",
            &[(*last).into(), body.into(), covers.into()],
        )?;
        let gone = &places[..places.len() - 1];
        for seq in gone {
            self.execute("DELETE FROM operations WHERE scope = 'team' AND seq = ?1", &[(*seq).into()])?;
        }
        self.text_merged(document, gone.len() as u64)
    }

    /// The answer this command got before, if it was asked before.
    pub fn answer_to(&mut self, id: CommandId) -> Result<Option<(PageId, Outcome)>, StorageError> {
        let row = self.row(
            "SELECT page, outcome FROM answers WHERE device = ?1 AND counter = ?2",
            &[id.device.to_string().into(), id.counter.into()],
        )?;
        row.map(|r| Ok((r.parse(0)?, r.json(1)?))).transpose()
    }

    /// Answers a command, once and for all.
    pub fn answer(&mut self, id: CommandId, page: PageId, outcome: &Outcome) -> Result<(), StorageError> {
        let text = serde_json::to_string(outcome).map_err(|e| StorageError::damaged(e.to_string()))?;
        let now = self.now();
        self.execute(
            "INSERT INTO answers (device, counter, at, page, outcome) VALUES (?1, ?2, ?3, ?4, ?5)",
            &[
                id.device.to_string().into(),
                id.counter.into(),
                now.into(),
                page.to_string().into(),
                Value::from(text),
            ],
        )?;
        Ok(())
    }
}
