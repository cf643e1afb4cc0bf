//! Where what others wrote belongs: their headings and keys in our words.

use super::Imported;
use super::when;
use crate::incident::Status;
use crate::postmortem::file::{ActionPart, FactorPart, PersonPart};
use crate::postmortem::{ActionKind, ActionStatus, FactorKind, Priority};
use crate::{Instant, Severity};
use chrono::NaiveDate;

/// The section that a heading or a key means, with its title. Other headings are sections of their own.
pub(super) fn section(title: &str) -> Option<(&'static str, &'static str)> {
    let words: String =
        title.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let words = words.split_whitespace().skip_while(|w| w.bytes().all(|b| b.is_ascii_digit()));
    Some(match words.collect::<Vec<_>>().join(" ").as_str() {
        "summary" | "executive summary" | "overview" | "tl dr" | "tldr" | "description" | "what happened"
        | "incident summary" | "abstract" | "synopsis" => ("summary", "Summary"),
        "impact" | "customer impact" | "user impact" | "business impact" | "affected users" => {
            ("impact", "Impact")
        }
        "timeline" | "incident timeline" | "timeline of events" | "chronology" | "timeline utc" => {
            ("timeline", "Timeline")
        }
        "root cause"
        | "root causes"
        | "root cause s"
        | "cause"
        | "causes"
        | "five whys"
        | "5 whys"
        | "root cause analysis"
        | "trigger"
        | "root cause and trigger" => ("root_causes", "Root causes"),
        "contributing factors" | "contributing factor" | "factors" => ("factors", "Contributing factors"),
        "what went well" | "went well" | "what worked" | "things that went well" => {
            ("went_well", "What went well")
        }
        "what could be improved"
        | "what went wrong"
        | "what went poorly"
        | "what didn t go well"
        | "what did not go well"
        | "things that went poorly"
        | "to improve"
        | "what can be improved" => ("to_improve", "What could be improved"),
        "where we got lucky" | "lucky" | "luck" | "what was lucky" => ("lucky", "Where we got lucky"),
        "action items"
        | "actions"
        | "follow ups"
        | "follow up"
        | "followups"
        | "follow up actions"
        | "corrective actions"
        | "next steps"
        | "remediation items"
        | "action item"
        | "corrective and preventative measures"
        | "corrective and preventive actions" => ("actions", "Action items"),
        "lessons learned" | "lessons" | "learnings" | "takeaways" => ("lessons", "Lessons learned"),
        _ => return None,
    })
}

/// The id that a section of others gets: 1 to 32 of `a-z` and `_`.
pub(super) fn id_of(title: &str) -> String {
    let lower = title.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_lowercase()).filter(|w| !w.is_empty());
    let id: String = words.collect::<Vec<_>>().join("_").chars().take(32).collect();
    let id = id.trim_matches('_').to_owned();
    if id.is_empty() { super::REST.to_owned() } else { id }
}

