//! Texts that are open in an editor: the core owns each, the editor asks.

use super::{Library, LibraryError, Output};
use crate::documents::{OpenDocument, Pushed};
use crate::pager::Moment;
use firebell_domain::refusal::RefusalCode;
use firebell_domain::{DeviceId, PersonId, Refusal};
use firebell_log::text::{client_id, interim_client};
use firebell_log::{Bytes, Change, DocumentId, RecordId, TextDocument, TextError};
use firebell_protocol::library::{Peer, TextOpened, TextUpdate, TextUpdates};
use firebell_protocol::sync::{ClientMessage, Presence};
use firebell_protocol::window::Change as Topic;
use firebell_store::StoreError;
use std::collections::BTreeSet;

/// Keys are written down together, in milliseconds after the first.
const TYPED_FOR_MS: u64 = 300;
/// Texts that are kept open; the one that was not asked about for longest goes first.
const OPEN_MAX: usize = 32;

impl Library {
    /// Opens a text for an editor.
    pub fn text_open(
        &mut self,
        document: &str,
        at: Moment,
    ) -> Result<(TextOpened, Vec<Output>), LibraryError> {
        let id = document_of(document)?;
        self.asked.insert(id.clone(), at.awake_ms);
        let open = self.opened(&id)?;
        let (version, text) = open.open();
        Ok((TextOpened { version, text, peers: open.peers(at.awake_ms) }, vec![]))
    }

    /// Keys of an editor that is at this version; false when the text has gone on in the meantime.
    pub fn text_push(
        &mut self,
        document: &str,
        version: u32,
        updates: &[TextUpdate],
        at: Moment,
    ) -> Result<(bool, Vec<Output>), LibraryError> {
        self.author()?;
        let id = document_of(document)?;
        let accepted = self.opened(&id)?.push(version, updates).map_err(of_text)? == Pushed::Accepted;
        if accepted {
            self.typed_since.get_or_insert(at.awake_ms);
        }
        let topic = Output::Changed(Topic::Document { document: document.to_owned() });
        Ok((accepted, if accepted { vec![topic] } else { vec![] }))
    }

    /// What an editor does not have yet.
    pub fn text_updates(
        &mut self,
        document: &str,
        version: u32,
        at: Moment,
    ) -> Result<(TextUpdates, Vec<Output>), LibraryError> {
        let id = document_of(document)?;
        self.asked.insert(id.clone(), at.awake_ms);
        let open = self.opened(&id)?;
        let peers = open.peers(at.awake_ms);
        let answer = match open.updates_since(version) {
            Some(updates) => TextUpdates { updates, peers, reopen: false },
            None => TextUpdates { updates: vec![], peers, reopen: true },
        };
        Ok((answer, vec![]))
    }

    /// Where the person's cursor is, for those who write in it too. Nobody hears of it offline.
    pub fn text_presence(
        &mut self,
        document: &str,
        selection: Option<(u32, u32)>,
        _at: Moment,
    ) -> Result<((), Vec<Output>), LibraryError> {
        document_of(document)?;
        let presence = Presence { document: document.to_owned(), selection };
        let say = self.link.welcomed.then_some(Output::Send(ClientMessage::Presence(presence)));
        Ok(((), say.into_iter().collect()))
    }

    pub(super) fn on_presence(
        &mut self,
        person: &PersonId,
        name: &str,
        device: &DeviceId,
        presence: &Presence,
        at: Moment,
    ) -> Vec<Output> {
        let Ok(id) = document_of(&presence.document) else { return vec![] };
        let Some(open) = self.documents.get_mut(&id) else { return vec![] };
        let device = device.to_string();
        match presence.selection {
            Some(selection) => {
                let (person, name) = (person.clone(), name.to_owned());
                open.peer_seen(Peer { person, name, device, selection }, at.awake_ms);
            }
            None => open.peer_left(&device),
        }
        vec![Output::Changed(Topic::Document { document: presence.document.clone() })]
    }

    /// Writes down what was typed, whether or not it is old enough.
    pub fn flush(&mut self, at: Moment) -> Result<((), Vec<Output>), LibraryError> {
        Ok(((), self.write_texts(at)?))
    }

    /// What was typed is written down when the first of it is this old.
    pub(super) fn write_old_texts(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        let old = |since: u64| at.awake_ms.saturating_sub(since) >= TYPED_FOR_MS;
        if self.typed_since.is_some_and(old) { self.write_texts(at) } else { Ok(vec![]) }
    }

    /// Something was typed that is not in the log yet.
    pub fn is_typing(&self) -> bool {
        !self.unwritten.is_empty() || self.documents.values().any(OpenDocument::has_pending)
    }

    /// What was typed since the last time becomes one operation for each text; what was typed under an interim name gets
    /// another one as soon as it can.
    pub(super) fn write_texts(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        let mut outputs = self.write_down(at)?;
        if !outputs.is_empty() {
            outputs.extend(self.leave_a_used_name(at)?);
            outputs.extend(self.offer(at)?);
        }
        Ok(outputs)
    }

