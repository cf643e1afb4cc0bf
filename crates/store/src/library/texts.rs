//! Texts: the updates of each document, and what is made of them.

use super::fold::Fold;
use super::{LibraryStore, Queries, ops, runbooks};
use crate::StoreError;
use firebell_domain::RunbookId;
use firebell_log::text::inserted_words;
use firebell_log::{Change, DocumentId, RecordId, TextDocument};
use rusqlite::{Connection, TransactionBehavior, params};
use sha2::{Digest, Sha256};

/// A text of more updates is not put together for search with every change.
const AT_ONCE: u32 = 200;

impl Fold<'_> {
    /// An update without an operation of its own: it contains those of others.
    pub(super) fn add_text_state(&mut self, document: &DocumentId, update: &[u8]) -> Result<(), StoreError> {
        let new = put_state(self.db, &document.to_string(), update)?;
        if new {
            self.touched.documents.push((document.clone(), update.to_vec()));
            if document.record.kind == RecordId::RUNBOOK {
                self.runbooks.insert(document.record.id);
            }
        }
        Ok(())
    }

    /// Title and body, to be found by search. A body of many updates is left for [`LibraryStore::index_texts`].
    pub(super) fn index_runbook(&mut self, id: RunbookId) -> Result<(), StoreError> {
        let updates: u32 = self
            .db
            .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM op WHERE document = ?1 LIMIT ?2)")?
            .query_row(params![runbooks::body(id).to_string(), AT_ONCE + 1], |r| r.get(0))?;
        if updates > AT_ONCE {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO view_stale_text (runbook) VALUES (?1)")?
                .execute([id.0.as_bytes()])?;
            return Ok(());
        }
        self.index_text(id)
    }

    fn index_text(&mut self, id: RunbookId) -> Result<(), StoreError> {
        let title = super::fields::text(self.db, RecordId::RUNBOOK, id.0, "title")?.unwrap_or_default();
        let body = current(self.db, &runbooks::body(id))?;
        self.index_thing("runbook", &id.to_string(), &title, &body)
    }
}

/// Whether it was new.
fn put_state(db: &Connection, document: &str, update: &[u8]) -> Result<bool, StoreError> {
    let hash = Sha256::digest(update);
    let new = db
        .prepare_cached("INSERT OR IGNORE INTO text_state (document, hash, body) VALUES (?1, ?2, ?3)")?
        .execute(params![document, hash.as_slice(), update])?;
    Ok(new == 1)
}

/// Of the text as it stands here, without these operations.
fn updates(db: &Connection, document: &str, without: &[i64]) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut query = db.prepare_cached("SELECT body FROM text_state WHERE document = ?1 ORDER BY rowid")?;
    let mut all: Vec<Vec<u8>> = query.query_map([document], |r| r.get(0))?.collect::<Result<_, _>>()?;
    let standing = ops::select(db, "WHERE document = ?1 AND state <> 3 ORDER BY id", [document])?;
    for stored in standing.into_iter().filter(|stored| !without.contains(&stored.row)) {
        if let Some(Change::Text { update, .. }) = stored.op.change() {
            all.push(update.0);
        }
    }
    Ok(all)
}

/// The text as it stands here, pending changes included.
pub(super) fn current(db: &Connection, document: &DocumentId) -> Result<String, StoreError> {
    Ok(text_of(&updates(db, &document.to_string(), &[])?))
}

/// The text as its author had it, with these operations, which are taken back together. Whatever of their words has no
/// place in it follows below: they build on what was taken back before, or have the names of other letters.
pub(super) fn as_written(
    db: &Connection,
    document: &DocumentId,
    taken_back: &[(i64, Vec<u8>)],
) -> Result<String, StoreError> {
    let rows: Vec<i64> = taken_back.iter().map(|(row, _)| *row).collect();
    let mut text = document_of(&updates(db, &document.to_string(), &rows)?);
    let mut outside = vec![];
    for (_, update) in taken_back {
        let words = inserted_words(update).unwrap_or_default();
        let (own, of_waiting) = text.apply_apart(update).unwrap_or_default();
        let came: usize = own.iter().map(|c| letters(&c.insert)).sum();
        // Somebody deleted letters of these names: they may have been other ones.
        let is_hit = of_waiting.iter().any(|c| c.delete > 0);
        if came < letters(&words) || is_hit && came > 0 {
            outside.push(words);
        }
    }
    let mut all = text.text();
    for words in outside {
        let space = if all.is_empty() || all.ends_with('\n') { "" } else { "\n" };
        all = format!("{all}{space}{words}");
    }
    Ok(all)
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| *c != '\n').count()
}

