//! What is different between two playbooks, for a person to read: in the summary before a save, in the history, and beside
//! each value that is not what is usual.

use super::Playbook;
use super::changes::json;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// Characters of a value in a sentence; longer ones are only said to be others.
const VALUE_MAX: usize = 120;
/// Fields whose values are names of choices.
const CHOICES: [&str; 9] =
    ["respond_in", "paged", "must_know", "invited", "channel", "declared", "postmortem", "send_on", "role"];

/// One value that is another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "PlaybookDifference")]
pub struct Difference {
    /// Like the paths of mistakes: `severities.SEV1.updates.every`. A list is one value.
    pub path: String,
    /// The same for a person: `SEV1: updates, every`.
    pub name: String,
    /// What it was, in words; `None`: it was not there.
    pub from: Option<String>,
    /// What it is; `None`: it is taken away.
    pub to: Option<String>,
    /// The whole sentence.
    pub words: String,
}

impl Playbook {
    /// What makes `to` of this one, in the order of the paths.
    pub fn differences(&self, to: &Playbook) -> Vec<Difference> {
        between(&json(self), &json(to))
    }
}

/// Of two playbooks as JSON, which may have what cannot be read.
pub(super) fn between(from: &Value, to: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(&mut Vec::new(), Some(from), Some(to), &mut found);
    found
}

fn walk<'v>(
    path: &mut Vec<&'v str>,
    from: Option<&'v Value>,
    to: Option<&'v Value>,
    found: &mut Vec<Difference>,
) {
    // Something that is not there, and something that is nothing, are the same.
    let (from, to) = (from.filter(|v| !v.is_null()), to.filter(|v| !v.is_null()));
    if from == to {
        return;
    }
    if let (Some(Value::Object(a)), Some(Value::Object(b))) = (from, to) {
        for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
            path.push(key);
            walk(path, a.get(key), b.get(key), found);
            path.pop();
        }
        return;
    }
    let field = path.last().copied().unwrap_or_default();
    let name = name_of(path);
    let (was, is) = (from.map(|v| value_words(field, v)), to.map(|v| value_words(field, v)));
    let told = match (from, to) {
        (Some(Value::Array(a)), Some(Value::Array(b))) => list_words(field, a, b),
        _ => match (&was, &is) {
            (Some(was), Some(is)) if is_short(was) && is_short(is) => format!("{was} → {is}"),
            (Some(_), Some(_)) => "another text".to_owned(),
            (Some(was), None) if is_short(was) => format!("no longer {was}"),
            (Some(_), None) => "taken away".to_owned(),
            (None, Some(is)) if is_short(is) => format!("now {is}"),
            (None, _) => "new".to_owned(),
        },
    };
    found.push(Difference {
        path: path.join("."),
        words: format!("{name}: {told}"),
        name,
        from: was,
        to: is,
    });
}

fn is_short(text: &str) -> bool {
    !text.contains('\n') && text.chars().count() <= VALUE_MAX
}

/// `SEV1: updates, every`; `Checklist first response`; `Public text: jargon, api`.
pub(super) fn name_of(path: &[&str]) -> String {
    let plain = |segment: &str| match segment.strip_suffix(']').and_then(|s| s.rsplit_once('[')) {
        Some((list, at)) if at.parse::<usize>().is_ok() => {
            let line = at.parse::<usize>().map_or(0, |at| at.saturating_add(1));
            format!("{}, line {line}", list.replace('_', " "))
        }
        _ => segment.replace('_', " "),
    };
    let Some((section, rest)) = path.split_first() else { return "The playbook".into() };
    let (head, rest) = match (*section, rest.split_first()) {
        ("severities", Some((severity, rest))) => ((*severity).to_owned(), rest),
        ("roles", Some((role, rest))) => (format!("Role {}", plain(role)), rest),
        ("checklists", Some((phase, rest))) => (format!("Checklist {}", plain(phase)), rest),
        ("strategies", Some((id, rest))) => (format!("Strategy {}", plain(id)), rest),
        ("hand_over", _) => ("Hand-over".to_owned(), rest),
        (section, _) => {
            let section = plain(section);
            let mut letters = section.chars();
            let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
            (first + letters.as_str(), rest)
        }
    };
    let rest: Vec<_> = rest.iter().map(|segment| plain(segment)).collect();
    if rest.is_empty() { head } else { format!("{head}: {}", rest.join(", ")) }
}

/// A value in words: the text of a thing, yes and no, a list with semicolons.
fn value_words(field: &str, value: &Value) -> String {
    match value {
        Value::String(text) if CHOICES.contains(&field) => text.replace('_', " "),
        Value::String(text) if text.is_empty() => "nothing".into(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |n| n.to_string()),
        Value::Array(items) if items.is_empty() => "nothing".into(),
        Value::Array(items) => {
            items.iter().map(|item| value_words(field, item)).collect::<Vec<_>>().join("; ")
        }
        Value::Object(thing) => {
            let said =
                ["name", "title", "text", "sign", "why"].iter().find_map(|key| thing.get(*key)?.as_str());
            match (said, thing.get("action").and_then(Value::as_str)) {
                (Some(sign), Some(action)) => format!("{sign}: {action}"),
                (Some(said), None) => said.to_owned(),
                (None, _) => value.to_string(),
            }
        }
        Value::Null => "nothing".into(),
    }
}

/// By what an item is known again: its id, else what it says.
fn known_by(field: &str, item: &Value) -> String {
    match item.get("id").and_then(Value::as_str) {
        Some(id) => id.to_owned(),
        None => value_words(field, item),
    }
}

fn list_words(field: &str, from: &[Value], to: &[Value]) -> String {
    let keyed = |items: &'_ [Value]| -> Vec<String> { items.iter().map(|i| known_by(field, i)).collect() };
    let (before, after) = (keyed(from), keyed(to));
    let quoted = |item: &Value| format!("“{}”", value_words(field, item));
    let mut told = Vec::new();
    for (item, _) in to.iter().zip(&after).filter(|(_, key)| !before.contains(key)) {
        told.push(format!("added {}", quoted(item)));
    }
    for (item, _) in from.iter().zip(&before).filter(|(_, key)| !after.contains(key)) {
        told.push(format!("removed {}", quoted(item)));
    }
    for (item, key) in from.iter().zip(&before) {
        let Some(now) = after.iter().position(|k| k == key).and_then(|at| to.get(at)) else { continue };
        if now == item {
            continue;
        }
        let (was, is) = (quoted(item), quoted(now));
        let whose = |item: &Value| {
            let role = item.get("role").or_else(|| item.get("strategy")).and_then(Value::as_str);
            role.map(str::to_owned)
        };
        told.push(if was != is {
            format!("{was} is now {is}")
        } else if whose(item) == whose(now) {
            format!("{is} is another one")
        } else {
            format!("{is} is for {}", whose(now).map_or("anybody".to_owned(), |r| r.replace('_', " ")))
        });
    }
    let stayed = |keys: &[String], others: &[String]| -> Vec<String> {
        keys.iter().filter(|key| others.contains(key)).cloned().collect()
    };
    if stayed(&before, &after) != stayed(&after, &before) || told.is_empty() {
        told.push("another order".into());
    }
    told.join(", ")
}
