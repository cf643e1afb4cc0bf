//! The postmortem of an incident (domain §8): what is written, what the record says by itself, what is missing, and what is
//! to be done.
//!
//! It is a record of the incident's own id, and a text for each section that is written. Everything that is chosen or
//! counted is a field of the record ([`PostmortemChange`] says which), so all of it is written offline and merges field by
//! field; texts merge letter by letter. Facts are never copied into it: they are worked out from the incident each time, so a
//! corrected moment corrects the postmortem, until a version is published, which is frozen.

mod action;
mod after;
mod ask;
mod authority;
mod change;
mod comment;
pub mod document;
pub mod export;
mod facts;
pub mod file;
mod former;
mod history;
pub mod import;
mod issue;
mod language;
mod line;
pub mod meeting;
pub mod mention;
mod missing;
mod picture;
mod public;
mod publishing;
mod remind;
mod section;
pub mod similar;
mod stage;
#[cfg(test)]
mod tests;
mod ticket;
#[cfg(test)]
mod ticket_tests;
mod title;
mod tracker;
mod version;
mod why;
mod words;

pub use self::similar::{Alike, Similar, similar};
pub use action::{Action, ActionChange, ActionKind, ActionStatus, Priority, actions, follow_through};
pub use after::Before;
pub use ask::{
    Asked, FIELDS_OF_OWNERS, FIELDS_OF_WORDS, IMPORTED, Waits, asked, asked_in_room, fields_naming,
    is_of_import, waits_for,
};
pub use authority::{Stands, is_of_its_author, may_write, may_write_into};
pub use change::{Figure, LineEdit, PostmortemChange, check_field};
pub use comment::{Comment, Reply, Resolved, WrittenComment, comments, quote};
pub use document::{Answer, Chapter, Document, Piece, Subject, document};
pub use facts::{Figures, Part, PostmortemFacts, RunTold, UpdatesTold};
pub use file::PostmortemFile;
pub use history::{Sitting, sittings};
pub use issue::Issue;
pub use language::{LanguageChoice, LanguageNote, language_notes};
pub use line::{Evidence, Line, joined, timeline};
pub use missing::Missing;
pub use picture::{
    PICTURES_MAX, PIXELS_MAX, Picture, difference_named, picture_field, picture_of, pictures_named,
};
pub use public::{PUBLIC, public_document};
pub use publishing::OpenToPublish;
pub use remind::{ActionsDue, Deadlines, Reminder, morning, of_actions, of_postmortem};
pub use section::{PostmortemRules, Section, SectionKind, has_words};
pub use stage::{Review, Stage, Step};
pub use ticket::{
    Ticket, Tracker, WantedTicket, is_of_server, is_ticket_key, is_ticket_url, label_of, of_gone, of_ticket,
    titled_by, wanted_by,
};
pub use title::usual_title;
pub use tracker::{JiraKind, TrackerSetup, problem_of_token};
pub use version::{Frozen, Published};
pub use why::{Factor, FactorKind, Why};
pub use words::Names;

use crate::PersonId;
use crate::attachment::Attachment;
use crate::room::Field;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// Its fields as they stand, by name.
pub type Fields<'a> = BTreeMap<String, Field<'a>>;

/// What the fields say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Postmortem {
    /// Somebody has begun it.
    pub started: bool,
    /// As it was written; `None`: [`usual_title`].
    pub title: Option<String>,
    pub authors: Vec<PersonId>,
    pub attendees: Vec<PersonId>,
    pub figures: Figures,
    /// Each cause below what it is the cause of.
    pub whys: Vec<Why>,
    pub factors: Vec<Factor>,
    /// By priority, then by when they are due.
    pub actions: Vec<Action>,
    pub stage: Stage,
    pub review: Review,
    /// What was published is kept; `None`: nothing was, or not by a program that keeps it.
    pub published: Option<Published>,
    /// What stands in its sections, by hash. A text may name one that is not here (any more).
    pub pictures: BTreeMap<String, Attachment>,
    /// Prompts that nobody needs any more, by section.
    pub dismissed: Vec<String>,
    /// Keys of passages that are not to be pointed at any more.
    pub language_dismissed: BTreeSet<String>,
}

impl Postmortem {
    /// `owner`: whoever was named when the incident was closed.
    pub fn of(fields: &Fields, owner: Option<&PersonId>) -> Self {
        let mut authors = people(fields, change::AUTHOR);
        // Whoever was named comes first: reminders are theirs.
        if let Some(owner) = owner {
            authors.retain(|author| author != owner);
            authors.insert(0, owner.clone());
        }
        let text = |name: &str| {
            let text = fields.get(name).and_then(|f| f.value.as_str()).map(str::trim);
            text.filter(|t| !t.is_empty()).map(str::to_owned)
        };
        Self {
            started: fields.contains_key(change::STARTED),
            title: text(change::TITLE),
            authors,
            attendees: people(fields, change::ATTENDEE),
            figures: Figures::of(fields),
            whys: why::whys(fields),
            factors: why::factors(fields),
            actions: actions(fields),
            stage: stage::stage(fields),
            review: Review::of(fields),
            published: version::published(fields),
            pictures: picture::pictures(fields),
            dismissed: named(fields, change::DISMISSED)
                .filter(|(_, f)| f.value == &serde_json::Value::Bool(true))
                .map(|(prompt, _)| prompt.to_owned())
                .collect(),
            language_dismissed: language::dismissed(fields),
        }
    }
}

/// The people of whom a field that begins so says yes.
fn people(fields: &Fields, prefix: &str) -> Vec<PersonId> {
    let yes = named(fields, prefix).filter(|(_, f)| f.value == &serde_json::Value::Bool(true));
    yes.map(|(person, _)| PersonId::new(person)).collect()
}

/// The fields whose names begin so, with the rest of their names.
fn named<'a>(fields: &'a Fields, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Field<'a>)> {
    let behind = move |name: &'a String| name.strip_prefix(prefix);
    fields.range(prefix.to_owned()..).map_while(move |(name, f)| behind(name).map(|rest| (rest, f)))
}

/// A value as a shape; what a newer or another program wrote there says nothing here.
fn read<T: serde::de::DeserializeOwned>(field: &Field) -> Option<T> {
    T::deserialize(field.value).ok()
}
