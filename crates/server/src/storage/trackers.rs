//! Where tickets are kept: at most one of each kind.

use super::sql::{Db, Row, Value};
use super::{StorageError, Tx};
use firebell_domain::Instant;
use firebell_domain::postmortem::{Tracker, TrackerSetup};
use serde::{Deserialize, Serialize};

/// One tracker, with the secret that opens it: never logged, never told to anybody.
#[derive(Clone, PartialEq, Eq)]
pub struct TrackerRow {
    pub setup: TrackerSetup,
    pub token: String,
    /// What was set up anew meanwhile is another one.
    pub saved_at: Instant,
    pub seen: Seen,
    pub last_heard: Option<Instant>,
    /// In words, of the last look.
    pub last_error: Option<String>,
}

/// Up to where a tracker has told how its tickets go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// In the tracker's own time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Instant>,
    /// Of the answer to that question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
}

const COLUMNS: &str = "setup, token, saved_at, seen, last_heard, last_error";

fn tracker(row: &Row) -> Result<TrackerRow, StorageError> {
    Ok(TrackerRow {
        setup: row.json(0)?,
        token: row.text(1)?.to_owned(),
        saved_at: row.instant(2)?,
        seen: row.opt_text(3)?.map(|_| row.json(3)).transpose()?.unwrap_or_default(),
        last_heard: row.opt_instant(4)?,
        last_error: row.opt_text(5)?.map(str::to_owned),
    })
}

pub fn all(db: &mut Db) -> Result<Vec<TrackerRow>, StorageError> {
    db.rows(&format!("SELECT {COLUMNS} FROM trackers ORDER BY tracker"), &[])?.iter().map(tracker).collect()
}

/// When the next tracker is to be asked.
pub fn next_look(db: &mut Db) -> Result<Option<Instant>, StorageError> {
    let row = db.row("SELECT look_due FROM trackers ORDER BY look_due LIMIT 1", &[])?;
    row.map(|r| r.instant(0)).transpose()
}

impl Tx<'_> {
    pub fn tracker(&mut self, which: Tracker) -> Result<Option<TrackerRow>, StorageError> {
        let sql = format!("SELECT {COLUMNS} FROM trackers WHERE tracker = ?1");
        self.row(&sql, &[which.id().into()])?.as_ref().map(tracker).transpose()
    }

    /// Sets one up, or anew. It is asked at once, and what could not be made before is tried again.
    pub fn save_tracker(&mut self, setup: &TrackerSetup, token: &str) -> Result<(), StorageError> {
        let (now, which) = (self.now(), setup.tracker());
        let body = serde_json::to_string(setup).map_err(|e| StorageError::damaged(e.to_string()))?;
        self.execute(
            "INSERT INTO trackers (tracker, setup, token, saved_at, look_due) VALUES (?1, ?2, ?3, ?4, ?4)
             ON CONFLICT (tracker) DO UPDATE SET setup = excluded.setup, token = excluded.token,
             saved_at = excluded.saved_at, look_due = excluded.look_due, seen = NULL, last_error = NULL,
             paused_until = 0",
            &[which.id().into(), body.into(), token.into(), now.into()],
        )?;
        self.try_tickets_again(which)
    }

    /// False when there was none. Whoever waits for a ticket of it is told.
    pub fn remove_tracker(&mut self, which: Tracker) -> Result<bool, StorageError> {
        let removed = self.execute("DELETE FROM trackers WHERE tracker = ?1", &[which.id().into()])?;
        self.try_tickets_again(which)?;
        Ok(removed > 0)
    }

    /// It wants to be left alone until then, by everybody.
    pub fn pause_tracker(&mut self, which: Tracker, until: Instant) -> Result<(), StorageError> {
        self.execute(
            "UPDATE trackers SET paused_until = ?2, look_due = CASE WHEN look_due < ?2 THEN ?2 ELSE look_due END
             WHERE tracker = ?1 AND paused_until < ?2",
            &[which.id().into(), until.into()],
        )?;
        Ok(())
    }

    /// Those that are to be asked now; nobody else asks them before `next`.
    pub fn claim_looks(&mut self, next: Instant) -> Result<Vec<TrackerRow>, StorageError> {
        let now = self.now();
        let sql = format!("UPDATE trackers SET look_due = ?2 WHERE look_due <= ?1 RETURNING {COLUMNS}");
        self.rows(&sql, &[now.into(), next.into()])?.iter().map(tracker).collect()
    }

    /// How a look went. Nothing when the tracker was set up anew since.
    pub fn looked(
        &mut self,
        row: &TrackerRow,
        outcome: &Result<Seen, String>,
        next: Option<Instant>,
    ) -> Result<(), StorageError> {
        let now = self.now();
        let key: [Value; 2] = [row.setup.tracker().id().into(), row.saved_at.into()];
        let [which, saved_at] = key;
        if let Some(next) = next {
            self.execute(
                "UPDATE trackers SET look_due = ?3 WHERE tracker = ?1 AND saved_at = ?2",
                &[which.clone(), saved_at.clone(), next.into()],
            )?;
        }
        match outcome {
            Ok(seen) => {
                let seen = serde_json::to_string(seen).map_err(|e| StorageError::damaged(e.to_string()))?;
                self.execute(
                    "UPDATE trackers SET seen = ?3, last_heard = ?4, last_error = NULL WHERE tracker = ?1 AND saved_at = ?2",
                    &[which, saved_at, seen.into(), now.into()],
                )?;
            }
            Err(words) => {
                self.execute(
                    "UPDATE trackers SET last_error = ?3 WHERE tracker = ?1 AND saved_at = ?2",
                    &[which, saved_at, words.as_str().into()],
                )?;
            }
        }
        Ok(())
    }
}
