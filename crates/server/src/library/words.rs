//! Sentences about what happened meanwhile.

use firebell_domain::incident::{Incident, IncidentCommand, Status};
use firebell_domain::team::Team;
use firebell_domain::{Instant, PersonId};

/// "an hour ago"
pub(super) fn ago(at: Instant, now: Instant) -> String {
    let minutes = (now - at).num_minutes();
    let some = |n: i64, one: &str, many: &str| {
        if n == 1 { format!("{one} ago") } else { format!("{n} {many} ago") }
    };
    match minutes {
        ..1 => "just now".into(),
        1..60 => some(minutes, "a minute", "minutes"),
        60..1_440 => some(minutes / 60, "an hour", "hours"),
        _ => some(minutes / 1_440, "a day", "days"),
    }
}

/// Somebody's name, or their id when they have left.
pub(super) fn name(team: &Team, person: &PersonId) -> String {
    team.person(person).map_or_else(|| person.to_string(), |p| p.name.clone())
}

/// How it came to the status it has: "resolved".
pub(super) fn became(incident: &Incident) -> String {
    match incident.status {
        Status::Investigating if incident.reopened > 0 => "reopened".into(),
        Status::Resolved | Status::Closed | Status::Merged => incident.status.word().into(),
        Status::FalseAlarm => "marked as a false alarm".into(),
        status => format!("set to {}", status.word()),
    }
}

/// How it came to be seen by whom it is.
pub(super) fn became_seen(incident: &Incident) -> &'static str {
    if incident.is_private() { "given to other people" } else { "made public" }
}

/// What was asked: "resolve it".
pub(super) fn asked(incident: &Incident, command: &IncidentCommand) -> String {
    match command {
        IncidentCommand::SetSeverity { to, .. } => format!("make it {to}"),
        IncidentCommand::SetStatus { to: Status::Resolved } => "resolve it".into(),
        IncidentCommand::SetStatus { to: Status::Closed } => "close it".into(),
        IncidentCommand::SetStatus { to: Status::Investigating } if incident.status == Status::Resolved => {
            "reopen it".into()
        }
        IncidentCommand::SetStatus { to } => format!("set it to {}", to.word()),
        IncidentCommand::Merge { .. } => "merge it".into(),
        IncidentCommand::FalseAlarm { .. } => "mark it as a false alarm".into(),
        IncidentCommand::MakePublic { .. } => "let the whole team see it".into(),
        IncidentCommand::SendUpdate { update } => match update.told.status {
            Some(to) => format!("send the update that sets it to {}", to.word()),
            None => "send the update".into(),
        },
        IncidentCommand::AssignRole { .. }
        | IncidentCommand::LeaveRole { .. }
        | IncidentCommand::OfferRole { .. }
        | IncidentCommand::ConfirmRole { .. }
        | IncidentCommand::ReleaseRole { .. }
        | IncidentCommand::WithdrawOffer { .. }
        | IncidentCommand::PagePeople { .. }
        | IncidentCommand::LinkPage { .. }
        | IncidentCommand::Declare(_)
        | IncidentCommand::DeclarePrivately { .. }
        | IncidentCommand::MakePrivate { .. }
        | IncidentCommand::ChangePeople { .. }
        | IncidentCommand::CorrectMoment { .. } => "do it".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_say_them() {
        let now: Instant = "2026-11-25T12:00:00Z".parse().unwrap();
        let said = |minutes| ago(now - chrono::TimeDelta::minutes(minutes), now);
        assert_eq!(said(-5), "just now");
        assert_eq!(said(1), "a minute ago");
        assert_eq!(said(59), "59 minutes ago");
        assert_eq!(said(61), "an hour ago");
        assert_eq!(said(600), "10 hours ago");
        assert_eq!(said(3_000), "2 days ago");
    }
}
