//! The log as a desktop pulls it, and an incident as a script reads it.

use super::sight;
use crate::storage::{Cut, Db, Kept, OfOpen, StorageError, Tx, read};
use firebell_domain::cadence::Course;
use firebell_domain::incident::{Incident, RecordedIncident};
use firebell_domain::timeline::Entry;
use firebell_domain::{EntryId, IncidentId, Instant, PersonId};
use firebell_log::record::winner;
use firebell_log::{Change, FieldWrite, Operation, OperationBody, RecordId};
use firebell_protocol::sync::LogChunk;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Operations of one chunk at most.
pub const CHUNK_OPERATIONS: u32 = 5_000;
/// Bytes of their bodies, unless a single one is larger.
pub const CHUNK_BYTES: u64 = 2 * 1_024 * 1_024;
/// Entries of open incidents that are shown before the history has come: those of the newest incidents.
const OPEN_ENTRIES: u32 = 2_000;

/// The library's operations after `after`, up to `until` (everything, when not said), as this person may see them: as
/// many as fit.
pub fn chunk(
    db: &mut Db,
    person: &PersonId,
    after: u64,
    until: Option<u64>,
    limit: u32,
) -> Result<LogChunk, StorageError> {
    let era = read::era(db)?.ok_or(StorageError::NoTeam)?;
    // Read before the operations: what commits in between is of the next chunk.
    let newest = read::newest_operation(db)?;
    let until = until.unwrap_or(newest).min(newest).max(after);
    let cut = Cut { operations: limit.clamp(1, CHUNK_OPERATIONS), bytes: CHUNK_BYTES };
    let (operations, upto) = read::library_after(db, after, until, cut)?;
    let operations = sight::as_seen(db, person, operations)?;
    Ok(LogChunk { era, after, upto, newest, operations })
}

/// Everything about one incident after `after`, as much as fits: for whoever begins to see it. Whoever may not, and
/// whoever asks for one that was never declared, is answered that there is nothing.
pub fn history(
    db: &mut Db,
    person: &PersonId,
    incident: IncidentId,
    after: u64,
    limit: u32,
) -> Result<LogChunk, StorageError> {
    let era = read::era(db)?.ok_or(StorageError::NoTeam)?;
    let newest = read::newest_operation(db)?;
    let cut = Cut { operations: limit.clamp(1, CHUNK_OPERATIONS), bytes: CHUNK_BYTES };
    // Its postmortem comes into sight with it.
    let (subject, other) =
        (RecordId::incident(incident).to_string(), RecordId::postmortem(incident).to_string());
    let (mut operations, more) = read::of_subject_after(db, [&subject, &other], after, cut)?;
    let end = newest.max(after);
    let mut upto = operations.last().filter(|_| more).map_or(end, |o| o.seq);
    if read::hidden_from(db, person)?.contains(&incident) {
        (operations, upto) = (vec![], end);
    }
    Ok(LogChunk { era, after, upto, newest, operations })
}

/// What a list of the open incidents that a person sees shows: what was decided about them and their fields; or their entries. The newest
/// incidents first, as far as they fit in one chunk, which moves no cursor.
pub fn open(db: &mut Db, person: &PersonId, what: OfOpen) -> Result<LogChunk, StorageError> {
    let era = read::era(db)?.ok_or(StorageError::NoTeam)?;
    let newest = read::newest_operation(db)?;
    let operations = match what {
        OfOpen::State => CHUNK_OPERATIONS,
        OfOpen::Entries => OPEN_ENTRIES,
    };
    let operations = read::of_open(db, what, Cut { operations, bytes: CHUNK_BYTES })?;
    let operations = sight::as_seen(db, person, operations)?;
    Ok(LogChunk { era, after: 0, upto: 0, newest, operations })
}

/// An incident with everything that was written about it, as `GET /api/v1/incidents/{id}` answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IncidentRecord {
    pub incident: Incident,
    /// `title`, `impact`, `links`, … as they stand.
    pub fields: BTreeMap<String, Value>,
    /// In the order in which it was decided.
    pub history: Vec<RecordedIncident>,
    /// Oldest first, by when it happened.
    pub timeline: Vec<TimelineEntry>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimelineEntry {
    pub entry: Entry,
    pub author: PersonId,
    /// When the server took it in.
    pub taken_in_at: Instant,
    /// The newest entry that takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected_by: Option<EntryId>,
}

