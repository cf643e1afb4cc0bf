//! Takes operations in, in the order of their counters: each is answered once and for all.

use super::changes::{self, What};
use super::incidents;
use super::own;
use super::texts::Texts;
use crate::engine::requests::may_not_act;
use crate::ringing;
use crate::storage::{Answered, Device, NewAnswer, StorageError, Tx, Writer};
use crate::tickets;
use firebell_domain::postmortem::{Stands, is_of_its_author, may_write};
use firebell_domain::refusal::{Refusal, RefusalCode};
use firebell_domain::{EntryId, IncidentId, PersonId};
use firebell_log::{Change, OpId, OperationBody, RecordId, Written, effective};
use firebell_protocol::sync::{OpAnswer, OpOutcome, Submission};
use std::collections::{BTreeMap, HashMap};

/// Why an operation is not taken: by a rule, or because the database is not there.
pub(super) enum Not {
    Refused(Refusal),
    Broken(StorageError),
}

impl From<Refusal> for Not {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StorageError> for Not {
    fn from(error: StorageError) -> Self {
        Self::Broken(error)
    }
}

pub(super) fn refused<T>(code: RefusalCode, words: impl Into<String>) -> Result<T, Not> {
    Err(Not::Refused(Refusal::new(code, words)))
}

/// Answers what a device submits. The operations are of one writer; those of another one after it are left
/// unanswered, and so is everything after a `Forked` or `Missing`, and all of a device that was revoked.
pub fn submit(tx: &mut Tx, device: &Device, ops: Vec<Submission>) -> Result<Vec<OpAnswer>, StorageError> {
    let Some(id) = ops.first().map(|s| s.op.id.writer) else { return Ok(vec![]) };
    if tx.device(device.id)?.is_some_and(|d| d.revoked) {
        return Ok(vec![]);
    }
    let known = tx.writer(id)?;
    let before = known.map_or(0, |w| w.heard);
    let writer = known.unwrap_or(Writer { device: device.id, heard: 0 });
    let may_not_act = may_not_act(tx, &device.person)?;
    let ops: Vec<_> =
        ops.into_iter().take_while(|s| s.op.id.writer == id).map(|s| (s.op.change(), s)).collect();
    let entries = entries_in(ops.iter().filter_map(|(change, _)| change.as_ref()));
    let mut intake = Intake {
        entries: tx.places_of_entries(&entries)?,
        tx,
        device,
        writer,
        may_not_act,
        incidents: HashMap::new(),
        texts: Texts::default(),
        fresh: BTreeMap::new(),
    };
    let mut answers = Vec::with_capacity(ops.len());
    for (change, submission) in ops {
        let counter = submission.op.id.counter;
        let outcome = intake.answer(change, submission)?;
        let stops = matches!(outcome, OpOutcome::Forked | OpOutcome::Missing { .. });
        answers.push(OpAnswer { counter, outcome });
        if stops {
            break;
        }
    }
    let Intake { tx, writer, texts, fresh, .. } = intake;
    texts.save(tx)?;
    tx.answer_written(device.id, &fresh.into_values().collect::<Vec<_>>())?;
    if writer.heard > before {
        tx.save_writer(id, writer)?;
    }
    Ok(answers)
}

/// The entries that changes write or correct.
fn entries_in<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<EntryId> {
    let mut found = Vec::new();
    for change in changes {
        if let Change::Entry(entry) = change {
            found.extend([entry.id].into_iter().chain(entry.corrects));
        }
    }
    found
}

struct Intake<'a, 'b> {
    tx: &'a mut Tx<'b>,
    device: &'a Device,
    writer: Writer,
    may_not_act: Option<Refusal>,
    /// Whether the team knows them and this person sees them, looked up once.
    incidents: HashMap<IncidentId, bool>,
    texts: Texts,
    /// Where the entries stand that these operations name.
    entries: HashMap<EntryId, Vec<Option<u64>>>,
    /// Answers of this change, by counter; stored together at its end.
    fresh: BTreeMap<u64, NewAnswer>,
}

impl Intake<'_, '_> {
    /// The answer that an operation got, in this change or before.
    fn answered(&mut self, id: OpId) -> Result<Option<Answered>, StorageError> {
        match self.fresh.get(&id.counter).filter(|a| a.id == id) {
            Some(fresh) => Ok(Some(fresh.answer.clone())),
            None => self.tx.answered(id),
        }
    }

