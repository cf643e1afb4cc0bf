//! Whom an incident rings by itself (domain §2): by its severity, through the policies of its services.

use crate::team::{Policy, Service, Team};
use crate::{PersonId, ServiceId, Severity, Urgency};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The policy that rings for an incident of no service, when the team's file has one of this name.
const DEFAULT_POLICY: &str = "default";

/// Why an incident rings nobody by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "RingsNobodyWhy")]
pub enum WhyNobody {
    /// It is tracked, and nobody is rung for it.
    Severity,
    /// Whoever is rung would learn of it.
    Private,
    /// No service that the team knows is chosen, and no policy is called `default`.
    NoService,
}

/// Each policy once, with the first service that it rings for; `None`: the default one, for no service.
pub fn rings<'a>(
    team: &'a Team,
    severity: Severity,
    services: &[ServiceId],
    is_private: bool,
) -> Result<Vec<(&'a Policy, Option<&'a Service>)>, WhyNobody> {
    if severity.urgency() == Urgency::None {
        return Err(WhyNobody::Severity);
    }
    if is_private {
        return Err(WhyNobody::Private);
    }
    let mut found: Vec<(&Policy, Option<&Service>)> = vec![];
    for service in services.iter().filter_map(|id| team.service(id)) {
        if let Some(policy) = team.policy(&service.policy)
            && found.iter().all(|(known, _)| known.id != policy.id)
        {
            found.push((policy, Some(service)));
        }
    }
    if found.is_empty() {
        found.extend(team.policy(&DEFAULT_POLICY.into()).map(|policy| (policy, None)));
    }
    if found.is_empty() { Err(WhyNobody::NoService) } else { Ok(found) }
}

/// Of those whom a first step rings: who is rung for what `author` just did, and whether the author would have been, too
/// (docs/adr/nobody-is-rung-for-their-own-word.md).
pub fn but(author: Option<&PersonId>, mut people: Vec<PersonId>) -> (Vec<PersonId>, bool) {
    let before = people.len();
    people.retain(|person| Some(person) != author);
    let spared = people.len() < before;
    (people, spared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn team(policies: &[&str]) -> Team {
        let policy =
            |id: &&str| json!({ "id": id, "steps": [{ "after": "0s", "notify": [{ "person": "ana" }] }] });
        let service = |id: &str, policy: &str| json!({ "id": id, "name": id, "policy": policy });
        serde_json::from_value(json!({
            "team": { "name": "Acme" },
            "people": [{ "id": "ana", "name": "Ana", "email": "ana@example.com" }],
            "policies": policies.iter().map(policy).collect::<Vec<_>>(),
            "services": [service("pay", "pay"), service("shop", "pay"), service("mail", "mail")],
        }))
        .unwrap()
    }

    fn rung(
        team: &Team,
        severity: Severity,
        services: &[&str],
        is_private: bool,
    ) -> Result<String, WhyNobody> {
        let services: Vec<ServiceId> = services.iter().map(|s| (*s).into()).collect();
        let found = rings(team, severity, &services, is_private)?;
        let of = |(policy, service): &(&Policy, Option<&Service>)| {
            format!("{} for {}", policy.id, service.map_or("none", |s| s.id.as_str()))
        };
        Ok(found.iter().map(of).collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn each_policy_rings_once_and_the_default_one_where_no_service_is_known() {
        let with = team(&["pay", "mail", "default"]);
        let both = rung(&with, Severity::Sev1, &["pay", "shop", "mail", "gone"], false);
        assert_eq!(both.unwrap(), "pay for pay, mail for mail");
        for services in [&[] as &[&str], &["gone"]] {
            assert_eq!(rung(&with, Severity::Sev2, services, false).unwrap(), "default for none");
            let without = team(&["pay", "mail"]);
            assert_eq!(rung(&without, Severity::Sev2, services, false), Err(WhyNobody::NoService));
        }
        assert_eq!(rung(&with, Severity::Sev4, &["pay"], false), Err(WhyNobody::Severity));
        assert_eq!(rung(&with, Severity::Sev1, &["pay"], true), Err(WhyNobody::Private));
    }
}
