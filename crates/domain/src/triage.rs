//! How severe an incident is, as far as answers to a few questions tell (domain §2), with the reasons in words.
//!
//! A matrix of how many are hit and how hard; then, in this order, a workaround (down), revenue and compliance (up), doubt
//! (up), and data loss or a breach, which is SEV1 whatever else is said.

mod percent;
mod report;

pub use percent::{ScopeFound, scope_found, suggest_with};
pub use report::{CheckOf, CheckOutcome, Outcome, Overruled, Report, ReportCheck};

use crate::Severity;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How many are hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename = "ImpactScope")]
pub enum Scope {
    /// Some users, or a minor function.
    Limited,
    /// Many users, one major function, or one region.
    Medium,
    /// All or most users, or several services.
    Wide,
}

/// How hard they are hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Impact {
    /// Cosmetic, or hardly noticed.
    Low,
    /// Degraded or slow; a way around is painful.
    Medium,
    /// They cannot do what they came for, or data is wrong.
    High,
}

/// What the person said. A question that was not answered is `false`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    pub scope: Scope,
    pub impact: Impact,
    /// Data is lost or damaged.
    #[serde(default)]
    pub data_loss: bool,
    /// Somebody got in, or data got out.
    #[serde(default)]
    pub breach: bool,
    /// A large share of the revenue is behind those who are hit.
    #[serde(default)]
    pub revenue: bool,
    /// Compliance or reputation is at stake.
    #[serde(default)]
    pub compliance: bool,
    /// There is one that works.
    #[serde(default)]
    pub workaround: bool,
    /// Between two severities.
    #[serde(default)]
    pub unsure: bool,
}

/// A severity, and why, in the order in which it came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Suggestion {
    pub severity: Severity,
    /// Sentences; the first one names the matrix.
    pub reasons: Vec<String>,
}

impl Scope {
    fn word(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Medium => "medium",
            Self::Limited => "limited",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Wide => "All or most users, or several services, are affected",
            Self::Medium => "Many users, one major function or one region are affected",
            Self::Limited => "Some users or a minor function are affected",
        }
    }
}

impl Impact {
    fn words(self) -> &'static str {
        match self {
            Self::High => "they cannot do what they came for, or data is wrong",
            Self::Medium => "the service is degraded for them",
            Self::Low => "they hardly notice it",
        }
    }
}

fn matrix(scope: Scope, impact: Impact) -> Severity {
    match (scope, impact) {
        (Scope::Wide, Impact::High) => Severity::Sev1,
        (Scope::Wide, Impact::Medium) | (Scope::Medium, Impact::High) => Severity::Sev2,
        (Scope::Wide, Impact::Low) | (Scope::Medium, Impact::Medium) | (Scope::Limited, Impact::High) => {
            Severity::Sev3
        }
        (Scope::Medium | Scope::Limited, Impact::Low) | (Scope::Limited, Impact::Medium) => Severity::Sev4,
    }
}

