//! A postmortem as a document: what is read where there is no Firebell.
//!
//! [`document`] is the one place that says what stands in it, in which order and in which words. Each form of export
//! ([`super::export`]) only says how that looks, so no form knows more than another. Times are in UTC, durations in words,
//! people and services go by their names. Nothing in it is markup: texts are read into a tree of known things.

mod parts;

use super::{Line, Names, Picture, Postmortem, PostmortemFacts, Section, SectionKind, Stage, has_words};
use crate::incident::Moment;
use crate::runbook::{Block, pictures, read};
use crate::{IncidentId, Instant, PersonId};
use parts::{actions, factors, figures, lines, people, whys};
use std::collections::{BTreeMap, BTreeSet};

/// What a document is made from.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub incident: IncidentId,
    /// The written title, or the usual one.
    pub title: &'a str,
    pub postmortem: &'a Postmortem,
    pub facts: &'a PostmortemFacts,
    /// All candidates; those that are not shown are left out.
    pub lines: &'a [Line],
    /// In their order, each with its text.
    pub sections: &'a [(Section, String)],
    /// Only these people may read it; `None`: the whole team.
    pub people: Option<&'a [PersonId]>,
    pub names: Names<'a>,
    /// As it stood then.
    pub at: Instant,
    /// With how far the review and the actions have come. That goes on when the text is published, and corrects nothing.
    pub progress: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub title: String,
    /// What version this is, and who may read it: a sentence each.
    pub standing: Vec<String>,
    /// What the record says, by name.
    pub facts: Vec<(String, String)>,
    pub chapters: Vec<Chapter>,
    /// By hash: those whose bytes are here. Of the others stands the name.
    pub pictures: BTreeMap<String, Picture>,
    /// For people outside: what lies beside it is apart from what lies beside others.
    pub public: bool,
}

impl Document {
    /// Hashes of the pictures that its texts show.
    pub fn shows(&self) -> BTreeSet<&str> {
        let texts =
            self.chapters.iter().flat_map(|chapter| &chapter.pieces).filter_map(|piece| match piece {
                Piece::Text(blocks) => Some(pictures(blocks)),
                _ => None,
            });
        texts.flatten().collect()
    }
}

/// A section that says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// Empty: it has none.
    pub title: String,
    pub pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// What somebody wrote.
    Text(Vec<Block>),
    /// By name.
    Pairs(Vec<(String, String)>),
    /// Not all columns are as wide: `weights` says how they share the width.
    Table {
        head: Vec<String>,
        weights: Vec<u32>,
        rows: Vec<Vec<String>>,
    },
    Answers(Vec<Answer>),
    /// Something that a reader has to know about what stands above.
    Note(String),
}

/// An answer to a why, with the answers below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub text: String,
    pub because: Vec<Answer>,
}

/// A moment in UTC, as it stands in a document.
pub fn time(at: Instant) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// A length of time in words: the two largest units that it has.
pub fn duration(seconds: i64) -> String {
    let parts: Vec<String> = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)]
        .iter()
        .scan(seconds.max(0), |rest, (unit, size)| {
            let n = *rest / size;
            *rest %= size;
            Some((n, if n == 1 { format!("1 {unit}") } else { format!("{n} {unit}s") }))
        })
        .skip_while(|(n, _)| *n == 0)
        .take(2)
        .filter(|(n, _)| *n > 0)
        .map(|(_, words)| words)
        .collect();
    if parts.is_empty() { "less than a second".into() } else { parts.join(" ") }
}

/// What it says, in order. Sections that say nothing are left out.
pub fn document(of: &Subject) -> Document {
    let mut chapters: Vec<Chapter> =
        of.sections.iter().filter_map(|(s, text)| chapter(of, s, text)).collect();
    chapters.extend(of.progress.then(|| review(of)).flatten());
    Document {
        title: of.title.trim().to_owned(),
        standing: standing(of),
        facts: facts(of),
        chapters,
        pictures: BTreeMap::new(),
        public: false,
    }
}

