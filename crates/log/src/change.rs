//! The four kinds of data, as changes.

use crate::{OpId, RecordId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use firebell_domain::incident::{IncidentCommand, RecordedIncident};
use firebell_domain::timeline::Entry;
use firebell_domain::{IncidentId, Instant};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::fmt;

/// One section of one record, as text that several people write.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DocumentId {
    pub record: RecordId,
    /// `body` of a runbook.
    pub section: String,
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.record, self.section)
    }
}

/// Bytes that travel as base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        STANDARD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// A change. What a program does not know is `None` of [`crate::Written::change`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A field of a record gets a value; `null` clears it.
    Record {
        record: RecordId,
        field: String,
        value: Value,
        /// The write whose value the author saw and means to replace.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaces: Option<OpId>,
    },
    /// The journal grows. `{"kind":"entry","entry":{…}}`: an entry has a `kind` of its own.
    Entry(#[serde(with = "entry")] Entry),
    /// A text changes: an update of its document.
    Text { document: DocumentId, update: Bytes },
    /// Something is asked, and decided by the team's server.
    Command(Asked),
    /// What a desktop without a team decided for itself, when it joins one: settled, not decided again.
    Settled { incident: IncidentId, events: Vec<RecordedIncident> },
}

/// An entry under its own name, beside the tag.
mod entry {
    use super::Entry;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize)]
    struct Outward<'a> {
        entry: &'a Entry,
    }

    #[derive(Deserialize)]
    struct Inward {
        entry: Entry,
    }

    pub fn serialize<S: Serializer>(entry: &Entry, s: S) -> Result<S::Ok, S::Error> {
        Outward { entry }.serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Entry, D::Error> {
        Inward::deserialize(d).map(|i| i.entry)
    }
}

/// A command with what its author knew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    pub incident: IncidentId,
    pub command: IncidentCommand,
    /// The version of the incident that the author saw; 0 for a declaration.
    pub decided_on: u64,
    /// By the author's clock.
    pub given_at: Instant,
    /// How long after `given_at` it still means what was meant, in milliseconds.
    pub good_for_ms: u64,
}

impl Change {
    /// The record it is about: what is refused together is shown together.
    pub fn subject(&self) -> RecordId {
        match self {
            Self::Record { record, .. } => record.clone(),
            Self::Entry(entry) => RecordId::incident(entry.incident),
            Self::Text { document, .. } => document.record.clone(),
            Self::Command(asked) => RecordId::incident(asked.incident),
            Self::Settled { incident, .. } => RecordId::incident(*incident),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_entry_keeps_its_own_kind() {
        let entry = Entry {
            id: firebell_domain::EntryId(Uuid::from_u128(2)),
            incident: IncidentId(Uuid::from_u128(1)),
            kind: firebell_domain::timeline::EntryKind::Decision,
            text: "roll back".into(),
            reason: None,
            at: Instant::default(),
            corrects: None,
            run: None,
            attachments: vec![],
        };
        let change = Change::Entry(entry);
        let value = serde_json::to_value(&change).unwrap();
        assert_eq!((&value["kind"], &value["entry"]["kind"]), (&"entry".into(), &"decision".into()));
        assert_eq!(serde_json::from_value::<Change>(value).unwrap(), change);
    }

    #[test]
    fn changes_read_as_they_are_written() {
        let record = RecordId::incident(IncidentId(Uuid::from_u128(1)));
        let change = Change::Text {
            document: DocumentId { record, section: "body".into() },
            update: Bytes(vec![0, 255, 7]),
        };
        let text = serde_json::to_string(&change).unwrap();
        assert!(text.contains(r#""kind":"text""#) && text.contains("AP8H"), "{text}");
        assert_eq!(serde_json::from_str::<Change>(&text).unwrap(), change);
    }
}
