//! A passage of a text, named by its own letters: it stays on its words while others write around it, or on trains.

use super::update::Id;
use super::{TextDocument, TextError};
use std::fmt;
use std::str::FromStr;

/// The first and the last UTF-16 unit of a passage. Written `client.clock-client.clock`, as it stands in a record's field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Anchor {
    first: Id,
    last: Id,
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last } = self;
        write!(f, "{}.{}-{}.{}", first.client, first.clock, last.client, last.clock)
    }
}

impl FromStr for Anchor {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let id = |text: &str| {
            let (client, clock) = text.split_once('.')?;
            Some(Id { client: client.parse().ok()?, clock: clock.parse().ok()? })
        };
        let both = text.split_once('-').and_then(|(first, last)| Some((id(first)?, id(last)?)));
        let (first, last) = both.ok_or(TextError::Malformed)?;
        Ok(Self { first, last })
    }
}

impl TextDocument {
    /// The passage from one place to another, which has at least one letter.
    ///
    /// # Errors
    /// [`TextError::OutOfRange`], [`TextError::SplitsCharacter`].
    pub fn anchor(&mut self, start: u32, end: u32) -> Result<Anchor, TextError> {
        if start >= end {
            return Err(TextError::OutOfRange);
        }
        self.units().check(start, end)?;
        let name = |at| self.doc.id_at(at).ok_or(TextError::OutOfRange);
        Ok(Anchor { first: name(start)?, last: name(end - 1)? })
    }

    /// Where the passage stands now, in UTF-16 units; without length when all of it was deleted. What others wrote between
    /// its letters belongs to it. `None`: its letters are not in this text (yet).
    pub fn place(&self, anchor: &Anchor) -> Option<(u32, u32)> {
        let Anchor { first, last } = *anchor;
        // One that goes through the middle of a character was not made here.
        let behind = Id { client: last.client, clock: last.clock.checked_add(1)? };
        if !self.known.has(first)
            || !self.known.has(last)
            || self.known.is_half(first)
            || self.known.is_half(behind)
        {
            return None;
        }
        let (start, end) = (self.doc.start_of(first)?, self.doc.end_of(last)?);
        Some((start, end.max(start)))
    }
}
