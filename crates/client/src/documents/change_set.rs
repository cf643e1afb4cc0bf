//! CodeMirror's `ChangeSet` as JSON: sections along the text. A number keeps so many UTF-16 units;
//! `[deleted, "line", "line"]` puts the lines, joined by `\n`, in the place of so many units.
//!
//! Source: `ChangeSet.toJSON` and `fromJSON` of `@codemirror/state` 6.

use firebell_log::{TextChange, TextError};
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq)]
enum Section {
    Keep(u32),
    Replace { delete: u32, insert: String },
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct ChangeSet(Vec<Section>);

impl ChangeSet {
    /// # Errors
    /// [`TextError::Malformed`].
    pub fn parse(json: &Value) -> Result<Self, TextError> {
        let sections = json.as_array().ok_or(TextError::Malformed)?;
        sections.iter().map(section).collect::<Result<_, _>>().map(Self)
    }

    pub fn json(&self) -> Value {
        let section = |section: &Section| match section {
            Section::Keep(len) => json!(len),
            Section::Replace { delete, insert } if insert.is_empty() => json!([delete]),
            Section::Replace { delete, insert } => {
                let lines = insert.split('\n').map(Value::from);
                Value::Array(std::iter::once(json!(delete)).chain(lines).collect())
            }
        };
        Value::Array(self.0.iter().map(section).collect())
    }

    /// How long a text of `len` units is after it.
    ///
    /// # Errors
    /// [`TextError::OutOfRange`]: it was made for a text of another length.
    pub fn len_after(&self, len: u32) -> Result<u32, TextError> {
        let (mut before, mut after) = (0u64, 0u64);
        for section in &self.0 {
            match section {
                Section::Keep(len) => {
                    before += u64::from(*len);
                    after += u64::from(*len);
                }
                Section::Replace { delete, insert } => {
                    before += u64::from(*delete);
                    after += insert.encode_utf16().count() as u64;
                }
            }
        }
        if before != u64::from(len) {
            return Err(TextError::OutOfRange);
        }
        u32::try_from(after).map_err(|_| TextError::TooLong)
    }

    /// As changes one after another. Its length has been checked.
    pub fn changes(&self) -> Vec<TextChange> {
        let mut at = 0;
        let mut changes = vec![];
        for section in &self.0 {
            match section {
                Section::Keep(len) => at += len,
                Section::Replace { delete, insert } => {
                    let change = TextChange { at, delete: *delete, insert: insert.clone() };
                    at = change.end();
                    changes.push(change);
                }
            }
        }
        changes
    }

    /// The same as change sets, the first for a text of `len` units: one, or more where a change goes back to what
    /// lies before an earlier one.
    pub fn from_changes(len: u32, changes: &[TextChange]) -> Vec<Self> {
        let mut len = len;
        let mut sets = vec![];
        for along in changes.chunk_by(|one, next| next.at >= one.end()) {
            let mut sections = vec![];
            // In the text after the changes so far; and so much of the text before them is behind us.
            let (mut at, mut passed, mut after) = (0, 0, len);
            for change in along {
                if change.at > at {
                    sections.push(Section::Keep(change.at - at));
                }
                passed += change.at - at + change.delete;
                after = after - change.delete + (change.end() - change.at);
                at = change.end();
                sections.push(Section::Replace { delete: change.delete, insert: change.insert.clone() });
            }
            if len > passed {
                sections.push(Section::Keep(len - passed));
            }
            sets.push(Self(sections));
            len = after;
        }
        sets
    }
}

fn section(json: &Value) -> Result<Section, TextError> {
    let len = |json: &Value| json.as_u64().and_then(|n| u32::try_from(n).ok()).ok_or(TextError::Malformed);
    let Some(parts) = json.as_array() else { return len(json).map(Section::Keep) };
    let (delete, lines) = parts.split_first().ok_or(TextError::Malformed)?;
    let line = |json: &Value| match json.as_str() {
        // An editor has no line ends inside its lines; its offsets would not be ours.
        Some(line) if !line.contains(['\n', '\r']) => Ok(line.to_owned()),
        _ => Err(TextError::Malformed),
    };
    let lines: Vec<String> = lines.iter().map(line).collect::<Result<_, _>>()?;
    Ok(Section::Replace { delete: len(delete)?, insert: lines.join("\n") })
}