pub fn suggest(answers: &Answers) -> Suggestion {
    let mut severity = matrix(answers.scope, answers.impact);
    let is_lost = answers.data_loss || answers.breach;
    let mut reasons = vec![format!("{}, and {}: {severity}.", answers.scope.words(), answers.impact.words())];
    let mut step = |applies: bool, by: i8, why: &str| {
        if !applies {
            return;
        }
        let n = severity.number().saturating_add_signed(by).clamp(1, 4);
        let next = Severity::from_number(n).unwrap_or(severity);
        reasons.push(match (next == severity, by > 0) {
            (false, true) => format!("{why}: one level down, to {next}."),
            (false, false) => format!("{why}: one level up, to {next}."),
            (true, true) => format!("{why}; nothing is below {severity}."),
            (true, false) => format!("{why}; nothing is above {severity}."),
        });
        severity = next;
    };
    step(answers.workaround && !is_lost, 1, "A workaround is effective");
    let at_stake = match (answers.revenue, answers.compliance) {
        (true, true) => {
            "A large share of the revenue is behind those affected, and compliance or reputation is at stake"
        }
        (true, false) => "A large share of the revenue is behind those affected",
        _ => "Compliance or reputation is at stake",
    };
    step(answers.revenue || answers.compliance, -1, at_stake);
    step(answers.unsure, -1, "You are unsure between two, and the higher one counts");
    if is_lost {
        let why = match (answers.data_loss, answers.breach) {
            (true, true) => "Data is lost, and security is breached",
            (true, false) => "Data is lost",
            _ => "Security is breached",
        };
        severity = Severity::Sev1;
        reasons.push(format!("{why}: SEV1, whatever else is said."));
    }
    Suggestion { severity, reasons }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answers(scope: Scope, impact: Impact) -> Answers {
        Answers {
            scope,
            impact,
            data_loss: false,
            breach: false,
            revenue: false,
            compliance: false,
            workaround: false,
            unsure: false,
        }
    }

    fn number(answers: Answers) -> u8 {
        suggest(&answers).severity.number()
    }

    const SCOPES: [Scope; 3] = [Scope::Wide, Scope::Medium, Scope::Limited];
    const IMPACTS: [Impact; 3] = [Impact::Low, Impact::Medium, Impact::High];

    #[test]
    fn the_matrix_is_the_fields() {
        let rows = SCOPES.map(|scope| IMPACTS.map(|impact| number(answers(scope, impact))));
        assert_eq!(rows, [[3, 2, 1], [4, 3, 2], [4, 4, 3]]);
    }

    #[test]
    fn each_adjustment_says_what_it_did() {
        let base = answers(Scope::Medium, Impact::High);
        let found = suggest(&Answers { workaround: true, revenue: true, unsure: true, ..base });
        assert_eq!(found.severity, Severity::Sev1);
        assert_eq!(
            found.reasons,
            [
                "Many users, one major function or one region are affected, and they cannot do what they came for, or data is wrong: SEV2.",
                "A workaround is effective: one level down, to SEV3.",
                "A large share of the revenue is behind those affected: one level up, to SEV2.",
                "You are unsure between two, and the higher one counts: one level up, to SEV1.",
            ]
        );
        // Money and reputation are one level together, not two.
        assert_eq!(
            number(Answers { revenue: true, compliance: true, ..answers(Scope::Medium, Impact::Medium) }),
            2
        );
    }

    #[test]
    fn lost_data_is_sev1_and_no_workaround_brings_it_back() {
        let least = answers(Scope::Limited, Impact::Low);
        let found = suggest(&Answers { data_loss: true, workaround: true, ..least });
        assert_eq!(found.severity, Severity::Sev1);
        assert!(!found.reasons.iter().any(|r| r.contains("workaround")), "{:?}", found.reasons);
        assert_eq!(number(Answers { breach: true, ..least }), 1);
    }

    #[test]
    fn nothing_is_above_sev1_or_below_sev4() {
        let worst = suggest(&Answers { revenue: true, ..answers(Scope::Wide, Impact::High) });
        assert_eq!(worst.severity, Severity::Sev1);
        assert!(worst.reasons[1].ends_with("nothing is above SEV1."), "{:?}", worst.reasons);
        let least = suggest(&Answers { workaround: true, ..answers(Scope::Limited, Impact::Low) });
        assert_eq!(least.severity, Severity::Sev4);
        assert!(least.reasons[1].ends_with("nothing is below SEV4."), "{:?}", least.reasons);
    }

    fn any_answers() -> impl Strategy<Value = Answers> {
        let flags = prop::array::uniform6(any::<bool>());
        (prop::sample::select(&SCOPES), prop::sample::select(&IMPACTS), flags).prop_map(
            |(scope, impact, [data_loss, breach, revenue, compliance, workaround, unsure])| Answers {
                scope,
                impact,
                data_loss,
                breach,
                revenue,
                compliance,
                workaround,
                unsure,
            },
        )
    }

    proptest! {
        #[test]
        fn a_worse_answer_never_makes_it_less_severe(a in any_answers(), b in any_answers()) {
            let worse = Answers {
                scope: a.scope.max(b.scope),
                impact: a.impact.max(b.impact),
                data_loss: a.data_loss || b.data_loss,
                breach: a.breach || b.breach,
                revenue: a.revenue || b.revenue,
                compliance: a.compliance || b.compliance,
                workaround: a.workaround && b.workaround,
                unsure: a.unsure || b.unsure,
            };
            prop_assert!(number(worse) <= number(a));
        }

        #[test]
        fn a_workaround_is_worth_one_level_at_most(a in any_answers()) {
            let (with, without) = (Answers { workaround: true, ..a }, Answers { workaround: false, ..a });
            prop_assert!(number(with) - number(without) <= 1);
        }

        #[test]
        fn there_is_a_reason_for_every_level(a in any_answers()) {
            let found = suggest(&a);
            let last = found.reasons.last().unwrap();
            prop_assert!(last.contains(&found.severity.to_string()), "{last}");
        }
    }
}
