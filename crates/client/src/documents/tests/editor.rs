//! An editor with `@codemirror/collab` and a history.

use super::model::{Set, units};
use crate::documents::{OpenDocument, Pushed};
use firebell_protocol::library::TextUpdate;

pub struct Editor {
    pub name: String,
    pub doc: Vec<u16>,
    version: u32,
    unconfirmed: Vec<Set>,
    /// What takes back one's own edits, the newest last.
    undo: Vec<Set>,
}

impl Editor {
    pub fn open(name: String, core: &OpenDocument) -> Self {
        let (version, text) = core.open();
        Self { name, doc: units(&text), version, unconfirmed: vec![], undo: vec![] }
    }

    pub fn type_in(&mut self, set: Set) {
        self.undo.push(set.invert(&self.doc));
        self.change(set);
    }

    fn change(&mut self, set: Set) {
        self.doc = set.apply(&self.doc);
        self.unconfirmed.push(set);
    }

    /// Takes back one's last edit and answers with what that deleted.
    pub fn undo(&mut self) -> Vec<u16> {
        let Some(set) = self.undo.pop() else { return vec![] };
        let deleted = set.deleted(&self.doc);
        self.change(set);
        deleted
    }

    pub fn push(&self, core: &mut OpenDocument) -> Pushed {
        let update = |set: &Set| TextUpdate { client: self.name.clone(), changes: set.json() };
        let updates: Vec<_> = self.unconfirmed.iter().map(update).collect();
        core.push(self.version, &updates).unwrap()
    }

    /// `receiveUpdates`.
    pub fn pull(&mut self, core: &OpenDocument) {
        let updates = core.updates_since(self.version).unwrap();
        self.version += updates.len() as u32;
        let mut changes: Option<Set> = None;
        let mut own = 0;
        for update in updates {
            match self.unconfirmed.get(own) {
                Some(ours) if update.client == self.name => {
                    changes = changes.map(|changes| changes.map(ours, true));
                    own += 1;
                }
                _ => {
                    let set = Set::parse(&update.changes);
                    changes = Some(changes.map_or(set.clone(), |changes| changes.compose(&set)));
                }
            }
        }
        self.unconfirmed.drain(..own);
        let Some(mut changes) = changes else { return };
        for ours in &mut self.unconfirmed {
            let moved = ours.map(&changes, false);
            changes = changes.map(ours, true);
            *ours = moved;
        }
        self.doc = changes.apply(&self.doc);
        for inverse in self.undo.iter_mut().rev() {
            let moved = inverse.map(&changes, false);
            changes = changes.map(inverse, true);
            *inverse = moved;
        }
    }
}
