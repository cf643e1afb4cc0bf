//! What must hold in every world of the library, checked from outside.

use crate::oracle::Broken;
use firebell_domain::IncidentId;
use firebell_log::text::{TextDocument, inserted_words};
use firebell_log::{Change, DocumentId, OpId, Operation, OperationBody, RecordId, WriterId};
use firebell_protocol::sync::{OpAnswer, OpOutcome};
use firebell_store::StoreError;
use firebell_store::library::LibraryStore;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Where somebody wrote.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    Declaration(IncidentId),
    Field(RecordId, String),
    Entry(IncidentId),
    Text(DocumentId),
}

/// Words that nobody else wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrote {
    pub replica: usize,
    pub place: Place,
    pub words: String,
}

impl Wrote {
    /// Whoever looks at it sees it, in its history at least.
    pub fn is_shown(&self, store: &LibraryStore) -> Result<bool, StoreError> {
        Ok(match &self.place {
            Place::Declaration(incident) => store.incident(*incident)?.is_some(),
            Place::Field(record, field) => {
                store.field_history(record, field)?.iter().any(|v| v.value.as_str() == Some(&self.words))
            }
            Place::Entry(incident) => store
                .incident(*incident)?
                .is_some_and(|i| i.timeline.iter().any(|e| e.entry.text == self.words)),
            Place::Text(document) => text_of(&store.document(document)?).contains(&self.words),
        })
    }

    /// It is on this disk and cannot be seen, because what it is about is not: others have to bring it back to a server
    /// that was restored.
    pub fn waits_for_others(&self, store: &LibraryStore) -> Result<bool, StoreError> {
        let missing = match &self.place {
            Place::Declaration(incident) | Place::Entry(incident) => store.incident(*incident)?.is_none(),
            Place::Field(record, _) => match record.about() {
                Some(incident) => store.incident(incident)?.is_none(),
                None => false,
            },
            Place::Text(document) => {
                let mut text = TextDocument::new(0);
                store.document(document)?.iter().for_each(|update| drop(text.apply(update)));
                let about = document.record.about();
                text.waiting() > 0
                    || about.map_or(Ok(false), |incident| {
                        Ok::<_, StoreError>(store.incident(incident)?.is_none())
                    })?
            }
        };
        let says = |change: Option<Change>| match change {
            Some(Change::Text { update, .. }) => {
                inserted_words(&update.0).is_ok_and(|w| w.contains(&self.words))
            }
            Some(change) => serde_json::to_string(&change).is_ok_and(|json| json.contains(&self.words)),
            None => false,
        };
        Ok(missing && store.written_here()?.iter().any(|op| says(op.change())))
    }

    pub fn is_in_a_draft(&self, store: &LibraryStore) -> Result<bool, StoreError> {
        let drafts = store.drafts()?;
        Ok(drafts
            .iter()
            .any(|d| d.title.contains(&self.words) || d.changes.iter().any(|c| c.text.contains(&self.words))))
    }

    /// These words are in this change.
    pub fn is_in(&self, change: &Value) -> bool {
        match serde_json::from_value(change.clone()) {
            // What an update says cannot be read without those before it.
            Ok(Change::Text { document, .. }) => self.place == Place::Text(document),
            _ => change.to_string().contains(&self.words),
        }
    }
}

pub fn text_of(updates: &[Vec<u8>]) -> String {
    let mut document = TextDocument::new(0);
    for update in updates {
        // What is damaged shows in what is missing from the text.
        let _missing = document.apply(update);
    }
    document.text()
}

#[derive(Default)]
pub struct Oracle {
    /// Everything that was accepted, compacted or not, in order.
    pub accepted: Vec<Operation>,
    pub written: Vec<Wrote>,
    /// Words that somebody deleted, or whose draft somebody discarded.
    pub given_up: BTreeSet<String>,
    /// What each counter was answered in this life of the log.
    answers: BTreeMap<(WriterId, u64), OpOutcome>,
    /// The server was restored: until everybody has brought back what they wrote, incidents and letters are missing, and
    /// with them what is shown of them. At the end nothing may be.
    pub was_restored: bool,
}

impl Oracle {
    /// Takes in committed operations.
    pub fn hear(&mut self, operations: &[Operation]) -> Result<(), Broken> {
        for operation in operations {
            let last = self.accepted.last().map_or(0, |o| o.seq);
            if operation.seq != last + 1 {
                return Err(format!("the sequence has a hole: {} after {last}", operation.seq));
            }
            self.accepted.push(operation.clone());
        }
        Ok(())
    }

    /// Every counter is answered once, the same one always the same, and a yes is in the log.
    pub fn answered(&mut self, writer: WriterId, answers: &[OpAnswer]) -> Result<(), Broken> {
        for OpAnswer { counter, outcome } in answers {
            match outcome {
                OpOutcome::Accepted { seq, .. } => {
                    let id = OpId { writer, counter: *counter };
                    if !self.accepted.iter().any(|o| o.seq == *seq && name_of(&o.body) == Some(id)) {
                        return Err(format!("{id} was accepted at {seq} and is not there"));
                    }
                }
                OpOutcome::Refused { .. } => {}
                OpOutcome::Forked | OpOutcome::Missing { .. } => continue,
            }
            match self.answers.get(&(writer, *counter)) {
                Some(before) if before != outcome => {
                    return Err(format!("{writer}/{counter} was answered {before:?}, and now {outcome:?}"));
                }
                Some(_) => {}
                None => {
                    self.answers.insert((writer, *counter), outcome.clone());
                }
            }
        }
        Ok(())
    }

    /// The server goes on from a backup that ends here.
    pub fn restored(&mut self, newest: u64) {
        self.accepted.retain(|o| o.seq <= newest);
        self.answers.clear();
        self.was_restored = true;
    }
}

/// Whose operation it is, or whose it answers.
fn name_of(body: &OperationBody) -> Option<OpId> {
    match body {
        OperationBody::Written(written) => Some(written.id),
        OperationBody::Incident { asked, .. } => *asked,
        _ => None,
    }
}
