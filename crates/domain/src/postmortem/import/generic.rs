//! YAML and JSON: our own shape, and what others make of the same words.

use super::place;
use super::when::{self, Clock};
use super::{Imported, bad};
use crate::Refusal;
use crate::postmortem::PostmortemFile;
use crate::postmortem::file::{ActionPart, LinePart, PersonPart, VERSION};
use serde_json::{Map, Value};

pub(super) fn data(text: &str) -> Result<Imported, Refusal> {
    let whole: Value = read(text)?;
    let Value::Object(map) = whole else {
        return bad("The file is no postmortem: it begins with a list or a word. Begin with `title:`.");
    };
    match map.get("version") {
        Some(version) if version.as_u64() == Some(u64::from(VERSION)) => {
            let file: PostmortemFile = read(text)?;
            Ok(Imported { file, ..Imported::default() })
        }
        Some(version) if map.contains_key("incident") => bad(format!(
            "version: this file has the version {version}, and version {VERSION} is read. Update Firebell, or export it as Markdown."
        )),
        _ => Ok(others(map)),
    }
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    let options = serde_saphyr::options! { with_snippet: false };
    match serde_saphyr::from_str_with_options(text, options) {
        Ok(value) => Ok(value),
        Err(error) => {
            let line = error.location().map(|at| format!("Line {}: ", at.line())).unwrap_or_default();
            bad(format!("{line}{error}. Correct it, and import the file again."))
        }
    }
}

/// A front matter: keys above a text; `None`: it is none.
pub(super) fn front_matter(imported: &mut Imported, text: &str) -> bool {
    match read::<Value>(text) {
        Ok(Value::Object(map)) => {
            fill(imported, map);
            true
        }
        _ => false,
    }
}

fn others(map: Map<String, Value>) -> Imported {
    let mut imported = Imported::new();
    fill(&mut imported, map);
    imported
}

fn fill(imported: &mut Imported, map: Map<String, Value>) {
    let (days, rest): (Vec<_>, Vec<_>) = map
        .into_iter()
        .partition(|(key, _)| matches!(key.to_lowercase().as_str(), "date" | "incident_date" | "day"));
    let mut clock = Clock { day: None, after: None };
    for (key, value) in days {
        let text = plain(&value);
        clock.day = when::day(&text);
        if !place::day(imported, when::moment(&text), clock.day) {
            imported.rest(&key, &text);
        }
    }
    for (key, value) in rest {
        match (place::section(&key.replace('_', " ")), value) {
            (_, Value::Null) => {}
            (Some(("timeline", _)), Value::Array(all)) => {
                all.into_iter().for_each(|one| line(imported, &mut clock, &one));
            }
            (Some(("actions", _)), Value::Array(all)) => {
                all.into_iter().for_each(|one| action(imported, &one));
            }
            (Some(("factors", _)), Value::Array(all)) if all.iter().all(Value::is_string) => {
                let factors = all.iter().map(|one| place::factor("", &plain(one)));
                imported.file.factors.extend(factors);
            }
            (Some((id, title)), value) => imported.keep(id, title, &written(&value)),
            (None, Value::Array(all)) if all.iter().all(Value::is_string) => {
                let text = all.iter().map(plain).collect::<Vec<_>>().join(", ");
                if !place::value(imported, &key, &text) {
                    imported.rest(&key, &text);
                }
            }
            (None, value) => {
                let text = written(&value);
                if value.is_object() || value.is_array() || !place::value(imported, &key, &text) {
                    imported.rest(&key, &text);
                }
            }
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A value as markdown.
fn written(value: &Value) -> String {
    match value {
        Value::Array(all) => {
            let item = |one: &Value| format!("- {}", written(one).replace('\n', "\n  "));
            all.iter().map(item).collect::<Vec<_>>().join("\n")
        }
        Value::Object(map) => {
            let item =
                |(key, one): (&String, &Value)| format!("**{key}**: {}", written(one).replace('\n', "\n  "));
            map.iter().map(item).collect::<Vec<_>>().join("\n")
        }
        Value::Null => String::new(),
        other => plain(other),
    }
}

fn line(imported: &mut Imported, clock: &mut Clock, one: &Value) {
    let found = match one {
        Value::Object(map) => {
            let get = |names: &[&str]| names.iter().find_map(|name| map.get(*name)).map(plain);
            let at = get(&["at", "time", "timestamp", "when", "date"]);
            let text = get(&["text", "event", "description", "message", "what", "summary", "note"]);
            let by = get(&["by", "who", "author", "person"]);
            let (at, text) = (at.unwrap_or_default(), text.unwrap_or_default());
            let known = map.len() == 2 + usize::from(by.is_some()) && !text.trim().is_empty();
            let found = clock.line(&at).filter(|(_, rest)| known && rest.is_empty());
            found.map(|(at, _)| (at, text, by))
        }
        Value::String(text) => clock.line(text).map(|(at, text)| (at, text.to_owned(), None)),
        _ => None,
    };
    match found.filter(|(_, text, _)| !text.trim().is_empty()) {
        Some((at, text, by)) => {
            let by = by.map(|name| PersonPart { id: None, name });
            imported.file.timeline.push(LinePart { at, text: text.trim().to_owned(), by, moment: None });
        }
        None => {
            let text = written(one);
            imported.keep("timeline", "Timeline", &format!("- {}", text.replace('\n', "\n  ")));
            imported
                .not_understood
                .push(format!("A line of the timeline has no time that can be read: {}", cut(&text)));
        }
    }
}

fn action(imported: &mut Imported, one: &Value) {
    let mut action = ActionPart::default();
    match one {
        Value::String(text) => text.trim().clone_into(&mut action.title),
        Value::Object(map) => {
            for (key, value) in map {
                let text = written(value);
                if !place::of_action(&mut action, key, &text) {
                    let more = format!("{key}: {text}");
                    action.description = format!("{}\n{more}", action.description).trim().to_owned();
                }
            }
        }
        other => action.title = plain(other),
    }
    if action.title.is_empty() {
        imported.keep("actions", "Action items", &format!("- {}", written(one).replace('\n', "\n  ")));
        imported.not_understood.push(format!("An action has no title: {}", cut(&written(one))));
    } else {
        imported.file.actions.push(action);
    }
}

pub(super) fn cut(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(80).collect();
    if short.len() < line.len() { format!("{short}…") } else { short }
}
