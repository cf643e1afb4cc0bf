//! Under which names this computer writes: other ones when a copy of its disk writes, too; and what it wrote under names
//! that it had before, which a restored server may have lost.

use super::offering::{SUBMIT_BYTES, SUBMIT_MAX};
use super::{Library, Output};
use crate::pager::Moment;
use firebell_log::text::{Readdressing, client_id, interim_client, is_typed_by};
use firebell_log::{Bytes, Change, DocumentId, OpId, TextDocument, WriterId, Written};
use firebell_protocol::sync::{ClientMessage, OpAnswer, OpOutcome, Submission};
use firebell_protocol::window::Change as Topic;
use firebell_store::StoreError;
use firebell_store::library::{LibraryChange, NewWriter};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

impl Library {
    /// A copy of this store writes under the same name: what was not answered gets new names.
    pub(super) fn become_another_writer(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        let writer = WriterId((self.ids)());
        let old = self.store.writer();
        tracing::warn!(%old, new = %writer, "a copy of this store writes under the same name");
        let former = self.store.waiting_under_former_names()?;
        let waiting = former.into_iter().chain(self.store.unanswered()?).map(|own| own.op).collect();
        let mut new = NewWriter { writer, reminted: vec![], returned: vec![] };
        for (id, op) in self.renamed(writer, waiting)? {
            if id.writer == old {
                new.reminted.push((id.counter, op));
            } else {
                new.returned.push((id, op));
            }
        }
        let change = LibraryChange { new_writer: Some(new), ..LibraryChange::default() };
        let mut outputs = self.commit(&change, at)?;
        self.link.former = None;
        self.begin_offering(0);
        // Letters typed from now on carry the new name.
        outputs.extend(self.reopen_all());
        Ok(outputs)
    }

    /// Something in the team's log has this writer's name and was not written here: a copy of this disk goes on under
    /// it. Or letters that others have seen under this name were refused by a restored server, or were on their way back
    /// while others were typed. This computer takes another name, once everything is answered that may have been
    /// offered under the old one and those before it.
    pub(super) fn leave_a_used_name(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        if self.store.spent_after().is_none() && !self.store.name_is_shared(self.store.writer())? {
            return Ok(vec![]);
        }
        let mut outputs = self.write_down(at)?;
        let spent_after = self.store.spent_after();
        let is_kept_back = |counter: u64| spent_after.is_some_and(|spent| counter > spent);
        let own = self.store.unanswered_after(0, 1)?;
        let is_answered = own.first().is_none_or(|first| is_kept_back(first.counter));
        if is_answered && self.store.waiting_under_a_former_name(1)?.is_empty() {
            outputs.extend(self.become_another_writer(at)?);
        }
        Ok(outputs)
    }

    /// What was written under names that this computer had before comes first: what was written since builds on it.
    /// `None` when there is nothing of it (any more).
    pub(super) fn offer_of_former_names(&mut self, at: Moment) -> Result<Option<Vec<Output>>, StoreError> {
        if !self.link.welcomed || self.link.former_done {
            return Ok(None);
        }
        if self.link.former.is_some() {
            return Ok(Some(vec![]));
        }
        let mut ops: Vec<Submission> = vec![];
        let mut bytes = 0;
        for own in self.store.waiting_under_a_former_name(SUBMIT_MAX)? {
            bytes += own.op.change.to_string().len() + 300;
            if !ops.is_empty() && bytes > SUBMIT_BYTES {
                break;
            }
            let waited_ms = u64::try_from(at.now.timestamp_millis() - own.given_at).unwrap_or(0);
            ops.push(Submission { after: own.after, op: own.op, waited_ms });
        }
        let Some(last) = ops.last() else {
            self.link.former_done = true;
            return Ok(None);
        };
        self.link.former = Some(last.op.id);
        Ok(Some(vec![Output::Send(ClientMessage::Submit { ops })]))
    }

    pub(super) fn on_answers_of_former_names(
        &mut self,
        writer: WriterId,
        answers: &[OpAnswer],
        at: Moment,
    ) -> Result<Vec<Output>, StoreError> {
        let Some(last) = self.link.former.filter(|last| last.writer == writer) else { return Ok(vec![]) };
        let mut settled = vec![];
        let mut gone = false;
        for OpAnswer { counter, outcome } in answers {
            match outcome {
                OpOutcome::Accepted { .. } | OpOutcome::Refused { .. } => {
                    settled.push((OpId { writer, counter: *counter }, outcome.clone()));
                }
                OpOutcome::Forked | OpOutcome::Missing { .. } => gone = true,
            }
            if *counter == last.counter {
                self.link.former = None;
            }
        }
        let mut outputs = vec![];
        if !settled.is_empty() {
            let change = LibraryChange { answers_of_former: settled, ..LibraryChange::default() };
            outputs.extend(self.commit(&change, at)?);
        }
        if gone {
            // Somebody else has gone on under that name.
            outputs.extend(self.become_another_writer(at)?);
        }
        outputs.extend(self.leave_a_used_name(at)?);
        outputs.extend(self.repeat_what_returns(at)?);
        outputs.extend(self.offer(at)?);
        outputs.push(Output::Changed(Topic::Sync));
        Ok(outputs)
    }

    /// The same operations under another writer's name, counted from 1, beside their old names; what they replace among
    /// themselves follows. The letters of a text carry the name of who typed them, and get the new one, too.
    pub(super) fn renamed(
        &mut self,
        writer: WriterId,
        ops: Vec<Written>,
    ) -> Result<Vec<(OpId, Written)>, StoreError> {
        let mut names = BTreeMap::new();
        let mut texts: BTreeMap<DocumentId, (TextDocument, Readdressing)> = BTreeMap::new();
        let mut renamed: Vec<(OpId, Written)> = vec![];
        for op in &ops {
            let Some(Change::Text { document, update }) = op.change() else { continue };
            let from = typed_as(op.id.writer, &document, &update.0);
            let (_, letters) = match texts.entry(document.clone()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let letters = Readdressing::to(client_id(writer, &document));
                    new.insert((self.answered_text(&document)?, letters))
                }
            };
            if let Err(e) = letters.announce(&update.0, from) {
                tracing::error!(error = %e, %document, op = %op.id, "an update of a text cannot be read");
            }
        }
        for op in ops {
            let old = op.id;
            let change = match op.change() {
                Some(Change::Text { document, update }) => {
                    let Some((answered, letters)) = texts.get_mut(&document) else { continue };
                    let from = typed_as(old.writer, &document, &update.0);
                    match answered.readdress(&update.0, from, letters) {
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
            let id = OpId { writer, counter: renamed.len() as u64 + 1 };
            names.insert(old, id);
            let change = change.unwrap_or_else(|| op.change.clone());
            renamed.push((old, Written { id, change, ..op }));
        }
        Ok(renamed)
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

/// Under which name a writer typed an update.
fn typed_as(writer: WriterId, document: &DocumentId, update: &[u8]) -> u64 {
    let interim = interim_client(writer, document);
    if is_typed_by(update, interim) { interim } else { client_id(writer, document) }
}
