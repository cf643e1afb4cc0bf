//! What a library has to say after these operations: worked out from scratch, in the simplest way.

use super::oracle::text_of;
use crate::oracle::Broken;
use firebell_domain::IncidentId;
use firebell_domain::incident::Incident;
use firebell_domain::timeline::Entry;
use firebell_log::record::winner;
use firebell_log::{Change, FieldWrite, Operation, OperationBody, StateDigest};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Model {
    /// By record and name.
    fields: BTreeMap<String, Vec<FieldWrite>>,
    entries: Vec<(Entry, String)>,
    texts: BTreeMap<String, Vec<Vec<u8>>>,
    pub incidents: BTreeMap<IncidentId, Incident>,
}

impl Model {
    pub fn of(operations: &[Operation]) -> Result<Self, Broken> {
        let mut model = Self::default();
        for operation in operations {
            match &operation.body {
                OperationBody::Written(written) => match written.change() {
                    Some(Change::Record { record, field, value, replaces }) => {
                        let (id, stamp, author) = (written.id, written.stamp, written.author.clone());
                        let writes = model.fields.entry(format!("{record} {field}")).or_default();
                        writes.push(FieldWrite { id, stamp, author, value, replaces });
                    }
                    // A copied computer may bring the same entry under two names.
                    Some(Change::Entry(entry))
                        if model.entries.iter().all(|(known, _)| known.id != entry.id) =>
                    {
                        model.entries.push((entry, written.author.to_string()));
                    }
                    Some(Change::Text { document, update }) => {
                        model.texts.entry(document.to_string()).or_default().push(update.0);
                    }
                    _ => {}
                },
                OperationBody::Incident { incident, version, events, happened_at, .. } => {
                    for (n, event) in events.iter().enumerate() {
                        let at = happened_at.get(n).copied().unwrap_or(operation.at);
                        match model.incidents.get_mut(incident) {
                            Some(known) => known.apply(at, event),
                            None => {
                                let Some(new) = Incident::from_declared(at, event) else {
                                    return Err(format!("{incident} does not begin with its declaration"));
                                };
                                model.incidents.insert(*incident, new);
                            }
                        }
                    }
                    if let Some(known) = model.incidents.get_mut(incident) {
                        if *version != 1 && *version != known.version + 1 {
                            return Err(format!("{incident} goes from {} to {version}", known.version));
                        }
                        known.version = *version;
                    }
                }
                _ => {}
            }
        }
        let numbers: BTreeSet<u64> = model.incidents.values().map(|i| i.number).collect();
        if numbers.len() != model.incidents.len() {
            return Err("two incidents have one number".into());
        }
        Ok(model)
    }

    pub fn text(&self, document: &str) -> String {
        self.texts.get(document).map(|updates| text_of(updates)).unwrap_or_default()
    }

    /// As [`StateDigest`] is made of a library.
    pub fn digest(&self) -> StateDigest {
        let mut digest = StateDigest::default();
        for (field, writes) in &self.fields {
            if let Some(won) = winner(writes) {
                digest.add("field", &format!("{field} {} {}", canonical(&won.value), won.id));
            }
        }
        for (entry, author) in &self.entries {
            digest.add("entry", &format!("{} {author}", canonical_of(entry)));
        }
        for (document, updates) in &self.texts {
            digest.add("text", &format!("{document} {}", text_of(updates)));
        }
        for incident in self.incidents.values() {
            digest.add("incident", &canonical_of(incident));
        }
        digest
    }

    /// What this store says otherwise, for a person who looks for the reason.
    pub fn differences(&self, store: &firebell_store::library::LibraryStore) -> String {
        let mut found = vec![];
        for (id, incident) in &self.incidents {
            match store.incident(*id) {
                Ok(Some(detail)) => {
                    if detail.row.incident != *incident {
                        found.push(format!("{:?} and not {incident:?}", detail.row.incident));
                    }
                    let mine = self.entries.iter().filter(|(e, _)| e.incident == *id).count();
                    if detail.timeline.len() != mine {
                        found.push(format!("{} entries of {id} and not {mine}", detail.timeline.len()));
                    }
                    self.fields_differ(&format!("incident/{}", id.0), &detail.fields, &mut found);
                }
                other => found.push(format!("{id} is {other:?}")),
            }
        }
        for runbook in store.runbooks().unwrap_or_default() {
            if let Ok(Some(detail)) = store.runbook(runbook.id) {
                self.fields_differ(&format!("runbook/{}", runbook.id.0), &detail.fields, &mut found);
            }
        }
        for (document, updates) in &self.texts {
            let mine = text_of(updates);
            let Some((record, section)) = document.split_once('#') else { continue };
            let Some((kind, id)) = record.split_once('/') else { continue };
            let Ok(id) = id.parse() else { continue };
            let record = firebell_log::RecordId { kind: kind.into(), id };
            let held = store.document(&firebell_log::DocumentId { record, section: section.into() });
            let theirs = held.map(|updates| text_of(&updates)).unwrap_or_default();
            if theirs != mine {
                found.push(format!("{document} says `{theirs}` and not `{mine}`"));
            }
        }
        found.join("; ")
    }

    fn fields_differ(
        &self,
        record: &str,
        held: &BTreeMap<String, firebell_protocol::library::FieldView>,
        found: &mut Vec<String>,
    ) {
        for (name, writes) in self.fields.iter().filter_map(|(f, w)| Some((f.strip_prefix(record)?, w))) {
            let (won, view) = (winner(writes), held.get(name.trim()));
            if won.map(|w| w.id) != view.map(|v| v.write) {
                found.push(format!("{record}{name} is {view:?} and not {won:?}"));
            }
        }
    }
}

fn canonical_of<T: Serialize>(value: &T) -> String {
    canonical(&serde_json::to_value(value).unwrap_or_default())
}

/// Keys in order.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            let parts: Vec<_> = sorted
                .into_iter()
                .map(|(k, v)| format!("{}:{}", Value::String(k.clone()), canonical(v)))
                .collect();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}
