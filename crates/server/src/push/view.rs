//! The team as desktops see it: with its shifts as instants.

use crate::storage::TeamRecord;
use firebell_domain::Instant;
use firebell_protocol::sync::{ScheduleShifts, TeamView};

const BACK: chrono::TimeDelta = chrono::TimeDelta::days(1);
const AHEAD: chrono::TimeDelta = chrono::TimeDelta::days(21);

pub fn team_view(record: &TeamRecord, now: Instant) -> TeamView {
    let shifts = record
        .team
        .schedules
        .iter()
        .map(|s| ScheduleShifts {
            schedule: s.id.clone(),
            name: s.name.clone(),
            shifts: s.shifts(now - BACK, now + AHEAD),
        })
        .collect();
    TeamView { version: record.version, team: record.team.clone(), shifts }
}
