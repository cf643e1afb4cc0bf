//! The views as a whole: made, dropped, made again from the log.

use super::fold::Fold;
use super::meta::Meta;
use super::{LibraryStore, ops};
use crate::StoreError;
use firebell_domain::IncidentId;
use firebell_log::SCHEMA;
use rusqlite::{Connection, TransactionBehavior};
use uuid::Uuid;

/// The shape of the views; raised with every change of `views.sql` or of what is put into them.
pub(super) const VERSION: u32 = 8;

/// Operations that are read at once.
const CHUNK: i64 = 2_000;

/// Drops every view, also those of other versions, and makes empty ones.
pub(super) fn make(db: &Connection) -> Result<(), StoreError> {
    let names = |which: &str| -> rusqlite::Result<Vec<String>> {
        let sql = format!(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'view\\_%' ESCAPE '\\'
             AND sql {which} 'CREATE VIRTUAL%'"
        );
        db.prepare(&sql)?.query_map([], |r| r.get(0))?.collect()
    };
    // An index for search goes first and takes the tables it is made of along.
    for which in ["LIKE", "NOT LIKE"] {
        for name in names(which)? {
            db.execute_batch(&format!("DROP TABLE \"{name}\""))?;
        }
    }
    Ok(db.execute_batch(include_str!("views.sql"))?)
}

/// Makes every view anew, with the eyes of this version.
pub(super) fn rebuild(fold: &mut Fold, meta: &mut Meta) -> Result<(), StoreError> {
    fold.start_over()?;
    let mut last = 0;
    loop {
        let tail = "WHERE id > ?1 ORDER BY id LIMIT ?2";
        let chunk = ops::select(fold.db, tail, (last, CHUNK))?;
        let Some(end) = chunk.last() else { break };
        last = end.row;
        for stored in chunk.iter().filter(|s| s.state != ops::State::Refused) {
            if let Some(change) = stored.op.change() {
                fold.add(&stored.in_log(), &change)?;
            }
        }
    }
    let mut query = fold.db.prepare("SELECT DISTINCT incident FROM incident_event")?;
    let incidents: Vec<[u8; 16]> = query.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?;
    drop(query);
    for incident in incidents {
        fold.stale(IncidentId(Uuid::from_bytes(incident))).state = true;
    }
    for stale in fold.incidents.values_mut() {
        stale.state = true;
    }
    fold.index_team()?;
    // Whoever shows a text reads it again.
    fold.touched.documents.clear();
    meta.views = VERSION;
    Ok(())
}

/// After an update of the program: what the last version did not understand may be understood now.
fn understand(db: &Connection, meta: &mut Meta) -> Result<(), StoreError> {
    for stored in ops::select(db, "WHERE kind = 'unknown'", ())? {
        if let Some(change) = stored.op.change() {
            ops::understand(db, stored.row, &change)?;
        }
    }
    if let Some(from) = meta.unread_from.take() {
        meta.place.upto = meta.place.upto.min(from.saturating_sub(1));
        meta.place.live = None;
    }
    meta.schema = SCHEMA;
    Ok(())
}

impl LibraryStore {
    /// Drops everything that is made from the log and makes it again.
    pub fn rebuild(&mut self) -> Result<(), StoreError> {
        let result = self.try_rebuild();
        self.mended(result)
    }

    fn try_rebuild(&mut self) -> Result<(), StoreError> {
        let mut meta = self.meta.clone();
        let tx = self.queries.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        understand(&tx, &mut meta)?;
        let mut fold = Fold::new(&tx);
        rebuild(&mut fold, &mut meta)?;
        fold.finish()?;
        meta.save(&tx)?;
        tx.commit()?;
        self.meta = meta;
        Ok(())
    }

    /// Rebuilds what another version of the program made.
    pub(super) fn rebuild_if_needed(&mut self) -> Result<(), StoreError> {
        if self.meta.views == VERSION && self.meta.schema >= SCHEMA {
            return Ok(());
        }
        self.rebuild()
    }
}
