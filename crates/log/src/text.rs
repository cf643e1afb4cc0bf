//! Text that several people write at once: characters interleave, none is lost.
//!
//! A [`TextDocument`] is a `yrs` text (a CRDT) behind a gate. Every unit of text has a name: the client that typed it
//! and a clock. An update brings new units and the names of deleted ones. It is read strictly and judged against the
//! names that the document has, so `yrs` only ever gets what it can take in at once, and no bytes from outside reach
//! its corners. Offsets are UTF-16 units, as the editor counts; lines end in `\n`.
//!
//! **Invariant.** Documents that were given the same updates, in whatever order and however often, have the same text.

mod anchor;
mod known;
mod merge;
#[cfg(test)]
mod tests;
mod units;
mod update;
mod yrs_doc;

pub use anchor::Anchor;
pub use merge::{Readdressing, merge_updates};
pub use units::TextChange;

use crate::{DocumentId, WriterId};
use known::Known;
use sha2::{Digest, Sha256};
use units::Units;
use update::{Run, Update};
use yrs_doc::YrsDoc;

/// The longest text, in bytes of UTF-8.
pub const TEXT_MAX: usize = 4 << 20;
/// The largest update that somebody may send, in bytes.
pub const UPDATE_MAX: usize = 1 << 20;
/// The most places of a text that one edit may write in: a word that is replaced everywhere. The server takes twice as
/// many, for edits that were sent together.
const PLACES_MAX: usize = 4_096;
/// The most pieces that one edit may delete.
const RANGES_MAX: usize = 16_384;
/// Runs of an update that may stand between what are no neighbours (see [`Update::far`]).
const FAR_MAX: usize = 64;
/// So few places are always taken, however many pieces the text has.
const PLACES_FREE: usize = 64;
/// The most comparisons (`yrs` makes one of each new run with each piece in between, at worst) of one edit.
const COMPARED_MAX: usize = 1 << 22;
/// Updates kept one by one before they become one state.
const JOURNAL_MAX: usize = 512;
/// Or, when the state is long, one update for so many bytes of it.
const JOURNAL_SHARE: usize = 64;

/// Why a change of a text was not made. The words are for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("This change of the text is damaged, or of a newer version; the text is as it was.")]
    Malformed,
    #[error("This change of the text is larger than 1 MiB: paste it in parts.")]
    TooLarge,
    /// It is of very many small pieces, or of pieces that nobody types so.
    #[error("This change writes in too many places of the text at once: make it in parts.")]
    Scattered,
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
    client_of(&format!("{writer}\n{document}"))
}

/// Under which name a writer types while letters of the name in [`client_id`] are on their way into the document: those
/// are not counted yet, and the next ones would get their names. No server takes this one: what was typed so is
/// readdressed before it is sent.
pub fn interim_client(writer: WriterId, document: &DocumentId) -> u64 {
    client_of(&format!("{writer}\n{document}\ninterim"))
}

fn client_of(text: &str) -> u64 {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte)) >> 11
}

/// Whether an update brings letters of this client.
pub fn is_typed_by(update: &[u8], client: u64) -> bool {
    Update::decode(update).is_ok_and(|update| update.runs.contains_key(&client))
}

/// One text on one computer.
pub struct TextDocument {
    client: u64,
    doc: YrsDoc,
    /// `None`: something was taken in since anybody looked.
    units: Option<Units>,
    /// No more bytes of UTF-8 than these are in the text.
    most: usize,
    known: Known,
    /// Updates that came before what they build on.
    waiting: Vec<Update>,
    /// What the document is made of, to make it again if `yrs` ever breaks in the middle of an update.
    journal: Vec<Vec<u8>>,
    /// When it becomes longer, it becomes one state.
    journal_max: usize,
}

