//! The team's document, every version of it.

use super::sql::{Db, Value};
use super::{StorageError, Tx};
use firebell_domain::team::Team;
use firebell_log::OperationBody;
use std::sync::Arc;

/// A version of the team. Versions begin at 1.
#[derive(Clone, Debug, PartialEq)]
pub struct TeamRecord {
    pub version: u64,
    pub team: Team,
}

/// What tells a document from every other one: versions are counted anew in a new era.
type Edition = (Option<String>, u64);

/// A team that was read before. Documents grow long, and are read for every change.
pub struct KnownTeam {
    pub edition: Edition,
    pub record: Arc<TeamRecord>,
}

/// Of the newest document; `None` before there is one.
pub fn edition(db: &mut Db) -> Result<Option<Edition>, StorageError> {
    let sql =
        "SELECT (SELECT value FROM meta WHERE key = ?1), version FROM teams ORDER BY version DESC LIMIT 1";
    let row = db.row(sql, &[super::meta::ERA.into()])?;
    row.map(|r| Ok((r.opt_text(0)?.map(str::to_owned), r.u64(1)?))).transpose()
}

pub fn newest(db: &mut Db) -> Result<Option<TeamRecord>, StorageError> {
    let row = db.row("SELECT version, body FROM teams ORDER BY version DESC LIMIT 1", &[])?;
    row.map(|r| Ok(TeamRecord { version: r.u64(0)?, team: r.json(1)? })).transpose()
}

impl Tx<'_> {
    /// Replaces the document. `expected`: the version it was made from, 0 for the first; another one there by
    /// now is a [`StorageError::Conflict`].
    pub fn put_team(&mut self, expected: u64, team: &Team, author: &str) -> Result<u64, StorageError> {
        let present = newest(self.db)?.map_or(0, |t| t.version);
        if present != expected {
            return Err(StorageError::Conflict);
        }
        let version = expected + 1;
        let body = serde_json::to_string(team).map_err(|e| StorageError::damaged(e.to_string()))?;
        let now = self.now();
        self.execute(
            "INSERT INTO teams (version, at, author, body) VALUES (?1, ?2, ?3, ?4)",
            &[version.into(), now.into(), Value::from(author), body.into()],
        )?;
        self.forget_team();
        self.look_at_cadences()?;
        self.record(None, OperationBody::Team { version });
        Ok(version)
    }

    /// Lets every node and desktop look at the team again: who is a member, which devices may connect, whether
    /// paging is held.
    pub fn tell_everybody_again(&mut self) -> Result<(), StorageError> {
        if let Some(team) = newest(self.db)? {
            self.record(None, OperationBody::Team { version: team.version });
        }
        Ok(())
    }
}
