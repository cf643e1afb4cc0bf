//! What was gathered, in a line each, for the report that is kept.

use super::{Gathered, Part, in_words};
use crate::alert::cut;
use crate::health::HealthOutcome;
use crate::triage::{CheckOf, CheckOutcome, ReportCheck};
use chrono::TimeDelta;

/// Things named in one line; the others are counted.
const NAMED: usize = 3;
/// Characters of one name in a line.
const NAME_MAX: usize = 120;

impl Gathered {
    /// Each check with its outcome. Private incidents are left out: a report is read by more people than see them.
    pub fn checks(&self) -> Vec<ReportCheck> {
        let health = self.health.iter().map(|health| {
            let (outcome, line) = match &health.check {
                Part::Ok { found } => (of_health(&found.outcome), found.outcome.line()),
                other => state(other),
            };
            ReportCheck { of: CheckOf::Health, service: Some(health.service.clone()), outcome, line }
        });
        let changes = listed(&self.changes, "change", |c| {
            let long = in_words(TimeDelta::milliseconds(c.before_ms));
            let side = if c.before_ms < 0 { "after" } else { "before" };
            Some(format!(
                "{} of {} {long} {side} the first signal",
                cut(c.change.name(), NAME_MAX),
                c.change.service
            ))
        });
        let alerts = listed(&self.alerts, "alert", |a| {
            (!a.own).then(|| format!("{} ({})", cut(&a.alert.summary, NAME_MAX), a.alert.service))
        });
        let incidents = listed(&self.incidents, "open incident", |i| {
            let number = if i.number == 0 { "not numbered yet".to_owned() } else { format!("#{}", i.number) };
            (!i.private).then(|| format!("{number} {}", cut(&i.title, NAME_MAX)))
        });
        let rest = [(CheckOf::Changes, changes), (CheckOf::Alerts, alerts), (CheckOf::Incidents, incidents)];
        let rest =
            rest.into_iter().map(|(of, (outcome, line))| ReportCheck { of, service: None, outcome, line });
        health.chain(rest).collect()
    }
}

fn of_health(outcome: &HealthOutcome) -> CheckOutcome {
    match outcome {
        HealthOutcome::Ok { .. } => CheckOutcome::Ok,
        HealthOutcome::Failed { .. } => CheckOutcome::Failed,
        HealthOutcome::Unreachable { .. } => CheckOutcome::Unreachable,
        HealthOutcome::NotAllowed { .. } => CheckOutcome::NotAllowed,
    }
}

fn state<T>(part: &Part<T>) -> (CheckOutcome, String) {
    match part {
        Part::Waiting => (CheckOutcome::Waiting, "It had not come yet.".into()),
        Part::Ok { .. } => (CheckOutcome::Ok, String::new()),
        Part::Failed { words } => (CheckOutcome::Failed, words.clone()),
        Part::Offline { words } => (CheckOutcome::Offline, words.clone()),
        Part::Absent { words } => (CheckOutcome::Absent, words.clone()),
    }
}

fn listed<T>(part: &Part<Vec<T>>, what: &str, name: impl Fn(&T) -> Option<String>) -> (CheckOutcome, String) {
    let Some(found) = part.found() else { return state(part) };
    let names: Vec<_> = found.iter().filter_map(name).collect();
    let many = if names.len() == 1 { "" } else { "s" };
    let line = match names.len() {
        0 => format!("no {what}s"),
        n if n <= NAMED => format!("{n} {what}{many}: {}", names.join("; ")),
        n => format!("{n} {what}{many}: {}; and {} more", names[..NAMED].join("; "), n - NAMED),
    };
    (CheckOutcome::Ok, line)
}
