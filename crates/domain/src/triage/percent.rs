//! How many are hit, when that is known as a number.

use super::Scope;
use crate::playbook::TriageRules;
use crate::refusal::{Refusal, RefusalCode};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a percentage of the users comes to, with the limits that say so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ScopeFound {
    pub scope: Scope,
    /// One sentence or two.
    pub words: String,
}

/// What is wrong with a percentage, if anything.
pub(super) fn check_percent(percent: f64) -> Result<(), Refusal> {
    if (0.0..=100.0).contains(&percent) {
        return Ok(());
    }
    let words = format!("percent: {percent} is no share of the users; write a number from 0 to 100.");
    Err(Refusal::new(RefusalCode::BadInput, words))
}

/// The scope of `percent` of the users, 0 to 100, by the team's limits.
pub fn scope_found(percent: f64, rules: &TriageRules) -> Result<ScopeFound, Refusal> {
    check_percent(percent)?;
    let scope = rules.scope_of(percent);
    let (wide, medium) = (rules.wide_percent, rules.medium_percent);
    let words = match scope {
        Scope::Wide => format!("{percent} % of the users is wide: that begins at {wide} %."),
        Scope::Medium => {
            format!("{percent} % of the users is medium: that begins at {medium} %, and wide at {wide} %.")
        }
        Scope::Limited => format!("{percent} % of the users is limited: medium begins at {medium} %."),
    };
    Ok(ScopeFound { scope, words })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_a_scope_by_the_teams_own_limits_and_says_which() {
        let usual = TriageRules::default();
        let own = TriageRules { wide_percent: 30.0, medium_percent: 2.5, ..TriageRules::default() };
        for (rules, percent, scope, words) in [
            (&usual, 50.0, Scope::Wide, "50 % of the users is wide: that begins at 50 %."),
            (
                &usual,
                49.9,
                Scope::Medium,
                "49.9 % of the users is medium: that begins at 5 %, and wide at 50 %.",
            ),
            (&usual, 0.0, Scope::Limited, "0 % of the users is limited: medium begins at 5 %."),
            (&own, 30.0, Scope::Wide, "30 % of the users is wide: that begins at 30 %."),
            (&own, 2.0, Scope::Limited, "2 % of the users is limited: medium begins at 2.5 %."),
        ] {
            assert_eq!(scope_found(percent, rules), Ok(ScopeFound { scope, words: words.into() }));
        }
    }

    #[test]
    fn what_is_no_share_is_refused_by_its_name() {
        for percent in [-0.1, 100.5, f64::NAN, f64::INFINITY] {
            let words = scope_found(percent, &TriageRules::default()).unwrap_err().words;
            assert!(words.starts_with("percent: ") && words.contains("0 to 100"), "{words}");
        }
    }
}
