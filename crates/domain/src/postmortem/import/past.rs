//! The incident of a postmortem that was written elsewhere: over since then, and known to nobody who would be rung.
//!
//! It is made like the history of somebody who worked alone and joins a team: as settled events, each with the time at which it
//! happened. Such a history is taken over as a fact; nobody is rung for it and nobody is told.

use super::bad;
use super::place::noon;
use crate::incident::{Declaration, IncidentEvent, Moment, RecordedIncident, Status};
use crate::postmortem::PostmortemFile;
use crate::{IncidentId, Instant, PersonId, Refusal, ServiceId, Severity};

/// Characters of an incident's title.
const TITLE_MAX: usize = 200;

/// Its events, the oldest first. `services`: those of the team that the file names. `name`: of the file.
///
/// # Errors
/// Nothing says when it was, or it is not over.
pub fn past(
    file: &PostmortemFile,
    id: IncidentId,
    by: &PersonId,
    services: Vec<ServiceId>,
    name: &str,
    now: Instant,
) -> Result<Vec<RecordedIncident>, Refusal> {
    let of = &file.incident;
    if let Some(people) = &of.private_to {
        let names: Vec<&str> = people.iter().map(|p| p.name.as_str()).collect();
        return bad(format!(
            "This postmortem is private ({}), and an imported one is read by the whole team. If they may read it, take `private_to` (in Markdown the line “Private”) out of the file.",
            names.join(", ")
        ));
    }
    let first = file.timeline.iter().map(|line| line.at).min();
    let last = file.timeline.iter().map(|line| line.at).max();
    let Some(declared) = of.declared_at.or(of.detected_at).or(of.impact_started_at).or(first) else {
        return bad(
            "Nothing in the file says when it happened. Write a line `Date: 2026-11-25` below the title, or times into the timeline.",
        );
    };
    // Of today nobody knows the hour either: it is over, so it was before now.
    let is_noon_of_today = Some(declared) == noon(now.date_naive());
    let declared = if is_noon_of_today { declared.min(now) } else { declared };
    let length = of.duration_seconds.and_then(chrono::TimeDelta::try_seconds);
    let began = of.impact_started_at.or(of.detected_at).unwrap_or(declared);
    let by_length = length.and_then(|length| began.checked_add_signed(length));
    let ended = of.resolved_at.or(by_length).or(of.mitigated_at).or(last).unwrap_or(declared).max(declared);
    let ended = if is_noon_of_today && of.resolved_at.is_none() { ended.min(now) } else { ended };
    if ended > now {
        return bad(format!(
            "The file says that it ended on {}, which is still to come. Correct the date, and import it again.",
            ended.format("%Y-%m-%d %H:%M UTC")
        ));
    }
    let reason = format!("Imported from {}.", name.chars().take(200).collect::<String>());
    let declaration = Declaration {
        title: title(file),
        severity: of.severity.unwrap_or(Severity::Sev3),
        services,
        detection: None,
        detected_at: of.detected_at.filter(|at| *at <= now),
        page: None,
        commands: false,
    };
    let by = || by.clone();
    let event = |at, event| RecordedIncident { at, event };
    let mut events = vec![event(
        declared,
        IncidentEvent::Declared { incident: id, number: 0, by: by(), claimed_at: None, declaration },
    )];
    let from = Status::Investigating;
    let (to, skipped) = (Status::Resolved, vec![]);
    events.push(event(ended, IncidentEvent::StatusChanged { by: by(), from, to, skipped }));
    // What follows from a declaration and an end, where the file knows better.
    let made = [
        (Moment::ImpactStarted, None, of.impact_started_at),
        (Moment::Detected, of.detected_at.or(Some(declared)), of.detected_at),
        (Moment::Acknowledged, None, of.acknowledged_at),
        (Moment::Mitigated, Some(ended), of.mitigated_at),
    ];
    for (moment, from, to) in made {
        if from != to {
            let reason = reason.clone();
            events.push(event(ended, IncidentEvent::MomentCorrected { by: by(), moment, from, to, reason }));
        }
    }
    events.push(event(ended, IncidentEvent::Closed { by: by() }));
    Ok(events)
}

/// What happened, without what the severity and the day say already.
fn title(file: &PostmortemFile) -> String {
    let whole = file.incident.name.as_deref().unwrap_or(&file.title).trim();
    let bare = match whole.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((mark, rest)) if mark.to_uppercase().starts_with("SEV") => rest.trim(),
        _ => whole,
    };
    let bare = match bare.rsplit_once(" - ") {
        Some((what, day)) if day.trim().parse::<chrono::NaiveDate>().is_ok() => what.trim(),
        _ => bare,
    };
    let bare = if bare.is_empty() { whole } else { bare };
    bare.chars().take(TITLE_MAX).collect()
}
