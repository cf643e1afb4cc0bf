//! What the ticket of an action says, in each tracker's own notation. Whatever people wrote is text and stays text: none of
//! it becomes a heading, a mention or a link of the tracker.

use super::{Action, Priority, ticket};
use crate::IncidentId;
use serde_json::{Value, json};

/// Characters of a summary: as many as Jira takes.
const SUMMARY_MAX: usize = 255;

/// An action with what its ticket tells about where it comes from.
#[derive(Clone, Debug)]
pub struct Issue<'a> {
    pub action: &'a Action,
    pub incident: IncidentId,
    pub number: u64,
    /// The title of the postmortem; `None`: the incident is private, and the tracker is read by others.
    pub postmortem: Option<&'a str>,
    /// The owner's name.
    pub owner: Option<&'a str>,
    /// The address of the team's server.
    pub server: &'a str,
}

/// A line of the description: a fact with its name.
struct Fact {
    name: &'static str,
    value: String,
    /// To be shown as it is, for copying.
    is_code: bool,
}

impl Issue<'_> {
    /// One line.
    pub fn summary(&self) -> String {
        let line = self.action.title.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() <= SUMMARY_MAX {
            return line;
        }
        line.chars().take(SUMMARY_MAX - 1).chain(['…']).collect()
    }

    /// `postmortem`, the postmortem's id, and the one by which this ticket is found again.
    pub fn labels(&self) -> [String; 3] {
        ["postmortem".into(), self.incident.to_string(), ticket::label_of(self.action.id)]
    }

    /// The name of Jira's usual priority for it.
    pub fn jira_priority(&self) -> Option<&'static str> {
        self.action.priority.map(|priority| match priority {
            Priority::P1 => "Highest",
            Priority::P2 => "High",
            Priority::P3 => "Medium",
            Priority::P4 => "Low",
        })
    }

    /// `2026-12-24`.
    pub fn due(&self) -> Option<String> {
        self.action.due.map(|due| due.format("%Y-%m-%d").to_string())
    }

    fn facts(&self) -> Vec<Fact> {
        let fact = |name, value: String| Fact { name, value, is_code: false };
        let mut facts = vec![match self.postmortem {
            Some(title) => fact("Postmortem", format!("{title} (incident #{})", self.number)),
            None => fact("Postmortem", format!("of private incident #{}", self.number)),
        }];
        facts.extend(self.action.kind.map(|kind| fact("Type", kind.word().into())));
        facts.extend(self.owner.map(|owner| fact("Owner", owner.into())));
        facts.extend(self.action.priority.map(|priority| fact("Priority", priority.word().into())));
        facts.extend(self.due().map(|due| fact("Due", due)));
        let link = format!("firebell://postmortem/{}", self.incident);
        facts.push(Fact { name: "In Firebell", value: link, is_code: true });
        facts.push(Fact { name: "Server", value: self.server.into(), is_code: true });
        facts
    }

    /// For Jira Cloud: a document of the Atlassian Document Format.
    pub fn adf(&self) -> Value {
        let paragraph = |content: Vec<Value>| json!({ "type": "paragraph", "content": content });
        let mut content: Vec<Value> = vec![];
        for part in paragraphs(&self.action.description) {
            let mut inline: Vec<Value> = vec![];
            for line in part {
                if !inline.is_empty() {
                    inline.push(json!({ "type": "hardBreak" }));
                }
                inline.push(json!({ "type": "text", "text": line }));
            }
            content.push(paragraph(inline));
        }
        let items: Vec<Value> = self
            .facts()
            .into_iter()
            .map(|fact| {
                let name = json!({ "type": "text", "text": format!("{}: ", fact.name), "marks": [{ "type": "strong" }] });
                let mut value = json!({ "type": "text", "text": fact.value });
                if fact.is_code {
                    value["marks"] = json!([{ "type": "code" }]);
                }
                json!({ "type": "listItem", "content": [paragraph(vec![name, value])] })
            })
            .collect();
        content.push(json!({ "type": "bulletList", "content": items }));
        json!({ "type": "doc", "version": 1, "content": content })
    }

    /// For Jira Data Center: its wiki notation.
    pub fn wiki(&self) -> String {
        self.text(wiki_escaped, |name| format!("* *{name}:* "), |code| format!("{{{{{code}}}}}"))
    }

    /// For GitHub.
    pub fn markdown(&self) -> String {
        self.text(markdown_escaped, |name| format!("- **{name}:** "), |code| format!("`{code}`"))
    }

    fn text(
        &self,
        escaped: impl Fn(&str) -> String,
        named: impl Fn(&str) -> String,
        code: impl Fn(&str) -> String,
    ) -> String {
        let mut text = String::new();
        for part in paragraphs(&self.action.description) {
            let lines: Vec<String> = part.into_iter().map(&escaped).collect();
            text.push_str(&lines.join("\n"));
            text.push_str("\n\n");
        }
        for fact in self.facts() {
            let value = if fact.is_code { code(&fact.value) } else { escaped(&fact.value) };
            text.push_str(&named(fact.name));
            text.push_str(&value);
            text.push('\n');
        }
        text
    }
}

/// Lines that stand together, without the empty ones between them.
fn paragraphs(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.split(|line| line.is_empty()).filter(|part| !part.is_empty()).map(<[_]>::to_vec).collect()
}

/// Each word as `other` has it, but addresses as they are: they are to be followed.
fn words(text: &str, other: impl Fn(&str, &mut String)) -> String {
    let mut out = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        if is_address(word.trim_end()) { out.push_str(word) } else { other(word, &mut out) }
    }
    out
}

fn is_address(word: &str) -> bool {
    let rest = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://"));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#@&=+,%".contains(c);
    rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_plain))
}

/// What makes a line a heading or a quotation in Jira's wiki notation, but for the dot behind it.
const STRUCTURE: [&str; 7] = ["h1", "h2", "h3", "h4", "h5", "h6", "bq"];

/// A backslash before what means something; two of them would break the line, so one becomes its number. So does the dot
/// that makes a heading of a line: what a backslash is to do before it is not said. Jira breaks lines at more than we do,
/// so a word may begin one wherever it stands.
fn wiki_escaped(text: &str) -> String {
    words(text, |word, out| {
        let begun = STRUCTURE
            .into_iter()
            .find(|begin| word.strip_prefix(begin).is_some_and(|rest| rest.starts_with('.')));
        if let Some(begin) = begun {
            out.push_str(begin);
            out.push_str("&#46;");
        }
        for c in word.chars().skip(begun.map_or(0, |begin| begin.len() + 1)) {
            if c == '\\' {
                out.push_str("&#92;");
                continue;
            }
            if "{}[]|!*_^~+-?#@".contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
    })
}

/// What nobody sees, and what ends a mention before it begins.
const NOTHING: char = '\u{200b}';

fn markdown_escaped(text: &str) -> String {
    numbered(words(text.trim_start(), |word, out| {
        for c in word.chars() {
            if "\\`*_{}[]<>|!~+-&=#".contains(c) {
                out.push('\\');
            }
            out.push(c);
            // `@ana` would write to somebody, and `#12` would point at another issue.
            if matches!(c, '@' | '#') {
                out.push(NOTHING);
            }
        }
    }))
}

/// `1.` at the beginning of a line would begin a list.
fn numbered(line: String) -> String {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    match line.as_bytes().get(digits) {
        Some(b'.' | b')') if digits > 0 => format!("{}\\{}", &line[..digits], &line[digits..]),
        _ => line,
    }
}
