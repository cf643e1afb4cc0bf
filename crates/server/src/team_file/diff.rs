//! What `apply` would change, for a person to read before it does.

use firebell_domain::alert::cut;
use firebell_domain::team::Team;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Everything that is different between two teams.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Diff {
    pub changes: Vec<Change>,
}

/// One thing that is added, changed or removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Change {
    Added { kind: String, id: String },
    Changed { kind: String, id: String, fields: Vec<FieldChange> },
    Removed { kind: String, id: String },
}

/// One field of a changed thing; `None`: not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Below the thing: `steps[1].after`.
    pub path: String,
    pub from: Option<Value>,
    pub to: Option<Value>,
}

/// The kinds of the document, with the word for one of them.
const KINDS: [(&str, &str); 6] = [
    ("people", "person"),
    ("groups", "group"),
    ("schedules", "schedule"),
    ("policies", "policy"),
    ("services", "service"),
    ("integrations", "integration"),
];

/// What turns `from` into `to`.
pub fn diff(from: &Team, to: &Team) -> Diff {
    let playbook = playbook_changes(from, to);
    let (from, to) = (as_json(from), as_json(to));
    let mut changes = Vec::new();
    let mut fields = Vec::new();
    compare("", from.get("team"), to.get("team"), &mut fields);
    if !fields.is_empty() {
        changes.push(Change::Changed { kind: "team".into(), id: String::new(), fields });
    }
    for (list, word) in KINDS {
        let (before, after) = (items(&from, list), items(&to, list));
        for new in after {
            let id = id_of(new);
            match before.iter().find(|old| id_of(old) == id) {
                None => changes.push(Change::Added { kind: word.into(), id }),
                Some(old) => {
                    let mut fields = Vec::new();
                    compare("", Some(old), Some(new), &mut fields);
                    if !fields.is_empty() {
                        changes.push(Change::Changed { kind: word.into(), id, fields });
                    }
                }
            }
        }
        for old in before {
            if !after.iter().any(|new| id_of(new) == id_of(old)) {
                changes.push(Change::Removed { kind: word.into(), id: id_of(old) });
            }
        }
    }
    changes.extend(playbook);
    Diff { changes }
}

/// From the playbook that holds to the one that will: where nothing is written, the default does.
fn playbook_changes(from: &Team, to: &Team) -> Option<Change> {
    if from.playbook == to.playbook {
        return None;
    }
    let effective = |team: &Team| serde_json::to_value(team.playbook()).unwrap_or_default();
    let mut fields = Vec::new();
    compare("", Some(&effective(from)), Some(&effective(to)), &mut fields);
    let is_changed = !fields.is_empty();
    is_changed.then(|| Change::Changed { kind: "playbook".into(), id: String::new(), fields })
}

/// A team is plain data, so this cannot fail; if it could, everything would count as changed.
fn as_json(team: &Team) -> Value {
    serde_json::to_value(team).unwrap_or_default()
}

fn items<'v>(team: &'v Value, list: &str) -> &'v [Value] {
    team.get(list).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn id_of(item: &Value) -> String {
    item.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn compare(path: &str, from: Option<&Value>, to: Option<&Value>, found: &mut Vec<FieldChange>) {
    if from == to {
        return;
    }
    match (from, to) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let keys = b.keys().chain(a.keys().filter(|k| !b.contains_key(*k)));
            for key in keys {
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(&below, a.get(key), b.get(key), found);
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) if a.len() == b.len() => {
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{i}]"), Some(a), Some(b), found);
            }
        }
        _ => found.push(FieldChange { path: path.to_owned(), from: from.cloned(), to: to.cloned() }),
    }
}

impl Diff {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("Nothing changes.");
        }
        let (mut added, mut changed, mut removed) = (0, 0, 0);
        for change in &self.changes {
            match change {
                Change::Added { kind, id } => {
                    added += 1;
                    writeln!(f, "+ {kind} {id}")?;
                }
                Change::Removed { kind, id } => {
                    removed += 1;
                    writeln!(f, "- {kind} {id}")?;
                }
                Change::Changed { kind, id, fields } => {
                    changed += 1;
                    writeln!(f, "~ {}", format!("{kind} {id}").trim())?;
                    for field in fields {
                        writeln!(f, "    {}: {} → {}", field.path, said(&field.from), said(&field.to))?;
                    }
                }
            }
        }
        write!(f, "{added} added, {changed} changed, {removed} removed.")
    }
}

fn said(value: &Option<Value>) -> String {
    match value {
        None => "(none)".into(),
        Some(Value::String(text)) => cut(text, 80),
        Some(other) => cut(&other.to_string(), 80),
    }
}