/// A value with its name, as it stands above the first section; `false`: it has no place.
pub(super) fn value(imported: &mut Imported, name: &str, text: &str) -> bool {
    let (file, text) = (&mut imported.file, text.trim());
    let words = name.to_lowercase().replace(['_', '-'], " ");
    let at = |text: &str| when::moment(text);
    let put = |slot: &mut Option<Instant>| {
        let found = at(text);
        let is_new = found.is_some() && slot.is_none();
        if is_new {
            *slot = found;
        }
        is_new
    };
    let incident = &mut file.incident;
    match words.trim() {
        "title" | "name" => {
            let is_free = file.title.is_empty();
            if is_free {
                text.clone_into(&mut file.title);
            }
            is_free
        }
        "severity" | "sev" => match severity(text) {
            Some(found) => {
                incident.severity = Some(found);
                incident.worst_severity = severity(text.split_once("at its worst").map_or("", |(_, w)| w));
                true
            }
            None => false,
        },
        "status" => match status(text) {
            Some(found) => {
                incident.status = Some(found);
                true
            }
            None => false,
        },
        "services" | "service" | "affected services" | "affected service" | "components" => {
            incident.services.extend(listed(text));
            true
        }
        "impact began" | "impact started" | "impact start" | "start" | "started" | "started at"
        | "start time" | "impact started at" | "incident start" => put(&mut incident.impact_started_at),
        "detected" | "detected at" | "detection" | "detection time" => put(&mut incident.detected_at),
        "acknowledged" | "acknowledged at" => put(&mut incident.acknowledged_at),
        "declared" | "declared at" => put(&mut incident.declared_at),
        "mitigated" | "mitigated at" => put(&mut incident.mitigated_at),
        "resolved" | "resolved at" | "end" | "ended" | "ended at" | "end time" | "incident end" => {
            put(&mut incident.resolved_at)
        }
        "duration" => {
            incident.duration_seconds = when::length(text);
            incident.duration_seconds.is_some()
        }
        "authors" | "author" | "owner" | "written by" | "postmortem owner" => {
            file.authors.extend(people(text));
            true
        }
        "attendees" | "participants" | "attendee" => {
            file.attendees.extend(people(text));
            true
        }
        "users affected" => whole(&mut file.impact.users_affected, text, text.parse::<u64>().is_ok()),
        "share of users" | "users affected percent" => {
            let number = text.trim_end_matches('%').trim();
            let is_share = number.parse::<f64>().is_ok_and(|p| (0.0..=100.0).contains(&p));
            whole(&mut file.impact.users_percent, number, is_share)
        }
        "revenue" | "revenue impact" => whole(&mut file.impact.revenue, text, text.chars().count() <= 200),
        "sla or error budget" | "error budget" => {
            whole(&mut file.impact.error_budget, text, text.chars().count() <= 200)
        }
        // What follows from the rest.
        "time to detect"
        | "time to acknowledge"
        | "time to mitigate"
        | "time to resolve"
        | "commands run"
        | "reopened" => true,
        _ => false,
    }
}

fn whole(slot: &mut Option<String>, text: &str, fits: bool) -> bool {
    if fits && !text.is_empty() {
        *slot = Some(text.to_owned());
    }
    fits
}

pub(super) fn severity(text: &str) -> Option<Severity> {
    let upper = text.to_uppercase();
    let digit = |mark: &str| {
        let (_, after) = upper.split_once(mark)?;
        let first = after.trim_start_matches(['-', ' ', ':']).chars().next()?;
        Severity::from_number(u8::try_from(first.to_digit(10)?).ok()?)
    };
    digit("SEV").or_else(|| match upper.trim() {
        "1" | "P1" | "CRITICAL" | "S1" => Some(Severity::Sev1),
        "2" | "P2" | "HIGH" | "MAJOR" | "S2" => Some(Severity::Sev2),
        "3" | "P3" | "MEDIUM" | "MODERATE" | "MINOR" | "S3" => Some(Severity::Sev3),
        "4" | "P4" | "LOW" | "S4" => Some(Severity::Sev4),
        _ => None,
    })
}

fn status(text: &str) -> Option<Status> {
    serde_json::from_value(serde_json::Value::String(text.trim().to_lowercase().replace(' ', "_"))).ok()
}

pub(super) fn listed(text: &str) -> impl Iterator<Item = String> {
    text.split([',', ';']).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty())
}

pub(super) fn people(text: &str) -> Vec<PersonPart> {
    listed(text).map(|name| PersonPart { id: None, name: name.trim_start_matches('@').to_owned() }).collect()
}

/// What a title says by itself: `[SEV-2] what - 2026-11-25`.
pub(super) fn of_title(imported: &mut Imported) {
    let title = &imported.file.title;
    let said = title.to_uppercase().contains("SEV").then(|| severity(title)).flatten();
    let incident = &mut imported.file.incident;
    incident.severity = incident.severity.or(said);
    if incident.detected_at.is_none()
        && incident.impact_started_at.is_none()
        && incident.declared_at.is_none()
    {
        // A day is no hour: what the timeline begins with is. Of a file that has neither it is noon.
        let first = imported.file.timeline.iter().map(|line| line.at).min();
        let day = imported.day.or_else(|| when::day(&imported.file.title));
        let at = first.or_else(|| noon(day?));
        match imported.day {
            Some(_) => incident.declared_at = at,
            None => incident.detected_at = at,
        }
    }
}