/// What these updates make together. One that is damaged, or builds on another one that is not here, changes nothing.
pub(super) fn text_of(updates: &[Vec<u8>]) -> String {
    document_of(updates).text()
}

fn document_of(updates: &[Vec<u8>]) -> TextDocument {
    // Never edited, so any name will do.
    let mut document = TextDocument::new(0);
    for update in updates {
        if let Err(error) = document.take_in(update) {
            tracing::warn!(%error, "an update of a text was left out");
        }
    }
    document
}

/// One update that does what all of these do; `None` when one of them builds on another that is not among them.
fn merge(updates: &[Vec<u8>]) -> Option<Vec<u8>> {
    let document = document_of(updates);
    (document.waiting() == 0).then(|| document.state())
}

/// Every document of which an update is known, with its text.
pub(super) fn all(db: &Connection, mut each: impl FnMut(&str, &str)) -> Result<(), StoreError> {
    let mut query = db.prepare(
        "SELECT DISTINCT document FROM op WHERE document IS NOT NULL AND state <> 3
         UNION SELECT DISTINCT document FROM text_state",
    )?;
    let documents: Vec<String> = query.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?;
    for document in documents {
        each(&document, &text_of(&updates(db, &document, &[])?));
    }
    Ok(())
}

impl Queries {
    /// Updates to build a text from, in the order in which they came; pending ones are among them.
    pub fn document(&self, document: &DocumentId) -> Result<Vec<Vec<u8>>, StoreError> {
        updates(&self.db, &document.to_string(), &[])
    }
}

impl LibraryStore {
    /// Brings the search for long-written runbooks up to date: for when nobody types. How many there were.
    pub fn index_texts(&mut self) -> Result<usize, StoreError> {
        let result = self.try_index_texts();
        self.mended(result)
    }

    fn try_index_texts(&mut self) -> Result<usize, StoreError> {
        let tx = self.queries.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let ids: Vec<[u8; 16]> = tx
            .prepare_cached("SELECT runbook FROM view_stale_text")?
            .query_map([], |r| r.get(0))?
            .collect::<Result<_, _>>()?;
        let mut fold = Fold::new(&tx);
        for id in &ids {
            fold.index_text(RunbookId(uuid::Uuid::from_bytes(*id)))?;
        }
        tx.execute("DELETE FROM view_stale_text", [])?;
        tx.commit()?;
        Ok(ids.len())
    }

    /// Merges the updates of each text that the team knows into one. Field history, what was written here, and what this
    /// version does not understand stay as they are. How many operations were merged.
    pub fn compact(&mut self) -> Result<u64, StoreError> {
        let result = self.try_compact();
        self.mended(result)
    }

    fn try_compact(&mut self) -> Result<u64, StoreError> {
        let tx = self.queries.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Two of somebody else's are worth it; what was written here may have to be offered again, and stays.
        let documents: Vec<String> = tx
            .prepare(
                "SELECT document FROM op WHERE document IS NOT NULL AND own = 0 AND state = 1
                 GROUP BY document HAVING count(*) > 1",
            )?
            .query_map([], |r| r.get(0))?
            .collect::<Result<_, _>>()?;
        let mut merged = 0;
        for document in documents {
            let mut parts: Vec<Vec<u8>> = tx
                .prepare_cached("SELECT body FROM text_state WHERE document = ?1 ORDER BY rowid")?
                .query_map([&document], |r| r.get(0))?
                .collect::<Result<_, _>>()?;
            // With what was written here, too: letters of others stand on ours and ours on theirs, and one part without
            // the other would wait for it for ever.
            let settled = ops::select(&tx, "WHERE document = ?1 AND state = 1 ORDER BY id", [&document])?;
            for stored in &settled {
                if let Some(Change::Text { update, .. }) = stored.op.change() {
                    parts.push(update.0);
                }
            }
            let theirs =
                ops::select(&tx, "WHERE document = ?1 AND own = 0 AND state = 1 ORDER BY id", [&document])?;
            // Something between them has not come yet: next time.
            let Some(one) = merge(&parts) else { continue };
            tx.execute("DELETE FROM text_state WHERE document = ?1", [&document])?;
            put_state(&tx, &document, &one)?;
            for stored in &theirs {
                ops::delete(&tx, stored.row)?;
            }
            merged += theirs.len() as u64;
        }
        tx.commit()?;
        Ok(merged)
    }
}
