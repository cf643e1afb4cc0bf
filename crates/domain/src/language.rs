//! The language check of a postmortem (domain §8): it points at sentences that blame a person, judge by hindsight, or tell of
//! what might have been, and offers a wording about the system. It never blocks.
//!
//! The rules are data, one file for each language. What a rule looks for is written as a regular expression in which a
//! space stands for any white space within a paragraph, `{person}` for a person as subject (a name, a pronoun, "the
//! engineer on call"), and `{adverb}` for an adverb that may stand there. Code and addresses are never looked at.

mod mask;
mod pattern;
mod rules;
#[cfg(test)]
mod tests;

pub use pattern::RuleError;
pub use rules::{Kind, LanguageRules, Rule};

use mask::mask;
use pattern::Compiled;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A passage that a rule points at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Finding {
    /// In bytes of the text (UTF-8), from its start; the end is exclusive.
    pub start: usize,
    pub end: usize,
    /// The id of the rule.
    pub rule: String,
    pub why: String,
    pub suggestion: String,
}

/// Rules that are ready for use. It costs some milliseconds to make, so it is kept.
pub struct LanguageCheck {
    rules: Vec<Compiled>,
    not_names: Vec<String>,
}

impl LanguageCheck {
    /// `names`: of the team's people, as they are written in texts (given name, surname). A word with a capital letter is
    /// taken for a name anyway, except those that the rules list.
    pub fn new(rules: &LanguageRules, names: &[String]) -> Result<Self, RuleError> {
        let person = pattern::person(rules, names);
        let compiled =
            rules.rules.iter().map(|rule| Compiled::new(rule, &person)).collect::<Result<_, _>>()?;
        let known = |word: &&String| !names.contains(word);
        let not_names = rules.not_names.iter().filter(known).cloned().collect();
        Ok(Self { rules: compiled, not_names })
    }

    /// What is found, by its place. No finding lies within another one.
    pub fn check(&self, text: &str) -> Vec<Finding> {
        let seen = mask(text);
        let mut found: Vec<Finding> = self
            .rules
            .iter()
            .flat_map(|rule| {
                rule.places(&seen, &self.not_names).into_iter().map(|place| Finding {
                    start: place.start,
                    end: place.end,
                    rule: rule.id.clone(),
                    why: rule.why.clone(),
                    suggestion: rule.suggestion.clone(),
                })
            })
            .collect();
        // The longer one first, so that what lies within it is met after it; of two alike, the rule that is listed first.
        found.sort_by_key(|f| (f.start, std::cmp::Reverse(f.end)));
        let mut reached = 0;
        found.retain(|f| {
            let is_new = f.end > reached;
            reached = reached.max(f.end);
            is_new
        });
        found
    }
}
