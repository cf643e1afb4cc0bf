//! Postmortems: a record's fields, and a text for each section. They go by the ids of their incidents.

use super::{Queries, fields, incidents, ops, texts};
use crate::StoreError;
use firebell_domain::postmortem::{
    FIELDS_OF_OWNERS, FIELDS_OF_WORDS, Frozen, fields_naming, is_of_server, picture_field, picture_of,
    pictures_named,
};
use firebell_domain::room::POSTMORTEM_OWNER;
use firebell_domain::{IncidentId, PersonId};
use firebell_log::{Change, DocumentId, RecordId};
use firebell_protocol::library::{FieldView, IncidentRow};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Something of it is known.
pub(super) fn is_written(db: &Connection, of: IncidentId) -> Result<bool, StoreError> {
    let record = RecordId::postmortem(of);
    let (from, to) = (format!("{record}#"), format!("{record}$"));
    let sql = "SELECT EXISTS (SELECT 1 FROM view_field WHERE kind = ?1 AND record = ?2)
                 OR EXISTS (SELECT 1 FROM op WHERE document >= ?3 AND document < ?4 AND state <> 3)
                 OR EXISTS (SELECT 1 FROM text_state WHERE document >= ?3 AND document < ?4)";
    Ok(db
        .prepare_cached(sql)?
        .query_row(params![record.kind, record.id.as_bytes(), from, to], |r| r.get(0))?)
}

/// The sections of which something was ever written.
fn sections(db: &Connection, of: IncidentId) -> Result<Vec<DocumentId>, StoreError> {
    let record = RecordId::postmortem(of);
    // `#` comes before `$`: everything that begins with the record's name.
    let (from, to) = (format!("{record}#"), format!("{record}$"));
    let mut query = db.prepare_cached(
        "SELECT DISTINCT document FROM op
         WHERE subject = ?1 AND document >= ?2 AND document < ?3 AND state <> 3
         UNION SELECT DISTINCT document FROM text_state WHERE document >= ?2 AND document < ?3",
    )?;
    let names = query.query_map(params![of.0.as_bytes(), from, to], |r| r.get::<_, String>(0))?;
    let mut found = vec![];
    for name in names {
        if let Some(section) = name?.strip_prefix(&from) {
            found.push(DocumentId { record: record.clone(), section: section.to_owned() });
        }
    }
    Ok(found)
}

/// Title, and everything that is found by search; `None`: there is nothing, or its incident is not shown.
pub(super) fn words(db: &Connection, of: IncidentId) -> Result<Option<(String, String)>, StoreError> {
    let record = RecordId::postmortem(of);
    let fields = fields::all(db, &record)?;
    let sections = sections(db, of)?;
    if fields.is_empty() && sections.is_empty() || !incidents::is_shown(db, of)? {
        return Ok(None);
    }
    let title = fields.get("title").and_then(|f| f.value.as_str()).map(str::to_owned);
    let title = match title.filter(|title| !title.trim().is_empty()) {
        Some(title) => title,
        None => incidents::title(db, of)?,
    };
    let mut body = vec![];
    for section in sections {
        body.push(pictures_named(&texts::current(db, &section)?).into_owned());
    }
    // Lines, answers, factors, actions: whatever is a sentence of a person.
    // What was published is what stands in the sections, or is corrected: it is no second place to be found at.
    let is_said = |name: &str| !matches!(name, "title" | Frozen::FIELD) && !is_of_server(name);
    let said = fields.iter().filter(|(name, _)| is_said(name)).filter_map(|(_, field)| {
        let text = field.value.as_str().or_else(|| field.value.get("text")?.as_str())?;
        text.contains(' ').then(|| text.to_owned())
    });
    body.extend(said);
    Ok(Some((title, body.join("\n"))))
}

/// A postmortem as it is listed: without its texts, and without what was published of it.
#[derive(Clone, Debug, PartialEq)]
pub struct PostmortemListed {
    pub incident: IncidentRow,
    /// Whoever was named to write it.
    pub owner: Option<PersonId>,
    pub fields: BTreeMap<String, FieldView>,
}

impl Queries {
    /// The fields of a postmortem, by name; empty when nothing was written.
    pub fn postmortem_fields(&self, of: IncidentId) -> Result<BTreeMap<String, FieldView>, StoreError> {
        fields::all(&self.db, &RecordId::postmortem(of))
    }

    /// It has this picture: whether the team knows it. `None`: it has not.
    pub(super) fn postmortem_shows(&self, of: IncidentId, hash: &str) -> Result<Option<bool>, StoreError> {
        let record = RecordId::postmortem(of);
        let field = picture_field(hash);
        let tail = "JOIN view_field ON view_field.winner = op.id
             WHERE view_field.kind = ?1 AND view_field.record = ?2 AND view_field.name = ?3";
        let named = ops::select(&self.db, tail, params![record.kind, record.id.as_bytes(), field])?;
        let names = |stored: &ops::Stored| match stored.op.change() {
            Some(Change::Record { field, value, .. }) => picture_of(&field, &value).is_some(),
            _ => false,
        };
        Ok(named.iter().filter(|stored| names(stored)).map(|stored| !stored.is_pending()).max())
    }

