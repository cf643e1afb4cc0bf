//! What to do first, by what was gathered (domain §5), each with its reason.

use super::{Gathered, NearChange, in_words};
use crate::health::HealthOutcome;
use crate::playbook::{FirstAction, Playbook, Sign};
use crate::team::Team;
use crate::{ChangeId, ServiceId};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// A change that took effect this long before the first signal, or less, is a likely cause. Our own figure: roll-outs take up
/// to half an hour, and alerts wait for their windows.
pub const SHORTLY_BEFORE: TimeDelta = TimeDelta::hours(1);

/// Something to consider first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FirstStep {
    pub sign: Sign,
    /// What was found: "v3.4.2 was deployed to Payments API 11 min before the first signal."
    pub reason: String,
    /// What to consider, as the playbook words it.
    pub action: String,
    /// The strategy of the playbook it leads to.
    pub strategy: Option<String>,
    /// The strategy's generic command, to copy; what stands in angle brackets has to be filled in.
    pub command: Option<String>,
    /// The change it is about.
    pub change: Option<ChangeId>,
}

/// In the order in which the playbook lists its first actions. What the playbook took out is not suggested.
pub fn first_steps(gathered: &Gathered, team: &Team, playbook: &Playbook) -> Vec<FirstStep> {
    let mut found: Vec<(usize, FirstStep)> = Vec::new();
    let signs = [
        (Sign::ChangeBefore, change_before(gathered, team)),
        (Sign::Unreachable, unreachable(gathered, team).map(|reason| (reason, None))),
        (Sign::OneRegion, one_region(gathered, team).map(|reason| (reason, None))),
    ];
    for (sign, noticed) in signs {
        let (Some((reason, change)), Some(action)) = (noticed, playbook.triage.first_action(sign)) else {
            continue;
        };
        let place = playbook.triage.first_actions.iter().position(|a| a == action).unwrap_or(usize::MAX);
        found.push((place, step(sign, reason, action, change, playbook)));
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, step)| step).collect()
}

fn step(
    sign: Sign,
    reason: String,
    action: &FirstAction,
    change: Option<ChangeId>,
    playbook: &Playbook,
) -> FirstStep {
    let strategy = action.strategy.clone().filter(|id| playbook.strategies.contains_key(id));
    let command = strategy.as_ref().and_then(|id| playbook.strategies[id].command.clone());
    FirstStep { sign, reason, action: action.action.clone(), strategy, command, change }
}

fn name<'a>(team: &'a Team, service: &'a ServiceId) -> &'a str {
    team.service(service).map_or(service.as_str(), |s| s.name.as_str())
}

/// The last change before the first signal: of the service itself when there is one, else of a neighbour.
fn change_before(gathered: &Gathered, team: &Team) -> Option<(String, Option<ChangeId>)> {
    let shortly = |c: &&NearChange| (0..=SHORTLY_BEFORE.num_milliseconds()).contains(&c.before_ms);
    let changes = gathered.changes.found()?.iter().filter(shortly);
    let NearChange { change, before_ms } =
        changes.min_by_key(|c| (c.change.service != gathered.service, c.before_ms))?;
    let whose = if change.service == gathered.service { "" } else { ", a neighbour," };
    let mut reason = format!(
        "{} of {}{whose} took effect {} before the first signal: {}.",
        sentence(change.kind.words()),
        name(team, &change.service),
        in_words(TimeDelta::milliseconds(*before_ms)),
        change.name().trim_end_matches('.'),
    );
    if let Some(previous) = &change.previous {
        reason.push_str(&format!(" Before it: {previous}."));
    }
    Some((reason, Some(change.id)))
}

/// Health addresses that do not answer. One that was not asked says nothing about its service.
fn unreachable(gathered: &Gathered, team: &Team) -> Option<String> {
    let silent = |h: &&super::ServiceHealth| {
        matches!(h.check.found().map(|c| &c.outcome), Some(HealthOutcome::Unreachable { .. }))
    };
    let names: Vec<_> = gathered.health.iter().filter(silent).map(|h| name(team, &h.service)).collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("The health address of {one} does not answer.")),
        more => Some(format!("The health addresses of {} do not answer.", more.join(", "))),
    }
}

/// One region in which several services fire, while none other has that.
fn one_region(gathered: &Gathered, team: &Team) -> Option<String> {
    let mut regions: BTreeMap<&str, BTreeSet<&ServiceId>> = BTreeMap::new();
    for near in gathered.alerts.found()?.iter().filter(|a| a.alert.firing) {
        if let Some(region) = &near.alert.region {
            regions.entry(region).or_default().insert(&near.alert.service);
        }
    }
    let mut hit = regions.iter().filter(|(_, services)| services.len() > 1);
    let (region, services) = hit.next()?;
    if hit.next().is_some() {
        return None;
    }
    let names: Vec<_> = services.iter().map(|s| name(team, s)).collect();
    Some(format!("Alerts of {} services ({}) fire in {region}.", names.len(), names.join(", ")))
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
