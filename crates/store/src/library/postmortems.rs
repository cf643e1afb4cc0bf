//! Postmortems: a record's fields, and a text for each section. They go by the ids of their incidents.

use super::{Queries, fields, incidents, ops, texts};
use crate::StoreError;
use firebell_domain::IncidentId;
use firebell_domain::postmortem::{Frozen, is_of_server, picture_field, picture_of, pictures_named};
use firebell_log::{Change, DocumentId, RecordId};
use firebell_protocol::library::FieldView;
use rusqlite::{Connection, params};
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
        let read = |section: DocumentId| -> Result<_, StoreError> {
            let text = texts::current(&self.db, &section)?;
            Ok((section.section, text))
        };
        sections(&self.db, of)?.into_iter().map(read).collect()
    }

    /// The incidents of which a field or a section of a postmortem is known.
    pub fn postmortems(&self) -> Result<Vec<IncidentId>, StoreError> {
        let mut query = self.db.prepare_cached("SELECT DISTINCT record FROM view_field WHERE kind = ?1")?;
        let ids = query.query_map([RecordId::POSTMORTEM], |r| r.get::<_, [u8; 16]>(0))?;
        let mut ids: BTreeSet<Uuid> = ids.map(|id| id.map(Uuid::from_bytes)).collect::<Result<_, _>>()?;
        let (from, to) = (format!("{}/", RecordId::POSTMORTEM), format!("{}0", RecordId::POSTMORTEM));
        let mut texts = self.db.prepare_cached(
            "SELECT DISTINCT document FROM op WHERE document >= ?1 AND document < ?2 AND state <> 3
             UNION SELECT DISTINCT document FROM text_state WHERE document >= ?1 AND document < ?2",
        )?;
        let mut rows = texts.query([&from, &to])?;
        while let Some(row) = rows.next()? {
            let document: String = row.get(0)?;
            let id = document.strip_prefix(&from).and_then(|rest| rest.split('#').next());
            ids.extend(id.and_then(|id| Uuid::parse_str(id).ok()));
        }
        Ok(ids.into_iter().map(IncidentId).collect())
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