    /// Its sections as they are written down here, by their ids.
    pub fn postmortem_texts(&self, of: IncidentId) -> Result<BTreeMap<String, String>, StoreError> {
        self.postmortem_texts_but(of, |_| false)
    }

    /// The same, without those that somebody has already.
    pub fn postmortem_texts_but(
        &self,
        of: IncidentId,
        has: impl Fn(&str) -> bool,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let read = |section: DocumentId| -> Result<_, StoreError> {
            let text = texts::current(&self.db, &section)?;
            Ok((section.section, text))
        };
        sections(&self.db, of)?.into_iter().filter(|id| !has(&id.section)).map(read).collect()
    }

    /// A postmortem as it is listed; `None`: its incident is not shown.
    pub fn postmortem_listed(&self, of: IncidentId) -> Result<Option<PostmortemListed>, StoreError> {
        let Some(incident) = self.incident_row(of)? else { return Ok(None) };
        let owner = fields::text(&self.db, RecordId::INCIDENT, of.0, POSTMORTEM_OWNER)?.map(PersonId::new);
        let fields = fields::all_but(&self.db, &RecordId::postmortem(of), Frozen::FIELD)?;
        Ok(Some(PostmortemListed { incident, owner, fields }))
    }

    /// The incidents of which a field or a section of a postmortem is known.
    pub fn postmortems(&self) -> Result<BTreeSet<IncidentId>, StoreError> {
        let mut query = self.db.prepare_cached("SELECT DISTINCT record FROM view_field WHERE kind = ?1")?;
        let ids = query.query_map([RecordId::POSTMORTEM], |r| r.get::<_, [u8; 16]>(0))?;
        let mut ids: BTreeSet<Uuid> = ids.map(|id| id.map(Uuid::from_bytes)).collect::<Result<_, _>>()?;
        let end = format!("{}0", RecordId::POSTMORTEM);
        // From the first text of one to the first text of the next: how often each was written does not matter.
        for sql in [
            "SELECT document FROM op WHERE document >= ?1 AND document < ?2 AND state <> 3 ORDER BY document LIMIT 1",
            "SELECT document FROM text_state WHERE document >= ?1 AND document < ?2 ORDER BY document LIMIT 1",
        ] {
            let mut query = self.db.prepare_cached(sql)?;
            let mut from = format!("{}/", RecordId::POSTMORTEM);
            while let Some(found) = query.query_row([&from, &end], |r| r.get::<_, String>(0)).optional()? {
                let record = found.split('#').next().unwrap_or(&found);
                let id = record.split_once('/').and_then(|(_, id)| Uuid::parse_str(id).ok());
                ids.extend(id);
                // `$` comes behind `#`: behind everything of this record.
                from = format!("{record}$");
            }
        }
        Ok(ids.into_iter().map(IncidentId).collect())
    }

    /// The incidents whose postmortem may want something of this person: they are named in it, own one of its actions, or
    /// somebody speaks to somebody in it.
    pub fn postmortems_about(&self, person: &PersonId) -> Result<BTreeSet<IncidentId>, StoreError> {
        let mut named = self
            .db
            .prepare_cached("SELECT DISTINCT record FROM view_field WHERE kind = ?1 AND name IN (?2, ?3)")?;
        let [author, reviewer] = fields_naming(person);
        let rows =
            named.query_map(params![RecordId::POSTMORTEM, author, reviewer], |r| r.get::<_, [u8; 16]>(0))?;
        let mut ids: BTreeSet<[u8; 16]> = rows.collect::<Result<_, _>>()?;
        // What is written in it is looked at only where it can be meant: a name in an owner, an `@` in what is said.
        let mut written = self.db.prepare_cached(
            "SELECT DISTINCT view_field.record FROM view_field JOIN op ON op.id = view_field.winner
             WHERE view_field.kind = ?1 AND instr(op.change, ?2) > 0
               AND (name GLOB ?3 OR name GLOB ?4)",
        )?;
        let (whose, [one, other]) = (format!("\"{person}\""), FIELDS_OF_WORDS);
        for asked in [
            [RecordId::POSTMORTEM, &whose, FIELDS_OF_OWNERS, FIELDS_OF_OWNERS],
            [RecordId::POSTMORTEM, "@", one, other],
            [RecordId::INCIDENT, &whose, POSTMORTEM_OWNER, POSTMORTEM_OWNER],
        ] {
            let rows = written.query_map(asked, |r| r.get::<_, [u8; 16]>(0))?;
            for id in rows {
                ids.insert(id?);
            }
        }
        Ok(ids.into_iter().map(|id| IncidentId(Uuid::from_bytes(id))).collect())
    }

    /// Something of it is not yet known to the team.
    pub fn postmortem_is_pending(&self, of: IncidentId) -> Result<bool, StoreError> {
        let waiting = ops::select(
            &self.db,
            "WHERE subject = ?1 AND own = 1 AND state = 0 ORDER BY id",
            [of.0.as_bytes()],
        )?;
        let is_of_it = |stored: &ops::Stored| {
            stored.op.change().is_some_and(|change| change.subject().kind == RecordId::POSTMORTEM)
        };
        Ok(waiting.iter().any(is_of_it))
    }
}
