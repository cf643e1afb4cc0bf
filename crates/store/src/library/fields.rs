//! Fields of records: their writes, which of them stands, and what can be asked of them.
//!
//! `firebell_log::record` says who wins; here the same is kept up to date write by write: a write is *replaced* when
//! another one of the field names it, and of those that are not, the latest stands.

use super::fold::Fold;
use super::ops::{InLog, Stored, int};
use super::{Queries, listing, ops};
use crate::StoreError;
use firebell_domain::room::is_told;
use firebell_domain::{IncidentId, Instant};
use firebell_log::{Change, OpId, RecordId, Stamp};
use firebell_protocol::library::{FieldVersion, FieldView, Standing};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

impl Fold<'_> {
    pub(super) fn add_write(
        &mut self,
        op: &InLog,
        record: &RecordId,
        name: &str,
        replaces: Option<OpId>,
    ) -> Result<(), StoreError> {
        let field = self.field(record, name)?;
        let id = op.id;
        let replaced: bool = self
            .db
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM view_write WHERE field = ?1 AND over_writer = ?2 AND over_counter = ?3)",
            )?
            .query_row(params![field, id.writer.0.as_bytes(), int(id.counter)], |r| r.get(0))?;
        let over = replaces.filter(|r| *r != id);
        self.db
            .prepare_cached(
                "INSERT INTO view_write
                   (field, writer, counter, ms, tick, op, over_writer, over_counter, replaced)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                field,
                id.writer.0.as_bytes(),
                int(id.counter),
                op.stamp.ms,
                op.stamp.tick,
                op.row,
                over.as_ref().map(|o| o.writer.0.as_bytes()),
                over.map(|o| int(o.counter)),
                replaced,
            ])?;
        if let Some(over) = over {
            self.mark_replaced(field, over)?;
        }
        self.written(field, record, name);
        Ok(())
    }

    pub(super) fn remove_write(
        &mut self,
        stored: &Stored,
        record: &RecordId,
        name: &str,
        replaces: Option<OpId>,
    ) -> Result<(), StoreError> {
        let field = self.field(record, name)?;
        let id = stored.op.id;
        self.db
            .prepare_cached("DELETE FROM view_write WHERE field = ?1 AND writer = ?2 AND counter = ?3")?
            .execute(params![field, id.writer.0.as_bytes(), int(id.counter)])?;
        if let Some(over) = replaces.filter(|r| *r != id) {
            self.mark_replaced(field, over)?;
        }
        self.written(field, record, name);
        Ok(())
    }

    pub(super) fn restamp_write(
        &mut self,
        stored: &Stored,
        record: &RecordId,
        name: &str,
    ) -> Result<(), StoreError> {
        let field = self.field(record, name)?;
        let (id, stamp) = (stored.op.id, stored.op.stamp);
        self.db
            .prepare_cached(
                "UPDATE view_write SET ms = ?4, tick = ?5 WHERE field = ?1 AND writer = ?2 AND counter = ?3",
            )?
            .execute(params![field, id.writer.0.as_bytes(), int(id.counter), stamp.ms, stamp.tick])?;
        self.written(field, record, name);
        Ok(())
    }

    /// Whether another write names this one may have changed.
    fn mark_replaced(&self, field: i64, write: OpId) -> Result<(), StoreError> {
        self.db
            .prepare_cached(
                "UPDATE view_write SET replaced = EXISTS (
                   SELECT 1 FROM view_write AS other
                   WHERE other.field = ?1 AND other.over_writer = ?2 AND other.over_counter = ?3)
                 WHERE field = ?1 AND writer = ?2 AND counter = ?3",
            )?
            .execute(params![field, write.writer.0.as_bytes(), int(write.counter)])?;
        Ok(())
    }

    fn written(&mut self, field: i64, record: &RecordId, name: &str) {
        self.fields.insert(field);
        if let Some(incident) = record.as_incident() {
            let stale = self.stale(incident);
            stale.words |= matches!(name, "title" | "impact");
            stale.people |= listing::is_about_people(name);
        }
    }

    fn field(&mut self, record: &RecordId, name: &str) -> Result<i64, StoreError> {
        let key = (record.clone(), name.to_owned());
        if let Some(row) = self.field_rows.get(&key) {
            return Ok(*row);
        }
        let found: Option<i64> = self
            .db
            .prepare_cached("SELECT id FROM view_field WHERE kind = ?1 AND record = ?2 AND name = ?3")?
            .query_row(params![record.kind, record.id.as_bytes(), name], |r| r.get(0))
            .optional()?;
        let row = match found {
            Some(row) => row,
            None => {
                self.db
                    .prepare_cached("INSERT INTO view_field (kind, record, name) VALUES (?1, ?2, ?3)")?
                    .execute(params![record.kind, record.id.as_bytes(), name])?;
                self.db.last_insert_rowid()
            }
        };
        self.field_rows.insert(key, row);
        Ok(row)
    }

    /// Which write the field has now, and what lost against it.
    pub(super) fn choose_write(&mut self, field: i64) -> Result<(), StoreError> {
        let mut heads = self.heads(field, " AND replaced = 0")?;
        if heads.is_empty() {
            // In a ring of writes that replace each other nobody is left: then all count.
            heads = self.heads(field, "")?;
        }
        let Some((won, lost)) = heads.split_first() else {
            self.db.prepare_cached("DELETE FROM view_field WHERE id = ?1")?.execute([field])?;
            return Ok(());
        };
        let overruled = if lost.is_empty() { 0 } else { self.saying_otherwise(*won, lost)? };
        self.db
            .prepare_cached("UPDATE view_field SET winner = ?2, overruled = ?3 WHERE id = ?1")?
            .execute(params![field, won, int(overruled)])?;
        Ok(())
    }

    /// Rows of a field's writes, the latest first.
    fn heads(&self, field: i64, which: &str) -> Result<Vec<i64>, StoreError> {
        let mut query = self.db.prepare_cached(&format!(
            "SELECT op FROM view_write WHERE field = ?1{which}
             ORDER BY ms DESC, tick DESC, writer DESC, counter DESC"
        ))?;
        let rows = query.query_map([field], |r| r.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many of them do not say what stands.
    fn saying_otherwise(&self, won: i64, others: &[i64]) -> Result<u64, StoreError> {
        let said = |row: i64| -> Result<Value, StoreError> {
            Ok(ops::select(self.db, "WHERE op.id = ?1", [row])?.first().map_or(Value::Null, value))
        };
        let (stands, mut count) = (said(won)?, 0);
        for other in others {
            count += u64::from(said(*other)? != stands);
        }
        Ok(count)
    }
}

/// A stamp as a time, for people.
pub(super) fn time(stamp: Stamp) -> Instant {
    stamp.time()
}

/// The value of a write.
pub(super) fn value(stored: &Stored) -> Value {
    match stored.op.change() {
        Some(Change::Record { value, .. }) => value,
        _ => Value::Null,
    }
}

/// The value that a field has, if it is a text that says something.
pub(super) fn text(
    db: &Connection,
    kind: &str,
    record: Uuid,
    name: &str,
) -> Result<Option<String>, StoreError> {
    let tail = "JOIN view_field ON view_field.winner = op.id
                WHERE view_field.kind = ?1 AND view_field.record = ?2 AND view_field.name = ?3";
    let found = ops::select(db, tail, params![kind, record.as_bytes(), name])?;
    Ok(found.first().and_then(|stored| match value(stored) {
        Value::String(text) if !text.trim().is_empty() => Some(text),
        _ => None,
    }))
}

/// The values of the fields whose names begin so, by name.
pub(super) fn beginning_with(
    db: &Connection,
    kind: &str,
    record: Uuid,
    prefix: &str,
) -> Result<Vec<(String, Value)>, StoreError> {
    // Names are of ASCII: nothing that begins so comes behind this.
    let end = format!("{prefix}\u{7f}");
    let mut query = db.prepare_cached(
        "SELECT name, winner FROM view_field
         WHERE kind = ?1 AND record = ?2 AND name >= ?3 AND name < ?4 AND winner IS NOT NULL ORDER BY name",
    )?;
    let rows =
        query.query_map(params![kind, record.as_bytes(), prefix, end], |r| Ok((r.get(0)?, r.get(1)?)))?;
    let won: Vec<(String, i64)> = rows.collect::<Result<_, _>>()?;
    let mut values = vec![];
    for (name, op) in won {
        let stored = ops::select(db, "WHERE id = ?1", [op])?.pop();
        values.extend(stored.map(|stored| (name, value(&stored))));
    }
    Ok(values)
}

/// Every field of a record, by name.
pub(super) fn all(db: &Connection, record: &RecordId) -> Result<BTreeMap<String, FieldView>, StoreError> {
    all_but(db, record, "")
}

/// The same, without a large one that nobody looks at.
pub(super) fn all_but(
    db: &Connection,
    record: &RecordId,
    left_out: &str,
) -> Result<BTreeMap<String, FieldView>, StoreError> {
    let mut query = db.prepare_cached(&format!(
        "SELECT {}, view_field.name, view_field.overruled FROM op
         JOIN view_field ON view_field.winner = op.id
         WHERE view_field.kind = ?1 AND view_field.record = ?2 AND view_field.name <> ?3",
        ops::COLUMNS
    ))?;
    let mut rows = query.query(params![record.kind, record.id.as_bytes(), left_out])?;
    let mut fields = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (name, view) = (row.get(13)?, view(row)?);
        fields.insert(name, view);
    }
    Ok(fields)
}

