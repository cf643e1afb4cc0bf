//! The file of unsent changes beside the library: kept in step, and read when the library is younger than it.

use super::commit::Commit;
use super::fold::Fold;
use super::ops::{Arrival, State, Whose};
use super::{Alone, Joined, LibraryChange, LibraryStore, LocalIncident, NewWriter, ops};
use crate::following::{read, write};
use crate::{SideFile, SideFileContent, StoreError};
use firebell_domain::IncidentId;
use firebell_log::{OpId, WriterId, Written};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// What is kept of one operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub op: Written,
    pub given_at: i64,
    /// What this computer decided about it, having no team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Decided>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Decided {
    pub incident: IncidentId,
    pub version: u64,
    pub events: Value,
}

/// The side file of a library.
pub(super) struct Unsent {
    /// `None` between two files, and after the second could not be made.
    file: Option<SideFile>,
    pub path: PathBuf,
    pub key: String,
    /// Answered, but a crash could still take the answer.
    answered: Vec<u64>,
    /// It could not be written after the library's writer took another name: it still has the old names, and is written
    /// anew before anything is appended.
    behind: bool,
}

impl Unsent {
    pub fn open(path: &Path, key: &str) -> Result<(Self, SideFileContent), StoreError> {
        let (file, content) = SideFile::open(path, key)?;
        Ok((
            Self {
                file: Some(file),
                path: path.to_owned(),
                key: key.to_owned(),
                answered: vec![],
                behind: false,
            },
            content,
        ))
    }

    fn file(&mut self) -> Result<&mut SideFile, StoreError> {
        let file = match self.file.take() {
            Some(file) => file,
            None => SideFile::open(&self.path, &self.key)?.0,
        };
        Ok(self.file.insert(file))
    }

    /// `db`: as it will be when these records count as saved. Which may be forgotten if they never do: the file did not
    /// have them before.
    pub fn append(&mut self, db: &Connection, records: &[(u64, Vec<u8>)]) -> Result<Vec<u64>, StoreError> {
        if records.is_empty() {
            return Ok(vec![]);
        }
        let mut new: Vec<u64> = records.iter().map(|(counter, _)| *counter).collect();
        // Answered once, and waiting again: the server has forgotten it.
        self.answered.retain(|counter| !new.contains(counter));
        if self.behind {
            self.file()?.replace_all(&waiting(db)?)?;
            self.behind = false;
            return Ok(vec![]);
        }
        let file = self.file()?;
        let first = new.first().copied().unwrap_or(0);
        if file.counters().any(|counter| counter >= first) {
            let known: BTreeSet<u64> = file.counters().collect();
            new.retain(|counter| !known.contains(counter));
        }
        file.append(records)?;
        Ok(new)
    }

    /// All that the file has to say, now that the library says it under other names. The library has everything, so
    /// a failure is made good later.
    pub fn write_anew(&mut self, records: &[(u64, Vec<u8>)]) {
        let written = self.file().and_then(|file| file.replace_all(records));
        if let Err(error) = &written {
            tracing::warn!(%error, "the file of unsent changes still has the old names");
        }
        self.behind = written.is_err();
        self.answered.clear();
    }

    /// These need not be kept any more, as soon as that is on the disk. `is_synced`: it is, with all that came before.
    pub fn answered(&mut self, counters: &[u64], is_synced: bool) {
        self.answered.extend(counters);
        if is_synced {
            let counters = std::mem::take(&mut self.answered);
            self.forget(&counters);
        }
    }

    pub fn forget(&mut self, counters: &[u64]) {
        if let (Some(file), false) = (&mut self.file, counters.is_empty()) {
            file.forget(counters);
        }
    }

    pub fn keep_only(&mut self, kept: &[u64]) {
        if let Some(file) = &mut self.file {
            let gone: Vec<u64> = file.counters().filter(|counter| !kept.contains(counter)).collect();
            file.forget(&gone);
        }
    }

    #[cfg(test)]
    pub fn counters(&self) -> Vec<u64> {
        self.file.iter().flat_map(SideFile::counters).collect()
    }

    /// The file is deleted, and a new one begun.
    pub fn start_over(&mut self) -> Result<(), StoreError> {
        if let Some(file) = self.file.take() {
            file.remove()?;
        }
        self.behind = false;
        self.answered.clear();
        self.file().map(|_| ())
    }
}

