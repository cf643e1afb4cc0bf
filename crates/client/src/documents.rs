//! A text that is open in a window: the authority that its editors (`@codemirror/collab`) follow.
//!
//! Every change of the text, typed here or heard from the log, is a change set at the next version. An editor pushes
//! what was typed at the version it has seen; when there is a newer one, it first pulls that and moves its own changes
//! over it. So all editors of this computer go through the same versions, and what goes to the log is made from the
//! text's own names for its characters, never from offsets.
//!
//! **Invariant.** The change sets from a version on, made one after another on the text of that version, give the
//! text of the document.

mod change_set;
mod peers;
#[cfg(test)]
mod tests;

use change_set::ChangeSet;
use firebell_log::text::{Anchor, UPDATE_MAX, merge_updates};
use firebell_log::{TextChange, TextDocument, TextError};
use firebell_protocol::library::{Peer, TextUpdate};
use peers::Peers;
use std::collections::VecDeque;

/// The client of change sets that come from the log and not from an editor.
pub const FROM_LOG: &str = "log";
/// Change sets kept for editors that are behind.
const HISTORY_MAX: usize = 2_000;

/// Bytes that can be inserted at once, so that the update fits what a server takes.
const PASTE_MAX: usize = UPDATE_MAX - 64 * 1_024;
/// Places that are written at once, together more than that: each is an update of its own then.
const PASTE_PLACES: usize = 64;

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It is part of the text, and of [`OpenDocument::take_pending`].
    Accepted,
    /// There are newer versions, perhaps with this very push in them: pull first.
    Behind,
}

/// One open text.
pub struct OpenDocument {
    text: TextDocument,
    version: u32,
    /// The change sets that led to `version`, the newest last.
    history: VecDeque<TextUpdate>,
    /// Updates of what was typed here since the last [`Self::take_pending`].
    pending: Vec<Vec<u8>>,
    peers: Peers,
}

impl OpenDocument {
    /// `version`: where to count from. A text that is opened again must not count from a version that an editor may
    /// still hold from last time: it would take the editor's offsets for its own.
    pub fn new(text: TextDocument, version: u32) -> Self {
        Self { text, version, history: VecDeque::new(), pending: vec![], peers: Peers::default() }
    }

    /// The version and its text, for an editor that starts.
    pub fn open(&self) -> (u32, String) {
        (self.version, self.text.text())
    }

    /// The document, to keep its state.
    pub fn document(&self) -> &TextDocument {
        &self.text
    }

    /// A passage by its letters, as they are at the version of [`Self::open`].
    ///
    /// # Errors
    /// [`TextError::OutOfRange`], [`TextError::SplitsCharacter`].
    pub fn anchor(&mut self, from: u32, to: u32) -> Result<Anchor, TextError> {
        self.text.anchor(from, to)
    }

    /// Takes what was typed in an editor that has seen `version`; all of it or nothing.
    ///
    /// # Errors
    /// [`TextError::Malformed`] when it is no change set, [`TextError::OutOfRange`] when it is one of another text,
    /// [`TextError::SplitsCharacter`], [`TextError::TooLong`]. The editor has to open the text again.
    pub fn push(&mut self, version: u32, updates: &[TextUpdate]) -> Result<Pushed, TextError> {
        if version != self.version {
            return Ok(Pushed::Behind);
        }
        let mut len = self.text.len_utf16();
        let mut changes = vec![];
        for update in updates {
            let set = ChangeSet::parse(&update.changes)?;
            len = set.len_after(len)?;
            changes.extend(set.changes());
        }
        self.edit(&changes)?;
        self.changed(&changes, updates.to_vec());
        Ok(Pushed::Accepted)
    }

    /// Changes the text without an editor: every editor hears of it as of somebody else's keys.
    ///
    /// # Errors
    /// Those of [`Self::push`]; then the text is as it was.
    pub fn write(&mut self, changes: &[TextChange]) -> Result<(), TextError> {
        let len = self.text.len_utf16();
        self.edit(changes)?;
        if changes.is_empty() {
            return Ok(());
        }
        let sets = ChangeSet::from_changes(len, changes);
        let heard = sets.iter().map(|set| TextUpdate { client: FROM_LOG.into(), changes: set.json() });
        self.changed(changes, heard.collect());
        Ok(())
    }

