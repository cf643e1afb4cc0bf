//! Versions of a body that were kept, and what lies between two of them.

use serde::{Deserialize, Serialize};
use similar::{ChangeTag, TextDiff};
use ts_rs::TS;

/// Bytes of a version's text.
pub const VERSION_MAX: usize = 256 * 1_024;
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
