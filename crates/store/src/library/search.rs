//! Search: what is indexed, and what is found while somebody types.
//!
//! The ranking of the index itself looks at every match, which takes too long for a word that half of the entries have.
//! So the newest matches are taken and put in order here: titles before texts, then the newest.

mod excerpt;
mod question;

use super::fold::Fold;
use super::{LibraryStore, Queries, fields, incidents, ops};
use crate::StoreError;
use crate::following::read;
use excerpt::excerpt;
use firebell_domain::IncidentId;
use firebell_domain::incident::Incident;
use firebell_domain::team::Team;
use firebell_domain::timeline::Entry;
use firebell_log::{Change, RecordId};
use firebell_protocol::library::{HitKind, SearchHit};
use question::Question;
use rusqlite::{Connection, OptionalExtension, params};
use std::borrow::Cow;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Hits at most.
const CANDIDATES: u32 = 200;
/// Entries that are looked at for a beginning of a word, and after how many it is decided whether to go on.
const LOOKED_AT: usize = 1_000;
const FIRST_LOOK: usize = 100;
/// Pages of an index that are put together in a moment.
const MERGED_PAGES: i64 = 128;

impl Fold<'_> {
    pub(super) fn index_entry(&self, row: i64, entry: &Entry) -> Result<(), StoreError> {
        self.db
            .prepare_cached("INSERT INTO view_entry_search (rowid, body) VALUES (?1, ?2)")?
            .execute(params![row, indexed(entry)])?;
        Ok(())
    }

    /// The index keeps no texts: it is told what it has of this one.
    pub(super) fn forget_entry(&self, row: i64, entry: &Entry) -> Result<(), StoreError> {
        self.db
            .prepare_cached(
                "INSERT INTO view_entry_search (view_entry_search, rowid, body) VALUES ('delete', ?1, ?2)",
            )?
            .execute(params![row, indexed(entry)])?;
        Ok(())
    }

    pub(super) fn index_incident(
        &self,
        id: IncidentId,
        title: &str,
        shown: Option<&Incident>,
    ) -> Result<(), StoreError> {
        if shown.is_none() {
            return self.forget_thing("incident", &id.to_string());
        }
        let impact = fields::text(self.db, RecordId::INCIDENT, id.0, "impact")?.unwrap_or_default();
        self.index_thing("incident", &id.to_string(), title, &impact)
    }

    /// People and services of the team as it is now.
    pub(super) fn index_team(&mut self) -> Result<(), StoreError> {
        let body: Option<String> = self.db.query_row("SELECT body FROM team", [], |r| r.get(0)).optional()?;
        let team: Option<Team> = body.map(|body| read("team", &body)).transpose()?;
        let mut now = BTreeSet::new();
        if let Some(team) = &team {
            for person in &team.people {
                let slug = person.id.as_str();
                self.index_thing("person", slug, &person.name, &format!("{slug} {}", person.email))?;
                now.insert(("person".to_owned(), slug.to_owned()));
            }
            for service in &team.services {
                let slug = service.id.as_str();
                self.index_thing("service", slug, &service.name, slug)?;
                now.insert(("service".to_owned(), slug.to_owned()));
            }
        }
        let known: Vec<(String, String)> = self
            .db
            .prepare("SELECT kind, id FROM view_thing WHERE kind IN ('person', 'service')")?
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (kind, id) in known.iter().filter(|thing| !now.contains(*thing)) {
            self.forget_thing(kind, id)?;
        }
        Ok(())
    }

    pub(super) fn index_thing(
        &self,
        kind: &str,
        id: &str,
        title: &str,
        body: &str,
    ) -> Result<(), StoreError> {
        let known: Option<(i64, String, String)> = self
            .db
            .prepare_cached(
                "SELECT row, title, body FROM view_thing JOIN view_thing_search ON view_thing_search.rowid = row
                 WHERE kind = ?1 AND id = ?2",
            )?
            .query_row([kind, id], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
            .optional()?;
        match known {
            Some((_, was_title, was_body)) if was_title == title && was_body == body => {}
            Some((row, ..)) => {
                self.db
                    .prepare_cached("UPDATE view_thing_search SET title = ?2, body = ?3 WHERE rowid = ?1")?
                    .execute(params![row, title, body])?;
            }
            None => {
                self.db
                    .prepare_cached("INSERT INTO view_thing (kind, id) VALUES (?1, ?2)")?
                    .execute([kind, id])?;
                self.db
                    .prepare_cached("INSERT INTO view_thing_search (rowid, title, body) VALUES (?1, ?2, ?3)")?
                    .execute(params![self.db.last_insert_rowid(), title, body])?;
            }
        }
        Ok(())
    }

    pub(super) fn forget_thing(&self, kind: &str, id: &str) -> Result<(), StoreError> {
        let row: Option<i64> = self
            .db
            .prepare_cached("DELETE FROM view_thing WHERE kind = ?1 AND id = ?2 RETURNING row")?
            .query_row([kind, id], |r| r.get(0))
            .optional()?;
        if let Some(row) = row {
            self.db.prepare_cached("DELETE FROM view_thing_search WHERE rowid = ?1")?.execute([row])?;
        }
        Ok(())
    }
}

