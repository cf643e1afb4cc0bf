//! Text that several people write at once: characters interleave, none is lost.
//!
//! A [`TextDocument`] is a `yrs` text (a CRDT) behind a gate. Every unit of text has a name: the client that typed it
//! and a clock. An update brings new units and the names of deleted ones. It is read strictly and judged against the
//! names that the document has, so `yrs` only ever gets what it can take in at once, and no bytes from outside reach
//! its corners. Offsets are UTF-16 units, as the editor counts; lines end in `\n`.
//!
//! **Invariant.** Documents that were given the same updates, in whatever order and however often, have the same text.

mod known;
mod merge;
#[cfg(test)]
mod tests;
mod units;
mod update;
mod yrs_doc;

pub use merge::merge_updates;
pub use units::TextChange;

use crate::{DocumentId, WriterId};
use known::Known;
use sha2::{Digest, Sha256};
use units::Units;
use update::Update;
use yrs_doc::YrsDoc;

/// The longest text, in bytes of UTF-8.
pub const TEXT_MAX: usize = 4 << 20;
/// The largest update that somebody may send, in bytes.
pub const UPDATE_MAX: usize = 1 << 20;
/// The most runs of characters in it: `yrs` places them one by one.
const RUNS_MAX: usize = 1 << 16;
/// Updates kept one by one before they become one state.
const JOURNAL_MAX: usize = 512;

/// Why a change of a text was not made. The words are for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("This change of the text is damaged, or of a newer version; the text is as it was.")]
    Malformed,
    #[error("This change of the text is larger than 1 MiB: paste it in parts.")]
    TooLarge,
    #[error("The text would be longer than 4 MiB: split it, or shorten it first.")]
    TooLong,
    /// It brings units under the name of somebody else.
    #[error("This change of the text was not written on the computer that sent it.")]
    Foreign,
    /// It brings units under names that are taken.
    #[error("This change of the text gives new letters to places that are written already.")]
    Taken,
    /// It builds on units that are not here.
    #[error("This change of the text builds on another one that is not here.")]
    Missing,
    #[error("This change of the text is outside of it: open the text again.")]
    OutOfRange,
    /// It begins or ends between the two UTF-16 units of one character.
    #[error("This change of the text would cut a character in two.")]
    SplitsCharacter,
}

/// The letters that an update brings, also those that it takes away again; a line for each place where they were typed.
/// For words that have no text to stand in.
///
/// # Errors
/// [`TextError::Malformed`].
pub fn inserted_words(update: &[u8]) -> Result<String, TextError> {
    Ok(Update::decode(update)?.words())
}

/// Under which name a writer types in a document: 53 bits, which JavaScript can count.
pub fn client_id(writer: WriterId, document: &DocumentId) -> u64 {
    let hash = Sha256::digest(format!("{writer}\n{document}").as_bytes());
    hash.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte)) >> 11
}

/// One text on one computer.
pub struct TextDocument {
    client: u64,
    doc: YrsDoc,
    units: Units,
    known: Known,
    /// Updates that came before what they build on.
    waiting: Vec<Update>,
    /// What the document is made of, to make it again if `yrs` ever breaks in the middle of an update.
    journal: Vec<Vec<u8>>,
}

impl TextDocument {
    /// An empty text. `client` is what [`client_id`] says; only a document that is never edited may have any number.
    pub fn new(client: u64) -> Self {
        let client = client & ((1 << 53) - 1);
        let (units, known) = Default::default();
        Self { client, doc: YrsDoc::new(client), units, known, waiting: vec![], journal: vec![] }
    }

    /// The text whose [`Self::state`] this was.
    ///
    /// # Errors
    /// [`TextError::Malformed`]; [`TextError::Missing`] when it is not a whole text.
    pub fn from_state(client: u64, state: &[u8]) -> Result<Self, TextError> {
        let mut document = Self::new(client);
        document.apply(state)?;
        if document.waiting.is_empty() { Ok(document) } else { Err(TextError::Missing) }
    }

    pub fn text(&self) -> String {
        self.units.text()
    }

    pub fn len_utf16(&self) -> u32 {
        self.units.len()
    }

    /// Updates that wait for another one. They are not part of [`Self::state`].
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Makes the person's changes, each on what the one before it left; all or none. Answers with the update that
    /// tells others.
    ///
    /// # Errors
    /// [`TextError::OutOfRange`], [`TextError::SplitsCharacter`], [`TextError::TooLong`].
    pub fn edit(&mut self, changes: &[TextChange]) -> Result<Vec<u8>, TextError> {
        let changes: Vec<TextChange> = changes
            .iter()
            .map(|change| TextChange { insert: line_feeds(&change.insert), ..*change })
            .filter(|change| change.delete > 0 || !change.insert.is_empty())
            .collect();
        if changes.is_empty() {
            return Ok(Update::default().encode());
        }
        let before = self.units.bytes();
        let back = self.units.change_all(&changes)?;
        // A text that is too long already (two people wrote at once) may still be shortened.
        if self.units.bytes() > TEXT_MAX.max(before) {
            self.units.take_back(&back);
            return Err(TextError::TooLong);
        }
        let made = self.doc.edit(&changes).and_then(|bytes| Some((Update::decode(&bytes).ok()?, bytes)));
        let Some((update, bytes)) = made else {
            self.units.take_back(&back);
            return Err(self.remake());
        };
        self.took(&update, bytes.clone());
        Ok(bytes)
    }

