//! The language check in a postmortem: the team's rules, and what authors have dismissed for good.

use super::{Fields, change, named};
use crate::language::{Finding, LanguageCheck, LanguageRules, Rule, RuleError};
use crate::refusal::RefusalCode;
use crate::{Refusal, is_slug};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use ts_rs::TS;

/// Rules of a team, and characters of an expression.
const RULES_MAX: usize = 100;
const PATTERN_MAX: usize = 500;
/// Hexadecimal digits that name a passage.
const KEY_LEN: usize = 32;

/// What the team does otherwise than the rules that come with the product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LanguageChoice {
    /// Ids of rules that are not asked.
    #[serde(default)]
    pub off: Vec<String>,
    /// Rules of the team's own. One with the id of a known rule takes its place.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

impl LanguageChoice {
    /// The rules that hold in this team.
    pub fn rules(&self) -> LanguageRules {
        let mut rules = LanguageRules::english();
        let own: BTreeSet<&str> = self.rules.iter().map(|rule| rule.id.as_str()).collect();
        rules.rules.retain(|rule| !own.contains(rule.id.as_str()));
        rules.rules.extend(self.rules.iter().cloned());
        rules.rules.retain(|rule| !self.off.contains(&rule.id));
        rules
    }

    /// Ready for use; `names`: of the team's people.
    ///
    /// # Errors
    /// A rule cannot be read.
    pub fn ready(&self, names: &[String]) -> Result<LanguageCheck, RuleError> {
        LanguageCheck::new(&self.rules(), names)
    }

    /// What is wrong with it, if anything; the words name the rule.
    pub fn check(&self) -> Result<(), Refusal> {
        let bad = |words: String| Err(Refusal::new(RefusalCode::BadInput, words));
        if *self == Self::default() {
            // The rules that come with the product are read by a test; to read them takes milliseconds.
            return Ok(());
        }
        if self.rules.len() > RULES_MAX {
            return bad(format!("A team has at most {RULES_MAX} language rules of its own."));
        }
        for rule in &self.rules {
            if !is_slug(&rule.id) {
                return bad(format!("`{}` names no rule: write a-z, 0-9 and -.", rule.id));
            }
            if rule.patterns.is_empty() || rule.why.trim().is_empty() || rule.suggestion.trim().is_empty() {
                return bad(format!(
                    "The rule `{}` needs an expression, why it points at it, and what to write instead.",
                    rule.id
                ));
            }
            if rule.patterns.iter().chain(&rule.unless).any(|p| p.chars().count() > PATTERN_MAX) {
                return bad(format!(
                    "An expression of the rule `{}` is longer than {PATTERN_MAX} characters.",
                    rule.id
                ));
            }
        }
        let known: BTreeSet<String> =
            LanguageRules::english().rules.into_iter().map(|rule| rule.id).collect();
        if let Some(unknown) = self.off.iter().find(|id| !known.contains(*id)) {
            return bad(format!("There is no language rule `{unknown}` to leave out."));
        }
        let own = LanguageRules { rules: self.rules.clone(), ..LanguageRules::english() };
        LanguageCheck::new(&own, &[])
            .map(drop)
            .map_err(|error| Refusal::new(RefusalCode::BadInput, error.to_string()))
    }
}

/// A passage that is pointed at. It never keeps anybody from anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LanguageNote {
    /// Its place in the section's text, in UTF-16 units; `None`: it stands in what is chosen or counted there.
    pub place: Option<(u32, u32)>,
    pub text: String,
    pub rule: String,
    pub why: String,
    pub suggestion: String,
    /// By which it is dismissed: the same words are not pointed at again in this postmortem.
    pub key: String,
}

/// Names a passage: the rule, and the words without regard to case.
fn key(rule: &str, text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let digest = Sha256::digest(format!("{rule}\n{words}"));
    digest.iter().take(KEY_LEN / 2).map(|b| format!("{b:02x}")).collect()
}

pub(super) fn is_key(key: &str) -> bool {
    key.len() == KEY_LEN && key.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// The keys of what was dismissed.
pub(super) fn dismissed(fields: &Fields) -> BTreeSet<String> {
    let yes = named(fields, change::LANGUAGE).filter(|(_, f)| f.value == &Value::Bool(true));
    yes.map(|(key, _)| key.to_owned()).collect()
}

/// What is pointed at in a text, in its order. `placed`: the text is the section's own.
pub fn language_notes(
    check: &LanguageCheck,
    text: &str,
    placed: bool,
    dismissed: &BTreeSet<String>,
) -> Vec<LanguageNote> {
    let units = |to: usize| u32::try_from(text[..to].encode_utf16().count()).unwrap_or(u32::MAX);
    let note = |Finding { start, end, rule, why, suggestion }: Finding| LanguageNote {
        place: placed.then(|| (units(start), units(end))),
        key: key(&rule, &text[start..end]),
        text: text[start..end].to_owned(),
        rule,
        why,
        suggestion,
    };
    check.check(text).into_iter().map(note).filter(|note| !dismissed.contains(&note.key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Kind;

    fn rule(id: &str, pattern: &str) -> Rule {
        Rule {
            id: id.into(),
            kind: Kind::Blame,
            why: "It says nothing about the system.".into(),
            suggestion: "Say what the system allowed.".into(),
            patterns: vec![pattern.into()],
            unless: vec![],
        }
    }

    #[test]
    fn places_are_those_of_the_editor_and_what_was_dismissed_stays_so() {
        let check = LanguageChoice::default().ready(&["Ben".into()]).unwrap();
        let text = "🔥 Fire. Ben should have\nlooked.";
        let notes = language_notes(&check, text, true, &BTreeSet::new());
        let [note] = &notes[..] else { panic!("{notes:?}") };
        let (from, to) = note.place.unwrap();
        let units: Vec<u16> = text.encode_utf16().collect();
        assert_eq!(String::from_utf16(&units[from as usize..to as usize]).unwrap(), note.text);
        assert!(is_key(&note.key));
        let dismissed = BTreeSet::from([note.key.clone()]);
        let again = "He was tired. BEN should have looked.";
        assert_eq!(language_notes(&check, again, true, &dismissed), [], "the same words elsewhere");
        assert_eq!(language_notes(&check, "Ana should have looked.", true, &dismissed).len(), 1);
    }

    #[test]
    fn a_team_has_rules_of_its_own_and_leaves_others_out() {
        let choice = LanguageChoice {
            off: vec!["should-have".into()],
            rules: vec![rule("finger-trouble", "finger trouble")],
        };
        choice.check().unwrap();
        let check = choice.ready(&[]).unwrap();
        let found = |text: &str| check.check(text).into_iter().map(|f| f.rule).collect::<Vec<_>>();
        assert_eq!(found("It was finger trouble. Ben should have looked."), ["finger-trouble"]);
    }

    #[test]
    fn a_rule_that_cannot_be_read_is_refused_by_its_name() {
        let with = |rule: Rule| LanguageChoice { off: vec![], rules: vec![rule] }.check().unwrap_err().words;
        assert!(with(rule("broken", "(")).contains("broken"));
        assert!(with(rule("No Slug", "x")).contains("No Slug"));
        assert!(with(Rule { patterns: vec![], ..rule("empty", "x") }).contains("empty"));
        assert!(with(rule("long", &"x".repeat(501))).contains("500"));
        let off = LanguageChoice { off: vec!["nothing".into()], rules: vec![] };
        assert!(off.check().unwrap_err().words.contains("nothing"));
    }
}