/// When the file says it was: a moment, or a day; `false`: neither.
pub(super) fn day(imported: &mut Imported, at: Option<Instant>, day: Option<NaiveDate>) -> bool {
    imported.file.incident.declared_at = imported.file.incident.declared_at.or(at);
    imported.day = imported.day.or(day);
    at.is_some() || day.is_some()
}

/// A day whose hour nobody knows.
pub(super) fn noon(day: NaiveDate) -> Option<Instant> {
    day.and_hms_opt(12, 0, 0).map(|at| at.and_utc())
}

/// A cell or a value of an action, by the name of its column or key; `false`: it has no place.
pub(super) fn of_action(action: &mut ActionPart, name: &str, text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() {
        return true;
    }
    match name.to_lowercase().replace(['_', '-'], " ").trim() {
        "action" | "action item" | "title" | "task" | "item" | "what" | "name" | "summary" => {
            let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
            title.trim().clone_into(&mut action.title);
            rest.trim().clone_into(&mut action.description);
            true
        }
        "description" | "details" | "notes" => {
            text.clone_into(&mut action.description);
            true
        }
        "owner" | "assignee" | "who" | "assigned to" | "responsible" => {
            action.owner = people(text).into_iter().next();
            true
        }
        "due" | "due date" | "deadline" | "by" | "target date" => {
            action.due = when::day(text);
            action.due.is_some()
        }
        "priority" | "prio" => {
            action.priority = priority(text);
            action.priority.is_some()
        }
        "status" | "state" => match action_status(text) {
            Some((status, reason)) => {
                (action.status, action.reason) = (status, reason);
                true
            }
            None => false,
        },
        "type" | "kind" | "category" => {
            action.kind = kind(text);
            action.kind.is_some()
        }
        _ => false,
    }
}

/// Whether a column of this name is known.
pub(super) fn is_of_action(name: &str) -> bool {
    const NAMES: [&str; 22] = [
        "action",
        "action item",
        "title",
        "task",
        "item",
        "what",
        "name",
        "summary",
        "description",
        "details",
        "notes",
        "owner",
        "assignee",
        "who",
        "due",
        "due date",
        "deadline",
        "priority",
        "status",
        "type",
        "kind",
        "ticket",
    ];
    NAMES.contains(&name.trim().to_lowercase().as_str())
}

fn priority(text: &str) -> Option<Priority> {
    Some(match text.trim().to_uppercase().as_str() {
        "P1" | "1" | "CRITICAL" | "HIGHEST" => Priority::P1,
        "P2" | "2" | "HIGH" => Priority::P2,
        "P3" | "3" | "MEDIUM" => Priority::P3,
        "P4" | "4" | "LOW" => Priority::P4,
        _ => return None,
    })
}

fn kind(text: &str) -> Option<ActionKind> {
    let lower = text.to_lowercase();
    let all = [ActionKind::Prevent, ActionKind::Detect, ActionKind::Mitigate, ActionKind::Document];
    all.into_iter().find(|kind| lower.starts_with(&kind.word()[..6]))
}

fn action_status(text: &str) -> Option<(ActionStatus, Option<String>)> {
    let (word, reason) = text.split_once(':').map_or((text, None), |(w, r)| (w, Some(r.trim().to_owned())));
    let status = match word.trim().to_lowercase().replace(['_', '-'], " ").as_str() {
        "open" | "todo" | "to do" | "new" | "not started" => ActionStatus::Open,
        "in progress" | "started" | "doing" | "wip" => ActionStatus::InProgress,
        "done" | "closed" | "complete" | "completed" | "resolved" | "fixed" => ActionStatus::Done,
        "dropped" | "cancelled" | "canceled" | "won't do" | "wont do" => ActionStatus::Dropped,
        _ => return None,
    };
    Some((status, reason.filter(|_| status == ActionStatus::Dropped)))
}

pub(super) fn factor(kind: &str, text: &str) -> FactorPart {
    let known = FactorKind::ALL.into_iter().find(|k| k.word() == kind.trim().to_lowercase());
    FactorPart { kind: known.unwrap_or(FactorKind::Other), text: text.trim().to_owned() }
}
