//! The playbook in the versions of the team's document.
//!
//! It has no table and no numbers of its own: a version of the playbook is the version of the team in which it became so.

use super::sql::Db;
use super::{StorageError, Tx};
use firebell_domain::Instant;
use firebell_domain::playbook::PlaybookChanges;
use serde::Deserialize;

/// Versions of the team that are looked through at once.
const LOOK_AT: u64 = 100;

/// What a team did otherwise than is usual, as of a version.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaybookRecord {
    /// Of the team's document.
    pub version: u64,
    pub at: Instant,
    /// As [`Tx::put_team`] was told.
    pub author: String,
    pub changes: PlaybookChanges,
}

/// Versions in which the playbook became another one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlaybookVersions {
    /// Newest first, each with what held before; the first version of all has nothing before it.
    pub found: Vec<(PlaybookRecord, Option<PlaybookChanges>)>,
    /// Where to look on for older ones; `None`: these are all.
    pub before: Option<u64>,
}

/// Of a team's document, only this.
#[derive(Deserialize)]
struct OnlyPlaybook {
    #[serde(default)]
    playbook: Option<PlaybookChanges>,
}

/// The playbook as of a version of the team.
pub fn as_of(db: &mut Db, version: u64) -> Result<Option<PlaybookRecord>, StorageError> {
    Ok(look(db, version, 1)?.into_iter().find(|record| record.version == version))
}

/// Those before the version `before`, or the newest.
pub fn versions(db: &mut Db, before: Option<u64>) -> Result<PlaybookVersions, StorageError> {
    let until = before.map_or(i64::MAX as u64, |version| version.min(i64::MAX as u64).saturating_sub(1));
    let records = look(db, until, LOOK_AT + 1)?;
    let more = records.len() as u64 > LOOK_AT;
    let mut versions = PlaybookVersions::default();
    for (i, record) in records.iter().take(LOOK_AT as usize).enumerate() {
        let earlier = records.get(i + 1).map(|e| e.changes.clone());
        versions.before = Some(record.version);
        if earlier.as_ref() != Some(&record.changes) {
            versions.found.push((record.clone(), earlier));
        }
    }
    if !more {
        versions.before = None;
    }
    Ok(versions)
}

fn look(db: &mut Db, until: u64, limit: u64) -> Result<Vec<PlaybookRecord>, StorageError> {
    let sql =
        "SELECT version, at, author, body FROM teams WHERE version <= ?1 ORDER BY version DESC LIMIT ?2";
    let rows = db.rows(sql, &[until.into(), limit.into()])?;
    rows.into_iter()
        .map(|row| {
            let team: OnlyPlaybook = row.json(3)?;
            Ok(PlaybookRecord {
                version: row.u64(0)?,
                at: row.instant(1)?,
                author: row.text(2)?.to_owned(),
                changes: team.playbook.unwrap_or_default(),
            })
        })
        .collect()
}

/// What became of a playbook that was to be saved.
#[derive(Clone, Debug, PartialEq)]
pub enum Saved {
    /// It holds, since this version of the team. One that is no other than before makes no version.
    Holds(u64),
    /// It was made from another one than holds now: which is this.
    Stale(PlaybookRecord),
}

impl Tx<'_> {
    /// Makes a version of the team with another playbook. `expected`: a version with the playbook that the new one was made
    /// from; that other things of the team have changed since does not matter.
    pub fn put_playbook(
        &mut self,
        expected: u64,
        changes: PlaybookChanges,
        author: &str,
    ) -> Result<Saved, StorageError> {
        let newest = self.team()?;
        let holds = newest.team.playbook.clone().unwrap_or_default();
        let base = as_of(self.db, expected)?;
        if base.is_none_or(|base| base.changes != holds) {
            // When it became so is what a person wants to know, not which integration was added since.
            let became = versions(self.db, None)?.found.into_iter().next();
            let (record, _) = became.ok_or(StorageError::NoTeam)?;
            return Ok(Saved::Stale(record));
        }
        if changes == holds {
            return Ok(Saved::Holds(newest.version));
        }
        let mut team = newest.team.clone();
        team.playbook = Some(changes).filter(|changes| !changes.is_empty());
        self.put_team(newest.version, &team, author).map(Saved::Holds)
    }
}
