//! Steps: the commands of a body, each with the words that say when and why.

use super::SectionKind;
use super::command::CommandLine;
use crate::playbook::Playbook;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ts_rs::TS;

/// One command of a runbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "RunbookStep")]
pub struct Step {
    /// Twelve hex digits made of its headings and its line: it stays the same when other parts of the body change.
    pub id: String,
    pub section: Option<SectionKind>,
    /// The headings it stands below, outermost first.
    pub headings: Vec<String>,
    /// Of the nearest heading; empty without one.
    pub anchor: String,
    /// What it does: the comment above it, or the words before its block.
    pub text: String,
    /// It is the comment, which is shown nowhere else.
    pub is_comment: bool,
    /// When to do it, where the words say "if … then …".
    pub condition: Option<String>,
    /// As it is written.
    pub line: String,
    /// Names that are asked for, in the order in which they appear.
    pub arguments: Vec<String>,
    /// A strategy of the playbook that its block names.
    pub tag: Option<String>,
    /// Why it cannot be run, whatever the team allows; it can be copied.
    pub refused: Option<String>,
}

/// Where a block of code stands.
pub(super) struct Place {
    pub headings: Vec<String>,
    pub section: Option<SectionKind>,
    pub anchor: String,
    pub prose: String,
    pub tag: Option<String>,
}

/// A command as it stands in a block.
pub(super) struct Written {
    pub line: String,
    pub comment: Option<String>,
}

pub(super) fn is_shell(language: &str) -> bool {
    matches!(language, "sh" | "bash" | "shell" | "zsh" | "console")
}

/// The commands of a block, and the comment right above each.
pub(super) fn commands(language: &str, text: &str) -> Vec<Written> {
    let prompts_only = language == "console";
    let (mut found, mut comment, mut begun) = (vec![], None, String::new());
    for line in text.lines() {
        let trimmed = line.trim();
        let shown = match (trimmed.strip_prefix("$ "), begun.is_empty()) {
            (Some(command), true) => command.trim(),
            (None, true) if prompts_only => continue,
            _ => trimmed,
        };
        if begun.is_empty() {
            if let Some(words) = shown.strip_prefix('#') {
                comment = Some(words.trim_start_matches('#').trim().to_owned()).filter(|c| !c.is_empty());
                continue;
            }
            if shown.is_empty() {
                comment = None;
                continue;
            }
        }
        if let Some(head) = shown.strip_suffix('\\') {
            begun.push_str(head.trim_end());
            begun.push(' ');
            continue;
        }
        begun.push_str(shown);
        found.push(Written { line: std::mem::take(&mut begun).trim().to_owned(), comment: comment.take() });
    }
    let rest = begun.trim();
    if !rest.is_empty() {
        found.push(Written { line: rest.to_owned(), comment });
    }
    found
}

impl Step {
    /// `count`: the how-manieth of this line below these headings.
    pub(super) fn new(place: &Place, written: Written, count: usize) -> Self {
        let Written { line, comment } = written;
        let mut hash = Sha256::new();
        for part in &place.headings {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.update(line.as_bytes());
        hash.update((count as u64).to_le_bytes());
        let id = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let parsed = CommandLine::parse(&line);
        let is_comment = comment.is_some();
        let text = comment.unwrap_or_else(|| place.prose.clone());
        Self {
            id,
            section: place.section,
            headings: place.headings.clone(),
            anchor: place.anchor.clone(),
            condition: condition(&place.prose).or_else(|| condition(&text)),
            text,
            is_comment,
            arguments: parsed.as_ref().map(CommandLine::arguments).unwrap_or_default(),
            tag: place.tag.clone(),
            refused: parsed.err().map(|refusal| refusal.words),
            line,
        }
    }

    /// The strategy of the playbook that it carries out: named by its block, or by the nearest heading that bears the
    /// name of one, or by the section "Rollback".
    pub fn strategy(&self, playbook: &Playbook) -> Option<String> {
        let same = |a: &str, b: &str| flat(a) == flat(b);
        if let Some(tag) = &self.tag {
            return playbook.strategies.keys().find(|id| same(id, tag)).cloned();
        }
        let named = |heading: &String| {
            playbook
                .strategies
                .iter()
                .find(|(id, strategy)| same(id, heading) || same(&strategy.name, heading))
                .map(|(id, _)| id.clone())
        };
        if let Some(found) = self.headings.iter().rev().find_map(named) {
            return Some(found);
        }
        let rollback = self.section == Some(SectionKind::Rollback);
        playbook.strategies.keys().find(|id| rollback && same(id, "rollback")).cloned()
    }
}

/// Letters and digits, small: `fail_over`, "Fail over" and "fail-over" are one name.
fn flat(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The part between "if" and "then" (or a comma, or a colon), where a text begins with one.
fn condition(text: &str) -> Option<String> {
    let first = text.split_whitespace().next()?;
    if !["if", "when"].contains(&first.to_lowercase().as_str()) {
        return None;
    }
    let rest = text.trim_start()[first.len()..].trim_start();
    let lower = rest.to_ascii_lowercase();
    let end = [", then", " then ", ": ", ", "].iter().filter_map(|mark| lower.find(mark)).min();
    let end = end.unwrap_or(rest.trim_end_matches([':', '.', ',']).len());
    let said = rest[..end].trim();
    (!said.is_empty()).then(|| said.to_owned())
}
