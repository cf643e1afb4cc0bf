//! The sections of a postmortem, as the team's playbook names them (domain §8).

use super::LanguageChoice;
use crate::Refusal;
use crate::refusal::RefusalCode;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Sections of a template, prompts of a section, and characters of either.
const SECTIONS_MAX: usize = 30;
const PROMPTS_MAX: usize = 12;
const WORDS_MAX: usize = 300;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "PostmortemSectionKind")]
pub enum SectionKind {
    /// Written.
    Text,
    /// Users, percent, revenue and error budget, and a text.
    Impact,
    /// The lines that were picked from the incident's record, and a text.
    Timeline,
    /// Five whys, and a text.
    Causes,
    /// Contributing factors by kind, and a text.
    Factors,
    /// What is to be done, and a text.
    Actions,
}

/// A section in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "PostmortemSection")]
pub struct Section {
    /// Names its text for ever: 1–32 characters of `a-z` and `_`.
    pub id: String,
    pub title: String,
    pub kind: SectionKind,
    /// Questions that help to begin. They are shown until they are dismissed, and are never part of the text.
    #[serde(default)]
    pub prompts: Vec<String>,
    /// A review does not begin well without it: it is listed as missing while it says nothing.
    #[serde(default)]
    pub needed: bool,
}

/// How the team writes postmortems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PostmortemRules {
    /// In their order. 1 to 30.
    pub sections: Vec<Section>,
    /// Of the language check.
    #[serde(default)]
    pub language: LanguageChoice,
}

impl Default for PostmortemRules {
    fn default() -> Self {
        use SectionKind::{Actions, Causes, Factors, Impact, Text, Timeline};
        let section = |id: &str, title: &str, kind, needed, prompts: &[&str]| Section {
            id: id.into(),
            title: title.into(),
            kind,
            prompts: prompts.iter().map(|p| (*p).into()).collect(),
            needed,
        };
        Self {
            sections: vec![
                section(
                    "summary",
                    "Summary",
                    Text,
                    true,
                    &[
                        "In three sentences, for somebody who was not there: what broke, for whom, and what ended it.",
                        "No names: say what the system did.",
                    ],
                ),
                section(
                    "impact",
                    "Impact",
                    Impact,
                    true,
                    &["What could users not do?", "Was an agreement (SLA) or an error budget touched?"],
                ),
                section(
                    "timeline",
                    "Timeline",
                    Timeline,
                    true,
                    &["When did the impact begin, when was it first visible to us, and what was visible?"],
                ),
                section(
                    "root_causes",
                    "Root causes",
                    Causes,
                    true,
                    &[
                        "Why was that possible? Ask again of every answer until it is something that you can change.",
                        "Where an answer is a person, ask what made it the sensible thing to do.",
                    ],
                ),
                section(
                    "factors",
                    "Contributing factors",
                    Factors,
                    false,
                    &[
                        "Was a test missing?",
                        "Was monitoring missing, or too late?",
                        "Was a guard rail missing?",
                        "Was the canary skipped, or too short?",
                    ],
                ),
                section(
                    "went_well",
                    "What went well",
                    Text,
                    false,
                    &["What made it shorter or smaller than it could have been?"],
                ),
                section(
                    "to_improve",
                    "What could be improved",
                    Text,
                    false,
                    &["What was slow, missing or confusing: detection, paging, tools, runbooks, updates?"],
                ),
                section(
                    "lucky",
                    "Where we got lucky",
                    Text,
                    false,
                    &["What was chance this time, and would be worse the next time?"],
                ),
                section(
                    "actions",
                    "Action items",
                    Actions,
                    true,
                    &[
                        "What prevents it, what tells us sooner, what makes it smaller, what has to be written down?",
                    ],
                ),
                section(
                    "lessons",
                    "Lessons learned",
                    Text,
                    false,
                    &["What do you want another team to know?"],
                ),
            ],
            language: LanguageChoice::default(),
        }
    }
}

impl PostmortemRules {
    pub fn section(&self, id: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == id)
    }

    /// What is wrong with them, if anything; the words name the section.
    pub fn check(&self) -> Result<(), Refusal> {
        let bad = |words: String| Err(Refusal::new(RefusalCode::BadInput, words));
        if self.sections.is_empty() || self.sections.len() > SECTIONS_MAX {
            return bad(format!("A postmortem has 1 to {SECTIONS_MAX} sections."));
        }
        for (place, section) in self.sections.iter().enumerate() {
            let Section { id, title, prompts, .. } = section;
            if !is_section_id(id) {
                return bad(format!("`{id}` names no section: write 1 to 32 characters of a-z and _."));
            }
            if id == super::PUBLIC {
                return bad(format!(
                    "`{id}` is the name of the public version, which every postmortem can have: call this section otherwise."
                ));
            }
            if self.sections.iter().take(place).any(|other| other.id == *id) {
                return bad(format!("Two sections are called `{id}`: rename one."));
            }
            if self.sections.iter().take(place).any(|s| s.kind == section.kind && s.kind != SectionKind::Text)
            {
                return bad(format!("`{title}` is there twice: of its kind there can be one."));
            }
            if title.trim().is_empty() || title.chars().count() > WORDS_MAX {
                return bad(format!("The title of the section `{id}` has 1 to {WORDS_MAX} characters."));
            }
            if prompts.len() > PROMPTS_MAX {
                return bad(format!("The section `{title}` has at most {PROMPTS_MAX} prompts."));
            }
            if prompts.iter().any(|p| p.trim().is_empty() || p.chars().count() > WORDS_MAX) {
                return bad(format!("A prompt of the section `{title}` has 1 to {WORDS_MAX} characters."));
            }
        }
        Ok(())
    }
}

pub(super) fn is_section_id(id: &str) -> bool {
    (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// Whether a section says something: letters or digits, or a picture; headings, rules and empty lists say nothing.
pub fn has_words(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .any(|line| line.chars().any(char::is_alphanumeric))
}
