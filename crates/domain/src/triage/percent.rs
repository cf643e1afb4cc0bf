//! How many are hit, when that is known as a number.

use super::{Answers, Scope, Suggestion, suggest};
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

/// The scope of `percent` of the users, 0 to 100, by the team's limits. A number never makes less of what a person chose: they
/// may know of a region or of a major function, which no share of the users tells.
pub fn scope_found(percent: f64, chosen: Option<Scope>, rules: &TriageRules) -> Result<ScopeFound, Refusal> {
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
    Ok(match chosen {
        Some(chosen) if chosen > scope => {
            let words = format!("{words} You chose {}, and that stays.", chosen.word());
            ScopeFound { scope: chosen, words }
        }
        _ => ScopeFound { scope, words },
    })
}

/// As [`suggest`]; where the share of users says another scope than the person, the reasons say so.
pub fn suggest_with(answers: &Answers, percent: Option<f64>, rules: &TriageRules) -> Suggestion {
    let mut suggestion = suggest(answers);
    let percent = percent.filter(|percent| check_percent(*percent).is_ok());
    if let Some((percent, of)) =
        percent.map(|p| (p, rules.scope_of(p))).filter(|(_, of)| *of != answers.scope)
    {
        let (of, chosen) = (of.word(), answers.scope.word());
        // Behind the matrix, which the first reason names.
        suggestion
            .reasons
            .insert(1, format!("{percent} % of the users alone would be {of}; {chosen} was chosen."));
    }
    suggestion
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
            assert_eq!(scope_found(percent, None, rules), Ok(ScopeFound { scope, words: words.into() }));
        }
    }

    #[test]
    fn a_number_makes_no_less_of_what_a_person_chose_and_the_reasons_say_so() {
        let rules = TriageRules::default();
        let of = |percent, chosen| scope_found(percent, Some(chosen), &rules).unwrap();
        let kept = of(4.0, Scope::Wide);
        assert_eq!(kept.scope, Scope::Wide);
        assert_eq!(
            kept.words,
            "4 % of the users is limited: medium begins at 5 %. You chose wide, and that stays."
        );
        assert_eq!(of(60.0, Scope::Limited).scope, Scope::Wide, "it makes more of it");
        let answers: Answers =
            serde_json::from_value(serde_json::json!({ "scope": "wide", "impact": "high" })).unwrap();
        let said = suggest_with(&answers, Some(4.0), &rules);
        assert_eq!(said.severity, suggest(&answers).severity);
        assert_eq!(said.reasons[1], "4 % of the users alone would be limited; wide was chosen.");
        for agrees in [Some(80.0), None, Some(f64::NAN)] {
            assert_eq!(suggest_with(&answers, agrees, &rules), suggest(&answers));
        }
    }

    #[test]
    fn what_is_no_share_is_refused_by_its_name() {
        for percent in [-0.1, 100.5, f64::NAN, f64::INFINITY] {
            let words = scope_found(percent, None, &TriageRules::default()).unwrap_err().words;
            assert!(words.starts_with("percent: ") && words.contains("0 to 100"), "{words}");
        }
    }
}
