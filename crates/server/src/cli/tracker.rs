//! `tracker`: where the team's tickets are made, for operators.

use super::args::{JiraWord, TrackerCall, TrackerSet};
use super::desk::{Desk, Reply, Request};
use super::{read, sentence};
use crate::secret::Token;
use crate::storage::read as stored;
use crate::tickets::check_address;
use firebell_domain::postmortem::{JiraKind, Tracker, TrackerSetup, problem_of_token};
use std::path::PathBuf;

/// The call as the server takes it. The token comes from a file, or from the standard input.
pub fn request(call: TrackerCall) -> Result<Request, String> {
    Ok(match call {
        TrackerCall::Show => Request::Trackers,
        TrackerCall::Remove { tracker } => Request::TrackerRemove { tracker: named(&tracker)? },
        TrackerCall::Set { call } => {
            let (setup, file) = match call {
                TrackerSet::Jira { address, kind, project, issue_type, account, token_file } => {
                    let kind = match kind {
                        JiraWord::Cloud => JiraKind::Cloud,
                        JiraWord::DataCenter => JiraKind::DataCenter,
                    };
                    (TrackerSetup::Jira { address, kind, project, issue_type, account }, token_file)
                }
                TrackerSet::Github { address, repository, token_file } => {
                    (TrackerSetup::Github { address, repository }, token_file)
                }
            };
            let text = read(&file.unwrap_or_else(|| PathBuf::from("-")))?;
            Request::TrackerSet { setup, token: text.trim().to_owned().into() }
        }
    })
}

fn named(word: &str) -> Result<Tracker, String> {
    let found = Tracker::ALL.into_iter().find(|tracker| tracker.id() == word);
    found.ok_or_else(|| format!("`{word}` is no tracker; write jira or github."))
}

impl Desk {
    pub(super) async fn set_tracker(&self, setup: TrackerSetup, token: Token) -> Result<Reply, String> {
        let setup = setup.tidied();
        if let Some((field, words)) = setup.problems().into_iter().next() {
            return Err(format!("--{}: {words}.", field.replace('_', "-")));
        }
        if let Some(words) = problem_of_token(token.as_str()) {
            return Err(format!("The token {words}."));
        }
        let team = self.storage.team().await.map_err(|e| sentence(&e))?;
        check_address(setup.address(), &team.team.team.health_allow, false)
            .map_err(|bad| format!("--address: {bad}"))?;
        let said = format!(
            "Tickets of {} are made in {}. Actions that wait for one get it now, from the running server.",
            setup.tracker().name(),
            setup.place()
        );
        self.storage
            .write(move |tx| tx.save_tracker(&setup, token.as_str()))
            .await
            .map_err(|e| sentence(&e))?;
        Ok(Reply::said(said))
    }

    pub(super) async fn remove_tracker(&self, tracker: Tracker) -> Result<Reply, String> {
        let removed =
            self.storage.write(move |tx| tx.remove_tracker(tracker)).await.map_err(|e| sentence(&e))?;
        if !removed {
            return Err(format!("No {} is set up.", tracker.name()));
        }
        Ok(Reply::said(format!(
            "{} is set up no more. Its tickets stay where they are, and are followed no more.",
            tracker.name()
        )))
    }

    pub(super) async fn trackers(&self) -> Result<Reply, String> {
        let rows = self.storage.read(stored::trackers).await.map_err(|e| sentence(&e))?;
        if rows.is_empty() {
            return Ok(Reply::said("No tracker is set up; see `firebell-server tracker set --help`."));
        }
        let lines: Vec<String> = rows
            .iter()
            .map(|row| {
                let (setup, mut line) = (&row.setup, String::new());
                line.push_str(&format!("{}: {} at {}", setup.tracker().id(), setup.place(), setup.address()));
                if let Some(error) = &row.last_error {
                    line.push_str(&format!("; the last look failed: {error}"));
                }
                line
            })
            .collect();
        Ok(Reply::said(lines.join("\n")))
    }
}