/// The standing write of a field, with how many lost against it behind its columns.
fn view(row: &rusqlite::Row) -> Result<FieldView, StoreError> {
    let stored = Stored::of(row)?;
    Ok(FieldView {
        value: value(&stored),
        write: stored.op.id,
        at: time(stored.op.stamp),
        pending: stored.is_pending(),
        overruled: row.get(14)?,
        author: stored.op.author,
    })
}

impl Queries {
    /// A field as it stands; `None`: nobody wrote it.
    pub fn field(&self, record: &RecordId, field: &str) -> Result<Option<FieldView>, StoreError> {
        let mut query = self.db.prepare_cached(&format!(
            "SELECT {}, view_field.name, view_field.overruled FROM op
             JOIN view_field ON view_field.winner = op.id
             WHERE view_field.kind = ?1 AND view_field.record = ?2 AND view_field.name = ?3",
            ops::COLUMNS
        ))?;
        let mut rows = query.query(params![record.kind, record.id.as_bytes(), field])?;
        rows.next()?.map(view).transpose()
    }

    /// The write that a field has its value from; `None`: nobody wrote it.
    pub fn field_write(&self, record: &RecordId, field: &str) -> Result<Option<OpId>, StoreError> {
        let tail = "JOIN view_field ON view_field.winner = op.id
                    WHERE view_field.kind = ?1 AND view_field.record = ?2 AND view_field.name = ?3";
        let found = ops::select(&self.db, tail, params![record.kind, record.id.as_bytes(), field])?;
        Ok(found.first().map(|stored| stored.op.id))
    }

