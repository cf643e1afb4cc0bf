//! Which field of a postmortem's record holds what.

use super::authority::may_write_into;
use super::comment::{WrittenComment, WrittenReply, can_be_done, check_reply};
use super::language::is_key;
use super::picture::{self, picture_field, picture_of};
use super::section::is_section_id;
use super::why::{WrittenFactor, WrittenWhy};
use super::{ActionChange, Evidence, FactorKind, Fields, Stage};
use crate::attachment::Attachment;
use crate::refusal::RefusalCode;
use crate::room::RoomChange;
use crate::team::Role;
use crate::{ActionId, Instant, PersonId, Refusal, is_slug};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;
use uuid::Uuid;

pub(super) const STARTED: &str = "started";
pub(super) const TITLE: &str = "title";
pub(super) const STAGE: &str = "stage";
pub(super) const MEETING: &str = "meeting";
pub(super) const VERSION: &str = "version";
pub(super) const AUTHOR: &str = "author_";
pub(super) const ATTENDEE: &str = "attendee_";
pub(super) const REVIEWER: &str = "reviewer_";
pub(super) const APPROVED: &str = "approved_";
pub(super) const DISMISSED: &str = "dismissed_";
pub(super) const LANGUAGE: &str = "language_";
pub(super) const LINE: &str = "line_";
pub(super) const WHY: &str = "why_";
pub(super) const FACTOR: &str = "factor_";
pub(super) const ACTION: &str = "action_";
pub(super) const COMMENT: &str = "comment_";
pub(super) const REPLY: &str = "reply_";
pub(super) const RESOLVED: &str = "resolved_";
pub(super) const PICTURE: &str = "picture_";

/// Characters of a title, a line, an answer or a factor; of a figure in words.
const TITLE_MAX: usize = 200;
const TEXT_MAX: usize = 2_000;
const FIGURE_MAX: usize = 200;
/// Lines that one line can say together with itself.
const WITH_MAX: usize = 100;

/// An author's word about a line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LineEdit {
    /// Part of the postmortem.
    pub shown: bool,
    /// `None`: as the record says. An own line has both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Keys of the lines that it says together with itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
}

/// A number about the impact (domain §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    UsersAffected,
    UsersPercent,
    Revenue,
    /// Of an SLA or an error budget, in words.
    ErrorBudget,
}

impl Figure {
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::UsersAffected => "users_affected",
            Self::UsersPercent => "users_percent",
            Self::Revenue => "revenue",
            Self::ErrorBudget => "error_budget",
        }
    }
}

/// One thing that a person changes in a postmortem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum PostmortemChange {
    /// It is there from now on, and lists everywhere.
    Start,
    /// `None`: the usual one.
    Title {
        title: Option<String>,
    },
    Author {
        person: PersonId,
        is: bool,
    },
    Attendee {
        person: PersonId,
        is: bool,
    },
    /// Words; users are whole numbers, a percentage is 0 to 100. `None` clears it.
    Figure {
        figure: Figure,
        value: Option<String>,
    },
    /// `None`: the line is as the record has it; an own one goes.
    Line {
        key: String,
        edit: Option<LineEdit>,
    },
    /// `id`: 32 hexadecimal digits. Without text it goes, and what stands below it moves up.
    Why {
        id: String,
        under: Option<String>,
        text: Option<String>,
    },
    Factor {
        id: String,
        kind: FactorKind,
        text: Option<String>,
    },
    Action {
        id: ActionId,
        change: ActionChange,
    },
    Stage {
        to: Stage,
    },
    /// What was corrected since it was published is published, too: with it, what stands is frozen.
    PublishCorrections,
    Reviewer {
        person: PersonId,
        is: bool,
    },
    /// In one's own name.
    Approve {
        is: bool,
    },
    Meeting {
        at: Option<Instant>,
    },
    /// The prompts of a section are not needed any more.
    Dismiss {
        section: String,
        dismissed: bool,
    },
    /// These words are not to be pointed at in this postmortem: the key of a note.
    DismissLanguage {
        key: String,
        dismissed: bool,
    },
    /// It can stand in a section from now on; its bytes are on this computer.
    Picture {
        picture: Attachment,
    },
    /// On a passage; `id`: 32 hexadecimal digits. `None`: its author takes it back.
    Comment {
        id: String,
        comment: Option<WrittenComment>,
    },
    /// `None`: its author takes it back.
    Reply {
        comment: String,
        id: String,
        text: Option<String>,
    },
    /// A comment is done with, or not yet.
    Resolve {
        comment: String,
        resolved: bool,
    },
}