impl TextDocument {
    /// An empty text. `client` is what [`client_id`] says; only a document that is never edited may have any number.
    pub fn new(client: u64) -> Self {
        let client = client & ((1 << 53) - 1);
        let (doc, known) = (YrsDoc::new(client), Known::default());
        let (waiting, journal, journal_max) = (vec![], vec![], JOURNAL_MAX);
        Self { client, doc, units: Some(Units::default()), most: 0, known, waiting, journal, journal_max }
    }

    /// The text whose [`Self::state`] this was.
    ///
    /// # Errors
    /// [`TextError::Malformed`]; [`TextError::Missing`] when it is not a whole text.
    pub fn from_state(client: u64, state: &[u8]) -> Result<Self, TextError> {
        let mut document = Self::new(client);
        document.take_in(state)?;
        if document.waiting.is_empty() { Ok(document) } else { Err(TextError::Missing) }
    }

    pub fn text(&self) -> String {
        self.units.as_ref().map_or_else(|| self.doc.text(), Units::text)
    }

    pub fn len_utf16(&self) -> u32 {
        self.units.as_ref().map_or_else(|| Units::of(&self.doc.text()).len(), Units::len)
    }

    /// Counted anew when something was taken in.
    fn units(&mut self) -> &mut Units {
        self.units.get_or_insert_with(|| Units::of(&self.doc.text()))
    }

    /// Updates that wait for another one. They are not part of [`Self::state`].
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Letters of this client wait for others that are not here: the document does not count them yet.
    pub fn awaits(&self, client: u64) -> bool {
        self.next_with_waiting(client) > self.known.next(client)
    }

    /// The clock after the client's last unit, here or on its way.
    fn next_with_waiting(&self, client: u64) -> u32 {
        let ends = self.waiting.iter().filter_map(|update| update.runs.get(&client)?.last().map(Run::end));
        ends.fold(self.known.next(client), u32::max)
    }

    /// Whether these changes, each on what the one before it left, can stand in the text: for those that are made in parts.
    ///
    /// # Errors
    /// [`TextError::OutOfRange`], [`TextError::SplitsCharacter`], [`TextError::TooLong`].
    pub fn would_take(&mut self, changes: &[TextChange]) -> Result<(), TextError> {
        let changes: Vec<TextChange> = changes.iter().map(TextChange::with_line_feeds).collect();
        let before = self.units().bytes();
        let back = self.units().change_all(&changes)?;
        let is_too_long = self.units().bytes() > TEXT_MAX.max(before);
        self.units().take_back(&back);
        if is_too_long { Err(TextError::TooLong) } else { Ok(()) }
    }

    /// Makes the person's changes, each on what the one before it left; all or none. Answers with the update that
    /// tells others.
    ///
    /// # Errors
    /// [`TextError::OutOfRange`], [`TextError::SplitsCharacter`], [`TextError::TooLong`], [`TextError::Scattered`].
    pub fn edit(&mut self, changes: &[TextChange]) -> Result<Vec<u8>, TextError> {
        let changes: Vec<TextChange> = changes
            .iter()
            .map(TextChange::with_line_feeds)
            .filter(|change| change.delete > 0 || !change.insert.is_empty())
            .collect();
        if changes.is_empty() {
            return Ok(Update::default().encode());
        }
        if changes.len() > RANGES_MAX {
            return Err(TextError::Scattered);
        }
        let before = self.units().bytes();
        let pieces = if changes.len() > PLACES_FREE { self.pieces()? } else { 0 };
        let back = self.units().change_all(&changes)?;
        // A text that is too long already (two people wrote at once) may still be shortened.
        if self.units().bytes() > TEXT_MAX.max(before) {
            self.units().take_back(&back);
            return Err(TextError::TooLong);
        }
        let made = self.doc.edit(&changes).and_then(|bytes| Some((Update::decode(&bytes).ok()?, bytes)));
        let Some((update, bytes)) = made else {
            self.units().take_back(&back);
            return Err(self.remake());
        };
        if is_scattered(&update, pieces, 1) {
            self.units().take_back(&back);
            self.remake();
            return Err(TextError::Scattered);
        }
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
        let mut changes = vec![];
        self.take(update, |document, update| {
            changes.extend(document.integrate(update, usize::MAX)?);
            Ok(())
        })?;
        Ok(changes)
    }

