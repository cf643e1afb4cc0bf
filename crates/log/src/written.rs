//! What a person wrote on one device: an operation on its way into the log.

use crate::{Change, Scope};
use firebell_domain::{Instant, PersonId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt;
use ts_rs::TS;
use uuid::Uuid;

/// The version of the shapes in [`Change`] that this program writes.
pub const SCHEMA: u16 = 1;

/// One life of one store: who counts. Minted with the store, and anew when the store learns that a copy of it
/// (a cloned disk) writes under the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct WriterId(pub Uuid);

impl fmt::Display for WriterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of an operation, the same everywhere and for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
pub struct OpId {
    pub writer: WriterId,
    /// 1, 2, 3, … for the life of the writer.
    pub counter: u64,
}

impl fmt::Display for OpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.writer, self.counter)
    }
}

/// A hybrid logical time: milliseconds since 1970 as the writer believed them, never behind anything it had seen.
/// Ties are broken by the writer's id, so that no two operations are at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
pub struct Stamp {
    pub ms: i64,
    pub tick: u32,
}

impl Stamp {
    /// As a time, for people.
    pub fn time(self) -> Instant {
        chrono::DateTime::from_timestamp_millis(self.ms).unwrap_or_default()
    }
}

/// An operation as its author wrote it. The change stands as JSON, so that a program keeps and passes on what it
/// is too old to understand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written {
    pub id: OpId,
    pub scope: Scope,
    pub author: PersonId,
    /// The author's; the server's answer may bring it down to what is possible, and the author adopts that.
    pub stamp: Stamp,
    pub schema: u16,
    pub change: Value,
}

impl Written {
    pub fn new(id: OpId, scope: Scope, author: PersonId, stamp: Stamp, change: &Change) -> Self {
        // Changes are made of maps with text keys, which JSON can always write.
        let change = serde_json::to_value(change).unwrap_or(Value::Null);
        Self { id, scope, author, stamp, schema: SCHEMA, change }
    }

    /// `None`: by a newer version, or damaged; it is kept as it is.
    pub fn change(&self) -> Option<Change> {
        Change::deserialize(&self.change).ok()
    }

    /// What makes two operations of the same id the same: everything but the stamp, which the server may correct. 64
    /// hexadecimal digits.
    pub fn hash(&self) -> String {
        let mut text = format!("{}\n{:?}\n{}\n{}\n", self.id, self.scope, self.author, self.schema);
        canonical(&self.change, &mut text);
        Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect()
    }
}

/// JSON in one way only: keys in order, whatever the order of a parsed map is in this build.
fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort();
            out.push('{');
            for key in keys {
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                canonical(&map[key], out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        other => out.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(change: &str, ms: i64) -> Written {
        Written {
            id: OpId { writer: WriterId(Uuid::from_u128(1)), counter: 3 },
            scope: Scope::Team,
            author: "ana".into(),
            stamp: Stamp { ms, tick: 0 },
            schema: 1,
            change: serde_json::from_str(change).unwrap(),
        }
    }

    #[test]
    fn the_hash_does_not_mind_the_order_of_keys_or_the_stamp() {
        let one = written(r#"{"a":1,"b":{"x":[1,"é\n"],"y":null}}"#, 5);
        let other = written(r#"{"b":{"y":null,"x":[1,"é\n"]},"a":1}"#, 9);
        assert_eq!(one.hash(), other.hash());
        assert_ne!(one.hash(), written(r#"{"a":1,"b":{"x":["é\n",1],"y":null}}"#, 5).hash());
        assert_ne!(one.hash(), Written { author: "ben".into(), ..one.clone() }.hash());
    }

    #[test]
    fn a_change_of_a_newer_version_passes_through_unharmed() {
        let newer = written(r#"{"kind":"hologram","of":"ana"}"#, 1);
        assert_eq!(newer.change(), None);
        let text = serde_json::to_string(&newer).unwrap();
        assert_eq!(serde_json::from_str::<Written>(&text).unwrap(), newer);
    }
}
