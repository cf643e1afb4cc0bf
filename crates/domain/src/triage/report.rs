//! What a triage found and decided, to be kept and read later (domain §5).
//!
//! A report that a newer version wrote can be read: fields that are not known here are kept, words that are not known read
//! as `unknown`.

use super::percent::check_percent;
use super::{Answers, Suggestion};
use crate::gather::{FirstStep, Gathered};
use crate::refusal::{Refusal, RefusalCode};
use crate::{AlertId, IncidentId, Instant, PageId, PersonId, ServiceId, Severity};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Bytes of a report as JSON.
pub const BYTES_MAX: usize = 64 * 1024;
/// Characters of one answer or reason.
pub const TEXT_MAX: usize = 4_000;
/// Questions answered in free words.
pub const QUESTIONS_MAX: usize = 50;
/// Of checks, and of first steps.
pub const LINES_MAX: usize = 50;

/// One triage, from its questions to how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(rename = "TriageReport")]
pub struct Report {
    /// 1; higher when a newer version wrote it.
    #[serde(default = "first")]
    pub version: u32,
    pub generated_at: Instant,
    pub by: PersonId,
    #[serde(default)]
    pub service: Option<ServiceId>,
    #[serde(default)]
    pub page: Option<PageId>,
    #[serde(default)]
    pub alert: Option<AlertId>,
    #[serde(default)]
    pub first_signal: Option<Instant>,
    /// In the person's words, by the id of the playbook's question; empty ones are left out.
    #[serde(default)]
    pub said: BTreeMap<String, String>,
    /// What the severity was worked out from; `None` when too little was said.
    #[serde(default, deserialize_with = "known_answers")]
    pub answers: Option<Answers>,
    /// Of the users, 0 to 100, where that was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub percent: Option<f64>,
    #[serde(default)]
    pub checks: Vec<ReportCheck>,
    #[serde(default, deserialize_with = "known_steps")]
    pub first_steps: Vec<FirstStep>,
    #[serde(default)]
    pub suggestion: Option<Suggestion>,
    #[serde(default)]
    pub overruled: Option<Overruled>,
    pub outcome: Outcome,
    /// What a newer version says besides.
    #[serde(flatten)]
    #[ts(skip)]
    pub more: Map<String, Value>,
}

impl Report {
    /// How the fields of an incident's record begin that hold one; the report's own id follows.
    pub const FIELD: &str = "triage_";
}

fn first() -> u32 {
    1
}

/// Another severity than the suggested one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Overruled {
    pub to: Severity,
    pub why: String,
}

