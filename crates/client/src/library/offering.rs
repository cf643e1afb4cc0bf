//! Telling the team what was written here, until every operation is answered.

use super::{Library, Output};
use crate::pager::Moment;
use firebell_domain::Refusal;
use firebell_domain::refusal::RefusalCode;
use firebell_log::WriterId;
use firebell_protocol::sync::{ClientMessage, OpAnswer, OpOutcome, Submission};
use firebell_protocol::window::Change as Topic;
use firebell_store::StoreError;
use firebell_store::library::LibraryChange;

/// Operations of one message, and about how many bytes.
pub(super) const SUBMIT_MAX: u32 = 100;
pub(super) const SUBMIT_BYTES: usize = 150 * 1_024;
/// About how many bytes may wait for their answers.
const FLIGHT_BYTES: usize = 1_024 * 1_024;
/// Bytes of one operation: a server takes messages of 2 MiB.
const OP_MAX: usize = 1_900 * 1_024;

impl Library {
    /// Sends what was not sent on this connection, in the order of its counters, and no more at once than a server
    /// takes in while it answers.
    pub(super) fn offer(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        if let Some(first) = self.offer_of_former_names(at)? {
            return Ok(first);
        }
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
            let kept_back_after = self.store.kept_back_after()?;
            for own in self.store.unanswered_after(from, SUBMIT_MAX)? {
                let counter = own.op.id.counter;
                if kept_back_after.is_some_and(|last| counter > last) {
                    break;
                }
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
            return self.on_answers_of_former_names(writer, answers, at);
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
        outputs.extend(self.leave_a_used_name(at)?);
        outputs.extend(self.repeat_what_returns(at)?);
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
}