/// As the index is asked for what somebody typed; `None`: there is no word in it.
pub(super) fn expression(typed: &str) -> Option<String> {
    let question = Question::of(typed);
    (!question.is_empty()).then(|| question.expression())
}

/// `12`, `#12`, `INC-12`.
pub(super) fn incident_number(words: &str) -> Option<i64> {
    let words = words.trim().to_ascii_lowercase();
    let digits = words.strip_prefix("inc-").or_else(|| words.strip_prefix('#')).unwrap_or(&words);
    digits.parse().ok().filter(|n| *n > 0)
}

impl Queries {
    /// What has all the words, the last of which may be unfinished: incidents by number, then what has them in its
    /// title, then in its text, then entries; the newest first.
    pub fn search(&self, words: &str, limit: u32) -> Result<Vec<SearchHit>, StoreError> {
        let limit = limit.min(CANDIDATES) as usize;
        let mut hits = vec![];
        if let Some(number) = incident_number(words) {
            hits.extend(self.incident_numbered(number)?);
        }
        let question = Question::of(words);
        if question.is_empty() {
            return Ok(hits);
        }
        let entries = self.entries_with(&question, limit)?;
        // Both kinds have a place, however many there are of the other.
        let room = limit.saturating_sub(entries.len().min(limit / 2));
        for hit in self.things_with(&question, room)? {
            if hits.len() < room && !hits.iter().any(|known| (known.kind, &known.id) == (hit.kind, &hit.id)) {
                hits.push(hit);
            }
        }
        hits.extend(entries);
        hits.truncate(limit);
        Ok(hits)
    }

    fn incident_numbered(&self, number: i64) -> Result<Option<SearchHit>, StoreError> {
        let found: Option<([u8; 16], String)> = self
            .db
            .prepare_cached(
                "SELECT id, title FROM view_incident WHERE number = ?1 AND shown IS NOT NULL LIMIT 1",
            )?
            .query_row([number], |r| Ok((r.get(0)?, r.get(1)?)))
            .optional()?;
        Ok(found.map(|(id, title)| SearchHit {
            kind: HitKind::Incident,
            id: Uuid::from_bytes(id).to_string(),
            incident: None,
            excerpt: title.clone(),
            title,
        }))
    }

    fn things_with(&self, question: &Question, limit: usize) -> Result<Vec<SearchHit>, StoreError> {
        let finished = question.finished().expression();
        let whole = question.expression();
        let mut ways = vec![format!("title : ({whole})"), whole];
        if question.is_long() {
            // Often enough, and quick.
            ways.insert(0, format!("title : ({finished})"));
            ways.insert(2, finished);
        }
        let mut rows: Vec<i64> = vec![];
        for way in ways {
            if rows.len() >= limit {
                break;
            }
            // Those that are known may be the first ones.
            let most = limit + rows.len();
            for row in newest(&self.db, "view_thing_search", &way, most)? {
                if !rows.contains(&row) {
                    rows.push(row);
                }
            }
        }
        let mut query = self.db.prepare_cached(
            "SELECT kind, id, title, body FROM view_thing JOIN view_thing_search ON view_thing_search.rowid = row
             WHERE row = ?1",
        )?;
        let mut hits = vec![];
        for row in rows.into_iter().take(limit) {
            let hit = query.query_row([row], |r| {
                let kind = match r.get::<_, String>(0)?.as_str() {
                    "incident" => HitKind::Incident,
                    "postmortem" => HitKind::Postmortem,
                    "runbook" => HitKind::Runbook,
                    "person" => HitKind::Person,
                    _ => HitKind::Service,
                };
                let (title, body): (String, String) = (r.get(2)?, r.get(3)?);
                let excerpt = match excerpt(&body, question) {
                    (of_body, true) => of_body,
                    _ => excerpt(&title, question).0,
                };
                Ok(SearchHit { kind, id: r.get(1)?, incident: None, title, excerpt })
            });
            hits.extend(hit.optional()?);
        }
        Ok(hits)
    }

    fn entries_with(&self, question: &Question, limit: usize) -> Result<Vec<SearchHit>, StoreError> {
        let mut hits = vec![];
        for (entry, text) in self.newest_entries(question, limit)? {
            hits.push(SearchHit {
                kind: HitKind::Entry,
                id: entry.id.to_string(),
                incident: Some(entry.incident),
                title: incidents::title(&self.db, entry.incident)?,
                excerpt: excerpt(&text, question).0,
            });
        }
        Ok(hits)
    }

