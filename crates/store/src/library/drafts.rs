//! What was not accepted: taken out of the views, and kept with its words until the person has dealt with it.

use super::commit::Commit;
use super::ops::{State, Stored};
use super::{LibraryStore, Queries, Waiting, fields, incidents, ops, texts, words};
use crate::StoreError;
use crate::following::{read, write};
use firebell_domain::refusal::RefusalCode;
use firebell_domain::{IncidentId, Refusal};
use firebell_log::{Change, DocumentId, RecordId, Stamp, Written};
use firebell_protocol::library::{Draft, DraftChange, WaitingChange};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Waiting changes that are listed.
const LISTED: u32 = 100;

impl Commit<'_, '_> {
    /// Takes these back, and keeps their words in drafts: one for each record, together with an earlier one in which
    /// the declaration of the same incident was refused.
    pub(super) fn refuse(&mut self, refused: Vec<(Stored, Refusal)>) -> Result<(), StoreError> {
        // A text is kept as its author saw it: everything that is taken back is still in it.
        let mut taken_back: BTreeMap<DocumentId, Vec<(i64, Vec<u8>)>> = BTreeMap::new();
        for (stored, _) in &refused {
            if let Some(Change::Text { document, update }) = stored.op.change() {
                taken_back.entry(document).or_default().push((stored.row, update.0));
            }
        }
        let mut seen: BTreeMap<DocumentId, String> = BTreeMap::new();
        for (document, taken_back) in taken_back {
            let text = texts::as_written(self.fold.db, &document, &taken_back)?;
            seen.insert(document, text);
        }
        let mut drafts: BTreeMap<(RecordId, bool), i64> = BTreeMap::new();
        for (mut stored, refusal) in refused {
            let change = stored.op.change();
            if let Some(change) = &change {
                self.fold.remove(&stored, change)?;
                if let Change::Settled { incident, .. } = change {
                    // As far as the team is concerned it never happened.
                    self.fold.forget_local(*incident)?;
                }
            }
            let record = match &change {
                Some(change) => change.subject(),
                None => RecordId { kind: "unknown".into(), id: Uuid::nil() },
            };
            // Letters of a postmortem lie apart from its fields, which are offered again when their incident is back: the letters'
            // names are spent, and a person has to put the words in.
            let is_text = matches!(change, Some(Change::Text { .. }));
            let which = (record.clone(), is_text);
            let draft = match drafts.get(&which) {
                Some(draft) => *draft,
                None => self.draft_for(&record, &stored)?,
            };
            drafts.insert(which, draft);
            self.add_to_draft(draft, &stored, change.as_ref(), &refusal, &mut seen)?;
            if refusal.code == RefusalCode::NotFound && !is_text && self.may_return(&stored, &record)? {
                self.meta.returning.insert(draft);
            }
            let is_own = stored.op.id.writer == self.meta.writer;
            let was_seen = is_own && stored.op.id.counter <= self.meta.before_era;
            if was_seen && matches!(change, Some(Change::Text { .. })) {
                self.meta.spend_after(self.meta.before_era);
            }
            stored.state = State::Refused;
            ops::update(self.fold.db, &stored)?;
            self.fold
                .db
                .prepare_cached("UPDATE op SET draft = ?2 WHERE id = ?1")?
                .execute(params![stored.row, draft])?;
            if stored.own {
                self.answered.push(stored.op.id.counter);
            }
            self.fold.touched.drafts = true;
            self.fold.touched.sync = true;
        }
        Ok(())
    }

    /// It was refused because its incident is not known to the team: to one that was restored it may be again. What this
    /// computer knows of it may be newer than the refusal, which is kept and told again after a connection that broke.
    /// Whatever was written when the incident was known is refused for good: offering it again would never end.
    fn may_return(&self, stored: &Stored, record: &RecordId) -> Result<bool, StoreError> {
        let Some(incident) = record.about() else { return Ok(false) };
        let old = !stored.own || stored.op.id.counter <= self.meta.before_era;
        Ok(old || ops::is_early(self.fold.db, stored.row)? || !incidents::is_settled(self.fold.db, incident)?)
    }

    fn draft_for(&self, record: &RecordId, first: &Stored) -> Result<i64, StoreError> {
        let db = self.fold.db;
        let declaration: Option<i64> = db
            .prepare_cached("SELECT id FROM draft WHERE kind = ?1 AND record = ?2 AND declares = 1")?
            .query_row(params![record.kind, record.id.as_bytes()], |r| r.get(0))
            .optional()?;
        if let Some(draft) = declaration {
            return Ok(draft);
        }
        let draft = Draft {
            id: 0,
            record: record.clone(),
            title: title(db, record)?,
            words: String::new(),
            at: fields::time(Stamp { ms: first.given_at, tick: 0 }),
            changes: vec![],
            can_repeat: true,
        };
        db.prepare_cached("INSERT INTO draft (kind, record, declares, body) VALUES (?1, ?2, 0, ?3)")?
            .execute(params![record.kind, record.id.as_bytes(), write("draft", &draft)?])?;
        Ok(db.last_insert_rowid())
    }

