//! Search: what is indexed, and what is found while somebody types.
//!
//! The ranking of the index itself looks at every match, which takes too long for a word that half of the entries have.
//! So the newest matches are taken and put in order here: titles before texts, then the newest.

use super::fold::Fold;
use super::{Queries, fields, incidents, ops};
use crate::StoreError;
use crate::following::read;
use firebell_domain::IncidentId;
use firebell_domain::incident::Incident;
use firebell_domain::team::Team;
use firebell_domain::timeline::Entry;
use firebell_log::{Change, RecordId};
use firebell_protocol::library::{HitKind, SearchHit};
use rusqlite::{OptionalExtension, params};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Matches that are put in order.
const CANDIDATES: u32 = 200;
/// Entries that are looked at for a beginning of a word.
const LOOKED_AT: usize = 1_000;
/// Beginnings of up to so many letters have lists of their own (`prefix` in `views.sql`).
const LISTED_LETTERS: usize = 3;

impl Fold<'_> {
    pub(super) fn index_entry(&self, row: i64, entry: &Entry) -> Result<(), StoreError> {
        let mut insert =
            self.db.prepare_cached("INSERT INTO view_entry_search (rowid, body) VALUES (?1, ?2)")?;
        match &entry.reason {
            None => insert.execute(params![row, entry.text])?,
            Some(reason) => insert.execute(params![row, format!("{}\n{reason}", entry.text)])?,
        };
        Ok(())
    }

    pub(super) fn forget_entry(&self, row: i64) -> Result<(), StoreError> {
        self.db.prepare_cached("DELETE FROM view_entry_search WHERE rowid = ?1")?.execute([row])?;
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

    fn forget_thing(&self, kind: &str, id: &str) -> Result<(), StoreError> {
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

/// Words as the index asks for them: all of them, the last one perhaps unfinished. `None`: there is none.
fn question(words: &str) -> Option<String> {
    // The marks of an excerpt are no words either.
    let quoted: Vec<String> = words
        .split_whitespace()
        .map(|word| word.replace(['"', '\0', '\u{e000}', '\u{e001}'], " "))
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| format!("\"{word}\""))
        .collect();
    let unfinished = words.ends_with(|c: char| !c.is_whitespace());
    (!quoted.is_empty()).then(|| format!("{}{}", quoted.join(" AND "), if unfinished { " *" } else { "" }))
}

/// `12`, `#12`, `INC-12`.
fn incident_number(words: &str) -> Option<i64> {
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
        let Some(question) = question(words) else { return Ok(hits) };
        let entries = self.entries_with(words, &question, limit)?;
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

    fn things_with(&self, question: &str, limit: usize) -> Result<Vec<SearchHit>, StoreError> {
        let mut rows: Vec<i64> = vec![];
        for question in [format!("title : ({question})"), question.to_owned()] {
            if rows.len() >= limit {
                break;
            }
            let mut query = self.db.prepare_cached(
                "SELECT rowid FROM view_thing_search WHERE view_thing_search MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
            )?;
            for row in query.query_map(params![question, CANDIDATES], |r| r.get(0))? {
                let row = row?;
                if !rows.contains(&row) {
                    rows.push(row);
                }
            }
        }
        let mut query = self.db.prepare_cached(
            "SELECT kind, id, title, snippet(view_thing_search, -1, char(0xE000), char(0xE001), '…', 16)
             FROM view_thing_search JOIN view_thing ON view_thing.row = view_thing_search.rowid
             WHERE view_thing_search MATCH ?1 AND view_thing_search.rowid = ?2",
        )?;
        let mut hits = vec![];
        for row in rows.into_iter().take(limit) {
            let hit = query.query_row(params![question, row], |r| {
                let kind = match r.get::<_, String>(0)?.as_str() {
                    "incident" => HitKind::Incident,
                    "runbook" => HitKind::Runbook,
                    "person" => HitKind::Person,
                    _ => HitKind::Service,
                };
                Ok(SearchHit { kind, id: r.get(1)?, incident: None, title: r.get(2)?, excerpt: r.get(3)? })
            });
            hits.extend(hit.optional()?);
        }
        Ok(hits)
    }

    fn entries_with(&self, words: &str, question: &str, limit: usize) -> Result<Vec<SearchHit>, StoreError> {
        let mut question = question.to_owned();
        let mut rows = vec![];
        if let Some((shorter, beginning)) = shortened(words) {
            rows = self.newest_entries(&shorter, limit, Some(&beginning))?;
            if rows.len() == limit {
                question = shorter;
            }
        }
        if rows.len() < limit {
            rows = self.newest_entries(&question, limit, None)?;
        }
        let mut query = self.db.prepare_cached(
            "SELECT snippet(view_entry_search, 0, char(0xE000), char(0xE001), '…', 16)
             FROM view_entry_search WHERE view_entry_search MATCH ?1 AND rowid = ?2",
        )?;
        let mut hits = vec![];
        for row in rows {
            let excerpt: Option<String> = query.query_row(params![question, row], |r| r.get(0)).optional()?;
            let Some(stored) = ops::select(&self.db, "WHERE id = ?1", [row])?.pop() else { continue };
            let (Some(Change::Entry(entry)), Some(excerpt)) = (stored.op.change(), excerpt) else { continue };
            hits.push(SearchHit {
                kind: HitKind::Entry,
                id: entry.id.to_string(),
                incident: Some(entry.incident),
                title: incidents::title(&self.db, entry.incident)?,
                excerpt,
            });
        }
        Ok(hits)
    }

    /// The newest that match and, if it is given, have a word with this beginning: as many as are wanted, or as are
    /// among the first [`LOOKED_AT`].
    fn newest_entries(
        &self,
        question: &str,
        limit: usize,
        beginning: Option<&str>,
    ) -> Result<Vec<i64>, StoreError> {
        let mut query = self.db.prepare_cached(
            "SELECT rowid, body FROM view_entry_search WHERE view_entry_search MATCH ?1
             ORDER BY rowid DESC LIMIT ?2",
        )?;
        let most = if beginning.is_some() { LOOKED_AT } else { limit };
        let mut rows = query.query(params![question, i64::try_from(most).unwrap_or(0)])?;
        let mut found = vec![];
        while found.len() < limit
            && let Some(row) = rows.next()?
        {
            let matches = match beginning {
                None => true,
                Some(beginning) => {
                    let body = row.get::<_, String>(1)?.to_lowercase();
                    body.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(beginning))
                }
            };
            if matches {
                found.push(row.get(0)?);
            }
        }
        Ok(found)
    }
}

/// The question with only the first three letters of an unfinished word, which the index has a list of, and the word.
/// For a longer beginning the index puts the lists of all its words together first, which takes too long when these are
/// in half of the entries; when they are in few, the shorter question finds too few and the whole one is quick.
fn shortened(words: &str) -> Option<(String, String)> {
    let last = words.split_whitespace().last().filter(|last| words.ends_with(*last))?;
    let letters = last.chars().count();
    if letters <= LISTED_LETTERS || !last.chars().all(char::is_alphanumeric) {
        return None;
    }
    let before = words.strip_suffix(last)?;
    let first: String = last.chars().take(LISTED_LETTERS).collect();
    Some((question(&format!("{before}{first}"))?, last.to_lowercase()))
}
