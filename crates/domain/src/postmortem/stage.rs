//! From the first word to the last action: draft, in review, published, closed.

use super::{Fields, Postmortem, change, people, read};
use crate::incident::Status;
use crate::refusal::RefusalCode;
use crate::{Instant, PersonId, Refusal};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "PostmortemStage")]
pub enum Stage {
    #[default]
    Draft,
    InReview,
    /// A version of it is frozen; what is corrected later is seen beside it.
    Published,
    /// Every action is done, or dropped with a reason.
    Closed,
}

impl Stage {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in review",
            Self::Published => "published",
            Self::Closed => "closed",
        }
    }
}

/// A stage that it may go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "PostmortemStep")]
pub struct Step {
    pub to: Stage,
    /// What has to be done before, in words; `None`: it may go there now.
    pub not_yet: Option<String>,
}

/// How a postmortem is reviewed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "PostmortemReview")]
pub struct Review {
    pub reviewers: Vec<PersonId>,
    /// Those of them who have said that it is good as it is.
    pub approved: Vec<PersonId>,
    /// When it is talked about together.
    pub meeting: Option<Instant>,
}

impl Review {
    pub(super) fn of(fields: &Fields) -> Self {
        let reviewers = people(fields, change::REVIEWER);
        // Nobody approves in another's name.
        let own = |person: &PersonId| {
            let field = fields.get(&format!("{}{person}", change::APPROVED));
            field.is_some_and(|f| f.author == person)
        };
        let approved = people(fields, change::APPROVED).into_iter().filter(own).collect();
        Self { reviewers, approved, meeting: fields.get(change::MEETING).and_then(read) }
    }
}

pub(super) fn stage(fields: &Fields) -> Stage {
    fields.get(change::STAGE).and_then(read).unwrap_or_default()
}

impl Postmortem {
    /// Whether it may go to this stage now.
    ///
    /// # Errors
    /// Words that say what has to be done before.
    pub fn may_become(&self, to: Stage) -> Result<(), Refusal> {
        let not_now = |words: String| Err(Refusal::new(RefusalCode::NotAllowed, words));
        match (self.stage, to) {
            (Stage::Draft, Stage::Published) => {
                not_now("Nobody has reviewed it. Send it to review first.".into())
            }
            (Stage::Draft | Stage::InReview, Stage::Closed) => {
                not_now("It is not published yet. Publish it, then close it.".into())
            }
            (Stage::Published | Stage::Closed, Stage::Draft) => not_now(
                "It is published. Correct it where it stands: what has changed since is shown beside it."
                    .into(),
            ),
            (_, Stage::InReview) if self.stage > Stage::InReview => not_now(
                "It is published. Correct it where it stands: what has changed since is shown beside it."
                    .into(),
            ),
            (_, Stage::Closed) => match self.actions.iter().filter(|a| !a.status.is_over()).count() {
                0 => Ok(()),
                1 => not_now("One action is not done. Finish it, or drop it with a reason.".into()),
                n => not_now(format!("{n} actions are not done. Finish them, or drop them with a reason.")),
            },
            _ => Ok(()),
        }
    }

    /// Nothing keeps its incident, in this status, from being closed any more: a resolved one is closed when its postmortem
    /// and all actions are done (domain §1).
    pub fn lets_close(&self, incident: Status) -> bool {
        self.stage == Stage::Closed && incident == Status::Resolved
    }

    /// Where it goes from here, the usual way first.
    pub fn steps(&self) -> Vec<Step> {
        let next: &[Stage] = match self.stage {
            Stage::Draft => &[Stage::InReview],
            Stage::InReview => &[Stage::Published, Stage::Draft],
            Stage::Published => &[Stage::Closed],
            // Something is to be done after all.
            Stage::Closed => &[Stage::Published],
        };
        let step = |to: &Stage| Step { to: *to, not_yet: self.may_become(*to).err().map(|r| r.words) };
        next.iter().map(step).collect()
    }
}
