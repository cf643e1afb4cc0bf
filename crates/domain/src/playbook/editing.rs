//! A playbook while somebody edits it, and others may be saving theirs.
//!
//! What an editor holds is a whole playbook as JSON, with values that cannot be read yet (a length of time with half of its
//! letters). What is saved are changes. Between the two stands what the editor began with: only what is different from that
//! was meant, so it can be put on top of what somebody else saved in the meantime, and what a newer version wrote is kept.

use super::PlaybookChanges;
use super::changes::{difference, json, merge};
use super::difference::{Difference, between, name_of};
use crate::playbook::Playbook;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

/// Something wrong with a value that is being edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "PlaybookMistake")]
pub struct Mistake {
    /// `checklists.mobilise[2].text`
    pub path: String,
    /// The same for a person: `Checklist mobilise, line 3: text`.
    pub name: String,
    /// What is wrong, and what to write instead.
    pub words: String,
}

/// What an edit comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(rename = "PlaybookEdit")]
pub struct Edit {
    /// To save: what was meant, on top of what holds now.
    pub changes: PlaybookChanges,
    /// The same as a whole playbook, to go on editing with; what cannot be read is in it as it was typed.
    #[ts(type = "import(\"./Playbook\").Playbook")]
    pub whole: Value,
    /// What saving changes.
    pub unsaved: Vec<Difference>,
    /// What others saved since the edit began.
    pub theirs: Vec<Difference>,
    /// Paths of `unsaved` that others changed as well, to something else: saving replaces theirs.
    pub contested: Vec<String>,
    /// Where the edited playbook is not what is usual in the field.
    pub unusual: Vec<Difference>,
    /// Why it cannot be saved.
    pub problems: Vec<Mistake>,
}

impl Edit {
    /// `base`: what the edit began with. `draft`: the whole playbook as it was edited. `holds`: what holds now.
    pub fn of(base: &PlaybookChanges, draft: &Map<String, Value>, holds: &PlaybookChanges) -> Self {
        let before = json(&base.playbook());
        let draft = settled(&Value::Object(draft.clone()), Some(&before));
        let meant = difference(&before, &draft);
        let now = json(&holds.playbook());
        let (mut whole, mut raw) = (now.clone(), holds.merged());
        if let Some(meant) = &meant {
            merge(&mut whole, meant);
            merge(&mut raw, meant);
        }
        let usual = json(&Playbook::default());
        let changes = match difference(&usual, &raw) {
            Some(Value::Object(changes)) => PlaybookChanges(changes),
            _ => PlaybookChanges::default(),
        };
        let theirs = between(&before, &now);
        let mine = between(&before, &draft);
        let contested = mine
            .iter()
            .filter(|m| theirs.iter().any(|t| is_same_place(&m.path, &t.path) && m.to != t.to))
            .map(|m| m.path.clone())
            .collect();
        let problems = changes.check().into_iter().map(|problem| {
            let path: Vec<_> = problem.path.split('.').filter(|segment| !segment.is_empty()).collect();
            Mistake { name: name_of(&path), path: problem.path, words: problem.words }
        });
        Self {
            unsaved: between(&now, &whole),
            unusual: between(&usual, &draft),
            changes,
            whole,
            theirs,
            contested,
            problems: problems.collect(),
        }
    }
}

/// One lies in the other.
fn is_same_place(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// As Rust would write it: without what is nothing, and with numbers as they were where only their spelling differs (a window
/// says 50 for 50.0).
fn settled(value: &Value, like: Option<&Value>) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(_, v)| !v.is_null());
            kept.map(|(k, v)| (k.clone(), settled(v, like.and_then(|l| l.get(k))))).collect()
        }
        Value::Array(items) => items.iter().map(|item| settled(item, None)).collect(),
        Value::Number(n) => match like {
            Some(Value::Number(l)) if n.as_f64() == l.as_f64() => Value::Number(l.clone()),
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}
