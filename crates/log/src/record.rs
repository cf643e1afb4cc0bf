//! Records: fields that several people set, and who wins.
//!
//! A write that names the value it replaces wins over that value. Among those that nobody replaced, the latest stamp
//! wins: these are the truly concurrent ones. The rule looks at the set of writes and not at the order in which
//! they came, so every replica comes to the same value.

use crate::{OpId, Stamp};
use firebell_domain::{IncidentId, PersonId, RunbookId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashSet;
use std::fmt;
use ts_rs::TS;
use uuid::Uuid;

/// A thing with fields. The kind is a word, so that a program can keep records of a kind it does not know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
pub struct RecordId {
    /// `incident`, `postmortem`, `runbook`, …: 1–32 characters of `a-z` and `_`.
    pub kind: String,
    #[ts(type = "string")]
    pub id: Uuid,
}

impl RecordId {
    pub const INCIDENT: &str = "incident";
    pub const RUNBOOK: &str = "runbook";
    /// Of an incident, by whose id it goes: whoever may not see the one sees nothing of the other.
    pub const POSTMORTEM: &str = "postmortem";
    /// The report of a triage that led to no incident.
    pub const TRIAGE: &str = "triage";

    pub fn incident(id: IncidentId) -> Self {
        Self { kind: Self::INCIDENT.into(), id: id.0 }
    }

    pub fn postmortem(of: IncidentId) -> Self {
        Self { kind: Self::POSTMORTEM.into(), id: of.0 }
    }

    pub fn runbook(id: RunbookId) -> Self {
        Self { kind: Self::RUNBOOK.into(), id: id.0 }
    }

    pub fn triage(id: Uuid) -> Self {
        Self { kind: Self::TRIAGE.into(), id }
    }

    /// The incident that this is the record of.
    pub fn as_incident(&self) -> Option<IncidentId> {
        (self.kind == Self::INCIDENT).then_some(IncidentId(self.id))
    }

    /// The incident of which this says something: it is known, and seen, only with it.
    pub fn about(&self) -> Option<IncidentId> {
        matches!(self.kind.as_str(), Self::INCIDENT | Self::POSTMORTEM).then_some(IncidentId(self.id))
    }

    /// Bytes that a value of this field may have, as JSON. A version of a runbook or a postmortem is a whole text.
    pub fn value_max(&self, field: &str) -> usize {
        let is_text = matches!(self.kind.as_str(), Self::RUNBOOK | Self::POSTMORTEM) && field == "version";
        if is_text { 240 * 1_024 } else { 64 * 1_024 }
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

/// One write of one field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldWrite {
    pub id: OpId,
    pub stamp: Stamp,
    pub author: PersonId,
    pub value: Value,
    pub replaces: Option<OpId>,
}

impl FieldWrite {
    fn order(&self) -> (Stamp, OpId) {
        (self.stamp, self.id)
    }
}

/// The write whose value the field has; `None` without any.
pub fn winner(writes: &[FieldWrite]) -> Option<&FieldWrite> {
    heads(writes).max_by_key(|w| w.order())
}

/// Those that lost against the winner without having been seen by whoever wrote it: what a person may want back. One
/// that says what stands anyway has lost nothing, so a value that was restored is settled, and so is one that two
/// people set alike.
pub fn overruled(writes: &[FieldWrite]) -> Vec<&FieldWrite> {
    let Some(won) = winner(writes) else { return vec![] };
    let mut lost: Vec<_> = heads(writes).filter(|w| w.value != won.value).collect();
    lost.sort_by_key(|w| std::cmp::Reverse(w.order()));
    lost
}

/// Writes that no other one replaces.
fn heads(writes: &[FieldWrite]) -> impl Iterator<Item = &FieldWrite> {
    let replaced: HashSet<OpId> =
        writes.iter().filter(|w| w.replaces != Some(w.id)).filter_map(|w| w.replaces).collect();
    // A ring of writes replacing each other (nobody honest makes one) would leave no head: then all count.
    let all_replaced = !writes.is_empty() && writes.iter().all(|w| replaced.contains(&w.id));
    writes.iter().filter(move |w| all_replaced || !replaced.contains(&w.id))
}

/// 1–128 characters of `a-z`, `0-9`, `_` and `-`: a word, with an id behind it where there is one field for each of many
/// (`responder_ana`).
pub fn is_field_name(name: &str) -> bool {
    let is_fit = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
    (1..=128).contains(&name.len()) && !name.starts_with('-') && name.bytes().all(is_fit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WriterId;
    use proptest::prelude::*;

    fn op(writer: u128, counter: u64) -> OpId {
        OpId { writer: WriterId(Uuid::from_u128(writer)), counter }
    }

    fn write(writer: u128, counter: u64, ms: i64, value: &str, replaces: Option<OpId>) -> FieldWrite {
        FieldWrite {
            id: op(writer, counter),
            stamp: Stamp { ms, tick: 0 },
            author: "ana".into(),
            value: value.into(),
            replaces,
        }
    }

    #[test]
    fn whoever_saw_the_value_replaces_it_even_with_a_slow_clock() {
        let writes = [write(1, 1, 1_000, "old", None), write(2, 1, 5, "new", Some(op(1, 1)))];
        assert_eq!(winner(&writes).unwrap().value, "new");
        assert!(overruled(&writes).is_empty());
    }

    #[test]
    fn of_two_who_did_not_see_each_other_the_later_wins_and_the_other_can_be_had_back() {
        let writes = [
            write(1, 1, 10, "first", None),
            write(2, 1, 30, "train", Some(op(1, 1))),
            write(3, 1, 20, "office", Some(op(1, 1))),
        ];
        assert_eq!(winner(&writes).unwrap().value, "train");
        assert_eq!(overruled(&writes).iter().map(|w| &w.value).collect::<Vec<_>>(), ["office"]);
    }

    #[test]
    fn a_value_that_was_restored_is_nobodys_loss_any_more() {
        let mut writes = vec![
            write(2, 1, 30, "train", None),
            write(3, 1, 20, "office", None),
            write(4, 1, 10, "train", None),
        ];
        assert_eq!(overruled(&writes).iter().map(|w| w.id).collect::<Vec<_>>(), [op(3, 1)], "said alike");
        writes.push(write(5, 1, 40, "office", Some(op(2, 1))));
        assert_eq!(winner(&writes).unwrap().value, "office");
        assert_eq!(overruled(&writes).iter().map(|w| w.id).collect::<Vec<_>>(), [op(4, 1)]);
    }

    fn any_writes() -> impl Strategy<Value = Vec<FieldWrite>> {
        let one = (1u128..4, 1u64..5, 0i64..6, "[a-c]", prop::option::of((1u128..4, 1u64..5)));
        prop::collection::vec(one, 0..14).prop_map(|all| {
            let mut writes: Vec<FieldWrite> = vec![];
            for (w, c, ms, value, replaces) in all {
                if writes.iter().all(|known| known.id != op(w, c)) {
                    writes.push(write(w, c, ms, &value, replaces.map(|(w, c)| op(w, c))));
                }
            }
            writes
        })
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_changes_nothing(writes in any_writes().prop_shuffle(), seed in any::<u64>()) {
            let mut other = writes.clone();
            // Any permutation will do; this one depends on the seed.
            other.sort_by_key(|w| (w.id.counter ^ seed, w.id.writer.0.as_u128() as u64 ^ seed));
            prop_assert_eq!(winner(&writes), winner(&other));
            prop_assert_eq!(overruled(&writes), overruled(&other));
            prop_assert_eq!(winner(&writes).is_none(), writes.is_empty());
        }
    }
}