    /// A field of every record of a kind, the newest write first.
    pub fn fields_of_kind(
        &self,
        kind: &str,
        field: &str,
        limit: u32,
    ) -> Result<Vec<(Uuid, FieldView)>, StoreError> {
        let mut query = self.db.prepare_cached(&format!(
            "SELECT {}, view_field.record, view_field.overruled FROM op
             JOIN view_field ON view_field.winner = op.id
             WHERE view_field.kind = ?1 AND view_field.name = ?2 ORDER BY op.ms DESC, op.tick DESC LIMIT ?3",
            ops::COLUMNS
        ))?;
        let mut rows = query.query(params![kind, field, limit])?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            let id = Uuid::from_slice(&row.get::<_, Vec<u8>>(13)?).unwrap_or_default();
            found.push((id, view(row)?));
        }
        Ok(found)
    }

    /// Every write of the fields of an incident that are told one by one, by field, the oldest first.
    pub fn told_writes(&self, incident: IncidentId) -> Result<Vec<(String, FieldVersion)>, StoreError> {
        let record = RecordId::incident(incident);
        let mut query =
            self.db.prepare_cached("SELECT name FROM view_field WHERE kind = ?1 AND record = ?2")?;
        let names = query.query_map(params![record.kind, record.id.as_bytes()], |r| r.get(0))?;
        let names: Vec<String> = names.collect::<Result<_, _>>()?;
        let mut found = vec![];
        for name in names.into_iter().filter(|name| is_told(name)) {
            let writes = self.field_history(&record, &name)?;
            found.extend(writes.into_iter().rev().map(|write| (name.clone(), write)));
        }
        Ok(found)
    }

    /// Every write of a field, the newest first.
    pub fn field_history(&self, record: &RecordId, field: &str) -> Result<Vec<FieldVersion>, StoreError> {
        let mut query = self.db.prepare_cached(&format!(
            "SELECT {}, view_write.replaced, view_field.winner FROM view_field
             JOIN view_write ON view_write.field = view_field.id JOIN op ON op.id = view_write.op
             WHERE view_field.kind = ?1 AND view_field.record = ?2 AND view_field.name = ?3
             ORDER BY view_write.ms DESC, view_write.tick DESC, view_write.writer DESC, view_write.counter DESC",
            ops::COLUMNS
        ))?;
        let mut rows = query.query(params![record.kind, record.id.as_bytes(), field])?;
        let mut found = vec![];
        while let Some(row) = rows.next()? {
            let stored = Stored::of(row)?;
            found.push((value(&stored), stored, row.get(13)?, row.get(14)?));
        }
        let current = |stored: &Stored, winner: i64| stored.row == winner;
        let stands = found.iter().find(|(_, stored, _, winner)| current(stored, *winner));
        let stands = stands.map(|(value, ..)| value.clone());
        let versions = found.into_iter().map(|(value, stored, replaced, winner): (_, _, bool, _)| {
            let standing = match (current(&stored, winner), replaced || stands.as_ref() == Some(&value)) {
                (true, _) => Standing::Current,
                (false, true) => Standing::Replaced,
                (false, false) => Standing::Overruled,
            };
            FieldVersion {
                write: stored.op.id,
                value,
                at: time(stored.op.stamp),
                pending: stored.is_pending(),
                standing,
                author: stored.op.author,
            }
        });
        Ok(versions.collect())
    }
}
