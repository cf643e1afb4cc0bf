//! The text as an editor counts it: UTF-16 units, kept beside the `yrs` document.

use super::TextError;
use std::ops::Range;

/// One replacement: at a UTF-16 offset, so many units go and a text comes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextChange {
    pub at: u32,
    pub delete: u32,
    pub insert: String,
}

impl TextChange {
    /// The offset behind what comes, in UTF-16 units.
    pub fn end(&self) -> u32 {
        self.at + self.insert.encode_utf16().count() as u32
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Units {
    units: Vec<u16>,
    /// As UTF-8.
    bytes: usize,
}

impl Units {
    pub fn len(&self) -> u32 {
        self.units.len() as u32
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn text(&self) -> String {
        String::from_utf16_lossy(&self.units)
    }

    fn range(&self, change: &TextChange) -> Result<Range<usize>, TextError> {
        let end = change.at.checked_add(change.delete).filter(|end| *end <= self.len());
        let range = change.at as usize..end.ok_or(TextError::OutOfRange)? as usize;
        let inside = |at: usize| self.units.get(at).is_some_and(|unit| (0xDC00..0xE000).contains(unit));
        if inside(range.start) || inside(range.end) { Err(TextError::SplitsCharacter) } else { Ok(range) }
    }

    /// Makes the change and answers with the one that takes it back.
    ///
    /// # Errors
    /// [`TextError::OutOfRange`], [`TextError::SplitsCharacter`]; then nothing has changed.
    pub fn change(&mut self, change: &TextChange) -> Result<TextChange, TextError> {
        let range = self.range(change)?;
        let gone: Vec<u16> = self.units.splice(range, change.insert.encode_utf16()).collect();
        // Both ends are between characters, so this is text.
        let gone = String::from_utf16_lossy(&gone);
        self.bytes = self.bytes + change.insert.len() - gone.len();
        Ok(TextChange { at: change.at, delete: change.end() - change.at, insert: gone })
    }

    /// Makes the changes one after another, all or none, and answers with those that take them back, in order.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub fn change_all(&mut self, changes: &[TextChange]) -> Result<Vec<TextChange>, TextError> {
        let mut back = vec![];
        let made =
            changes.iter().try_for_each(|change| self.change(change).map(|inverse| back.push(inverse)));
        back.reverse();
        match made {
            Ok(()) => Ok(back),
            Err(error) => {
                self.take_back(&back);
                Err(error)
            }
        }
    }

    pub fn take_back(&mut self, back: &[TextChange]) {
        // What was just made can be taken back.
        back.iter().for_each(|inverse| drop(self.change(inverse)));
    }
}
