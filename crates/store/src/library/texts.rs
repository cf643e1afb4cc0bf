//! Texts: the updates of each document, and what is made of them.

use super::fields::time;
use super::fold::Fold;
use super::{LibraryStore, Queries, ops, postmortems, runbooks};
use crate::StoreError;
use firebell_domain::{IncidentId, Instant, PersonId, RunbookId};
use firebell_log::text::inserted_words;
use firebell_log::{Change, DocumentId, OpId, RecordId, TextDocument};
use rusqlite::{Connection, TransactionBehavior, params};
use sha2::{Digest, Sha256};

/// A text of more updates is not put together for search with every change.
const AT_ONCE: u32 = 200;

/// A change of a text, as it was typed.
#[derive(Clone, Debug, PartialEq)]
pub struct TextWrite {
    pub id: OpId,
    pub author: PersonId,
    pub at: Instant,
    pub update: Vec<u8>,
    /// Not yet known to the team.
    pub pending: bool,
}

impl Fold<'_> {
    /// An update without an operation of its own: it contains those of others.
    pub(super) fn add_text_state(&mut self, document: &DocumentId, update: &[u8]) -> Result<(), StoreError> {
        let new = put_state(self.db, &document.to_string(), update)?;
        if new {
            self.touched.documents.push((document.clone(), update.to_vec()));
            self.touch(&document.record);
        }
        Ok(())
    }

    /// Title and body, to be found by search. A body of many updates is left for [`LibraryStore::index_texts`].
    pub(super) fn index_runbook(&mut self, id: RunbookId) -> Result<(), StoreError> {
        if self.is_long_written(&RecordId::runbook(id))? { Ok(()) } else { self.index_text(id) }
    }

    /// What was written of a postmortem, like a runbook's text.
    pub(super) fn index_postmortem(&mut self, of: IncidentId) -> Result<(), StoreError> {
        if self.is_long_written(&RecordId::postmortem(of))? { Ok(()) } else { self.index_sections(of) }
    }

    /// Its texts have many updates: they are put together when nobody types.
    fn is_long_written(&self, record: &RecordId) -> Result<bool, StoreError> {
        let updates: u32 = self
            .db
            .prepare_cached(
                "SELECT count(*) FROM
                   (SELECT 1 FROM op WHERE subject = ?1 AND document >= ?2 AND document < ?3 LIMIT ?4)",
            )?
            .query_row(
                params![record.id.as_bytes(), format!("{record}#"), format!("{record}$"), AT_ONCE + 1],
                |r| r.get(0),
            )?;
        if updates > AT_ONCE {
            self.db
                .prepare_cached("INSERT OR IGNORE INTO view_stale_text (kind, id) VALUES (?1, ?2)")?
                .execute(params![record.kind, record.id.as_bytes()])?;
        }
        Ok(updates > AT_ONCE)
    }

    fn index_sections(&mut self, of: IncidentId) -> Result<(), StoreError> {
        let found = postmortems::words(self.db, of)?;
        match found {
            Some((title, body)) => self.index_thing(RecordId::POSTMORTEM, &of.to_string(), &title, &body),
            None => self.forget_thing(RecordId::POSTMORTEM, &of.to_string()),
        }
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
    /// How a text came about: what it began with, merged, and what was written since, oldest first.
    pub fn document_history(
        &self,
        document: &DocumentId,
    ) -> Result<(Vec<Vec<u8>>, Vec<TextWrite>), StoreError> {
        let name = document.to_string();
        let mut query =
            self.db.prepare_cached("SELECT body FROM text_state WHERE document = ?1 ORDER BY rowid")?;
        let began = query.query_map([&name], |r| r.get(0))?.collect::<Result<_, _>>()?;
        let tail = "WHERE document = ?1 AND state <> 3 ORDER BY ms, tick, writer, counter";
        let write = |stored: ops::Stored| match stored.op.change() {
            Some(Change::Text { update, .. }) => Some(TextWrite {
                id: stored.op.id,
                at: time(stored.op.stamp),
                pending: stored.is_pending(),
                author: stored.op.author,
                update: update.0,
            }),
            _ => None,
        };
        let writes = ops::select(&self.db, tail, [&name])?.into_iter().filter_map(write).collect();
        Ok((began, writes))
    }

    /// Updates to build a text from, in the order in which they came; pending ones are among them.
    pub fn document(&self, document: &DocumentId) -> Result<Vec<Vec<u8>>, StoreError> {
        updates(&self.db, &document.to_string(), &[])
    }
}

impl LibraryStore {
    /// Brings the search for long-written texts up to date: for when nobody types. How many there were.
    pub fn index_texts(&mut self) -> Result<usize, StoreError> {
        let result = self.try_index_texts();
        self.mended(result)
    }

    fn try_index_texts(&mut self) -> Result<usize, StoreError> {
        let tx = self.queries.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let ids: Vec<(String, [u8; 16])> = tx
            .prepare_cached("SELECT kind, id FROM view_stale_text")?
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let mut fold = Fold::new(&tx);
        for (kind, id) in &ids {
            let id = uuid::Uuid::from_bytes(*id);
            match kind.as_str() {
                RecordId::POSTMORTEM => fold.index_sections(IncidentId(id))?,
                _ => fold.index_text(RunbookId(id))?,
            }
        }
        tx.execute("DELETE FROM view_stale_text", [])?;
        tx.commit()?;
        Ok(ids.len())
    }

    /// Merges the updates of each text that the team knows, and that were written before this, into one: who wrote what of
    /// them is not known any more. Field history, what was written here, and what this version does not understand stay as
    /// they are. How many operations were merged.
    pub fn compact(&mut self, before: Instant) -> Result<u64, StoreError> {
        let result = self.try_compact(before.timestamp_millis());
        self.mended(result)
    }

    fn try_compact(&mut self, before_ms: i64) -> Result<u64, StoreError> {
        let tx = self.queries.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Two of somebody else's are worth it; what was written here may have to be offered again, and stays.
        let documents: Vec<String> = tx
            .prepare(
                "SELECT document FROM op WHERE document IS NOT NULL AND own = 0 AND state = 1 AND ms < ?1
                 GROUP BY document HAVING count(*) > 1",
            )?
            .query_map([before_ms], |r| r.get(0))?
            .collect::<Result<_, _>>()?;
        let mut merged = 0;
        for document in documents {
            let mut parts: Vec<Vec<u8>> = tx
                .prepare_cached("SELECT body FROM text_state WHERE document = ?1 ORDER BY rowid")?
                .query_map([&document], |r| r.get(0))?
                .collect::<Result<_, _>>()?;
            // With what was written here, too: letters of others stand on ours and ours on theirs, and one part without
            // the other would wait for it for ever.
            let old = params![document, before_ms];
            let settled = "WHERE document = ?1 AND state = 1 AND ms < ?2 ORDER BY id";
            let settled = ops::select(&tx, settled, old)?;
            for stored in &settled {
                if let Some(Change::Text { update, .. }) = stored.op.change() {
                    parts.push(update.0);
                }
            }
            let theirs = "WHERE document = ?1 AND own = 0 AND state = 1 AND ms < ?2 ORDER BY id";
            let theirs = ops::select(&tx, theirs, old)?;
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
