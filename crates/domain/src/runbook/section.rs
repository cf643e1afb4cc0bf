//! The sections that a runbook should have, and which of them are there.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a section is about (domain §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SectionKind {
    Overview,
    Architecture,
    DataFlow,
    Impact,
    Symptoms,
    Diagnostics,
    Causes,
    Mitigation,
    Rollback,
    Escalation,
    Recovery,
    Links,
}

/// Parts of a heading, in small letters; the first that is found decides.
const WORDS: &[(&str, SectionKind)] = &[
    ("rollback", SectionKind::Rollback),
    ("roll back", SectionKind::Rollback),
    ("mitigat", SectionKind::Mitigation),
    ("diagnos", SectionKind::Diagnostics),
    ("investigat", SectionKind::Diagnostics),
    ("data flow", SectionKind::DataFlow),
    ("critical path", SectionKind::DataFlow),
    ("architecture", SectionKind::Architecture),
    ("dependenc", SectionKind::Architecture),
    ("cause", SectionKind::Causes),
    ("fixes", SectionKind::Causes),
    ("escalat", SectionKind::Escalation),
    ("contact", SectionKind::Escalation),
    ("symptom", SectionKind::Symptoms),
    ("alerts", SectionKind::Symptoms),
    ("recover", SectionKind::Recovery),
    ("impact", SectionKind::Impact),
    ("overview", SectionKind::Overview),
    ("links", SectionKind::Links),
    ("references", SectionKind::Links),
];

impl SectionKind {
    /// By the words of a heading; `None` when it is about something of its own.
    pub fn of(heading: &str) -> Option<Self> {
        let heading = heading.to_lowercase();
        WORDS.iter().find(|(word, _)| heading.contains(word)).map(|(_, kind)| *kind)
    }

    /// What stands below its heading in a new runbook, as a comment that is not shown.
    fn prompt(self) -> &'static str {
        match self {
            Self::Overview => "What it is, and why it matters.",
            Self::Architecture => "Its parts, and what it needs to work.",
            Self::DataFlow => "Where data comes from and goes to; what must not break.",
            Self::Impact => "What users notice when it fails, and how many.",
            Self::Symptoms => "The alerts, and what they look like from outside.",
            Self::Diagnostics => {
                "Steps in order, each with its command in a block marked sh. \"If … then …\" where ways part."
            }
            Self::Causes => "What it was before, and what helped.",
            Self::Mitigation => {
                "Restore service first. Name the strategy after sh: restart, scale_up, fail_over, disable_flag, degrade."
            }
            Self::Rollback => "The command that goes back, with its arguments in angle brackets.",
            Self::Escalation => "When to call whom, and how.",
            Self::Recovery => "How to tell that it is over, and what to undo.",
            Self::Links => "Dashboards, logs, code.",
        }
    }
}

/// A heading of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "RunbookSection")]
pub struct Section {
    pub name: String,
    pub kind: Option<SectionKind>,
    /// 1 to 6.
    pub level: u8,
    /// Names its place in what is shown; unique in the body.
    pub anchor: String,
    /// Something other than headings stands below it.
    pub has_content: bool,
}

/// The wanted sections (of the playbook) that a body does not have, or has without any words, in their order.
pub fn missing(sections: &[Section], wanted: &[String]) -> Vec<String> {
    let same = |section: &Section, name: &str| match SectionKind::of(name) {
        Some(kind) => section.kind == Some(kind),
        None => section.name.trim().eq_ignore_ascii_case(name.trim()),
    };
    let is_there = |name: &str| sections.iter().any(|s| s.has_content && same(s, name));
    wanted.iter().filter(|name| !is_there(name)).cloned().collect()
}

/// The body of a new runbook: every wanted section with a hint that is not shown.
pub fn template(wanted: &[String]) -> String {
    let section = |name: &String| match SectionKind::of(name) {
        Some(kind) => format!("## {name}\n\n<!-- {} -->\n", kind.prompt()),
        None => format!("## {name}\n"),
    };
    wanted.iter().map(section).collect::<Vec<_>>().join("\n")
}
