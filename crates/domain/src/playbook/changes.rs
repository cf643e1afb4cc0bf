//! What a team does otherwise than the default playbook: all that is kept and sent of it.
//!
//! It is a JSON merge patch (RFC 7396) over [`Playbook::default`]: a field replaces the default's, objects are merged, lists
//! are replaced as a whole, `null` takes away. Reading one **never fails**. What this version does not know, or cannot read,
//! is kept as it is and left out of the playbook; `problems` names it. A person's file with such a mistake is refused, by
//! `check`; but a team whose playbook was written by a newer version still pages, and an older program that hands it on
//! loses nothing of it.

use super::Playbook;
use crate::nearest::nearest;
use crate::team::Problem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

/// Bytes of the changes as JSON.
const BYTES_MAX: usize = 256 * 1024;
/// What cannot be read is named up to here; each costs another reading of the playbook.
const PROBLEMS_MAX: usize = 50;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "{ [section in string]?: unknown }")]
pub struct PlaybookChanges(pub Map<String, Value>);

impl PlaybookChanges {
    /// What makes this playbook of the default one.
    pub fn of(playbook: &Playbook) -> Self {
        match difference(&json(&Playbook::default()), &json(playbook)) {
            Some(Value::Object(changes)) => Self(changes),
            _ => Self::default(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The team's playbook: the default with these changes, as far as they can be read.
    pub fn playbook(&self) -> Playbook {
        self.read().0
    }

    /// Without what says the same as the default; what cannot be read stays.
    pub fn tidied(&self) -> Self {
        let (playbook, problems) = self.read();
        if problems.is_empty() { Self::of(&playbook) } else { self.clone() }
    }

    /// Everything wrong with them: what cannot be read first, then what makes no sense. Paths are those of the playbook:
    /// `severities.SEV1.updates.every`.
    pub fn check(&self) -> Vec<Problem> {
        let (playbook, mut problems) = self.read();
        let bytes = serde_json::to_string(&self.0).map_or(0, |text| text.len());
        if bytes > BYTES_MAX {
            problems
                .push(problem("", format!("the playbook has {bytes} bytes; {BYTES_MAX} fit, shorten it")));
        }
        problems.extend(playbook.check());
        problems
    }

    /// The default with these changes, readable or not.
    pub(super) fn merged(&self) -> Value {
        let mut merged = json(&Playbook::default());
        merge(&mut merged, &Value::Object(self.0.clone()));
        merged
    }

    fn read(&self) -> (Playbook, Vec<Problem>) {
        let mut problems = Vec::new();
        let bytes = serde_json::to_string(&self.0).map_or(0, |text| text.len());
        if bytes > BYTES_MAX {
            problems
                .push(problem("", format!("the playbook has {bytes} bytes; {BYTES_MAX} fit, shorten it")));
            return (Playbook::default(), problems);
        }
        let changes = Value::Object(self.0.clone());
        let mut merged = self.merged();
        let playbook = match decode(&merged) {
            Ok(playbook) => playbook,
            Err(_) => {
                // One change after the other, so that each mistake is named and everything else counts.
                merged = json(&Playbook::default());
                take(&mut merged, &mut Vec::new(), &changes, &mut problems);
                decode(&merged).unwrap_or_default()
            }
        };
        unknown("", Some(&changes), &merged, &json(&playbook), &mut problems);
        (playbook, problems)
    }
}

pub(super) fn json(playbook: &Playbook) -> Value {
    // A playbook is plain data, so this cannot fail.
    serde_json::to_value(playbook).unwrap_or_default()
}

fn decode(merged: &Value) -> Result<Playbook, serde_json::Error> {
    Playbook::deserialize(merged)
}

fn problem(path: &str, words: impl Into<String>) -> Problem {
    Problem { path: path.to_owned(), words: words.into() }
}

/// RFC 7396, "MergePatch".
pub(super) fn merge(base: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *base = patch.clone();
        return;
    };
    if !base.is_object() {
        *base = Value::Object(Map::new());
    }
    let Value::Object(fields) = base else { return };
    for (key, change) in changes {
        if change.is_null() {
            fields.remove(key);
        } else {
            merge(fields.entry(key.clone()).or_insert(Value::Null), change);
        }
    }
}

/// The merge patch from one to the other; `None` when they are equal.
pub(super) fn difference(from: &Value, to: &Value) -> Option<Value> {
    if from == to {
        return None;
    }
    let (Value::Object(a), Value::Object(b)) = (from, to) else { return Some(to.clone()) };
    let mut changes = Map::new();
    for (key, value) in b {
        let change = match a.get(key) {
            Some(old) => difference(old, value),
            None => Some(value.clone()),
        };
        if let Some(change) = change {
            changes.insert(key.clone(), change);
        }
    }
    for key in a.keys().filter(|key| !b.contains_key(*key)) {
        changes.insert(key.clone(), Value::Null);
    }
    Some(Value::Object(changes))
}

/// Takes in every change that can be read, the largest parts that can be at once.
fn take<'v>(merged: &mut Value, path: &mut Vec<&'v str>, change: &'v Value, problems: &mut Vec<Problem>) {
    if problems.len() >= PROBLEMS_MAX {
        return;
    }
    let Err(why) = try_with(merged, path, change) else { return };
    // A new thing is blamed as one: of its parts alone, all that could be said is that the others are missing.
    let is_known = path.iter().try_fold(&*merged, |v, key| v.get(key)).is_some();
    match change {
        Value::Object(parts) if is_known => {
            for (key, part) in parts {
                path.push(key);
                take(merged, path, part, problems);
                path.pop();
            }
        }
        Value::Array(items) if is_known => {
            let fails =
                |item: &Value| try_with(&mut merged.clone(), path, &Value::Array(vec![item.clone()])).err();
            let at = path.join(".");
            let found = items.iter().enumerate().find_map(|(i, item)| Some((i, item, fails(item)?)));
            problems.push(match found {
                Some((i, item, why)) => problem(&format!("{at}[{i}]"), remedy(&why, item)),
                None => problem(&at, remedy(&why, change)),
            });
        }
        _ => problems.push(problem(&path.join("."), remedy(&why, change))),
    }
}

/// Merges a change when the outcome can be read; else says why not, and leaves everything as it was.
fn try_with(merged: &mut Value, path: &[&str], change: &Value) -> Result<(), String> {
    let mut next = merged.clone();
    let patch = path
        .iter()
        .rev()
        .fold(change.clone(), |below, key| Value::Object(Map::from_iter([((*key).to_owned(), below)])));
    merge(&mut next, &patch);
    decode(&next).map_err(|e| e.to_string())?;
    *merged = next;
    Ok(())
}

fn remedy(why: &str, value: &Value) -> String {
    let is_plain = matches!(value, Value::Bool(_) | Value::Number(_));
    if is_plain && why.contains("expected a string") {
        return format!("`{value}` has to be a text; put it in quotes");
    }
    if ["integer", "boolean", "floating point"]
        .iter()
        .any(|kind| why.starts_with(&format!("invalid type: {kind}")))
        && why.ends_with("expected a string")
    {
        return format!("{why}; put it in quotes");
    }
    if why.starts_with("missing field") {
        return format!("{why}; add it");
    }
    why.to_owned()
}

/// Names what a change has and the playbook does not know. `merged` is what was read, `known` what was understood of it.
fn unknown(path: &str, change: Option<&Value>, merged: &Value, known: &Value, problems: &mut Vec<Problem>) {
    match (merged, known) {
        (Value::Object(read), Value::Object(understood)) => {
            for (key, value) in read {
                let changed = change.and_then(|c| c.get(key));
                // What nobody wrote is the default's, and known.
                if changed.is_none() && change.is_some_and(Value::is_object) || value.is_null() {
                    continue;
                }
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match understood.get(key) {
                    Some(known) => unknown(&below, changed, value, known, problems),
                    None => problems.push(problem(&below, stranger(key, understood))),
                }
            }
        }
        (Value::Array(read), Value::Array(understood)) => {
            for (i, (read, understood)) in read.iter().zip(understood).enumerate() {
                unknown(&format!("{path}[{i}]"), None, read, understood, problems);
            }
        }
        _ => {}
    }
}

fn stranger(key: &str, known: &Map<String, Value>) -> String {
    match nearest(key, known.keys().map(String::as_str)) {
        Some(meant) => format!("there is no `{key}` here; did you mean `{meant}`?"),
        None => {
            let all: Vec<_> = known.keys().map(|k| format!("`{k}`")).collect();
            format!("there is no `{key}` here; there are {}", all.join(", "))
        }
    }
}