    fn answer(&mut self, change: Option<Change>, submission: Submission) -> Result<OpOutcome, StorageError> {
        let counter = submission.op.id.counter;
        if counter <= self.writer.heard {
            let before = self.answered(submission.op.id)?;
            // Passed over, or another operation: somebody else counts under this name.
            let same = before.filter(|a| a.hash == submission.op.hash());
            return Ok(same.map_or(OpOutcome::Forked, |a| a.outcome));
        }
        if self.writer.device != self.device.id || i64::try_from(counter).is_err() {
            return Ok(OpOutcome::Forked);
        }
        if submission.after > self.writer.heard {
            return Ok(OpOutcome::Missing { heard: self.writer.heard });
        }
        let op = Written { stamp: effective(submission.op.stamp, self.tx.now()), ..submission.op };
        let entry = match &change {
            Some(Change::Entry(entry)) => Some(entry.id),
            _ => None,
        };
        let outcome = match self.take(&op, change, submission.waited_ms) {
            Ok(seq) => OpOutcome::Accepted { seq, stamp: op.stamp },
            Err(Not::Refused(refusal)) => OpOutcome::Refused { refusal },
            Err(Not::Broken(error)) => return Err(error),
        };
        if let Some(entry) = entry {
            let seq = match outcome {
                OpOutcome::Accepted { seq, .. } => Some(seq),
                _ => None,
            };
            self.entries.entry(entry).or_default().push(seq);
        }
        let answer = Answered { hash: op.hash(), outcome: outcome.clone() };
        self.fresh.insert(counter, NewAnswer { id: op.id, answer, entry });
        self.writer.heard = counter;
        Ok(outcome)
    }

    /// Gives the operation its place, or says why not.
    fn take(&mut self, op: &Written, change: Option<Change>, waited_ms: u64) -> Result<u64, Not> {
        if let Some(refusal) = &self.may_not_act {
            return Err(refusal.clone().into());
        }
        if op.author != self.device.person {
            return refused(
                RefusalCode::NotAllowed,
                "This was written in somebody else's name. Write it again in your own.",
            );
        }
        let subject = match changes::check(op, change)? {
            What::Unknown { subject } => {
                self.needs_incident(&subject)?;
                subject
            }
            What::Command(asked) => {
                let (incident, by) = (asked.incident, (op.id, &op.author));
                let seq = incidents::command(self.tx, by, *asked, waited_ms)?;
                // It may have changed who sees it.
                self.incidents.remove(&incident);
                return Ok(seq);
            }
            What::Settled { incident, events } => {
                let seq = incidents::settled(self.tx, (op.id, &op.author), incident, events)?;
                self.incidents.insert(incident, true);
                return Ok(seq);
            }
            What::Record { record, field, replaces, wanted, titled, picture } => {
                self.needs_incident(&record)?;
                self.needs_owner(&record, &field, &op.author)?;
                if let Some(before) = replaces {
                    self.needs_seen(before)?;
                }
                if let Some(wanted) = wanted {
                    tickets::asked(self.tx, IncidentId(record.id), wanted)?;
                }
                if let Some(action) = titled {
                    self.tx.titled_ticket(action, IncidentId(record.id))?;
                }
                if let Some(picture) = picture {
                    self.tx.name_attachments(IncidentId(record.id), &[picture])?;
                }
                record
            }
            What::Entry(entry) => {
                let record = RecordId::incident(entry.incident);
                self.needs_incident(&record)?;
                self.needs_new_entry(entry.id, op)?;
                if let Some(corrected) = entry.corrects {
                    let places = self.entries.get(&corrected);
                    if places.is_some_and(|p| p.iter().all(Option::is_none)) {
                        return refused(
                            RefusalCode::NotFound,
                            "The entry that this one corrects was not accepted. Look at both, and write it again.",
                        );
                    }
                }
                self.tx.name_attachments(entry.incident, &entry.attachments)?;
                let body = OperationBody::Written(op.clone());
                let seq = self.tx.record_about(record.to_string(), body)?;
                if waited_ms < incidents::HEARD_LATE_MS {
                    ringing::worked(self.tx, entry.incident, &op.author)?;
                }
                return Ok(seq);
            }
            What::Text { document, update } => {
                self.needs_incident(&document.record)?;
                let record = document.record.clone();
                self.texts.admit(self.tx, op.id.writer, document, &update)?;
                record
            }
        };
        Ok(self.tx.record_about(subject.to_string(), OperationBody::Written(op.clone()))?)
    }

