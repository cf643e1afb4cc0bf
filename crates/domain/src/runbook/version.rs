//! Versions of a body that were kept, and what lies between two of them.

use serde::{Deserialize, Serialize};
use similar::{ChangeTag, TextDiff};
use ts_rs::TS;

/// Lines around a change that are shown with it.
const CONTEXT: usize = 3;
/// Lines of a difference; more are counted and not shown.
const LINES_MAX: usize = 5_000;

/// A body as it stood when somebody left it or reviewed it: the value of a runbook's field `version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "RunbookVersion")]
pub struct Version {
    pub text: String,
    /// What was changed, in the author's words; may be empty.
    #[serde(default)]
    pub note: String,
}

/// What lies between two texts, as lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "RunbookDifference")]
pub struct Difference {
    pub added: usize,
    pub removed: usize,
    /// Parts that differ, each with a few lines around it.
    pub parts: Vec<Vec<Line>>,
    /// It is longer than is shown.
    pub cut: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "RunbookDifferenceLine")]
pub struct Line {
    pub kind: LineKind,
    pub text: String,
    /// From 1, in the text where it stands.
    pub number: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "RunbookDifferenceKind")]
pub enum LineKind {
    Same,
    Added,
    Removed,
}

/// Lines that came and went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub added: usize,
    pub removed: usize,
}

pub fn tally(from: &str, to: &str) -> Tally {
    let mut tally = Tally::default();
    for change in TextDiff::from_lines(from, to).iter_all_changes() {
        match change.tag() {
            ChangeTag::Equal => {}
            ChangeTag::Insert => tally.added += 1,
            ChangeTag::Delete => tally.removed += 1,
        }
    }
    tally
}

/// What has to be done to `from` to have `to`.
pub fn compare(from: &str, to: &str) -> Difference {
    let diff = TextDiff::from_lines(from, to);
    let Tally { added, removed } = tally(from, to);
    let (mut parts, mut shown) = (vec![], 0);
    for group in diff.grouped_ops(CONTEXT) {
        let mut part = vec![];
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            if shown == LINES_MAX {
                break;
            }
            shown += 1;
            let (kind, index) = match change.tag() {
                ChangeTag::Equal => (LineKind::Same, change.new_index()),
                ChangeTag::Insert => (LineKind::Added, change.new_index()),
                ChangeTag::Delete => (LineKind::Removed, change.old_index()),
            };
            let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
            part.push(Line { kind, text, number: index.unwrap_or_default() + 1 });
        }
        if !part.is_empty() {
            parts.push(part);
        }
    }
    Difference { added, removed, parts, cut: shown == LINES_MAX }
}

/// One change of a text. Places and lengths are UTF-16 units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// In the text as the edits before this one left it.
    pub at: u32,
    pub delete: u32,
    pub insert: String,
}

/// What makes `to` of `from`, line by line, one edit after another: lines that are in both stay untouched, so that what
/// somebody types into them meanwhile is not lost.
pub fn edits(from: &str, to: &str) -> Vec<Edit> {
    let diff = TextDiff::from_lines(from, to);
    let units = |lines: &[&str]| lines.iter().map(|l| l.encode_utf16().count() as u32).sum::<u32>();
    let (mut at, mut found) = (0, vec![]);
    for op in diff.ops() {
        let (old, new) = (&diff.old_slices()[op.old_range()], &diff.new_slices()[op.new_range()]);
        if op.tag() != similar::DiffTag::Equal {
            found.push(Edit { at, delete: units(old), insert: new.concat() });
        }
        at += units(new);
    }
    found
}
