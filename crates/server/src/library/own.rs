//! What the server itself writes into the log: under a name of its own, which no desktop can take.
//! (docs/adr/the-server-is-a-writer.md)

use crate::storage::{StorageError, Tx, Writer};
use firebell_domain::room::Field;
use firebell_domain::{DeviceId, Instant, PersonId};
use firebell_log::record::winner;
use firebell_log::{
    Change, FieldWrite, HybridClock, OpId, OperationBody, RecordId, Scope, Stamp, WriterId, Written,
};
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Who wrote it, as people read it. No person has such an id: it is no slug.
pub const AUTHOR: &str = "Firebell";

/// A field as it stands.
#[derive(Clone, Debug)]
pub struct FieldNow {
    pub write: FieldWrite,
    /// When the server took it in.
    pub at: Instant,
    /// The latest of all its writes.
    stamp: Stamp,
}

impl FieldNow {
    /// As the rules see it.
    pub fn view(&self) -> Field<'_> {
        Field { value: &self.write.value, author: &self.write.author, at: self.at, pending: false }
    }
}

/// The write that stands in a field, with those that other people make in this commit.
pub fn standing(tx: &mut Tx, record: &RecordId, field: &str) -> Result<Option<FieldWrite>, StorageError> {
    let bodies = tx.writes_of(&record.to_string(), field)?;
    let writes: Vec<FieldWrite> = bodies.into_iter().filter_map(|body| write_of(body, field)).collect();
    Ok(winner(&writes).cloned())
}

fn write_of(body: OperationBody, of: &str) -> Option<FieldWrite> {
    let OperationBody::Written(written) = body else { return None };
    let Change::Record { field, value, replaces, .. } = written.change()? else { return None };
    let Written { id, stamp, author, .. } = written;
    (field == of).then_some(FieldWrite { id, stamp, author, value, replaces })
}

/// The committed fields of a record.
pub fn fields(tx: &mut Tx, record: &RecordId) -> Result<BTreeMap<String, FieldNow>, StorageError> {
    let (subject, mut after) = (record.to_string(), 0);
    let mut writes: BTreeMap<String, Vec<(FieldWrite, Instant)>> = BTreeMap::new();
    loop {
        let operations = tx.writes_about(&subject, after, 1_000)?;
        let Some(last) = operations.last().map(|o| o.seq) else { break };
        after = last;
        for operation in operations {
            let OperationBody::Written(written) = operation.body else { continue };
            let Some(Change::Record { field, value, replaces, .. }) = written.change() else { continue };
            let (id, stamp, author) = (written.id, written.stamp, written.author);
            let write = FieldWrite { id, stamp, author, value, replaces };
            writes.entry(field).or_default().push((write, operation.at));
        }
    }
    let now = |(field, writes): (String, Vec<(FieldWrite, Instant)>)| {
        let all: Vec<FieldWrite> = writes.iter().map(|(write, _)| write.clone()).collect();
        let write = winner(&all)?.clone();
        let at = writes.iter().find(|(w, _)| w.id == write.id).map(|(_, at)| *at)?;
        let stamp = all.iter().map(|w| w.stamp).max()?;
        Some((field, FieldNow { write, at, stamp }))
    };
    Ok(writes.into_iter().filter_map(now).collect())
}

/// Writes fields of a record over what `known` says stands there.
pub fn write(
    tx: &mut Tx,
    record: &RecordId,
    known: &BTreeMap<String, FieldNow>,
    values: Vec<(String, Value)>,
) -> Result<(), StorageError> {
    if values.is_empty() {
        return Ok(());
    }
    let id = tx.own_writer(|| WriterId(Uuid::new_v4()))?;
    // No device has this id, so whoever counts under this name is answered that it is taken.
    let mut writer = tx.writer(id)?.unwrap_or(Writer { device: DeviceId(Uuid::nil()), heard: 0 });
    let now = tx.now();
    for (field, value) in values {
        writer.heard += 1;
        let before = known.get(&field);
        // Later than whatever it takes the place of, also what was written by a clock that is ahead.
        let stamp = HybridClock::after(before.map_or(Stamp { ms: 0, tick: 0 }, |b| b.stamp)).next(now);
        let replaces = before.map(|before| before.write.id);
        let change = Change::Record { record: record.clone(), field, value, replaces };
        let op = OpId { writer: id, counter: writer.heard };
        let written = Written::new(op, Scope::Team, PersonId::new(AUTHOR), stamp, &change);
        tx.record_about(record.to_string(), OperationBody::Written(written))?;
    }
    tx.save_writer(id, writer)
}
