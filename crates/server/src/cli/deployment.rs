//! `deployment`: a script says what it changed.

use super::desk::{Desk, Reply};
use crate::{changes, ingest};
use firebell_domain::change_event::ChangeKind;
use firebell_domain::{Instant, ServiceId};
use serde::{Deserialize, Serialize};

/// The options, which are the fields of `POST /in/{key}/deployment`.
#[derive(Clone, Debug, clap::Args, Serialize, Deserialize)]
pub struct Deployment {
    #[arg(long)]
    pub service: String,
    /// What runs from now on: a version, a commit, a build
    #[arg(long)]
    pub revision: String,
    /// What ran before, to go back to
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// deployment, config or infrastructure
    #[arg(long, default_value = "deployment", value_parser = kind)]
    pub kind: ChangeKind,
    /// When a planned change begins, RFC 3339
    #[arg(long, value_name = "T")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Instant>,
    /// When it was made, RFC 3339 [default: now]
    #[arg(long, value_name = "T")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// Who made it
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Where to read more
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// production, staging, …
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// One line about what it is
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

fn kind(word: &str) -> Result<ChangeKind, String> {
    ChangeKind::from_name(word).ok_or_else(|| "write deployment, config or infrastructure".into())
}

impl Desk {
    pub(super) async fn deployment(&self, deployment: Deployment) -> Result<Reply, String> {
        let body =
            serde_json::to_value(&deployment).map_err(|e| format!("The call cannot be written: {e}."))?;
        let new = ingest::changes::deployment(&body).map_err(|errors| {
            let lines: Vec<_> =
                errors.iter().map(|e| format!("--{}: {}.", e.field.replace('_', "-"), e.words)).collect();
            lines.join("\n")
        })?;
        if new.links.is_empty() && deployment.url.is_some() {
            return Err("--url: write a link that starts with https:// or http://.".into());
        }
        let change = self
            .change(move |tx| {
                let team = tx.team()?;
                let service = ServiceId::new(deployment.service.trim());
                if team.team.service(&service).is_none() {
                    let known: Vec<_> = team.team.services.iter().map(|s| s.id.as_str()).collect();
                    return Ok(Err(format!(
                        "--service: there is no service `{service}`. Services: {}.",
                        known.join(", ")
                    )));
                }
                // A pipeline's odd clock is made the best of; whoever types a time is told.
                let (at, planned) = new.takes_effect(tx.now());
                if new.starts_at.is_some() && !planned {
                    return Ok(Err("--starts-at: write a time within a year from now.".into()));
                }
                if deployment.at.is_some_and(|said| !planned && said < at) {
                    return Ok(Err("--at: write a time of the last 30 days.".into()));
                }
                changes::take_in(tx, service, None, new).map(Ok)
            })
            .await?;
        let when =
            if change.planned { format!(", planned for {}", change.at.to_rfc3339()) } else { String::new() };
        let again = if change.count > 1 { " (said again)" } else { "" };
        Ok(Reply::said(format!("{}: {}{when}{again}.", change.service, change.summary)))
    }
}
