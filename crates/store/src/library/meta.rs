//! What a library knows about itself.

use super::ops::Whose;
use super::{Alone, Place};
use crate::StoreError;
use crate::following::{read, write};
use firebell_log::{SCHEMA, Stamp, WriterId};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Two days: a miss of an update that is due once a day is told again after one.
const TOLD_MS: i64 = 2 * 24 * 60 * 60_000;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Meta {
    pub writer: WriterId,
    pub last_counter: u64,
    pub last_stamp: Stamp,
    pub place: Place,
    /// The shapes of changes that the views were made with.
    pub schema: u16,
    /// The shape of the views themselves; 0: there are none yet.
    pub views: u32,
    /// The first operation of the team's log that this version could not read: the log is fetched again from there
    /// by a version that can.
    pub unread_from: Option<u64>,
    #[serde(default)]
    pub alone: Option<Alone>,
    /// As whom this library wrote before it took another name.
    #[serde(default)]
    pub former: Vec<WriterId>,
    /// Up to this counter, everything was written before the era of the log that is followed now began.
    #[serde(default)]
    pub before_era: u64,
    /// Letters that the team once had were refused by its restored server. Others may have deleted them, and say so
    /// again: other letters must not have their names. What was counted after this may, and is not offered as it is. Nor
    /// is what was typed under [`firebell_log::text::interim_client`].
    #[serde(default)]
    pub spent_after: Option<u64>,
    /// Drafts of what the team had, a restored server lost, and came back to it too early: they are offered again when
    /// what they are about is back, too.
    #[serde(default)]
    pub returning: BTreeSet<i64>,
    /// Much was deleted, and may still be in the file.
    #[serde(default)]
    pub shorten: bool,
    /// The table `sight` was ever written to.
    #[serde(default)]
    pub sees_less: bool,
    /// What the person was told on this computer, by its name, and when in milliseconds since 1970: each once.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub told: BTreeMap<String, i64>,
}

impl Meta {
    pub fn new(writer: WriterId) -> Self {
        Self {
            writer,
            last_counter: 0,
            last_stamp: Stamp { ms: 0, tick: 0 },
            place: Place::default(),
            schema: SCHEMA,
            views: 0,
            unread_from: None,
            alone: None,
            former: vec![],
            before_era: 0,
            spent_after: None,
            returning: BTreeSet::new(),
            shorten: false,
            sees_less: false,
            told: BTreeMap::new(),
        }
    }

    pub fn whose(&self, writer: WriterId) -> Whose {
        match writer {
            own if own == self.writer => Whose::Own,
            former if self.former.contains(&former) => Whose::Former,
            _ => Whose::Others,
        }
    }

    /// From now on this writer, which has not written anything yet. Who it was before.
    pub fn become_writer(&mut self, writer: WriterId) -> WriterId {
        let old = std::mem::replace(&mut self.writer, writer);
        self.last_counter = 0;
        self.before_era = 0;
        self.spent_after = None;
        self.former.retain(|former| *former != old && *former != writer);
        self.former.push(old);
        old
    }

    /// What was counted after this one needs another name before it is offered.
    pub fn spend_after(&mut self, counter: u64) {
        self.spent_after = Some(self.spent_after.map_or(counter, |known| known.min(counter)));
    }

    pub fn load(db: &Connection) -> Result<Option<Self>, StoreError> {
        let body: Option<String> = db.query_row("SELECT body FROM meta", [], |r| r.get(0)).optional()?;
        body.map(|b| read("meta", &b)).transpose()
    }

    pub fn save(&self, db: &Connection) -> Result<(), StoreError> {
        db.prepare_cached("INSERT OR REPLACE INTO meta (one, body) VALUES (1, ?1)")?
            .execute([write("meta", self)?])?;
        Ok(())
    }

    /// Remembers what was told, and forgets what is so old that nobody would be told of it again.
    pub fn tell(&mut self, told: &[(String, i64)]) {
        let Some(newest) = told.iter().map(|(_, at)| *at).max() else { return };
        self.told.retain(|_, at| *at > newest - TOLD_MS);
        self.told.extend(told.iter().cloned());
    }

    pub fn see(&mut self, stamp: Stamp) {
        self.last_stamp = self.last_stamp.max(stamp);
    }
}
