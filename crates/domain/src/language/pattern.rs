use super::{LanguageRules, Rule};
use regex::{Regex, RegexBuilder};
use std::ops::Range;

/// As an expression is compiled; a rule that needs more is refused.
const SIZE_MAX: usize = 4 << 20;
/// Between two words of a paragraph, with the signs of emphasis about them.
const SPACE: &str = r"[*_]{0,3}(?:[ \t\x{a0}]+|[ \t]*\n[ \t]*)[*_]{0,3}";
/// A word that begins with a capital letter, in the Latin, Greek and Cyrillic scripts: what is asked of every letter of Unicode
/// makes an expression a hundred times as large.
const NAME: &str = "[A-ZÀ-ÖØ-ÞĀ-ſΆ-ΫЀ-Я][a-zß-öø-ÿĀ-ſά-ώа-џ'’]+";
const ADVERB: &str = r"(?:[a-z]+ly )?";

/// A rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The rule {rule} cannot be read: {why}")]
pub struct RuleError {
    pub rule: String,
    pub why: String,
}

/// A rule whose expressions are ready.
pub(super) struct Compiled {
    pub id: String,
    pub why: String,
    pub suggestion: String,
    patterns: Vec<Regex>,
    unless: Vec<Regex>,
}

/// A person as the subject of a sentence, as an expression. What is only taken for a name, because it begins with a capital
/// letter, is in a group called `name`.
pub(super) fn person(rules: &LanguageRules, names: &[String]) -> String {
    let people = rules.people.join("|");
    let anybody = rules.anybody.join("|");
    let known: String = names
        .iter()
        .map(|n| n.trim())
        .filter(|n| !n.is_empty())
        .map(|n| format!("{}|", regex::escape(n)))
        .collect();
    // "The two engineers on call", "somebody on the platform team", "the platform team".
    let where_from = r"(?:on|of|in|from) the (?:[a-z0-9-]+ ){1,3}?(?:team|group|shift)";
    format!(
        r"(?:(?:(?:the|an?|our|your|their|his|her|my|this|that|another|both|one of the|some|any|every|no) (?:[a-z0-9-]+ ){{0,3}}?)?(?:{people})(?: (?:on (?:duty|call|shift)|in charge|{where_from}))?|(?:{anybody})(?: {where_from})?|{known}(?P<name>(?-i:{NAME}(?: {NAME})?)))"
    )
}

impl Compiled {
    pub(super) fn new(rule: &Rule, person: &str) -> Result<Self, RuleError> {
        let all = |patterns: &[String]| -> Result<Vec<Regex>, RuleError> {
            patterns.iter().map(|p| compile(&rule.id, p, person)).collect()
        };
        Ok(Self {
            id: rule.id.clone(),
            why: rule.why.clone(),
            suggestion: rule.suggestion.clone(),
            patterns: all(&rule.patterns)?,
            unless: all(&rule.unless)?,
        })
    }

    /// Where the rule points at.
    pub(super) fn places(&self, text: &str, not_names: &[String]) -> Vec<Range<usize>> {
        let excepted: Vec<Range<usize>> =
            self.unless.iter().flat_map(|u| u.find_iter(text).map(|m| m.range())).collect();
        let mut found: Vec<Range<usize>> =
            self.patterns.iter().flat_map(|pattern| places_of(pattern, text, not_names)).collect();
        found.retain(|f| !excepted.iter().any(|e| e.start < f.end && f.start < e.end));
        found
    }
}

fn places_of(pattern: &Regex, text: &str, not_names: &[String]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while pattern.is_match_at(text, from) {
        // Groups are looked for only where there is something.
        let Some(captures) = pattern.captures_at(text, from) else { break };
        let whole = captures.get(0).expect("a match has its whole").range();
        let not_a_name =
            pattern.capture_names().flatten().filter_map(|group| captures.name(group)).find(|name| {
                name.as_str().split_whitespace().any(|word| not_names.iter().any(|n| n == word))
            });
        match not_a_name {
            // What follows the word may still be found by itself: "Redis should have".
            Some(name) => from = name.end().max(from + 1),
            None => {
                from = whole.end.max(from + 1);
                found.push(whole);
            }
        }
        while from < text.len() && !text.is_char_boundary(from) {
            from += 1;
        }
        if from >= text.len() {
            break;
        }
    }
    found
}

fn compile(rule: &str, pattern: &str, person: &str) -> Result<Regex, RuleError> {
    // Groups have names that are used once.
    let mut parts = pattern.split("{person}");
    let mut written = parts.next().unwrap_or_default().to_owned();
    for (n, part) in parts.enumerate() {
        written.push_str(&person.replace("?P<name>", &format!("?P<name{n}>")));
        written.push_str(part);
    }
    let written = spaced(&written.replace("{adverb}", ADVERB));
    RegexBuilder::new(&format!(r"(?i:(?-u:\b)(?:{written})(?-u:\b))"))
        .size_limit(SIZE_MAX)
        .build()
        .map_err(|e| RuleError { rule: rule.to_owned(), why: e.to_string() })
}

/// With the spaces of a rule as white space of a text; in the brackets of a class, a space is a space.
fn spaced(pattern: &str) -> String {
    let mut spaced = String::with_capacity(pattern.len() * 2);
    let (mut in_class, mut escaped) = (false, false);
    for c in pattern.chars() {
        match c {
            ' ' if !in_class => spaced.push_str(SPACE),
            _ => spaced.push(c),
        }
        in_class = match c {
            _ if escaped => in_class,
            '[' => true,
            ']' => false,
            _ => in_class,
        };
        escaped = c == '\\' && !escaped;
    }
    spaced
}
