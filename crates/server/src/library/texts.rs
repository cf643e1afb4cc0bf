//! Updates of texts, checked against the document before anybody else gets them.

use super::accept::Not;
use crate::storage::{StorageError, Tx};
use firebell_domain::refusal::{Refusal, RefusalCode};
use firebell_log::text::{TextDocument, TextError, client_id};
use firebell_log::{DocumentId, WriterId};
use std::collections::BTreeMap;

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
        if let Some(open) = self.0.get_mut(&document) {
            take(&mut open.text, update, client)?;
            open.updates += 1;
            return Ok(());
        }
        let mut text = open(&tx.text_state(&document)?, &document)?;
        take(&mut text, update, client)?;
        self.0.insert(document, Open { text, updates: 1 });
        Ok(())
    }

    pub(super) fn save(self, tx: &mut Tx) -> Result<(), StorageError> {
        for (document, open) in self.0 {
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

fn take(text: &mut TextDocument, update: &[u8], client: u64) -> Result<(), Refusal> {
    let checked = text.check_foreign(update, client).and_then(|()| text.apply(update).map(|_changes| ()));
    checked.map_err(|error: TextError| Refusal::new(RefusalCode::BadInput, error.to_string()))
}