    /// As [`Self::apply`]; what the update changed itself, and what those did after it that had waited for it.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn apply_apart(&mut self, update: &[u8]) -> Result<(Vec<TextChange>, Vec<TextChange>), TextError> {
        let itself = Update::decode(update)?;
        let (mut own, mut of_waiting) = (vec![], vec![]);
        self.take(update, |document, update| {
            let made = document.integrate(update, usize::MAX)?;
            if *update == itself {
                own = made
            } else {
                of_waiting.extend(made)
            }
            Ok(())
        })?;
        Ok((own, of_waiting))
    }

    /// As [`Self::apply`], for a text that nobody looks at meanwhile: what changes in it is not worked out, for which `yrs`
    /// reads the whole text each time.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn take_in(&mut self, update: &[u8]) -> Result<(), TextError> {
        self.take(update, Self::integrate_unseen)
    }

    fn take(
        &mut self,
        update: &[u8],
        mut integrate: impl FnMut(&mut Self, &Update) -> Result<(), TextError>,
    ) -> Result<(), TextError> {
        let update = Update::decode(update)?;
        match self.known.check(&update) {
            Ok(()) => {}
            Err(TextError::Missing) => {
                if !self.waiting.contains(&update) {
                    self.waiting.push(update);
                }
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        integrate(self, &update)?;
        while let Some(ready) =
            self.waiting.iter().position(|u| self.known.check(u) != Err(TextError::Missing))
        {
            let update = self.waiting.swap_remove(ready);
            // One that turns out to be malformed, now that its neighbours are here, is dropped.
            if self.known.check(&update).is_ok() {
                integrate(self, &update)?;
            }
        }
        Ok(())
    }

    fn integrate_unseen(&mut self, update: &Update) -> Result<(), TextError> {
        let bytes = update.encode();
        if self.doc.take_in(&bytes).is_none() {
            return Err(self.remake());
        }
        let before = self.units.take().map_or(self.most, |units| units.bytes());
        self.most = before + update.inserted_bytes();
        self.took(update, bytes);
        Ok(())
    }

    /// `longest`: more bytes than these the text must not have afterwards.
    fn integrate(&mut self, update: &Update, longest: usize) -> Result<Vec<TextChange>, TextError> {
        let bytes = update.encode();
        let before = (longest < usize::MAX).then(|| self.units().clone());
        // `yrs` says what it did to its text, which is the same as this one.
        self.units();
        let made = self.doc.apply(&bytes).filter(|changes| self.units().change_all(changes).is_ok());
        let Some(changes) = made else {
            return Err(self.remake());
        };
        if let Some(before) = before.filter(|_| self.units().bytes() > longest) {
            self.units = Some(before);
            self.remake();
            return Err(TextError::TooLong);
        }
        self.took(update, bytes);
        Ok(changes)
    }

    fn took(&mut self, update: &Update, bytes: Vec<u8>) {
        self.known.add(update);
        self.journal.push(bytes);
        if self.journal.len() > self.journal_max {
            let state = self.state();
            // Reading a long text takes a while: not more often than it has grown.
            self.journal_max = JOURNAL_MAX.max(state.len() / JOURNAL_SHARE);
            self.journal = vec![state];
        }
    }

    /// After `yrs` broke in the middle of something: the document as it was before that.
    fn remake(&mut self) -> TextError {
        let doc = YrsDoc::new(self.client);
        // What was taken in once is taken in again.
        for bytes in &self.journal {
            let _broken = doc.take_in(bytes);
        }
        self.doc = doc;
        TextError::Malformed
    }

    /// Whether [`Self::take_foreign`] would take it. The document is not touched; near the size limit it is copied.
    ///
    /// # Errors
    /// As [`Self::take_foreign`].
    pub fn check_foreign(&self, update: &[u8], client: u64) -> Result<(), TextError> {
        let (update, longest) = self.judge(update, client)?;
        if longest == usize::MAX {
            return Ok(());
        }
        let mut copy = Self::from_state(self.client, &self.state())?;
        copy.integrate(&update, longest).map(|_changes| ())
    }

    /// Takes in an update from somebody else's computer, written there under `client`, if it may be. For the server,
    /// and O(update) but for one that is too long and one in many places.
    ///
    /// What it refuses never comes into the log, so [`Self::apply`], which reads the log, does not ask again: it has to
    /// take in all that others took in, and what was merged of it.
    ///
    /// # Errors
    /// [`TextError::TooLarge`], [`TextError::Malformed`], [`TextError::Foreign`], [`TextError::Scattered`],
    /// [`TextError::Taken`], [`TextError::Missing`], [`TextError::TooLong`]; then the text is as it was.
    pub fn take_foreign(&mut self, update: &[u8], client: u64) -> Result<(), TextError> {
        let (update, longest) = self.judge(update, client)?;
        if longest == usize::MAX {
            return self.integrate_unseen(&update);
        }
        self.integrate(&update, longest).map(|_changes| ())
    }

    /// The update, and how long the text may be with it when that has to be looked at.
    fn judge(&self, update: &[u8], client: u64) -> Result<(Update, usize), TextError> {
        if update.len() > UPDATE_MAX {
            return Err(TextError::TooLarge);
        }
        let update = Update::decode(update)?;
        if update.runs.keys().any(|id| *id != client) {
            return Err(TextError::Foreign);
        }
        let runs = update.runs.get(&client).map_or(&[][..], Vec::as_slice);
        let pieces = if (PLACES_FREE..=2 * PLACES_MAX).contains(&runs.len()) { self.pieces()? } else { 0 };
        if is_scattered(&update, pieces, 2) || update.far() > FAR_MAX {
            return Err(TextError::Scattered);
        }
        // Other letters under a name that others have would be another text for whoever hears of these first.
        if runs.first().is_some_and(|run| run.clock < self.known.next(client)) {
            return Err(TextError::Taken);
        }
        self.known.check(&update)?;
        let comes = update.inserted_bytes();
        if self.units.is_none() && self.most + comes <= TEXT_MAX {
            return Ok((update, usize::MAX));
        }
        let bytes = self.units.as_ref().map_or_else(|| self.doc.text().len(), Units::bytes);
        // It may delete as much as it brings.
        let longest = if bytes + comes <= TEXT_MAX { usize::MAX } else { TEXT_MAX.max(bytes) };
        Ok((update, longest))
    }

    /// Of how many pieces the text is, those that are gone too. O(document).
    fn pieces(&self) -> Result<usize, TextError> {
        Ok(Update::decode(&self.state())?.places())
    }

    /// What a writer that had to take a new name (its store was copied) sends again: an update that it typed as
    /// `from`, under the new name. This document has only what was answered of `from`. `names` is the same for
    /// everything that is sent again in this document, in the order in which it was typed; all of it was announced.
    ///
    /// # Errors
    /// [`TextError::Malformed`]; [`TextError::Taken`] when the document has it already.
    pub fn readdress(
        &self,
        update: &[u8],
        from: u64,
        names: &mut Readdressing,
    ) -> Result<Vec<u8>, TextError> {
        let update = Update::decode(update)?;
        // The team has those that wait here, too.
        Ok(merge::readdressed(update, from, self.next_with_waiting(from), names)?.encode())
    }

    /// The whole text, with the names of what was deleted, as one update.
    pub fn state(&self) -> Vec<u8> {
        self.doc.state()
    }
}

/// Whether an update is `times` as much as one edit may be, in a text of so many pieces.
fn is_scattered(update: &Update, pieces: usize, times: usize) -> bool {
    let places = update.places();
    places > times * PLACES_MAX
        || update.ranges() > times * RANGES_MAX
        || places > PLACES_FREE && places * pieces > times * COMPARED_MAX
}
