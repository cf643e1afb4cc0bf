//! Reminders of postmortems and actions, from what this computer knows, also without a network
//! (`firebell_domain::postmortem`).

use super::Library;
use crate::notice::{Heard, Notice};
use crate::pager::Moment;
use crate::postmortem::{Listing, fields};
use crate::room::zone;
use chrono::TimeDelta;
use firebell_domain::incident::Status;
use firebell_domain::playbook::Need;
use firebell_domain::postmortem::{Action, Deadlines, Postmortem, morning, of_actions, of_postmortem};
use firebell_domain::team::Team;
use firebell_domain::{IncidentId, PersonId};
use firebell_store::StoreError;
use firebell_store::library::IncidentFilter;

/// Between two looks: nothing of this is urgent to the minute.
const LOOK_EVERY_MS: u64 = 10 * 60_000;
/// Incidents that are looked through, the newest first, and how long after their resolution.
const LOOKED_AT: u32 = 200;
const LOOKED_BACK: TimeDelta = TimeDelta::days(60);

impl Library {
    /// What this person is to be reminded of now, by what it is remembered by. `last_ms`: when this was last asked, in
    /// milliseconds awake.
    pub(super) fn reminders(
        &self,
        me: &PersonId,
        team: Option<&Team>,
        last_ms: &mut Option<u64>,
        at: Moment,
    ) -> Result<Vec<(String, Notice)>, StoreError> {
        if last_ms.is_some_and(|last| at.awake_ms.saturating_sub(last) < LOOK_EVERY_MS) {
            return Ok(vec![]);
        }
        *last_ms = Some(at.awake_ms);
        let mut found = self.of_postmortems(me, team, at)?;
        found.extend(self.of_actions(me, team, at)?);
        Ok(found)
    }

    fn of_postmortems(
        &self,
        me: &PersonId,
        team: Option<&Team>,
        at: Moment,
    ) -> Result<Vec<(String, Notice)>, StoreError> {
        let now = self.team_time(at);
        let written = self.store.postmortems()?;
        let listing = Listing::new(team, now);
        let over =
            IncidentFilter { statuses: vec![Status::Resolved, Status::Closed], ..IncidentFilter::default() };
        let mut found = vec![];
        for listed in self.store.incidents(&over, LOOKED_AT, 0)? {
            let id = listed.incident.id;
            if listed.incident.moments.resolved_at.is_none_or(|resolved| now - resolved > LOOKED_BACK) {
                continue;
            }
            let Some(postmortem) = self.store.postmortem_listed(id)? else { continue };
            let Some(of) = listing.row(&postmortem, written.contains(&id), false) else { continue };
            // Where none is wanted, nothing is late.
            let wanted = of.due.filter(|due| due.need != Need::Never && of.authors.first() == Some(me));
            let Some(due) = wanted else { continue };
            let deadlines =
                Deadlines { reminder: due.reminder, draft_due: due.draft_due, review_by: due.review_by };
            let meeting = Postmortem::of(&fields(&postmortem.fields), None).review.meeting;
            if let Some(reminder) = of_postmortem(&deadlines, of.stage, meeting, now) {
                let heard = Heard::PostmortemDue { reminder };
                let notice = super::telling::notice(&listed.incident, &listed.title, heard, team);
                found.push((format!("{id}/{}", reminder.name()), notice));
            }
        }
        Ok(found)
    }

    fn of_actions(
        &self,
        me: &PersonId,
        team: Option<&Team>,
        at: Moment,
    ) -> Result<Option<(String, Notice)>, StoreError> {
        let Some(today) = morning(self.team_time(at), zone(team)) else { return Ok(None) };
        let name = format!("actions@{today}");
        if self.store.was_told(&name) {
            return Ok(None);
        }
        let mut all: Vec<(IncidentId, Action)> = vec![];
        for id in self.store.postmortems()? {
            let Some(of) = self.store.postmortem_listed(id)? else { continue };
            let actions = Postmortem::of(&fields(&of.fields), None).actions;
            all.extend(actions.into_iter().map(|action| (id, action)));
        }
        let Some(due) = of_actions(me, all.iter().map(|(_, action)| action), today) else { return Ok(None) };
        let Some((incident, action)) = all.iter().find(|(_, action)| action.id == due.first) else {
            return Ok(None);
        };
        let Some(of) = self.store.incident_row(*incident)? else { return Ok(None) };
        let heard = Heard::ActionsDue {
            overdue: due.overdue,
            today: due.today,
            tomorrow: due.tomorrow,
            title: action.title.clone(),
        };
        Ok(Some((name, super::telling::notice(&of.incident, &of.title, heard, team))))
    }
}
