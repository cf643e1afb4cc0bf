//! What was published: frozen when it was, so that what is corrected later is seen beside it.

use super::{ActionChange, Fields, Postmortem, PostmortemChange, Stage, change, read};
use crate::refusal::RefusalCode;
use crate::{Instant, PersonId, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

/// The document as it was published: the value of the field `version`. Each publishing is a write of it, so the field's
/// history holds them all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// Markdown.
    pub text: String,
}

/// When it was published last, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "PostmortemPublished")]
pub struct Published {
    pub at: Instant,
    pub by: PersonId,
    /// The team does not know it yet.
    pub pending: bool,
}

impl Frozen {
    /// The name of the field.
    pub const FIELD: &str = change::VERSION;

    /// As it is written. `most`: bytes that a value of the field may have as JSON.
    ///
    /// # Errors
    /// It is longer; the words say what to do.
    pub fn value(&self, most: usize) -> Result<Value, Refusal> {
        let value = json!(self);
        let size = value.to_string().len();
        if size <= most {
            return Ok(value);
        }
        let (kib, fit) = (size.div_ceil(1_024), most / 1_024);
        Err(Refusal::new(
            RefusalCode::BadInput,
            format!(
                "It is too long to be published: {kib} KiB, and {fit} KiB fit. Nothing was published. Shorten the \
                 longest sections, or move what is long into a runbook and link it."
            ),
        ))
    }

    /// `None`: by a program that means something else by it.
    pub fn of(value: &Value) -> Option<Self> {
        Self::deserialize(value).ok()
    }
}

pub(super) fn published(fields: &Fields) -> Option<Published> {
    let field = fields.get(change::VERSION)?;
    read::<Frozen>(field)?;
    Some(Published { at: field.at, by: field.author.clone(), pending: field.pending })
}

impl Postmortem {
    /// Whether this may be changed now.
    ///
    /// # Errors
    /// Words that say what has to be done before.
    pub fn allows(&self, change: &PostmortemChange) -> Result<(), Refusal> {
        match change {
            PostmortemChange::Stage { to } => self.may_become(*to),
            PostmortemChange::Action { id, change: ActionChange::After { action: Some(other) } } => {
                self.may_wait(*id, *other)
            }
            PostmortemChange::PublishCorrections if self.stage < Stage::Published => Err(Refusal::new(
                RefusalCode::NotAllowed,
                "It is not published yet, so there is nothing to correct. Publish it when it was reviewed.",
            )),
            PostmortemChange::Picture { picture } => self.has_room_for(picture),
            _ => Ok(()),
        }
    }

    /// Whether the document is frozen with this change. One that is opened again after it was closed stays as it was
    /// published.
    pub fn freezes(&self, change: &PostmortemChange) -> bool {
        match change {
            PostmortemChange::Stage { to: Stage::Published } => {
                self.stage < Stage::Published || self.published.is_none()
            }
            PostmortemChange::PublishCorrections => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postmortem::tests::Written;

    fn to(to: Stage) -> PostmortemChange {
        PostmortemChange::Stage { to }
    }

    #[test]
    fn publishing_freezes_once_and_corrections_freeze_anew() {
        let draft = Written::default().by("ana", to(Stage::InReview));
        assert!(draft.read().freezes(&to(Stage::Published)));
        assert!(!draft.read().freezes(&to(Stage::Draft)));
        let early = draft.read().allows(&PostmortemChange::PublishCorrections).unwrap_err();
        assert!(early.words.contains("not published yet"), "{}", early.words);

        // An older program published it without keeping what.
        let mut published = draft.by("ana", to(Stage::Published));
        assert_eq!(published.read().published, None);
        assert!(published.read().freezes(&to(Stage::Published)));
        let text = Frozen { text: "# It broke\n".into() };
        published.0.insert(Frozen::FIELD.into(), (text.value(1_000).unwrap(), "ana".into()));
        let read = published.read();
        assert_eq!(read.published.as_ref().map(|p| p.by.as_str()), Some("ana"));
        assert!(!read.freezes(&to(Stage::Published)), "somebody else had published it meanwhile");
        read.allows(&PostmortemChange::PublishCorrections).unwrap();
        assert!(read.freezes(&PostmortemChange::PublishCorrections));
        let closed = published.by("ana", to(Stage::Closed));
        assert!(!closed.read().freezes(&to(Stage::Published)), "opened again: what was published stands");
    }

    #[test]
    fn what_is_too_long_is_refused_with_a_way_out_and_anything_else_is_no_version() {
        let long = Frozen { text: "é\n".repeat(2_000) };
        let words = long.value(4 * 1_024).unwrap_err().words;
        assert!(words.contains("8 KiB, and 4 KiB fit") && words.contains("Shorten"), "{words}");
        let value = long.value(64 * 1_024).unwrap();
        assert_eq!(Frozen::of(&value), Some(long));
        assert_eq!(Frozen::of(&json!("text")), None);
    }
}
