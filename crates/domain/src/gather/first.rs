//! What to do first, by what was gathered (domain §5), each with its reason.

use super::{Gathered, NearChange, in_words};
use crate::health::HealthOutcome;
use crate::playbook::{FirstAction, Playbook, Sign};
use crate::team::Team;
use crate::{ChangeId, RunbookId, ServiceId};
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
    /// The command for it: of the service's reviewed runbook, else the strategy's generic one, to copy. What stands in angle
    /// brackets has to be filled in.
    pub command: Option<String>,
    /// The runbook whose command it is; `None`: the generic one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub runbook: Option<RunbookId>,
    /// The change it is about.
    pub change: Option<ChangeId>,
}

/// A command of a runbook as it was reviewed, for a service and a strategy of the playbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunbookCommand {
    pub service: ServiceId,
    pub strategy: String,
    pub runbook: RunbookId,
    /// Filled in as far as is known.
    pub line: String,
}

/// What speaks for a sign.
struct Noticed {
    reason: String,
    change: Option<ChangeId>,
    /// Whose command would help; `None`: no single service's.
    service: Option<ServiceId>,
}

/// In the order in which the playbook lists its first actions. What the playbook took out is not suggested.
pub fn first_steps(
    gathered: &Gathered,
    team: &Team,
    playbook: &Playbook,
    commands: &[RunbookCommand],
) -> Vec<FirstStep> {
    let mut found: Vec<(usize, FirstStep)> = Vec::new();
    let signs = [
        (Sign::ChangeBefore, change_before(gathered, team)),
        (Sign::Unreachable, unreachable(gathered, team)),
        (Sign::OneRegion, one_region(gathered, team)),
    ];
    for (sign, noticed) in signs {
        let (Some(noticed), Some(action)) = (noticed, playbook.triage.first_action(sign)) else {
            continue;
        };
        let place = playbook.triage.first_actions.iter().position(|a| a == action).unwrap_or(usize::MAX);
        found.push((place, step(sign, noticed, action, playbook, commands)));
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, step)| step).collect()
}

fn step(
    sign: Sign,
    noticed: Noticed,
    action: &FirstAction,
    playbook: &Playbook,
    commands: &[RunbookCommand],
) -> FirstStep {
    let strategy = action.strategy.clone().filter(|id| playbook.strategies.contains_key(id));
    let own = commands
        .iter()
        .find(|c| noticed.service.as_ref() == Some(&c.service) && strategy.as_ref() == Some(&c.strategy));
    let generic = || strategy.as_ref().and_then(|id| playbook.strategies[id].command.clone());
    FirstStep {
        sign,
        reason: noticed.reason,
        action: action.action.clone(),
        command: own.map(|c| c.line.clone()).or_else(generic),
        runbook: own.map(|c| c.runbook),
        strategy,
        change: noticed.change,
    }
}

fn name<'a>(team: &'a Team, service: &'a ServiceId) -> &'a str {
    team.service(service).map_or(service.as_str(), |s| s.name.as_str())
}

/// The last change before the first signal: of the service itself when there is one, else of a neighbour.
fn change_before(gathered: &Gathered, team: &Team) -> Option<Noticed> {
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
    Some(Noticed { reason, change: Some(change.id), service: Some(change.service.clone()) })
}

/// Health addresses that do not answer. One that was not asked says nothing about its service.
fn unreachable(gathered: &Gathered, team: &Team) -> Option<Noticed> {
    let silent = |h: &&super::ServiceHealth| {
        matches!(h.check.found().map(|c| &c.outcome), Some(HealthOutcome::Unreachable { .. }))
    };
    let services: Vec<_> = gathered.health.iter().filter(silent).map(|h| &h.service).collect();
    let names: Vec<_> = services.iter().map(|service| name(team, service)).collect();
    let reason = match names.as_slice() {
        [] => return None,
        [one] => format!("The health address of {one} does not answer."),
        more => format!("The health addresses of {} do not answer.", more.join(", ")),
    };
    // The service's own stands first.
    Some(Noticed { reason, change: None, service: services.first().map(|service| (*service).clone()) })
}

/// One region in which several services fire, while none other has that.
fn one_region(gathered: &Gathered, team: &Team) -> Option<Noticed> {
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
    let reason = format!("Alerts of {} services ({}) fire in {region}.", names.len(), names.join(", "));
    Some(Noticed { reason, change: None, service: Some(gathered.service.clone()) })
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
