//! What is still open when somebody publishes a postmortem. It never keeps them from it: they are told before.

use super::{Comment, Missing, Postmortem, Stage};
use crate::PersonId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(rename = "OpenToPublish")]
pub enum OpenToPublish {
    /// What others need to learn from it.
    Missing { count: u32 },
    /// Remarks and suggestions that nobody has resolved.
    Comments { count: u32 },
    /// They were asked to read it, and have not said that it is good.
    NotApproved { people: Vec<PersonId> },
}

impl OpenToPublish {
    /// Of one that goes to its readers next; nothing at any other stage.
    pub fn of<'a>(
        postmortem: &Postmortem,
        missing: &[Missing],
        comments: impl IntoIterator<Item = &'a Comment>,
    ) -> Vec<Self> {
        if postmortem.stage != Stage::InReview {
            return vec![];
        }
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let comments = comments.into_iter().filter(|comment| comment.resolved.is_none()).count();
        let review = &postmortem.review;
        let people: Vec<_> =
            review.reviewers.iter().filter(|p| !review.approved.contains(p)).cloned().collect();
        let missing = count(missing.len());
        let mut open = vec![];
        open.extend((missing > 0).then_some(Self::Missing { count: missing }));
        open.extend((comments > 0).then(|| Self::Comments { count: count(comments) }));
        open.extend((!people.is_empty()).then_some(Self::NotApproved { people }));
        open
    }
}
