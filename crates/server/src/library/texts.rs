//! Updates of texts, checked against the document before anybody else gets them.

use super::accept::Not;
use crate::storage::{StorageError, Tx};
use firebell_domain::refusal::{Refusal, RefusalCode};
use firebell_log::text::{TextDocument, TextError, client_id};
use firebell_log::{DocumentId, WriterId};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The documents that one change touches: read once, saved once.
#[derive(Default)]
pub(super) struct Texts(BTreeMap<DocumentId, Open>);

struct Open {
    text: TextDocument,
    /// Accepted in this change.
    updates: u64,
}

impl Texts {
    /// Takes an update in, or says why not; then the document is as it was.
    pub(super) fn admit(
        &mut self,
        tx: &mut Tx,
        writer: WriterId,
        document: DocumentId,
        update: &[u8],
    ) -> Result<(), Not> {
        let client = client_id(writer, &document);
        let open = match self.0.entry(document) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(place) => {
                let text = open(&tx.text_state(place.key())?, place.key())?;
                // Stays open when the update is refused: more of them may follow.
                place.insert(Open { text, updates: 0 })
            }
        };
        let taken = open.text.take_foreign(update, client);
        taken.map_err(|error: TextError| Refusal::new(RefusalCode::BadInput, error.to_string()))?;
        open.updates += 1;
        Ok(())
    }

    pub(super) fn save(self, tx: &mut Tx) -> Result<(), StorageError> {
        for (document, open) in self.0.into_iter().filter(|(_, open)| open.updates > 0) {
            tx.save_text(&document, open.text.state(), open.updates)?;
        }
        Ok(())
    }
}

/// The server edits nothing, so any client will do.
fn open(state: &[u8], document: &DocumentId) -> Result<TextDocument, Refusal> {
    if state.is_empty() {
        return Ok(TextDocument::new(0));
    }
    TextDocument::from_state(0, state).map_err(|error| {
        // The author keeps the words, and everything else goes on.
        tracing::error!(%document, %error, "the server's copy of a text cannot be read; restore it from a backup");
        Refusal::new(
            RefusalCode::NotAllowed,
            "The server cannot read its copy of this text. Keep your change, and ask an admin to look at the server's log.",
        )
    })
}
