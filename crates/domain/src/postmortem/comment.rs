//! Comments on passages of a section: fields of the postmortem's record, so they are written offline and merge like all of
//! it. A passage is named by its letters (`firebell_log::text::Anchor`), which only the text can read; the words as they
//! were stand beside it, for the day when they are gone.

use super::section::is_section_id;
use super::{Fields, PostmortemChange, change, named, read};
use crate::refusal::RefusalCode;
use crate::{Instant, PersonId, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use ts_rs::TS;

/// Characters of the words that were chosen, and of what somebody says about them or would write instead.
const QUOTE_MAX: usize = 300;
const WORDS_MAX: usize = 2_000;
/// Of an anchor; the longest one that is ever made has 57.
const ANCHOR_MAX: usize = 64;

/// A comment as its author wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "PostmortemComment")]
pub struct WrittenComment {
    pub section: String,
    /// Which letters of the section's text it is about.
    pub anchor: String,
    /// What they said; at most 300 characters of it.
    pub quote: String,
    /// May be empty beside a suggestion.
    #[serde(default)]
    pub text: String,
    /// What to write instead; empty: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// An answer to a comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "PostmortemReply")]
pub struct Reply {
    /// 32 hexadecimal digits.
    pub id: String,
    pub text: String,
    pub by: PersonId,
    pub at: Instant,
    pub pending: bool,
}

/// Who said last that it is done with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "PostmortemCommentResolved")]
pub struct Resolved {
    pub by: PersonId,
    pub at: Instant,
}

/// A comment with what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "PostmortemThread")]
pub struct Comment {
    /// 32 hexadecimal digits.
    pub id: String,
    pub written: WrittenComment,
    pub by: PersonId,
    pub at: Instant,
    /// Oldest first.
    pub replies: Vec<Reply>,
    /// `None`: it is open.
    pub resolved: Option<Resolved>,
    /// Something of it is not yet known to the team.
    pub pending: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WrittenReply {
    pub text: String,
}

fn bad<T>(words: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalCode::BadInput, words))
}

fn fits(what: &str, text: &str) -> Result<(), Refusal> {
    match text.chars().count() {
        n if n > WORDS_MAX => {
            bad(format!("The {what} has {n} characters; {WORDS_MAX} fit. Write the rest into the section."))
        }
        _ => Ok(()),
    }
}

impl WrittenComment {
    /// What is wrong with it, if anything; the words name what to do instead.
    pub fn check(&self) -> Result<(), Refusal> {
        let is_anchor = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'-');
        if !is_section_id(&self.section) {
            return bad(format!("There is no section `{}`.", self.section));
        }
        if !(1..=ANCHOR_MAX).contains(&self.anchor.len()) || !self.anchor.bytes().all(is_anchor) {
            return bad("The comment is about no passage. Select words, and write it again.");
        }
        if self.quote.is_empty() || self.quote.chars().count() > QUOTE_MAX {
            return bad("The comment has to say which words it is about. Select them, and write it again.");
        }
        match &self.suggestion {
            None if self.text.trim().is_empty() => return bad("Say something: the comment is empty."),
            Some(words) if *words == self.quote => {
                return bad("These are the words that stand there. Suggest others, or write a comment.");
            }
            _ => {}
        }
        fits("comment", &self.text)?;
        fits("suggestion", self.suggestion.as_deref().unwrap_or_default())
    }
}

/// What is kept of the words that somebody chose.
///
/// # Errors
/// There are none; or more than can be replaced.
pub fn quote(words: &str, is_suggestion: bool) -> Result<String, Refusal> {
    let length = words.chars().count();
    if words.trim().is_empty() {
        return bad("Select words first: a comment is about a passage.");
    }
    if is_suggestion && length > QUOTE_MAX {
        return bad(format!(
            "You selected {length} characters; other words can be suggested for {QUOTE_MAX}. Select less, or write a comment."
        ));
    }
    Ok(words.chars().take(QUOTE_MAX).collect())
}