    /// The newest that match. Of an unfinished long word: those that have it as it is, if they are enough; or those that
    /// are found among the newest with its first letters; and only if there are few of either, the index is asked for all
    /// words that begin so.
    fn newest_entries(&self, question: &Question, limit: usize) -> Result<Vec<(Entry, String)>, StoreError> {
        let table = "view_entry_search";
        if !question.is_long() {
            return self.entries_at(newest(&self.db, table, &question.expression(), limit)?);
        }
        let exactly = newest(&self.db, table, &question.finished().expression(), limit)?;
        if exactly.len() == limit {
            return self.entries_at(exactly);
        }
        let mut found = vec![];
        let candidates = newest(&self.db, table, &question.shortened().expression(), LOOKED_AT)?;
        let are_all = candidates.len() < LOOKED_AT;
        for (looked_at, row) in candidates.into_iter().enumerate() {
            if found.len() == limit
                || !are_all && looked_at >= FIRST_LOOK && found.len() * LOOKED_AT < looked_at * limit
            {
                break;
            }
            let Some((entry, text)) = self.entry_at(row)? else { continue };
            if question.beginning_is_in(&text) {
                found.push((entry, text));
            }
        }
        if found.len() < limit && !are_all {
            // They are in so few entries that the index is quick.
            return self.entries_at(newest(&self.db, table, &question.expression(), limit)?);
        }
        Ok(found)
    }

    fn entries_at(&self, rows: Vec<i64>) -> Result<Vec<(Entry, String)>, StoreError> {
        rows.into_iter().filter_map(|row| self.entry_at(row).transpose()).collect()
    }

    /// The entry of an operation, with its text as it is indexed.
    fn entry_at(&self, row: i64) -> Result<Option<(Entry, String)>, StoreError> {
        let Some(stored) = ops::select(&self.db, "WHERE id = ?1", [row])?.pop() else { return Ok(None) };
        let Some(Change::Entry(entry)) = stored.op.change() else { return Ok(None) };
        let text = indexed(&entry).into_owned();
        Ok(Some((entry, text)))
    }
}

/// The newest rows of an index that match, so many at most.
fn newest(db: &Connection, table: &str, expression: &str, most: usize) -> Result<Vec<i64>, StoreError> {
    let mut query = db.prepare_cached(&format!(
        "SELECT rowid FROM {table} WHERE {table} MATCH ?1 ORDER BY rowid DESC LIMIT ?2"
    ))?;
    let rows = query.query_map(params![expression, i64::try_from(most).unwrap_or(0)], |r| r.get(0))?;
    match rows.collect::<Result<_, _>>() {
        // A letter that is younger than the index parts words there, which it takes for a phrase.
        Err(rusqlite::Error::SqliteFailure(_, Some(words))) if words.contains("phrase queries") => Ok(vec![]),
        other => Ok(other?),
    }
}

/// What of an entry is found by search.
fn indexed(entry: &Entry) -> Cow<'_, str> {
    if entry.reason.is_none() && entry.attachments.is_empty() {
        return Cow::Borrowed(&entry.text);
    }
    let named = entry.attachments.iter().map(|attachment| &attachment.name);
    let words: Vec<&str> =
        std::iter::once(&entry.text).chain(&entry.reason).chain(named).map(String::as_str).collect();
    Cow::Owned(words.join("\n"))
}

/// Entries that are shown and are not found by their first word.
pub(super) fn lost_entries(db: &Connection) -> Result<u64, StoreError> {
    let mut query = db.prepare(
        "SELECT EXISTS (SELECT 1 FROM view_entry_search WHERE view_entry_search MATCH ?1 AND rowid = ?2)",
    )?;
    let (mut lost, mut failed) = (0, Ok(()));
    super::entries::shown(db, |entry, stored| {
        let text = indexed(&entry);
        let Some((_, word)) = question::words(&text).next() else { return };
        match query.query_row(params![format!("\"{word}\""), stored.row], |r| r.get::<_, bool>(0)) {
            Ok(found) => lost += u64::from(!found),
            Err(error) => failed = Err(error),
        }
    })?;
    failed?;
    Ok(lost)
}

impl Fold<'_> {
    /// What is deleted stays in the index, with a mark, until its pieces are joined. Here they are joined now. (FTS5 can
    /// delete at once, but then loses what is deleted and put in again, where the index keeps no places of words.)
    pub(super) fn leave_no_deleted_words(&self) -> Result<(), StoreError> {
        for table in ["view_entry_search", "view_thing_search"] {
            self.db.execute_batch(&format!("INSERT INTO {table} ({table}) VALUES ('optimize')"))?;
        }
        Ok(())
    }
}

impl LibraryStore {
    /// Puts parts of the search's index together, as much as is done in a moment: for when nobody waits. Whether there is
    /// more to be done.
    pub fn merge_index(&mut self) -> Result<bool, StoreError> {
        let result = self.try_merge_index();
        self.mended(result)
    }

    fn try_merge_index(&mut self) -> Result<bool, StoreError> {
        let db = &self.queries.db;
        let mut more = false;
        for table in ["view_entry_search", "view_thing_search"] {
            let before = db.total_changes();
            db.prepare_cached(&format!("INSERT INTO {table} ({table}, rank) VALUES ('merge', ?1)"))?
                .execute([MERGED_PAGES])?;
            // The command itself counts as one.
            more |= db.total_changes() - before > 1;
        }
        Ok(more)
    }
}