    fn add_to_draft(
        &self,
        id: i64,
        stored: &Stored,
        change: Option<&Change>,
        refusal: &Refusal,
        seen: &mut BTreeMap<DocumentId, String>,
    ) -> Result<(), StoreError> {
        let db = self.fold.db;
        let body: String =
            db.prepare_cached("SELECT body FROM draft WHERE id = ?1")?.query_row([id], |r| r.get(0))?;
        let mut draft: Draft = read("draft", &body)?;
        if !draft.words.contains(&refusal.words) {
            let space = if draft.words.is_empty() { "" } else { " " };
            draft.words = format!("{}{space}{}", draft.words, refusal.words);
        }
        draft.can_repeat &= refusal.code == RefusalCode::Stale;
        let declares = match change {
            Some(Change::Command(asked)) => asked.command.declaration().is_some(),
            _ => false,
        };
        let what = words::what(change);
        match change {
            // Once for each text, however many of its updates come back.
            Some(Change::Text { document, .. }) => {
                if let Some(text) = seen.remove(document) {
                    draft.changes.push(DraftChange { what, text });
                }
            }
            _ => {
                let text = words::text(change, &stored.op.change);
                if draft.title.is_empty() && declares {
                    draft.title = text.clone();
                }
                draft.changes.push(DraftChange { what, text });
            }
        }
        db.prepare_cached("UPDATE draft SET body = ?2, declares = max(declares, ?3) WHERE id = ?1")?
            .execute(params![id, write("draft", &draft)?, declares])?;
        Ok(())
    }

    pub(super) fn drop_draft(&mut self, draft: u64) -> Result<(), StoreError> {
        let id = ops::int(draft);
        self.meta.returning.remove(&id);
        self.fold.db.prepare_cached("DELETE FROM op WHERE draft = ?1 AND state = 3")?.execute([id])?;
        self.fold.db.prepare_cached("UPDATE op SET draft = NULL WHERE draft = ?1")?.execute([id])?;
        let gone = self.fold.db.prepare_cached("DELETE FROM draft WHERE id = ?1")?.execute([id])?;
        self.fold.touched.drafts |= gone > 0;
        self.fold.touched.sync |= gone > 0;
        Ok(())
    }
}

/// The title of a record; empty when it has none.
fn title(db: &Connection, record: &RecordId) -> Result<String, StoreError> {
    match record.kind.as_str() {
        RecordId::INCIDENT | RecordId::POSTMORTEM => incidents::title(db, IncidentId(record.id)),
        kind => Ok(fields::text(db, kind, record.id, "title")?.unwrap_or_default()),
    }
}

impl LibraryStore {
    /// Drafts of what came back too early to a server that was restored, and can be offered again: their incident is
    /// back, too.
    pub fn returning_drafts(&self) -> Result<Vec<u64>, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM draft JOIN view_incident ON view_incident.id = draft.record
                   WHERE draft.id = ?1 AND view_incident.settled IS NOT NULL)";
        let mut ready = vec![];
        for draft in &self.meta.returning {
            if self.queries.db.prepare_cached(sql)?.query_row([draft], |r| r.get(0))? {
                ready.push(ops::number(*draft));
            }
        }
        Ok(ready)
    }
}

impl Queries {
    /// What was not accepted, the oldest first.
    pub fn drafts(&self) -> Result<Vec<Draft>, StoreError> {
        let mut query = self.db.prepare_cached("SELECT id, body FROM draft ORDER BY id")?;
        let mut rows = query.query([])?;
        let mut drafts = vec![];
        while let Some(row) = rows.next()? {
            let (id, body): (i64, String) = (row.get(0)?, row.get(1)?);
            drafts.push(Draft { id: ops::number(id), ..read("draft", &body)? });
        }
        Ok(drafts)
    }

    /// The operations of a draft as they were written, in order, to be written again.
    pub fn draft_ops(&self, draft: u64) -> Result<Vec<Written>, StoreError> {
        let all = ops::select(&self.db, "WHERE draft = ?1 ORDER BY id", [ops::int(draft)])?;
        Ok(all.into_iter().map(|stored| stored.op).collect())
    }

    /// What the team does not know yet, and what it did not accept.
    pub fn waiting(&self) -> Result<Waiting, StoreError> {
        let count = |sql: &str| self.db.prepare_cached(sql)?.query_row([], |r| r.get::<_, u32>(0));
        let tail = "WHERE own = 1 AND state = 0 ORDER BY counter LIMIT ?1";
        let mut titles: BTreeMap<RecordId, String> = BTreeMap::new();
        let mut first = vec![];
        for stored in ops::select(&self.db, tail, [LISTED])? {
            let change = stored.op.change();
            let Some(record) = change.as_ref().map(Change::subject) else { continue };
            if !titles.contains_key(&record) {
                titles.insert(record.clone(), title(&self.db, &record)?);
            }
            first.push(WaitingChange {
                op: stored.op.id,
                title: titles.get(&record).cloned().unwrap_or_default(),
                record,
                what: words::what(change.as_ref()),
                at: fields::time(Stamp { ms: stored.given_at, tick: 0 }),
            });
        }
        Ok(Waiting {
            count: count("SELECT count(*) FROM op WHERE own = 1 AND state = 0")?
                + count("SELECT count(*) FROM op INDEXED BY op_former WHERE own = 2 AND state = 0")?,
            first,
            drafts: count("SELECT count(*) FROM draft")?,
        })
    }
}

/// Counters of refused operations whose words are in no draft: there are none.
pub(super) fn lost_words(db: &Connection) -> Result<BTreeSet<i64>, StoreError> {
    let mut query = db.prepare(
        "SELECT counter FROM op WHERE state = 3 AND kind <> 'text' AND (draft IS NULL OR draft NOT IN (SELECT id FROM draft))",
    )?;
    Ok(query.query_map([], |r| r.get(0))?.collect::<Result<_, _>>()?)
}
