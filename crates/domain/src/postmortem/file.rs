//! A postmortem as data: what the YAML and JSON exports hold, and what an import is read into.
//!
//! The shape is public and stable ([`VERSION`]). Keys are added freely and never change their meaning; every key but `version`
//! and `title` may be missing, and one that is not known is passed over. Moments are RFC 3339 in UTC, days are
//! `YYYY-MM-DD`, lengths of time are seconds, severities are `SEV1` to `SEV4`. Texts are markdown, as they were written.

use super::document::Subject;
use super::export::harmless;
use super::{ActionKind, ActionStatus, Evidence, FactorKind, Figures, Priority, Stage, Why};
use crate::incident::{Moment, Moments, Status};
use crate::postmortem::has_words;
use crate::{Instant, PersonId, Severity};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Of the shape.
pub const VERSION: u32 = 1;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PostmortemFile {
    /// [`VERSION`].
    pub version: u32,
    pub title: String,
    #[serde(default)]
    pub incident: IncidentPart,
    #[serde(default)]
    pub stage: Stage,
    /// When the file was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exported_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<PersonPart>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attendees: Vec<PersonPart>,
    #[serde(default, skip_serializing_if = "ImpactPart::is_empty")]
    pub impact: ImpactPart,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<SectionPart>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<LinePart>,
    /// Five whys: each answer with the answers below it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whys: Vec<WhyPart>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<FactorPart>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionPart>,
    #[serde(default, skip_serializing_if = "ReviewPart::is_empty")]
    pub review: ReviewPart,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct IncidentPart {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The worst that it ever had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst_severity: Option<Severity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub impact_started_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detected_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mitigated_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<i64>,
    /// Only these people may read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_to: Option<Vec<PersonPart>>,
}

impl IncidentPart {
    pub fn moments(&self) -> Moments {
        Moments {
            impact_started_at: self.impact_started_at,
            detected_at: self.detected_at,
            acknowledged_at: self.acknowledged_at,
            declared_at: self.declared_at,
            mitigated_at: self.mitigated_at,
            resolved_at: self.resolved_at,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonPart {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImpactPart {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users_affected: Option<String>,
    /// 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users_percent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revenue: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_budget: Option<String>,
}

impl ImpactPart {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn of(figures: &Figures) -> Self {
        let of = |figure: &Option<String>| figure.as_deref().map(harmless);
        Self {
            users_affected: of(&figures.users_affected),
            users_percent: of(&figures.users_percent),
            revenue: of(&figures.revenue),
            error_budget: of(&figures.error_budget),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionPart {
    /// As in the playbook.
    #[serde(default)]
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinePart {
    pub at: Instant,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<PersonPart>,
    /// It is a moment of the incident, which is named there, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moment: Option<Moment>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhyPart {
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<WhyPart>,
}

impl WhyPart {
    /// `whys`: each cause below what it is the cause of.
    fn of(whys: &[Why]) -> Vec<Self> {
        fn below(whys: &[Why], depth: u32, at: &mut usize) -> Vec<WhyPart> {
            let mut found = vec![];
            while let Some(why) = whys.get(*at).filter(|why| why.depth >= depth) {
                *at += 1;
                found.push(WhyPart { text: harmless(&why.text), because: below(whys, why.depth + 1, at) });
            }
            found
        }
        below(whys, 0, &mut 0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorPart {
    #[serde(default = "other")]
    pub kind: FactorKind,
    pub text: String,
}

fn other() -> FactorKind {
    FactorKind::Other
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionPart {
    pub title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<ActionKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<PersonPart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
    #[serde(default)]
    pub status: ActionStatus,
    /// Why it was dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewPart {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviewers: Vec<PersonPart>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved: Vec<PersonPart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<Instant>,
}

impl ReviewPart {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl PostmortemFile {
    /// All of it; unlike a document it holds what is too long to be shown. Only characters that cannot be seen are left out.
    pub fn of(of: &Subject) -> Self {
        let (p, f) = (of.postmortem, of.facts);
        let person =
            |id: &PersonId| PersonPart { id: Some(id.to_string()), name: harmless(&of.names.person(id)) };
        let people = |ids: &[PersonId]| ids.iter().map(person).collect::<Vec<_>>();
        let shown = of.lines.iter().filter(|line| line.shown && line.within.is_none());
        Self {
            version: VERSION,
            title: harmless(of.title.trim()),
            incident: IncidentPart {
                id: Some(of.incident.to_string()),
                number: Some(f.number).filter(|n| *n > 0),
                name: Some(harmless(&f.name)),
                severity: Some(f.severity),
                worst_severity: Some(f.worst),
                status: Some(f.status),
                services: f.services.iter().map(ToString::to_string).collect(),
                impact_started_at: f.moments.impact_started_at,
                detected_at: f.moments.detected_at,
                acknowledged_at: f.moments.acknowledged_at,
                declared_at: f.moments.declared_at,
                mitigated_at: f.moments.mitigated_at,
                resolved_at: f.moments.resolved_at,
                duration_seconds: f.duration_s,
                private_to: of.people.map(people),
            },
            stage: p.stage,
            exported_at: Some(of.at),
            authors: people(&p.authors),
            attendees: people(&p.attendees),
            impact: ImpactPart::of(&p.figures),
            sections: of
                .sections
                .iter()
                .filter(|(_, text)| has_words(text))
                .map(|(s, text)| SectionPart {
                    id: s.id.clone(),
                    title: harmless(&s.title),
                    text: harmless(text),
                })
                .collect(),
            timeline: shown
                .map(|line| LinePart {
                    at: line.at,
                    text: harmless(&line.text),
                    by: line.by.as_ref().map(person),
                    moment: match line.evidence {
                        Evidence::Moment { moment } if line.original.is_none() => Some(moment),
                        _ => None,
                    },
                })
                .collect(),
            whys: WhyPart::of(&p.whys),
            factors: p.factors.iter().map(|f| FactorPart { kind: f.kind, text: harmless(&f.text) }).collect(),
            actions: p
                .actions
                .iter()
                .map(|a| ActionPart {
                    title: harmless(&a.title),
                    description: harmless(&a.description),
                    kind: a.kind,
                    owner: a.owner.as_ref().map(person),
                    priority: a.priority,
                    due: a.due,
                    status: a.status,
                    reason: a.reason.as_deref().map(harmless),
                })
                .collect(),
            review: ReviewPart {
                reviewers: people(&p.review.reviewers),
                approved: people(&p.review.approved),
                meeting: p.review.meeting,
            },
        }
    }
}