fn bad<T>(words: String) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalCode::BadInput, words))
}

fn is_id(id: &str) -> bool {
    Uuid::try_parse(id).is_ok_and(|uuid| uuid.simple().to_string() == id)
}

fn fits(what: &str, text: Option<&String>, most: usize) -> Result<(), Refusal> {
    match text.map_or(0, |t| t.chars().count()) {
        n if n > most => bad(format!(
            "The {what} has {n} characters; {most} fit. Shorten it, or write it into the section."
        )),
        _ => Ok(()),
    }
}

impl PostmortemChange {
    /// What is wrong with it, if anything; the words name what to write instead.
    pub fn check(&self) -> Result<(), Refusal> {
        match self {
            Self::Title { title } => fits("title", title.as_ref(), TITLE_MAX),
            Self::Author { person, .. } | Self::Attendee { person, .. } | Self::Reviewer { person, .. }
                if !is_slug(person.as_str()) =>
            {
                bad(format!("`{person}` is nobody; choose somebody of the team."))
            }
            Self::Figure { figure, value: Some(value) } => check_figure(*figure, value),
            Self::Line { key, edit } => check_line(key, edit.as_ref()),
            Self::Why { id, under, text } => {
                if !is_id(id) || under.as_ref().is_some_and(|u| !is_id(u) || u == id) {
                    return bad("This answer hangs nowhere; look at the whys again.".into());
                }
                fits("answer", text.as_ref(), TEXT_MAX)
            }
            Self::Factor { id, text, .. } => {
                if !is_id(id) {
                    return bad("There is no such factor; look at the list again.".into());
                }
                fits("factor", text.as_ref(), TEXT_MAX)
            }
            Self::Action { id, change } => change.check(*id),
            Self::Dismiss { section, .. } if !is_section_id(section) => {
                bad(format!("There is no section `{section}`."))
            }
            Self::DismissLanguage { key, .. } if !is_key(key) => {
                bad("There is no such passage; look at the notes again.".into())
            }
            Self::Comment { id, .. } | Self::Resolve { comment: id, .. } if !is_id(id) => {
                bad("There is no such comment; look at the list again.".into())
            }
            Self::Reply { comment, id, .. } if !is_id(comment) || !is_id(id) => {
                bad("There is no such reply; look at the comment again.".into())
            }
            Self::Picture { picture } => picture::check(picture),
            Self::Comment { comment: Some(comment), .. } => comment.check(),
            Self::Reply { text, .. } => check_reply(text.as_ref()),
            _ => Ok(()),
        }
    }

    /// Whether this person may do it, as things stand in the record. `role`: `None` where it is not known.
    ///
    /// # Errors
    /// The words name what to do instead.
    pub fn may(&self, by: &PersonId, role: Option<Role>, fields: &Fields) -> Result<(), Refusal> {
        role.map_or(Ok(()), Role::may_act)?;
        // Only the names of the fields count here.
        for (field, _) in self.writes(by, Instant::default()) {
            may_write_into(fields, &field, by, role)?;
        }
        can_be_done(self, by, fields)
    }

    /// What the room says of it, too. `owner`: whoever is named there to write the postmortem; `authors`: of it, as it stands.
    /// The first who writes it is named when nobody is; whoever was named and writes no more leaves it to the next author.
    pub fn in_room(&self, owner: Option<&PersonId>, authors: &[PersonId]) -> Option<RoomChange> {
        let Self::Author { person, is } = self else { return None };
        match (is, owner) {
            (true, None) => Some(RoomChange::PostmortemOwner { person: Some(person.clone()) }),
            (false, Some(owner)) if owner == person => {
                let next = authors.iter().find(|author| *author != person).cloned();
                Some(RoomChange::PostmortemOwner { person: next })
            }
            _ => None,
        }
    }

