//! The timeline of a postmortem, drafted from the incident's own record.
//!
//! Every line of the record is a candidate: what a reader needs is in from the beginning, the rest can be picked. An author's
//! word about a line ([`LineEdit`]) stands in a field of its own, so two authors who work on different lines never meet, and a
//! line that comes later (somebody was on a train) is drafted like the others.

use super::{Fields, LineEdit, Names, change, named, read, words};
use crate::incident::Moment;
use crate::refusal::RefusalCode;
use crate::room::Source;
use crate::timeline::EntryKind;
use crate::{EntryId, Instant, PersonId, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;
use uuid::Uuid;

/// Where a line comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Evidence {
    /// Of the incident: it moves when the moment is corrected.
    Moment {
        moment: Moment,
    },
    /// The n-th event of its history, from 0.
    Event {
        number: u32,
    },
    Entry {
        entry: EntryId,
    },
    /// An author wrote it.
    Own,
}

impl Evidence {
    /// The name of a line; its edit stands in the field `line_<key>`.
    pub fn key(&self) -> Option<String> {
        match self {
            Self::Moment { moment } => Some(format!("moment_{}", moment_id(*moment))),
            Self::Event { number } => Some(format!("event_{number}")),
            Self::Entry { entry } => Some(format!("entry_{}", entry.0.simple())),
            Self::Own => None,
        }
    }

    /// Reads a key back; `None`: no line can have it.
    pub fn of_key(key: &str) -> Option<Self> {
        let (kind, rest) = key.split_once('_')?;
        let id = || Uuid::try_parse(rest).ok().filter(|id| id.simple().to_string() == rest);
        match kind {
            "moment" => {
                let moment = Moment::ALL.into_iter().find(|m| moment_id(*m) == rest)?;
                Some(Self::Moment { moment })
            }
            "event" => rest.parse().ok().map(|number| Self::Event { number }),
            "entry" => id().map(|id| Self::Entry { entry: EntryId(id) }),
            "own" => id().map(|_| Self::Own),
            _ => None,
        }
    }
}

fn moment_id(moment: Moment) -> &'static str {
    match moment {
        Moment::ImpactStarted => "impact_started",
        Moment::Detected => "detected",
        Moment::Acknowledged => "acknowledged",
        Moment::Declared => "declared",
        Moment::Mitigated => "mitigated",
        Moment::Resolved => "resolved",
    }
}

/// A line, picked or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "PostmortemLine")]
pub struct Line {
    pub key: String,
    pub evidence: Evidence,
    pub at: Instant,
    pub text: String,
    /// What the record says, where an author says it otherwise.
    pub original: Option<String>,
    /// When the record says it was, where an author says another time.
    #[serde(default)]
    pub original_at: Option<Instant>,
    /// Whoever wrote or did it.
    pub by: Option<PersonId>,
    /// Of an entry of the journal.
    #[serde(default)]
    pub kind: Option<EntryKind>,
    /// Part of the postmortem.
    pub shown: bool,
    /// The line that says it together with others.
    pub within: Option<String>,
    /// The lines that this one says together with itself.
    pub with: Vec<String>,
    /// Not yet known to the team.
    pub pending: bool,
}

/// All candidates, oldest first. Nothing that was picked is lost: a line is hidden behind another one only while that one is
/// shown itself and not hidden behind a third.
pub fn timeline(source: &Source, fields: &Fields, names: &Names) -> Vec<Line> {
    let mut lines = drafted(source, names);
    let mut edits: BTreeMap<&str, (LineEdit, bool)> = named(fields, change::LINE)
        .filter_map(|(key, field)| Some((key, (read(field)?, field.pending))))
        .collect();
    for line in &mut lines {
        if let Some((edit, pending)) = edits.remove(line.key.as_str()) {
            line.edited(edit, pending);
        }
    }
    for (key, (edit, pending)) in edits {
        let (Some(Evidence::Own), Some(at), Some(text)) = (Evidence::of_key(key), edit.at, &edit.text) else {
            continue;
        };
        if text.trim().is_empty() {
            continue;
        }
        let by = fields.get(&format!("{}{key}", change::LINE)).map(|f| f.author.clone());
        let mut line =
            Line { by, ..drafted_line(key.to_owned(), Evidence::Own, at, text.clone(), None, true) };
        line.edited(edit, pending);
        lines.push(line);
    }
    hide_what_others_say(&mut lines);
    lines.sort_by(|a, b| (a.at, a.evidence, &a.key).cmp(&(b.at, b.evidence, &b.key)));
    lines
}

impl Line {
    /// The author's word that makes it what it is.
    fn as_said(&self) -> LineEdit {
        let is_own = self.evidence == Evidence::Own;
        LineEdit {
            shown: self.shown,
            at: (is_own || self.original_at.is_some()).then_some(self.at),
            text: (is_own || self.original.is_some()).then(|| self.text.clone()),
            with: self.with.clone(),
        }
    }

