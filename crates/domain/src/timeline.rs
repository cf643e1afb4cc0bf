//! The timeline of an incident: a journal that only grows (domain §5). What was wrong is corrected by a later entry.

use crate::attachment::{self, Attachment};
use crate::refusal::RefusalCode;
use crate::run::RunRecord;
use crate::{EntryId, IncidentId, Instant, Refusal};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Characters of an entry's text or reason.
pub const TEXT_MAX: usize = 10_000;

/// The shorthand of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    Checking,
    Theory,
    Found,
    Need,
    /// With its reason.
    Decision,
    Action,
    Note,
}

/// One entry, as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Entry {
    pub id: EntryId,
    pub incident: IncidentId,
    pub kind: EntryKind,
    pub text: String,
    /// Why, of a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it happened, by whoever wrote it.
    pub at: Instant,
    /// The entry whose place this one takes; both stay on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<EntryId>,
    /// The command that was run, of an action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Box<RunRecord>>,
    /// 10 at most. An entry with any of them may have no text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<Attachment>>")]
    pub attachments: Vec<Attachment>,
}

impl Entry {
    /// What is wrong with it, if anything; the words name the field.
    pub fn check(&self) -> Result<(), Refusal> {
        let bad = |words: String| Err(Refusal::new(RefusalCode::BadInput, words));
        attachment::check_all(&self.attachments)?;
        if self.text.trim().is_empty() && self.attachments.is_empty() {
            return bad("The text of the entry is empty; say what was seen or done.".into());
        }
        for (field, text) in [("text", Some(&self.text)), ("reason", self.reason.as_ref())] {
            let length = text.map_or(0, |t| t.chars().count());
            if length > TEXT_MAX {
                return bad(format!(
                    "The {field} of the entry has {length} characters; {TEXT_MAX} fit. Shorten it or split it."
                ));
            }
        }
        if self.corrects == Some(self.id) {
            return bad("An entry cannot correct itself.".into());
        }
        self.run.as_ref().map_or(Ok(()), |run| run.check())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn entry(text: &str) -> Entry {
        Entry {
            id: EntryId(Uuid::from_u128(1)),
            incident: IncidentId(Uuid::from_u128(2)),
            kind: EntryKind::Decision,
            text: text.into(),
            reason: None,
            at: Instant::default(),
            corrects: None,
            run: None,
            attachments: vec![],
        }
    }

    fn picture() -> Attachment {
        serde_json::from_value(serde_json::json!({
            "hash": "0".repeat(64), "name": "graph.png", "media_type": "image/png", "size": 9
        }))
        .unwrap()
    }

    #[test]
    fn an_entry_says_something_and_not_too_much() {
        entry("roll back").check().unwrap();
        entry(&"ü".repeat(TEXT_MAX)).check().unwrap();
        assert!(entry(" \n").check().unwrap_err().words.contains("text"));
        assert!(entry(&"x".repeat(TEXT_MAX + 1)).check().unwrap_err().words.contains("10001 characters"));
        let long = Entry { reason: Some("y".repeat(TEXT_MAX + 1)), ..entry("roll back") };
        assert!(long.check().unwrap_err().words.contains("reason"));
        let shown = Entry { attachments: vec![picture()], ..entry("") };
        shown.check().unwrap();
        let odd = Attachment { name: "a/b.png".into(), ..picture() };
        Entry { attachments: vec![odd], ..shown }.check().unwrap_err();
        let itself = Entry { corrects: Some(EntryId(Uuid::from_u128(1))), ..entry("roll back") };
        itself.check().unwrap_err();
    }
}
