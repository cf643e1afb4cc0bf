//! What a postmortem wants of a person: what somebody has just asked of them, and all that waits for them.

use super::mention::mentioned;
use super::{Comment, Postmortem, Priority, Stage, change};
use crate::room::POSTMORTEM_OWNER;
use crate::team::Team;
use crate::{ActionId, Instant, PersonId, Span};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::cmp::Reverse;
use ts_rs::TS;

/// The field of one that was written elsewhere: when it came here.
pub const IMPORTED: &str = "imported";
/// What is written within this of it came with it.
const CAME_WITHIN: Span = Span::minutes(1);

/// It came along with an import, `imported` being when that was: it is history, and nobody is told of it.
pub fn is_of_import(imported: Option<Instant>, at: Instant) -> bool {
    imported.is_some_and(|imported| imported <= at && at - imported < CAME_WITHIN.delta())
}

/// Fields of a postmortem by which it can want something of somebody, as patterns (`*`: anything): whose value is a person,
/// and what people say to each other.
pub const FIELDS_OF_OWNERS: &str = "action_*_owner";
pub const FIELDS_OF_WORDS: [&str; 2] = ["comment_*", "reply_*"];

/// The fields that name this person.
pub fn fields_naming(person: &PersonId) -> [String; 2] {
    [change::AUTHOR, change::REVIEWER].map(|prefix| format!("{prefix}{person}"))
}

/// What one write asks of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Asked {
    Write,
    Review,
    Act { action: ActionId },
}

/// Whom a field's new value asks, and for what. Whether it still stands is said in [`Asked::stands`].
pub fn asked(field: &str, value: &Value) -> Option<(PersonId, Asked)> {
    let listed = |prefix: &str| {
        let person = field.strip_prefix(prefix).filter(|_| *value == Value::Bool(true))?;
        Some(PersonId::new(person))
    };
    if let Some(person) = listed(change::AUTHOR) {
        return Some((person, Asked::Write));
    }
    if let Some(person) = listed(change::REVIEWER) {
        return Some((person, Asked::Review));
    }
    let (action, "owner") = field.strip_prefix(change::ACTION)?.split_once('_')? else { return None };
    Some((PersonId::new(value.as_str()?), Asked::Act { action: action.parse().ok()? }))
}

/// The same of a field of the incident: its postmortem can be somebody's before anything of it is written.
pub fn asked_in_room(field: &str, value: &Value) -> Option<(PersonId, Asked)> {
    let person = value.as_str().filter(|_| field == POSTMORTEM_OWNER)?;
    Some((PersonId::new(person), Asked::Write))
}

impl Asked {
    /// What it is remembered by.
    pub fn name(&self) -> String {
        match self {
            Self::Write => "write".into(),
            Self::Review => "review".into(),
            Self::Act { action } => format!("act/{action}"),
        }
    }

    /// It is still theirs, and not done: nobody hears of what was taken back.
    pub fn stands(&self, person: &PersonId, postmortem: &Postmortem) -> bool {
        match self {
            Self::Write => postmortem.stage == Stage::Draft && postmortem.authors.contains(person),
            Self::Review => {
                let review = &postmortem.review;
                postmortem.stage <= Stage::InReview
                    && review.reviewers.contains(person)
                    && !review.approved.contains(person)
            }
            Self::Act { action } => postmortem
                .actions
                .iter()
                .any(|a| a.id == *action && !a.status.is_over() && a.owner.as_ref() == Some(person)),
        }
    }
}

/// One thing that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(rename = "PostmortemWaits")]
pub enum Waits {
    /// Somebody speaks to them in a comment that nobody has resolved, and they have not answered since.
    Answer { comment: String, by: PersonId, words: String, at: Instant },
    /// To read it, and to say that it is good.
    Review { meeting: Option<Instant> },
    /// All who were asked have said that it is good.
    Publish,
    /// `due_at`: by when its draft is to be there.
    Write { due_at: Option<Instant> },
    Act {
        action: ActionId,
        title: String,
        priority: Option<Priority>,
        #[ts(type = "string | null")]
        due: Option<NaiveDate>,
        /// Days since it was due; `None`: it is not overdue.
        days_overdue: Option<u32>,
    },
}

impl Waits {
    /// It was due before now.
    pub fn is_late(&self, now: Instant) -> bool {
        match self {
            Self::Write { due_at } => due_at.is_some_and(|due| due < now),
            Self::Act { days_overdue, .. } => days_overdue.is_some(),
            Self::Answer { .. } | Self::Review { .. } | Self::Publish => false,
        }
    }

    /// Where it stands in the list of a person: what is late; then that for which others wait; then what has a day, by it.
    pub fn urgency(&self, now: Instant) -> impl Ord + use<> {
        let day = |at: &Instant| at.date_naive();
        let (kind, priority, due) = match self {
            Self::Answer { at, .. } => (0, None, Some(day(at))),
            Self::Review { meeting } => (1, None, meeting.as_ref().map(day)),
            Self::Publish => (2, None, None),
            Self::Write { due_at } => (3, None, due_at.as_ref().map(day)),
            Self::Act { priority, due, .. } => (3, *priority, *due),
        };
        (
            Reverse(self.is_late(now)),
            kind,
            due.unwrap_or(NaiveDate::MAX),
            priority.map_or(u8::MAX, |p| p as u8),
        )
    }
}

/// All that waits for this person in one postmortem, the most urgent first. `draft_due`: when it is wanted at all; `today`:
/// where the team is.
pub fn waits_for(
    me: &PersonId,
    postmortem: &Postmortem,
    comments: &[Comment],
    draft_due: Option<Instant>,
    team: &Team,
    (now, today): (Instant, NaiveDate),
) -> Vec<Waits> {
    let mut found: Vec<Waits> = comments.iter().filter_map(|comment| answer(me, comment, team)).collect();
    let review = &postmortem.review;
    let writes = postmortem.authors.contains(me);
    match postmortem.stage {
        Stage::Draft if writes => found.push(Waits::Write { due_at: draft_due }),
        Stage::InReview => {
            if review.reviewers.contains(me) && !review.approved.contains(me) {
                found.push(Waits::Review { meeting: review.meeting });
            }
            let is_good =
                !review.reviewers.is_empty() && review.reviewers.iter().all(|p| review.approved.contains(p));
            found.extend((writes && is_good).then_some(Waits::Publish));
        }
        Stage::Draft | Stage::Published | Stage::Closed => {}
    }
    let own = postmortem.actions.iter().filter(|a| !a.status.is_over() && a.owner.as_ref() == Some(me));
    found.extend(own.map(|action| Waits::Act {
        action: action.id,
        title: action.title.clone(),
        priority: action.priority,
        due: action.due,
        days_overdue: action.days_overdue(today),
    }));
    found.sort_by_key(|one| one.urgency(now));
    found
}

/// The last time that somebody spoke to them there, if they have said nothing since.
fn answer(me: &PersonId, comment: &Comment, team: &Team) -> Option<Waits> {
    if comment.resolved.is_some() {
        return None;
    }
    let first = (&comment.by, &comment.written.text, comment.at);
    let said = comment.replies.iter().map(|reply| (&reply.by, &reply.text, reply.at));
    let mut last = None;
    for (by, words, at) in std::iter::once(first).chain(said) {
        if by == me {
            last = None;
        } else if mentioned(words, team).contains(me) {
            last = Some((by, words, at));
        }
    }
    let (by, words, at) = last?;
    Some(Waits::Answer { comment: comment.id.clone(), by: by.clone(), words: words.clone(), at })
}