    pub(super) fn write_down(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        for (id, open) in &mut self.documents {
            while let Some(update) = open.take_pending() {
                self.unwritten.push_back((id.clone(), update));
            }
        }
        let mut outputs = vec![];
        while let Some((document, update)) = self.unwritten.front().cloned() {
            match self.write(vec![Change::Text { document, update: Bytes(update) }], at) {
                Ok((_, more)) => outputs.extend(more),
                // Not saved: it waits for the next time.
                Err(LibraryError::Store(e)) => return Err(e),
                // Signed out while a text was open: there is nobody to write it.
                Err(LibraryError::Refused(refusal)) => tracing::warn!(%refusal, "a text was not written"),
            }
            self.unwritten.pop_front();
        }
        self.typed_since = None;
        Ok(outputs)
    }

    /// What others wrote goes into the texts that are open.
    pub(super) fn take_in_texts(&mut self, updates: Vec<(DocumentId, Vec<u8>)>) -> Vec<Output> {
        let mut touched = BTreeSet::new();
        for (id, update) in updates {
            let Some(open) = self.documents.get_mut(&id) else { continue };
            match open.apply_remote(&update) {
                Ok(_) => {
                    touched.insert(id);
                }
                // The server lets none through that is damaged; the text stays as it was.
                Err(e) => tracing::error!(error = %e, document = %id, "an update of a text was not taken in"),
            }
        }
        touched.into_iter().map(|id| Output::Changed(Topic::Document { document: id.to_string() })).collect()
    }

    /// Texts of which something was taken back are built anew; their editors open them again.
    pub(super) fn reopen_documents(&mut self, reopened: BTreeSet<DocumentId>) -> Vec<Output> {
        let mut outputs = vec![];
        for id in reopened {
            if self.close(&id) {
                outputs.push(Output::Changed(Topic::Document { document: id.to_string() }));
            }
        }
        outputs
    }

    pub(super) fn opened(&mut self, id: &DocumentId) -> Result<&mut OpenDocument, LibraryError> {
        if !self.documents.contains_key(id) {
            if self.documents.len() >= OPEN_MAX {
                self.close_one();
            }
            let (writer, updates) = (self.store.writer(), self.store.document(id)?);
            let own = client_id(writer, id);
            let mut text = text_of(own, id, &updates);
            if text.awaits(own) {
                // A restored server has them, and what they stand on is on its way from it.
                text = text_of(interim_client(writer, id), id, &updates);
            }
            // Later than every version an editor may still hold from an earlier life of this text.
            self.documents.insert(id.clone(), OpenDocument::new(text, self.next_version));
        }
        self.documents.get_mut(id).ok_or_else(|| no_document(&id.to_string()).into())
    }

    /// The one that nobody asked about for longest, of those that wait for nothing.
    fn close_one(&mut self) {
        let idle = self.documents.iter().filter(|(_, open)| !open.has_pending()).map(|(id, _)| id);
        if let Some(id) = idle.min_by_key(|id| self.asked.get(*id)).cloned() {
            self.close(&id);
        }
    }

    fn close(&mut self, id: &DocumentId) -> bool {
        self.asked.remove(id);
        let Some(open) = self.documents.remove(id) else { return false };
        self.next_version = self.next_version.max(open.open().0 + 1);
        true
    }

    /// Every open text is built anew: its letters are counted under another name now, or the log is another one.
    pub(super) fn reopen_all(&mut self) -> Vec<Output> {
        self.reopen_documents(self.documents.keys().cloned().collect())
    }
}

/// A text to be typed into as this client.
fn text_of(client: u64, id: &DocumentId, updates: &[Vec<u8>]) -> TextDocument {
    let mut text = TextDocument::new(client);
    for update in updates {
        if let Err(e) = text.take_in(update) {
            tracing::error!(error = %e, document = %id, "an update of a text was passed over");
        }
    }
    text
}

/// Reads `runbook/<uuid>#body`.
fn document_of(text: &str) -> Result<DocumentId, Refusal> {
    let parts = text.split_once('#').and_then(|(record, section)| {
        let (kind, id) = record.split_once('/')?;
        let id = uuid::Uuid::parse_str(id).ok()?;
        let word = |w: &str| {
            !w.is_empty() && w.len() <= 32 && w.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        };
        (word(kind) && word(section))
            .then(|| DocumentId { record: RecordId { kind: kind.into(), id }, section: section.into() })
    });
    parts.ok_or_else(|| no_document(text))
}

fn no_document(text: &str) -> Refusal {
    Refusal::new(RefusalCode::NotFound, format!("There is no text `{text}`."))
}

pub(super) fn of_text(e: TextError) -> LibraryError {
    Refusal::new(RefusalCode::BadInput, e.to_string()).into()
}
