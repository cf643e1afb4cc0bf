//! Integrations and their keys. A key is shown once; only its hash is kept.

use super::desk::{Desk, Reply};
use crate::secret;
use crate::storage::{StorageError, Tx};
use firebell_domain::team::{Integration, IntegrationKind, Team};
use firebell_domain::{IntegrationId, ServiceId};

impl Desk {
    pub(super) async fn add_integration(
        &self,
        kind: IntegrationKind,
        service: String,
        id: Option<String>,
    ) -> Result<Reply, String> {
        let key = secret::integration_key();
        let hash = secret::hash(&key);
        let id = self
            .change(move |tx| {
                let record = tx.team()?;
                let service = ServiceId::new(service);
                if record.team.service(&service).is_none() {
                    let known: Vec<_> = record.team.services.iter().map(|s| s.id.as_str()).collect();
                    let known = if known.is_empty() { "none yet".into() } else { known.join(", ") };
                    return Ok(Err(format!(
                        "--service: there is no service `{service}`. Services: {known}. Add one with `firebell-server apply FILE`."
                    )));
                }
                let id = match id {
                    Some(id) => IntegrationId::new(id),
                    None => free_id(&record.team, &format!("{service}-{}", kind.name())),
                };
                match record.team.integration(&id) {
                    Some(one) if one.kind != kind || one.service != service => {
                        return Ok(Err(format!("--id: there is another integration `{id}`; choose another id.")));
                    }
                    Some(_another_key) => {}
                    None => {
                        let mut team = record.team.clone();
                        team.integrations.push(integration(id.clone(), kind, service));
                        if let Some(problem) = team.problems().first() {
                            return Ok(Err(format!("--id: {}.", problem.words)));
                        }
                        tx.put_team(record.version, &team, "integration add")?;
                    }
                }
                tx.add_integration_key(&id, &hash)?;
                Ok(Ok(id))
            })
            .await?;
        Ok(Reply::said(format!("integration {id}\n{}", self.key_words(kind, &key).await)))
    }

    pub(super) async fn key_words(&self, kind: IntegrationKind, key: &str) -> String {
        let url = self.url().await;
        match kind {
            IntegrationKind::Pagerduty => format!("key {key}\nurl {url}/v2/enqueue"),
            other => format!("key {key}\nurl {url}/in/{key}/{}", other.name()),
        }
    }
}

/// Keys for the integrations that have none; the keys of those that are no longer in the team end.
pub fn keys_for(
    tx: &mut Tx,
    team: &Team,
) -> Result<Vec<(IntegrationId, IntegrationKind, String)>, StorageError> {
    let have = tx.integrations_with_keys()?;
    for id in have.iter().filter(|id| team.integration(id).is_none()) {
        tx.revoke_integration_keys(id)?;
    }
    let mut made = Vec::new();
    for one in team.integrations.iter().filter(|i| !have.contains(&i.id)) {
        let key = secret::integration_key();
        tx.add_integration_key(&one.id, &secret::hash(&key))?;
        made.push((one.id.clone(), one.kind, key));
    }
    Ok(made)
}

fn integration(id: IntegrationId, kind: IntegrationKind, service: ServiceId) -> Integration {
    Integration { id, kind, service, rules: vec![], severities: Default::default(), rate: None }
}

fn free_id(team: &Team, wanted: &str) -> IntegrationId {
    let mut n = 1;
    loop {
        let end = if n == 1 { String::new() } else { format!("-{n}") };
        let start = wanted.get(..wanted.len().min(64 - end.len())).unwrap_or("integration");
        let id = IntegrationId::new(format!("{start}{end}"));
        if team.integration(&id).is_none() {
            return id;
        }
        n += 1;
    }
}
