//! One number for everything a library knows: equal on two computers when they know the same.

use super::ops::Stored;
use super::{Queries, entries, fields, ops, texts};
use crate::StoreError;
use crate::following::{read, write};
use firebell_domain::incident::Incident;
use firebell_log::StateDigest;
use serde_json::Value;

/// JSON in one way only: keys in order.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort();
            let parts: Vec<String> = keys
                .into_iter()
                .map(|k| format!("{}:{}", Value::String(k.clone()), canonical(&map[k])))
                .collect();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(items) => {
            let parts: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", parts.join(","))
        }
        other => other.to_string(),
    }
}

fn canonical_of<T: serde::Serialize>(table: &'static str, value: &T) -> Result<String, StoreError> {
    Ok(canonical(&read::<Value>(table, &write(table, value)?)?))
}

impl Queries {
    /// Fields, entries, texts and incidents. What was written here and is not answered yet is part of it, but for
    /// commands: they are not decided. Reads everything.
    pub fn digest(&self) -> Result<StateDigest, StoreError> {
        let mut digest = StateDigest::default();
        let mut query = self.db.prepare(&format!(
            "SELECT {}, view_field.kind, view_field.record, view_field.name FROM op
             JOIN view_field ON view_field.winner = op.id",
            ops::COLUMNS
        ))?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let stored = Stored::of(row)?;
            let (kind, record, name): (String, [u8; 16], String) = (row.get(13)?, row.get(14)?, row.get(15)?);
            let (record, value) = (uuid::Uuid::from_bytes(record), canonical(&fields::value(&stored)));
            digest.add("field", &format!("{kind}/{record} {name} {value} {}", stored.op.id));
        }
        let mut failed = Ok(());
        entries::shown(&self.db, |entry, stored| match canonical_of("view_entry", &entry) {
            Ok(entry) => digest.add("entry", &format!("{entry} {}", stored.op.author)),
            Err(error) => failed = Err(error),
        })?;
        failed?;
        texts::all(&self.db, |document, text| digest.add("text", &format!("{document} {text}")))?;
        let mut query = self.db.prepare("SELECT settled FROM view_incident WHERE settled IS NOT NULL")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let incident: Incident = read("view_incident", &row.get::<_, String>(0)?)?;
            digest.add("incident", &canonical_of("view_incident", &incident)?);
        }
        Ok(digest)
    }
}