    /// Of a postmortem, words are changed by whoever wrote them, and one approves in one's own name.
    fn needs_owner(&mut self, record: &RecordId, field: &str, by: &PersonId) -> Result<(), Not> {
        if record.kind != RecordId::POSTMORTEM {
            return Ok(());
        }
        let write = match is_of_its_author(field) {
            true => own::standing(self.tx, record, field)?,
            false => None,
        };
        let stands = write.as_ref().map(|w| Stands { author: &w.author, value: &w.value });
        // That they may write at all was asked before.
        Ok(may_write(field, stands, by, None)?)
    }

    /// A write overrules what its author has seen, and not what somebody else will write.
    ///
    /// A desktop sees other people's writes in the log, so their answers are here: a counter that its writer has not
    /// come to is made up. Three things are let be: one's own counters, which harm nobody else and may be from a name
    /// that the desktop had before; writers that are not known here, whose names nobody can guess; and everything on a
    /// server that was ever restored, for the write may be one that the backup does not have, seen by a desktop that
    /// was offline since. There, one person of the team can still overrule another's next write.
    fn needs_seen(&mut self, before: OpId) -> Result<(), Not> {
        match self.answered(before)? {
            Some(answer) if matches!(answer.outcome, OpOutcome::Refused { .. }) => {
                return refused(
                    RefusalCode::NotFound,
                    "The change that this one builds on was not accepted. Look at both, and write it again.",
                );
            }
            Some(_) => return Ok(()),
            None => {}
        }
        let Some(writer) = self.tx.writer(before.writer)? else { return Ok(()) };
        if before.counter <= writer.heard || writer.device == self.device.id || self.tx.was_restored()? {
            return Ok(());
        }
        let person = self.tx.device(writer.device)?.map(|d| d.person);
        if person.as_ref() == Some(&self.device.person) {
            return Ok(());
        }
        refused(
            RefusalCode::BadInput,
            "This replaces a change that the team does not know. Look at what is there now, and write it again.",
        )
    }

    /// What belongs to an incident waits for its declaration. Of one that is hidden from this person, the team knows
    /// nothing either.
    fn needs_incident(&mut self, record: &RecordId) -> Result<(), Not> {
        let Some(incident) = record.about() else { return Ok(()) };
        let known = match self.incidents.get(&incident) {
            Some(known) => *known,
            None => {
                let known = self.tx.sees_incident(incident, &self.device.person)?;
                self.incidents.insert(incident, known);
                known
            }
        };
        if known { Ok(()) } else { Err(incidents::unknown().into()) }
    }

    /// An entry never changes. The same one again, from a copy of its author's library, does no harm.
    fn needs_new_entry(&mut self, entry: EntryId, op: &Written) -> Result<(), Not> {
        let places: Vec<u64> = self.entries.get(&entry).into_iter().flatten().flatten().copied().collect();
        for seq in places {
            let Some(there) = self.tx.body_at(seq)? else { continue };
            let same =
                matches!(&there, OperationBody::Written(w) if w.change == op.change && w.author == op.author);
            if !same {
                return refused(
                    RefusalCode::BadInput,
                    "An entry of the timeline does not change. Write another one that corrects it.",
                );
            }
        }
        Ok(())
    }
}
