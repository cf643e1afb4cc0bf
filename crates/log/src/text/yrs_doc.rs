//! The `yrs` document, and what to do should it panic.

use super::units::TextChange;
use super::update::{Id, ROOT};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use yrs::block::ClientID;
use yrs::types::Delta;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Assoc, Doc, GetString, ID, IndexedSequence, Observable, OffsetKind, Options, Out, ReadTxn,
    StateVector, StickyIndex, Text, TextRef, Transact, TransactionMut, Update,
};

/// What a transaction changed in the text.
type Seen = Arc<Mutex<Vec<TextChange>>>;

pub(super) struct YrsDoc {
    doc: Doc,
    text: TextRef,
    seen: Seen,
    /// What changes is wanted: `yrs` reads the whole text to say it.
    asked: Arc<AtomicBool>,
}

impl YrsDoc {
    pub fn new(client: u64) -> Self {
        // The document's own id is never written anywhere; without one, `yrs` would roll dice.
        let mut options = Options::with_guid_and_client_id(ROOT.into(), ClientID::new(client));
        options.offset_kind = OffsetKind::Utf16;
        let doc = Doc::with_options(options);
        let text = doc.get_or_insert_text(ROOT);
        let seen = Seen::default();
        let asked = Arc::<AtomicBool>::default();
        let (changed, wanted) = (seen.clone(), asked.clone());
        text.observe("changes", move |txn, event| {
            // Whoever edits here knows what they changed.
            if !wanted.load(Ordering::Relaxed) {
                return;
            }
            *changed.lock().unwrap_or_else(PoisonError::into_inner) = changes(event.delta(txn));
        });
        Self { doc, text, seen, asked }
    }

    /// `None`: it broke, and must not be used any more.
    pub fn transact<T>(&self, work: impl FnOnce(&mut TransactionMut) -> Option<T>) -> Option<T> {
        // A transaction commits when it is dropped. After a panic that could panic again, during the first one's
        // unwinding, and end the program: then it is left as it is, with its memory.
        let mut transaction = ManuallyDrop::new(self.doc.transact_mut());
        let done = catch_unwind(AssertUnwindSafe(|| {
            let done = work(&mut transaction)?;
            transaction.commit();
            Some(done)
        }));
        let done = done.ok().flatten()?;
        drop(ManuallyDrop::into_inner(transaction));
        Some(done)
    }

    /// Answers with the update. `None`: as [`Self::transact`].
    pub fn edit(&self, changes: &[TextChange]) -> Option<Vec<u8>> {
        self.transact(|txn| {
            for change in changes {
                if change.delete > 0 {
                    self.text.remove_range(txn, change.at, change.delete);
                }
                self.text.insert(txn, change.at, &change.insert);
            }
            Some(txn.encode_update_v1())
        })
    }

    /// Answers with what changed. `None`: as [`Self::transact`].
    pub fn apply(&self, update: &[u8]) -> Option<Vec<TextChange>> {
        self.seen().clear();
        self.asked.store(true, Ordering::Relaxed);
        let done = self.take_in(update);
        self.asked.store(false, Ordering::Relaxed);
        done?;
        Some(std::mem::take(&mut *self.seen()))
    }

    /// The same without the answer, which takes as long as the text is. `None`: as [`Self::transact`].
    pub fn take_in(&self, update: &[u8]) -> Option<()> {
        self.transact(|txn| txn.apply_update(Update::decode_v1(update).ok()?).ok())
    }

    pub fn state(&self) -> Vec<u8> {
        self.doc.transact().encode_diff_v1(&StateVector::default())
    }

    /// The name of the unit at this place.
    pub fn id_at(&self, at: u32) -> Option<Id> {
        let index = self.text.sticky_index(&self.doc.transact(), at, Assoc::After)?;
        index.id().map(|id| Id { client: id.client.get(), clock: id.clock })
    }

    /// The place of a unit that the document has; of one that is gone, where it was.
    pub fn start_of(&self, id: Id) -> Option<u32> {
        self.offset(id, Assoc::After)
    }

    /// The place behind it; of one that is gone, where it was.
    pub fn end_of(&self, id: Id) -> Option<u32> {
        self.offset(id, Assoc::Before)
    }

    fn offset(&self, id: Id, side: Assoc) -> Option<u32> {
        let index = StickyIndex::from_id(ID::new(ClientID::new(id.client), id.clock), side);
        index.get_offset(&self.doc.transact()).map(|offset| offset.index)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Vec<TextChange>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn text(&self) -> String {
        self.text.get_string(&self.doc.transact())
    }
}

/// From what is kept, deleted and inserted along the text to one change after another.
fn changes(delta: &[Delta]) -> Vec<TextChange> {
    let mut changes: Vec<TextChange> = vec![];
    let mut at = 0;
    let mut fresh = true;
    for part in delta {
        if let Delta::Retain(len, _) = part {
            at += len;
            fresh = true;
            continue;
        }
        if fresh {
            changes.push(TextChange { at, ..TextChange::default() });
            fresh = false;
        }
        let Some(change) = changes.last_mut() else { continue };
        match part {
            Delta::Deleted(len) => change.delete += len,
            Delta::Inserted(Out::Any(Any::String(text)), _) => {
                change.insert.push_str(text);
                at += text.encode_utf16().count() as u32;
            }
            // Nothing else is let into the document.
            _ => {}
        }
    }
    changes
}
