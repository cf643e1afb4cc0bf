//! Gaps in the set-up that nobody sees until the night in which they matter.

use super::Reply;
use crate::storage::{Storage, StorageError, read};
use firebell_domain::liveness::Reach;
use firebell_domain::team::{Role, Roster, Team};
use firebell_domain::{Instant, PersonId, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// Looks the set-up over; failed when there is something to do.
pub async fn check(storage: &Storage) -> Result<Reply, StorageError> {
    let team = storage.team().await?;
    let devices = storage.devices().await?;
    let with_device: BTreeSet<PersonId> = devices.into_iter().map(|d| d.person).collect();
    let (now, keyed) = storage.write(|tx| Ok((tx.now(), tx.integrations_with_keys()?))).await?;
    let mut found = Vec::new();
    if storage.held().await? {
        found.push("Paging is held after a restore; run `firebell-server paging resume`.".to_owned());
    }
    found.extend(gaps(&team.team, &with_device, now));
    for one in team.team.integrations.iter().filter(|i| !keyed.contains(&i.id)) {
        found.push(format!(
            "Integration {} has no key; run `firebell-server integration add {} --service {} --id {}`.",
            one.id,
            one.kind.name(),
            one.service,
            one.id
        ));
    }
    for row in storage.read(read::trackers).await? {
        found.extend(
            row.last_error
                .map(|error| format!("Tickets in {} are not followed: {error}", row.setup.tracker().name())),
        );
    }
    if found.is_empty() {
        return Ok(Reply::said("Nothing is missing."));
    }
    Ok(Reply { text: found.join("\n"), failed: true })
}

fn gaps(team: &Team, with_device: &BTreeSet<PersonId>, now: Instant) -> Vec<String> {
    let mut found = Vec::new();
    for person in team.people.iter().filter(|p| p.role != Role::Stakeholder && !with_device.contains(&p.id)) {
        found.push(format!(
            "{} has no device; run `firebell-server invite {}` and send the link.",
            person.name, person.email
        ));
    }
    if team.admins().is_empty() {
        found.push("The team has no admin, so nobody is alarmed when a policy runs out.".into());
    }
    let reach: BTreeMap<PersonId, Reach> = BTreeMap::new();
    let roster = Roster { team, reach: &reach };
    for policy in &team.policies {
        for severity in [Severity::Sev1, Severity::Sev2] {
            let own = severity == Severity::Sev1 && policy.severity.contains_key(&severity);
            if severity == Severity::Sev1 && !own {
                continue;
            }
            for (i, step) in policy.plan(severity).steps.iter().enumerate() {
                if step.notify.iter().all(|target| roster.resolve(target, now).is_empty()) {
                    let names: Vec<_> = step.notify.iter().map(|t| t.words()).collect();
                    let of = if own { format!(" for {severity}") } else { String::new() };
                    found.push(format!(
                        "Policy {}{of}: step {} ({}) rings nobody at this moment.",
                        policy.id,
                        i + 1,
                        names.join(", ")
                    ));
                }
            }
        }
    }
    for service in &team.services {
        if service.runbook.is_none() {
            found.push(format!("Service {} has no runbook; add `runbook: https://…` to it.", service.id));
        }
        if !team.integrations.iter().any(|i| {
            i.service == service.id || i.rules.iter().any(|r| r.service.as_ref() == Some(&service.id))
        }) {
            found.push(format!("Service {} gets alerts from no integration.", service.id));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_team_is_told_what_is_missing() {
        let now = "2026-11-21T09:00:00Z".parse().unwrap();
        let mut team = super::super::founding::team("Acme", "ops@example.com", "UTC", now);
        team.policies[0].steps[0].notify =
            vec![firebell_domain::escalation::Target::Group { group: "none".into() }];
        let found = gaps(&team, &BTreeSet::new(), now).join("\n");
        for part in
            ["Ops has no device", "step 1 (group none) rings nobody", "General".to_lowercase().as_str()]
        {
            assert!(found.contains(part), "{part}: {found}");
        }
    }
}
