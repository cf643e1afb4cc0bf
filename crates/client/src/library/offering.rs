//! Telling the team what was written here, until every operation is answered.

use super::{Library, Output};
use crate::pager::Moment;
use firebell_domain::Refusal;
use firebell_domain::refusal::RefusalCode;
use firebell_log::text::client_id;
use firebell_log::{Bytes, Change, DocumentId, OpId, TextDocument, WriterId, Written};
use firebell_protocol::sync::{ClientMessage, OpAnswer, OpOutcome, Submission};
use firebell_protocol::window::Change as Topic;
use firebell_store::StoreError;
use firebell_store::library::{LibraryChange, NewWriter};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Operations of one message, and about how many bytes.
const SUBMIT_MAX: u32 = 100;
const SUBMIT_BYTES: usize = 150 * 1_024;
/// About how many bytes may wait for their answers.
const FLIGHT_BYTES: usize = 1_024 * 1_024;
/// Bytes of one operation: a server takes messages of 2 MiB.
const OP_MAX: usize = 1_900 * 1_024;

impl Library {
    /// Sends what was not sent on this connection, in the order of its counters, and no more at once than a server
    /// takes in while it answers.
    pub(super) fn offer(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        let mut outputs = vec![];
        while self.link.welcomed
            && self.link.flight.iter().map(|(_, size)| size).sum::<usize>() < FLIGHT_BYTES
        {
            // What was answered on an earlier connection and the answer lost comes first: the server, which has its
            // counter, answers as before.
            let from = if self.link.offered { self.link.sent } else { 0 };
            let mut after = if self.link.offered { self.link.sent } else { self.link.heard };
            let mut ops: Vec<Submission> = vec![];
            let mut bytes = 0;
            for own in self.store.unanswered_after(from, SUBMIT_MAX)? {
                let counter = own.op.id.counter;
                let size = own.op.change.to_string().len() + 300;
                if size > OP_MAX {
                    outputs.extend(self.refuse_here(counter, at)?);
                    continue;
                }
                if !ops.is_empty() && bytes + size > SUBMIT_BYTES {
                    break;
                }
                bytes += size;
                self.link.flight.push_back((counter, size));
                let waited_ms = u64::try_from(at.now.timestamp_millis() - own.given_at).unwrap_or(0);
                ops.push(Submission { after: after.min(counter - 1), op: own.op, waited_ms });
                after = after.max(counter);
            }
            let Some(last) = ops.last() else { break };
            self.link.sent = last.op.id.counter;
            self.link.offered = true;
            outputs.push(Output::Send(ClientMessage::Submit { ops }));
        }
        Ok(outputs)
    }

    /// No server takes it: its words become a draft.
    fn refuse_here(&mut self, counter: u64, at: Moment) -> Result<Vec<Output>, StoreError> {
        let words = "This change is larger than a team server takes. Write it in several parts.";
        let refusal = Refusal::new(RefusalCode::BadInput, words);
        let answers = vec![(counter, OpOutcome::Refused { refusal })];
        self.commit(&LibraryChange { answers, ..LibraryChange::default() }, at)
    }

    pub(super) fn on_answers(
        &mut self,
        writer: WriterId,
        answers: &[OpAnswer],
        at: Moment,
    ) -> Result<Vec<Output>, StoreError> {
        if writer != self.store.writer() {
            return Ok(vec![]);
        }
        let mut settled = vec![];
        let mut forked = false;
        let mut missing = None;
        for answer in answers {
            match &answer.outcome {
                OpOutcome::Accepted { .. } | OpOutcome::Refused { .. } => {
                    settled.push((answer.counter, answer.outcome.clone()));
                }
                OpOutcome::Forked => forked = true,
                OpOutcome::Missing { heard } => missing = Some(*heard),
            }
        }
        let mut outputs = vec![];
        self.link.flight.retain(|(counter, _)| answers.iter().all(|a| a.counter != *counter));
        if !settled.is_empty() {
            let change = LibraryChange { answers: settled, ..LibraryChange::default() };
            outputs.extend(self.commit(&change, at)?);
        }
        if forked {
            outputs.extend(self.become_another_writer(at)?);
        } else if let Some(heard) = missing {
            self.begin_offering(heard);
        }
        outputs.extend(self.offer(at)?);
        outputs.push(Output::Changed(Topic::Sync));
        Ok(outputs)
    }

    /// The server has answered everything up to this counter, and nothing is on its way.
    pub(super) fn begin_offering(&mut self, heard: u64) {
        self.link.heard = heard;
        self.link.sent = heard;
        self.link.offered = false;
        self.link.flight.clear();
    }

    /// A copy of this store writes under the same name: what was not answered gets new names.
    fn become_another_writer(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        let writer = WriterId((self.ids)());
        tracing::warn!(old = %self.store.writer(), new = %writer, "a copy of this store writes under the same name");
        let waiting: Vec<Written> = self.store.unanswered()?.into_iter().map(|own| own.op).collect();
        let new = self.renamed(writer, waiting)?;
        let change = LibraryChange { new_writer: Some(new), ..LibraryChange::default() };
        let mut outputs = self.commit(&change, at)?;
        self.begin_offering(0);
        // Letters typed from now on carry the new name.
        outputs.extend(self.reopen_all());
        Ok(outputs)
    }

    /// The same operations under another writer's name, counted from 1; what they replace among themselves follows. The
    /// letters of a text carry the name of who typed them, and get the new one, too.
    pub(super) fn renamed(&mut self, writer: WriterId, ops: Vec<Written>) -> Result<NewWriter, StoreError> {
        let mut names = BTreeMap::new();
        let mut texts: BTreeMap<DocumentId, TextDocument> = BTreeMap::new();
        let mut reminted = vec![];
        for op in ops {
            let old = op.id;
            let change = match op.change() {
                Some(Change::Text { document, update }) => {
                    let answered = match texts.entry(document.clone()) {
                        Entry::Occupied(known) => known.into_mut(),
                        Entry::Vacant(new) => new.insert(self.answered_text(&document)?),
                    };
                    let (from, to) = (client_id(old.writer, &document), client_id(writer, &document));
                    match answered.readdress(&update.0, from, to) {
                        Ok(update) => {
                            serde_json::to_value(Change::Text { document, update: Bytes(update) }).ok()
                        }
                        Err(e) => {
                            tracing::error!(error = %e, %document, op = %old, "an update of a text was left behind");
                            continue;
                        }
                    }
                }
                Some(Change::Record { record, field, value, replaces }) => {
                    let replaces = replaces.map(|r| names.get(&r).copied().unwrap_or(r));
                    serde_json::to_value(Change::Record { record, field, value, replaces }).ok()
                }
                _ => None,
            };
            let id = OpId { writer, counter: reminted.len() as u64 + 1 };
            names.insert(old, id);
            let change = change.unwrap_or_else(|| op.change.clone());
            reminted.push((old.counter, Written { id, change, ..op }));
        }
        Ok(NewWriter { writer, reminted })
    }

    /// A text as the team has it.
    fn answered_text(&self, document: &DocumentId) -> Result<TextDocument, StoreError> {
        let mut text = TextDocument::new(0);
        for update in self.store.settled_document(document)? {
            if let Err(e) = text.take_in(&update) {
                tracing::error!(error = %e, %document, "an update of a text was passed over");
            }
        }
        Ok(text)
    }
}