    fn edited(&mut self, edit: LineEdit, pending: bool) {
        self.shown = edit.shown;
        self.pending |= pending;
        if let Some(at) = edit.at.filter(|at| *at != self.at) {
            self.original_at = Some(std::mem::replace(&mut self.at, at));
        }
        if let Some(text) = edit.text.filter(|text| *text != self.text) {
            self.original = Some(std::mem::replace(&mut self.text, text));
        }
        self.with = edit.with.into_iter().filter(|key| *key != self.key).collect();
    }
}

/// Said together with the line that is shown before it: what becomes of lines, by key, in this order.
///
/// # Errors
/// There is no such line, it is said by another one already, or nothing is shown before it.
pub fn joined(lines: &[Line], key: &str) -> Result<Vec<(String, LineEdit)>, Refusal> {
    let refused = |code, words: &str| Err(Refusal::new(code, words));
    let Some(at) = lines.iter().position(|line| line.key == key) else {
        return refused(RefusalCode::NotFound, "There is no such line any more; look at the timeline again.");
    };
    let line = &lines[at];
    if line.within.is_some() {
        return refused(
            RefusalCode::Stale,
            "Another line says this one already. Take them apart first, or choose another line.",
        );
    }
    let Some(before) = lines[..at].iter().rfind(|line| line.shown && line.within.is_none()) else {
        return refused(
            RefusalCode::NotAllowed,
            "No line is shown before this one. Put an earlier one in, then join them.",
        );
    };
    let begins = before.text.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    let text = Some(format!("{begins}; {}", line.text));
    let with = [&before.with[..], std::slice::from_ref(&line.key), &line.with[..]].concat();
    let mut edits = vec![];
    // What it said together with itself is said by the other one now: nobody can be said by two.
    if !line.with.is_empty() {
        edits.push((line.key.clone(), LineEdit { with: vec![], ..line.as_said() }));
    }
    edits.push((before.key.clone(), LineEdit { text, with, ..before.as_said() }));
    Ok(edits)
}

fn hide_what_others_say(lines: &mut [Line]) {
    let known: BTreeSet<String> = lines.iter().map(|line| line.key.clone()).collect();
    let mut within: BTreeMap<String, String> = BTreeMap::new();
    let mut speakers: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].shown).collect();
    // By name, so that two who hung two lines under each other see the same one of them everywhere.
    speakers.sort_by(|a, b| lines[*a].key.cmp(&lines[*b].key));
    let mut speaks: BTreeSet<String> = BTreeSet::new();
    for at in speakers {
        let line = &mut lines[at];
        if within.contains_key(&line.key) {
            line.with.clear();
            continue;
        }
        line.with.retain(|key| known.contains(key) && !speaks.contains(key) && !within.contains_key(key));
        for key in &line.with {
            within.insert(key.clone(), line.key.clone());
        }
        if !line.with.is_empty() {
            speaks.insert(line.key.clone());
        }
    }
    for line in lines {
        line.within = within.get(&line.key).cloned();
        if line.within.is_some() || !line.shown {
            line.with.clear();
        }
    }
}

fn drafted_line(
    key: String,
    evidence: Evidence,
    at: Instant,
    text: String,
    by: Option<PersonId>,
    shown: bool,
) -> Line {
    Line {
        key,
        evidence,
        at,
        text,
        original: None,
        original_at: None,
        by,
        kind: None,
        shown,
        within: None,
        with: vec![],
        pending: false,
    }
}

/// What the record says by itself.
fn drafted(source: &Source, names: &Names) -> Vec<Line> {
    let mut lines = vec![];
    let mut put = |evidence: Evidence, at, text, by: Option<&PersonId>, shown| {
        if let Some(key) = evidence.key() {
            lines.push(drafted_line(key, evidence, at, text, by.cloned(), shown));
        }
    };
    for moment in Moment::ALL {
        if let Some(at) = source.incident.moments.get(moment) {
            put(Evidence::Moment { moment }, at, words::moment(moment).into(), None, true);
        }
    }
    for (number, recorded) in source.history.iter().enumerate() {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        if let Some(text) = words::event(&recorded.event, names) {
            let shown = words::is_needed(&recorded.event);
            let at = recorded.event.happened_at(recorded.at);
            put(Evidence::Event { number }, at, text, recorded.event.author(), shown);
        }
    }
    let is_pinned = |entry: EntryId| {
        let pin = source.fields.get(&format!("pin_{}", entry.0.simple()));
        pin.is_some_and(|f| f.value == &serde_json::Value::Bool(true))
    };
    for spoken in source.timeline.iter().filter(|s| !s.corrected) {
        let entry = spoken.entry;
        let text = match entry.reason.as_deref().map(str::trim).filter(|r| !r.is_empty()) {
            Some(reason) if entry.run.is_none() => format!("{}: {reason}", entry.text.trim()),
            _ => entry.text.trim().to_owned(),
        };
        if text.is_empty() {
            continue;
        }
        let needed = matches!(entry.kind, EntryKind::Found | EntryKind::Decision | EntryKind::Action);
        let shown = needed || is_pinned(entry.id);
        let evidence = Evidence::Entry { entry: entry.id };
        let Some(key) = evidence.key() else { continue };
        let by = Some(spoken.author.clone());
        lines.push(Line { kind: Some(entry.kind), ..drafted_line(key, evidence, entry.at, text, by, shown) });
    }
    lines
}
