use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The rules of one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LanguageRules {
    /// ISO 639-1, as "en".
    pub language: String,
    /// Words for people by what they do, as expressions: "engineers?".
    pub people: Vec<String>,
    /// Words that stand for a person by themselves: "we", "somebody".
    pub anybody: Vec<String>,
    /// Words that begin with a capital letter and are no names of people: "The", "Redis".
    pub not_names: Vec<String>,
    pub rules: Vec<Rule>,
}

/// What a passage does that a blameless text does not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "LanguageKind")]
pub enum Kind {
    /// A person, or their character, is made the cause.
    Blame,
    /// What was done is judged by what is known now.
    Hindsight,
    /// What might have been is told instead of what was.
    Counterfactual,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(rename = "LanguageRule")]
pub struct Rule {
    /// By which a finding is dismissed; it stays the same when the words change.
    pub id: String,
    pub kind: Kind,
    /// One line.
    pub why: String,
    /// A systemic wording, or the way to one.
    pub suggestion: String,
    pub patterns: Vec<String>,
    /// A passage that one of these overlaps is left alone: "not obvious".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unless: Vec<String>,
}

impl LanguageRules {
    /// The ones that come with the product.
    pub fn english() -> Self {
        serde_json::from_str(include_str!("en.json"))
            .expect("the rules that come with the product are read by a test")
    }
}
