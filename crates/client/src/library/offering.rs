//! Telling the team what was written here, until every operation is answered.

use super::{Library, Output};
use crate::pager::Moment;
use firebell_log::text::client_id;
use firebell_log::{Bytes, Change, DocumentId, OpId, TextDocument, WriterId, Written};
use firebell_protocol::sync::{ClientMessage, OpAnswer, OpOutcome, Submission};
use firebell_protocol::window::Change as Topic;
use firebell_store::StoreError;
use firebell_store::library::{LibraryChange, NewWriter};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Operations of one message, and about how many bytes: a server takes 256 KiB.
const SUBMIT_MAX: usize = 100;
const SUBMIT_BYTES: usize = 150 * 1_024;

impl Library {
    /// Sends what was not sent on this connection, in the order of its counters.
    pub(super) fn offer(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        if !self.link.welcomed {
            return Ok(vec![]);
        }
        let mut outputs = vec![];
        let mut after = self.link.sent;
        // What was answered in an earlier connection whose answer was lost is asked for first: its counter is not after
        // the server's, which answers it as before.
        let mut batch: Vec<Submission> = vec![];
        let mut bytes = 0;
        for own in self.store.unanswered()? {
            let counter = own.op.id.counter;
            if counter <= self.link.offered {
                continue;
            }
            let waited_ms = u64::try_from(self.team_time(at).timestamp_millis() - own.given_at).unwrap_or(0);
            let size = own.op.change.to_string().len() + 300;
            if !batch.is_empty() && (batch.len() >= SUBMIT_MAX || bytes + size > SUBMIT_BYTES) {
                outputs.push(Output::Send(ClientMessage::Submit { ops: std::mem::take(&mut batch) }));
                bytes = 0;
            }
            bytes += size;
            batch.push(Submission { after: after.min(counter - 1), op: own.op, waited_ms });
            after = after.max(counter);
            self.link.offered = counter;
        }
        if !batch.is_empty() {
            outputs.push(Output::Send(ClientMessage::Submit { ops: batch }));
        }
        self.link.sent = after;
        Ok(outputs)
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
        if !settled.is_empty() {
            let change = LibraryChange { answers: settled, ..LibraryChange::default() };
            outputs.extend(self.commit(&change, at)?);
        }
        if forked {
            outputs.extend(self.become_another_writer(at)?);
        } else if let Some(heard) = missing {
            self.link.sent = heard;
            self.link.offered = 0;
        }
        outputs.extend(self.offer(at)?);
        outputs.push(Output::Changed(Topic::Sync));
        Ok(outputs)
    }

    /// A copy of this store writes under the same name: what was not answered gets new names.
    fn become_another_writer(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        let writer = WriterId((self.ids)());
        tracing::warn!(old = %self.store.writer(), new = %writer, "a copy of this store writes under the same name");
        let waiting: Vec<Written> = self.store.unanswered()?.into_iter().map(|own| own.op).collect();
        let new = self.renamed(writer, waiting)?;
        let change = LibraryChange { new_writer: Some(new), ..LibraryChange::default() };
        let outputs = self.commit(&change, at)?;
        self.link.sent = 0;
        self.link.offered = 0;
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
            if let Err(e) = text.apply(&update) {
                tracing::error!(error = %e, %document, "an update of a text was passed over");
            }
        }
        Ok(text)
    }
}