fn standing(of: &Subject) -> Vec<String> {
    let at = time(of.at);
    let mut said = vec![match of.postmortem.stage {
        Stage::Draft => format!("Draft as of {at}. Nobody has reviewed it yet."),
        Stage::InReview => format!("In review as of {at}. It can still change."),
        Stage::Published => format!("Published. This is how it stood on {at}."),
        Stage::Closed => format!("Closed: every action is done or dropped. This is how it stood on {at}."),
    }];
    if let Some(people) = of.people {
        said.push(format!("Private. Only these people may read it: {}.", self::people(people, &of.names)));
    }
    said
}

fn facts(of: &Subject) -> Vec<(String, String)> {
    let f = of.facts;
    let severity = if f.worst.is_worse_than(f.severity) {
        format!("{} (at its worst {})", f.severity, f.worst)
    } else {
        f.severity.to_string()
    };
    let services: Vec<String> = f.services.iter().map(|s| of.names.service(s)).collect();
    let count = |n: u32| (n > 0).then(|| if n == 1 { "once".to_owned() } else { format!("{n} times") });
    let moment = |m: Moment| f.moments.get(m).map(time);
    let runs = (!f.runs.is_empty()).then(|| f.runs.len().to_string());
    let roles =
        f.roles.iter().map(|part| format!("{} ({})", of.names.person(&part.person), part.role.word()));
    let mut roles: Vec<String> = roles.collect();
    roles.dedup();
    let all = [
        ("Incident", Some(if f.number > 0 { format!("#{} {}", f.number, f.name) } else { f.name.clone() })),
        ("Severity", Some(severity)),
        ("Status", Some(f.status.word().to_owned())),
        ("Services", Some(services.join(", "))),
        ("Impact began", moment(Moment::ImpactStarted)),
        ("Detected", moment(Moment::Detected)),
        ("Acknowledged", moment(Moment::Acknowledged)),
        ("Declared", moment(Moment::Declared)),
        ("Mitigated", moment(Moment::Mitigated)),
        ("Resolved", moment(Moment::Resolved)),
        ("Duration", f.duration_s.map(duration)),
        ("Time to detect", f.to_detect_s.map(duration)),
        ("Time to acknowledge", f.to_acknowledge_s.map(duration)),
        ("Time to mitigate", f.to_mitigate_s.map(duration)),
        ("Time to resolve", f.to_resolve_s.map(duration)),
        ("Reopened", count(f.reopened)),
        ("Authors", Some(people(&of.postmortem.authors, &of.names))),
        ("Attendees", Some(people(&of.postmortem.attendees, &of.names))),
        ("Roles", Some(roles.join(", "))),
        ("Responders", Some(people(&f.responders, &of.names))),
        ("Commands run", runs),
    ];
    let said = all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    said.filter(|(_, value)| !value.trim().is_empty()).collect()
}

fn chapter(of: &Subject, section: &Section, text: &str) -> Option<Chapter> {
    let mut pieces = vec![];
    match section.kind {
        SectionKind::Text => {}
        SectionKind::Impact => pieces.extend(figures(&of.postmortem.figures)),
        SectionKind::Timeline => pieces.extend(lines(of.lines, &of.names)),
        SectionKind::Causes => pieces.extend(whys(&of.postmortem.whys)),
        SectionKind::Factors => pieces.extend(factors(&of.postmortem.factors)),
        SectionKind::Actions => pieces.extend(actions(&of.postmortem.actions, &of.names, of.progress)),
    }
    if has_words(text) {
        let reading = read(text);
        // The text comes first: it says what the table below it shows.
        pieces.insert(0, Piece::Text(reading.blocks));
        if reading.cut {
            pieces.push(Piece::Note("The text of this section is longer than can be shown; its end is missing here. The YAML and JSON exports have all of it.".into()));
        }
    }
    (!pieces.is_empty()).then(|| Chapter { title: section.title.clone(), pieces })
}

fn review(of: &Subject) -> Option<Chapter> {
    let review = &of.postmortem.review;
    let all = [
        ("Reviewers", people(&review.reviewers, &of.names)),
        ("Approved by", people(&review.approved, &of.names)),
        ("Review meeting", review.meeting.map(time).unwrap_or_default()),
    ];
    let said: Vec<(String, String)> =
        all.into_iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| (n.to_owned(), v)).collect();
    (!said.is_empty()).then(|| Chapter { title: "Review".into(), pieces: vec![Piece::Pairs(said)] })
}