/// How the triage ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(rename = "TriageOutcome")]
pub enum Outcome {
    Declared {
        incident: IncidentId,
    },
    NotAnIncident {
        why: String,
    },
    Merged {
        into: IncidentId,
    },
    #[serde(other)]
    Unknown,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReportCheck {
    pub of: CheckOf,
    /// Whose health.
    #[serde(default)]
    pub service: Option<ServiceId>,
    pub outcome: CheckOutcome,
    /// "failed: 503 in 812 ms", "1 change: v3.4.2 of pay 11 min before the first signal".
    #[serde(default)]
    pub line: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CheckOf {
    Health,
    Changes,
    Alerts,
    Incidents,
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    Ok,
    Failed,
    Unreachable,
    /// This computer did not reach whoever knows.
    Offline,
    /// There was nothing to look at.
    Absent,
    /// It was not asked, because of its address.
    NotAllowed,
    /// It had not come when the triage ended.
    Waiting,
    #[serde(other)]
    Unknown,
}

/// The answers, without those that only a newer version knows; `None` when they cannot be read at all.
fn known_answers<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Answers>, D::Error> {
    let Some(Value::Object(mut said)) = Option::<Value>::deserialize(from)? else { return Ok(None) };
    const KNOWN: [&str; 8] =
        ["scope", "impact", "data_loss", "breach", "revenue", "compliance", "workaround", "unsure"];
    said.retain(|name, _| KNOWN.contains(&name.as_str()));
    Ok(serde_json::from_value(Value::Object(said)).ok())
}

/// The steps that can be read: a newer version knows more signs.
fn known_steps<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<FirstStep>, D::Error> {
    let said = Vec::<Value>::deserialize(from)?;
    Ok(said.into_iter().filter_map(|step| serde_json::from_value(step).ok()).collect())
}

impl Report {
    /// What was gathered, and how the triage ended; what the person said is still to be filled in.
    pub fn of(gathered: &Gathered, by: PersonId, generated_at: Instant, outcome: Outcome) -> Self {
        Self {
            service: Some(gathered.service.clone()),
            page: gathered.page,
            first_signal: Some(gathered.around),
            checks: gathered.checks(),
            first_steps: gathered.first.clone(),
            ..Self::without_checks(by, generated_at, outcome)
        }
    }

    /// A triage for which nothing was gathered: no service is known, or the person was faster.
    pub fn without_checks(by: PersonId, generated_at: Instant, outcome: Outcome) -> Self {
        Self {
            version: first(),
            generated_at,
            by,
            service: None,
            page: None,
            alert: None,
            first_signal: None,
            said: BTreeMap::new(),
            answers: None,
            percent: None,
            checks: vec![],
            first_steps: vec![],
            suggestion: None,
            overruled: None,
            outcome,
            more: Map::new(),
        }
    }

    /// What is wrong with a report that a person wants to keep, field by field.
    pub fn check(&self) -> Result<(), Refusal> {
        let bad = |field: &str, words: String| {
            Err(Refusal::new(RefusalCode::BadInput, format!("{field}: {words}.")))
        };
        if let Some(percent) = self.percent {
            check_percent(percent)?;
        }
        if self.said.len() > QUESTIONS_MAX {
            return bad("said", format!("answer {QUESTIONS_MAX} questions at most"));
        }
        let mut texts: Vec<(String, &str)> =
            self.said.iter().map(|(id, text)| (format!("said.{id}"), text.as_str())).collect();
        let required = [
            ("overruled.why", self.overruled.as_ref().map(|o| o.why.as_str())),
            (
                "outcome.why",
                match &self.outcome {
                    Outcome::NotAnIncident { why } => Some(why.as_str()),
                    _ => None,
                },
            ),
        ];
        for (field, text) in required.into_iter().filter_map(|(f, t)| Some((f, t?))) {
            if text.trim().is_empty() {
                return bad(field, "say why, in a sentence".into());
            }
            texts.push((field.to_owned(), text));
        }
        for (field, text) in texts {
            if text.chars().count() > TEXT_MAX {
                return bad(&field, format!("write {TEXT_MAX} characters at most"));
            }
        }
        if self.checks.len() > LINES_MAX || self.first_steps.len() > LINES_MAX {
            return bad("checks", format!("list {LINES_MAX} at most"));
        }
        let bytes = serde_json::to_string(self).map_or(usize::MAX, |text| text.len());
        if bytes > BYTES_MAX {
            return bad("report", format!("it has {bytes} bytes, and {BYTES_MAX} fit; shorten the answers"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report() -> Report {
        serde_json::from_value(json!({
            "generated_at": "2026-11-21T02:20:00Z", "by": "ana", "service": "pay", "said": { "users": "half" },
            "answers": { "scope": "wide", "impact": "high" },
            "checks": [{ "of": "health", "service": "pay", "outcome": "failed", "line": "failed: 503 in 812 ms" }],
            "outcome": { "is": "not_an_incident", "why": "a test of the pager" },
        }))
        .unwrap()
    }

    #[test]
    fn what_a_newer_version_wrote_is_read_and_kept() {
        let mut text = serde_json::to_value(report()).unwrap();
        text["version"] = json!(7);
        text["mood"] = json!({ "is": "calm" });
        text["answers"]["weather"] = json!(true);
        text["checks"].as_array_mut().unwrap().push(json!({ "of": "tides", "outcome": "high", "height": 3 }));
        text["first_steps"] = json!([{ "sign": "full_moon", "reason": "r", "action": "a" }]);
        text["outcome"] = json!({ "is": "postponed", "until": "tomorrow" });
        let read: Report = serde_json::from_value(text).unwrap();
        assert_eq!((read.version, &read.outcome), (7, &Outcome::Unknown));
        assert_eq!(read.answers.map(|a| a.scope), Some(super::super::Scope::Wide));
        assert_eq!((read.checks[1].of, read.checks[1].outcome), (CheckOf::Unknown, CheckOutcome::Unknown));
        assert_eq!(serde_json::to_value(&read).unwrap()["mood"]["is"], "calm", "handed on as it came");
        let odd = json!({ "scope": "cosmic", "impact": "high" });
        let mut text = serde_json::to_value(report()).unwrap();
        text["answers"] = odd;
        assert_eq!(serde_json::from_value::<Report>(text).unwrap().answers, None);
    }

    #[test]
    fn what_does_not_fit_or_gives_no_reason_is_refused_by_its_field() {
        assert_eq!(report().check(), Ok(()));
        let refused = |change: &dyn Fn(&mut Report)| {
            let mut report = report();
            change(&mut report);
            report.check().unwrap_err().words
        };
        let long = "x".repeat(TEXT_MAX + 1);
        for (change, named) in [
            (
                &(|r: &mut Report| r.outcome = Outcome::NotAnIncident { why: " ".into() })
                    as &dyn Fn(&mut Report),
                "outcome.why",
            ),
            (
                &|r: &mut Report| r.overruled = Some(Overruled { to: Severity::Sev1, why: String::new() }),
                "overruled.why",
            ),
            (&|r: &mut Report| r.percent = Some(120.0), "percent"),
            (&|r: &mut Report| drop(r.said.insert("impact".into(), long.clone())), "said.impact"),
            (&|r: &mut Report| r.said = (0..51).map(|n| (n.to_string(), "x".into())).collect(), "said"),
            (&|r: &mut Report| r.checks = vec![r.checks[0].clone(); 51], "checks"),
            (&|r: &mut Report| drop(r.more.insert("dump".into(), "x".repeat(BYTES_MAX).into())), "report"),
        ] {
            let words = refused(change);
            assert!(words.starts_with(&format!("{named}: ")), "{words}");
        }
    }
}