    /// All of it or nothing. A paste that no update has room for goes to the log in several.
    fn edit(&mut self, changes: &[TextChange]) -> Result<(), TextError> {
        let inserted = changes.iter().map(|c| c.insert.len()).sum::<usize>();
        if changes.is_empty() {
            return Ok(());
        }
        if inserted <= PASTE_MAX {
            self.pending.push(self.text.edit(changes)?);
            return Ok(());
        }
        if changes.len() > PASTE_PLACES {
            return Err(TextError::TooLarge);
        }
        self.text.would_take(changes)?;
        for part in changes.iter().flat_map(parts_of) {
            let update = self.text.edit(&[part])?;
            self.pending.push(update);
        }
        Ok(())
    }

    /// Takes an update from the log: somebody else's, or one's own coming back. True when the text is another.
    ///
    /// # Errors
    /// [`TextError::Malformed`]; then the text is as it was.
    pub fn apply_remote(&mut self, update: &[u8]) -> Result<bool, TextError> {
        let len = self.text.len_utf16();
        let changes = self.text.apply(update)?;
        let sets = ChangeSet::from_changes(len, &changes);
        let heard = sets.iter().map(|set| TextUpdate { client: FROM_LOG.into(), changes: set.json() });
        self.changed(&changes, heard.collect());
        Ok(!changes.is_empty())
    }

    fn changed(&mut self, changes: &[TextChange], updates: Vec<TextUpdate>) {
        self.peers.moved(changes);
        self.version += updates.len() as u32;
        self.history.extend(updates);
        let too_many = self.history.len().saturating_sub(HISTORY_MAX);
        self.history.drain(..too_many);
    }

    /// The change sets after a version. `None`: it is too old, or of another life of this text; the editor has to
    /// open it again.
    pub fn updates_since(&self, version: u32) -> Option<Vec<TextUpdate>> {
        let behind = self.version.checked_sub(version)? as usize;
        let from = self.history.len().checked_sub(behind)?;
        Some(self.history.iter().skip(from).cloned().collect())
    }

    /// What was typed here since the last time, as one update for the log; `None` without any. Asked again until there is
    /// none: a paste that is too large to travel with the rest comes by itself.
    pub fn take_pending(&mut self) -> Option<Vec<u8>> {
        if self.pending.len() < 2 {
            return self.pending.pop();
        }
        // Updates of one writer, one after another, have no gaps.
        match merge_updates(&self.pending) {
            Ok(merged) if merged.len() <= UPDATE_MAX => {
                self.pending.clear();
                Some(merged)
            }
            _ => Some(self.pending.remove(0)),
        }
    }

    /// Something was typed since the last [`Self::take_pending`].
    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Somebody else's cursor is here now; times are milliseconds awake ([`crate::pager::Moment::awake_ms`]).
    pub fn peer_seen(&mut self, peer: Peer, awake_ms: u64) {
        self.peers.seen(peer, self.text.len_utf16(), awake_ms);
    }

    /// The device has left the text.
    pub fn peer_left(&mut self, device: &str) {
        self.peers.left(device);
    }

    /// Who else writes here, by device; whoever was not heard of for 60 s does not.
    pub fn peers(&mut self, awake_ms: u64) -> Vec<Peer> {
        self.peers.now(awake_ms)
    }
}

/// The same change as several, one behind the other, none of which is too large to travel; none of them cuts a character.
fn parts_of(change: &TextChange) -> Vec<TextChange> {
    let text = change.insert.replace("\r\n", "\n").replace('\r', "\n");
    let (mut at, mut delete, mut rest) = (change.at, change.delete, text.as_str());
    let mut parts = vec![];
    loop {
        let (insert, behind) = rest.split_at(rest.floor_char_boundary(PASTE_MAX));
        let part = TextChange { at, delete, insert: insert.to_owned() };
        (at, delete, rest) = (part.end(), 0, behind);
        parts.push(part);
        if rest.is_empty() {
            return parts;
        }
    }
}
