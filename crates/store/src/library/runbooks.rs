//! Runbooks: a record's fields, and a text.

use super::{Queries, fields};
use crate::StoreError;
use firebell_domain::runbook::Reviewed;
use firebell_domain::{PersonId, RunbookId};
use firebell_log::{DocumentId, RecordId};
use firebell_protocol::library::{FieldView, RunbookDetail, RunbookRow};
use rusqlite::Connection;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The document of a runbook's body.
pub(super) fn body(id: RunbookId) -> DocumentId {
    DocumentId { record: RecordId::runbook(id), section: "body".into() }
}

fn row(
    db: &Connection,
    id: RunbookId,
    fields: &BTreeMap<String, FieldView>,
) -> Result<RunbookRow, StoreError> {
    let text = |name: &str| match fields.get(name).map(|f| &f.value) {
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text.clone()),
        _ => None,
    };
    let value = |name: &str| fields.get(name).map(|f| f.value.clone()).unwrap_or_default();
    // Written by whoever pleases: what has another shape says nothing.
    let reviewed: Option<Reviewed> = serde_json::from_value(value("reviewed")).ok();
    let reviewed = reviewed.filter(|r| fields.get("reviewed").is_some_and(|f| f.author == r.by));
    let pending = db
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM op WHERE own = 1 AND state = 0 AND subject = ?1)")?
        .query_row([id.0.as_bytes()], |r| r.get(0))?;
    Ok(RunbookRow {
        id,
        title: text("title").unwrap_or_default(),
        owner: text("owner").map(PersonId),
        service: text("service"),
        last_reviewed: text("last_reviewed"),
        reviewed,
        tested_on: text("tested_on"),
        labels: serde_json::from_value(value("labels")).unwrap_or_default(),
        urls: serde_json::from_value(value("urls")).unwrap_or_default(),
        archived: matches!(fields.get("archived").map(|f| &f.value), Some(Value::Bool(true))),
        pending,
    })
}

impl Queries {
    /// Every runbook of which a field or a text is known, by title.
    pub fn runbooks(&self) -> Result<Vec<RunbookRow>, StoreError> {
        let mut query = self.db.prepare_cached("SELECT DISTINCT record FROM view_field WHERE kind = ?1")?;
        let ids = query.query_map([RecordId::RUNBOOK], |r| r.get::<_, [u8; 16]>(0))?;
        let mut ids: BTreeSet<Uuid> = ids.map(|id| id.map(Uuid::from_bytes)).collect::<Result<_, _>>()?;
        let mut texts = self.db.prepare_cached(
            "SELECT DISTINCT document FROM op WHERE document IS NOT NULL AND state <> 3
             UNION SELECT DISTINCT document FROM text_state",
        )?;
        let mut rows = texts.query([])?;
        while let Some(row) = rows.next()? {
            ids.extend(runbook_of(&row.get::<_, String>(0)?));
        }
        let mut all = vec![];
        for id in ids.into_iter().map(RunbookId) {
            all.push(row(&self.db, id, &fields::all(&self.db, &RecordId::runbook(id))?)?);
        }
        all.sort_by_cached_key(|row| (row.title.to_lowercase(), row.id));
        Ok(all)
    }

    /// `None` when nothing is known of it here.
    pub fn runbook(&self, id: RunbookId) -> Result<Option<RunbookDetail>, StoreError> {
        let mut fields = fields::all(&self.db, &RecordId::runbook(id))?;
        let body = body(id);
        if fields.is_empty() && self.document(&body)?.is_empty() {
            return Ok(None);
        }
        // Its versions are asked for by themselves.
        let text = fields.get_mut("version").and_then(|field| field.value.as_object_mut());
        text.map(|version| version.remove("text"));
        Ok(Some(RunbookDetail { row: row(&self.db, id, &fields)?, fields, body: body.to_string() }))
    }
}

/// `runbook/<id>#section`
fn runbook_of(document: &str) -> Option<Uuid> {
    let rest = document.strip_prefix(RecordId::RUNBOOK)?.strip_prefix('/')?;
    Uuid::parse_str(rest.split('#').next()?).ok()
}