/// What has to be in the side file when this change counts as saved.
pub(super) fn records(db: &Connection, change: &LibraryChange) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
    let mut ids: BTreeSet<OpId> = change.own.iter().map(|own| own.op.id).collect();
    ids.extend(change.local_incidents.iter().map(|local| local.asked));
    if change.new_era.is_some() {
        ids.extend(ops::select(db, "WHERE own = 1 AND state = 0", ())?.iter().map(|stored| stored.op.id));
    }
    records_of(db, ids)
}

/// Everything that has to be in the side file, in order.
pub(super) fn waiting(db: &Connection) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
    let standing = ops::select(db, STANDING, ())?;
    records_of(db, standing.into_iter().map(|stored| stored.op.id))
}

/// Neither the team nor a draft has these.
const STANDING: &str = "WHERE own = 1 AND (state = 0 OR state = 2 AND NOT EXISTS (
    SELECT 1 FROM incident_event WHERE incident = op.subject AND local = 0)) ORDER BY counter";

fn records_of(
    db: &Connection,
    ids: impl IntoIterator<Item = OpId>,
) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
    let mut all = vec![];
    for id in ids {
        if let Some(record) = record(db, id)? {
            all.push((id.counter, write("library.unsent", &record)?.into_bytes()));
        }
    }
    Ok(all)
}

/// `None`: it needs no keeping.
fn record(db: &Connection, id: OpId) -> Result<Option<Record>, StoreError> {
    let Some(stored) = ops::find(db, id)? else { return Ok(None) };
    if !matches!(stored.state, State::Waiting | State::DecidedHere) {
        return Ok(None);
    }
    let decided: Option<([u8; 16], i64, String)> = db
        .prepare_cached(
            "SELECT incident, version, body FROM incident_event
             WHERE asked_writer = ?1 AND asked_counter = ?2 AND local = 1",
        )?
        .query_row(params![id.writer.0.as_bytes(), ops::int(id.counter)], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?))
        })
        .optional()?;
    let decided = match decided {
        Some((incident, version, body)) => Some(Decided {
            incident: IncidentId(Uuid::from_bytes(incident)),
            version: ops::number(version),
            events: read("incident_event", &body)?,
        }),
        None => None,
    };
    Ok(Some(Record { op: stored.op, given_at: stored.given_at, decided }))
}

/// The writer of the newest entry: who goes on in a library that was made anew.
pub(super) fn last_writer(content: &SideFileContent) -> Option<WriterId> {
    content.entries.iter().rev().find_map(|(_, bytes)| parse(bytes)).map(|record| record.op.id.writer)
}

fn parse(bytes: &[u8]) -> Option<Record> {
    match serde_json::from_slice(bytes) {
        Ok(record) => Some(record),
        Err(error) => {
            // Whole, for the file checks that; so by another version.
            tracing::warn!(%error, "an unsent change cannot be read by this version");
            None
        }
    }
}

impl LibraryStore {
    /// Makes library and side file say the same: what only the file has is put back, what only the library has is
    /// written into the file, and what was answered is forgotten. How many were put back.
    pub(super) fn reconcile(&mut self, content: &SideFileContent) -> Result<usize, StoreError> {
        self.sync_commits(true)?;
        let records: Vec<Record> = content.entries.iter().filter_map(|(_, bytes)| parse(bytes)).collect();
        let mut meta = self.meta.clone();
        let tx = self.queries.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut commit = Commit { fold: Fold::new(&tx), meta: &mut meta, answered: vec![] };
        let known = if commit.take_the_name_of(&records)? { 0 } else { commit.meta.last_counter };
        let mut put_back = 0;
        let mut renamed: BTreeMap<OpId, OpId> = BTreeMap::new();
        for record in &records {
            let id = record.op.id;
            if id.writer == commit.meta.writer {
                if id.counter > known && ops::find(commit.fold.db, id)?.is_none() {
                    commit.put_back(record)?;
                    put_back += 1;
                }
            } else if commit.meta.whose(id.writer) == Whose::Former {
                // This library knows that it took another name: what was not answered then has a new one.
            } else if ops::find(commit.fold.db, id)?.is_none() && !commit.says_already(&record.op)? {
                // By a writer that a library which is lost was before: under a new name.
                let counter = commit.meta.last_counter + 1;
                let new = OpId { writer: commit.meta.writer, counter };
                renamed.insert(id, new);
                let op =
                    Written { id: new, change: renaming(&record.op.change, &renamed), ..record.op.clone() };
                commit.put_back(&Record { op, ..record.clone() })?;
                put_back += 1;
            }
        }
        commit.fold.finish()?;
        meta.save(&tx)?;
        let standing: Vec<OpId> =
            ops::select(&tx, STANDING, ())?.into_iter().map(|stored| stored.op.id).collect();
        let in_file: BTreeSet<OpId> = records.iter().map(|record| record.op.id).collect();
        let other_names = in_file.iter().any(|id| id.writer != meta.writer);
        let missing = records_of(&tx, standing.iter().filter(|id| !in_file.contains(id)).copied())?;
        let all = if other_names { waiting(&tx)? } else { vec![] };
        if let (Some(unsent), false) = (&mut self.unsent, other_names) {
            unsent.append(&tx, &missing)?;
        }
        tx.commit()?;
        if let Some(unsent) = &mut self.unsent {
            if other_names {
                unsent.write_anew(&all);
            } else {
                let counters: Vec<u64> = standing.iter().map(|id| id.counter).collect();
                unsent.keep_only(&counters);
            }
        }
        self.meta = meta;
        self.give_back();
        Ok(put_back)
    }
}

