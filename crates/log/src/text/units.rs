//! The text as an editor counts it: UTF-16 units, kept beside the `yrs` document.

use super::TextError;
use std::ops::Range;

/// From so many changes on, they are made in one go.
const MANY: usize = 16;

/// One replacement: at a UTF-16 offset, so many units go and a text comes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextChange {
    pub at: u32,
    pub delete: u32,
    pub insert: String,
}

impl TextChange {
    /// The same with one kind of line end.
    pub(super) fn with_line_feeds(&self) -> Self {
        Self { insert: self.insert.replace("\r\n", "\n").replace('\r', "\n"), ..*self }
    }

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
    pub fn of(text: &str) -> Self {
        Self { units: text.encode_utf16().collect(), bytes: text.len() }
    }

    pub fn len(&self) -> u32 {
        self.units.len() as u32
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn text(&self) -> String {
        String::from_utf16_lossy(&self.units)
    }

    /// Both are places of this text, between characters.
    ///
    /// # Errors
    /// [`TextError::OutOfRange`], [`TextError::SplitsCharacter`].
    pub fn check(&self, start: u32, end: u32) -> Result<(), TextError> {
        let delete = end.checked_sub(start).ok_or(TextError::OutOfRange)?;
        self.range(&TextChange { at: start, delete, ..TextChange::default() }).map(|_range| ())
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
        let is_forward = changes.windows(2).all(|two| matches!(two, [one, next] if one.end() <= next.at));
        if changes.len() >= MANY && is_forward {
            return self.change_forward(changes);
        }
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

    /// The same for changes along the text, in one go: one by one, each would move all that follows it.
    fn change_forward(&mut self, changes: &[TextChange]) -> Result<Vec<TextChange>, TextError> {
        let mut made = Self { units: Vec::with_capacity(self.units.len()), bytes: self.bytes };
        let mut back = vec![];
        let mut rest = self.units.as_slice();
        let is_second = |unit: Option<&u16>| unit.is_some_and(|unit| (0xDC00..0xE000).contains(unit));
        for change in changes {
            // What is made already ends where the change before ended, which is not after this one.
            let kept = change.at as usize - made.units.len();
            let (kept, from) = rest.split_at_checked(kept).ok_or(TextError::OutOfRange)?;
            let (gone, left) = from.split_at_checked(change.delete as usize).ok_or(TextError::OutOfRange)?;
            made.units.extend_from_slice(kept);
            if is_second(from.first()) || is_second(left.first()) {
                return Err(TextError::SplitsCharacter);
            }
            made.units.extend(change.insert.encode_utf16());
            let gone = String::from_utf16_lossy(gone);
            made.bytes = made.bytes + change.insert.len() - gone.len();
            back.push(TextChange { at: change.at, delete: change.end() - change.at, insert: gone });
            rest = left;
        }
        made.units.extend_from_slice(rest);
        *self = made;
        back.reverse();
        Ok(back)
    }

    pub fn take_back(&mut self, back: &[TextChange]) {
        // What was just made can be taken back.
        back.iter().for_each(|inverse| drop(self.change(inverse)));
    }
}
