//! The incident room on this computer: what was written and decided, with the team's playbook laid over it.

mod composing;
mod next_time;
mod no_news;
#[cfg(test)]
mod tests;

pub(crate) use composing::{Writing, compose, last_update};
pub(crate) use no_news::{NoNews, TAKEN_BACK_WITHIN};

use firebell_domain::playbook::{Playbook, WorkingDays};
use firebell_domain::room::{Field, Room, Source, Spoken, Write};
use firebell_domain::team::{BusinessHours, Team};
use firebell_domain::{Instant, PersonId};
use firebell_protocol::library::{FieldVersion, IncidentDetail};
use firebell_protocol::room::IncidentInRoom;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The room of an incident. Alone, the usual playbook holds, and times are those of UTC. `writes`: of the fields that are told
/// one by one, each with its field.
pub(crate) fn room(
    detail: IncidentDetail,
    writes: &[(String, FieldVersion)],
    team: Option<&Team>,
    me: Option<&PersonId>,
    now: Instant,
) -> IncidentInRoom {
    let playbook = playbook(team);
    let (room, changes_at) = with_source(&detail, writes, team, |source| {
        let room = Room::of(source, &playbook, me, now);
        let changes_at = room.changes_at(now);
        (room, changes_at)
    });
    IncidentInRoom { detail, room, changes_at, no_news_at: None, no_news_unsent: None }
}

/// What the rules make a room, and a postmortem, of. `writes`: of the fields that are told one by one, each with its field.
pub(crate) fn with_source<T>(
    detail: &IncidentDetail,
    writes: &[(String, FieldVersion)],
    team: Option<&Team>,
    see: impl FnOnce(&Source) -> T,
) -> T {
    let fields: BTreeMap<String, Field> = detail
        .fields
        .iter()
        .map(|(name, f)| {
            let field = Field { value: &f.value, author: &f.author, at: f.at, pending: f.pending };
            (name.clone(), field)
        })
        .collect();
    let timeline: Vec<Spoken> = detail
        .timeline
        .iter()
        .map(|v| Spoken {
            entry: &v.entry,
            author: &v.author,
            pending: v.pending,
            corrected: v.corrected_by.is_some(),
        })
        .collect();
    let writes: Vec<Write> = writes
        .iter()
        .map(|(field, v)| Write { field, value: &v.value, author: &v.author, at: v.at, pending: v.pending })
        .collect();
    see(&Source {
        incident: &detail.row.incident,
        history: &detail.history,
        timeline: &timeline,
        fields: &fields,
        writes: &writes,
        work: working_days(team),
        team,
    })
}

/// When people work here.
pub(crate) fn working_days(team: Option<&Team>) -> WorkingDays<'_> {
    static USUAL: LazyLock<BusinessHours> = LazyLock::new(BusinessHours::default);
    WorkingDays {
        hours: team.map_or(&USUAL, |t| &t.team.business_hours),
        zone: zone(team),
        holidays: team.map_or(&[], |t| &t.team.holidays),
    }
}

/// In which people outside read times.
pub(crate) fn zone(team: Option<&Team>) -> chrono_tz::Tz {
    team.and_then(|t| t.team.time_zone.parse().ok()).unwrap_or(chrono_tz::UTC)
}

/// The playbook that holds here.
pub(crate) fn playbook(team: Option<&Team>) -> Playbook {
    team.map(Team::playbook).unwrap_or_default()
}