impl Commit<'_, '_> {
    fn put_back(&mut self, record: &Record) -> Result<(), StoreError> {
        let arrival = Arrival {
            whose: Whose::Own,
            state: super::alone::state_of_recovered(self, &record.op),
            seq: None,
            given_at: record.given_at,
            after: u64::MAX,
        };
        self.take(&record.op, &arrival)?;
        if let Some(decided) = &record.decided {
            self.decided_here(&LocalIncident {
                incident: decided.incident,
                version: decided.version,
                events: serde_json::from_value(decided.events.clone()).unwrap_or_default(),
                asked: record.op.id,
            })?;
        }
        Ok(())
    }

    /// The database went back to before its writer took another name (its last commits were lost), and the file knows
    /// the new one: it is taken again, and nothing is there under both names. Whether it was so.
    fn take_the_name_of(&mut self, records: &[Record]) -> Result<bool, StoreError> {
        let Some(writer) = records.last().map(|record| record.op.id.writer) else { return Ok(false) };
        if self.meta.whose(writer) != Whose::Others {
            return Ok(false);
        }
        let ops: Vec<&Written> =
            records.iter().map(|record| &record.op).filter(|op| op.id.writer == writer).collect();
        if self.meta.alone.is_some() {
            // Unless somebody else is alone here since.
            let joined = !ops.iter().any(|op| op.author.as_str() == Alone::PERSON);
            if joined {
                let ops = ops.into_iter().cloned().collect();
                super::alone::join(self, &Joined { writer, ops })?;
            }
            return Ok(joined);
        }
        let mut reminted = vec![];
        for stored in ops::select(self.fold.db, "WHERE own = 1 AND state = 0", ())? {
            // A new name, and nothing else: the stamp tells them apart.
            let same = |op: &&&Written| op.stamp == stored.op.stamp && op.author == stored.op.author;
            if let Some(op) = ops.iter().find(same) {
                reminted.push((stored.op.id.counter, (*op).clone()));
            }
        }
        if reminted.is_empty() {
            return Ok(false);
        }
        let taken = ops.iter().map(|op| op.id.counter).max().unwrap_or(0);
        super::era::rename(self, &NewWriter { writer, reminted, returned: vec![] }, taken)?;
        Ok(true)
    }

    /// Something that waits here, or is settled, says the same.
    fn says_already(&self, op: &Written) -> Result<bool, StoreError> {
        let known = self
            .fold
            .db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM op WHERE own = 1 AND change = ?1)")?
            .query_row([op.change.to_string()], |r| r.get(0))?;
        Ok(known)
    }
}

/// A change that replaces an operation which got another name meanwhile.
fn renaming(change: &Value, renamed: &BTreeMap<OpId, OpId>) -> Value {
    let mut change = change.clone();
    if let Some(replaces) = change.get_mut("replaces")
        && let Ok(old) = serde_json::from_value::<OpId>(replaces.clone())
        && let Some(new) = renamed.get(&old)
        && let Ok(new) = serde_json::to_value(new)
    {
        *replaces = new;
    }
    change
}
