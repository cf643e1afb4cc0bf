//! What is missing before others can learn from it. It is said, and never keeps anybody from anything.

use super::{Line, Postmortem, PostmortemFacts, PostmortemRules, SectionKind};
use crate::ActionId;
use crate::incident::Moment;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(rename = "PostmortemMissing")]
pub enum Missing {
    /// A section that the playbook needs says nothing.
    Section {
        section: String,
    },
    /// Nobody has said when it was; figures depend on it.
    Moment {
        moment: Moment,
    },
    Author,
    /// An action lacks some of this: others cannot tell who does it, until when, how urgent it is.
    Action {
        id: ActionId,
        title: String,
        owner: bool,
        due: bool,
        priority: bool,
    },
    /// Nobody is asked to read it.
    Reviewer,
}

impl Missing {
    /// In the order of the sections. `says`: whether a section's text says something.
    pub fn of(
        postmortem: &Postmortem,
        facts: &PostmortemFacts,
        lines: &[Line],
        rules: &PostmortemRules,
        says: impl Fn(&str) -> bool,
    ) -> Vec<Self> {
        let mut missing = vec![];
        missing.extend(postmortem.authors.is_empty().then_some(Self::Author));
        for section in rules.sections.iter().filter(|section| section.needed) {
            let is_there = match section.kind {
                SectionKind::Text => false,
                SectionKind::Impact => !postmortem.figures.is_empty(),
                SectionKind::Timeline => lines.iter().any(|line| line.shown),
                SectionKind::Causes => !postmortem.whys.is_empty(),
                SectionKind::Factors => !postmortem.factors.is_empty(),
                SectionKind::Actions => !postmortem.actions.is_empty(),
            };
            if !is_there && !says(&section.id) {
                missing.push(Self::Section { section: section.id.clone() });
            }
        }
        if facts.moments.impact_started_at.is_none() {
            missing.push(Self::Moment { moment: Moment::ImpactStarted });
        }
        for action in postmortem.actions.iter().filter(|action| !action.status.is_over()) {
            let (owner, due, priority) =
                (action.owner.is_none(), action.due.is_none(), action.priority.is_none());
            if owner || due || priority {
                missing.push(Self::Action {
                    id: action.id,
                    title: action.title.clone(),
                    owner,
                    due,
                    priority,
                });
            }
        }
        missing.extend(postmortem.review.reviewers.is_empty().then_some(Self::Reviewer));
        missing
    }
}