    /// The fields it is written to, and what; `null` clears one. What is frozen with it comes beside them
    /// ([`super::Postmortem::freezes`]).
    pub fn writes(&self, by: &PersonId, now: Instant) -> Vec<(String, Value)> {
        let words = |text: &Option<String>| {
            text.as_ref().map(|t| t.trim()).filter(|t| !t.is_empty()).map(str::to_owned)
        };
        let one = |name: String, value: Value| vec![(name, value)];
        match self {
            Self::Start => one(STARTED.into(), Value::Bool(true)),
            Self::Title { title } => one(TITLE.into(), json!(words(title))),
            Self::Author { person, is } => one(format!("{AUTHOR}{person}"), Value::Bool(*is)),
            Self::Attendee { person, is } => one(format!("{ATTENDEE}{person}"), Value::Bool(*is)),
            Self::Reviewer { person, is } => one(format!("{REVIEWER}{person}"), Value::Bool(*is)),
            Self::Approve { is } => one(format!("{APPROVED}{by}"), Value::Bool(*is)),
            Self::Figure { figure, value } => one(figure.field().into(), json!(words(value))),
            Self::Line { key, edit } => one(format!("{LINE}{key}"), json!(edit)),
            Self::Why { id, under, text } => {
                let value = words(text).map(|text| WrittenWhy { under: under.clone(), text });
                one(format!("{WHY}{id}"), json!(value))
            }
            Self::Factor { id, kind, text } => {
                let value = words(text).map(|text| WrittenFactor { kind: *kind, text });
                one(format!("{FACTOR}{id}"), json!(value))
            }
            Self::Action { id, change } => change.writes(*id, now),
            Self::Stage { to } => one(STAGE.into(), json!(to)),
            Self::PublishCorrections => vec![],
            Self::Meeting { at } => one(MEETING.into(), json!(at)),
            Self::Dismiss { section, dismissed } => {
                one(format!("{DISMISSED}{section}"), Value::Bool(*dismissed))
            }
            Self::DismissLanguage { key, dismissed } => {
                one(format!("{LANGUAGE}{key}"), Value::Bool(*dismissed))
            }
            Self::Picture { picture } => one(picture_field(&picture.hash), json!(picture)),
            Self::Comment { id, comment } => one(format!("{COMMENT}{id}"), json!(comment)),
            Self::Reply { comment, id, text } => {
                let value = words(text).map(|text| WrittenReply { text });
                one(format!("{REPLY}{comment}_{id}"), json!(value))
            }
            Self::Resolve { comment, resolved } => {
                one(format!("{RESOLVED}{comment}"), Value::Bool(*resolved))
            }
        }
    }
}

fn check_figure(figure: Figure, value: &str) -> Result<(), Refusal> {
    let value = value.trim();
    if value.is_empty() {
        return Ok(());
    }
    match figure {
        Figure::UsersAffected if value.parse::<u64>().is_err() => {
            bad(format!("Users affected: write a whole number such as 1200, not `{value}`."))
        }
        Figure::UsersPercent if !value.parse::<f64>().is_ok_and(|p| (0.0..=100.0).contains(&p)) => {
            bad(format!("Percentage of users: write a number from 0 to 100, not `{value}`."))
        }
        _ => fits("figure", Some(&value.to_owned()), FIGURE_MAX),
    }
}

fn check_line(key: &str, edit: Option<&LineEdit>) -> Result<(), Refusal> {
    let Some(evidence) = Evidence::of_key(key) else {
        return bad(format!("There is no line `{key}`; look at the timeline again."));
    };
    let Some(edit) = edit else { return Ok(()) };
    if evidence == Evidence::Own && edit.text.as_ref().is_none_or(|t| t.trim().is_empty()) {
        return bad("Say what happened: the line is empty.".into());
    }
    if evidence == Evidence::Own && edit.at.is_none() {
        return bad("Say when it happened: the line has no time.".into());
    }
    if edit.with.len() > WITH_MAX || edit.with.iter().any(|key| Evidence::of_key(key).is_none()) {
        return bad(
            "A line that is to be said together with this one is not there; look at the timeline again."
                .into(),
        );
    }
    fits("line", edit.text.as_ref(), TEXT_MAX)
}

/// Looks at a field that is written by its name (a value that is restored from its history); `null` clears it. Fields that
/// are not known here are let be: they are of a newer version.
///
/// # Errors
/// Words that name the field and what it takes.
pub fn check_field(field: &str, value: &Value) -> Result<(), Refusal> {
    let text = value.as_str();
    match (field, text) {
        _ if value.is_null() => Ok(()),
        (VERSION, _) if super::Frozen::of(value).is_none() => {
            bad("Version: that is no document that was published.".into())
        }
        _ if field.starts_with(PICTURE) && picture_of(field, value).is_none() => {
            bad(format!("{field}: that is no picture. Paste it into the section again."))
        }
        (TITLE, None) => bad("Title: write text.".into()),
        (TITLE, Some(title)) => fits("title", Some(&title.to_owned()), TITLE_MAX),
        ("users_affected", _) => check_figure(Figure::UsersAffected, text.unwrap_or("?")),
        ("users_percent", _) => check_figure(Figure::UsersPercent, text.unwrap_or("?")),
        _ => Ok(()),
    }
}
