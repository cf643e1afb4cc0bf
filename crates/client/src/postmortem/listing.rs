//! Postmortems, what waits in them, and actions, as they are listed: from the row of the incident and the fields, without the
//! timeline and the texts, for there can be thousands.

use super::{fields, may_write};
use crate::room::{playbook, working_days, zone};
use firebell_domain::incident::Status;
use firebell_domain::playbook::{Need, Playbook};
use firebell_domain::postmortem::{
    Deadlines, Fields, Postmortem, comments, follow_through, usual_title, waits_for,
};
use firebell_domain::team::Team;
use firebell_domain::{Instant, PersonId};
use firebell_protocol::postmortem::{ActionBoard, ActionRow, PostmortemDue, PostmortemRow, WaitingRow};
use firebell_store::library::PostmortemListed;

/// What is the same for all of a list.
pub(crate) struct Listing<'a> {
    playbook: Playbook,
    team: Option<&'a Team>,
    now: Instant,
}

impl<'a> Listing<'a> {
    pub fn new(team: Option<&'a Team>, now: Instant) -> Self {
        Self { playbook: playbook(team), team, now }
    }

    /// `None`: nobody has begun it, and none is needed.
    pub fn row(&self, of: &PostmortemListed, is_written: bool, pending: bool) -> Option<PostmortemRow> {
        let written = fields(&of.fields);
        let due = self.due(of);
        self.is_listed(of, due.as_ref(), is_written).then(|| {
            let postmortem = Postmortem::of(&written, of.owner.as_ref());
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            PostmortemRow {
                incident: of.incident.clone(),
                title: title(of, &postmortem),
                started: postmortem.started || is_written,
                stage: postmortem.stage,
                actions: count(postmortem.actions.len()),
                actions_open: count(postmortem.actions.iter().filter(|a| !a.status.is_over()).count()),
                authors: postmortem.authors,
                due,
                pending,
            }
        })
    }

    fn is_listed(&self, of: &PostmortemListed, due: Option<&PostmortemDue>, is_written: bool) -> bool {
        let needed = due.is_some_and(|due| due.need == Need::Always || due.owner.is_some());
        is_written || needed && of.incident.incident.status == Status::Resolved
    }

    fn due(&self, of: &PostmortemListed) -> Option<PostmortemDue> {
        let incident = &of.incident.incident;
        let Deadlines { reminder, draft_due, review_by } =
            Deadlines::of(incident, &self.playbook.closing, &working_days(self.team))?;
        let need = self.playbook.severity(incident.severity).postmortem;
        Some(PostmortemDue { need, draft_due, reminder, review_by, owner: of.owner.clone() })
    }

    /// What waits for this person in it, the most urgent first.
    pub fn waiting(&self, of: &PostmortemListed, is_written: bool, me: &PersonId) -> Vec<WaitingRow> {
        let (Some(team), due) = (self.team, self.due(of)) else { return vec![] };
        if !self.is_listed(of, due.as_ref(), is_written) {
            return vec![];
        }
        let written: Fields = fields(&of.fields);
        let postmortem = Postmortem::of(&written, of.owner.as_ref());
        let draft_due = due.filter(|due| due.need != Need::Never).map(|due| due.draft_due);
        let today = self.now.with_timezone(&zone(self.team)).date_naive();
        waits_for(me, &postmortem, &comments(&written), draft_due, team, (self.now, today))
            .into_iter()
            .map(|waits| WaitingRow {
                incident: of.incident.incident.id,
                number: of.incident.incident.number,
                postmortem: title(of, &postmortem),
                is_late: waits.is_late(self.now),
                waits,
            })
            .collect()
    }

    /// All actions of these postmortems.
    pub fn board(&self, all: &[PostmortemListed], me: Option<&PersonId>) -> ActionBoard {
        let today = self.now.with_timezone(&zone(self.team)).date_naive();
        let mut rows: Vec<ActionRow> = vec![];
        for of in all {
            let postmortem = Postmortem::of(&fields(&of.fields), None);
            let title = postmortem.title.unwrap_or_else(|| of.incident.title.clone());
            rows.extend(postmortem.actions.into_iter().map(|action| ActionRow {
                days_overdue: action.days_overdue(today),
                incident: of.incident.incident.id,
                number: of.incident.incident.number,
                postmortem: title.clone(),
                action,
            }));
        }
        let rate = follow_through(rows.iter().map(|row| &row.action), self.now);
        rows.sort_by_key(|row| row.action.urgency(today));
        ActionBoard { rows, follow_through: rate, may_write: may_write(self.team, me) }
    }
}

fn title(of: &PostmortemListed, postmortem: &Postmortem) -> String {
    let incident = &of.incident.incident;
    let usual = || usual_title(incident.severity, &of.incident.title, &incident.moments);
    postmortem.title.clone().unwrap_or_else(usual)
}
