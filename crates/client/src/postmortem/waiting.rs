//! What waits for a person in one of the team's postmortems.

use super::{fields, owner, row};
use crate::room::zone;
use firebell_domain::playbook::Need;
use firebell_domain::postmortem::{Postmortem, comments, waits_for};
use firebell_domain::team::Team;
use firebell_domain::{Instant, PersonId};
use firebell_protocol::library::{FieldView, IncidentDetail};
use firebell_protocol::postmortem::WaitingRow;
use std::collections::BTreeMap;

/// The most urgent first.
pub(crate) fn waiting(
    detail: &IncidentDetail,
    views: &BTreeMap<String, FieldView>,
    is_written: bool,
    team: &Team,
    me: &PersonId,
    now: Instant,
) -> Vec<WaitingRow> {
    let Some(listed) = row(detail, views, is_written, false, Some(team), now) else { return vec![] };
    let written = fields(views);
    let postmortem = Postmortem::of(&written, owner(detail).as_ref());
    let due = listed.due.filter(|due| due.need != Need::Never).map(|due| due.draft_due);
    let today = now.with_timezone(&zone(Some(team))).date_naive();
    waits_for(me, &postmortem, &comments(&written), due, team, (now, today))
        .into_iter()
        .map(|waits| WaitingRow {
            incident: detail.row.incident.id,
            number: detail.row.incident.number,
            postmortem: listed.title.clone(),
            is_late: waits.is_late(now),
            waits,
        })
        .collect()
}