    /// Takes in somebody's update, or one's own from another day. What it changes in the text is the answer, each
    /// change on what the one before it left. Nothing changes when the update was known, or when it builds on
    /// another one: then it waits for that one.
    ///
    /// # Errors
    /// [`TextError::Malformed`]; then the text is as it was.
    pub fn apply(&mut self, update: &[u8]) -> Result<Vec<TextChange>, TextError> {
        let update = Update::decode(update)?;
        match self.known.check(&update) {
            Ok(()) => {}
            Err(TextError::Missing) => {
                if !self.waiting.contains(&update) {
                    self.waiting.push(update);
                }
                return Ok(vec![]);
            }
            Err(error) => return Err(error),
        }
        let mut changes = self.integrate(&update)?;
        while let Some(ready) =
            self.waiting.iter().position(|u| self.known.check(u) != Err(TextError::Missing))
        {
            let update = self.waiting.swap_remove(ready);
            // One that turns out to be malformed, now that its neighbours are here, is dropped.
            if self.known.check(&update).is_ok() {
                changes.extend(self.integrate(&update)?);
            }
        }
        Ok(changes)
    }

    fn integrate(&mut self, update: &Update) -> Result<Vec<TextChange>, TextError> {
        let bytes = update.encode();
        let units = &mut self.units;
        // `yrs` says what it did to its text, which is the same as this one.
        let Some(changes) = self.doc.apply(&bytes).filter(|changes| units.change_all(changes).is_ok()) else {
            return Err(self.remake());
        };
        self.took(update, bytes);
        Ok(changes)
    }

    fn took(&mut self, update: &Update, bytes: Vec<u8>) {
        self.known.add(update);
        self.journal.push(bytes);
        if self.journal.len() > JOURNAL_MAX {
            self.journal = vec![self.state()];
        }
    }

    /// After `yrs` broke in the middle of something: the document as it was before that.
    fn remake(&mut self) -> TextError {
        let doc = YrsDoc::new(self.client);
        // What was taken in once is taken in again.
        self.journal.iter().for_each(|bytes| drop(doc.apply(bytes)));
        self.doc = doc;
        TextError::Malformed
    }

    /// Whether an update from somebody else's computer may be taken in, written there under `client`. For the server, and
    /// O(update) but near the size limit. The document is not touched.
    ///
    /// # Errors
    /// [`TextError::TooLarge`], [`TextError::Malformed`], [`TextError::Foreign`], [`TextError::Taken`],
    /// [`TextError::Missing`], [`TextError::TooLong`].
    pub fn check_foreign(&self, update: &[u8], client: u64) -> Result<(), TextError> {
        if update.len() > UPDATE_MAX {
            return Err(TextError::TooLarge);
        }
        let update = Update::decode(update)?;
        if update.runs.keys().any(|id| *id != client) {
            return Err(TextError::Foreign);
        }
        let runs = update.runs.get(&client).map_or(&[][..], Vec::as_slice);
        if runs.len() > RUNS_MAX {
            return Err(TextError::TooLarge);
        }
        // Other letters under a name that others have would be another text for whoever hears of these first.
        if runs.first().is_some_and(|run| run.clock < self.known.next(client)) {
            return Err(TextError::Taken);
        }
        self.known.check(&update)?;
        if self.units.bytes() + update.inserted_bytes() <= TEXT_MAX {
            return Ok(());
        }
        // It may delete as much as it brings.
        let mut scratch = Self::from_state(self.client, &self.state())?;
        scratch.integrate(&update)?;
        let allowed = TEXT_MAX.max(self.units.bytes());
        if scratch.units.bytes() > allowed { Err(TextError::TooLong) } else { Ok(()) }
    }

    /// What a writer that had to take a new name (its store was copied) sends again: an update that it typed as
    /// `from`, made one that it typed as `to`. This document has only what was answered of `from`.
    ///
    /// # Errors
    /// [`TextError::Malformed`]; [`TextError::Taken`] when the document has it already.
    pub fn readdress(&self, update: &[u8], from: u64, to: u64) -> Result<Vec<u8>, TextError> {
        let update = Update::decode(update)?;
        Ok(merge::readdressed(update, from, self.known.next(from), to)?.encode())
    }

    /// The whole text, with the names of what was deleted, as one update.
    pub fn state(&self) -> Vec<u8> {
        self.doc.state()
    }
}

/// The text with one kind of line end.
fn line_feeds(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}
