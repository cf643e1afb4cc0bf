//! Which field of an incident's record holds what of the room.

use super::board::Standing;
use crate::playbook::Phase;
use crate::refusal::RefusalCode;
use crate::{EntryId, PersonId, Refusal, is_slug};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

/// Whoever writes the postmortem: a person's id.
pub const POSTMORTEM_OWNER: &str = "postmortem_owner";
/// Characters of what somebody works on.
const TASK_MAX: usize = 200;
/// Of a theory's weight.
pub(super) const WEIGHT_MAX: u8 = 3;

/// How far a need is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NeedState {
    /// Nobody has it.
    Open,
    /// Whoever wrote that has it.
    Taken,
    Met,
}

/// One thing that a person changes in the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum RoomChange {
    Tick {
        phase: Phase,
        item: String,
        done: bool,
    },
    /// Of an entry of the kind *need*; whoever writes it takes it.
    Need {
        entry: EntryId,
        state: NeedState,
    },
    /// Of an entry of the kind *theory* or *found*. Weight: 0 (hardly) to 3 (very likely).
    Hypothesis {
        entry: EntryId,
        weight: u8,
        standing: Standing,
    },
    /// What somebody works on; `None`: they have left.
    Responder {
        person: PersonId,
        on: Option<String>,
    },
    Pin {
        entry: EntryId,
        pinned: bool,
    },
    PostmortemOwner {
        person: Option<PersonId>,
    },
}

/// `check_mobilise_roles`
pub(super) fn tick_field(phase: Phase, item: &str) -> String {
    format!("check_{}_{item}", phase.id())
}

pub(super) const NEED: &str = "need_";

pub(super) fn need_field(entry: EntryId) -> String {
    format!("{NEED}{}", entry.0.simple())
}

pub(super) fn hypothesis_field(entry: EntryId) -> String {
    format!("theory_{}", entry.0.simple())
}

pub(super) const RESPONDER: &str = "responder_";
pub(super) const PIN: &str = "pin_";

impl RoomChange {
    /// What is wrong with it, if anything.
    pub fn check(&self) -> Result<(), Refusal> {
        let bad = |words: String| Err(Refusal::new(RefusalCode::BadInput, words));
        match self {
            Self::Tick { item, .. } if !is_slug(item) => {
                bad(format!("`{item}` is no line of a checklist; look at the list again."))
            }
            Self::Hypothesis { weight, .. } if *weight > WEIGHT_MAX => {
                bad(format!("A theory weighs 0 to {WEIGHT_MAX}, not {weight}."))
            }
            Self::Responder { person, .. } | Self::PostmortemOwner { person: Some(person) }
                if !is_slug(person.as_str()) =>
            {
                bad(format!("`{person}` is nobody; choose somebody of the team."))
            }
            Self::Responder { on: Some(on), .. } if on.chars().count() > TASK_MAX => bad(format!(
                "What somebody works on fits in {TASK_MAX} characters; write more in the timeline."
            )),
            _ => Ok(()),
        }
    }

    /// The field it is written to.
    pub fn field(&self) -> String {
        match self {
            Self::Tick { phase, item, .. } => tick_field(*phase, item),
            Self::Need { entry, .. } => need_field(*entry),
            Self::Hypothesis { entry, .. } => hypothesis_field(*entry),
            Self::Responder { person, .. } => format!("{RESPONDER}{person}"),
            Self::Pin { entry, .. } => format!("{PIN}{}", entry.0.simple()),
            Self::PostmortemOwner { .. } => POSTMORTEM_OWNER.into(),
        }
    }

    /// What is written there; `null` clears it.
    pub fn value(&self) -> Value {
        match self {
            Self::Tick { done: yes, .. } | Self::Pin { pinned: yes, .. } => Value::Bool(*yes),
            Self::Need { state, .. } => json!({ "state": state }),
            Self::Hypothesis { weight, standing, .. } => json!({ "weight": weight, "standing": standing }),
            Self::Responder { on, .. } => on.as_ref().map_or(Value::Null, |on| json!({ "on": on.trim() })),
            Self::PostmortemOwner { person } => json!(person),
        }
    }
}