impl Comment {
    /// What to write, if it suggests something and nobody has dealt with it. `now`: the words that stand at its place;
    /// `None`: they are gone.
    ///
    /// # Errors
    /// It suggests nothing, is done with, or is about words that have changed since.
    pub fn accepted(&self, now: Option<&str>) -> Result<&str, Refusal> {
        let refused = |code, words: &str| Err(Refusal::new(code, words));
        let Some(suggestion) = &self.written.suggestion else {
            return refused(
                RefusalCode::BadInput,
                "This comment suggests no other words. Reply, or resolve it.",
            );
        };
        if self.resolved.is_some() {
            return refused(RefusalCode::Stale, "It is resolved already. Open it again if it is not done.");
        }
        match now {
            Some(words) if words == self.written.quote => Ok(suggestion),
            Some(_) => refused(
                RefusalCode::Stale,
                "The passage has changed since this was suggested. Read both, and write what is right yourself.",
            ),
            None => refused(
                RefusalCode::Stale,
                "The words are gone from the section. Write what is missing yourself, then resolve it.",
            ),
        }
    }
}

/// All comments, oldest first. One that was taken back takes what was said below it along.
pub fn comments(fields: &Fields) -> Vec<Comment> {
    let mut replies: BTreeMap<&str, Vec<Reply>> = BTreeMap::new();
    for (ids, field) in named(fields, change::REPLY) {
        let Some((of, id)) = ids.split_once('_') else { continue };
        let Some(WrittenReply { text }) = read(field) else { continue };
        let (by, at, pending) = (field.author.clone(), field.at, field.pending);
        replies.entry(of).or_default().push(Reply { id: id.to_owned(), text, by, at, pending });
    }
    let mut all: Vec<Comment> = named(fields, change::COMMENT)
        .filter_map(|(id, field)| {
            let written = read::<WrittenComment>(field)?;
            let mut replies = replies.remove(id).unwrap_or_default();
            replies.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
            let settled = fields.get(&format!("{}{id}", change::RESOLVED));
            let resolved = settled.filter(|settled| *settled.value == Value::Bool(true));
            let pending =
                field.pending || settled.is_some_and(|s| s.pending) || replies.iter().any(|r| r.pending);
            Some(Comment {
                id: id.to_owned(),
                written,
                by: field.author.clone(),
                at: field.at,
                replies,
                resolved: resolved.map(|s| Resolved { by: s.author.clone(), at: s.at }),
                pending,
            })
        })
        .collect();
    all.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
    all
}

/// Whether it can be done, as the comments stand. Whose words they are is said in [`super::may_write`].
pub(super) fn can_be_done(change: &PostmortemChange, by: &PersonId, fields: &Fields) -> Result<(), Refusal> {
    let refused = |code, words: &str| Err(Refusal::new(code, words));
    let stands = |id: &str| {
        let comment = fields.get(&format!("{}{id}", change::COMMENT));
        comment.is_some_and(|field| read::<WrittenComment>(field).is_some())
    };
    match change {
        PostmortemChange::Comment { id, comment: None } => {
            let begins = format!("{}{id}_", change::REPLY);
            let mut replies = named(fields, &begins).filter(|(_, reply)| !reply.value.is_null());
            if replies.any(|(_, reply)| reply.author != by) {
                let words = "Others have replied, and their words would go with it. Resolve it instead.";
                return refused(RefusalCode::NotAllowed, words);
            }
            Ok(())
        }
        PostmortemChange::Reply { comment, .. } | PostmortemChange::Resolve { comment, .. }
            if !stands(comment) =>
        {
            refused(RefusalCode::NotFound, "This comment was taken back. Look at the section again.")
        }
        _ => Ok(()),
    }
}

/// A reply says something.
pub(super) fn check_reply(text: Option<&String>) -> Result<(), Refusal> {
    match text {
        Some(text) if text.trim().is_empty() => bad("Say something: the reply is empty."),
        Some(text) => fits("reply", text),
        None => Ok(()),
    }
}