/// `None` when the team does not know it, or this person may not see it.
pub fn incident(
    db: &mut Db,
    person: &PersonId,
    id: IncidentId,
) -> Result<Option<IncidentRecord>, StorageError> {
    let Some(kept) = read::incident(db, id)? else { return Ok(None) };
    let subject = RecordId::incident(id).to_string();
    let mut found = IncidentRecord {
        incident: kept.incident,
        fields: BTreeMap::new(),
        history: vec![],
        timeline: vec![],
    };
    let mut writes: BTreeMap<String, Vec<FieldWrite>> = BTreeMap::new();
    let mut seen = HashSet::new();
    let mut after = 0;
    loop {
        let operations = read::of_subject(db, &subject, after, 1_000)?;
        let Some(last) = operations.last().map(|o| o.seq) else { break };
        after = last;
        for operation in operations {
            found.take(operation, &mut writes, &mut seen);
        }
    }
    let is_seen = !read::hidden_from(db, person)?.contains(&id);
    found.fields = writes
        .into_iter()
        .filter_map(|(field, writes)| winner(&writes).map(|w| (field, w.value.clone())))
        .collect();
    let corrections: HashMap<EntryId, EntryId> =
        found.timeline.iter().filter_map(|t| Some((t.entry.corrects?, t.entry.id))).collect();
    for entry in &mut found.timeline {
        entry.corrected_by = corrections.get(&entry.entry.id).copied();
    }
    found.timeline.sort_by_key(|t| t.entry.at);
    // After everything was read.
    Ok(Some(found).filter(|_| is_seen))
}

/// For an incident that was saved before its course was kept: made from its record, up to now.
pub fn know_course(tx: &mut Tx, kept: &mut Kept) -> Result<(), StorageError> {
    if kept.course.is_some() {
        return Ok(());
    }
    let subject = RecordId::incident(kept.incident.id).to_string();
    let (mut record, mut after) = (vec![], 0);
    loop {
        let operations = tx.operations_about(&subject, after, 1_000)?;
        let Some(last) = operations.last().map(|o| o.seq) else { break };
        after = last;
        operations.into_iter().for_each(|operation| record.extend(decided(operation)));
    }
    kept.course = Course::of(&record);
    Ok(())
}

/// The events of an operation, with the time at which each happened.
fn decided(operation: Operation) -> Vec<RecordedIncident> {
    let OperationBody::Incident { events, happened_at, .. } = operation.body else { return vec![] };
    let times = happened_at.into_iter().map(Some).chain(std::iter::repeat(None));
    let at = |at: Option<Instant>| at.unwrap_or(operation.at);
    events.into_iter().zip(times).map(|(event, time)| RecordedIncident { at: at(time), event }).collect()
}

/// Whoever last wrote or decided something about this after `since`; what the server did by itself does not count.
pub fn last_author(tx: &mut Tx, subject: &str, since: Instant) -> Result<Option<PersonId>, StorageError> {
    let newest = tx.newest_about(subject, since, 20)?;
    Ok(newest.into_iter().find_map(|operation| match operation.body {
        OperationBody::Written(written) => Some(written.author),
        OperationBody::Incident { asked: Some(_), events, .. } => events.first()?.author().cloned(),
        _ => None,
    }))
}

impl IncidentRecord {
    fn take(
        &mut self,
        operation: Operation,
        writes: &mut BTreeMap<String, Vec<FieldWrite>>,
        seen: &mut HashSet<EntryId>,
    ) {
        match operation.body {
            OperationBody::Incident { .. } => self.history.extend(decided(operation)),
            OperationBody::Written(written) => match written.change() {
                Some(Change::Entry(entry)) if seen.insert(entry.id) => self.timeline.push(TimelineEntry {
                    entry,
                    author: written.author,
                    taken_in_at: operation.at,
                    corrected_by: None,
                }),
                Some(Change::Record { field, value, replaces, .. }) => {
                    let (id, stamp, author) = (written.id, written.stamp, written.author);
                    writes.entry(field).or_default().push(FieldWrite { id, stamp, author, value, replaces });
                }
                _ => {}
            },
            _ => {}
        }
    }
}
